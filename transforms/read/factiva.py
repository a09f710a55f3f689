"""Factiva exports as text: TXT itself, and what its RTF holds.

With indexing ("Full Article/Report plus Indexing") every field has a code of two to four letters
at the start of a line: `HD` headline, `BY` author, `PD` date, `LP` and `TD` the text, `AN` the
number that ends the article. Without, the same fields stand in the same order without codes: a
headline, an author, "513 words", a date, the paper, its code, language and copyright, the text and
"Document ELPO000020070606e3660004h". There is no specification: codes and layouts were learnt from
exports and from public programs that read them. Counts, dates and the summary of the search are
known in the languages that the vendor's pages come in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from transforms.read.dates import parse_date
from transforms.read.lexisnexis import Document
from transforms.read.open_document import DocumentLine, OpenDocument
from transforms.read.pieces import Row, declared, framing, reject, tile
from transforms.read.prose import block_paragraphs, wrap_width
from transforms.read.registry import Reader, register
from transforms.read.text import TextSource

CODES: dict[str, str] = {
    code: kind
    for kind, codes in {
        "title": "HD",
        "byline": "BY",
        "date": "PD",
        "time": "ET",
        "source": "SN",
        "language": "LA",
        "dateline": "DLN",
        "url": "URL UR",
        "text": "LP TD",
        "id": "AN",
        "head": "SE CLM CR WC SC NGC GC ED PG PGE VOL CY CX IS PD1 RST HLP ELA",
        "tail": "ART CT RF CO IN NS RE IPC IPD PUB FDS DJIC DJN NT TRAN PRS DE FC",
    }.items()
    for code in codes.split()
}
"""What a field's code means: `head` goes before the text, `tail` behind it."""
_OPENING = frozenset(["SE", "CLM", "HD"])
_TAIL = frozenset(code for code, kind in CODES.items() if kind in ("tail", "id"))
_CODE = re.compile(rf"[ ]{{0,8}}({'|'.join(sorted(CODES, key=len, reverse=True))})(?![^\s])")
_GAP = re.compile(r"\t|[ \xa0]{2}|\xa0|\s{0,200}$")
ACCESSION = re.compile(r"[A-Za-z0-9]{4,12}(?:19|20)\d{6}[A-Za-z0-9]{4,12}")
"""The number of an article: its paper's code, zeros, its day, and a number in letters."""
_NUMBER = re.compile(r"[A-Za-z][A-Za-z0-9-]{9,39}")
_END = re.compile(rf"\s{{0,40}}[^\W\d_]{{2,12}}[ \t\xa0]{{1,4}}({ACCESSION.pattern})\s{{0,40}}")
_COUNT = re.compile(
    r"\s{0,40}\d{1,3}(?:[.,  ]?\d{3}){0,2}[  ]{0,2}"
    r"(?:words?|mots?|wörter|wort|palabras?|parole|parola|palavras?|слов[аo]?|語|字|個字|个字)"
    r"\s{0,40}",
    re.I,
)
_CLOCK = re.compile(r"\d{1,2}[:.]\d{2}(?::\d{2})?(?:\s?[AaPp]\.?[Mm]\.?)?(?:\s[A-Z]{2,5})?")
_PAPER_CODE = re.compile(r"[A-Z0-9]{2,8}")
_COPYRIGHT = re.compile(r"\s{0,40}(?:\([cC]\)|©|Copyright\b|Copr\.|COPYRIGHT\b|\(Copyright)")
_RIGHTS = re.compile(
    r"All rights reserved|Tous droits réservés|Alle Rechte vorbehalten|Todos los derechos"
    r"|Tutti i diritti|Todos os direitos|Все права|版权所有|版權所有",
    re.I,
)
LANGUAGES: dict[str, str] = {
    name: code
    for code, names in {
        "en": "english englisch anglais inglés inglese inglês английский 英文 英語 英语",
        "de": "german deutsch allemand alemán tedesco alemão немецкий 德文 德语 ドイツ語",
        "fr": "french französisch français francés francese francês французский 法文 法语"
        " フランス語",
        "es": "spanish spanisch espagnol español spagnolo espanhol испанский 西班牙文 西班牙语"
        " スペイン語",
        "it": "italian italienisch italien italiano итальянский 意大利文 意大利语 イタリア語",
        "pt": "portuguese portugiesisch portugais portugués portoghese português португальский"
        " 葡萄牙文 葡萄牙语 ポルトガル語",
        "ru": "russian russisch russe ruso russo русский 俄文 俄语 ロシア語",
        "nl": "dutch niederländisch néerlandais neerlandés holandés olandese holandês нидерландский"
        " 荷兰文 荷蘭文 オランダ語",
        "ja": "japanese japanisch japonais japonés giapponese japonês японский 日文 日语 日本語",
        "zh": "chinese chinesisch chinois chino cinese chinês китайский 中文 中国語",
        "ar": "arabic arabisch arabe árabe arabo арабский 阿拉伯文 アラビア語",
        "ko": "korean koreanisch coréen coreano корейский 韩文 韓文 韓国語",
        "pl": "polish polnisch polonais polaco polacco polonês польский 波兰文 ポーランド語",
        "sv": "swedish schwedisch suédois sueco svedese шведский 瑞典文 スウェーデン語",
        "da": "danish dänisch danois danés danese dinamarquês датский 丹麦文 デンマーク語",
        "no": "norwegian norwegisch norvégien noruego norvegese norueguês норвежский ノルウェー語",
        "fi": "finnish finnisch finnois finlandés finlandese finlandês финский フィンランド語",
        "cs": "czech tschechisch tchèque checo ceco tcheco чешский チェコ語",
        "hu": "hungarian ungarisch hongrois húngaro ungherese венгерский ハンガリー語",
        "tr": "turkish türkisch turc turco турецкий 土耳其文 トルコ語",
        "id": "indonesian bahasa indonesisch indonésien indonesio indonesiano インドネシア語",
    }.items()
    for name in names.split()
}
"""Languages as the vendor's pages call them in the languages that the pages come in."""
_FOOTER = re.compile(
    r"\s{0,40}(?:(?:Page|Seite|Página|Pagina|Страница)\s\d{1,6}\s{1,3}\S{1,4}\s{1,3}\d{1,6}\s{0,9})?"
    r"(?:(?:©|\([cC]\)|&copy;)\s{0,3}(?:19|20)\d{2}\s(?:Factiva|Dow Jones)[^\n]{0,120})?"
)
_FOOTER_HINTS = ("Factiva", "Dow Jones", "Page", "Seite", "Página", "Pagina", "Страница")
_SUMMARY = re.compile(
    r"\s{0,40}(?:Search Summary|Zusammenfassung der Suche|Suchübersicht|Résumé de la recherche"
    r"|Récapitulatif de la recherche|Resumen de (?:la )?búsqueda|Riepilogo ricerca"
    r"|Riepilogo della ricerca|Resumo da (?:pesquisa|busca)|検索の概要|搜索摘要|搜尋摘要)\s{0,40}",
    re.I,
)
_FOUND = re.compile(
    r"\s{0,40}(?:Results Found|Gefundene Ergebnisse|Résultats trouvés|Resultados (?:encontrados)"
    r"|Risultati trovati|検索結果|找到结果|找到結果)[\s:]{0,40}"
    r"(\d{1,3}(?:[.,   ]?\d{3}){0,3})\s{0,40}",
    re.I,
)
_BY = re.compile(r"(?:by|von|par|por|di|door|da)\s\S", re.I)
_NAME = re.compile(
    r"[^\W\d_][\w.'’-]{0,24}"
    r"(?:[,;]?\s(?:(?:and|und|et|y|e|&|in|de|von|van)\s)?[^\W\d_][\w.'’-]{0,24}){1,7}"
)
_COMPANY = re.compile(
    r"\b(?:Ltd|Limited|Inc|Corp|Corporation|Company|Co|LLC|L\.L\.C|plc|GmbH|AG|KG|S\.?A|S\.?p\.?A"
    r"|S\.?L|B\.?V|N\.?V|A/S|AB|Oy|Verlag|Verlagsgesellschaft|Group|Holdings?|Media|Publishing)\b",
    re.I,
)
_ENDED = re.compile(r"[.!?:;…][\"'”’»)\]]{0,3}$")
_MAX_FOUND = 100
"""As many articles as the vendor exports at once."""
_HEAD_LINES = 14
_FURNITURE_CHARS = 400
_TOO_LARGE = "an article over the size limit"


