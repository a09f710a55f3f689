"""A web page: its article's text, without menus, teasers and comments, and what it says of it.

The text is found by `trafilatura` (Barbaresi 2021, ACL demo 21-15) on a tree that furniture has
been pruned from; nothing is fetched and no clock is asked. Where a page carries its text in
JSON-LD only, that is the body.
"""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import chain, islice
from typing import Any

import lxml.html
from lxml import etree

from transforms.read.dates import MONTH, parse_date
from transforms.read.html_metadata import BYLINE, PageMetadata, page_metadata, path_of, person
from transforms.read.html_text import html_to_paragraphs
from transforms.read.markup import plain
from transforms.read.pieces import Row, record, reject, tile
from transforms.read.registry import Reader, register
from transforms.read.text import TextSource

_START = re.compile(r"(?:\s{1,1000}|<!--.{0,4000}?-->|<\?[^<>]{0,400}>)*", re.S)
_ROOT = re.compile(r"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]", re.I)
_ELEMENT = re.compile(
    r"<(?:article|b|blockquote|br|center|div|font|h[1-6]|hr|img|link|main|meta|p|script|section"
    r"|span|style|table|title|ul)(?=[\s/>])",
    re.I,
)
_PAGE_END = re.compile(
    r"</html\s{0,20}>(?=\s{0,200}(?:<!--[^<>]{0,400}-->\s{0,200})?<(?:!doctype\s|html[\s>]))", re.I
)
_BODY = re.compile(r"<body(?=[\s>])", re.I)
_LOOKAHEAD = 1_100
_INVALID = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_INK = re.compile(r"[^\W_]+")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
_NAME_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")

_MAX_ELEMENTS = 60_000
_MIN_WORDS = 8
_FEW_WORDS = 40
_LINKED = 0.7
_MOST_PRUNED = 0.25
_LONG = 200
_HEADER_LINES = 6
_MANY_TEASERS = 8
_DATE_WORD = re.compile(
    MONTH
    + r"|(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?|[ap]m?|m|at|on|of|the"
    r"|published|posted|updated|created|date|first|last|time|[A-Z]{1,4}T|UTC|GMT|BST|st|nd|rd|th|UK|US",
    re.I,
)
_ERROR = re.compile(
    r"\b(?:40[0134]|410|429|50[0234])\b|not found|access denied|forbidden|just a moment"
    r"|enable (?:javascript|cookies)|are you (?:a )?(?:human|robot)|captcha|server error",
    re.I,
)
_TEASER = 300
_HEADS = frozenset(["head", "h2", "h3", "h4", "h5", "h6"])
_FURNITURE = frozenset([
    "advert", "advertisement", "breadcrumb", "breadcrumbs", "comments", "consent", "cookie",
    "disqus", "gdpr", "lightbox", "modal", "newsletter", "outbrain", "overlay", "popular", "popup",
    "promo", "readmore", "recirc", "recirculation", "recommended", "related", "share", "sharing",
    "sidebar", "signup", "subscribe", "taboola", "toolbar", "trending",
])  # fmt: skip
_UNSEEN = frozenset(["sr-only", "screen-reader-text", "visually-hidden", "visuallyhidden"])
_AUTHOR_BOX = frozenset(["about", "bio", "biography", "box", "card", "content", "info", "profile"])
_ARCHIVE_BARS = frozenset(["wm-ipp-base", "wm-ipp", "wm-ipp-print", "donato"])
_NEVER_PRUNED = frozenset(["html", "head", "body", "main", "article", "h1"])
_NO_TEXT = (
    "aside", "button", "figure", "footer", "form", "iframe", "nav", "noscript", "script", "select",
    "style", "svg", "template", "title",
)  # fmt: skip
_LINES = frozenset(
    ["p", "head", "item", "quote", "row", "code", "ab", "div", "list", "table", "body", "figure"]
)

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # what fails there is a reject here


