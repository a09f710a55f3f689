"""What NITF, NewsML 1 and NewsML-G2 share: items, statuses, and the text in their elements.

The formats are the IPTC's (https://iptc.org/standards). Agencies carry the same two kinds of text
in all of them, NITF and XHTML, as elements or escaped in a string, and bend both: lines broken at
a column by `<br/>` or newlines, tables drawn with blanks, slugs and routing codes among the words.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from lxml import etree

from transforms.read import markup
from transforms.read.dates import MONTH, parse_date
from transforms.read.html_metadata import BYLINE, person
from transforms.read.html_text import html_to_paragraphs
from transforms.read.markup import find, find_all, slices
from transforms.read.pieces import Row, framing, record, reject
from transforms.read.prose import continues, wrap_width
from transforms.read.text import TextSource, repair

Element = etree._Element

_KNOWN = re.compile(
    r"<(?:[A-Za-z_][\w.-]{0,60}:)?(nitf|NewsML|NewsItem|newsMessage|newsItem|packageItem"
    r"|conceptItem|knowledgeItem|planningItem|catalogItem|newsitem)(?=[\s/>])"
)
_NAME = re.compile(r"<(?:[A-Za-z_][\w.-]{0,60}:)?([A-Za-z_][\w.-]{0,60})(?=[\s/>])")
_OWN = {
    "nitf": re.compile(r"<(?:[\w.-]{1,60}:)?(?:body|docdata|hedline|head)[\s/>.]|IPTC//DTD NITF"),
    "newsml1": re.compile(r"<(?:NewsComponent|NewsManagement|NewsEnvelope|NewsLines)[\s/>]"),
    "newsml-g2": re.compile(
        r"iptc\.org/std/nar|NewsML-G2|EventsML-G2"
        r"|<(?:[\w.-]{1,60}:)?(?:itemMeta|contentMeta|contentSet|itemSet)[\s/>]"
    ),
    "rcv1": re.compile(r"<newsitem\s[^<>]{0,400}itemid=|<text>\s{0,20}<p>"),
}
_OTHERS = frozenset(["html", "rss", "feed", "RDF", "urlset"])
_CLOSED = re.compile(r"</[\w.:-]{1,80}\s{0,10}>\s{0,1000}$")
_HEADERS = re.compile(
    r"<(/?)((?:[A-Za-z_][\w.-]{0,60}:)?"
    r"(?:[hH]eader|NewsEnvelope|Catalog|catalogRef|TopicSet|itemSet))(?=[\s/>])[^<>]{0,4000}>"
)
_INK = re.compile(r"[^\W_]+")
_STRAY = 200
_PROLOG = 2000
_DEEP = 200

_STRAY_SIGN = re.compile(r"<(?![A-Za-z_/!?])|<(?=[\w.+-]{1,60}@)")
_STRAY_AMPERSAND = re.compile(r"&(?![A-Za-z][A-Za-z0-9]{1,31};|#\d{1,7};|#[xX][0-9a-fA-F]{1,6};)")
_VOID = re.compile(r"<(br|hr|img|BR|HR|IMG)(\s[^<>]{0,2000})?(?<!/)>")
_TAG = re.compile(r"<(/?)([A-Za-z_][\w.:-]{0,80})[^<>]{0,4000}?(/?)>")
_MARKED = re.compile(
    r"</?(?:p|br|div|span|h[1-6]|[biu]|ul|ol|li|table|strong|em|a|pre)(?:\s[^<>]{0,2000})?/?>", re.I
)
_PAIR = re.compile(r"<([a-z]{2,20})>([^<>]{0,400})</\1>")
_DOCUMENT = re.compile(r"\s{0,1000}<(?:\?xml|!DOCTYPE|(?:[\w.-]{1,60}:)?(?:nitf|html|NewsML)[\s>])")
_TWICE = re.compile(r"&(?:#\d{2,6}|#x[0-9a-fA-F]{2,5}|[A-Za-z]{2,8});")
_GAP = re.compile(r"\S[ \t]{2,}\S")
_ENDED = re.compile(r"[.!?:;…][\"'”’»)\]]{0,3}$")
_RULE_LINE = re.compile(r"[\W_]*")

_BLOCKS = frozenset([
    "abstract", "address", "article", "aside", "bibliography", "block", "blockquote", "body",
    "body.content", "body.end", "body.head", "bq", "byline", "caption", "center", "datasource",
    "dateline", "dd", "details", "distributor", "div", "dl", "dt", "fn", "footer", "h1", "h2", "h3",
    "h4", "h5", "h6", "header", "hedline", "hl1", "hl2", "hr", "html", "inlinedata", "inlinexml",
    "datacontent", "li", "main", "nitf", "nitf-table", "note", "ol", "p", "para", "pre", "section",
    "series", "summary", "table", "tagline", "tbody", "tfoot", "text", "thead", "tr", "ul",
])  # fmt: skip
_SKIPPED = frozenset([
    "audio", "button", "canvas", "copyrite", "embed", "figure", "figcaption", "form", "frame",
    "head", "iframe", "media", "meta", "nav", "nitf-table-metadata", "object", "picture", "script",
    "select", "style", "svg", "template", "tobject", "key-list", "classifier", "textarea", "video",
])  # fmt: skip
_APART = frozenset(["abstract", "byline", "dateline"])
_AUTHORS = frozenset(["byline", "author", "bodybyline"])
_LEADS = frozenset(["lead_paragraph", "online_lead_paragraph"])
_ROW_CHARS = 400
_HEADER_CHARS = 80
_BYLINE_CHARS = 160
_SLACK = 4  # first lines were wrapped with an indent that is gone
_BREAK = "\x0b"  # XML cannot hold one, so it stands for <br/>
_BLANK_LINE = re.compile(r"\n[ \t\r]{0,1000}\n\s{0,1000}")
_ROUTING = re.compile(r"(?:[A-Z0-9]{2,12}\s){4,40}[A-Z0-9]{2,12}")
_MIXED = re.compile(r"\b(?=[A-Z]{1,11}\d)[A-Z0-9]{3,12}\b")
_SIGN_OFF = re.compile(
    r"[a-z]{2,4}(?:[/-][a-z]{2,4}){1,6}|(?i:ends?)\.?"
    r"|[A-Z]{2,6}(?: [A-Z]{2,5}){0,2} [a-z]{2,4}(?:/[a-z]{2,4}){0,4}"
)
_NOTICE = re.compile(r"©|\([cC]\) ?\d{4}|(?i:copyright) (?:©|\(c\)|\d{4})")
_DOMAIN = re.compile(r"^([\w-]{2,40})\.[a-z]{2,4}$")
_NOTICE_CHARS = 300
_FIRST_LINES = 8
_RIGHTS = re.compile(r"[.,]?\s{0,5}all rights reserved.{0,200}$", re.I)
_COPYRIGHT = re.compile(r"^(?:\(c\)|©|copyright|\d{4}|by|,|\s){1,12}", re.I)
_ONLY_DAY = re.compile(rf"(?:{MONTH} \d{{1,2}}|\d{{1,2}} {MONTH}),? \d{{4}}", re.I)
_ONLY_DATE = re.compile(r"[\d\s/.:,+TZ-]{4,40}(?:GMT|UTC)?[\d\s:+-]{0,10}")


# Which format it is


def root_of(head: str) -> tuple[str, int] | None:
    """Return the local name of a document's root element and where it starts, None for no XML."""
    at, end = 0, len(head)
    while at < end:
        if head[at].isspace() or head[at] == "\ufeff":
            at += 1
        elif head.startswith("<!--", at):
            at = _behind(head, "-->", at)
        elif head.startswith("<?", at):
            at = _behind(head, "?>", at)
        elif head.startswith("<!", at):
            subset = head.find("[", at)
            close = head.find(">", at)
            inner = 0 <= subset < close
            at = _behind(head, "]", subset) if inner else _behind(head, ">", at)
            if inner:
                at = _behind(head, ">", at)
        else:
            found = _NAME.match(head, at)
            return (found[1], at) if found else None
    return None