def coded(line: str, *, wide: bool = True) -> tuple[str, str] | None:
    """Return a line's field code and what stands behind it; None for any other line.

    `wide`: a tab, two blanks or the line's end must follow, as they do in exports.
    """
    match = _CODE.match(line)
    if match is None or (wide and not _GAP.match(line, match.end())):
        return None
    return match[1], line[match.end() :].strip()


def total_of(text: str) -> int | None:
    """Return how many articles a line of the search's summary says were found."""
    match = _FOUND.fullmatch(text) if len(text) < 200 else None
    return int(re.sub(r"\D", "", match[1])) if match is not None else None


def stated(found: int, left_out: int = 0) -> Iterator[Row]:
    """Declare what a search found where one export holds it all, less what it did not show."""
    if left_out < found <= _MAX_FOUND:
        yield declared(found - left_out, f"{found} results found")


def filled(document: Document, fields: Sequence[tuple[str, list[str]]]) -> None:
    """Take over fields, each a code and its lines; the first of a kind counts."""
    date = time = None
    for code, lines in fields:
        kind = CODES.get(code)
        value = " ".join(" ".join(lines).split())
        if not value or kind is None:
            continue
        if kind == "title":
            document.title = document.title or value
        elif kind == "byline":
            document.byline = document.byline or value
        elif kind == "source":
            document.source = document.source or value
        elif kind == "language":
            document.language = document.language or language_of(value)
        elif kind == "dateline":
            document.dateline = document.dateline or value
        elif kind == "url":
            document.url = document.url or value
        elif kind == "date":
            date = date or value
        elif kind == "time":
            time = time or value
        elif kind == "id":
            number = re.search(ACCESSION, value[:200])
            document.external_id = document.external_id or (
                number[0] if number is not None else value.split()[-1][:60]
            )
    if date is not None:
        with_time = f"{date} {time}" if time and _CLOCK.fullmatch(time) else date
        document.date_text = with_time if parse_date(with_time) else date


