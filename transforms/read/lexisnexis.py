"""LexisNexis and Nexis Uni exports as text: TXT itself, and what DOCX and RTF hold.

Older exports start every document with a counter ("3 of 10 DOCUMENTS", "Dokument 3 von 10") and
write labels in capitals (`BYLINE:`, `LENGTH:`, `LOAD-DATE:`). Nexis Uni ends every document with
"End of Document", puts a cover with a list of documents before the first, and writes `Byline:`,
a line "Body", a line "Classification". There is no specification; the layouts were learnt from
exports, and labels are known in the languages that the vendor's pages come in.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from transforms.read.dates import parse_date
from transforms.read.open_document import DocumentLine, OpenDocument
from transforms.read.pieces import Row, declared, framing, record, reject, tile
from transforms.read.prose import MAX_WIDTH, block_paragraphs, wrap_width
from transforms.read.registry import Reader, register
from transforms.read.text import TextSource, repair

LABELS: dict[str, str] = {
    label: kind
    for kind, labels in {
        "title": "headline;title;titel;titre;título;titulo;titolo;kop;überschrift;schlagzeile",
        "byline": "byline;author;authors;by-line;autor;autoren;auteur;auteurs;verfasser;autore;"
        "autores;door;redacteur",
        "dateline": "dateline;ortsmarke;datelijn;lieu",
        "section": "section;rubrik;rubrique;sección;seccion;sezione;seção;secao;ressort;rubriek;"
        "sectie",
        "length": "length;länge;laenge;longueur;longitud;extensión;extension;lengte;lunghezza;"
        "comprimento;extensão",
        "language": "language;languages;sprache;langue;idioma;lengua;taal;lingua;língua",
        "url": "url;link;web;internet address",
        "id": "acc-no;accession-no;accession-number;accession number;document-id",
        "body": "body;text;volltext;texte;corps;cuerpo;texto;tekst;hauptteil;full text",
        "lead": "highlight;highlights;encart;insert;abstract;lead;vorspann;zusammenfassung",
        "aside": "type;edition;day;column;series;serie;série;"
        "page;seite;cycle;source;issue;volume;distribution;dist;pub-type;aka;date;datum;"
        "copyright;kicker;ausgabe;verlag;press-release;ticker-symbol;transcript-type;show;"
        "guests;anchors;reporter;reporters;content-level;slug;keyword;keywords;advisory;note-desk",
        "free": "graphic;graphics;grafik;bild;illustration;gráfico;grafiek;correction;"
        "correction-date;correction date;note;notes;enhancement;photo;photos;image;chart;"
        "tabular-data;supplement;related-article",
        "class": "load-date;load date;update;upd-date;updated;ladedatum;lade-datum;"
        "date-chargement;date de chargement;fecha-carga;fecha de carga;carga-fecha;laaddatum;"
        "data caricamento;publication-type;publication type;type-publication;type de publication;"
        "publikationstyp;publikation-typ;zeitungstyp;tipo de publicación;tipo-publicacion;"
        "publicatietype;soort publicatie;journal-code;journal code;code-revue;zeitschriftencode;"
        "zeitschriften-code;pub-subject;subject;subjects;sujet;thema;themen;asunto;tema;"
        "onderwerp;company;companies;societe;société;unternehmen;firma;empresa;bedrijf;"
        "organization;organisation;organización;organisatie;person;people;personne;persona;"
        "persoon;ticker;stock-symbol;symbole-boursier;börsensymbol;industry;activity-sector;"
        "secteur-activite;branche;industrie;sector;geographic;geographie;geo-localization;"
        "localisation-geo;region;geográfico;geografisch;country;city;state;land;stadt;"
        "document-type;document type;dokumenttyp;name;names;isbn;issn;"
        "terms;category;kategorie;copyright holder;distribution-list;classification language",
    }.items()
    for label in labels.split(";")
}
"""What a label, in small letters, says: how a document's parts are told apart."""
_CLASSIFICATION = frozenset(
    ["classification", "klassifikation", "klassifizierung", "clasificación", "classificazione",
     "classificatie", "classificação"]
)  # fmt: skip
_GRAPHIC = frozenset(["graphic", "grafik", "gráfico", "illustration", "correction", "notes"])
_BODY = frozenset(
    ["body", "text", "volltext", "corps", "texte", "cuerpo", "texto", "tekst", "full text",
     "hauptteil", "corpo", "testo"]
)  # fmt: skip
_LABEL = re.compile(r"\s{0,40}([^\W\d_][\w./&-]{0,24}(?:[ -][\w./&-]{1,20}){0,2})\s?:(?=\s|$)")
_COUNTER = re.compile(
    r"[\s\ufeff\x0c]{0,200}(?:FOCUS\s{0,3}-\s{0,3})?(?:"
    r"(?:Document|Dokument|Documento|DOCUMENT|DOKUMENT|DOCUMENTO)\s{1,3}(\d{1,3}(?:[.,]?\d{3}){0,2})"
    r"\s{1,3}(?:of|von|de|sur|di|van|av|af|OF|VON|DE|SUR|DI|VAN)\s{1,3}(\d{1,3}(?:[.,]?\d{3}){0,2})"
    r"|(\d{1,3}(?:[.,]?\d{3}){0,2})\s{1,3}(?:of|von|de|sur|di|van|av|af|OF|VON|DE|SUR|DI|VAN)"
    r"\s{1,3}(\d{1,3}(?:[.,]?\d{3}){0,2})"
    r"\s{1,3}(?:DOCUMENTS?|DOKUMENTEN?|DOKUMENTE?|DOCUMENTOS?|DOCUMENTI|DOCUMENTEN)"
    r")\s{0,200}"
)
_END = re.compile(
    r"\s{0,200}(?:End of Document|Ende des Dokuments|Dokumentende|Fin du document"
    r"|Fin del documento|Fine del documento|Fine documento|Einde van document"
    r"|Einde van het document|Fim do documento)\s{0,200}",
    re.I,
)
_HINTS = ("ocum", "OCUM", "okum", "OKUM")
"""In every counter and end mark; looked for first because most lines have none."""
_REQUEST = re.compile(
    r"\s{0,40}(?:(?:Download|Print|E-?mail|Fax|Delivery)[ -]Request|Ausgabeauftrag|Druckauftrag"
    r"|Download-Auftrag|Printopdracht|Downloadopdracht|Demande de (?:téléchargement|impression)"
    r"|Solicitud de (?:descarga|impresión)|Richiesta di (?:download|stampa))\s?:",
    re.I,
)
_JOB = re.compile(
    r"\s{0,40}(?:Job Number|Auftragsnummer|Numéro (?:du travail|de tâche)|Número de trabajo)\s?:"
    r"\s{0,9}\d",
    re.I,
)
_COVER = re.compile(
    r"\s{0,40}(?:Date and Time|Job Number|Client/Matter|Search Terms|Search Type|Narrowed by"
    r"|Content Type|Time Of Request|User Name|Datum und Uhrzeit|Auftragsnummer"
    r"|Suchbegriffe|Suchtyp|Eingegrenzt (?:durch|nach)|Date et heure|Numéro (?:du travail|de tâche)"
    r"|Termes de (?:la )?recherche|Type de recherche|Fecha y hora|Número de trabajo"
    r"|Términos de búsqueda|Tipo de búsqueda|Send To|Project ID|Terms|Combined Source"
    r"|Zeitpunkt der Anforderung|Begriffe|Quelle)\s?:",
    re.I,
)
_LISTED = re.compile(
    r"\s{0,40}(?:Documents?|Dokumente?|Documentos?|Documenten|Documenti)\s?\((\d{1,4})\)\s{0,40}",
    re.I,
)
_ENTRY = re.compile(r"\s{0,40}(?:\d{1,4}\.\s|[^\t]{1,60}\t)")
_COPYRIGHT = re.compile(
    r"\s{0,200}(?:Copyright\b|\(c\)\s{0,3}(?:Copyright|\d{4})|©|Copr\.|Copy\s\d{4}"
    r"|All Rights Reserved|Tous Droits R|Alle Rechte|Todos los derechos|Tutti i diritti)",
    re.I,
)
_RIGHTS = re.compile(
    r"All Rights Reserved|Tous Droits R|Alle Rechte|Todos los derechos|Tutti i diritti", re.I
)
_DISTRIBUTED = re.compile(r"(?:Distributed by|Provided by|Vertrieb durch|Distribué par)\s", re.I)
_ERROR = re.compile(
    r"(?:there (?:is|was) an error in this document|not possible to display (?:it|this document)"
    r"|document (?:is|could) (?:not |no longer )(?:be )?(?:available|displayed|retrieved))",
    re.I,
)
_PAGE = re.compile(r"\s{20,200}(?:Page|Seite|Página|Pagina)\s{1,3}\d{1,5}\s{0,200}", re.I)
_WORDS = re.compile(
    r"\s{0,80}\d{1,3}(?:[.,]?\d{3}){0,2}\s(?:words|mots|Wörter|palabras|woorden)\s{0,9}"
)
_CLOCK = re.compile(r"\d{1,2}[:.h]\d{2}|\d\s?[ap]\.?m\b", re.I)
_MONTHLY = re.compile(r"[^\W\d_]{3,12}\.?,?\s(?:de\s)?(?:1[789]|20)\d{2}\s{0,3}")
_URL = re.compile(r"https?://[^\s<>\"]{3,2000}")
_BY = re.compile(r"(?:By|BY|Von|VON|Par|PAR|Por|POR|Door|DOOR)\s\S")
_RANGE = re.compile(r"(\d{1,6})(?:\s{0,2}-\s{0,2}(\d{1,6}))?")
_TITLE_CHARS = 600
_SOURCE_CHARS = 160
_HEAD_LINES = 60
_FURNITURE_CHARS = 400


