"""ProQuest exports as text: TXT itself, what its RTF and DOCX hold, and mails quoted in replies.

A document is a headline, its address and fields that labels start ("Author:", "Full text:",
"ProQuest document ID:"), "Database:" the last. TXT parts documents by lines of underscores and may
count them ("Document 3 of 100"). There is no specification; the layouts were learnt from exports
(TXT of 2024, mails of 2020 to 2023) and from public programs that read TXT. Labels are known in
English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from transforms.read.dates import parse_date
from transforms.read.lexisnexis import Counters, Document
from transforms.read.open_document import DocumentLine, OpenDocument
from transforms.read.pieces import Row, framing, reject, tile
from transforms.read.registry import Reader, register
from transforms.read.text import TextSource

_NAMES = {
    "author": "author;authors;byline",
    "info": "publication info",
    "abstract": "abstract;summary",
    "body": "full text",
    "title": "title",
    "source": "publication title",
    "date": "publication date",
    "year": "publication year",
    "dateline": "dateline",
    "language": "language of publication;language",
    "id": "proquest document id;accession number",
    "address": "document url",
    "url": "url",
    "end": "database",
    # What follows the text before the name of the paper does, and what is said of the paper.
    "soft": "subject;subjects;location;people;company;company / organization;classification;"
    "identifier / keyword;identifiers / keywords;business indexing term;narrow subject;"
    "broad subject;product name;term;industry classification;ethnicity;narrowed by;alternate title;"
    "supplement;publication history;document type;document feature",
    "hard": "pages;number of pages;first page;last page;year;volume;issue;column;section;series;"
    "publisher;place of publication;country of publication;publication subject;issn;e-issn;eissn;"
    "isbn;codex;coden;doi;source type;source attribution;copyright;last updated;links;"
    "author affiliation;correspondence author;credit line;rights;edition;publication edition;"
    "online publication date;publication history",
}  # fmt: skip


def folded(label: str) -> str:
    """Fold a label: exports lose blanks in them ("Language ofpublication")."""
    return "".join(label.split()).casefold()


LABELS: dict[str, str] = {
    folded(label): kind for kind, labels in _NAMES.items() for label in labels.split(";")
}
"""What a label says, by its letters in small."""
_ENDS_TEXT = frozenset(["title", "source", "date", "year", "id", "address", "end", "language"])
_LABEL = re.compile(r"\s{0,40}([A-Za-z][A-Za-z/ -]{1,40}?)\s?:(?=\s|$|https?://)")
_RULE = re.compile(r"\s{0,10}_{20,400}\s{0,10}")
_COUNTER = re.compile(r"\s{0,40}Document (\d{1,6}) of (\d{1,6})\s{0,40}")
_QUOTE = re.compile(r"(?:>[ \t\xa0]?){1,20}")
_LINK = re.compile(
    r"\s{0,40}ProQuest document link(?:[\s:]{0,10}<?https?://\S{1,2000})?\s{0,10}", re.I
)
_ADDRESS = re.compile(r"\s{0,40}<?https?://\S{1,2000}\s{0,10}")
_LINKED = re.compile(r"\s{0,4}<(?:https?|mailto):[^<>\s]{1,2000}>")
_INFO_DATE = re.compile(r"\]\.?\s{0,4}(\d{1,2} [A-Z][a-z]{2,8} \d{4})\b")
_EDITION = re.compile(r",\s{1,4}[^,;]{0,60}\b(?:Edition|Ed\.).{0,120}$")
_IN_TITLE = re.compile(
    r"(?:: \[[^\[\]]{1,60}\]| \[[^\[\]]{0,60}\b(?:Edition|graphic\(s\)|only\.)\])$"
)
_PAGE = re.compile(
    r"https?://[\w.-]{0,60}proquest\.com/\S{0,400}?docview/\d{1,12}(?:/[\w%-]{1,40})?"
)
_NONE = re.compile(r"(?:(?:none|not) available|none|n/a|\[?abstract not available\]?)\.?", re.I)
_CREDIT = re.compile(r"\s{0,10}Credit: {1,4}(\S.{0,200})", re.I)
_CAPTION = re.compile(
    r"(?:Illustration|Photograph|Caption)s?|(?:Illustration|Caption|CAPTION): .{1,4000}"
)
_MAIL = re.compile(
    r"[-–—*_ ]{0,40}(?:E-?mail:? )?[\w.+'-]{1,60}@(?:[\w-]{1,60}(?:\.[\w-]{1,60}){1,5})?"
    r"|(?:www\.)?[\w-]{2,60}\.(?:com|org|net)",
    re.I,
)
_INK = re.compile(r"[^\W_]")
_FURNITURE_CHARS = 600
_TOO_LARGE = "a document over the size limit"


@dataclass(slots=True)
class Entry:
    """A field: the kind that its label says, that label, and its lines; `""` has no label."""

    kind: str
    label: str
    lines: list[str] = field(default_factory=list)

    @property
    def value(self) -> str:
        """The lines in one."""
        return " ".join(" ".join(self.lines).split())

    @property
    def raw(self) -> list[str]:
        """The lines as they stood."""
        if not self.label:
            return self.lines
        first, *others = self.lines or [""]
        return [f"{self.label}: {first}".strip(), *others]


def labelled(line: str) -> tuple[str, str, str] | None:
    """Return the kind of a line's label, the label and what stands behind it, or None."""
    match = _LABEL.match(line)
    if match is None:
        return None
    kind = LABELS.get(folded(match[1]))
    return (kind, match[1], line[match.end() :].strip()) if kind is not None else None