def _behind(text: str, sign: str, at: int) -> int:
    found = text.find(sign, at)
    return found + len(sign) if found >= 0 else len(text)


@lru_cache(maxsize=4)
def recognise(head: str, name: str) -> tuple[str, float]:
    """Return which of the IPTC's formats a text has and how sure that is; `("", 0)` for none.

    The first element that belongs to one of them decides: NITF within NewsML is NewsML. Around it
    there may be any wrapper but a feed or a page. `rcv1` is what Reuters Corpus Volume 1 has.
    """
    root = root_of(head)
    if root is None:
        if not name.endswith((".xml", ".nitf", ".newsml", ".nml")):
            return "", 0.0
        found = _KNOWN.search(head, 0, 4000)
    elif root[0] in _OTHERS:
        return "", 0.0
    else:
        found = _KNOWN.search(head, root[1])
    if found is None:
        return "", 0.0
    kind = found[1]
    if kind == "newsitem":
        format = "rcv1"
    elif kind == "nitf":
        format = "nitf"
    else:
        format = "newsml1" if kind in ("NewsML", "NewsItem") else "newsml-g2"
    whole = root is not None and found.start() == root[1]
    if whole and kind in ("nitf", "NewsML"):
        return format, 0.98
    if not _OWN[format].search(head, found.start()):
        return "", 0.0
    return format, 0.98 if whole else 0.96