@dataclass(slots=True)
class Block:
    """Lines without a blank one between them. `kind` is what its label says, if it has one."""

    lines: list[str]
    kind: str | None = None
    label: str = ""

    @property
    def text(self) -> str:
        """The block in one line."""
        return " ".join(" ".join(self.lines).split())

    def value(self) -> str:
        """What stands behind the label, in one line."""
        match = _LABEL.match(self.lines[0])
        rest = self.lines[0][match.end() :] if match is not None else self.lines[0]
        return " ".join(" ".join([rest, *self.lines[1:]]).split())

    @property
    def centred(self) -> bool:
        """Whether its lines are set off from the left edge."""
        return all(line[:5].isspace() for line in self.lines)


@dataclass(slots=True)
class Document:
    """What a document says of itself, and its body as paragraphs."""

    title: str | None = None
    byline: str | None = None
    source: str | None = None
    dateline: str | None = None
    date_text: str | None = None
    language: str | None = None
    url: str | None = None
    external_id: str | None = None
    length: str | None = None
    lead: str | None = None
    paragraphs: list[str] = field(default_factory=list)

    def row(self, start: int, end: int, excerpt: str) -> Row:
        """Return the row of `Pieces` for it."""
        body = "\n".join(line for one in self.paragraphs if (line := _repaired(one)))
        if self.title is None and not body:
            return reject(start, end, "no_text", "neither headline nor body", excerpt)
        return record(
            start,
            end,
            body,
            title=_repaired(self.title),
            byline=_repaired(self.byline),
            source=_repaired(self.source),
            dateline=_repaired(self.dateline),
            date_text=self.date_text,
            language=self.language,
            url=self.url,
            external_id=self.external_id,
        )


