"""Factiva exports as HTML: a `div` of class `enArticle` (or another language's) an article.

With indexing an article is a table with a field's code and value in each row; without, it has a
headline, lines of a head, paragraphs and lines behind them, told apart by class (see `factiva`).
Articles are cut at their `div`s, which browsers that save such pages leave as they are. Similar
articles that the search folded away, of which only headlines are there, are rejects.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain

from transforms.read import markup
from transforms.read.factiva import (
    ACCESSION,
    CODES,
    accession_of,
    filled,
    headed,
    is_count,
    stated,
    total_of,
)
from transforms.read.html_text import html_to_paragraphs, parse_into
from transforms.read.lexisnexis import Document
from transforms.read.pieces import Row, framing, reject, tile
from transforms.read.registry import Reader, register
from transforms.read.text import TextSource

_MARK = re.compile(
    rf"<div\s[^<>]{{0,200}}?(?:(?P<outer>id\s?=\s?[\"']article-{ACCESSION.pattern})"
    r"|(?P<inner>class\s?=\s?[\"']article\s{1,3}[a-z]{2}Article\b)"
    r"|(?P<folded>id\s?=\s?[\"']carryOver[\"'])"
    r"|(?P<footer>id\s?=\s?[\"']pageFooter[\"']))"
    r"|(?P<summary><table\s[^<>]{0,200}?class\s?=\s?[\"']searchPreview\b)",
    re.I,
)
_OVERLAP = 600
_NAMED = 400
"""How far behind the `div` that names an article the one that holds it may start."""
_SNIFF = re.compile(
    r"class\s?=\s?[\"']article\s{1,3}[a-z]{2}Article\b|[\"' ][a-z]{2}articleParagraph\b"
    r"|fcpNavContainer|divFactivaException|<title>\s{0,40}(?:Dow Jones )?Factiva\s{0,40}</title>"
)
_INVALID = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_CUT_OFF = re.compile(r"<[/!A-Za-z]?[^<>]{0,4000}\Z")
_LANGUAGE = re.compile(r"[\"' ]([a-z]{2})Article\b")
_ENTRY = re.compile(r"data-accno\s?=", re.I)
_COUNTED = re.compile(r"^\d{1,5}\)\s{1,3}")
_ROW = re.compile(r"<tr\b[^<>]{0,200}>(.{0,2000}?)</tr>", re.S | re.I)
_BLOCKS = frozenset([
    "address", "blockquote", "body", "center", "dd", "div", "dl", "dt", "form", "h1", "h2", "h3",
    "h4", "h5", "h6", "hr", "html", "li", "ol", "p", "pre", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "ul",
])  # fmt: skip
_HIDDEN = frozenset(["script", "style", "noscript", "select", "button", "iframe", "object", "svg"])
_TOO_LARGE = "an article over the size limit"


def sniff(head: str, name: str) -> float:
    """The vendor's classes; its style sheets may be longer than what is seen here."""
    if "<" not in head[:2000]:
        return 0.0
    found = {match.group().strip("\"' ").lower()[-12:] for match in _SNIFF.finditer(head)}
    return 0.98 if len(found) > 1 else 0.9 * bool(found)


def read(source: TextSource) -> Iterator[Row]:
    """Yield one record an article; what stands between them belongs to the next."""
    yield from tile(_Page(source).rows())


class _Page:
    def __init__(self, source: TextSource) -> None:
        self._source = source
        self._folded = 0  # articles of which there are only headlines
        self._found = 0  # articles that the search found

    def rows(self) -> Iterator[Row]:
        """Yield records, rejects and framing in order."""
        buffer = ""
        offset = 0  # of the buffer's first character
        begin = 0  # of the open slice, in the buffer
        at = 0  # where the scan goes on
        kind = "head"  # of the open slice: the mark that it starts with
        lost = 0  # where a slice began whose text was given up, plus one
        for chunk in chain(self._source.chunks(), (None,)):
            buffer, offset = buffer[begin:] + (chunk or ""), offset + begin
            at, begin = at - begin, 0
            while (match := _MARK.search(buffer, at)) is not None:
                cut = match.start()
                if len(buffer) - cut < _OVERLAP and chunk is not None:
                    break
                at = match.end()
                mark = match.lastgroup or ""
                if mark == "inner" and kind == "outer" and cut - begin < _NAMED and not lost:
                    kind = "inner"  # its name stands just before
                    continue
                if lost:
                    yield reject(lost - 1, offset + cut, "too_large", _TOO_LARGE)
                elif cut > begin:
                    yield from self._slice(buffer[begin:cut], offset + begin, kind)
                kind, begin, lost = mark, cut, 0
            at = max(at, len(buffer) - _OVERLAP)
            if at - begin > self._source.max_record:
                lost = lost or offset + begin + 1
                begin = at
        if lost:
            yield reject(lost - 1, offset + len(buffer), "too_large", _TOO_LARGE)
        elif len(buffer) > begin:
            yield from self._slice(buffer[begin:], offset + begin, kind)
        yield from stated(self._found, self._folded)

    def _slice(self, text: str, start: int, kind: str) -> Iterator[Row]:
        if not text.strip():
            return
        end = start + len(text.rstrip())
        if len(text) > self._source.max_record:
            yield reject(start, end, "too_large", _TOO_LARGE)
        elif kind in ("inner", "outer"):
            yield _article(text, start, end)
        elif kind == "folded":
            self._folded += max(len(_ENTRY.findall(text)), 1)
            detail = "the headline of a similar article, without its text"
            yield reject(start, end, "not_article", detail, html_to_paragraphs(text))
        else:
            if kind == "summary":
                rows = (markup.plain(row) for row in _ROW.findall(text[:200_000]))
                self._found += sum(total_of(" ".join(row.split())) or 0 for row in rows)
            yield framing(start, end)


