"""ProQuest exports as HTML: mails that the archive sends, and pages that it shows for saving.

A document is a `div` that starts with an anchor, `<a name="DocID_MSTAR_…">`, and then has the
paragraphs that `proquest` knows from text, labels in `strong`. Full texts are pages of their own
inside, with their `html`, `head` and `body`, or what relays and mail programs have left of those.
Learnt from mails of 2020 and 2023; public programs that read such mails agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain

from transforms.read import markup
from transforms.read.html_text import html_to_paragraphs, parse_into
from transforms.read.pieces import Row, framing, reject, tile
from transforms.read.proquest import LABELS, Entry, document_of, folded, is_link, labelled
from transforms.read.registry import Reader, register
from transforms.read.text import TextSource

_MARK = re.compile(
    r"(?P<name>(?:<div\b[^<>]{0,400}>\s{0,40})?"
    r"<a\s[^<>]{0,200}?\bname\s?=\s?[\"']?[\w-]{0,60}?DocID_)"
    r"|(?P<title><p\s[^<>]{0,400}?font-size:\s?11(?:\.0)?pt;\s?font-weight:\s?bold)"
    r"|(?P<footer><div\s[^<>]{0,200}?class\s?=\s?[\"']?copyright\b|<!-- Email footer -->)",
    re.I,
)
_OVERLAP = 1200
_NAMED = 1000
"""How far behind its anchor a document's headline may stand."""
_SNIFF = re.compile(
    r"name\s?=\s?[\"']?[\w-]{0,60}?DocID_|<title\b[^<>]{0,99}>(?:ProQuest Export|Document Email)<"
    r"|\bProQuest document (?:link|ID)\b|>Full text: {0,2}<|proquest\.com/",
    re.I,
)
_INVALID = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_CUT_OFF = re.compile(r"<[/!A-Za-z]?[^<>]{0,4000}\Z")
_PAGES = re.compile(r"</?(?:html|head|body)\b[^<>]{0,2000}>", re.I)
_TORN = re.compile(r"(<text\b[^<>]{0,400}>\s{0,40})html(?:&gt;|>)", re.I)
"""Where a relay has lost the first character of a full text's page."""
_BLOCKS = frozenset([
    "address", "article", "aside", "blockquote", "center", "dd", "div", "dl", "dt", "footer",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "ol", "p", "pre", "section",
    "table", "tbody", "tfoot", "thead", "tr", "ul",
])  # fmt: skip
_HIDDEN = frozenset(
    ["title", "script", "style", "noscript", "template", "figcaption", "photo_caption"]
)
_APART = ("sr-only", "document_view_image", "textplusgraphics")
_SURE = frozenset(["source", "date", "year", "id", "address", "end"])
_PROLOG = 1500
_TOO_LARGE = "a document over the size limit"


def sniff(head: str, name: str) -> float:
    """Anchors of documents, and what else only the vendor's mails have."""
    if "<" not in head[:2000]:
        return 0.0
    found = {match.group()[-9:].lower() for match in _SNIFF.finditer(head)}
    if any(one.endswith("docid_") for one in found):
        return 0.97 if len(found) > 1 else 0.0
    return 0.9 if len(found) > 2 else 0.0


def read(source: TextSource) -> Iterator[Row]:
    """Yield one record a document; what stands between documents belongs to the next."""
    yield from tile(_rows(source))


def _rows(source: TextSource) -> Iterator[Row]:
    buffer = ""
    offset = 0  # of the buffer's first character
    begin = 0  # of the open slice, in the buffer
    at = 0  # where the scan goes on
    kind = "footer"  # of the open slice: the mark that it starts with
    lost = 0  # where a slice began whose text was given up, plus one
    for chunk in chain(source.chunks(), (None,)):
        buffer, offset = buffer[begin:] + (chunk or ""), offset + begin
        at, begin = at - begin, 0
        while (match := _MARK.search(buffer, at)) is not None:
            cut = match.start()
            if len(buffer) - cut < _OVERLAP and chunk is not None:
                break
            at = match.end()
            mark = match.lastgroup or ""
            if mark == "title" and kind == "name" and not lost:
                if cut - begin < _NAMED:
                    kind = "named"  # its anchor stands just before
                continue
            if mark == "title" and kind == "named":
                continue  # a bold paragraph in a text
            if lost:
                yield reject(lost - 1, offset + cut, "too_large", _TOO_LARGE)
            elif cut > begin:
                yield from _slice(buffer[begin:cut], offset + begin, kind, source.max_record)
            kind, begin, lost = mark, cut, 0
        at = max(at, len(buffer) - _OVERLAP)
        if at - begin > source.max_record:
            lost = lost or offset + begin + 1
            begin = at
    if lost:
        yield reject(lost - 1, offset + len(buffer), "too_large", _TOO_LARGE)
    elif len(buffer) > begin:
        yield from _slice(buffer[begin:], offset + begin, kind, source.max_record)


