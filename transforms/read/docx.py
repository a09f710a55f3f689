"""DOCX (ECMA-376, "Office Open XML") to plain text: a paragraph a line.

Only the words that a reader of the document sees are taken: no deleted revisions, field codes,
comments, page headers or footers. Foot- and endnotes follow the document. Read as a stream of
events, so that a bomb is noticed while it unpacks and depth costs no recursion.
"""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from typing import IO, Any

from lxml import etree

from transforms.read.guard import Limits
from transforms.read.registry import Decoder, register

MAX_DEPTH = 250
"""Elements inside elements; text boxes inside tables reach about 40."""
_CHUNK = 1 << 16
_SMALL_PART = 4 << 20
_BYTES_PER_CHAR = 64
"""How many bytes of XML are allowed for each character of the limit; real ones need about 6."""
_RELATIONS = "_rels/.rels"
_DOCUMENT = "word/document.xml"
_OFFICE = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"word/")
_OTHERS = (b"xl/", b"ppt/", b"visio/")
_NAMES = (".docx", ".docm", ".dotx", ".dotm")
_BREAKS = {"br": "\n", "cr": "\n", "tab": "\t", "ptab": "\t", "noBreakHyphen": "-"}
_LEFT_OUT = frozenset([
    "del", "moveFrom", "instrText", "delText", "delInstrText", "Fallback", "pPr", "rPr", "sectPr",
    "tblPr", "trPr", "tcPr", "sdtPr", "annotationRef", "rt",
])  # fmt: skip


def sniff(head: bytes, name: str) -> float:
    """A zip archive whose first parts are those of a Word document."""
    if not head.startswith(b"PK\x03\x04"):
        return 0.0
    if b"word/" in head:
        return 0.96
    if name.endswith(_NAMES):
        return 0.9
    first = head[30 : 30 + int.from_bytes(head[26:28], "little")]
    if first.startswith(_OFFICE) and not any(part in head for part in _OTHERS):
        return 0.3  # Word's own part may come later; decoding says so if there is none
    return 0.0


def decode(file: IO[bytes], limit: int) -> str:
    """Return the text of a document, paragraphs ended by a newline, cells of a row by tabs.

    Raises `ValueError` where the archive or its XML is damaged, unpacks to more than news ever
    does (`guard.Limits`), defines entities, or holds more than `limit` characters.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            main = _main_part(archive)
            parts = [main]
            folder = posixpath.dirname(main)
            names = set(archive.namelist())
            for notes in ("footnotes.xml", "endnotes.xml"):
                part = posixpath.join(folder, notes)
                if part in names:
                    parts.append(part)
            text = ""
            for part in parts:
                text += _text(archive, part, limit - len(text))
            return text
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, RuntimeError) as error:
        raise ValueError(f"damaged document: {error}") from error


def _main_part(archive: zipfile.ZipFile) -> str:
    """Return the name of the part that the package says is its document."""
    names = archive.namelist()
    if _RELATIONS in names:
        with archive.open(_RELATIONS) as part:
            data = part.read(_SMALL_PART)
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        try:
            root = etree.fromstring(data, parser)
        except (etree.XMLSyntaxError, ValueError):
            root = None
        for child in root if root is not None else ():
            if str(child.get("Type", "")).endswith("/officeDocument"):
                target = posixpath.normpath(str(child.get("Target", "")).lstrip("/"))
                if target in names:
                    return target
    if _DOCUMENT in names:
        return _DOCUMENT
    raise ValueError("no Word document in this archive")


def _text(archive: zipfile.ZipFile, name: str, limit: int) -> str:
    info = archive.getinfo(name)
    bounds = Limits()
    most = max(bounds.ratio_from, int(bounds.ratio * max(info.compress_size, 1)))
    most = min(most, bounds.ratio_from + _BYTES_PER_CHAR * limit)
    target = _Words(limit)
    sink: Any = target  # the stubs ask for methods that are never called here
    parser = etree.XMLParser(
        target=sink, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True
    )
    count = 0
    try:
        with archive.open(info) as part:
            while chunk := part.read(_CHUNK):
                count += len(chunk)
                if count > most:
                    raise ValueError("unpacks to more than its text could need")
                parser.feed(chunk)
        parser.close()
    except etree.XMLSyntaxError as error:
        raise ValueError(f"damaged XML in {name}: {error}") from error
    return target.text()


class _Words:
    """A parser target that collects paragraphs; cells of tables are gathered into rows."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._depth = 0
        self._skip: int | None = None  # the depth at which something left out began
        self._in_text = 0
        self._paragraphs: list[list[str]] = []  # open paragraphs; a text box is inside another's
        self._levels: list[list[str]] = [[]]  # finished paragraphs: of the text, of open cells
        self._rows: list[list[list[str]]] = []  # finished cells of open rows

    def start(self, tag: str, attributes: Any) -> None:
        """Open an element."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ValueError(f"elements nested more than {MAX_DEPTH} deep")
        if self._skip is not None:
            return
        name = tag.rpartition("}")[2]
        if name in _LEFT_OUT or (name in ("footnote", "endnote") and _is_separator(attributes)):
            self._skip = self._depth
        elif name == "p":
            self._paragraphs.append([])
        elif name == "t":
            self._in_text += 1
        elif name in _BREAKS:
            self._add(_BREAKS[name])
        elif name == "tr":
            self._rows.append([])
        elif name == "tc":
            self._levels.append([])

    def end(self, tag: str) -> None:
        """Close an element."""
        self._depth -= 1
        if self._skip is not None:
            if self._depth < self._skip:
                self._skip = None
            return
        name = tag.rpartition("}")[2]
        if name == "t":
            self._in_text -= 1
        elif name == "p" and self._paragraphs:
            self._levels[-1].append("".join(self._paragraphs.pop()))
        elif name == "tc" and len(self._levels) > 1:
            cell = self._levels.pop()
            if self._rows:
                self._rows[-1].append(cell)
            else:
                self._levels[-1] += cell
        elif name == "tr" and self._rows:
            self._end_row(self._rows.pop())

    def data(self, data: str) -> None:
        """Take text."""
        if self._in_text and self._skip is None:
            self._add(data)

    def doctype(self, name: str | None, public: str | None, system: str | None) -> None:
        """Refuse a document type: no Word document has one, and entities are defined in it."""
        raise ValueError("a document type in a part of the document")

    def close(self) -> None:
        """Nothing is left to do."""

    def text(self) -> str:
        """Return what was collected, every paragraph ended by a newline."""
        return "".join(f"{paragraph}\n" for paragraph in self._levels[0])

    def _add(self, text: str) -> None:
        self._size += len(text)
        if self._size > self._limit:
            raise ValueError("its text is over the size limit")
        if self._paragraphs:
            self._paragraphs[-1].append(text)

    def _end_row(self, cells: list[list[str]]) -> None:
        filled = [[text for text in cell if text.strip()] for cell in cells]
        if all(len(cell) <= 1 and "\n" not in "".join(cell) for cell in filled):
            row = "\t".join("".join(cell) for cell in filled)
            self._levels[-1].append(row if row.strip() else "")
        else:  # cells that hold several paragraphs are layout
            for cell in cells:
                self._levels[-1] += cell


def _is_separator(attributes: Any) -> bool:
    """Say whether a note is no note but the line above notes."""
    return any(str(name).rpartition("}")[2] == "type" for name in attributes)


register(Decoder("docx", sniff, decode, about="Word documents, such as Nexis Uni's"))
