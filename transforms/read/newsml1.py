"""NewsML 1.0 to 1.2, and the news items of Reuters Corpora Volumes 1 and 2.

Formats: IPTC, "NewsML 1.2", https://iptc.org/standards/newsml-1/; D. D. Lewis et al., "RCV1: A new
benchmark collection for text categorization research", JMLR 5, 2004. The content of a `NewsItem`
is NITF, XHTML, or either in a string; a `newsitem` of Reuters' corpora has its own few elements.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from transforms.read.iptc import (
    Element,
    Story,
    content,
    finished,
    items,
    language_of,
    line_of,
    name_of,
    place_line,
    plain,
    recognise,
    squeeze,
    words,
)
from transforms.read.markup import find, find_all, local
from transforms.read.pieces import Row, reject, tile
from transforms.read.registry import Reader, register
from transforms.read.text import TextSource

_ASIDE = frozenset(["caption", "photo caption", "legend", "thumbnail", "quicklook", "summary"])
_MEDIA = frozenset(["photo", "graphic", "video", "audio", "animation", "image", "composite"])


def sniff(head: str, name: str) -> float:
    """The first element of the IPTC's formats is `NewsML`, `NewsItem` or RCV1's `newsitem`."""
    format, sure = recognise(head, name)
    return sure if format in ("newsml1", "rcv1") else 0.0


def read(source: TextSource) -> Iterator[Row]:
    """Yield one record or reject an item; envelopes and catalogues are framing."""
    ends = ("NewsComponent", "text")
    yield from tile(items(source, ("NewsItem", "newsitem"), ends, _item))


def _item(tree: Element, start: int, end: int, text: str) -> Row:
    if local(tree) == "newsitem":
        return finished(_corpus_story(tree), start, end, text)
    component = find(tree, "NewsComponent")
    if component is None:
        if find(tree, "TopicSet") is not None or find(tree, "Catalog") is not None:
            return reject(start, end, "not_article", "an item that lists topics", text)
        return reject(start, end, "no_text", "an item without a component", text)
    story = Story()
    kinds: list[str] = []
    _component(component, story, kinds)
    _meta(tree, component, story)
    media = next((kind for kind in kinds if kind in _MEDIA), None)
    if media is None and not story.lines and find(component, "**", "NewsItemRef") is not None:
        media = "package"
    return finished(story, start, end, text, kind=media if "text" not in kinds else None)


def _component(component: Element, story: Story, kinds: list[str]) -> None:
    """Collect the text of a component and of those in it, in order."""
    role = _formal(find(component, "Role"))
    if role.lower() in _ASIDE:
        return
    inner = find_all(component, "NewsComponent")
    if (component.get("EquivalentsList") or "").lower() == "yes" and len(inner) > 1:
        inner = [
            max(
                inner,
                key=lambda one: len(str(etree.tostring(one, encoding="unicode", method="text"))),
            )
        ]
    best: Story | None = None
    for item in find_all(component, "ContentItem"):
        kind = _formal(find(item, "MediaType")).lower()
        if kind:
            kinds.append(kind)
        data = find(item, "DataContent")
        if data is None:
            data = find(item, "Encoding", "DataContent")
            if data is None or _formal_notation(item):
                continue
        if kind in _MEDIA:
            continue
        found = content(data)
        if best is None or len("".join(found.lines)) > len("".join(best.lines)):
            best = found
    if best is not None and best.lines:
        headline = line_of(find(component, "NewsLines", "HeadLine"))
        if story.lines and headline and squeeze(headline) != squeeze(story.title or ""):
            story.lines.append(headline)
        story.lines += best.lines
    if best is not None:
        for name in ("title", "byline", "dateline", "source", "language", "status", "url", "media"):
            if getattr(story, name) is None:
                setattr(story, name, getattr(best, name))
        story.abstract = story.abstract or best.abstract
        story.dates += best.dates
    for one in inner:
        _component(one, story, kinds)


def _formal(element: Element | None) -> str:
    return (element.get("FormalName") or "").strip() if element is not None else ""


def _formal_notation(item: Element) -> bool:
    """Say whether the data are encoded otherwise than as text."""
    encoding = find(item, "Encoding")
    return encoding is not None and "base64" in (encoding.get("Notation") or "").lower()


def _meta(tree: Element, component: Element, story: Story) -> None:
    lines = find(component, "NewsLines")
    if lines is None or line_of(find(lines, "HeadLine")) is None:
        lines = next(
            (
                one
                for one in find_all(component, "**", "NewsLines")
                if line_of(find(one, "HeadLine"))
            ),
            lines,
        )
    label = find(tree, "Identification", "NameLabel")
    if lines is not None:
        story.title = (
            line_of(find(lines, "HeadLine")) or story.title or line_of(find(lines, "SlugLine"))
        )
        bylines = dict.fromkeys(
            name for one in find_all(lines, "ByLine") if (name := name_of(line_of(one)))
        )
        story.byline = ", ".join(bylines) or story.byline
        story.dateline = place_line(line_of(find(lines, "DateLine"))) or story.dateline
    story.title = story.title or line_of(label)
    identifier = find(tree, "Identification", "NewsIdentifier")
    management = find(tree, "NewsManagement")
    administrative = find(component, "AdministrativeMetadata")
    descriptive = find(component, "DescriptiveMetadata")
    if identifier is not None:
        story.external_id = (
            line_of(find(identifier, "PublicIdentifier"))
            or line_of(find(identifier, "NewsItemId"))
            or story.external_id
        )
    if administrative is not None:
        story.source = _party(administrative, "Provider") or _party(administrative, "Source")
        if story.byline is None:
            story.byline = name_of(_party(administrative, "Creator"))
    story.source = (
        story.source
        or (line_of(find(lines, "CreditLine")) if lines is not None else None)
        or (line_of(find(identifier, "ProviderId")) if identifier is not None else None)
    )
    story.language = (
        (_formal(find(descriptive, "Language")) if descriptive is not None else None)
        or language_of(tree)
        or language_of(component)
        or story.language
    )
    if management is not None:
        story.status = _formal(find(management, "Status")) or story.status
        dates = [line_of(find(management, "ThisRevisionCreated"))]
        dates.append(line_of(find(management, "FirstCreated")))
        story.dates = dates + story.dates
    if descriptive is not None:
        story.dates.append(line_of(find(descriptive, "DateLineDate")))
    if identifier is not None:
        story.dates.append(line_of(find(identifier, "DateId")))


def _party(metadata: Element, name: str) -> str | None:
    for one in find_all(metadata, name, "Party"):
        if found := _formal(one):
            return found
    return None


def _corpus_story(tree: Element) -> Story:
    """Read a `newsitem` as Reuters' corpora have it."""
    said = {
        (one.get("element") or ""): one.get("value") or "" for one in find_all(tree, "**", "dc")
    }
    lines, _ = words(find_all(tree, "text"))
    return Story(
        lines,
        title=line_of(find(tree, "headline")) or line_of(find(tree, "title")),
        byline=name_of(line_of(find(tree, "byline"))),
        dateline=place_line(line_of(find(tree, "dateline"))),
        source=said.get("dc.source") or said.get("dc.publisher"),
        language=language_of(tree),
        external_id=tree.get("itemid"),
        dates=[said.get("dc.date.published"), tree.get("date"), said.get("dc.date.created")],
    )


register(
    Reader(
        "newsml1", sniff, read, plain=plain,
        about="NewsML 1 (AFP, ANA and others) and Reuters Corpora Volumes 1 and 2",
    )
)  # fmt: skip