def _repaired(text: str | None) -> str | None:
    """Undo mojibake; what it stood for may be a line end."""
    return " ".join(repair(text).split()) or None if text else None


def labelled(line: str, capitals: bool = False) -> tuple[str, str] | None:
    """Return the label that a line starts with and what it says (`LABELS`), or None.

    A label starts with a capital, so that "text: …" in a sentence is none, or is `capitals`.
    """
    match = _LABEL.match(line)
    if match is None:
        return None
    label = match[1]
    kind = LABELS.get(label.casefold())
    if kind is None or not (label.isupper() if capitals else label[0].isupper()):
        return None
    return label, kind


def is_error(text: str) -> bool:
    """Say whether a document is the vendor's message that there is none."""
    return len(text) < 1500 and _ERROR.search(text) is not None


def blocks_of(lines: Sequence[str], *, capitals: bool) -> list[Block]:
    """Part lines at blank ones and before labels.

    `capitals`: labels are in capitals, as where a counter starts the document; else parts have
    headings of one word too ("Body"), and the first line is a headline, whatever it looks like.
    """
    found: list[Block] = []
    fresh = True
    for line in lines:
        ink = line.strip()
        if not ink:
            fresh = True
            continue
        if (capitals or found) and (known := labelled(line, capitals)) is not None:
            found.append(Block([line], known[1], known[0].casefold()))
        elif found and not capitals and (kind := _heading(ink)) is not None:
            found.append(Block([line], kind, ink.casefold()))
            fresh = True
            continue
        elif fresh or not found:
            found.append(Block([line]))
        else:
            found[-1].lines.append(line)
        fresh = False
    return found