def sniff(head: str, name: str) -> float:
    """A document or a fragment whose first element is one of HTML's."""
    head = head.lstrip("\ufeff")
    start = _START.match(head[:20_000])
    first = head[start.end() if start else 0 :][:200]
    if _ROOT.match(first):
        return 0.6
    named = name.endswith((".html", ".htm", ".xhtml", ".shtml", ".mhtml"))
    if _ELEMENT.match(first):
        return 0.5 if named else 0.35
    return 0.3 if named and _ELEMENT.search(head[:20_000]) else 0.0


def sniff_page(head: str) -> bool:
    """Say whether `head` opens a whole page."""
    return sniff(head, "") >= 0.6


def read(source: TextSource) -> Iterator[Row]:
    """Yield one record or reject a page; pages that were joined in one file are told apart."""
    yield from tile(_rows(source))


def _rows(source: TextSource) -> Iterator[Row]:
    for start, end, text in _pages(source):
        if text is None or len(text) > source.max_record:
            yield reject(start, end, "too_large", "a page over the size limit", text or "")
        elif ink := text.strip():
            start += text.index(ink[0])
            yield page_record(ink, None, start, start + len(ink))


def _pages(source: TextSource) -> Iterator[tuple[int, int, str | None]]:
    """Yield start, end and text of each page, None for a text over the limit."""
    buffer = ""
    offset = 0  # of the buffer's first character
    searched = 0
    begin = 0  # of the open page; before `offset` where its beginning was given up
    for chunk in chain(source.chunks(), [""]):
        last = not chunk
        buffer += chunk
        while (end := _PAGE_END.search(buffer, searched)) is not None:
            if not last and len(buffer) - end.end() < _LOOKAHEAD:
                break
            stop = offset + end.end()
            yield begin, stop, buffer[: end.end()] if begin == offset else None
            buffer, offset, begin, searched = buffer[end.end() :], stop, stop, 0
        searched = max(len(buffer) - _LOOKAHEAD - 40, 0)
        if len(buffer) > source.max_record + _LOOKAHEAD:
            offset += searched
            buffer, searched = buffer[searched:], 0
    if buffer.strip() or begin < offset:
        yield begin, offset + len(buffer.rstrip()), buffer if begin == offset else None


def page_record(page: str, url: str | None, start: int, end: int) -> Row:
    """Return the record of the article on a page, a reject where there is none.

    `page` is its mark-up, decoded; `url` is where it comes from, if that is known; `start` and
    `end` are its span. It never raises for bad content.
    """
    clean = _INVALID.sub(" ", page.lstrip("\ufeff"))
    tree = _parse(clean)
    if tree is None:
        return reject(start, end, "bad_record", "no HTML that could be parsed", page)
    said = page_metadata(tree, clean, url)
    teasers = sum(1 for head in tree.iter("h2", "h3", "h4") if _is_linked(head))
    headed = next(tree.iter("h1"), None) is not None
    lines = _article_lines(tree, clean)
    said, lines = _without_header(lines, said)
    body = _body(lines, said)
    is_front = said.url is not None and path_of(said.url) == ""
    signs = said.is_article or said.article_body or (said.date_text and not is_front)
    words = len(_INK.findall(body))
    enough = _MIN_WORDS if signs or headed else _FEW_WORDS
    if words < enough and len(_CJK.findall(body)) < 4 * words + 20:
        what = f"no article's text on the page {said.title or ''!r}"
        return reject(start, end, "no_text", what[:300], page)
    if not signs and words < 2 * _FEW_WORDS and _ERROR.search(f"{said.title} {body}"):
        what = f"a message of the server: {said.title or body!r}"
        return reject(start, end, "not_article", what[:300], page)
    linked = sum(line.linked for line in lines) >= _LINKED * _size(lines)
    if not signs and (linked or (teasers >= _MANY_TEASERS and len(lines) <= 2 * teasers)):
        what = f"a page of links, no article: {said.title or ''!r}"
        return reject(start, end, "not_article", what[:300], page)
    return record(
        start,
        end,
        body,
        title=said.title,
        byline=said.byline,
        source=said.source,
        url=said.url,
        external_id=said.external_id,
        language=said.language,
        date_text=said.date_text,
    )