def _article(text: str, start: int, end: int) -> Row:
    blocks, deep = _parsed(_CUT_OFF.sub("", _INVALID.sub(" ", text)))
    if deep:
        blocks = [("line", line) for line in html_to_paragraphs(text).split("\n")]
    document = Document()
    fields = _fields(blocks)
    if any(code in ("HD", "LP", "TD", "AN") for code, _ in fields):
        filled(document, fields)
        document.paragraphs = [
            line for code, lines in fields if CODES[code] == "text" for line in lines
        ]
    else:
        _displayed(document, blocks)
    language = _LANGUAGE.search(text[:1000])
    if language is not None:
        document.language = language[1]
    if document.title is not None:
        document.title = document.title.strip() or None
    return document.row(start, end, "\n".join(line for _, line in blocks)[:500])


Blocks = list[tuple[str, str]]
"""Lines of an article, each with what the mark-up says it is."""


def _fields(blocks: Blocks) -> list[tuple[str, list[str]]]:
    """Return the fields of the layout with codes; none of the other."""
    fields: list[tuple[str, list[str]]] = []
    for kind, line in blocks:
        if kind == "code":
            fields.append((line, []))
        elif fields:
            fields[-1][1].append(line)
    return fields


def _displayed(document: Document, blocks: Blocks) -> None:
    """Read the layout without codes."""
    kinds = [kind for kind, _ in blocks]
    titles = [i for i, kind in enumerate(kinds) if kind in ("title", "counted")]
    counted = next((i for i, (_, line) in enumerate(blocks) if is_count(line)), None)
    if titles:
        title = " ".join(blocks[i][1] for i in titles)
        document.title = _COUNTED.sub("", title) if kinds[titles[0]] == "counted" else title
    elif counted:
        document.title = blocks[counted - 1][1]
    document.byline = "; ".join(line for kind, line in blocks if kind == "author") or None
    paragraphs = [i for i, kind in enumerate(kinds) if kind == "text"]
    begin = counted if counted is not None else (titles[-1] + 1 if titles else 0)
    head = [i for i in range(begin, paragraphs[0] if paragraphs else len(blocks))
            if kinds[i] == "line"]  # fmt: skip
    stop = headed(document, [blocks[i][1] for i in head])
    number = next((accession_of(line) for _, line in reversed(blocks) if accession_of(line)), None)
    document.external_id = number
    if paragraphs:
        # What stands between the head and the first paragraph, or amid the paragraphs, is text.
        first = head[stop] if stop < len(head) else paragraphs[0]
        body = range(first, paragraphs[-1] + 1)
    else:
        last = len(blocks) - bool(number)
        body = range(head[stop] if stop < len(head) else last, last)
    document.paragraphs = [blocks[i][1] for i in body if kinds[i] in ("text", "line")]


def _parsed(html: str) -> tuple[Blocks, bool]:
    target = _Lines()
    deep = parse_into(target, html)
    return target.blocks, deep


class _Lines:
    """A parser target that collects lines and what they are."""

    def __init__(self) -> None:
        self.blocks: Blocks = []
        self._line: list[str] = []
        self._kind = "line"
        self._cells = 0  # of the open row
        self._pre = 0
        self._hidden = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Open an element."""
        if tag in _HIDDEN:
            self._hidden += 1
            return
        class_ = attributes.get("class") or ""
        if tag == "br":
            self._end_line()
        elif tag in _BLOCKS:
            self._end_block()
            if tag == "tr":
                self._cells = 0
            elif tag in ("td", "th"):
                self._cells += 1
            elif tag == "pre":
                self._pre += 1
        if "articleparagraph" in class_.lower():
            self._kind = "text"
        elif "headline" in class_.lower() and self._kind != "text":
            self._kind = "counted" if "counted" in class_ else "title"
        elif tag == "div" and class_ == "author":
            self._kind = "author"

    def end(self, tag: str) -> None:
        """Close an element."""
        if tag in _HIDDEN:
            self._hidden = max(self._hidden - 1, 0)
        elif tag in _BLOCKS:
            self._end_block()
            if tag == "pre":
                self._pre = max(self._pre - 1, 0)

    def data(self, data: str) -> None:
        """Take text."""
        if self._hidden:
            return
        first, *others = data.split("\n") if self._pre else [data]
        self._line.append(first)
        for line in others:
            self._end_line()
            self._line.append(line)

    def close(self) -> None:
        """End what is open."""
        self._end_block()

    def _end_line(self) -> None:
        line = " ".join("".join(self._line).split())
        self._line = []
        if line:
            code = self._kind == "line" and self._cells == 1 and line in CODES
            self.blocks.append(("code" if code else self._kind, line))

    def _end_block(self) -> None:
        self._end_line()
        self._kind = "line"


register(
    Reader(
        "factiva-html",
        sniff,
        read,
        plain=markup.plain,
        about="Factiva exports as HTML, with field codes or without",
    )
)
