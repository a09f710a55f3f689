"""Publication dates as dumps write them, to UTC. No clock: nothing here knows today."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from functools import lru_cache

from dateutil import parser as dateutil_parser

EARLIEST = date(1700, 1, 1)
"""Newspapers older than this are not what dumps hold: an earlier date is a mistake."""

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sep sept",
            "october oct",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}
MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
"""A pattern for a month's name or abbreviation in English, to be compiled ignoring case."""

_HOURS = {
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3,
    "MSK": 3, "EST": -5, "EDT": -4, "ET": -5, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6,
    "PST": -8, "PDT": -7, "JST": 9, "HKT": 8, "SGT": 8, "AEST": 10, "AEDT": 11, "SAST": 2,
    "IST": 5.5,
}  # fmt: skip
_ZONES = {name: timezone(timedelta(hours=hours)) for name, hours in _HOURS.items()}

_ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?\s?(Z|UTC|[+-]\d{2}:?\d{2})?)?"
)
_NO_DATE = re.compile(
    r"(?:1970-01-01|1601-01-01|1899-12-3[01]|1900-01-0[01])[T ]00:00(?!:?\d*[1-9])"
)
"""The first moment of computers' calendars: what they write where they have no date."""
_COMPACT = re.compile(
    r"((?:1[789]|20)\d{2})(\d{2})(\d{2})"
    r"(?:T?(\d{2})(\d{2})(\d{2})?(?:[.,]\d{1,9})?(Z|[+-]\d{2}:?\d{2})?)?"
)
_YEAR_FIRST = re.compile(r"((?:1[789]|20)\d{2})([./])(\d{1,2})\2(\d{1,2})(?!\d)")
_DAY_MONTH = re.compile(
    rf"(\d{{1,2}})(?:st|nd|rd|th)?[\s-]{{1,3}}({MONTH})[\s,-]{{1,3}}(\d{{4}}|'?\d{{2}})"
    r"(?:[\s,]{1,3}(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d{1,6})?)?)?",
    re.I,
)
_MORE_CLOCK = re.compile(r"\s{0,3}(?:[ap]\.?m\b|[A-Z]{1,4}\b|[+-]\d\d)", re.I)
_MONTH_DAY = re.compile(
    rf"({MONTH})\s{{1,3}}(\d{{1,2}})(?:st|nd|rd|th)?(?:,\s{{0,3}}|\s{{1,3}})(\d{{4}})\b", re.I
)
_NUMERIC = re.compile(r"(?<![\d/.-])(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?![\d/.-]?\d)")
_EPOCH = re.compile(r"\d{9,10}(?:\.\d{1,9})?|\d{13}(?:\.\d{1,9})?|\d{16}|\d{19}")
_SPACE = re.compile(r"\s+")
_CJK = re.compile(r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]")
_OTHER_MONTHS = {
    name: english
    for english, names in {
        "January": "januar jänner jan janvier janv enero ene januari gennaio gen janeiro января"
        " stycznia ocak",
        "February": "februar feber februari février fevrier févr fév febrero febbraio fevereiro"
        " fev февраля lutego şubat",
        "March": "märz maerz mär mrz mars marzo maart mrt março marco марта marca mart",
        "April": "april avril avr abril abr aprile апреля kwietnia nisan",
        "May": "mai mayo mei maggio mag maio мая maja maj mayıs",
        "June": "juni jun juin junio giugno giu junho июня czerwca haziran",
        "July": "juli jul juillet juil julio luglio lug julho июля lipca temmuz",
        "August": "august augusti aug août aout agosto ago augustus августа sierpnia ağustos",
        "September": "september septembre sept septiembre setiembre settembre set setembro"
        " сентября września eylül",
        "October": "oktober okt octobre oct octubre ottobre ott outubro out октября"
        " października ekim",
        "November": "november nov novembre noviembre novembro ноября listopada kasım",
        "December": "dezember dez desember december décembre decembre déc diciembre dic dicembre"
        " dezembro декабря grudnia aralık",
    }.items()
    for name in names.split()
}
"""Months in the languages that archives and agencies write their dates in."""
_MONTH_NAMES = dict(enumerate(dict.fromkeys(_OTHER_MONTHS.values()), start=1))
_OTHER = "|".join(sorted(_OTHER_MONTHS, key=len, reverse=True))
_OTHER_DAY_MONTH = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:er|\.|º|°)?\s?(?:de\s|di\s)?({_OTHER})\.?,?\s(?:de\s|del\s)?(\d{{4}})\b",
    re.I,
)
_OTHER_MONTH_DAY = re.compile(rf"\b({_OTHER})\.?\s(\d{{1,2}}),?\s(?:de\s)?(\d{{4}})\b", re.I)
_OTHER_CLOCK = re.compile(r"\b(\d{1,2})\s?h\s?(\d{2})\b")


