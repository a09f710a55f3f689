"""HTML to plain paragraphs: the words of a page or a fragment, without choosing among them.

What belongs to an article on a page is `html_page`'s question; here every visible word counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lxml import etree

from transforms.read.prose import paragraphs, wrap_width

_INVALID = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_SECTION = re.compile(r"<!\[CDATA\[|\]\]>")
_TAG = re.compile(r"</?(?!script|style|title|template)[A-Za-z][^<>]{0,4000}>", re.I)
_HIDDEN = re.compile(r"(?:display\s{0,3}:\s{0,3}none|visibility\s{0,3}:\s{0,3}hidden)", re.I)
_BLOCKS = frozenset([
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details",
    "dialog", "dir", "div", "dl", "dt", "fieldset", "figure", "figcaption", "footer", "form",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "html", "legend", "li",
    "main", "menu", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "tfoot",
    "thead", "title", "tr", "ul",
])  # fmt: skip
_NO_TEXT = frozenset([
    "applet", "audio", "button", "canvas", "embed", "frame", "iframe", "input", "map", "math",
    "meta", "noembed", "noframes", "noscript", "object", "option", "script", "select", "style",
    "svg", "template", "textarea", "video",
])  # fmt: skip
_NO_CONTENT = frozenset(["embed", "frame", "input", "meta"])
_FOREIGN = frozenset(["button", "canvas", "math", "option", "select", "svg"])
_BREAKS_OUT = frozenset(["blockquote", "div", "h1", "h2", "h3", "h4", "h5", "h6", "p", "table"])
_PARSED_AS_LINES = frozenset(["pre", "listing", "xmp", "plaintext"])
_ROW_CHARS = 400


def html_to_paragraphs(html: str, *, captions: bool = False) -> str:
    r"""Return the visible words of `html`, a paragraph a line, without blank lines.

    Block elements and two `<br>` end a paragraph; so does one `<br>`, unless the lines that it
    makes were wrapped at a column. A table's row is one line unless its cells hold paragraphs.
    Scripts, styles, form controls, embedded media and what is hidden are left out, captions of
    pictures unless `captions` is set. Entities are decoded, blanks folded. It never raises, and
    takes time linear in the length of `html`; nesting deeper than the parser's limit is ignored.
    """
    text = _SECTION.sub("", _INVALID.sub(" ", html))
    found, deep = _parse(text, captions)
    if deep:  # the parser gave up there: only where paragraphs end is taken from the mark-up
        found, _ = _parse(_TAG.sub(_flattened, text), captions)
    return "\n".join(found)


def _flattened(match: re.Match[str]) -> str:
    tag = re.match(r"</?([A-Za-z0-9]{1,20})", match.group())
    return "<br><br>" if tag and tag[1].lower() in _BLOCKS | {"br"} else " "


def _parse(text: str, captions: bool) -> tuple[list[str], bool]:
    """Return the paragraphs, and whether the parser stopped early."""
    target = _Words(captions)
    deep = parse_into(target, text)
    return target.found, deep


def parse_into(target: Any, html: str) -> bool:
    """Parse a page or a fragment into a parser target (`start`, `end`, `data`, `close`).

    Lenient, and nothing is fetched. Returns whether the parser gave up because elements are nested
    too deeply; then the target has what stands before.
    """
    parser = etree.HTMLParser(
        target=target, huge_tree=True, recover=True, no_network=True, encoding="utf-8"
    )
    try:
        parser.feed(html.encode("utf-8", "replace"))
        parser.close()
    except (etree.XMLSyntaxError, ValueError, AssertionError):
        target.close()
    return any("depth" in (entry.message or "") for entry in parser.error_log)


class _Words:
    """A parser target that collects paragraphs."""

    def __init__(self, captions: bool) -> None:
        self.found: list[str] = []
        self._captions = captions
        self._lines: list[str] = []  # of the open block
        self._line: list[str] = []
        self._skipped: list[str] = []  # open elements from the first that is left out
        self._kept_lines = 0  # open elements whose line ends count
        self._rows: list[list[int]] = []  # of each open table row: where its cells start

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Open an element."""
        if self._skipped and self._skipped[0] in _FOREIGN and tag in _BREAKS_OUT:
            self._skipped = []  # the end tag was lost
        if self._skipped:
            if tag == self._skipped[0]:
                self._skipped.append(tag)
            return
        if tag == "br":
            self._end_line()
            return
        if tag in _NO_CONTENT:
            return
        if tag in _NO_TEXT or _is_hidden(attributes) or self._is_caption(tag):
            self._skipped.append(tag)
            return
        if tag in _BLOCKS:
            self._end_block()
        if tag in _PARSED_AS_LINES:
            self._kept_lines += 1
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            self._line.append(" ")
            if self._rows:
                self._end_block()
                self._rows[-1].append(len(self.found))

    def end(self, tag: str) -> None:
        """Close an element."""
        if self._skipped:
            if tag == self._skipped[0]:
                self._skipped.pop()
            return
        if tag in _BLOCKS:
            self._end_block()
        if tag in _PARSED_AS_LINES:
            self._kept_lines = max(self._kept_lines - 1, 0)
        elif tag == "tr" and self._rows:
            self._end_row(self._rows.pop())

    def data(self, data: str) -> None:
        """Take text."""
        if self._skipped:
            return
        if not self._kept_lines:
            self._line.append(data)
            return
        first, *others = data.splitlines() or [""]
        self._line.append(first)
        for line in others:
            self._end_line()
            self._line.append(line)
        if data.endswith("\n"):
            self._end_line()

    def close(self) -> None:
        """End what is open."""
        self._end_block()

    def _is_caption(self, tag: str) -> bool:
        return tag == "figcaption" and not self._captions

    def _end_line(self) -> None:
        self._lines.append("".join(self._line))
        self._line = []

    def _end_block(self) -> None:
        if not self._line and not self._lines:
            return
        self._end_line()
        lines = [" ".join(line.split()) for line in self._lines]
        self._lines = []
        width = wrap_width([len(line) for line in lines if line])
        self.found += paragraphs(lines, width)

    def _end_row(self, cells: list[int]) -> None:
        """Join the cells of a row of data; cells that hold several paragraphs are layout."""
        if len(cells) < 2:
            return
        stops = [*cells[1:], len(self.found)]
        joined = " ".join(self.found[cells[0] :])
        if all(stop - cell <= 1 for cell, stop in zip(cells, stops, strict=True)) and (
            len(joined) <= _ROW_CHARS
        ):
            self.found[cells[0] :] = [joined] if joined else []


def _is_hidden(attributes: Mapping[str, str]) -> bool:
    if "hidden" in attributes:
        return True
    style = attributes.get("style")
    return style is not None and _HIDDEN.search(style[:2000]) is not None
