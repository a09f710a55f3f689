"""NewsML-G2: news items alone, in news messages, or in wrappers that others put around them.

Format: IPTC, "NewsML-G2 2.x", https://iptc.org/standards/newsml-g2/. A `newsItem` is an article if
it holds text; a `packageItem` and the other kinds of item only refer to articles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from transforms.read.iptc import (
    Element,
    Story,
    address,
    content,
    finished,
    holder_name,
    is_gone,
    items,
    language_of,
    line_of,
    name_of,
    place_line,
    plain,
    recognise,
)
from transforms.read.markup import find, find_all, local
from transforms.read.pieces import Row, reject, tile
from transforms.read.registry import Reader, register
from transforms.read.text import TextSource

_NO_NEWS = {
    "packageItem": "package",
    "conceptItem": "concept",
    "knowledgeItem": "list of concepts",
    "planningItem": "plan",
    "catalogItem": "catalogue",
}
_WRITERS = re.compile(r"auth|writer|report|aut$|phot", re.I)
_PERSON = re.compile(r"person$", re.I)
_DASHES = " -–—/"


def sniff(head: str, name: str) -> float:
    """The first element of the IPTC's formats is a message or an item of the G2 family."""
    format, sure = recognise(head, name)
    return sure if format == "newsml-g2" else 0.0


def read(source: TextSource) -> Iterator[Row]:
    """Yield one record or reject an item; headers of messages are framing."""
    names = ("newsItem", *_NO_NEWS)
    yield from tile(items(source, names, ("contentSet", "groupSet"), _item))


def _item(tree: Element, start: int, end: int, text: str) -> Row:
    meta, about = find(tree, "itemMeta"), find(tree, "contentMeta")
    status = _code(find(meta, "pubStatus")) if meta is not None else None
    name = local(tree)
    if name in _NO_NEWS:
        what = f"a {_NO_NEWS[name]} of {len(find_all(tree, '**', 'itemRef'))} items"
        if is_gone(status):
            what = f"a {_NO_NEWS[name]} of status {status}"
        return reject(start, end, "not_article", what, text)
    kind = _code(find(meta, "itemClass")) if meta is not None else None
    story = _content(tree, kind)
    story.status = status or story.status
    if about is not None:
        _about(about, story)
    if meta is not None:
        _meta(tree, meta, about, story)
    story.language = story.language or language_of(tree)
    story.external_id = tree.get("guid") or story.external_id
    return finished(
        story, start, end, text, kind=kind if kind not in (None, "text", "composite") else None
    )


def _content(tree: Element, kind: str | None) -> Story:
    """Read the longest rendition: those in a `contentSet` are the same in other forms."""
    best = Story()
    for part in find_all(tree, "contentSet"):
        for one in part:
            form = local(one)
            if form not in ("inlineXML", "inlineData"):
                continue
            type_ = (one.get("contenttype") or "").lower()
            if form == "inlineData" and one.get("encoding") and "text" not in type_:
                continue
            found = content(one)
            if len("".join(found.lines)) > len("".join(best.lines)) or not _says(best):
                best = found
    return best


def _says(story: Story) -> bool:
    return bool(story.lines or story.title or story.media)


def _code(element: Element | None) -> str | None:
    """Return the code of a controlled value without its scheme (`stat:usable`, a URI)."""
    if element is None:
        return None
    value = element.get("qcode") or element.get("uri") or element.get("literal") or ""
    return re.split(r"[:/#]", value.strip())[-1] or None


def _named(element: Element | None) -> str | None:
    """Return the name of a party: its `name`, its literal, or its code."""
    if element is None:
        return None
    names = find_all(element, "name")
    full = [one for one in names if not (one.get("role") or "").endswith("mnemonic")]
    name = next(filter(None, map(line_of, [*full, *names])), None)
    return name or (element.get("literal") or "").strip() or None


def _is_second(headline: Element) -> bool:
    role = (headline.get("role") or "").lower()
    return any(word in role for word in ("sub", "kicker", "over", "short", "slug", "teaser"))


def _about(about: Element, story: Story) -> None:
    headlines = find_all(about, "headline")
    main = [one for one in headlines if not _is_second(one)]
    title = next(filter(None, map(line_of, [*main, *headlines])), None)
    slug = line_of(find(about, "slugline"))
    story.title = title or story.title or slug
    names = dict.fromkeys(name for one in find_all(about, "by") if (name := name_of(line_of(one))))
    story.byline = ", ".join(names) or story.byline
    if story.byline is None:
        people = dict.fromkeys(
            name
            for one in find_all(about, "creator")
            if _is_writer(one) and (name := name_of(_named(one)))
        )
        story.byline = ", ".join(people) or None
    story.dateline = place_line(line_of(find(about, "dateline"))) or story.dateline
    tag = find(about, "language")
    story.language = (tag.get("tag") if tag is not None else None) or story.language
    created = line_of(find(about, "contentCreated"))
    story.dates.insert(0, created)
    if not story.abstract:
        summaries = [
            one
            for one in find_all(about, "description")
            if "caption" not in (one.get("role") or "").lower()
        ]
        story.abstract = [line for one in summaries if (line := line_of(one))][:1]


def _is_writer(creator: Element) -> bool:
    """Say whether a creator is a person: agencies put their own name or initials there too."""
    return bool(
        _PERSON.search(creator.get("type") or "") or _WRITERS.search(creator.get("role") or "")
    )


def _meta(tree: Element, meta: Element, about: Element | None, story: Story) -> None:
    story.title = story.title or line_of(find(meta, "title"))
    story.dates[1:1] = [line_of(find(meta, "versionCreated")), line_of(find(meta, "firstCreated"))]
    credit = line_of(find(about, "creditline")) if about is not None else None
    provider = find(meta, "provider")
    source = find(about, "infoSource") if about is not None else None
    story.source = (
        (credit.strip(_DASHES) if credit else None)
        or _named(provider)
        or _named(source)
        or _code(provider)
        or story.source
        or holder_name(_named(find(tree, "rightsInfo", "copyrightHolder")))
    )
    for link in find_all(meta, "link"):
        relation = (link.get("rel") or "").lower()
        if "canonical" in relation or "permalink" in relation or "webpage" in relation:
            story.url = story.url or address(link.get("href"))


register(
    Reader(
        "newsml-g2", sniff, read, plain=plain,
        about="NewsML-G2 items and messages (Reuters, dpa, AP, ANSA, STT and others)",
    )
)  # fmt: skip