def headed(document: Document, lines: Sequence[str]) -> int:
    """Read what stands between a headline and the text, in the layout without codes.

    `lines` start with the count of words. Returns how many of them are the head.
    """
    at = 1 if lines and _COUNT.fullmatch(lines[0]) else 0
    if at < len(lines) and len(lines[at]) < 60 and parse_date(lines[at]):
        document.date_text = lines[at]
        at += 1
        if at < len(lines) and _CLOCK.fullmatch(lines[at]):
            document.date_text = f"{document.date_text} {lines[at]}"
            at += 1
    if at < len(lines) and len(lines[at]) < 160:
        document.source = lines[at]
        at += 1
    stop = at
    for i in range(at, min(len(lines), at + _HEAD_LINES)):
        line = lines[i]
        if len(line) < 500 and (_COPYRIGHT.match(line) or _RIGHTS.search(line)):
            return i + 1
        if document.language is None and line.casefold() in LANGUAGES:
            document.language = language_of(line)
            stop = i + 1
        elif len(line) > 120 or (document.language is not None and i > stop):
            break
        elif _PAPER_CODE.fullmatch(line) and i == at:
            stop = i + 1
    return stop


def language_of(name: str) -> str:
    """Return the code of a language that a page of the vendor names, else the name."""
    return LANGUAGES.get(name.casefold(), name)


