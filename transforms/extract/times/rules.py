"""The grammar: patterns over token classes, and what each makes of the words it matched.

A pattern is a regular expression whose atoms are class names (capitals, see `lexicon`) or literal
words (lower case), written apart by spaces; `NAME:label` captures. Every repeat is bounded, so a
match costs the same on any text. Values follow TIMEX3 (Pustejovsky et al., ISO-TimeML, ISO
24617-1); what counts as an expression and how far it extends follows the TimeML annotation
guidelines 1.2.1 (Saurí et al. 2006).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from transforms.extract.model import TimexType
from transforms.extract.times import lexicon, values

Lean = Literal["past", "future", "none"]
Result = tuple[TimexType, str] | None


@dataclass(slots=True)
class Context:
    """What an expression is resolved against, at the point of the text where it stands.

    `anchor` is the publication date; `reference` the last date that the text spoke of; `lean`
    says whether the clause speaks of the past or the future; `year` is the year of a narrative
    that is not that of publication, or `None`; `before` and `after` are the words beside it.
    """

    anchor: date | None
    reference: date | None
    lean: Callable[[], Lean]
    year: int | None = None
    before: str = ""
    after: str = ""


@dataclass(slots=True)
class Match:
    """Lower-case tokens of a match, by label of the pattern; `words` are all of them."""

    words: list[str]
    raw: str
    labels: dict[str, list[str]] = field(default_factory=dict)

    def get(self, label: str) -> str:
        """The words a label captured, joined by a space; empty where it captured none."""
        return " ".join(self.labels.get(label, ()))


Builder = Callable[[Match, Context], Result]
RULES: list[tuple[str, str, Builder]] = []

# Part that several patterns share: a count of things.
NUM = (
    "(?P<n>DIGITS (?: [.] DIGITS)? (?:SCALE)?|TENS DASH? ONES|WORDNUM SCALE?|A SCALE|WORDNUM"
    "|A VAGUE|A couple of?|couple of|A good many|VAGUE|A|half A|DIGITS|WORDNUM and A half|dozens of"
    "|scores of|hundreds of|thousands of)"
)
MACROS = {"@num": NUM, "@low": NUM.replace("<n>", "<low>")}


def rule(pattern: str) -> Callable[[Builder], Builder]:
    """Register what `pattern` means. Of rules that match at a place the longest match wins."""

    def register(builder: Builder) -> Builder:
        RULES.append((builder.__name__, pattern, builder))
        return builder

    return register


def number(words: list[str]) -> float | None:
    """What a count of things says: `None` for "several" and the like.

    >>> number(["twenty", "-", "one"]), number(["2", ".", "5"]), number(["several"])
    (21.0, 2.5, None)
    """
    words = [w for w in words if w not in ("-", "–", "‑", "of")]
    if not words:
        return None
    if len(words) > 3 and words[-3] == "and" and words[-1] == "half":
        whole = number(words[:-3])
        return None if whole is None else whole + 0.5
    if words in (["half", "a"], ["half", "an"]):
        return 0.5
    if words[-1] == "couple":
        return 2.0
    total = 0.0
    for i, word in enumerate(words):
        if word[0].isdigit():
            if i >= 2 and words[i - 1] == ".":
                total += int(word[:6]) / 10 ** len(word[:6])
            else:
                total += int(word.replace(",", "")[:12])
        elif word in lexicon.NUMBER_WORDS:
            total += lexicon.NUMBER_WORDS[word]
        elif word in ("a", "an"):
            total += 1
        elif word == "dozen":
            total *= 12
        elif word == "hundred":
            total *= 100
        elif word == "thousand":
            total *= 1000
        elif word != ".":
            return None
    return total


# ISO 8601 counts no longer unit than the year.
_YEARS = {"DE": 10, "CE": 100, "ML": 1000}


def period(count: float | None, unit: str) -> str:
    """A TIMEX3 duration: `period(2, "Y")` is `P2Y`, an unknown count is `X`."""
    if unit == "F":
        unit, count = "W", None if count is None else count * 2
    if unit == "MO":
        unit = "M"
        text = _plain(count)
        return f"P{text}M"
    text = _plain(count)
    if unit in ("H", "M", "S"):
        return f"PT{text}{unit}"
    if unit == "N":
        return f"P{text}NI"
    if unit in _YEARS:
        return f"P{_plain(None if count is None else count * _YEARS[unit])}Y"
    return f"P{text}{unit}"


def _plain(count: float | None) -> str:
    if count is None:
        return "X"
    return f"{count:g}" if count < 1e6 else f"{count:.0f}"


def unit_of(word: str) -> str:
    """The code of a unit's name, singular, plural or short."""
    return lexicon.UNITS.get(word) or lexicon.PLURALS.get(word) or lexicon.SHORT_UNITS[word]


def full_year(text: str, context: Context) -> int:
    """A year of four digits, or of two in the century that lies nearest to publication."""
    year = int(text.strip("'’"))
    if len(text) == 4:
        return year
    pivot = context.anchor.year if context.anchor else 2000
    return min((year + century for century in (1800, 1900, 2000)), key=lambda y: abs(y - pivot))


def day_number(text: str) -> int:
    """The day of a month, from digits, digits with a suffix, or an ordinal word."""
    words = text.split()
    if words[0] in lexicon.ORDINALS:
        return lexicon.ORDINALS[words[0]]
    if words[0] in lexicon.TENS:
        return lexicon.TENS[words[0]] + lexicon.ORDINALS.get(words[-1], 0)
    return int("".join(c for c in words[0] if c.isdigit()))