# Items and what stands between them

Build = Callable[[Element, int, int, str], Row]
"""From an item's tree, its start, its end and its text to a row."""


def items(
    source: TextSource, names: Collection[str], ends: Collection[str], build: Build
) -> Iterator[Row]:
    """Yield a row for each element called one of `names`, and framing for what is around them.

    An item that lost its end tag is read where one of the elements `ends` is closed in it, so
    that its text is there as a whole. What holds more words than headers do is a reject.
    """
    closed = re.compile(rf"</(?:[\w.-]{{1,60}}:)?(?:{'|'.join(map(re.escape, ends))})\s{{0,10}}>")
    seen = False
    for part in slices(source, frozenset(names)):
        start, end, text = part.start, part.end, part.text
        if text is None:
            yield reject(start, end, "too_large", f"{part.name or 'text'} over the size limit")
        elif part.name is None:
            if not text.strip():
                continue
            if _stray_ink(text) <= (_STRAY if seen else _PROLOG):
                yield framing(start, end)
            else:
                yield reject(start, end, "bad_record", "text that no item holds", text)
        elif part.broken and not (_CLOSED.search(text[-2000:]) and closed.search(text)):
            yield reject(start, end, "bad_record", f"a {part.name} without its end", text)
        else:
            tree, wrong = tree_of(text)
            if tree is None:
                yield reject(start, end, "bad_record", f"a {part.name} {wrong}", text)
            else:
                yield build(tree, start, end, text)
        seen = seen or part.name is not None


def _stray_ink(text: str) -> int:
    """Count the letters and digits of a text's words outside what heads a message."""
    kept: list[str] = []
    at = 0
    opened: re.Match[str] | None = None
    for found in _HEADERS.finditer(text):
        if found.group().endswith("/>") or found[2].endswith("itemSet"):
            continue
        if not found[1] and opened is None:
            opened = found
        elif found[1] and opened is not None and found[2] == opened[2]:
            kept.append(text[at : opened.start()])
            at, opened = found.end(), None
    kept.append(text[at:])
    return sum(map(len, _INK.findall(markup.plain(" ".join(kept)))))


def tree_of(text: str) -> tuple[Element | None, str]:
    """Parse an item leniently; where that cannot be done whole, return None and why."""
    kept: list[str] = []
    at = 0
    while at < len(text):
        section = text.find("<![CDATA[", at)
        close = text.find("]]>", section) if section >= 0 else -1
        stop = section if close >= 0 else len(text)
        kept.append(_STRAY_AMPERSAND.sub("&amp;", _STRAY_SIGN.sub("&lt;", text[at:stop])))
        at = close + 3 if close >= 0 else len(text)
        kept.append(text[stop:at])
    mended = "".join(kept)
    if "</br" not in mended:
        mended = _VOID.sub(r"<\1\2/>", mended)
    if _is_deep(mended):
        return None, "that is nested too deeply"
    tree = markup.parse(mended)
    return tree, "that could not be parsed"


def _is_deep(text: str) -> bool:
    """Say whether elements are nested deeper than the parser goes, which would end the tree."""
    closing = text.count("</")
    if text.count("<") - closing < _DEEP:
        return False
    depth = 0
    for found in _TAG.finditer(text):
        if found[1]:
            depth = max(depth - 1, 0)
        elif not found[3]:
            depth += 1
            if depth > _DEEP:
                return True
    return False


# Text