def _is_linked(head: Any) -> bool:
    """Say whether a heading is nothing but a link, or stands in one."""
    if any(above.tag == "a" for above in islice(head.iterancestors(), 4)):
        return True
    return len(head) == 1 and head[0].tag == "a" and not (head.text or "").strip()


def _parse(page: str) -> Any:
    """Return the page's tree, None where there is no element in it.

    What weighs elements against each other takes time that grows with their depth, so a page
    nested deeper than the parser's limit is flattened to its paragraphs first.
    """
    tree, deep = _tree(page)
    if deep:
        body = _BODY.search(page)
        head = page[: body.start()] if body else ""
        lines = html_to_paragraphs(page[body.start() :] if body else page).split("\n")
        flat = "".join(f"<p>{html.escape(line)}</p>\n" for line in lines)
        tree, _ = _tree(f"{head}<body>{flat}</body></html>")
    return tree


def _tree(page: str) -> tuple[Any, bool]:
    """Return a page's tree, and whether the parser stopped because it is too deep."""
    kind: Any = lxml.html.HTMLParser  # the stubs know fewer of its arguments
    parser = kind(
        recover=True,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
        default_doctype=False,
        collect_ids=False,
        encoding="utf-8",
    )
    try:
        tree = lxml.html.document_fromstring(page.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        tree = None
    return tree, any("depth" in (entry.message or "") for entry in parser.error_log)


class _Line:
    """A paragraph: its words, how many characters of them are links, which element it was."""

    __slots__ = ("kind", "linked", "text")

    def __init__(self, text: str, linked: int, kind: str) -> None:
        self.text = text
        self.linked = linked
        self.kind = kind

    @property
    def is_link(self) -> bool:
        """Whether it is a link rather than text."""
        return self.linked >= _LINKED * len(self.text)


def _article_lines(tree: Any, page: str) -> list[_Line]:
    """Return the paragraphs of the page's main text in order."""
    if sum(1 for _ in tree.iter()) > _MAX_ELEMENTS:
        return _plain_lines(page)
    held = _prune(tree)
    lines = _extracted(tree, precise=True)
    size = _size(lines)
    if 2 * size < held:  # half of the page's paragraphs are not in it: was it too strict?
        more = _extracted(tree, precise=False)
        if _size(more) > 1.5 * size:
            lines, size = more, _size(more)
    if size < _LONG:
        # A short text: what the page's elements for text hold, if that is more.
        rest = list(_lines(_without_furniture(tree)))
        if _size(rest) <= 10 * _LONG:
            return rest if len(rest) >= len(lines) else lines
    return lines


def _extracted(tree: Any, *, precise: bool) -> list[_Line]:
    import trafilatura  # slow to import, and most dumps hold no page

    try:
        found = trafilatura.bare_extraction(
            tree,
            include_comments=False,
            include_links=True,
            include_tables=True,
            favor_precision=precise,
            with_metadata=False,
        )
    except Exception:  # whatever it stumbles over, the page's other readings are left
        found = None
    body = getattr(found, "body", None)
    return [] if body is None else list(_lines(body))


def _size(lines: list[_Line]) -> int:
    return sum(len(line.text) for line in lines)


def _plain_lines(page: str) -> list[_Line]:
    """The paragraphs of a page that is too large to be weighed: those that read like text."""
    lines = html_to_paragraphs(page).split("\n")
    return [_Line(line, 0, "p") for line in lines if len(line) >= 80]


def _without_furniture(tree: Any) -> Any:
    body = tree.find(".//body")
    body = tree if body is None else body
    for element in list(body.iter(*_NO_TEXT)):
        _remove(element)
    return body


def _prune(tree: Any) -> int:
    """Remove what a page's own names call furniture, unless much of the page's text is in it.

    Returns how many characters the paragraphs hold that are left.
    """
    weight: dict[Any, int] = {}
    total = 0
    candidates: list[Any] = []
    for _, element in etree.iterwalk(tree, events=("end",)):
        own = 0
        for child in element:
            own += weight.pop(child, 0)
        if element.tag == "h1":
            own += 1 << 30
        elif element.tag in ("p", "td", "li", "blockquote", "pre"):
            words = len(element.text or "") + sum(len(child.tail or "") for child in element)
            own += words
            total += words
        if own:
            weight[element] = own
        if element.tag not in _NEVER_PRUNED and _is_furniture(element):
            candidates.append((element, own))
    for element, own in candidates:
        if own <= _MOST_PRUNED * total:
            _remove(element)
            total -= own
    return total


def _is_furniture(element: Any) -> bool:
    identifier = element.get("id")
    if identifier and (identifier in _ARCHIVE_BARS or _names_furniture(identifier[:100])):
        return True
    names = element.get("class")
    return names is not None and any(map(_names_furniture, names[:500].split()))


@lru_cache(maxsize=8192)
def _names_furniture(name: str) -> bool:
    if name in _UNSEEN:
        return True
    parts = {part.lower() for part in _NAME_PARTS.findall(name)}
    return bool(parts & _FURNITURE or ("author" in parts and parts & _AUTHOR_BOX))


def _remove(element: Any) -> None:
    parent = element.getparent()
    if parent is None:
        return
    tail = element.tail
    if tail:
        before = element.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + tail
        else:
            parent.text = (parent.text or "") + tail
    parent.remove(element)


def _lines(body: Any) -> Iterator[_Line]:
    """Yield the paragraphs of an extracted tree; rows of tables are one each.

    A paragraph that is nothing but a picture's link has no text.
    """
    parts: list[str] = []
    linked = links = 0
    pictured = False  # whether the open paragraph has a link, which may be all of it
    layout = False  # whether the open row of a table holds more than data
    kinds: list[str] = []

    def flush() -> Iterator[_Line]:
        nonlocal parts, linked, pictured
        text = " ".join("".join(parts).split())
        if text or pictured:
            yield _Line(text, linked, kinds[-1] if kinds else "p")
        parts, linked, pictured = [], 0, False

    for event, element in etree.iterwalk(body, events=("start", "end")):
        tag = element.tag
        block = tag in _LINES or tag in _HTML_LINES
        if block or tag in ("lb", "br"):
            yield from flush()
        if tag in ("row", "tr") and event == "start":
            layout = next(element.iter("lb", "br", "p"), None) is not None
        if tag in ("cell", "td", "th"):
            if layout:
                yield from flush()
            parts.append(" ")
        if event == "start":
            if block:
                kinds.append(tag)
            if tag in ("ref", "a"):
                links += 1
                pictured = True
            string = element.text
        else:
            if block:
                kinds.pop()
            links -= tag in ("ref", "a")
            string = element.tail if element is not body else None
        if string:
            parts.append(string)
            linked += len(" ".join(string.split())) if links > 0 else 0
    yield from flush()


_HTML_LINES = frozenset([
    "address", "article", "blockquote", "center", "dd", "dl", "dt", "h1", "h2", "h3", "h4", "h5",
    "h6", "header", "hr", "li", "main", "ol", "pre", "section", "tbody", "tr", "ul",
])  # fmt: skip


def _body(lines: list[_Line], said: PageMetadata) -> str:
    """Return the article's paragraphs, a line each, without what the metadata says again."""
    kept = _without_edges(lines)
    kept = [line for line in kept if _INK.search(line.text)]
    stated = _stated_body(said)
    if stated and len(_squeeze(stated)) >= _LONG:
        whole = _squeeze(stated)
        mine = sum(len(_squeeze(line.text)) for line in kept)
        if mine < 0.6 * len(whole):
            return stated
        inside = [_stands_in(line.text, whole) for line in kept]
        held = sum(len(_squeeze(x.text)) for x, there in zip(kept, inside, strict=True) if there)
        if held >= 0.7 * mine and held >= 0.7 * len(whole):
            # What follows its last paragraph is furniture.
            kept = kept[: len(inside) - inside[::-1].index(True)]
    return "\n".join(line.text for line in kept)


def _stated_body(said: PageMetadata) -> str:
    text = said.article_body or ""
    if "<" in text or "&" in text:
        text = re.sub(r"\n{1,10}", "<br><br>", text) if "</p>" not in text else text
        return html_to_paragraphs(text)
    return "\n".join(line for one in text.splitlines() if (line := " ".join(one.split())))


def _stands_in(line: str, whole: str) -> bool:
    """Say whether a squeezed text holds a line, or the most of it in pieces of five words."""
    words = _INK.findall(line.casefold())
    pieces = ["".join(words[at : at + 5]) for at in range(0, len(words), 5)]
    return sum(len(piece) for piece in pieces if piece in whole) >= 0.7 * sum(map(len, pieces))


def _squeeze(text: str) -> str:
    return "".join(_INK.findall(text)).casefold()


def _without_header(lines: list[_Line], said: PageMetadata) -> tuple[PageMetadata, list[_Line]]:
    """Take headline, byline and date off the head of the text; fill what the page has not said."""
    title = _squeeze(said.title or "")
    byline, date_text = said.byline, said.date_text
    kept: list[_Line] = []
    for number, line in enumerate(lines):
        if number < _HEADER_LINES:
            words = _squeeze(line.text)
            names = _squeeze(byline or "")
            if title and words == title:
                continue
            if names and names in words and len(words) <= len(names) + 30:
                continue
            if byline is None and BYLINE.fullmatch(line.text):
                byline = person(line.text)
                continue
            if _is_date_line(line.text):
                date_text = date_text or line.text
                continue
        kept.append(line)
    headline = said.title
    if headline is None and len(kept) > 1 and _is_headline(kept[0].text):
        headline = kept.pop(0).text
    return replace(said, title=headline, byline=byline, date_text=date_text), kept


def _is_headline(text: str) -> bool:
    words = len(text.split())
    return 2 <= words <= 25 and len(text) <= 160 and text[-1] not in ".!?:;,”\"'"


def _is_date_line(text: str) -> bool:
    if len(text) > 80 or parse_date(text) is None:
        return False
    left = [
        word for word in _INK.findall(text) if word.isalpha() and not _DATE_WORD.fullmatch(word)
    ]
    return len(left) <= 1


def _without_edges(lines: list[_Line]) -> list[_Line]:
    """Leave out links that open, close or interrupt the text, and headings with nothing below."""
    text = sum(len(line.text) for line in lines if not line.is_link)
    links = sum(len(line.text) for line in lines if line.is_link)
    if text <= links:
        return lines
    lines = lines[: _teasers(lines)]
    first = next((n for n, line in enumerate(lines) if not line.is_link), 0)
    kept: list[_Line] = []
    for line in lines[first:]:
        if line.is_link and line.kind != "row" and len(_INK.findall(line.text)) >= 4:
            while kept and kept[-1].kind in _HEADS:
                kept.pop()
        else:
            kept.append(line)
    while kept and (kept[-1].is_link or kept[-1].kind in _HEADS):
        kept.pop()
    return kept or lines


def _teasers(lines: list[_Line]) -> int:
    """Return where the block of teasers begins that closes a page, `len(lines)` without one.

    Teasers of other articles are links, most of them headings, each with a short text at most,
    below a heading of the block.
    """
    begin = len(lines)
    for number in range(len(lines) - 1, 0, -1):
        line, above = lines[number], lines[number - 1]
        if line.is_link:
            if line.kind in _HEADS or not line.text:
                begin = number - 1 if above.kind in _HEADS and number > 1 else number
        elif line.kind not in _HEADS and not (above.is_link and len(line.text) <= _TEASER):
            break
    return begin


register(
    Reader(
        "html", sniff, read, plain=plain, about="a web page: the article on it, as saved or crawled"
    )
)