def _slice(text: str, start: int, kind: str, limit: int) -> Iterator[Row]:
    ink = text.rstrip()
    if not ink:
        return
    end = start + len(ink)
    if len(text) > limit:
        yield reject(start, end, "too_large", _TOO_LARGE)
    elif kind == "footer":
        words = html_to_paragraphs(ink)
        if len(words) <= _PROLOG:
            yield framing(start, end)
        else:
            yield reject(start, end, "not_article", "text that is in no document", words)
    else:
        entries = _parsed(text)
        words = "\n".join(line for one in entries for line in one.raw)
        yield document_of(entries).row(start, end, words[:500])


def _parsed(html: str) -> list[Entry]:
    """Return the fields of a document."""
    mended = _PAGES.sub("", _TORN.sub(r"\1", _CUT_OFF.sub("", _INVALID.sub(" ", html))))
    target = _Fields()
    if not parse_into(target, mended):
        return target.entries
    entries = [Entry("", "")]  # the parser gave up
    for line in html_to_paragraphs(mended).split("\n"):
        known = labelled(line)
        if known is not None:
            entries.append(Entry(known[0], known[1], [known[2]] if known[2] else []))
        else:
            entries[-1].lines.append(line)
    return entries


class _Fields:
    """A parser target that collects fields."""

    def __init__(self) -> None:
        self.entries: list[Entry] = [Entry("", "")]
        self._line: list[str] = []
        self._strong: list[str] | None = None  # of a label, while it is open
        self._label = ""  # of the open line
        self._text = 0  # open full texts
        self._hidden: list[str] = []  # open elements from the first that is left out
        self._pre = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Open an element."""
        if self._hidden:
            if tag == self._hidden[0]:
                self._hidden.append(tag)
            return
        class_ = (attributes.get("class") or "").lower()
        if tag in _HIDDEN or (tag != "img" and any(word in class_ for word in _APART)):
            self._hidden.append(tag)
        elif tag in _BLOCKS:
            self._end_line()
            self._pre += tag == "pre"
        elif tag == "br":
            self._end_line(block=False)
        elif tag == "text":
            self._text += 1
        elif tag in ("strong", "b") and not "".join(self._line).strip():
            self._strong = []

    def end(self, tag: str) -> None:
        """Close an element."""
        if self._hidden:
            if tag == self._hidden[0]:
                self._hidden.pop()
            return
        if tag in _BLOCKS:
            self._end_line()
            self._pre = max(self._pre - (tag == "pre"), 0)
        elif tag == "text":
            self._text = max(self._text - 1, 0)
        elif tag in ("strong", "b") and self._strong is not None:
            self._close_label()

    def data(self, data: str) -> None:
        """Take text."""
        if self._hidden:
            return
        first, *others = data.split("\n") if self._pre else [data]
        self._line.append(first)
        if self._strong is not None:
            self._strong.append(first)
        for line in others:
            self._end_line()
            self._line.append(line)

    def close(self) -> None:
        """End what is open."""
        self._end_line()

    def _close_label(self) -> None:
        label = " ".join("".join(self._strong or []).split())
        self._strong = None
        if not label.endswith(":") or self._label:
            return
        kind = LABELS.get(folded(label[:-1]))
        if kind is None or (self._text and kind not in _SURE):
            return
        self.entries.append(Entry(kind, label[:-1]))
        self._label = label
        self._line = []

    def _end_line(self, *, block: bool = True) -> None:
        line = " ".join("".join(self._line).split())
        self._line = []
        self._strong = None
        if block:
            self._label = ""
        if line and not is_link(line):
            self.entries[-1].lines.append(line)


register(
    Reader(
        "proquest",
        sniff,
        read,
        plain=markup.plain,
        about="ProQuest exports as HTML: the mails that it sends, saved pages",
    )
)