@dataclass
class Story:
    """What an element with content holds: paragraphs, and fields that stand beside them."""

    lines: list[str] = field(default_factory=list)
    title: str | None = None
    byline: str | None = None
    dateline: str | None = None
    source: str | None = None
    language: str | None = None
    external_id: str | None = None
    url: str | None = None
    status: str | None = None
    abstract: list[str] = field(default_factory=list)
    dates: list[str | None] = field(default_factory=list)
    media: str | None = None


@lru_cache(maxsize=2048)
def _lower(tag: str) -> str:
    return tag.rpartition("}")[2].rpartition(":")[2].lower()


def _name(element: Element) -> str:
    tag = element.tag
    return _lower(tag) if isinstance(tag, str) else ""


class _Words:
    """Collects the blocks of text below elements, and what stands apart from it."""

    def __init__(self, *, apart: bool = True) -> None:
        self.blocks: list[tuple[str, bool]] = []  # text with its line ends; whether it is <pre>
        self.apart: dict[str, list[str]] = {}
        self.media: str | None = None
        self._apart = apart
        self._parts: list[str] = []
        self._pre = 0
        self._rows: list[list[int]] = []
        self._headers: list[int] = []

    def walk(self, root: Element) -> None:
        """Collect what is below `root`, without recursion: trees may be deep."""
        self._open(root, _name(root))
        stack = [(root, iter(root))]
        while stack:
            element, children = stack[-1]
            child = next(children, None)
            if child is None:
                stack.pop()
                self._close(_name(element))
                if stack and element.tail:
                    self._parts.append(element.tail)
                continue
            name = _name(child)
            if self._is_left_out(child, name):
                if child.tail:
                    self._parts.append(child.tail)
                continue
            self._open(child, name)
            stack.append((child, iter(child)))
        self._flush()

    def _is_left_out(self, element: Element, name: str) -> bool:
        if not name:
            return True
        if name in _SKIPPED:
            self._flush()
            if name == "media":
                self.media = self.media or element.get("media-type") or "media"
            return True
        if self._apart and (name in _APART or _is_byline(element, name)):
            words = " ".join("".join(_strings(element)).split())
            if name in _APART or len(words) <= _BYLINE_CHARS:
                self._flush()
                kind = name if name in _APART else "byline"
                self.apart.setdefault(kind, []).append(words)
                return True
        return name == "note" and element.get("type") == "npa"

    def _open(self, element: Element, name: str) -> None:
        if name == "br":
            self._parts.append(_BREAK)
        elif name in _BLOCKS:
            self._flush()
            if name == "pre":
                self._pre += 1
            elif name == "tr":
                self._rows.append([])
            elif name == "header":
                self._headers.append(len(self.blocks))
        elif name in ("td", "th"):
            self._flush()
            if self._rows:
                self._rows[-1].append(len(self.blocks))
        if element.text:
            self._parts.append(element.text)

    def _close(self, name: str) -> None:
        if name not in _BLOCKS:
            if name in ("td", "th"):
                self._flush()
            return
        self._flush()
        if name == "pre":
            self._pre -= 1
        elif name == "tr" and self._rows:
            self._end_row(self._rows.pop())
        elif name == "header" and self._headers:
            # A page's header has headline, day and keywords, and perhaps a first paragraph.
            at = self._headers.pop()
            kept = [block for block in self.blocks[at:] if len(block[0]) >= _HEADER_CHARS]
            self.blocks[at:] = kept

    def _end_row(self, cells: list[int]) -> None:
        if len(cells) < 2:
            return
        stops = [*cells[1:], len(self.blocks)]
        texts = [" ".join(text.split()) for text, _ in self.blocks[cells[0] :]]
        single = all(stop - cell <= 1 for cell, stop in zip(cells, stops, strict=True))
        joined = " ".join(texts)
        if single and joined and len(joined) <= _ROW_CHARS:
            self.blocks[cells[0] :] = [(joined, False)]

    def _flush(self) -> None:
        if self._parts:
            text = "".join(self._parts)
            self._parts = []
            if not text.isspace() and text:
                self.blocks.append((text, self._pre > 0))

    def lines(self) -> list[str]:
        """Return the paragraphs."""
        broken = [
            len(" ".join(line.split()))
            for text, _ in self.blocks
            if _BREAK in text
            for line in text.split(_BREAK)[:-1]
        ]
        width = wrap_width([length for length in broken if length])
        found: list[str] = []
        for text, pre in self.blocks:
            if _BREAK in text:
                found += _broken_lines(text, pre, width)
            else:
                found += soft_lines(text, pre=pre)
        return tidy(found)