@dataclass(frozen=True, slots=True)
class When:
    """A publication date: its day as written, and its instant in UTC where a time is given.

    `plausible` is False for a day before 1700 or after the last day that the caller allowed: such
    a date is to be set aside.
    """

    day: date
    instant: datetime | None
    plausible: bool = True


def parse_date(
    text: str | None, *, not_after: date | None = None, day_first: bool = False
) -> When | None:
    """Parse a date with at least year, month and day; None where `text` has none.

    Two-digit years are the latest that is not after `not_after`, else by the POSIX rule (69 to 99
    are 1969 to 1999). A time without a zone is taken as UTC. `3/4/1987` is month first, as in the
    United States, unless that cannot be, or `day_first` is set; `3.4.1987` is day first. What a
    dump means by such dates its other dates may tell (`day_month_order`).
    """
    if not text:
        return None
    plain = _SPACE.sub(" ", text[:200]).strip()
    found = _parse(plain, not_after, day_first)
    if found is None:
        return None
    day, instant = found
    plausible = day >= EARLIEST and (not_after is None or day <= not_after)
    plausible = plausible and not _NO_DATE.match(plain)
    return When(day, instant, plausible)


def day_month_order(text: str | None) -> str | None:
    """Return which comes first in a date such as `3/4/1987`: `day`, `month`, or `either`.

    None where `text` has no such date; a date with dots says for itself that the day comes first.
    """
    match = _NUMERIC.search(text[:200]) if text else None
    if match is None or match[2] == ".":
        return None
    first, second = int(match[1]), int(match[3])
    if first > 12 >= second > 0:
        return "day"
    if second > 12 >= first > 0:
        return "month"
    return "either" if 0 < first <= 12 and 0 < second <= 12 and first != second else None