def is_link(line: str) -> bool:
    """Say whether a line is only where the document stands in the archive."""
    return _LINK.fullmatch(line) is not None


def document_of(entries: Sequence[Entry]) -> Document:
    """Take a document apart: what has no label before the first field is its headline."""
    start, stop = _text_bounds(entries)
    document = Document()
    head = [line for one in entries if not one.kind for line in one.lines] if entries else []
    told: dict[str, str] = {}
    for at, one in enumerate(entries):
        inside = start < at < stop
        if one.kind and not inside and one.value and not _NONE.fullmatch(one.value):
            told.setdefault(one.kind, one.value)
    title = told.get("title") or next(iter(_headlines(head)), "")
    document.title = _IN_TITLE.sub("", title) or title or None
    source = told.get("source") or told.get("info", "")
    document.source = _EDITION.sub("", source.split(";")[0].split(" [")[0].strip(" .")) or None
    document.byline = told.get("author")
    place = told.get("dateline", "")
    document.dateline = place if re.search(r"[^\W\d_]{2}", place) else None
    document.language = told.get("language")
    document.external_id = "".join(told.get("id", "").split()) or None
    document.url = _address(told.get("url")) or _address(told.get("address"))
    document.date_text = _date(told, head)
    lines = [line for one in entries[start + 1 : stop] for line in one.raw]
    if 0 <= start < len(entries):
        lines = [*entries[start].lines, *lines]
    document.paragraphs = _trimmed(document, lines)
    if not document.paragraphs:
        abstract = next((one.lines for one in entries if one.kind == "abstract"), [])
        document.paragraphs = _paragraphs(abstract)
    if document.byline in ("Anonymous", document.source):
        document.byline = None
    return document


def _text_bounds(entries: Sequence[Entry]) -> tuple[int, int]:
    """Return which entry is the full text and which the first behind it.

    Paragraphs that start like labels stay in the text: it ends where what follows are labels
    alone, from the name of the paper or another that no text has, upwards.
    """
    start = next((i for i, one in enumerate(entries) if one.kind == "body"), -1)
    if start < 0:
        return -1, 0
    hard = (i for i in range(start + 1, len(entries)) if entries[i].kind in _ENDS_TEXT)
    stop = next(hard, None)
    if stop is None:
        return start, len(entries)
    while stop - 1 > start and len(entries[stop - 1].lines) <= 1:
        if entries[stop - 1].kind not in ("soft", "hard", "url", "dateline"):
            break
        stop -= 1
    return start, stop


def _headlines(lines: Sequence[str]) -> list[str]:
    return [
        " ".join(line.split())
        for line in lines
        if _INK.search(line) and not any(one.fullmatch(line) for one in (_LINK, _ADDRESS, _COUNTER))
    ]


def _date(told: dict[str, str], head: Sequence[str]) -> str | None:
    date = told.get("date")
    if parse_date(date) is not None:
        return date
    for text in (told.get("info", ""), *head):
        match = _INFO_DATE.search(text[:2000])
        if match is not None:
            return match[1]
    return date or told.get("info") or told.get("year")


def _address(text: str | None) -> str | None:
    """Return an address without the library's proxy before it and the reader's account behind."""
    if text is None:
        return None
    page = _PAGE.search("".join(text[:2000].split()))  # mails break it with blanks
    if page is not None:
        return page[0]
    first = text.split()[0]
    return first if first.startswith(("http://", "https://")) else None


def _paragraphs(lines: Sequence[str]) -> list[str]:
    found = [text for line in lines if (text := " ".join(line.split()))]
    return [] if len(found) == 1 and _NONE.fullmatch(found[0]) else found


def _trimmed(document: Document, lines: Sequence[str]) -> list[str]:
    """Drop what the archive prints below a text: who wrote it, captions, where to write to."""
    found = _paragraphs(lines)
    while found:
        last = found[-1]
        if (credit := _CREDIT.fullmatch(last)) is not None:
            document.byline = document.byline or credit[1].strip()
        elif len(found) == 1 or (
            _INK.search(last) and not _CAPTION.fullmatch(last) and not _MAIL.fullmatch(last)
        ):
            break
        found.pop()
    return found