def _strings(element: Element) -> Iterator[str]:
    for part in element.itertext():
        yield str(part)


def _is_byline(element: Element, name: str) -> bool:
    if name not in ("p", "span", "div"):
        return False
    classes = element.get("class")
    return classes is not None and not _AUTHORS.isdisjoint(classes.lower().split())


def _broken_lines(text: str, pre: bool, width: int | None) -> list[str]:
    """Part a block at its `<br/>`, but for those that only wrap its lines.

    `width` is the column at which the whole text was wrapped, if it was. A line that goes on in
    lower case behind no end of a sentence is taken to be wrapped, too.
    """
    found: list[str] = []
    above: str | None = None
    for line in text.split(_BREAK):
        first, *others = soft_lines(line, pre=pre) or [""]
        if not first:
            above = None
            continue
        if above is not None and (
            (width is not None and continues(above, first, width - _SLACK))
            or (first[0].islower() and not _ENDED.search(above))
        ):
            found[-1] = f"{found[-1]} {first}"
        else:
            found.append(first)
        found += others
        above = found[-1] if others else first
    return found


def soft_lines(text: str, *, pre: bool = False) -> list[str]:
    """Return the paragraphs of a text in which line ends may mean nothing, or much.

    Blank lines part paragraphs; so do indents beneath lines without any. Tables drawn with blanks
    and short lines keep their lines. All else is wrapped text: by a column, or by the program
    that indented the mark-up.
    """
    text = text.strip("\n\r ")
    if "\n" not in text:
        folded = " ".join(text.split())
        return [folded] if folded else []
    pieces = [
        [line for line in piece.replace("\r", "").split("\n") if line.strip()]
        for piece in _BLANK_LINE.split(text)
    ]
    indents = [len(line) - len(line.lstrip()) for piece in pieces for line in piece[1:]]
    hanging = bool(indents) and min(indents) < 2 <= max(indents)
    return [line for piece in pieces for line in _soft_piece(piece, pre, hanging)]


def _soft_piece(lines: list[str], pre: bool, hanging: bool) -> list[str]:
    folded = [" ".join(line.split()) for line in lines]
    if len(lines) < 2:
        return folded
    indents = [len(line) - len(line.lstrip()) for line in lines[1:]]
    gaps = sum(1 for line in lines if _GAP.search(line.strip()))
    if not pre and not hanging and min(indents) >= 2:
        return [" ".join(folded)]
    if 2 * gaps >= len(lines):
        return folded
    longest = max(map(len, folded))
    joined = [continues(above, line, longest) for above, line in pairwise(folded)]
    if hanging:
        inner = [True] * len(joined)
    elif longest < 30 and (pre or len(lines) > 2):
        return folded
    elif sum(joined) < 0.6 * len(joined):  # lists, but for their longer entries
        inner = [on and above.endswith(",") for on, above in zip(joined, folded, strict=False)]
    else:
        inner = joined if pre else [True] * len(joined)
    found = [folded[0]]
    for indent, goes_on, line in zip(indents, inner, folded[1:], strict=True):
        if goes_on and indent < 2:
            found[-1] = f"{found[-1]} {line}"
        else:
            found.append(line)
    return found


def tidy(lines: Iterable[str]) -> list[str]:
    """Return lines that hold a word, with escapes undone that were made twice."""
    found: list[str] = []
    for line in lines:
        if "&" in line and _TWICE.search(line):
            line = " ".join(html.unescape(line).split())
        parts = [line]
        if "</" in line:
            line = _PAIR.sub(r"\2", line)
            parts = [line]
        if "<" in line and (_MARKED.search(line) or "<script" in line):
            parts = html_to_paragraphs(line).split("\n")
        found += [
            clean for part in parts if not _RULE_LINE.fullmatch(clean := repair(part).strip())
        ]
    if found and _ROUTING.fullmatch(found[-1]) and len(_MIXED.findall(found[-1])) >= 2:
        found.pop()  # a wire's routing codes
    return found


def words(elements: Iterable[Element], *, apart: bool = True) -> tuple[list[str], _Words]:
    """Return the paragraphs below elements, and what was found beside them."""
    collected = _Words(apart=apart)
    for element in elements:
        collected.walk(element)
    return collected.lines(), collected


