"""Words of time and the classes that the grammar speaks of.

A token belongs to any number of classes; every distinct set of classes is one character of the
alphabet over which the grammar's rules are regular expressions. So a rule is matched at the speed
of `re`, and a word such as "second" (ordinal and unit) or "may" needs no rule of its own.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path


def words(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
MONTH_NUMBERS = {name: i + 1 for i, name in enumerate(MONTHS)}
MONTH_NUMBERS |= {name[:3]: i + 1 for i, name in enumerate(MONTHS)}
MONTH_NUMBERS |= {"sept": 9}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEKDAY_NUMBERS = {name: i for i, name in enumerate(WEEKDAYS)}
WEEKDAY_NUMBERS |= {
    "mon": 0, "tue": 1, "tues": 1, "wed": 2, "weds": 2, "thu": 3, "thur": 3, "thurs": 3, "fri": 4,
}  # fmt: skip
SEASONS = {"spring": "SP", "summer": "SU", "autumn": "FA", "fall": "FA", "winter": "WI"}
PARTS = {
    "morning": "MO", "mornings": "MO", "midday": "MI", "afternoon": "AF", "afternoons": "AF",
    "evening": "EV", "evenings": "EV", "night": "NI", "nights": "NI", "nightfall": "NI",
    "lunchtime": "MI", "daytime": "DT", "dawn": "MO", "dusk": "EV", "daybreak": "MO",
}  # fmt: skip
UNITS = {
    "second": "S", "minute": "M", "hour": "H", "day": "D", "night": "N", "weekend": "WE",
    "week": "W", "fortnight": "F", "month": "MO", "quarter": "Q", "year": "Y", "decade": "DE",
    "century": "CE", "millennium": "ML", "season": "SE",
}  # fmt: skip
PLURALS = {name + "s": code for name, code in UNITS.items()} | {
    "centuries": "CE",
    "millennia": "ML",
}
SHORT_UNITS = {"hr": "H", "hrs": "H", "min": "M", "mins": "M", "sec": "S", "secs": "S", "yr": "Y",
               "yrs": "Y"}  # fmt: skip
ONES = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9,
}  # fmt: skip
TEENS = {
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
    "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
}  # fmt: skip
NUMBER_WORDS = ONES | TEENS | TENS
ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
    "eighth": 8, "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13,
    "fourteenth": 14, "fifteenth": 15, "sixteenth": 16, "seventeenth": 17, "eighteenth": 18,
    "nineteenth": 19, "twentieth": 20, "thirtieth": 30,
}  # fmt: skip
DECADES = {
    "twenties": 2, "thirties": 3, "forties": 4, "fifties": 5, "sixties": 6, "seventies": 7,
    "eighties": 8, "nineties": 9,
}  # fmt: skip
VAGUE = ("few", "several", "many", "some", "numerous", "countless", "various", "multiple")
FREQUENCIES = {
    "daily": "P1D", "nightly": "P1D", "weekly": "P1W", "biweekly": "P2W", "fortnightly": "P2W",
    "monthly": "P1M", "bimonthly": "P2M", "quarterly": "P3M", "yearly": "P1Y", "annually": "P1Y",
    "hourly": "PT1H",
}  # fmt: skip
PRESENT_WORDS = ("now", "currently", "nowadays", "presently", "today")
PAST_WORDS = ("recently", "lately")
FUTURE_WORDS = ("soon",)
ZONES = (
    "gmt", "utc", "est", "edt", "cst", "cdt", "mst", "mdt", "pst", "pdt", "bst", "cet", "cest",
    "et", "pt", "ist", "jst", "hkt", "aest", "sgt",
)  # fmt: skip

TOKEN = re.compile(
    r"(?<![^\W\d_])[ap]\.? ?m\b\.?|o['’]clock|\d{1,3}(?:,\d{3}){1,3}(?!,?\d)|\d+[^\W\d_]*"
    r"|[^\W\d_]+\d*|['’]s(?![^\W\d_])|\S",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"(\d+)(st|nd|rd|th|s|am|pm)?\Z")


@cache
def holidays() -> dict[str, str]:
    """Holiday names and the rule that dates each (see the header of `holidays.csv`)."""
    path = Path(__file__).with_name("holidays.csv")
    lines = [x for x in path.read_text("utf-8").splitlines() if not x.startswith("#")]
    return {row["name"]: row["rule"] for row in csv.DictReader(lines)}


def classes_of_number(text: str) -> frozenset[str]:
    """Classes of a token that starts with a digit; none where it is no number of a date."""
    found = _DIGITS.match(text)
    if not found:
        return frozenset({"DIGITS"}) if "," in text else frozenset()
    digits, suffix = found[1], found[2]
    value = int(digits) if len(digits) <= 9 else 10**9
    classes: set[str] = set()
    if suffix in ("st", "nd", "rd", "th"):
        classes.add("ORD")
        if 1 <= value <= 31:
            classes.add("DAYORD")
    elif suffix == "s":
        if len(digits) == 4 and 1500 <= value < 2100 and value % 10 == 0:
            classes.add("DECADE4")
        elif len(digits) == 2 and value % 10 == 0:
            classes.add("DECADE2")
    elif suffix in ("am", "pm"):
        if (len(digits) <= 2 and 1 <= value <= 12) or (
            3 <= len(digits) <= 4 and 1 <= value // 100 <= 12 and value % 100 < 60
        ):
            classes.add("HOURAP")
        elif len(digits) == 2 and value < 60:
            classes.add("MINAP")
    else:
        classes.add("DIGITS")
        if len(digits) <= 2:
            if 1 <= value <= 31:
                classes.add("DAY")
            if 1 <= value <= 12:
                classes.add("MONTHNUM")
                classes.add("HOUR12")
            if value <= 24:
                classes.add("HOUR")
            if len(digits) == 2:
                classes.add("YY")
                if value < 60:
                    classes.add("MIN")
        elif len(digits) == 4:
            if 1500 <= value < 2100:
                classes.add("YEAR")
                if value >= 1900:
                    classes.add("YEAR20")
            if value // 100 <= 24 and value % 100 < 60:
                classes.add("CLOCK4")
    return frozenset(classes)


def classes_of_words() -> dict[str, set[str]]:
    """The classes of every word of time, before the grammar adds its literal words."""
    classes_of: dict[str, set[str]] = {}

    def add(names: object, *classes: str) -> None:
        for name in names:  # type: ignore[attr-defined]
            classes_of.setdefault(name, set()).update(classes)

    add(MONTHS, "MONTH")
    add((m[:3] for m in MONTHS), "MONTH")
    add(("sept",), "MONTH")
    add(WEEKDAY_NUMBERS, "WEEKDAY")
    add((f"{w}s" for w in WEEKDAYS), "WEEKDAYS")
    add(SEASONS, "SEASON")
    add(PARTS, "PART")
    add(UNITS, "UNIT")
    add(PLURALS, "UNITS")
    add(SHORT_UNITS, "UNITS")
    add(ONES, "ONES", "WORDNUM")
    add(TEENS, "WORDNUM")
    add(TENS, "TENS", "WORDNUM")
    add(ORDINALS, "ORD", "ORDWORD", "DAYORD")
    add(("last", "final", "current"), "LASTORD")
    add(DECADES, "DECADEWORD")
    add(VAGUE, "VAGUE")
    add(FREQUENCIES, "FREQUENCY")
    add(PRESENT_WORDS, "PRESENT")
    add(PAST_WORDS, "PASTWORD")
    add(FUTURE_WORDS, "FUTUREWORD")
    add(ZONES, "ZONE")
    add(("a", "an"), "A")
    add(("am", "pm", "a.m", "p.m", "a.m.", "p.m.", "am.", "pm.", "a m", "p m"), "AMPM")
    add(("a. m.", "p. m.", "a. m", "p. m"), "AMPM")
    shared = words("last past previous preceding next following coming recent current")
    add((*shared, *words("prior upcoming this same that subsequent")), "DEICTIC")
    add((*shared, *words("final first intervening latest subsequent")), "SPANNING")
    add(("hundred", "thousand", "dozen"), "SCALE")
    add(("-", "–", "‑"), "DASH")
    add(("early", "late", "mid", "earlier", "later"), "EDGE")
    return classes_of