def _heading(line: str) -> str | None:
    if len(line) > 20 or not line[0].isupper():
        return None
    bare = line.casefold()
    if bare in _CLASSIFICATION or bare in _GRAPHIC:
        return "heading"
    return "body" if bare in _BODY else None


def parse(blocks: list[Block], *, wrapped: bool, source_first: bool) -> Document:
    """Take a document apart.

    `wrapped`: lines of the body may have been cut at a column. `source_first`: the name of the
    paper goes before the date and the headline behind it, as where a counter starts the document;
    else the headline is the first line, as in Nexis Uni.
    """
    document = Document()
    head = _Head(document, source_first)
    at = head.read(blocks)
    stop = _tail(blocks, at, capitals=source_first)
    for block in blocks[stop:]:
        if block.kind is not None:
            _keep(document, block)
    body = [block for block in blocks[at:stop] if not _is_copyright(block)]
    lead = [document.lead] if document.lead else []
    document.paragraphs = [*lead, *head.extra, *_paragraphs(body, wrapped)]
    return document


def _keep(document: Document, block: Block) -> None:
    """Take over a labelled value; the first of a kind counts."""
    value = block.value()
    if not value:
        return
    if block.kind == "title":
        document.title = document.title or value
    elif block.kind == "byline":
        document.byline = document.byline or value
    elif block.kind == "dateline":
        document.dateline = document.dateline or value
    elif block.kind == "language":
        document.language = document.language or value
    elif block.kind == "length":
        document.length = document.length or value
    elif block.kind == "lead":
        document.lead = document.lead or value
    elif block.kind == "id":
        document.external_id = document.external_id or value
    elif block.kind == "url" and document.url is None:
        found = _URL.search(value)
        # A bare host is the paper's, the same for all of its articles.
        if found is not None and found[0].rstrip("/").count("/") > 2:
            document.url = found[0]


def _is_copyright(block: Block) -> bool:
    return _COPYRIGHT.match(block.lines[0]) is not None and len(block.text) < 400


