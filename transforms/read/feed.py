"""Feeds and what is shaped like them: RSS 0.9 to 2.0, RSS 1.0, Atom, WordPress exports, sitemaps.

Every item is cut out with its exact span and parsed on its own by `feedparser`, wrapped in the
feed's own root, so that a bad item costs none of its neighbours. No document type is handed on,
so no entity can be defined, and nothing is fetched.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from transforms.read import markup
from transforms.read.dates import parse_date
from transforms.read.html_metadata import BYLINE, domain, person
from transforms.read.html_text import html_to_paragraphs
from transforms.read.markup import Slice, slices
from transforms.read.pieces import Row, framing, record, reject, tile
from transforms.read.registry import Reader, register
from transforms.read.text import TextSource, repair

_ROOT = re.compile(
    r"<((?:[A-Za-z_][\w.-]{0,40}:)?(rss|feed|RDF|urlset))((?:\s[^<>]{0,8000})?)>", re.S
)
_START = re.compile(
    r"(?:\s{1,1000}|<!--.{0,4000}?-->|<\?[^<>]{0,400}>|<!DOCTYPE[^<>]{0,400}>)*", re.S
)
_NAMES = {"rss": "item", "RDF": "item", "feed": "entry", "urlset": "url"}
_ATOM = ("http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#")
_RSS_IN_RDF = re.compile(r"purl\.org/rss/|my\.netscape\.com/|<(?:rss:)?channel[\s>]|/rss/0\.9")
_INVALID = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_TAG = re.compile(r"</?[A-Za-z!][^<>]{0,4000}>|&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z]{2,31});")
_BLOCK = re.compile(r"<(?:p|div|br|li|ul|ol|table|h[1-6]|blockquote|section|article)[\s/>]", re.I)
_CLOSED = re.compile(r"</[\w.:-]{1,80}\s{0,10}>\s{0,1000}$")
_APPEARED = re.compile(
    r"(?:The post|Der Beitrag|L’article|L'article|La entrada|Il post) .{1,400}"
    r"(?:appeared first on|first appeared on|erschien zuerst auf|est apparu en premier sur"
    r"|se publicó primero en|proviene da) .{1,200}"
)
_MORE = re.compile(
    r"(?:continue reading|read more|read the full (?:story|article)|weiterlesen).{0,160}", re.I
)
_CAPTION = re.compile(r"\[caption[^\[\]]{0,1000}\].{0,4000}?\[/caption\]", re.S)
_SHORTCODE = re.compile(
    r"\[/[a-z][\w-]{1,30}\]|\[[a-z][\w-]{1,30}(?:\s[^\[\]]{0,500}=[^\[\]]{0,1000})\]"
    r"|\[(?:gallery|more|playlist|toc|[a-z]{1,30}[_-][\w-]{1,30})\]"
)
_PAIRED = re.compile(r"\[([a-z][\w-]{1,30})\](?=.{0,2000}?\[/\1\])", re.S)
_LINE_END = re.compile(r"(<[^<>]{0,4000}>)|\n")
_BLANK_LINE = re.compile(r"\n[ \t\r]{0,100}\n")
_ADDRESS = re.compile(
    r"\S{1,80}@\S{1,80}\s{0,5}\(([^()]{1,200})\)|([^<>@]{1,200}?)\s{0,5}<\S{1,80}@"
)
_STRAY = 200
_INK = re.compile(r"[^\W_]+")
_UNPUBLISHED = frozenset(["auto-draft", "draft", "future", "pending", "trash"])
_NOT_POSTS = frozenset([
    "attachment", "custom_css", "customize_changeset", "nav_menu_item", "oembed_cache", "revision",
    "user_request", "wp_block", "wp_global_styles", "wp_navigation", "wp_template",
    "wp_template_part",
])  # fmt: skip
_HEADERS = {"content-type": "application/xml; charset=utf-8"}


def sniff(head: str, name: str) -> float:
    """The root element of a feed, with its namespace where the element's name is not enough."""
    text = head.lstrip("\ufeff")
    start = _START.match(text[:40_000])
    first = _ROOT.match(text, start.end() if start else 0)
    if first is None:
        named = name.endswith((".rss", ".atom", ".rdf")) or "wordpress" in name
        first = _ROOT.search(text[:20_000]) if named else None
        if first is None:
            return 0.0
    kind, attributes = first[2], first[3]
    if kind == "feed":
        return 0.95 if any(space in attributes for space in _ATOM) or "<entry" in text else 0.0
    if kind == "RDF":
        return 0.95 if _RSS_IN_RDF.search(text[:20_000]) else 0.0
    return 0.95


def read(source: TextSource) -> Iterator[Row]:
    """Yield one record or reject an item; the channel's own elements are framing."""
    yield from tile(_rows(source))


