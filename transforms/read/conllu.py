"""CoNLL-U: annotated corpora of news, read for the text that they annotate.

Format: Universal Dependencies, "CoNLL-U Format", https://universaldependencies.org/format.html.
Documents start at `# newdoc`, paragraphs at `# newpar`; what stands before a document's first
sentence as `# name = value` (`# meta::name = value` in GUM) are its fields, by the alias table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from transforms.read.fields import article
from transforms.read.pieces import Row, reject, tile
from transforms.read.registry import Reader, register
from transforms.read.text import Line, TextSource

_TOKEN = re.compile(r"\d{1,6}(?:[-.]\d{1,6})?\t[^\t\n]{1,1000}(?:\t[^\t\n]{0,4000}){8}\s{0,3}$")
_COMMENT = re.compile(
    r"#\s{0,3}(?:meta::)?([A-Za-z_][\w.-]{0,60})(?:\s{0,3}(\w{1,40}))?\s{0,3}(?:=\s{0,3}(.*))?$"
)
_OF_SENTENCES = frozenset(["sent_id", "text", "newpar", "text_en", "translit", "speaker"])
_LOOKED_AT = 400
_NO_SPACE = "SpaceAfter=No"


def sniff(head: str, name: str) -> float:
    """Ten columns parted by tabs, the first a number, behind a comment or at the start."""
    lines = [line for line in head[:60_000].splitlines()[:_LOOKED_AT] if line.strip()]
    if not lines or not (lines[0].startswith("#") or _TOKEN.match(lines[0])):
        return 0.0
    tokens = sum(1 for line in lines if _TOKEN.match(line))
    others = sum(1 for line in lines if not line.startswith("#")) - tokens
    return 0.95 if tokens >= 3 and others <= 0.1 * tokens else 0.0


class _Document:
    """What has been read of a document."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.end = start
        self.fields: dict[str, str] = {}
        self.paragraphs: list[list[str]] = []
        self.parted = False
        self.size = 0
        self.lost = False  # too long to be kept
        self.excerpt = ""
        self._stated: str | None = None
        self._forms: list[str] = []
        self._inside = 0  # the last word that a multi-word token holds
        self._fresh = False

    def line(self, line: Line, text: str, limit: int) -> None:
        """Take a line."""
        if len(self.excerpt) < 500:
            self.excerpt += f"{text}\n"
        if text.strip():
            self.end = line.start + len(text)
        if not text.strip():
            self._end_sentence(limit)
        elif text.startswith("#"):
            self._comment(text)
        elif _TOKEN.match(text):
            self._token(text.split("\t"))

    def _comment(self, text: str) -> None:
        match = _COMMENT.match(text)
        if match is None:
            return
        name, more, value = match[1], match[2], match[3]
        if name == "newdoc":
            if value:
                self.fields.setdefault("id", value)
        elif name == "newpar":
            self.parted = self._fresh = True
        elif name == "text" and more is None and value is not None:
            self._stated = value
        elif value and not self.paragraphs and name not in _OF_SENTENCES:
            self.fields.setdefault(name, value)

    def _token(self, columns: list[str]) -> None:
        number, form = columns[0], columns[1]
        if "." in number:  # a word that is not in the text
            return
        if "-" in number:
            self._inside = int(number.partition("-")[2])
        elif int(number) <= self._inside:
            return
        else:
            self._inside = 0
        self._forms.append(form if _NO_SPACE in columns[9] else f"{form} ")

    def _end_sentence(self, limit: int) -> None:
        text = self._stated or "".join(self._forms).strip()
        self._stated, self._forms, self._inside = None, [], 0
        if not text or self.lost:
            return
        self.size += len(text)
        if self.size > limit:
            self.lost, self.paragraphs = True, []
            return
        if self._fresh or not self.paragraphs or not self.parted:
            self.paragraphs.append([])
        self._fresh = False
        self.paragraphs[-1].append(" ".join(text.split()))

    def row(self, source: TextSource) -> Row:
        """Return the document's row."""
        self._end_sentence(source.max_record)
        if self.lost:
            return reject(self.start, self.end, "too_large", "a document over the size limit")
        body = [" ".join(sentences) for sentences in self.paragraphs]
        title = article(self.fields, 0, 1, "", source.aliases).get("title")
        if title and len(body) > 1 and body[0].casefold() == title.casefold():
            del body[0]
        fields = {**self.fields, "maintext": "\n".join(body)}
        return article(fields, self.start, self.end, self.excerpt[:500], source.aliases)


def _rows(source: TextSource) -> Iterator[Row]:
    document: _Document | None = None
    for line in source.lines():
        text = None if line.text is None else line.text.rstrip("\r\n")
        if text is None:
            if document is not None:
                yield document.row(source)
                document = None
            yield reject(line.start, line.end, "too_large", "a line over the size limit")
            continue
        starts = text.startswith("#") and (match := _COMMENT.match(text)) and match[1] == "newdoc"
        if starts and document is not None and document.size:
            yield document.row(source)
            document = None
        if document is None:
            if not text.strip():
                continue
            document = _Document(line.start)
        document.line(line, text, source.max_record)
    if document is not None:
        yield document.row(source)


def read(source: TextSource) -> Iterator[Row]:
    """Yield one record or reject a document; without `# newdoc` the dump is one."""
    yield from tile(_rows(source))


def plain(text: str) -> str:
    """Return the words that a document annotates, then the values of its fields."""
    document = _Document(0)
    for line in [*text.splitlines(), ""]:
        document.line(Line(0, len(line), line), line, len(text) + 1)
    sentences = [sentence for paragraph in document.paragraphs for sentence in paragraph]
    return "\n".join([*sentences, *document.fields.values()])


register(Reader("conllu", sniff, read, plain=plain, about="CoNLL-U: annotated corpora of news"))
