"""A story's lines to headline, byline, dateline and body."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from transforms.read.dates import MONTH, MONTHS, full_year

_BYLINE = re.compile(
    r"(?:by|from|reporting by|story by|text by|written by)[ :]{1,3}[A-Z][^\d!?;:]{2,100}\Z", re.I
)
_LOWER_WORDS = re.compile(r"\b[a-z]{2,}")
_NAME_PARTICLES_TEXT = """
and for in of the de da di du la le van von der den bin al el at with staff writer correspondent
reporter editor political business sports special to
"""
_NAME_PARTICLES = frozenset(_NAME_PARTICLES_TEXT.split())
_LONGEST_DATELINE = 240
_DASH = r"(?:--?|[–—]|―)"
_DATELINE = re.compile(
    r"(?P<place>[A-ZÀ-Þ][A-Za-zÀ-ÿ.'’/ -]{1,40}(?: \([A-Z][A-Za-zÀ-ÿ.'’ -]{1,30}\))?"
    r"(?:, [A-Z][A-Za-zÀ-ÿ.'’ -]{1,30}){0,3}?)"
    r"(?P<when>"
    rf",? {{1,2}}(?P<d1>\d{{1,2}}) (?P<m1>{MONTH})(?: (?P<y1>\d{{2,4}}))?"
    rf"|,? {{1,2}}(?P<m2>{MONTH}) (?P<d2>\d{{1,2}})(?:,? (?P<y2>\d{{4}}))?"
    r")?"
    r"(?P<agency>,? {1,2}[\[(][A-Za-z][A-Za-z0-9 .,'’/&-]{1,60}\)"
    r"(?: \([A-Za-z0-9 .,'’/&-]{2,60}\)){0,2}|,? (?:AP|UPI|AFP|Reuters|Xinhua))?"
    rf" {{0,2}}(?:{_DASH} {{0,2}}(?=\S)|(?P<alone>\Z))",
    re.I,
)
_DASHES = re.compile(r"[-–—―]")
_AGENCY = re.compile(
    r"[(\[](?=[^)\]]{0,60}[A-Za-z]{2})([A-Za-z][A-Za-z0-9 .,'’/&-]{1,60})[)\]]\Z"
    r"|\b(AP|UPI|AFP|Reuters|Xinhua)\Z"
)
_TEXT_MARK = re.compile(r"(?:\[[^\[\]\n]{2,90}\] {0,2}){0,6}\[TEXT\] {0,2}")
_META = re.compile(
    r"(?:(?:last )?(?:updated|posted|published|modified|first published|released)\b"
    rf"|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b,? {{0,2}}{MONTH}"
    rf"|{MONTH} \d{{1,2}},? \d{{4}}|\d{{1,2}} {MONTH},? \d{{4}}|\d{{1,2}}/\d{{1,2}}/\d{{2,4}}"
    r"|\d{4}-\d\d-\d\d)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Dateline:
    """The place, date and agency at the head of a story; `year` may be missing."""

    text: str
    place: str
    year: int | None
    month: int | None
    day: int | None
    length: int

    def on(self, reference: date | None) -> date | None:
        """Return its day; a missing year is that of the latest such day by `reference`."""
        if self.month is None or self.day is None:
            return None
        if self.year is not None:
            return _safe(self.year, self.month, self.day)
        if reference is None:
            return None
        # A dateline may be a day or two ahead of a stated publication date.
        for year in (reference.year + 1, reference.year, reference.year - 1):
            day = _safe(year, self.month, self.day)
            if day is not None and (day - reference).days <= 3:
                return day
        return None


def _safe(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def find_dateline(text: str, *, not_after: date | None = None) -> Dateline | None:
    """Read the dateline at the start of `text`: it needs capitals, a date or an agency."""
    if len(text) > _LONGEST_DATELINE and not _DASHES.search(text, 0, _LONGEST_DATELINE):
        return None  # most paragraphs, and trying them costs much more
    match = _DATELINE.match(text[:260])
    if match is None:
        return None
    place = match["place"].strip(" ,")
    city = place.split(",")[0]
    letters = [c for c in city if c.isalpha()]
    if len(letters) < 3 or len(place.split()) > 9:
        return None
    dated = match["when"] is not None
    if match["alone"] is not None and not (dated and "," in match.group()):
        return None  # a line of its own is a dateline only if it has place and date
    if not (dated or match["agency"] or city == city.upper()):
        return None
    if not dated and not match["agency"] and len(city.split()) > 4:
        return None
    if any(word[:1].islower() and len(word) > 4 for word in city.split()):
        return None
    month_name = match["m1"] or match["m2"]
    day = match["d1"] or match["d2"]
    year = match["y1"] or match["y2"]
    return Dateline(
        text=re.sub(rf"\s*{_DASH}\s*\Z", "", match.group()).strip(),
        place=place,
        year=full_year(year, not_after) if year and len(year) in (2, 4) else None,
        month=MONTHS[month_name.rstrip(".").lower()] if month_name else None,
        day=int(day) if day else None,
        length=match.end(),
    )


def agency_of(dateline: str | None) -> str | None:
    """Return the agency that a dateline names behind its place and date, None where none is."""
    match = _AGENCY.search(dateline.rstrip(" -–—")) if dateline else None
    return (match[1] or match[2]).strip() if match else None


def is_byline(text: str) -> bool:
    """Say whether a line is `By` and names."""
    if len(text) > 120 or not _BYLINE.match(text):
        return False
    words = _LOWER_WORDS.findall(text[2:])
    return text.isupper() or all(word in _NAME_PARTICLES for word in words)


def is_date_line(text: str) -> bool:
    """Say whether a line is about when the story was published, and nothing else."""
    return len(text) <= 90 and bool(_META.match(text)) and not text.rstrip().endswith((".", "?"))


@dataclass(frozen=True, slots=True)
class Parts:
    """A story taken apart; `when` is the text of a line that gives its date."""

    title: str | None
    byline: str | None
    dateline: Dateline | None
    when: str | None
    body: str


def take_apart(
    lead_in: Sequence[str],
    headline: str | None,
    paragraphs: Sequence[str],
    *,
    not_after: date | None = None,
) -> Parts:
    """Split a story: `lead_in` are lines before its headline, `paragraphs` what follows it.

    Byline and date lines are taken from the lead-in and from the first four paragraphs. Whatever
    of the lead-in is neither stays out of the body; the article's span still holds it.
    """
    byline: str | None = None
    when: str | None = None
    for text in lead_in:
        if byline is None and is_byline(text):
            byline = text
        elif when is None and is_date_line(text):
            when = text
    rest = list(paragraphs)
    position = 0
    while position < min(len(rest), 4):
        text = rest[position]
        if byline is None and is_byline(text):
            byline = text
        elif when is None and is_date_line(text):
            when = text
        elif len(text) > 140 or text.endswith((".", "?", "!", ".”", '."')):
            break
        else:
            position += 1
            continue
        del rest[position]
    dateline: Dateline | None = None
    for position, text in enumerate(rest[:3]):
        dateline = find_dateline(text, not_after=not_after)
        if dateline is not None:
            rest[position] = text[dateline.length :]
            rest[position] = _TEXT_MARK.sub("", rest[position], count=1).strip()
            break
    body = "\n".join(text for text in rest if text)
    return Parts(headline, byline, dateline, when, body)