@dataclass
class _Feed:
    """What holds for all items: the root to wrap them in, and what the channel says of itself."""

    kind: str = "rss"
    root: str = "<rss version='2.0'>"
    close: str = "</rss>"
    title: str | None = None
    link: str | None = None
    language: str | None = None
    authors: dict[str, str] = field(default_factory=dict)


def _rows(source: TextSource) -> Iterator[Row]:
    feed = _Feed()
    found = _ROOT.search(source.head)
    if found is not None:
        feed = _Feed(found[2], f"<{found[1]}{found[3].rstrip('/')}>", f"</{found[1]}>")
    names = frozenset([_NAMES[feed.kind]]) if found is not None else frozenset(["item", "entry"])
    seen = False
    for part in slices(source, names):
        if part.name is not None:
            seen = True
            yield _item(part, feed)
        elif not seen:
            _channel(part.text or source.head, feed)
            yield framing(part.start, part.end)
        else:
            yield _between(part)


def _between(part: Slice) -> Row:
    """What stands behind an item and is none: an element of the channel, or what is left of one."""
    ink = "".join(_INK.findall(markup.plain(part.text))) if part.text is not None else "x" * 999
    if len(ink) <= _STRAY:
        return framing(part.start, part.end)
    return reject(part.start, part.end, "bad_record", "text between items", part.text or "")


def _parsed(feed: _Feed, inside: str) -> Any:
    """Return what `feedparser` makes of a feed that holds `inside`."""
    import feedparser  # most dumps are no feeds

    wrap = ("<channel>", "</channel>") if feed.kind == "rss" else ("", "")
    text = f"{feed.root}{wrap[0]}{inside}{wrap[1]}{feed.close}"
    try:
        return feedparser.parse(
            io.BytesIO(text.encode("utf-8", "replace")),
            sanitize_html=False,
            resolve_relative_uris=False,
            response_headers=_HEADERS,
        )
    except Exception:  # whatever it stumbles over, this item is the only one that is lost
        return None


def _channel(head: str, feed: _Feed) -> None:
    """Read what a feed says of itself before its first item."""
    found = _ROOT.search(head)
    inside = _INVALID.sub(" ", head[found.end() if found else 0 :])
    if feed.kind == "rss":
        inside = re.sub(r"<(?:[\w.-]{1,40}:)?channel(?:\s[^<>]{0,2000})?>", "", inside)
    parsed = _parsed(feed, inside) if feed.kind != "urlset" else None
    said = parsed.feed if parsed is not None else {}
    feed.title = _line(said.get("title"))
    feed.link = _line(said.get("link"))
    language = said.get("language") or _root_language(feed.root)
    feed.language = _line(language)
    for block in re.finditer(r"<wp:author>(.{0,4000}?)</wp:author>", inside, re.S):
        author = markup.parse(f"<a>{block[1]}</a>")
        if author is not None:
            login = markup.text_of(markup.find(author, "author_login"))
            shown = markup.text_of(markup.find(author, "author_display_name"))
            if login and shown:
                feed.authors[login] = shown


def _root_language(root: str) -> str | None:
    match = re.search(r"xml:lang\s{0,3}=\s{0,3}[\"']([\w-]{2,20})[\"']", root)
    return match[1] if match else None


def _item(part: Slice, feed: _Feed) -> Row:
    start, end, text = part.start, part.end, part.text
    if text is None:
        return reject(start, end, "too_large", "an item over the size limit")
    if part.broken and not _CLOSED.search(text[-2000:]):
        return reject(start, end, "bad_record", "an item without its end", text)
    if feed.kind == "urlset":
        return _sitemap(text, feed, start, end)
    clean = _INVALID.sub(" ", text)
    if part.broken:
        clean = f"{clean.rstrip()}</{re.match('<([^ />]{1,80})', clean)[1]}>"  # type: ignore[index]
    parsed = _parsed(feed, clean)
    if parsed is None or not parsed.entries:
        return reject(start, end, "bad_record", "an item that could not be parsed", text)
    entry = parsed.entries[0]
    if (kind := _line(entry.get("wp_post_type"))) in _NOT_POSTS:
        return reject(start, end, "not_article", f"a WordPress {kind}", text)
    if (status := _line(entry.get("wp_status"))) in _UNPUBLISHED:
        return reject(start, end, "not_article", f"a WordPress post of status {status}", text)
    title = _line(entry.get("title"))
    link = _link(entry, feed)
    lines = _body(entry, title)
    byline = _byline(entry, feed)
    if len(lines) > 1 and BYLINE.fullmatch(lines[0]):
        byline = person(lines.pop(0)) or byline  # as printed; the field may be a login
    body = "\n".join(lines)
    if not title and not body:
        return reject(start, end, "no_text", "an item with neither title nor text", text)
    said = _mapping(entry.get("source"))
    return record(
        start,
        end,
        body,
        title=title,
        byline=byline,
        source=_line(said.get("title")) or feed.title or domain(link or feed.link),
        url=link,
        external_id=_line(entry.get("id")),
        language=_line(entry.get("language")) or feed.language,
        date_text=_date(entry),
    )