def sniff(head: str, name: str) -> float:
    """Labels that only the vendor has, at the start of lines."""
    if head.lstrip("\ufeff \t\r\n").startswith(("<", "{", "[")):
        return 0.0
    kinds: set[str] = set()
    own = False
    for line in head.splitlines()[:4000]:
        if ":" in line[:60] and (known := labelled(_QUOTE.sub("", line[:200], count=1))):
            kinds.add(known[0])
            own = own or folded(known[1]) == "proquestdocumentid"
    return 0.98 if own and len(kinds & {"body", "source", "date", "address", "end"}) > 1 else 0.0


class _Splitter:
    """Cuts the lines of a dump into documents and what stands between them."""

    def __init__(self, source: TextSource) -> None:
        self._source = source
        self._open = OpenDocument(source.max_record)
        self._over = False  # the last field of the document has been passed
        self._inked = False  # the open document has a line that is not blank
        self._counters = Counters()

    def rows(self) -> Iterator[Row]:
        """Yield records, rejects and framing in order."""
        for line in self._source.lines():
            if line.text is None:
                self._open.lose(line.start, line.end)
                continue
            text = line.text.rstrip("\r\n")
            start = line.start + len(text) - len(text.lstrip())
            bare = _QUOTE.sub("", text, count=1) if text[:1] == ">" else text
            here = DocumentLine(start, line.start + len(text.rstrip()), bare)
            if not text.strip():
                if self._open.lines and self._open.lines[-1].text.strip():
                    self._open.add(here)
                continue
            if _RULE.fullmatch(here.text):
                yield from self._close()
                yield framing(here.start, here.end)
                continue
            if self._over and here.text.strip():
                yield from self._close()
            if (count := _COUNTER.fullmatch(here.text)) is not None and not self._inked:
                yield from self._counters.seen(int(count[1]), int(count[2]))
            self._open.add(here)
            self._inked = self._inked or bool(here.text.strip())
            known = labelled(here.text) if ":" in here.text[:60] else None
            self._over = known is not None and known[0] == "end"
        yield from self._close()
        yield from self._counters.finish()

    def _close(self) -> Iterator[Row]:
        lines, lost = self._open.take()
        self._over = self._inked = False
        if lost is not None:
            yield reject(*lost, "too_large", _TOO_LARGE)
            return
        spans = [line for line in lines if line.end > line.start]
        if not spans:
            return
        entries, first = _entries([line.text for line in lines])
        if not _is_document(entries):
            yield from _loose(spans)
            return
        begin = lines[first].start
        yield from _loose([line for line in spans if line.start < begin])
        text = "\n".join(line.text for line in lines[first:])[:500]
        yield document_of(entries).row(begin, spans[-1].end, text)


def _entries(texts: Sequence[str]) -> tuple[list[Entry], int]:
    """Return a document's fields, and at which line its headline stands."""
    entries: list[Entry] = []
    first = None  # the first line with a label
    for at, text in enumerate(texts):
        known = labelled(text) if ":" in text[:60] else None
        # A headline may start like a label.
        if known is not None and (first is not None or known[0] not in ("soft", "hard", "body")):
            first = at if first is None else first
            entries.append(Entry(known[0], known[1], [known[2]] if known[2] else []))
        elif first is not None and text.strip() and not is_link(text):
            entries[-1].lines.append(_LINKED.sub("", text) or text)
    if first is None:
        return [], 0
    above = [
        i for i in range(first)
        if _headlines([texts[i]]) and not _INFO_DATE.search(texts[i][:2000])
    ]  # fmt: skip
    begin = above[-1] if above else first
    counter = next((i for i in range(begin) if _COUNTER.fullmatch(texts[i])), None)
    head = Entry("", "", [text for text in texts[begin:first] if text.strip()])
    return [head, *entries], begin if counter is None else counter


def _is_document(entries: Sequence[Entry]) -> bool:
    kinds = {one.kind for one in entries}
    return "id" in kinds or ("body" in kinds and len(kinds) > 2) or len(kinds & _ENDS_TEXT) > 2


def _loose(lines: Sequence[DocumentLine]) -> Iterator[Row]:
    """What is in no document: a cover, a list of what was exported, or something else's text."""
    if not lines:
        return
    start, end = lines[0].start, lines[-1].end
    texts = [line.text.strip() for line in lines]
    if sum(map(len, texts)) <= _FURNITURE_CHARS:
        yield framing(start, end)
    else:
        detail = "text that is in no document"
        yield reject(start, end, "not_article", detail, "\n".join(texts[:10]))


def read(source: TextSource) -> Iterator[Row]:
    """Yield one record a document; what stands between documents belongs to the next."""
    yield from tile(_Splitter(source).rows())


def plain(text: str) -> str:
    """Return a span without marks of quotation and the addresses that mails put behind words."""
    return _LINKED.sub("", "\n".join(_QUOTE.sub("", line, count=1) for line in text.split("\n")))


register(
    Reader(
        "proquest-txt",
        sniff,
        read,
        plain=plain,
        about='ProQuest exports as text: "Full text:", "ProQuest document ID:", lines of "____"',
    )
)