def is_count(line: str) -> bool:
    """Say whether a line says how many words an article has, and nothing else."""
    return len(line) < 100 and _COUNT.fullmatch(line) is not None


def accession_of(line: str) -> str | None:
    """Return the number in a line that ends an article ("Document NYTF0000…"), or None."""
    match = _END.fullmatch(line) if len(line) < 120 else None
    return match[1] if match is not None else None


def sniff(head: str, name: str) -> float:
    """Lines with several of the codes, or counts of words and numbers that end articles."""
    if head.lstrip("\ufeff \t\r\n").startswith(("<", "{", "[")):
        return 0.0
    codes: set[str] = set()
    counts = ends = 0
    for line in head.splitlines()[:4000]:
        if (field := coded(line, wide=False)) is not None:
            codes.add(field[0])
        elif is_count(line):
            counts += 1
        elif accession_of(line) is not None:
            ends += 1
    if "HD" in codes and len(codes & {"WC", "PD", "SN", "SC", "LA", "LP", "TD", "AN"}) > 2:
        return 0.96
    return 0.95 if counts and ends else 0.0


class _Splitter:
    """Cuts the lines of a dump into articles and what stands between them."""

    def __init__(self, source: TextSource) -> None:
        self._source = source
        self._open = OpenDocument(source.max_record)
        self._wide: bool | None = None  # codes are set off by more than a blank
        self._inside = False  # the open article has reached its text
        self._numbered = False  # the last line was the code of the number, alone

    def rows(self) -> Iterator[Row]:
        """Yield records, rejects and framing in order."""
        for line in self._source.lines():
            if line.text is None:
                self._open.lose(line.start, line.end)
                continue
            text = line.text.rstrip("\r\n")
            here = DocumentLine(line.start, line.start + len(text.rstrip()), text)
            if not text.strip():
                if self._open.lines and self._open.lines[-1].text.strip():
                    self._open.add(here)
                continue
            field = self._field(text)
            if field is not None and field[0] in _OPENING and self._inside:
                yield from self._close()  # the number of the article above was lost
            if self._ends(text, field):
                self._open.add(here)
                yield from self._close(ended=True)
                continue
            if field is not None and CODES[field[0]] == "text":
                self._inside = True
            self._numbered = field is not None and field == ("AN", "")
            self._open.add(here)
        yield from self._close()

    def _field(self, text: str) -> tuple[str, str] | None:
        """Return a line's code and value; the first headline shows how codes are set off."""
        if self._wide is None:
            field = coded(text, wide=False)
            if field is not None and field[0] in ("HD", "PD", "WC", "SN"):
                self._wide = coded(text) is not None
            return field
        return coded(text, wide=self._wide)

    def _ends(self, text: str, field: tuple[str, str] | None) -> bool:
        if accession_of(text) is not None:
            return True
        if self._numbered:
            return _NUMBER.fullmatch(text.strip()) is not None
        if field is None or field[0] != "AN" or not field[1]:
            return False
        number = field[1].split()
        return len(number) < 3 and _NUMBER.fullmatch(number[-1]) is not None

    def _close(self, *, ended: bool = False) -> Iterator[Row]:
        lines, lost = self._open.take()
        self._inside = self._numbered = False
        if lost is not None:
            yield reject(*lost, "too_large", _TOO_LARGE)
            return
        begin, above = _above(lines)
        yield from above
        lines = lines[begin:]
        while lines and not lines[-1].text.strip():
            lines.pop()
        if not lines:
            return
        texts = [line.text for line in lines]
        excerpt = "\n".join(texts)[:500]
        document, at = self._document(texts)
        if at and document is not None:
            yield from _loose(lines[:at])
        start, end = lines[at].start, lines[-1].end
        if document is not None:
            yield document.row(start, end, excerpt)
        elif ended:
            yield reject(start, end, "no_text", "an article's number without an article", excerpt)
        else:
            yield from _loose(lines)

    def _document(self, texts: list[str]) -> tuple[Document | None, int]:
        """Take an article apart; return it and at which line it starts."""
        wide = self._wide is not False
        first = next((i for i, text in enumerate(texts) if _opens(text, wide)), None)
        if first is not None:
            return _coded(texts[first:], wide), first
        counted = next((i for i, text in enumerate(texts) if is_count(text)), None)
        if counted is None:
            return None, 0
        return _displayed(texts, counted)