class _Head:
    """Reads blocks up to the body."""

    def __init__(self, document: Document, source_first: bool) -> None:
        self._document = document
        self._source_first = source_first
        self.extra: list[str] = []  # of the head, but no field: first paragraphs of the body

    def read(self, blocks: list[Block]) -> int:
        """Fill in the fields and return the index of the body's first block."""
        dated = self._dated(blocks)
        if dated is not None and self._source_first:
            self._untitled(blocks, dated[0] + 1)
        first = next((i for i, block in enumerate(blocks) if block.kind is not None), len(blocks))
        if dated is not None and dated[0] > first:
            dated = None
        above = blocks[: dated[0] if dated is not None else first]
        below = blocks[dated[0] + 1 : first] if dated is not None else []
        if dated is not None:
            above = above + self._date(blocks[dated[0]], dated[1])
        if first == len(blocks):  # no label: the body starts where the head is over
            start = dated[0] + 1 if dated is not None else 0
            if self._source_first:
                self._above(above if dated is not None else [])
                return self._unlabelled(blocks, start)
            self._uni(above if dated is not None else blocks[:1], [], dated is not None)
            return max(start, 1)
        if self._source_first:
            if dated is None:
                above, below = above[:1], above[1:]
            self._above(above)
            self._titled(below)
        else:
            self._uni(above, below, dated is not None)
        return self._labels(blocks, first)

    @staticmethod
    def _untitled(blocks: list[Block], at: int) -> None:
        """Behind the date stands the headline, even if it starts like a label ("LAND: …")."""
        if at < len(blocks) and blocks[at].kind in ("class", "free", "aside"):
            following = {block.kind for block in blocks[at + 1 : at + 1 + _HEAD_LINES]}
            if "title" not in following and following & {"length", "byline", "section"}:
                blocks[at].kind = None

    def _dated(self, blocks: list[Block]) -> tuple[int, int] | None:
        """Return where the date stands: block and line."""
        seen = 0
        for i, block in enumerate(blocks):
            if _is_copyright(block):
                continue
            if block.kind is not None:
                return None
            for j, line in enumerate(block.lines):
                seen += 1
                if seen > _HEAD_LINES:
                    return None
                text = line.strip()
                if len(text) < 120 and (parse_date(text) or _MONTHLY.fullmatch(text)):
                    if not self._source_first and not (i or j):
                        continue  # a headline may hold a date
                    if self._source_first and not (i or j) and len(text) > 60:
                        continue
                    return i, j
        return None

    def _date(self, block: Block, at: int) -> list[Block]:
        """Take the date; return what stands above it in its block."""
        date = " ".join(block.lines[at].split())
        following = block.lines[at + 1].strip() if at + 1 < len(block.lines) else ""
        if following and _CLOCK.search(following) and not _CLOCK.search(date):
            date = f"{date} {' '.join(following.split())}"
        self._document.date_text = date
        return [Block([line]) for line in block.lines[:at]]

    def _above(self, blocks: list[Block]) -> None:
        """The paper's name; where it is centred, a headline may stand before it.

        It may follow the copyright without a blank line, behind "All Rights Reserved" or, where
        nothing else names the paper, as the last line.
        """
        named: list[Block] = []
        spare: Block | None = None
        for block in blocks:
            if _is_copyright(block):
                rights = [i for i, line in enumerate(block.lines) if _RIGHTS.search(line)]
                if rights and rights[-1] + 1 < len(block.lines):
                    named.append(Block(block.lines[rights[-1] + 1 :]))
                elif not rights and len(block.lines) > 1:
                    spare = Block(block.lines[-1:])
            elif not self._passed(block) and not _DISTRIBUTED.match(block.text):
                named.append(block)
        if not named and spare is not None:
            named = [spare]
        if not named:
            return
        if len(named) > 1 and not named[0].centred and named[1].centred:
            self._document.title = named[0].text
            named = named[1:]
        self._document.source = named[0].text[:_SOURCE_CHARS]

    def _passed(self, block: Block) -> bool:
        """Say whether a block of the head is neither a name nor a headline."""
        if _is_copyright(block):
            return True
        text = block.text
        if _WORDS.fullmatch(text):
            self._document.length = self._document.length or text
            return True
        if _URL.fullmatch(text):
            self._document.url = self._document.url or text
            return True
        return False

    def _titled(self, blocks: list[Block]) -> None:
        for block in blocks:
            if self._passed(block):
                continue
            text = block.text
            if self._document.title is None and len(text) <= _TITLE_CHARS:
                self._document.title = text
            elif self._document.byline is None and len(text) < 120 and _BY.match(text):
                self._document.byline = text
            else:
                self.extra.append(text)

    def _uni(self, above: list[Block], below: list[Block], dated: bool) -> None:
        lines = [Block([line]) for block in above for line in block.lines]
        lines = [line for line in lines if not self._passed(line)]
        if dated and len(lines) > 1:
            self._document.source = lines[-1].text[:_SOURCE_CHARS]
            lines = lines[:-1]
        if lines:
            self._document.title = " ".join(line.text for line in lines)[: 4 * _TITLE_CHARS]
        for block in below:
            for line in block.lines:
                piece = Block([line])
                if not self._passed(piece) and len(piece.text) > 120:
                    self.extra.append(piece.text)

    def _labels(self, blocks: list[Block], first: int) -> int:
        """Read labels; the body starts behind "Body", else at what has none."""
        has_body = any(block.kind == "body" for block in blocks[first : first + _HEAD_LINES])
        at = first
        while at < len(blocks):
            block = blocks[at]
            if block.kind == "body":
                rest = block.value() if _LABEL.match(block.lines[0]) else ""
                if rest:
                    body = _LABEL.sub("", block.lines[0], count=1)
                    blocks[at] = Block(
                        [body, *block.lines[1:]] if body.strip() else block.lines[1:]
                    )
                    return at
                return at + 1
            if block.kind is None:
                if not has_body:
                    return at
                self._titled([block])
            elif block.kind in ("class", "free", "heading") and not has_body:
                return at
            else:
                _keep(self._document, block)
            at += 1
        return at

    def _unlabelled(self, blocks: list[Block], start: int) -> int:
        """A document without any label: its headline is what is short."""
        for at in range(start, len(blocks)):
            if self._passed(blocks[at]):
                continue
            if len(blocks[at].text) <= 300 and len(blocks) > at + 1:
                self._document.title = self._document.title or blocks[at].text
                return at + 1
            return at
        return len(blocks)