def full_year(text: str, not_after: date | None) -> int:
    """Return the year that `text`, of two or four digits, means; see `parse_date`."""
    digits = text.lstrip("'")
    year = int(digits)
    if len(digits) > 2:
        return year
    year += 1900 if year >= 69 else 2000
    if not_after is not None:
        while year > not_after.year:
            year -= 100
        while year + 100 <= not_after.year:
            year += 100
    return year


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _at(day: date, hour: str | None, minute: str | None, second: str | None) -> datetime | None:
    if hour is None or minute is None:
        return None
    try:
        return datetime(
            day.year, day.month, day.day, int(hour), int(minute), int(second or 0), tzinfo=UTC
        )
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def _parse(
    text: str, not_after: date | None, day_first: bool
) -> tuple[date, datetime | None] | None:
    if match := _YEAR_FIRST.match(text):
        text = f"{match[1]}-{match[3]}-{match[4]}{text[match.end() :]}"
    match = _ISO.match(text) or _COMPACT.fullmatch(text)
    if match:
        day = _day(int(match[1]), int(match[2]), int(match[3]))
        if day is None:
            return None
        instant = _at(day, match[4], match[5], match[6])
        if match.re is _ISO and match[4] and not match[7] and _MORE_CLOCK.match(text, match.end()):
            instant = _clock(text, day) or instant
        if instant is not None and match[7] and match[7] not in ("Z", "UTC"):
            sign = 1 if match[7][0] == "-" else -1
            digits = match[7][1:].replace(":", "")
            try:
                instant += sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
            except OverflowError:
                return day, None
        return day, instant
    if _EPOCH.fullmatch(text):
        whole = len(text.partition(".")[0])
        seconds = float(text) / 1000 ** max((whole - 10) // 3, 0)
        instant = datetime.fromtimestamp(seconds, UTC)
        return instant.date(), instant
    return _written(text, not_after, day_first)


def _written(
    text: str, not_after: date | None, day_first: bool
) -> tuple[date, datetime | None] | None:
    # RFC 822 first: it is common in feeds, and its zones are numeric or few.
    if "," in text[:5] and ":" in text:
        try:
            parsed = parsedate_to_datetime(text)
            if parsed.tzinfo is not None:
                return parsed.date(), parsed.astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            pass
    match = _DAY_MONTH.search(text)
    if match:
        month = MONTHS[match[2].rstrip(".").lower()]
        day = _day(full_year(match[3], not_after), month, int(match[1]))
        if day is not None:
            plain = _MORE_CLOCK.match(text, match.end()) is None
            at = _at(day, match[4], match[5], match[6]) if plain else None
            return day, at or _clock(text, day)
    match = _MONTH_DAY.search(text)
    if match:
        day = _day(int(match[3]), MONTHS[match[1].rstrip(".").lower()], int(match[2]))
        if day is not None:
            return day, _clock(text, day)
    match = _NUMERIC.search(text)
    if match:
        first, second, year = int(match[1]), int(match[3]), full_year(match[4], not_after)
        european = day_first or match[2] == "."
        order = (
            ((second, first), (first, second)) if european else ((first, second), (second, first))
        )
        for month, day_number in order:
            day = _day(year, month, day_number)
            if day is not None:
                return day, _clock(text, day)
        return None
    match = _ISO.search(text)
    if match and match.start():
        return _parse(text[match.start() :], not_after, day_first)
    english = _in_english(text)
    if english is None or english == text:
        return None
    return _written(english, not_after, day_first)


def _in_english(text: str) -> str | None:
    """Return `text` with its date in English, None where it has none in another language."""
    match = _CJK.search(text)
    if match:
        date = " ".join((match[3], _MONTH_NAMES.get(int(match[2]), "?"), match[1]))
    elif match := _OTHER_DAY_MONTH.search(text):
        date = f"{match[1]} {_OTHER_MONTHS[match[2].lower()]} {match[3]}"
    elif match := _OTHER_MONTH_DAY.search(text):
        date = f"{_OTHER_MONTHS[match[1].lower()]} {match[2]}, {match[3]}"
    else:
        return None
    rest = _OTHER_CLOCK.sub(r"\1:\2", text[match.end() :])
    return f"{text[: match.start()]}{date}{rest}"


def _zone(name: str | None, offset: int | None) -> tzinfo | None:
    """Return the zone of a name or of seconds, None for what is neither."""
    if offset is None or name in _ZONES:
        return _ZONES.get(name or "")
    return timezone(timedelta(seconds=offset)) if abs(offset) < 86_400 else None


def _clock(text: str, day: date) -> datetime | None:
    """Read a time of day beside a date that is known already."""
    if not re.search(r"\d{1,2}:\d{2}|\d\s?[ap]\.?m", text, re.I):
        return None
    midnight = datetime(day.year, day.month, day.day)
    try:
        parsed = dateutil_parser.parse(
            re.sub(r"\b([ap])\.m\.?", r"\1m", text, flags=re.I),
            default=midnight,
            tzinfos=_zone,
            fuzzy=True,
        )
    except (ValueError, OverflowError, TypeError):
        return None
    if parsed.date() != day:
        return None
    if parsed.tzinfo is None:
        return parsed.replace(tzinfo=UTC)
    try:
        return parsed.astimezone(UTC)
    except OverflowError:
        return None


_PATH_DATE = re.compile(r"(?<!\d)((?:1[789]|20)\d{2})([-_/.]?)(\d{2})\2(\d{2})(?!\d)")


def path_date(path: str, *, not_after: date | None = None) -> date | None:
    """Return the last plausible date in a path such as `2024-08-20/a.txt` or `a_20240820.gz`.

    None where the last name with a date has two different ones: it says from when to when.
    """
    found: tuple[date, int] | None = None
    both = False
    for match in _PATH_DATE.finditer(path):
        day = _day(int(match[1]), int(match[3]), int(match[4]))
        if day is not None and day >= EARLIEST and (not_after is None or day <= not_after):
            if found is not None and not _NEXT_NAME.search(path, found[1], match.end()):
                both = both or day != found[0]
            else:
                both = False
            found = (day, match.end())
    return None if found is None or both else found[0]


_NEXT_NAME = re.compile("[/\\\\!]")