def month_number(text: str) -> int:
    """The number of a month from its name, in full or cut short."""
    return lexicon.MONTH_NUMBERS[text.split()[0]]


def make_day(year: int | None, month: int, day: int) -> str | None:
    """An ISO date; with `XXXX` for an unknown year; `None` where there is no such day."""
    try:
        checked = date(year or 2000, month, day)
    except ValueError:
        return None
    return checked.isoformat() if year else f"XXXX-{month:02d}-{day:02d}"


_AHEAD_DAYS = 45


def choose_year(context: Context, month: int, day: int | None) -> int | None:
    """The year of a month, or a day of one, that the text does not give.

    A narrative year wins. Otherwise what the clause leans to: the last such day up to
    publication, or the next one; where the clause says nothing, the nearer one.
    """
    anchor = context.anchor
    if anchor is None:
        return context.year
    lean = context.lean()
    if context.year is not None and lean == "past":
        return context.year
    this = (month, day or anchor.day)
    today = (anchor.month, anchor.day)
    if lean == "past":
        # A day of eleven months ago would not go without its year.
        distance = (month - anchor.month) * 30 + ((day or anchor.day) - anchor.day)
        return anchor.year if distance <= (_AHEAD_DAYS if day else 0) else anchor.year - 1
    if lean == "future":
        return anchor.year if this >= today else anchor.year + 1
    ahead = (month - anchor.month) % 12
    if ahead == 0 or anchor.month + ahead <= 12:
        # Later this year; unless last year's is much nearer and the year is young.
        return anchor.year if ahead <= 7 else anchor.year - 1
    return anchor.year + 1 if ahead <= 3 else anchor.year


def nearest_weekday(context: Context, weekday: int) -> date | None:
    """The weekday the text means: the last one up to publication, or the next."""
    anchor = context.anchor
    if anchor is None:
        return None
    back = anchor - timedelta(days=(anchor.weekday() - weekday) % 7)
    if context.lean() == "future" and back != anchor:
        return back + timedelta(days=7)
    return back


def shift(base: date | None, unit: str, count: int, fallback: str = "XXXX-XX-XX") -> str:
    """`values.shifted`, or the fallback without an anchor or off the calendar."""
    if base is None:
        return fallback
    try:
        return values.shifted(base, unit, count)
    except (ValueError, OverflowError):
        return fallback


def clock(m: Match) -> str | None:
    """`T15:30` from the hour, minute and half of day that a match captured."""
    text = m.get("hour")
    if not text:
        return None
    half = "".join(c for c in m.get("half") if c in "ap")
    digits = "".join(c for c in text if c.isdigit())
    if digits and text[-1] == "m":
        half = text[len(digits)]
    if not digits:
        if m.get("half") == "am":
            return None  # "I for one am"
        hour = lexicon.NUMBER_WORDS.get(text.split()[0], 99)
        minute = 0
    elif len(digits) > 2:
        hour, minute = int(digits[:-2]), int(digits[-2:])
    else:
        hour, minute = int(digits), 0
    if m.get("minute"):
        minutes = m.get("minute")
        minute = int("".join(c for c in minutes if c.isdigit()))
        if minutes[-1] == "m":
            half = minutes[-2]
    if half == "p" and hour < 12:
        hour += 12
    elif half == "a" and hour == 12:
        hour = 0
    if hour > 24 or minute > 59:
        return None
    zone = "Z" if m.get("zone") in ("gmt", "utc") else ""
    return f"T{hour:02d}:{minute:02d}{zone}"


# --- dates -----------------------------------------------------------------------------------


@rule("(?:WEEKDAY [.]? ,? )?(?:the )?MONTH:month [.]? (?:the )?DAY|DAYORD:day"
      " (?: (?:,|of|in)? YEAR:year| , YEAR:year)?")  # fmt: skip
def month_day(m: Match, c: Context) -> Result:
    """ "August 6", "Sept. 3rd, 2003", "Friday, May 5"."""
    month, day = month_number(m.get("month")), day_number(m.get("day"))
    year = full_year(m.get("year"), c) if m.get("year") else choose_year(c, month, day)
    value = make_day(year, month, day)
    return ("DATE", value) if value else None


@rule("(?:WEEKDAY [.]? ,? )?(?:the )?DAY|DAYORD:day DASH? (?:day )?(?:of )?MONTH:month"
      " [.]? (?:(?:,|DASH|of)? YEAR:year)?")  # fmt: skip
def day_month(m: Match, c: Context) -> Result:
    """ "6 August", "the 6th of August, 1945"."""
    return month_day(m, c)


@rule("(?:the )?TENS:day DASH? ORDWORD:day of MONTH:month (?:,? YEAR:year)?")
def spelled_day_month(m: Match, c: Context) -> Result:
    """ "the twenty-first of May"."""
    return month_day(m, c)


@rule("MONTH:month TENS:day DASH? ORDWORD:day")
def month_spelled_day(m: Match, c: Context) -> Result:
    """ "May twenty-first"."""
    return month_day(m, c)


@rule("DAY:day DASH? MONTH:month [.]? DASH? ,? [']? YY:year")
def wire_date(m: Match, c: Context) -> Result:
    """ "3 JAN 90", "3-jan-90"; a two-digit year needs the capitals or the dashes of the form."""
    if "-" not in m.raw and not any(w.isupper() for w in m.raw.split()) and "'" not in m.raw:
        return None
    return month_day(m, c)


@rule("MONTH:month [.]? DAY:day [,]? ['] YY:year")
def month_day_short_year(m: Match, c: Context) -> Result:
    """ "May 5, '68"."""
    return month_day(m, c)