def _opens(text: str, wide: bool) -> bool:
    field = coded(text, wide=wide)
    return field is not None and (field[0] in _OPENING or CODES[field[0]] == "text")


def _above(lines: list[DocumentLine]) -> tuple[int, list[Row]]:
    """Return how many lines are no article: blanks, footers, the summary of a search; and rows."""
    begin = 0
    found: list[Row] = []
    until = -1  # the summary's last line
    for i, line in enumerate(lines):
        text = line.text
        if _SUMMARY.fullmatch(text) and len(text) < 200:
            until = _summary_end(lines, i)
        elif i > until and text.strip() and not _is_footer(text):
            break
        if i <= until and (total := total_of(text)) is not None:
            found += stated(total)
        if text.strip():
            begin = i + 1
    if begin:
        inked = next(line for line in lines if line.text.strip())
        found.append(framing(inked.start, lines[begin - 1].end))
    while begin < len(lines) and not lines[begin].text.strip():
        begin += 1
    return begin, found


def _summary_end(lines: list[DocumentLine], start: int) -> int:
    """Return the index of the last line of a search's summary."""
    stop = start
    for i in range(start + 1, min(len(lines), start + 60)):
        text = lines[i].text
        if total_of(text) is not None:
            stop = i
            following = [j for j in range(i + 1, min(len(lines), i + 4)) if lines[j].text.strip()]
            if following and len(lines[following[0]].text) < 80:
                stop = following[0] if parse_date(lines[following[0]].text) else i
            break
    return stop


def _is_footer(text: str) -> bool:
    if len(text) > 300 or not any(hint in text for hint in _FOOTER_HINTS):
        return False
    return bool(text.strip()) and _FOOTER.fullmatch(text) is not None


def _loose(lines: list[DocumentLine]) -> Iterator[Row]:
    """What is in no article: page furniture, or something else's text."""
    inked = [line for line in lines if line.text.strip()]
    if not inked:
        return
    start, end = inked[0].start, inked[-1].end
    if sum(len(line.text) for line in inked) <= _FURNITURE_CHARS:
        yield framing(start, end)
    else:
        excerpt = "\n".join(line.text for line in inked[:10])
        yield reject(start, end, "not_article", "text that is in no article", excerpt)


def _coded(texts: Sequence[str], wide: bool) -> Document:
    """An article whose fields have codes."""
    fields: list[tuple[str, list[str]]] = []
    stage = "head"
    for text in texts:
        if _is_footer(text):
            continue
        field = coded(text, wide=wide)
        if field is not None and _is_next(field, stage, wide):
            kind = CODES[field[0]]
            if kind in ("text", "tail", "id"):
                stage = "text" if kind == "text" else "tail"
            fields.append((field[0], [field[1]]))
        elif fields:
            fields[-1][1].append(text)
    document = Document()
    filled(document, fields)
    body = [line for code, lines in fields if CODES[code] == "text" for line in ["", *lines]]
    document.paragraphs = paragraphs_of(body)
    return document