_TAIL_KINDS = frozenset(["class", "language", "length", "section", "heading", "id", "dateline"])
_FREE = frozenset(["graphic", "graphics", "grafik", "gráfico", "grafiek", "illustration",
                   "correction", "correction-date", "correction date"])  # fmt: skip
_FREE_BLOCKS = 40


def _tail(blocks: list[Block], body: int, *, capitals: bool) -> int:
    """Return the index of the first block behind the body, looking up from the end.

    Captions and corrections may be of several blocks; other labels have one each, so a paragraph
    that starts like one amid the text stays in it.
    """

    below = False  # what classifies the document has a heading, and has been passed

    def is_tail(block: Block) -> bool:
        if below:
            return block.kind == "heading" or block.label in _FREE
        if capitals:
            return block.kind not in (None, "body", "title", "byline")
        return block.kind in _TAIL_KINDS or block.label in _FREE

    stop = at = len(blocks)
    while at > body:
        block = blocks[at - 1]
        if is_tail(block):
            stop = at - 1
            below = below or block.label in _CLASSIFICATION
        elif not _is_copyright(block) and not (block.centred and len(block.text) < 200):
            above = at - 2
            while above >= body and at - above <= _FREE_BLOCKS and not is_tail(blocks[above]):
                above -= 1
            found = above >= body and at - above <= _FREE_BLOCKS
            if not found or stop == len(blocks):
                break
            if blocks[above].label not in _FREE and blocks[above].label not in _GRAPHIC:
                break
            at = above + 1
            continue
        at -= 1
    return stop


def _paragraphs(blocks: list[Block], wrapped: bool) -> list[str]:
    lines = [(line, 1 if i == 0 else 0) for block in blocks for i, line in enumerate(block.lines)]
    lengths = [len(line.rstrip()) for line, _ in lines]
    width = wrap_width(lengths) if wrapped else None
    if wrapped and width is None and lengths and 40 <= max(lengths) <= 82:
        width = max(lengths)
    if width is None:
        return [" ".join(line.split()) for line, _ in lines]
    return block_paragraphs(lines, width)


def count_of(request: str) -> int:
    """Return how many documents a request names: 10 in "Selected Items: 1-8, 12, 15"."""
    found = 0
    for first, last in _RANGE.findall(request.rpartition(":")[2][:400]):
        found += max(int(last) - int(first) + 1, 0) if last else 1
    return found


class Counters:
    """Watches the counters go by and says how many documents there should have been.

    A cover says it where there is one. Counters do otherwise: the highest number of all, but
    where a download ends at a round number, which is how the vendor limits them, the last one.
    """

    def __init__(self) -> None:
        self._cover: int | None = None
        self._first = self._last = 0
        self._totals: Counter[int] = Counter()

    def cover(self, count: int) -> Iterator[Row]:
        """A download starts whose cover names `count` documents."""
        yield from self.finish()
        self._cover = count or None

    def seen(self, number: int, total: int) -> Iterator[Row]:
        """A counter: document `number` of `total`."""
        if number <= self._last:
            yield from self.finish()
        self._first = self._first or number
        self._last = number
        self._totals[total] += 1

    def finish(self) -> Iterator[Row]:
        """Yield what the download declared, and forget it."""
        if self._cover is not None:
            yield declared(self._cover, f"{self._cover} documents on the cover")
        elif self._last:
            total = self._totals.most_common(1)[0][0]
            last = self._last if total < self._last or self._last % 50 == 0 else total
            yield declared(last - self._first + 1, f"{self._last} of {total} DOCUMENTS")
        self._cover = None
        self._first = self._last = 0
        self._totals.clear()


def counter_of(line: str) -> tuple[int, int] | None:
    """Return the numbers of a counter ("3 of 10 DOCUMENTS"), None for any other line."""
    match = _COUNTER.fullmatch(line) if len(line) < 500 else None
    if match is None:
        return None
    return _number(match[1] or match[3]), _number(match[2] or match[4])


def _number(digits: str) -> int:
    """Return the number that digits with a thousands separator mean."""
    return int(digits.replace(",", "").replace(".", ""))


