"""LexisNexis exports as HTML: documents between comments that say `<DOC NUMBER=1>`.

The pages are not made to be parsed as a whole: browsers have mended them, a document may be the
vendor's error message, and comments are the only marks of where documents start and end. So the
text is cut at those, and a document's parts are told apart as in the vendor's plain text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from transforms.read import markup
from transforms.read.html_text import html_to_paragraphs, parse_into
from transforms.read.lexisnexis import Block, Counters, counter_of, is_error, labelled, parse
from transforms.read.pieces import Row, declared, framing, reject, tile
from transforms.read.registry import Reader, register
from transforms.read.text import TextSource

_MARK = re.compile(
    r"(?P<name><a\s[^<>]{0,40}name\s{0,3}=\s{0,3}[\"']?DOC_ID_\d{1,9}_\d{1,9})"
    r"|(?P<start><!--[^<>]{0,200}<DOC\s{1,9}NUMBER\s{0,3}=)"
    r"|(?P<end></DOC>\s{0,40}-->)"
    r"|<meta\s[^<>]{0,200}\bdocuments\s{0,3}=\s{0,3}[\"']?(?P<count>\d{1,7})",
    re.I,
)
_OVERLAP = 600
_NAMED = 300
"""How far behind its name a document may start, in characters."""
_INVALID = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_CUT_OFF = re.compile(r"<[/!A-Za-z]?[^<>]{0,4000}\Z")
_BLOCKS = frozenset(["div", "table", "center", "blockquote", "ul", "ol", "hr", "body", "html"])
_LINES = frozenset(["p", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "pre"])
_HIDDEN = frozenset(["style", "script", "noscript", "title", "object", "iframe", "form"])
_SNIFF = re.compile(r"<!-- LXNComment|<DOC NUMBER=\d|<a\s[^<>]{0,40}name=[\"']?DOC_ID_\d", re.I)


def sniff(head: str, name: str) -> float:
    """The marks that the vendor hides in comments."""
    found = {match.group()[:6].lower() for match in _SNIFF.finditer(head)}
    if "<" not in head[:2000]:
        return 0.0
    return 0.98 if len(found) > 1 or "hide xml section" in head.lower() else 0.9 * bool(found)


def read(source: TextSource) -> Iterator[Row]:
    """Yield one record a document; what stands between them belongs to the next."""
    yield from tile(_Pages(source).rows())


class _Pages:
    def __init__(self, source: TextSource) -> None:
        self._source = source
        self._counters = Counters()
        self._stated = False

    def rows(self) -> Iterator[Row]:
        """Yield records, rejects and framing in order."""
        buffer = ""
        offset = 0  # of the buffer's first character
        begin = 0  # of the slice, in the buffer
        at = 0
        inside = False  # the slice is a document
        lost = 0  # where a slice began whose text was given up, plus one
        for chunk in self._source.chunks():
            buffer, offset = buffer[begin:] + chunk, offset + begin
            at, begin = at - begin, 0
            while (match := _MARK.search(buffer, at)) is not None:
                if len(buffer) - match.start() < _OVERLAP and not self._source.done:
                    break
                at = match.end()
                if match["count"] is not None:
                    yield from self._count(int(match["count"]), inside)
                    continue
                if match["end"] is not None:
                    cut = match.end()
                    if not inside:
                        continue
                elif match["start"] is not None and inside and _is_named(buffer, begin, match):
                    continue  # the name just before has started it
                else:
                    cut = match.start()
                if lost:
                    yield reject(lost - 1, offset + cut, "too_large", _TOO_LARGE)
                elif cut > begin:
                    yield from self._slice(buffer[begin:cut], offset + begin, inside)
                inside = match["end"] is None
                begin, lost = cut, 0
            at = max(at, len(buffer) - _OVERLAP)
            if at - begin > self._source.max_record:
                lost = lost or offset + begin + 1
                begin = at
        if lost:
            yield reject(lost - 1, offset + len(buffer), "too_large", _TOO_LARGE)
        elif len(buffer) > begin:
            yield from self._slice(buffer[begin:], offset + begin, inside)
        if not self._stated:
            yield from self._counters.finish()

    def _count(self, count: int, inside: bool) -> Iterator[Row]:
        if not inside:
            self._stated = True
            yield declared(count, f"{count} documents in its head")

    def _slice(self, text: str, start: int, inside: bool) -> Iterator[Row]:
        ink = text.rstrip()
        if not ink:
            return
        end = start + len(ink)
        if len(text) > self._source.max_record:
            yield reject(start, end, "too_large", _TOO_LARGE)
            return
        if not inside:
            yield framing(start, end)
            return
        blocks = _blocks(text)
        if blocks and (counted := counter_of(blocks[0].text)) is not None:
            yield from self._counters.seen(*counted)
            blocks = blocks[1:]
        words = "\n".join(block.text for block in blocks)
        if is_error(words):
            detail = "the vendor's message that it cannot show the document"
            yield reject(start, end, "bad_record", detail, words)
            return
        document = parse(blocks, wrapped=False, source_first=True)
        yield document.row(start, end, words[:500])


def _is_named(buffer: str, begin: int, match: re.Match[str]) -> bool:
    return match.start() - begin < _NAMED and _MARK.match(buffer, begin) is not None


_TOO_LARGE = "a document over the size limit"


def _blocks(html: str) -> list[Block]:
    """Return the blocks of a document: a line for each paragraph or row in them."""
    found, deep = _parsed(_CUT_OFF.sub("", _INVALID.sub(" ", html)))
    if deep:
        found = [[line] for line in html_to_paragraphs(html).split("\n")]
    blocks: list[Block] = []
    for lines in found:
        texts = [text for line in lines if (text := " ".join(line.split()))]
        if not texts:
            continue
        known = labelled(texts[0], capitals=True)
        if known is not None:
            blocks.append(Block(texts, known[1], known[0].casefold()))
        else:
            blocks.append(Block(texts))
    return blocks


def _parsed(html: str) -> tuple[list[list[str]], bool]:
    target = _Lines()
    deep = parse_into(target, html)
    return target.blocks, deep


class _Lines:
    """A parser target that collects lines, in blocks as `div` and `table` part them."""

    def __init__(self) -> None:
        self.blocks: list[list[str]] = [[]]
        self._line: list[str] = []
        self._cells = 0
        self._hidden = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Open an element."""
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag in ("td", "th"):
            self._cells += 1
            self._line.append(" ")
        elif tag in _BLOCKS or tag in _LINES:
            self._part(tag)

    def end(self, tag: str) -> None:
        """Close an element."""
        if tag in _HIDDEN:
            self._hidden = max(self._hidden - 1, 0)
        elif tag in ("td", "th"):
            self._cells = max(self._cells - 1, 0)
            self._line.append(" ")
        elif tag in _BLOCKS or tag in _LINES:
            self._part(tag)

    def data(self, data: str) -> None:
        """Take text."""
        if not self._hidden:
            self._line.append(data)

    def close(self) -> None:
        """End what is open."""
        self._part("div")

    def _part(self, tag: str) -> None:
        if self._cells and tag not in ("tr", "table"):
            self._line.append(" ")
            return
        if tag in ("tr", "table"):
            self._cells = 0
        line = "".join(self._line)
        self._line = []
        if line.strip():
            self.blocks[-1].append(line)
        if tag in _BLOCKS and self.blocks[-1]:
            self.blocks.append([])


register(
    Reader(
        "lexisnexis-html",
        sniff,
        read,
        plain=markup.plain,
        about="LexisNexis exports as HTML",
    )
)