@rule("MONTH:month [.]? (?:(?:,|of)? (?:the year )?YEAR:year)")
def month_year(m: Match, c: Context) -> Result:
    """ "October 2010"."""
    return "DATE", f"{full_year(m.get('year'), c):04d}-{month_number(m.get('month')):02d}"


@rule("MONTH:month ['] YY:year")
def month_short_year(m: Match, c: Context) -> Result:
    """ "May '68"."""
    return month_year(m, c)


@rule(
    "MONTH:month [.]? (?:of )?(?P<deictic>(?:last|this|next|that|the same|the following|the "
    "previous)) year"
)
def month_deictic_year(m: Match, c: Context) -> Result:
    """ "January of this year", "May last year"."""
    month = month_number(m.get("month"))
    word = m.get("deictic").split()[-1]
    step = {"last": -1, "previous": -1, "next": 1, "following": 1}.get(word, 0)
    base = c.reference if word in ("that", "same", "following", "previous") else c.anchor
    if base is None:
        return "DATE", f"XXXX-{month:02d}"
    return "DATE", f"{base.year + step:04d}-{month:02d}"


@rule("(?P<deictic>(?:last|past|this|next|this past|this coming)) MONTH:month")
def deictic_month(m: Match, c: Context) -> Result:
    """ "last May"."""
    month = month_number(m.get("month"))
    if c.anchor is None:
        return "DATE", f"XXXX-{month:02d}"
    word = m.get("deictic")
    year = c.anchor.year
    if word in ("last", "past", "this past"):
        year -= month >= c.anchor.month
    elif word in ("next", "this coming"):
        year += month <= c.anchor.month
    return "DATE", f"{year:04d}-{month:02d}"


@rule("MONTH:month")
def bare_month(m: Match, c: Context) -> Result:
    """ "February"."""
    month = month_number(m.get("month"))
    year = choose_year(c, month, None)
    return "DATE", f"{year:04d}-{month:02d}" if year else f"XXXX-{month:02d}"


@rule("YEAR:year DASH MONTHNUM:month DASH DAY:day")
def iso_date(m: Match, c: Context) -> Result:
    """ "2008-04-03"."""
    value = make_day(int(m.get("year")), int(m.get("month")), int(m.get("day")))
    return ("DATE", value) if value else None


@rule("(?:DAY:first / DAY:second / YEAR|YY:year|DAY:first [.] DAY:second [.] YEAR:year"
      "|DAY:first DASH DAY:second DASH YEAR:year)")  # fmt: skip
def numeric_date(m: Match, c: Context) -> Result:
    """ "10/25/2010" and "25/10/2010": month first unless that is no month, or dots part it."""
    first, second = int(m.get("first")), int(m.get("second"))
    year = full_year(m.get("year"), c)
    day_first = first > 12 or ("." in m.words and second <= 12)
    value = make_day(year, second, first) if day_first else make_day(year, first, second)
    return ("DATE", value) if value else None


@rule("9 / 11")
def nine_eleven(m: Match, c: Context) -> Result:
    """The date that became a name."""
    return "DATE", "2001-09-11"


@rule("YEAR:year")
def bare_year(m: Match, c: Context) -> Result:
    """ "2005"; whether it is a year at all is decided by its surroundings (see `find`)."""
    return "DATE", m.get("year")


@rule("the year (?:of )?YEAR:year")
def the_year(m: Match, c: Context) -> Result:
    """ "the year 2000"."""
    return "DATE", m.get("year")


@rule("(?:the )?(?:DECADE4:d|['] DECADE2:d|DECADE2:d|DECADE4:d|(?:nineteen )?DECADEWORD:d)")
def decade(m: Match, c: Context) -> Result:
    """ "the 1980s", "the '80s", "the eighties"."""
    text = m.get("d")
    if text in lexicon.DECADES:
        return "DATE", f"19{lexicon.DECADES[text]}" if m.words[0] in ("the", "nineteen") else ""
    digits = text[:-1]
    if len(digits) == 2:
        if m.words[0] not in ("the", "'", "’"):
            return None
        return "DATE", f"{full_year(digits, c):04d}"[:3]
    return "DATE", digits[:3]


@rule("(?:the )?ORD|DAYORD:d DASH? century")
def century(m: Match, c: Context) -> Result:
    """ "the 19th century"."""
    return "DATE", f"{day_number(m.get('d')) - 1:02d}"


@rule("WEEKDAY:w")
def weekday(m: Match, c: Context) -> Result:
    """ "Friday"."""
    number_ = lexicon.WEEKDAY_NUMBERS[m.get("w")]
    day = nearest_weekday(c, number_)
    return "DATE", day.isoformat() if day else f"XXXX-WXX-{number_ + 1}"


@rule(
    "(?P<deictic>(?:last|past|this past|this|next|this coming|the following|the previous|"
    "that|the same)) WEEKDAY:w"
)
def deictic_weekday(m: Match, c: Context) -> Result:
    """ "last Friday", "next Monday", "the following Tuesday"."""
    number_ = lexicon.WEEKDAY_NUMBERS[m.get("w")]
    word = m.get("deictic")
    discourse = word in ("the following", "the previous", "that", "the same")
    base = c.reference if discourse else c.anchor
    if base is None:
        return "DATE", f"XXXX-WXX-{number_ + 1}"
    gap = (base.weekday() - number_) % 7
    if word in ("next", "this coming", "the following"):
        return "DATE", (base + timedelta(days=(-(base.weekday() - number_)) % 7 or 7)).isoformat()
    if word == "this":
        return "DATE", (nearest_weekday(c, number_) or base).isoformat()
    if word in ("that", "the same"):
        return "DATE", (base - timedelta(days=gap)).isoformat()
    return "DATE", (base - timedelta(days=gap or 7)).isoformat()