def content(element: Element) -> Story:
    """Read an element that holds NITF, XHTML, loose paragraphs, or any of these as a string."""
    nitf = element if _name(element) == "nitf" else find(element, "**", "nitf")
    if nitf is not None or find(element, "**", "body.content") is not None:
        return nitf_story(element if nitf is None else nitf)
    page = element if _name(element) == "html" else find(element, "**", "html")
    if page is not None:
        return _page_story(page)
    if len(element) == 0:
        return string_story(element.text or "")
    return _loose_story([element])


def _loose_story(elements: list[Element]) -> Story:
    lines, beside = words(elements)
    return Story(
        lines,
        byline=name_of(next(iter(beside.apart.get("byline", [])), None)),
        dateline=next(iter(beside.apart.get("dateline", [])), None),
        abstract=tidy(beside.apart.get("abstract", [])),
        media=beside.media,
    )


def _page_story(page: Element) -> Story:
    bodies = find_all(page, "body") or [page]
    story = _loose_story(bodies)
    story.title = line_of(find(page, "head", "title")) or line_of(find(page, "**", "h1"))
    story.language = language_of(page)
    return story


def string_story(text: str) -> Story:
    """Read content that is a string: escaped NITF or HTML, or plain text."""
    if _DOCUMENT.match(text):
        tree, _ = tree_of(text)
        if tree is not None and _name(tree) in ("nitf", "html"):
            return content(tree)
    if not _MARKED.search(text):
        return Story(tidy(soft_lines(text, pre=True)))
    parser = etree.HTMLParser(
        recover=True, no_network=True, huge_tree=True, remove_comments=True, encoding="utf-8"
    )
    clean = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", " ", text)
    try:
        tree = etree.fromstring(f"<div>{clean}</div>".encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        tree = None
    deep = any("depth" in (entry.message or "") for entry in parser.error_log)
    if tree is None or deep:
        return Story(tidy(html_to_paragraphs(clean).split("\n")))
    return _page_story(tree)


# NITF, which the other two formats hold


def nitf_story(tree: Element) -> Story:
    """Read a `nitf` element, or one that holds `body.content`, whole or in part."""
    head = find(tree, "head")
    body = find(tree, "body")
    inner = tree if body is None else body
    above = find(inner, "body.head")
    contents = find_all(inner, "body.content") or find_all(inner, "**", "body.content")
    story = Story(language=language_of(body) or language_of(tree))
    if body is not None:
        contents = contents or [
            child for child in body if _name(child) not in ("body.head", "body.end")
        ]
    roots = _full_text(contents)
    roots += [part for part in find_all(inner, "body.end") if contents]
    story.lines, beside = words(roots)
    story.media = beside.media
    if above is not None:
        _nitf_above(above, story)
    if story.byline is None:
        story.byline = name_of(next(iter(beside.apart.get("byline", [])), None))
    if story.dateline is None:
        story.dateline = place_line(next(iter(beside.apart.get("dateline", [])), None))
    story.abstract = story.abstract or tidy(beside.apart.get("abstract", []))
    if head is not None:
        _nitf_head(head, story)
    _without_lead(story.lines)
    return story


def _full_text(contents: list[Element]) -> list[Element]:
    """Leave out blocks that repeat the first paragraph of a block called full text."""
    blocks = [block for content in contents for block in find_all(content, "block")]
    if not any((block.get("class") or "") == "full_text" for block in blocks):
        return contents
    return [block for block in blocks if (block.get("class") or "") not in _LEADS]


def _without_lead(lines: list[str]) -> None:
    """Drop a first paragraph `LEAD: …` that the second one repeats."""
    if len(lines) > 1 and lines[0].startswith("LEAD: "):
        lead = squeeze(lines[0][6:])
        if lead and squeeze(lines[1]).startswith(lead[:200]):
            del lines[0]


def _nitf_above(above: Element, story: Story) -> None:
    headline = find(above, "hedline")
    headline = find(above, "headline") if headline is None else headline
    if headline is not None:
        first = next(filter(None, map(line_of, find_all(headline, "**", "hl1"))), None)
        story.title = first or line_of(headline)
    bylines = find_all(above, "byline")
    printed = [one for one in bylines if "normalized" not in (one.get("class") or "")]
    names: dict[str, None] = {}
    for one in printed or bylines:
        name = _nitf_byline(one)
        if name:
            names[name] = None
    story.byline = ", ".join(names) or None
    dateline = find(above, "dateline")
    if dateline is not None:
        story.dateline = place_line(_place_words(dateline))
        day = find(dateline, "story.date")
        if day is not None:
            story.dates += [day.get("norm"), line_of(day)]
    story.source = line_of(find(above, "distributor")) or line_of(
        find(above, "rights", "rights.owner")
    )
    abstract = find(above, "abstract")
    if abstract is not None:
        story.abstract, _ = words([abstract], apart=False)


def _nitf_byline(element: Element) -> str | None:
    """Return the name in a byline, without the writer's office where there is a name."""
    kept = [element.text or ""]
    for child in element:
        if _name(child) not in ("byttl", "virtloc"):
            kept += ["".join(_strings(child))]
        kept.append(f" {child.tail or ''}")
    return name_of(" ".join(kept)) or name_of(" ".join(_strings(element)))


def _place_words(dateline: Element) -> str:
    """Return a dateline's words: parts of its place by comma, a date only as people write it."""
    found: list[str] = [dateline.text or ""]
    for child in dateline:
        name = _name(child)
        if name == "location" and len(child):
            parts = [child.text or "", *(" ".join(_strings(part)) for part in child)]
            parts += [part.tail or "" for part in child]
            folded = [" ".join(part.split()).strip(" ,") for part in parts]
            found.append(", ".join(part for part in folded if part))
        elif name != "story.date" or not _ONLY_DATE.fullmatch(line_of(child) or "0000"):
            found.append(" ".join(_strings(child)))
        found.append(child.tail or "")
    return " ".join(found)


def _nitf_head(head: Element, story: Story) -> None:
    data = find(head, "docdata")
    story.title = story.title or line_of(find(head, "title"))
    publication = find(head, "**", "pubdata")
    metas = {
        (meta.get("name") or "").lower(): meta.get("content") or ""
        for meta in find_all(head, "meta")
    }
    holder = None
    dates: list[str | None] = []
    if data is not None:
        story.status = data.get("management-status")
        doc_id = find(data, "doc-id")
        key = find(data, "du-key")
        story.external_id = _attribute(doc_id, "id-string") or _attribute(key, "key")
        issued, released = find(data, "date.issue"), find(data, "date.release")
        dates += [_attribute(issued, "norm"), line_of(issued), _attribute(released, "norm")]
        origin = find(data, "del-list", "from-src")
        holder = (
            holder_name(_attribute(find(data, "doc.copyright"), "holder"))
            or _attribute(doc_id, "regsrc")
            or _attribute(origin, "src-name")
        )
    dates += [
        _attribute(publication, "date.publication"), metas.get("timestamp"),
        *(metas.get(name) for name in ("dc.date", "date", "pubdate", "publication_date")),
    ]  # fmt: skip
    parts = [metas.get(f"publication_{part}") for part in ("year", "month", "day_of_month")]
    if all(part and part.isdigit() for part in parts):
        dates.append("-".join(str(part) for part in parts))
    story.dates = dates + story.dates
    origins = [text for name, text in metas.items() if name.endswith(("-source", "kilde"))]
    story.source = _attribute(publication, "name") or story.source or holder
    story.source = story.source or next(filter(None, origins), None)
    story.url = address(_attribute(publication, "ex-ref")) or address(metas.get("url"))
    story.language = story.language or metas.get("language") or metas.get("lang")


def _attribute(element: Element | None, name: str) -> str | None:
    value = element.get(name) if element is not None else None
    return " ".join(value.split()) or None if value else None


# Fields


def squeeze(text: str) -> str:
    """Return the letters and digits of `text`, case folded."""
    return "".join(_INK.findall(text)).casefold()


def line_of(element: Element | None) -> str | None:
    """Return the words in an element as a line, with mark-up in a string and escapes undone."""
    if element is None:
        return None
    text = " ".join("".join(_strings(element)).split())
    if "<" in text and _MARKED.search(text):
        text = html_to_paragraphs(text)
    return next(iter(tidy([" ".join(text.split())])), None)


def name_of(text: str | None) -> str | None:
    """Return a byline's name; None where there is none in `text`."""
    return person(" ".join(text.split())) if text else None


def place_line(text: str | None) -> str | None:
    """Return a dateline without the dash behind it; None for a bare date, which is no place."""
    if not text:
        return None
    line = " ".join(text.split()).strip(" ,-–—:")
    bare = _ONLY_DATE.fullmatch(line) or _ONLY_DAY.fullmatch(line)
    return line if line and not bare else None


def holder_name(text: str | None) -> str | None:
    """Return who holds a copyright, without what the law says about it."""
    if not text:
        return None
    return _COPYRIGHT.sub("", _RIGHTS.sub("", " ".join(text.split()))).strip(" .,-–—") or None


def language_of(element: Element | None) -> str | None:
    """Return the language that an element's attributes name."""
    if element is None:
        return None
    for name, value in element.attrib.items():
        plain = str(name).rpartition("}")[2].rpartition(":")[2]
        if plain in ("lang", "baselang") and value and str(value) != "x-default":
            return str(value)
    return None


def address(text: str | None) -> str | None:
    """Return a web address, None for what is none."""
    return text if text and text.startswith(("http://", "https://")) and " " not in text else None


def first_date(dates: Iterable[str | None]) -> str | None:
    """Return the first text that is a date."""
    for text in dates:
        when = parse_date(text)
        if when is not None and when.plausible and text:
            return " ".join(text.split())
    return None


_GONE = frozenset(["canceled", "cancelled", "withheld", "withdrawn", "killed"])


def is_gone(status: str | None) -> bool:
    """Say whether an item's status says that it is not to be used."""
    return status is not None and status.lower() in _GONE


def finished(story: Story, start: int, end: int, text: str, *, kind: str | None = None) -> Row:
    """Return the row of an item: an article, or a reject that says why it is none.

    `kind` is what the item is, where it is no text (`"picture"`).
    """
    if is_gone(story.status):
        return reject(start, end, "not_article", f"an item of status {story.status}", text)
    lines = list(story.lines)
    title = story.title
    if title:
        plain = squeeze(title)
        again = next((n for n, line in enumerate(lines) if squeeze(line) != plain), len(lines))
        del lines[:again]
    if not lines and (kind or story.media):
        what = kind or story.media
        return reject(start, end, "not_article", f"an item of class {what} without text", text)
    byline = _own_byline(story, lines)
    _without_sign_off(lines, story.source)
    if not lines:
        lines = story.abstract
    if title is None and not lines:
        return reject(start, end, "no_text", "an item with neither headline nor text", text)
    return record(
        start,
        end,
        "\n".join(lines),
        title=title,
        byline=byline,
        dateline=story.dateline,
        source=story.source,
        url=story.url,
        external_id=story.external_id,
        language=story.language,
        date_text=first_date(story.dates),
    )


def _own_byline(story: Story, lines: list[str]) -> str | None:
    """Return who wrote a story, taken out of its first lines where it is printed there."""
    byline = story.byline
    source = squeeze(_DOMAIN.sub(r"\1", story.source or ""))
    for at, line in enumerate(lines[:_FIRST_LINES]):
        if len(lines) > 1 and len(line) <= _BYLINE_CHARS and BYLINE.fullmatch(line):
            printed = name_of(line)
            if printed and squeeze(printed) == source:
                del lines[at]
            elif byline is None or squeeze(byline) in squeeze(line):
                byline = printed
                del lines[at]
            break
    if byline and source and re.match(rf"{re.escape(source)}(?:[\W_]|$)", byline.casefold()):
        return None  # the agency, perhaps with the day
    return byline


def _without_sign_off(lines: list[str], source: str | None) -> None:
    """Drop the last lines that are no text: initials, the agency's name, whose copyright it is."""
    name = squeeze(source or "")
    while len(lines) > 1:
        last = lines[-1]
        if not (
            _SIGN_OFF.fullmatch(last)
            or (name and squeeze(last) == name)
            or (len(last) <= _NOTICE_CHARS and _NOTICE.match(last))
        ):
            return
        lines.pop()


_ASIDE = re.compile(r"<byttl(?:\s[^<>]{0,400})?>[^<>]{0,1000}</byttl>")


def plain(text: str) -> str:
    """Return the words of an item, without mark-up and the offices of its writers."""
    return markup.plain(html.unescape(_ASIDE.sub(" ", text)))