def _is_next(field: tuple[str, str], stage: str, wide: bool) -> bool:
    """Say whether a code can follow: text that starts like one stays text."""
    code, value = field
    if stage == "head":
        return True
    if code in ("LP", "TD"):
        return stage == "text"
    if code not in _TAIL:
        return False
    return wide or stage == "tail" or code == "AN" or " : " in value or " | " in value


def paragraphs_of(texts: Sequence[str]) -> list[str]:
    """Return the paragraphs of a text's lines, which may have been cut at a column."""
    lines: list[tuple[str, int]] = []
    blanks = 0
    for text in texts:
        if text.strip():
            lines.append((text.rstrip(), blanks))
            blanks = 0
        else:
            blanks += 1
    inner = [len(text) - len(text.lstrip()) for text, gap in lines if not gap]
    indent = min(inner, default=0)
    lines = [(text[indent:] if text[:indent].isspace() else text, gap) for text, gap in lines]
    lengths = [len(text) for text, _ in lines]
    width = wrap_width(lengths)
    wrapped = not all(_ENDED.search(text) for text, _ in lines)
    if width is None and wrapped and 40 <= max(lengths) <= 82:
        width = max(lengths)
    if width is None:
        return [" ".join(text.split()) for text, _ in lines]
    return block_paragraphs(lines, width)


def _displayed(texts: list[str], counted: int) -> tuple[Document, int]:
    """An article in the layout without codes; `counted` is the line that counts its words."""
    document = Document()
    above = [i for i in range(counted) if texts[i].strip() and not _is_footer(texts[i])]
    begin = _titled(document, texts, above)
    below = [i for i in range(counted, len(texts)) if texts[i].strip()]
    if (number := accession_of(texts[below[-1]])) is not None:
        document.external_id = number
        below.pop()
    head = [" ".join(texts[i].split()) for i in below]
    stop = headed(document, head)
    if stop < len(below):
        body = texts[below[stop] : below[-1] + 1]
        document.paragraphs = paragraphs_of([text for text in body if not _is_footer(text)])
    if len(document.paragraphs) > 1:
        rights = head[stop - 1] if stop and _COPYRIGHT.match(head[stop - 1]) else ""
        if _is_publisher(document.paragraphs[-1], rights):
            document.paragraphs.pop()
    return document, begin


def _titled(document: Document, texts: list[str], above: list[int]) -> int:
    """Tell a section, a headline and an author apart; return the first line of the three."""
    if not above:
        return 0
    used = above[-4:] if len(above) > 6 else above
    lines = [" ".join(texts[i].split()) for i in used]
    if len(lines) > 1 and _is_author(lines[-1], lines[-2]):
        document.byline = lines.pop()
    while len(lines) > 1 and len(lines[-2]) > 50 and not _ENDED.search(lines[-2]):
        lines[-2:] = [f"{lines[-2]} {lines[-1]}"]
    document.title = lines[-1]
    return used[0] if len(above) > 6 else 0


def _is_author(line: str, above: str) -> bool:
    if len(line) > 120:
        return False
    if _BY.match(line):
        return True
    words = line.split()
    name = len(line) <= 60 and _NAME.fullmatch(line) is not None
    small = any(word[0].islower() and len(word) > 3 for word in words)
    return name and not small and len(above) > len(line)


def _is_publisher(line: str, rights: str) -> bool:
    """Say whether the last line of an article only says whose it is."""
    if len(line) > 100 or len(line.split()) > 12:
        return False
    if _COMPANY.search(line) and not re.search(r"[a-z]{3}[.!?]$", line):
        return True
    return not _ENDED.search(line) and line.casefold() in rights.casefold()


def read(source: TextSource) -> Iterator[Row]:
    """Yield one record an article; what stands between articles belongs to the next."""
    yield from tile(_Splitter(source).rows())


register(
    Reader(
        "factiva-txt",
        sniff,
        read,
        about="Factiva exports as text or RTF, with field codes (HD, BY, WC, PD …) or without",
    )
)