@rule("(?:on )?a WEEKDAY:w")
def indefinite_weekday(m: Match, c: Context) -> Result:
    """ "a Friday" names no date."""
    return None


@rule("WEEKDAY:w (?:of )?(?P<deictic>(?:last|this|next)) week")
def weekday_of_week(m: Match, c: Context) -> Result:
    """ "Tuesday of last week"."""
    number_ = lexicon.WEEKDAY_NUMBERS[m.get("w")]
    if c.anchor is None:
        return "DATE", f"XXXX-WXX-{number_ + 1}"
    step = {"last": -7, "this": 0, "next": 7}[m.get("deictic")]
    return "DATE", (c.anchor + timedelta(days=step + number_ - c.anchor.weekday())).isoformat()


@rule("WEEKDAY:w (?P<deictic>week|fortnight)")
def weekday_week(m: Match, c: Context) -> Result:
    """ "Friday week", as the British say."""
    return None


@rule("(?:the day before yesterday|the day after tomorrow|yesterday|tomorrow|today)")
def named_day(m: Match, c: Context) -> Result:
    """ "yesterday"."""
    if c.anchor is None:
        return "DATE", {"yesterday": "PAST_REF", "tomorrow": "FUTURE_REF"}.get(
            m.words[-1], "PRESENT_REF"
        )
    step = {"yesterday": -1, "tomorrow": 1, "today": 0}[m.words[-1]]
    return "DATE", shift(c.anchor, "D", step * (2 if len(m.words) > 1 else 1))


@rule("the ORD:d (?:day )?of (?:this|the) month|the ORD:d")
def day_of_month(m: Match, c: Context) -> Result:
    """ "the 25th", behind "on"; words such as "the first" are none."""
    text = m.get("d")
    if not text[0].isdigit() or (len(m.words) == 2 and c.before not in ("on", "until", "by")):
        return None
    if c.anchor is None:
        return None
    value = make_day(c.anchor.year, c.anchor.month, min(day_number(text), 31))
    return ("DATE", value) if value else None


# --- parts of years --------------------------------------------------------------------------


def _part_year(m: Match, c: Context) -> int | None:
    if m.get("year"):
        return full_year(m.get("year"), c)
    word = m.get("which")
    base = c.reference if word in ("that", "same") else c.anchor
    if base is None:
        return None
    return base.year + {"last": -1, "previous": -1, "next": 1, "coming": 1}.get(word, 0)


YEAR_TAIL = (
    "(?: (?:of|in|,)? (?:fiscal |the )?(?:year )?YEAR:year| ['] YY:year"
    "| (?:of )?(?:the )?(?P<which>last|this|next|previous|same|current|fiscal|coming|that)"
    " (?:fiscal |financial )?year)?"
)


@rule("(?:the |its |their |his )?(?:fiscal )?ORDWORD|DAYORD:d DASH? (?:fiscal |financial )?"
      "(?P<part>quarter|qtr|half)" + YEAR_TAIL)  # fmt: skip