def sniff(head: str, name: str) -> float:
    """Counters or end marks of documents, and labels that go with them."""
    if "<" in head[:200] and re.match(r"\s{0,200}<(?:!doctype|html|\?xml)", head, re.I):
        return 0.0
    counters = ends = labels = bodies = covers = 0
    for line in head.splitlines()[:4000]:
        if not line.strip():
            continue
        if _COUNTER.fullmatch(line):
            counters += 1
        elif _END.fullmatch(line):
            ends += 1
        elif _REQUEST.match(line) or _LISTED.fullmatch(line) or line.startswith("Job Number:"):
            covers += 1
        elif line.strip() in ("Body", "Text", "Corps", "Cuerpo"):
            bodies += 1
        elif (known := labelled(line)) is not None and known[1] in ("length", "byline", "class"):
            labels += 1
    if (counters or ends) and (labels or covers or bodies):
        return 0.97
    if counters > 1 or ends > 1:
        return 0.9
    if covers > 1 or (labels > 1 and bodies == 1):
        return 0.85
    return 0.7 if counters and not name.endswith((".md", ".html")) else 0.0


class _Splitter:
    """Cuts the lines of a dump into documents and what stands between them."""

    def __init__(self, source: TextSource) -> None:
        self._source = source
        self._open = OpenDocument(source.max_record)
        self._counter: DocumentLine | None = None  # that started the open document
        self._counters = Counters()

    def rows(self) -> Iterator[Row]:
        """Yield records, rejects and framing in order."""
        for line in self._source.lines():
            if line.text is None:
                self._open.lose(line.start, line.end)
                continue
            text = line.text.rstrip("\r\n")
            here = DocumentLine(line.start, line.start + len(text.rstrip()), text)
            if len(text) < 500 and any(hint in text for hint in _HINTS):
                counter = counter_of(text)
                if counter is not None:
                    yield from self._close()
                    yield from self._counters.seen(*counter)
                    self._counter = here
                    continue
                if _END.fullmatch(text):
                    yield from self._close(here)
                    continue
            if self._counter is not None and self._open.lines and ":" in text[:80]:
                # The cover of the next download, where several were put together.
                if _REQUEST.match(text):
                    yield from self._close()
                elif _JOB.match(text):
                    above = self._above_job()
                    yield from self._close()
                    self._open.lines = above
            self._open.add(here)
        yield from self._close()
        yield from self._counters.finish()

    def _above_job(self) -> list[DocumentLine]:
        """Take back the lines just above the number of a job: the time when it was done."""
        at = len(self._open.lines)
        while at and (not (text := self._open.lines[at - 1].text).strip() or _is_cover(text)):
            at -= 1
        above, self._open.lines = self._open.lines[at:], self._open.lines[:at]
        return above

    def _close(self, mark: DocumentLine | None = None) -> Iterator[Row]:
        """End the open document with its end mark, at its last line where it has none."""
        lines, lost = self._open.take()
        counter, self._counter = self._counter, None
        inked = [i for i, line in enumerate(lines) if line.text.strip()]
        first = counter or (lines[inked[0]] if inked else mark)
        if lost is not None:
            end = mark.end if mark is not None else lost[1]
            start = counter.start if counter is not None else lost[0]
            yield reject(start, end, "too_large", "a document over the size limit")
        elif inked:
            lines = lines[inked[0] : inked[-1] + 1]
            end = mark.end if mark is not None else lines[-1].end
            if counter is not None:
                yield _counted(lines, counter.start, end)
            elif mark is not None or _is_article(lines):
                yield from self._uni(lines, end)
            else:
                yield from self._loose(lines, end)
        elif first is not None:
            end = mark.end if mark is not None else first.end
            if counter is not None:
                yield reject(first.start, end, "no_text", "a counter without a document")
            else:
                yield framing(first.start, end)

    def _uni(self, lines: list[DocumentLine], end: int) -> Iterator[Row]:
        """A document of Nexis Uni, with the cover before it where there is one."""
        begin = _cover_end(lines)
        if begin:
            yield from self._cover(lines[:begin])
            yield framing(lines[0].start, lines[begin - 1].end)
            lines = lines[begin:]
        texts = [line.text for line in lines]
        whole = "\n".join(texts)
        start = lines[0].start
        if is_error(whole):
            yield _error(start, end, whole)
            return
        wrapped = len(texts) >= 12 and max(map(len, texts)) <= MAX_WIDTH
        blocks = blocks_of(texts, capitals=False)
        document = parse(blocks, wrapped=wrapped, source_first=False)
        yield document.row(start, end, whole[:500])

    def _cover(self, lines: list[DocumentLine]) -> Iterator[Row]:
        for line in lines:
            if (listed := _LISTED.fullmatch(line.text)) is not None:
                yield from self._counters.cover(int(listed[1]))
            elif _REQUEST.match(line.text) and (count := count_of(line.text)):
                yield from self._counters.cover(count)

    def _loose(self, lines: list[DocumentLine], end: int) -> Iterator[Row]:
        """What is in no document: a cover, page furniture, or something else's text."""
        start = lines[0].start
        texts = [line.text for line in lines]
        cover = sum(1 for text in texts if _is_cover(text))
        if cover:
            yield from self._cover(lines)
        if cover or sum(map(len, texts)) <= _FURNITURE_CHARS:
            yield framing(start, end)
        else:
            detail = "text that is in no document"
            yield reject(start, end, "not_article", detail, "\n".join(texts[:10]))


