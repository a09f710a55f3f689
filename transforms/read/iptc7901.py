"""Wire text between control characters: IPTC 7901 and ANPA 1312, one or many messages a file.

Formats: IPTC, "IPTC 7901: The Text Transmission Format"; ANPA, "Wire Service Transmission
Guidelines 84-2" (ANPA 1312). Both frame a message alike: SOH, a header with service, number,
priority, category and slug, STX, the text, ETX, when it was sent, EOT. Every message is an article;
that leads, adds and write-throughs tell one story is found where copies are. Messages to editors
(kills, advisories) are no articles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from transforms.read.iptc import Story, finished, name_of, squeeze
from transforms.read.pieces import Row, framing, reject, tile
from transforms.read.prose import paragraphs, wrap_width
from transforms.read.registry import Reader, register
from transforms.read.text import TextSource

_SIGNS = {"SOH": "\x01", "STX": "\x02", "ETX": "\x03", "EOT": "\x04"}
_SOH, _STX, _ETX, _EOT = (
    f"(?:{sign}|{chr(0x2400 + ord(sign))}|<{name}>)" for name, sign in _SIGNS.items()
)
"""A control character as such, as its picture in Unicode, or as its name."""
_START = re.compile(rf"[\s\x00\x16\x0c\x7f\u2416]{{0,200}}{_SOH}.{{3,600}}?{_STX}", re.S)
_EDGE = re.compile(f"({_SOH})|{_EOT}")
_PARTS = re.compile(rf"{_SOH}(.{{0,2000}}?){_STX}(.*?){_ETX}(.*)", re.S)
_NOTHING = re.compile(r"[\s\x00-\x1f\x7f\u2400-\u241f]*")
_LONGEST_SIGN = 5

_HEADER = re.compile(
    r"\s{0,20}([A-Za-z]{1,6}\d{1,6})[ \t]{1,9}\d[ \t]{1,9}[a-z]{1,3}[ \t]{1,9}\d{1,5}\b"
    r"([^\r\n]{0,80})"
)
_ANPA_HEADER = re.compile(r"\s{0,20}([A-Za-z]\d{3,5})\b")
_VERSION = re.compile(r"[\x11-\x14][ \t]{0,9}([^\r\n]{1,80})")
_AGENCY = re.compile(r"([A-Za-z]{2,8})(?:-[a-z]{2,8})?[ \t]{1,4}\d{1,6}\s{0,4}$")
_SENT = re.compile(
    r"\s{0,200}(\d{2})(\d{2})(\d{2})\s{1,4}(?:GMT\s{1,4}|UTC\s{1,4})?([A-Za-zä]{3,4})\s{1,4}(\d{2})\b"
)
_ANPA_SENT = re.compile(
    r"\s{0,200}([A-Z]{2,5})-[A-Z]{2}-(\d{2})-(\d{2})-(\d{2})\s{1,4}(\d{2})(\d{2})(?:GMT)?"
)
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan", "feb", "mar mär mae", "apr", "may mai", "jun", "jul", "aug", "sep", "oct okt",
         "nov", "dec dez"), start=1,
    )
    for name in names.split()
}  # fmt: skip

_TO_EDITORS = re.compile(
    r"(?:^|[\W_])(?:mandatory |bulletin )?(?:kill|killed|elimination|withhold|withdrawn|advisory"
    r"|impressum|daybook|testing)(?:$|[\W_])",
    re.I,
)
_NOTES = re.compile(
    r"\(?(?:Eds?\b|Editors?\b|EDITOR'?S'? NOTE|AP (?:Photo|Video|Graphic|Audio)|With AP"
    r"|\*\d{3,5}$)",
    re.I,
)
_COUNTED = re.compile(r",\s?\d{2,5}$")
_OFFICE = re.compile(
    r"(?:writer|press|correspondent|editor|reporter|service|news|analyst|columnist|AP|dpa)\b", re.I
)
_BY = re.compile(r"By [A-Z]|By dpa|BY [A-Z]")
_DATELINE = re.compile(
    r"((?:[A-ZÀ-Þ][^()\n]{1,60} )\((?:[A-Za-z]{2,6}/){0,2}[A-Za-z]{2,6}\)) (?:--?|–|—|_) (?=\S)"
)
_RULE = re.compile(r"[\W_]*|END")
_BEHIND = re.compile(r"#{1,3} |(?:\* ){3}\*|\*\*\*\*")
_FLAG = re.compile(r"[A-Z0-9 /-]{2,24}|\([^()]{2,30}\)")
_BLANK_LINE = re.compile(r"\n[ \t]{0,1000}\n")
_GAP = re.compile(r"\S[ \t]{3,}\S")
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_BLANK_TAB = re.compile(r"[\t ]{2,}")


def sniff(head: str, name: str) -> float:
    """A start of a header, and behind it the start of a text."""
    return 0.97 if _START.match(head) else 0.0


def read(source: TextSource) -> Iterator[Row]:
    """Yield one record or reject a message."""
    yield from tile(row for row in _messages(source) if row["char_end"] > row["char_start"])


def _messages(source: TextSource) -> Iterator[Row]:
    """Cut a text at its frames; what stands between two messages is framing if it is no text."""
    buffer = ""
    offset = 0  # of the buffer's first character
    begin = at = 0  # in the buffer: where the open piece starts, where the scan goes on
    inside = lost = False

    def cut(stop: int) -> Iterator[Row]:
        nonlocal begin, at, lost
        if stop > begin:
            text = None if lost else buffer[begin:stop]
            yield _piece(text, offset + begin, offset + stop, inside)
        begin, at, lost = stop, max(at, stop), False

    for chunk in source.chunks():
        buffer += chunk
        while (found := _EDGE.search(buffer, at)) is not None:
            if found[1]:
                yield from cut(found.start())
                inside = True
            elif inside:
                yield from cut(found.end())
                inside = False
            at = found.end()
        at = max(at, len(buffer) - _LONGEST_SIGN)
        if at - begin > source.max_record:
            yield reject(offset + begin, offset + at, "too_large", "a message over the size limit")
            begin, lost = at, True
        buffer, offset, begin, at = buffer[begin:], offset + begin, 0, at - begin
    yield from cut(len(buffer))


def _piece(text: str | None, start: int, end: int, inside: bool) -> Row:
    if text is None:
        return reject(start, end, "too_large", "the rest of a message over the size limit")
    if not inside:
        if _NOTHING.fullmatch(text):
            return framing(start, end)
        return reject(start, end, "bad_record", "text that no message holds", text)
    parts = _PARTS.match(text)
    if parts is None:
        if _NOTHING.fullmatch(text):
            return framing(start, end)
        return reject(start, end, "bad_record", "a message without its end", text)
    header, body, behind = parts.groups()
    anpa = _HEADER.match(header) is None
    story = _anpa(header, body) if anpa else _iptc(header, body)
    _placed(story)
    story.dates = [_sent(behind, story)]
    slug = _slug(header)
    if any(_TO_EDITORS.search(one) for one in (slug, story.status or "")):
        return reject(start, end, "not_article", f"to editors: {story.status or slug}"[:200], text)
    story.status = None
    story.title = story.title or slug or None
    return finished(story, start, end, text)


def _slug(header: str) -> str:
    """Return the keywords of a header: behind its control characters, or its last line."""
    version = _VERSION.search(header)
    lines = [line for line in re.split(r"[\r\n]+", header) if line.strip()]
    words = version[1] if version else (lines[-1] if len(lines) > 1 else "")
    return " ".join(_ODD.sub(" ", words).split()).strip(" /")


def _sent(behind: str, story: Story) -> str | None:
    """Return when a message was sent, ISO 8601; sets the agency where the trailer names it."""
    found = _SENT.match(behind)
    if found:
        day, hour, minute, name, year = found.groups()
        month = _MONTHS.get(name[:3].lower())
        return _stamp(year, month, day, hour, minute) if month else None
    found = _ANPA_SENT.match(behind)
    if found:
        agency, month_, day, year, hour, minute = found.groups()
        story.source = story.source or agency
        return _stamp(year, int(month_), day, hour, minute)
    return None


def _stamp(year: str, month: int, day: str, hour: str, minute: str) -> str:
    century = 19 if int(year) >= 70 else 20
    return f"{century}{year}-{month:02d}-{day}T{hour}:{minute}:00Z"


def _iptc(header: str, body: str) -> Story:
    """Read a text whose headline ends in ` =` and whose paragraphs stand apart."""
    story = Story()
    found = _HEADER.match(header)
    assert found is not None
    story.external_id = found[1]
    agency = _AGENCY.search(found[2])
    story.source = agency[1] if agency else None
    lines = [_ODD.sub("", line).rstrip() for line in re.split(r"\r\n|\r|\n", body)]
    while lines and not lines[0].strip():
        del lines[0]
    head: list[str] = []
    closed = next((n for n, line in enumerate(lines[:10]) if line.endswith("=")), None)
    stop = closed + 1 if closed is not None else 1
    for line in lines[:stop]:
        text = line.strip(" =")
        if not text:
            continue
        if _BY.match(text) and head:
            story.byline = _writer(text)
        elif _FLAG.fullmatch(text) and line != lines[stop - 1]:
            story.status = f"{story.status or ''} {text}".strip()
        else:
            head.append(text)
    story.title = " ".join(head) or None
    story.lines = _wrapped(lines[stop:])
    return story


def _wrapped(lines: list[str]) -> list[str]:
    """Return paragraphs, up to what is not for publication."""
    kept: list[str] = []
    for line in lines:
        if _BEHIND.match(line.strip()):
            break
        kept.append(line)
    found: list[list[str]] = []
    for block in _BLANK_LINE.split("\n".join(kept)):
        lines = [line for line in block.split("\n") if line.strip()]
        gaps = sum(1 for line in lines if _GAP.search(line))
        drawn = 2 * gaps >= max(len(lines), 2)  # a table
        for number, line in enumerate(lines):
            words = " ".join(line.split())
            if drawn or not number or line.startswith(("- ", "* ", "   ")):
                found.append([words])
            else:
                found[-1].append(words)
    joined = (" ".join(parts) for parts in found)
    return [line for line in joined if not _RULE.fullmatch(line)]


def _anpa(header: str, body: str) -> Story:
    """Read a text whose headings start with `^` and end in `<` or `=`; a paragraph is a line."""
    story = Story()
    number = _ANPA_HEADER.match(header)
    story.external_id = number[1] if number else None
    lines = [line for line in re.split(r"\r\n|\r|\n", body) if line.strip()]
    head: list[str] = []
    at = 0
    while at < len(lines) and lines[at].lstrip(" ").startswith("^"):
        head += [part for part in re.split(r"<\s{0,9}\^", lines[at]) if part.strip(" ^<=")]
        at += 1
    rest = lines[at:]
    if not rest:  # a list of headlines
        head, rest = head[:2], head[2:]
    first = True
    extra: list[str] = []
    for line in head:
        closing = line.rstrip()[-1:]
        text = _words(line)
        if _NOTES.match(text):
            continue
        if first:
            story.status = text  # the slug, which says what a message is
            first = False
        elif _BY.match(text) and closing == "=":
            story.byline = _writer(text) or story.byline
        elif closing == "=" and _OFFICE.search(text) and len(text) < 60:
            continue
        elif story.title is None:
            story.title = text
        else:
            extra.append(text)
    slug = _COUNTED.sub("", story.status or "").strip(" ,")
    story.title = story.title or slug or None
    story.status = slug or None
    found = [text for line in rest if not _RULE.fullmatch(text := _words(line))]
    whole = squeeze(" ".join(found[:3]))
    extra = [line for line in extra if squeeze(line)[:100] not in whole]
    story.lines = [*extra, *_joined(found, rest)]
    return story


def _writer(text: str) -> str | None:
    """Return who a byline names, None where it is an agency."""
    name = name_of(text)
    plain = squeeze(text)
    return None if name is None or "associatedpress" in plain or len(name) < 4 else name


def _placed(story: Story) -> None:
    """Take the dateline out of the first paragraph that has one."""
    for at, line in enumerate(story.lines[:3]):
        found = _DATELINE.match(line)
        if found and story.dateline is None:
            story.dateline = found[1]
            story.lines[at] = line[found.end() :]


def _words(line: str) -> str:
    """Return a line's words: `` and '' are quotation marks, a lone _ is a dash."""
    text = _BLANK_TAB.sub(" ", _ODD.sub(" ", line)).strip().lstrip("^").rstrip("<= ")
    text = text.replace("``", '"').replace("''", '"').replace(" _ ", " -- ")
    return " ".join(text.split())


def _joined(found: list[str], lines: list[str]) -> list[str]:
    """Return paragraphs: one a line, but for lines that were wrapped at a column."""
    if any(len(line) > 132 for line in lines):
        return found
    inks = [_ODD.sub(" ", line).rstrip("<= \r").expandtabs(3) for line in lines]
    flush = sum(1 for line in inks if not line[:1].isspace() and not line.startswith("^"))
    if 2 * flush < len(inks):
        return found
    width = wrap_width([len(line) for line in inks])
    return [_words(line) for line in paragraphs(inks, width) if not _RULE.fullmatch(_words(line))]


register(
    Reader(
        "iptc7901", sniff, read,
        about="wire messages between control characters: IPTC 7901 and ANPA 1312 (AP, dpa)",
    )
)  # fmt: skip