def _link(entry: Any, feed: _Feed) -> str | None:
    link = _line(entry.get("feedburner_origlink") or entry.get("link"))
    if link and not link.startswith(("http://", "https://")) and feed.link:
        try:
            link = urljoin(feed.link, link)
        except ValueError:
            return None
    return link if link and link.startswith(("http://", "https://")) else None


def _byline(entry: Any, feed: _Feed) -> str | None:
    people = [_mapping(one).get("name") for one in _list(entry.get("authors"))]
    whole = _line(entry.get("author")) or ""
    if "@" in whole or not any(people):
        named = _ADDRESS.search(whole)
        people = [(named[1] or named[2]) if named else whole]
    names: dict[str, None] = {}
    for one in people[:20]:
        flat = _line(one)
        name = person(feed.authors.get(flat, flat)) if flat else None
        if name:
            names[name] = None
    return ", ".join(names) or None


def _date(entry: Any) -> str | None:
    """The item's own date; the one of its last change where it has no other."""
    for name in ("published", "created", "wp_post_date_gmt", "updated"):
        text = _line(entry.get(name))
        when = parse_date(text)
        if when is not None and when.plausible:
            return text
    return None


def _body(entry: Any, title: str | None) -> list[str]:
    """The paragraphs of the item's content, or of its summary where it has none."""
    texts = [_mapping(one).get("value") for one in _list(entry.get("content"))]
    texts.append(entry.get("summary"))
    exported = "wp_post_type" in entry or "wp_post_id" in entry
    for text in texts:
        lines = _paragraphs(text, exported) if isinstance(text, str) else []
        if title and lines and _squeeze(lines[0]) == _squeeze(title):
            lines = lines[1:]
        while lines and (_APPEARED.fullmatch(lines[-1]) or _MORE.fullmatch(lines[-1])):
            lines = lines[:-1]
        if lines:
            return lines
    return []


def _paragraphs(text: str, exported: bool) -> list[str]:
    """Return the paragraphs of a content; an export of WordPress ends them with its lines."""
    if exported:
        text = _without_shortcodes(text)
        text = _LINE_END.sub(lambda match: match[1] or "<br>", text)
    elif not _BLOCK.search(text):
        text = _BLANK_LINE.sub("<br><br>", text)
    return [line for line in repair(html_to_paragraphs(text)).split("\n") if _INK.search(line)]


def _without_shortcodes(text: str) -> str:
    return _SHORTCODE.sub("", _PAIRED.sub("", _CAPTION.sub(" ", text)))


def plain(text: str) -> str:
    """Return the words of an item, without mark-up and WordPress's shortcodes."""
    return markup.plain(_without_shortcodes(text))


def _squeeze(text: str) -> str:
    return "".join(_INK.findall(text)).casefold()


def _mapping(value: Any) -> Mapping[str, Any]:
    """Return a value that is a mapping in a sound item, an empty one where it is something else."""
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _line(value: Any) -> str | None:
    """Return a field as one line without mark-up."""
    if not isinstance(value, str):
        return None
    text = value
    if _TAG.search(text):
        text = html_to_paragraphs(text) if "<" in text else html.unescape(text)
    return " ".join(repair(text.replace("\x00", "")).split()) or None


def _sitemap(text: str, feed: _Feed, start: int, end: int) -> Row:
    """An address in a sitemap for news: a headline and a date without a text."""
    tree = markup.parse(text)
    if tree is None:
        return reject(start, end, "bad_record", "an address that could not be parsed", text)
    title = markup.text_of(markup.find(tree, "**", "title"))
    link = markup.text_of(markup.find(tree, "loc"))
    news = markup.find(tree, "news")
    if title is None or news is None:
        return reject(start, end, "no_text", f"an address without a headline: {link}"[:300], text)
    published = markup.find(news, "publication")
    name = markup.find(published, "name") if published is not None else None
    language = markup.find(published, "language") if published is not None else None
    return record(
        start,
        end,
        "",
        title=title,
        url=link,
        source=markup.text_of(name) or domain(link),
        language=markup.text_of(language) or feed.language,
        date_text=markup.text_of(markup.find(news, "publication_date")),
    )


register(
    Reader(
        "feed", sniff, read, plain=plain,
        about="RSS, Atom, WordPress exports and news sitemaps: one item an article",
    )
)  # fmt: skip