def _counted(lines: list[DocumentLine], start: int, end: int) -> Row:
    """A document that a counter starts."""
    texts = [line.text for line in lines if not _PAGE.fullmatch(line.text)]
    whole = "\n".join(texts)
    if is_error(whole):
        return _error(start, end, whole)
    blocks = blocks_of(texts, capitals=True)
    if not any(block.kind for block in blocks):  # labels may have been written as in Nexis Uni
        others = blocks_of(texts, capitals=False)
        if sum(block.kind is not None for block in others) > 1:
            blocks = others
    return parse(blocks, wrapped=True, source_first=True).row(start, end, whole[:500])


def _error(start: int, end: int, text: str) -> Row:
    detail = "the vendor's message that it cannot show the document"
    return reject(start, end, "bad_record", detail, text)


def _is_cover(text: str) -> bool:
    return any(pattern.match(text) for pattern in (_COVER, _REQUEST)) or bool(
        _LISTED.fullmatch(text)
    )


def _is_article(lines: list[DocumentLine]) -> bool:
    """Say whether lines without an end mark are a document that was cut off."""
    kinds = {block.kind for block in blocks_of([line.text for line in lines], capitals=False)}
    return "body" in kinds or len(kinds & {"length", "byline", "section", "class"}) > 1


def _opens(text: str) -> bool:
    """Say whether a line belongs to a document's head, so that a cover is over before it."""
    if _heading(text.strip() or "-") == "body":
        return True
    known = labelled(text)
    return known is not None and known[1] in ("section", "length", "byline")


def _cover_end(lines: list[DocumentLine]) -> int:
    """Return how many lines before a document of Nexis Uni are the download's cover."""
    head = next((i for i, line in enumerate(lines) if i and _opens(line.text)), len(lines))
    cover = [i for i, line in enumerate(lines[:head]) if _is_cover(line.text)]
    if not cover:
        return 0
    last = cover[-1]
    for at in range(head - 1, max(last, head - _HEAD_LINES), -1):
        text = lines[at].text.strip()
        if text and len(text) < 120 and parse_date(text) and not _ENTRY.match(text):
            break
    else:
        at = last + 1
        while at < len(lines) and (not lines[at].text.strip() or _ENTRY.match(lines[at].text)):
            at += 1
        return min(at, len(lines) - 1)
    seen = 0  # lines above the date: the paper's name and the headline
    gap = False
    begin = at
    for above in range(at - 1, last, -1):
        text = lines[above].text
        if not text.strip():
            gap = True
            continue
        if (gap and seen >= 2) or (_ENTRY.match(text) and "\t" in text):
            break
        gap = False
        begin = above
        seen += 1
    return begin


def read(source: TextSource) -> Iterator[Row]:
    """Yield one record a document; covers and end marks belong to the documents beside them."""
    yield from tile(_Splitter(source).rows())


register(
    Reader(
        "lexisnexis",
        sniff,
        read,
        about='LexisNexis, Nexis Uni (text, DOCX, RTF): "1 of 10 DOCUMENTS", "End of Document"',
    )
)