def quarter(m: Match, c: Context) -> Result:
    """ "the second quarter", "first-half 1986"."""
    nth = day_number(m.get("d"))
    letter, length = ("Q", 4) if m.get("part") != "half" else ("H", 2)
    if nth > length:
        return None
    year = _part_year(m, c)
    if year is None:
        return "DATE", f"XXXX-{letter}{nth}"
    if not m.get("year") and not m.get("which") and c.anchor is not None:
        if c.year is not None:
            year = c.year
        else:
            # A quarter that has not begun is last year's, unless the clause looks ahead.
            begins = (nth - 1) * (12 // length) + 1
            if begins > c.anchor.month and c.lean() == "past":
                year -= 1
    return "DATE", f"{year:04d}-{letter}{nth}"


@rule("(?:the )?(?P<q>q1|q2|q3|q4)" + YEAR_TAIL)
def short_quarter(m: Match, c: Context) -> Result:
    """ "Q3 2008"."""
    year = _part_year(m, c)
    return "DATE", f"{year:04d}-{m.get('q').upper()}" if year else f"XXXX-{m.get('q').upper()}"


@rule("(?:fiscal |financial )(?:year )?YEAR|YY:year (?:(?:/|DASH) YEAR|YY)?")
def fiscal_year(m: Match, c: Context) -> Result:
    """ "fiscal 1989"."""
    return "DATE", f"FY{full_year(m.get('year'), c):04d}"


@rule("(?:the )?(?:this|last|next|previous|current)? (?:fiscal|financial) year")
def deictic_fiscal_year(m: Match, c: Context) -> Result:
    """ "the last financial year"."""
    if c.anchor is None:
        return "DATE", "FYXXXX"
    step = {"last": -1, "previous": -1, "next": 1}.get((["", *m.words])[-3], 0)
    return "DATE", f"FY{c.anchor.year + step:04d}"


@rule("(?:(?:the )?(?P<deictic>this|last|next|past|previous|coming|that|following|same) )?"
      "(?:the )?SEASON:s" + YEAR_TAIL)  # fmt: skip
def season(m: Match, c: Context) -> Result:
    """ "last summer", "the spring of 1968"; "fall" and "spring" alone are too often no seasons."""
    word = m.get("s")
    code = lexicon.SEASONS[word]
    deictic = m.get("deictic")
    if not (deictic or m.get("year") or m.get("which")):
        if word in ("fall", "spring") and (
            m.words[0] != "the" or c.before not in ("in", "during", "by", "until", "since")
        ):
            return None
        if len(m.words) == 1 and c.before not in (
            "in",
            "during",
            "by",
            "until",
            "since",
            "of",
            "late",
            "early",
            "mid",
        ):
            return None
    if m.get("year") or m.get("which"):
        year = _part_year(m, c)
        return "DATE", f"{year:04d}-{code}" if year else f"XXXX-{code}"
    if c.anchor is None:
        return "DATE", f"XXXX-{code}"
    year = c.year if c.year is not None and not deictic else c.anchor.year
    begins = {"SP": 3, "SU": 6, "FA": 9, "WI": 12}[code]
    month = c.anchor.month
    if deictic in ("last", "past", "previous") or (not deictic and c.lean() == "past"):
        if code == "WI" or (deictic and month < begins + 3) or month < begins:
            year -= 1
    elif deictic in ("next", "coming") and month >= begins:
        year += 1
    elif deictic == "this" and code == "WI" and month <= 3:
        year -= 1
    return "DATE", f"{year:04d}-{code}"


# --- relative to publication or to the last date told ----------------------------------------

DEICTIC_STEPS = {
    "last": -1, "past": -1, "previous": -1, "preceding": -1, "prior": -1, "next": 1,
    "following": 1, "coming": 1, "upcoming": 1, "subsequent": 1, "this": 0, "current": 0,
    "same": 0, "that": 0, "very": 0,
}  # fmt: skip


@rule("(?:the |this |that )?DEICTIC:deictic UNIT:unit")
def deictic_unit(m: Match, c: Context) -> Result:
    """ "last month", "the following day", "this week", "the past decade"."""
    word, unit = m.get("deictic"), unit_of(m.get("unit"))
    if word == "recent":
        return None
    if (m.words[0] == "the" and word == "past") or m.words[:2] == ["this", "past"]:
        if unit in ("WE", "Y", "W", "MO") and m.words[0] == "this":
            return "DATE", shift(c.anchor, unit, -1)
        return "DURATION", period(1, unit)
    if m.words[0] == "the" and c.after == "of":
        return None
    if unit in ("H", "M", "S"):
        if word in ("past", "last", "next", "coming", "previous"):
            return "DURATION", period(1, unit)
        return None
    if unit == "SE":
        return None
    discourse = word in (
        "previous",
        "preceding",
        "prior",
        "following",
        "same",
        "that",
        "subsequent",
    )
    discourse = discourse or (word == "next" and m.words[0] == "the")
    if unit == "N":
        if word in ("last", "this", "next"):
            base, step = c.anchor, -1 if word == "last" else (1 if word == "next" else 0)
        else:
            base, step = c.reference, DEICTIC_STEPS[word]
        day = shift(base, "D", step)
        return "TIME", f"{day}TNI"
    if word == "that" and unit != "D" and c.reference is None:
        return None
    if word in ("that", "same") and c.before == "at":
        return None
    if unit == "Q" and word == "next" and m.words[0] != "the":
        discourse = False
    base = c.reference if discourse else c.anchor
    if unit in ("DE", "CE") and word in ("last", "past"):
        return "DURATION", period(1, unit)
    return "DATE", shift(base, unit, DEICTIC_STEPS.get(word, 0))


@rule("(?:the )?(?P<which>day|week|month|year|night|weekend) (?P<side>before|earlier|after|later)")
def day_before(m: Match, c: Context) -> Result:
    """ "the day before" with nothing after it; "a day later" is another rule's."""
    if m.words[0] != "the":
        return None
    side = -1 if m.get("side") in ("before", "earlier") else 1
    unit = unit_of(m.get("which"))
    if m.get("side") in ("before", "after"):
        return "DATE", shift(c.reference, unit, side)
    return "DATE", shift(c.reference, unit, side)


@rule(
    "@num UNIT|UNITS:unit (?:or so )?(?P<side>ago|earlier|later|previously|hence|afterwards|"
    "afterward"

      "|from now|back|from today)")  # fmt: skip
def counted_shift(m: Match, c: Context) -> Result:
    """ "two years ago", "a week later", "three months from now"."""
    side, unit = m.get("side"), unit_of(m.get("unit"))
    count = number(m.labels.get("n", []))
    backwards = side in ("ago", "earlier", "previously", "back", "before")
    base = c.anchor if side in ("ago", "from now", "hence", "back", "from today") else c.reference
    if count is None or base is None or count != int(count):
        return "DATE", "PAST_REF" if backwards else "FUTURE_REF"
    if unit in ("H", "M", "S"):
        return "TIME", f"{base.isoformat()}TXX:XX" if side == "ago" else "XXXX-XX-XXTXX:XX"
    return "DATE", shift(base, unit, int(count) * (-1 if backwards else 1), "PAST_REF")


@rule("@num UNIT|UNITS:unit (?P<side>before|after)")
def closing_shift(m: Match, c: Context) -> Result:
    """ "two days before." at the end of its clause; else it is a duration before an event."""
    if c.after and c.after not in ".,;:)?!":
        return None
    return counted_shift(m, c)


@rule("UNITS:unit (?P<side>ago|earlier|later)")
def vague_shift(m: Match, c: Context) -> Result:
    """ "years ago"."""
    return "DATE", "FUTURE_REF" if m.get("side") == "later" else "PAST_REF"


@rule("(?P<side>earlier|later) (?P<which>this|last|next|that|in the|in) UNIT|MONTH:unit")
def edge_of_unit(m: Match, c: Context) -> Result:
    """ "earlier this month"; the value is that of the unit."""
    text = m.get("unit")
    which = m.get("which")
    if text in lexicon.MONTH_NUMBERS:
        return bare_month(Match(m.words, m.raw, {"month": [text]}), c)
    unit = unit_of(text)
    if unit in ("H", "M", "S", "SE", "N"):
        return None
    base = c.reference if which not in ("this", "last", "next") else c.anchor
    return "DATE", shift(base, unit, {"last": -1, "next": 1}.get(which, 0))


@rule(
    "(?:the )?(?:very )?(?P<edge>beginning|start|end|middle|close|turn|outset|height|onset|"
    "rest|remainder|half|bulk|most) of"
    " (?:the |this |last |next |that |each )?"
    "(?:same |current |previous |following |fiscal |financial )?UNIT:unit"
)
def edge_of_the_unit(m: Match, c: Context) -> Result:
    """ "the end of the year"."""
    unit = unit_of(m.get("unit"))
    if unit in ("H", "M", "S", "SE", "N", "D", "WE"):
        return None
    if "fiscal" in m.words or "financial" in m.words:
        return deictic_fiscal_year(m, c)
    if m.get("edge") in ("half", "bulk", "most"):
        return None
    step = 0
    base = c.anchor
    if "last" in m.words:
        step = -1
    elif "next" in m.words:
        step = 1
    elif m.get("edge") == "turn" and unit == "CE" and base is not None:
        return "DATE", f"{base.year // 100 * 100:04d}"
    return "DATE", shift(base, unit, step)


@rule("(?:the )?(?P<edge>beginning|start|end|middle|close) of (?:MONTH:month )?(?:YEAR:year)?")
def edge_of_month(m: Match, c: Context) -> Result:
    """ "the end of June", "the start of 2009"."""
    if m.get("month") and m.get("year"):
        return month_year(m, c)
    if m.get("month"):
        return bare_month(m, c)
    if m.get("year"):
        return bare_year(m, c)
    return None


@rule("(?:year|month) DASH? end")
def year_end(m: Match, c: Context) -> Result:
    """ "year-end"."""
    return "DATE", shift(c.anchor, unit_of(m.words[0]), 0)


@rule("(?:at )?(?:the )?(?:present|moment)")
def at_present(m: Match, c: Context) -> Result:
    """ "at the moment", "at present"."""
    if m.words[0] != "at" or (m.words[-1] == "moment" and "the" not in m.words):
        return None
    return "DATE", "PRESENT_REF"


@rule("PRESENT|(?:right|until|till) now|at this time|at the present time|these days")
def present(m: Match, c: Context) -> Result:
    """ "now", "currently"."""
    if m.words[-1] == "today":
        return named_day(m, c)
    return "DATE", "PRESENT_REF"


@rule("(?:more |most |very |until |as )?PASTWORD|the past|the recent past|years past|recent UNITS")
def past_reference(m: Match, c: Context) -> Result:
    """ "recently", "the past", "recent years"."""
    if m.words == ["the", "past"] and c.before not in ("in", "of", "from", "to"):
        return None
    return "DATE", "PAST_REF"


@rule(
    "(?:the (?:near |foreseeable |not too distant |immediate |distant )?future)|the coming "
    "UNITS|FUTUREWORD|very soon|A later time|A later date|A future date"
)
def future_reference(m: Match, c: Context) -> Result:
    """ "the near future", "soon", "the coming weeks"."""
    if m.words == ["the", "future"] and c.before not in ("in", "for"):
        return None
    if m.words[0] == "soon" and (c.before in ("as", "so", "too", "how") or c.after in "-–"):
        return None
    if m.words[-1] in lexicon.PLURALS:
        return "DURATION", period(None, unit_of(m.words[-1]))
    return "DATE", "FUTURE_REF"


@rule(
    "the (?:same|corresponding|comparable) (?P<unit>week|month|quarter|day) (?:of )?"
    "(?:last year|a year ago|a year earlier|the previous year|in YEAR:year|YEAR:year)"
)
def same_unit_last_year(m: Match, c: Context) -> Result:
    """ "the same week last year"."""
    if c.anchor is None:
        return "DATE", "XXXX-XX-XX"
    year = full_year(m.get("year"), c) if m.get("year") else c.anchor.year - 1
    unit = unit_of(m.get("unit"))
    return "DATE", shift(values.add_months(c.anchor, 12 * (year - c.anchor.year)), unit, 0)


@rule("(?:that|the same) day")
def that_day(m: Match, c: Context) -> Result:
    """ "that day"."""
    return "DATE", shift(c.reference, "D", 0)


@rule(
    "(?:the (?:same|previous|corresponding|comparable|year DASH ago|year DASH earlier) "
    "(?:quarter|period|half) (?:last year|a year earlier|a year ago)?)"
)
def same_period(m: Match, c: Context) -> Result:
    """ "the same period last year"."""
    if m.words[-1] == "period":
        return None
    unit = "Q" if "quarter" in m.words else "Y"
    steps = (
        -4
        if unit == "Q" and ("year" in m.words)
        else (-1 if "previous" in m.words or "year" in m.words else 0)
    )
    return "DATE", shift(c.anchor, unit, steps)


# --- times of day ----------------------------------------------------------------------------

CLOCK = (
    "(?:HOURAP:hour|HOUR12:hour (?:[:.] MIN|MINAP:minute)? AMPM:half|HOUR12:hour [:.] MINAP:minute"
    "|HOUR:hour [:] MIN:minute (?: [:] MIN)?|WORDNUM:hour (?:AMPM:half|o'clock)"
    "|HOUR12:hour (?:o'clock)|CLOCK4:hour (?:hours|hrs|ZONE:zone)|HOUR12:hour [.] MIN:minute "
    "ZONE:zone)"
    "(?: [(]?(?:local time|ZONE:zone|eastern time|eastern|pacific time) [)]?)?"
)


@rule(
    CLOCK + "(?: ,? (?:on )?(?:WEEKDAY:w|(?P<w>today|yesterday|tomorrow)"
    "|(?:WEEKDAY ,? )?MONTH:month [.]? DAY|DAYORD:day (?:,? YEAR:year)?"
    "|DAY|DAYORD:day MONTH:month (?:,? YEAR:year)?))?"
)
def time_of_day(m: Match, c: Context) -> Result:
    """ "3 p.m.", "10:30 GMT", "3 p.m. on Tuesday"."""
    value = clock(m)
    if value is None:
        return None
    word = m.get("w")
    if m.get("month"):
        dated = month_day(m, c)
        if dated is None:
            return None
        prefix = dated[1]
    elif word in lexicon.WEEKDAY_NUMBERS:
        day = nearest_weekday(c, lexicon.WEEKDAY_NUMBERS[word])
        prefix = day.isoformat() if day else f"XXXX-WXX-{lexicon.WEEKDAY_NUMBERS[word] + 1}"
    elif word:
        prefix = shift(c.anchor, "D", {"yesterday": -1, "tomorrow": 1}.get(word, 0))
    else:
        base = c.reference or c.anchor
        prefix = base.isoformat() if base else "XXXX-XX-XX"
    return "TIME", prefix + value


@rule(
    "(?:early |late |mid |mid DASH )?(?:WEEKDAY:w|(?P<w>yesterday|tomorrow|this|that|last|"
    "the previous|the following|the next|the same|the))"

      " (?:early |late |mid |mid DASH )?PART:part")  # fmt: skip
def part_of_day(m: Match, c: Context) -> Result:
    """ "Friday morning", "this evening", "last night"."""
    part = lexicon.PARTS[m.get("part")]
    word = m.get("w")
    if word == "the":
        if c.before not in ("in", "during", "of"):
            return None
        base = c.reference or c.anchor
        day = base.isoformat() if base else "XXXX-XX-XX"
    elif word in lexicon.WEEKDAY_NUMBERS:
        found = nearest_weekday(c, lexicon.WEEKDAY_NUMBERS[word])
        day = found.isoformat() if found else f"XXXX-WXX-{lexicon.WEEKDAY_NUMBERS[word] + 1}"
    elif word in ("that", "the same", "the previous", "the following", "the next"):
        step = {"the previous": -1, "the following": 1, "the next": 1}.get(word, 0)
        day = shift(c.reference, "D", step)
    else:
        step = {"yesterday": -1, "last": -1, "tomorrow": 1}.get(word, 0)
        day = shift(c.anchor, "D", step)
    return "TIME", f"{day}T{part}"


@rule("tonight")
def tonight(m: Match, c: Context) -> Result:
    """ "tonight"."""
    return "TIME", f"{shift(c.anchor, 'D', 0)}TNI"


@rule("overnight")
def overnight(m: Match, c: Context) -> Result:
    """ "overnight": the night before publication."""
    return "TIME", f"{shift(c.anchor, 'D', 0)}TNI"


@rule("(?P<n>midnight|noon|midday) (?:on )?(?:WEEKDAY:w|(?P<w>today|yesterday))?")
def noon(m: Match, c: Context) -> Result:
    """ "midnight Friday"."""
    word = m.get("w")
    if word in lexicon.WEEKDAY_NUMBERS:
        base = nearest_weekday(c, lexicon.WEEKDAY_NUMBERS[word])
    else:
        base = c.anchor if word else (c.reference or c.anchor)
    day = base.isoformat() if base else "XXXX-XX-XX"
    if base and word == "yesterday":
        day = shift(base, "D", -1)
    return "TIME", day + ("T24:00" if m.get("n") == "midnight" else "T12:00")


@rule(
    "(?:the )?(?:early |late )?PART:part (?:of|on) "
    "(?:MONTH:month [.]? DAY|DAYORD:day (?:,? YEAR:year)?|WEEKDAY:w|"
    "(?:the )?DAY|DAYORD:day (?:of )?MONTH:month (?:,? YEAR:year)?)"
)
def part_of_date(m: Match, c: Context) -> Result:
    """ "the morning of September 11"."""
    part = lexicon.PARTS[m.get("part")]
    found = weekday(m, c) if m.get("w") else month_day(m, c)
    return ("TIME", f"{found[1]}T{part}") if found else None


# --- durations and sets ----------------------------------------------------------------------


EACH = "(?:more |full |consecutive |straight |whole |additional |further |or so |different "
EACH += "|separate |long |short |business |working |trading |calendar |odd )?"


@rule("(?:the |this )?SPANNING:which @num " + EACH + "UNIT|UNITS:unit")
@rule("(?:the )?(?:@low (?:to|or|DASH) )?@num " + EACH + "UNIT|UNITS:unit")
def counted_duration(m: Match, c: Context) -> Result:
    """ "two days", "the next six months", "a week", "10 to 12 years"."""
    words, unit = m.labels.get("n", []), m.get("unit")
    one = len(words) == 1 and words[0] in ("a", "an")
    if unit == "second" or (one and unit in ("night", "season")):
        return None
    if unit == "quarter" and (m.get("which") or (len(words) == 1 and words[0] != "a")):
        return None
    if one and m.words[0] == "the":
        return None
    code = unit_of(unit)
    return None if code == "SE" else ("DURATION", period(number(words), code))


@rule("(?:A|one) UNIT:unit and A half")
def unit_and_half(m: Match, c: Context) -> Result:
    """ "a year and a half"."""
    unit = unit_of(m.get("unit"))
    return None if unit == "SE" else ("DURATION", period(1.5, unit))


@rule("the weekend")
def the_weekend(m: Match, c: Context) -> Result:
    """ "the weekend": the one before publication, or the next where the clause looks ahead."""
    if c.after == "of" or c.anchor is None:
        return None
    gone = c.anchor - timedelta(days=(c.anchor.weekday() - 5) % 7)
    ahead = c.lean() == "future" and c.anchor.weekday() < 5
    return "DATE", values.week_value(gone + timedelta(days=7 * ahead)) + "-WE"


@rule("@num DASH UNIT|UNITS:unit")
def hyphened_duration(m: Match, c: Context) -> Result:
    """ "a six-month truce"."""
    words = m.labels.get("n", [])
    if words and words[0] in ("a", "an"):
        return None
    return "DURATION", period(number(words), unit_of(m.get("unit")))


@rule(
    "(?:the )?(?P<which>last|past|next|coming|previous|following|first|final|recent) (?:few |"
    "several |couple of )?UNITS:unit"
)
def vague_span(m: Match, c: Context) -> Result:
    """ "the past few years", "the coming days"."""
    if m.words[-2] == "recent":
        return "DATE", "PAST_REF"
    return "DURATION", period(2 if "couple" in m.words else None, unit_of(m.get("unit")))


_BEFORE_BARE_UNITS = lexicon.words(
    "for over within after in of with through take takes took last lasted spent spend"
)


@rule("(?:the )?UNITS:unit")
def bare_units(m: Match, c: Context) -> Result:
    """ "for hours", "over the years"; other bare plurals name no length of time."""
    if m.words[0] not in ("for", "over") and c.before not in _BEFORE_BARE_UNITS:
        return None
    if (
        m.get("unit") in ("seconds", "quarters", "nights", "weekends", "seasons")
        and c.before != "for"
    ):
        return None
    return "DURATION", period(None, unit_of(m.get("unit")))


@rule("UNIT|UNITS:unit DASH long")
def unit_long(m: Match, c: Context) -> Result:
    """ "decades-long", "month-long"."""
    single = m.get("unit") in lexicon.UNITS
    return "DURATION", period(1 if single else None, unit_of(m.get("unit")))


@rule("@num DASH UNIT|UNITS:unit DASH (?:long|old|olds)")
def compound_duration(m: Match, c: Context) -> Result:
    """ "six-month-long", "three-year-old"."""
    return "DURATION", period(number(m.labels.get("n", [])), unit_of(m.get("unit")))


@rule("@num UNIT|UNITS:unit (?:and|,) @num UNIT|UNITS:second")
def two_part_duration(m: Match, c: Context) -> Result:
    """Left to the single durations: two expressions."""
    return None


@rule("(?P<each>each|every|per) (?:other )?(?:@num )?UNIT|UNITS|MONTH|WEEKDAY|PART|SEASON:unit")
def each_unit(m: Match, c: Context) -> Result:
    """ "every day", "every two years", "each Monday"."""
    text = m.get("unit")
    if text in lexicon.WEEKDAY_NUMBERS and text not in lexicon.UNITS:
        return "SET", f"XXXX-WXX-{lexicon.WEEKDAY_NUMBERS[text] + 1}"
    if text in lexicon.MONTH_NUMBERS and text not in lexicon.UNITS:
        return "SET", f"XXXX-{lexicon.MONTH_NUMBERS[text]:02d}"
    if text in lexicon.PARTS and text != "night":
        return "SET", f"XXXX-XX-XXT{lexicon.PARTS[text]}"
    if text in lexicon.SEASONS:
        return "SET", f"XXXX-{lexicon.SEASONS[text]}"
    if m.get("each") == "per":
        return None
    unit = unit_of(text)
    if unit == "N":
        return "SET", "XXXX-XX-XXTNI"
    count = number(m.labels["n"]) if m.labels.get("n") else (2.0 if "other" in m.words else 1.0)
    return "SET", period(count, unit)


@rule("(?:once|twice|@num times) (?:a|an|per|each|every) UNIT:unit")
def frequency_per(m: Match, c: Context) -> Result:
    """ "twice a week"."""
    return "SET", period(1, unit_of(m.get("unit")))


@rule("WEEKDAYS:w")
def weekdays(m: Match, c: Context) -> Result:
    """ "Mondays"."""
    return "SET", f"XXXX-WXX-{lexicon.WEEKDAY_NUMBERS[m.get('w')[:-1]] + 1}"


@rule("(?:twice )?FREQUENCY:f")
def frequency(m: Match, c: Context) -> Result:
    """ "daily", "annual"."""
    return "SET", lexicon.FREQUENCIES[m.get("f")]


@rule("year DASH round")
def year_round(m: Match, c: Context) -> Result:
    """No time expression."""
    return None


def holiday_rule(name: str, dated: str) -> Builder:
    """The builder of a holiday: in the year that the text gives or the clause leans to."""

    def build(m: Match, c: Context) -> Result:
        year: int | None = None
        word = m.get("deictic")
        if m.get("year"):
            year = full_year(m.get("year"), c)
        elif c.anchor is not None:
            here = values.holiday_in(dated, c.anchor.year)
            if word in ("last", "past"):
                year = c.anchor.year - (here >= c.anchor)
            elif word in ("next", "coming"):
                year = c.anchor.year + (here <= c.anchor)
            elif word == "this":
                year = c.anchor.year
            else:
                year = choose_year(c, here.month, here.day)
        if year is None:
            return "DATE", "XXXX-XX-XX"
        try:
            return "DATE", values.holiday_in(dated, year).isoformat()
        except ValueError:
            return None

    build.__name__ = "holiday_" + "_".join(name.split())
    return build
