"""How a briefing says things: names, numbers and what is unusual, in plain words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

Row = Mapping[str, Any]

SECTORS = {
    "AGR": "farmers", "BUS": "businesses", "COP": "police", "CRM": "criminals",
    "CVL": "civilians", "EDU": "schools", "ELI": "elites", "ENV": "environmentalists",
    "GOV": "government", "HLH": "health services", "HRI": "human rights groups",
    "IGO": "international organisations", "JRN": "journalists", "JUD": "courts",
    "LAB": "workers", "LEG": "legislators", "MED": "media", "MIL": "military",
    "NGO": "aid groups", "OPP": "opposition", "PTY": "parties", "REB": "rebels",
    "REF": "refugees", "REL": "religious groups", "SEP": "separatists", "SPY": "intelligence",
    "UAF": "armed groups",
}  # fmt: skip
"""What PLOVER's sectors are called in a sentence."""

UNUSUAL, FAR = 3.5, 7.0
"""From which score on a count is unusual, and far from what is usual.

3.5 is where Iglewicz and Hoaglin (How to Detect and Handle Outliers, 1993) draw the line for
scores made of the median absolute deviation.
"""

ENOUGH_DAYS = 7
"""How many days before a day there must be for saying what is usual (as in `changes.sql`)."""

_WITH_ARTICLE = (
    "United ", "Netherlands", "Philippines", "Bahamas", "Gambia", "Maldives", "Solomon Islands",
    "Marshall Islands", "Comoros", "Seychelles", "Czech Republic", "Dominican Republic",
    "Central African Republic", "Congo", "Russian Federation", "Vatican", "Holy See",
    "Faroe Islands", "Cook Islands", "Cayman Islands", "Falkland Islands",
)  # fmt: skip
"""How names of countries begin that take an article in a sentence."""

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]+")
_FORMATS = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb"
    "\U000e0000-\U000e0fff]+"
)
"""Signs that are not seen or turn a line around; those that join and part letters stay."""
_MARK = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]"
_STACKS = re.compile(f"({_MARK}{{4}}){_MARK}+")
"""More marks on one letter than a language has, which would run over the lines around it."""
_LONE = re.compile("[\ud800-\udfff]")


def clean(text: object, most: int | None = None) -> str:
    """Return a text from a dump on one line, without signs that are not seen or turn a line around.

    `most` is how many characters stay at most.
    """
    plain = _FORMATS.sub("", _CONTROLS.sub(" ", _LONE.sub("�", str(text or ""))))
    shown = " ".join(_STACKS.sub(r"\1", plain).split())
    if most is not None and len(shown) > most:
        shown = shown[: most - 1].rstrip() + "…"
    return shown


def number(value: float | None) -> str:
    """Return a number with thousands apart: 1,204; 3.5; an en dash for None."""
    if value is None:
        return "–"
    if abs(value - round(value)) < 0.05 or abs(value) >= 100:
        return f"{round(value):,}"
    return f"{value:,.1f}"


def many(count: float, noun: str, plural: str | None = None) -> str:
    """Return "1 event", "1,204 events"."""
    return f"{number(count)} {noun if count == 1 else plural or noun + 's'}"


def day(value: date) -> str:
    """Return "Tuesday 7 April 1987"."""
    return f"{value:%A} {value.day} {value:%B} {value.year}"


def listed(parts: Iterable[str]) -> str:
    """Return "a, b and c"."""
    said = list(parts)
    return " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)


@dataclass(frozen=True)
class Names:
    """What countries and event types are called."""

    countries: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[tuple[str, str | None], str] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Names:
        """Return the names in the rows of `warehouse.briefing`'s query `names`."""
        countries, types = {}, {}
        for row in rows:
            if row["kind"] == "country":
                countries[row["code"]] = row["name"]
            else:
                types[row["code"], row["mode"]] = row["name"]
        return cls(countries, types)

    def country(self, code: str | None) -> str:
        """Return a country's name; its code where it has none."""
        return "" if code is None else clean(self.countries.get(code, code))

    def within(self, code: str | None) -> str:
        """Return a country's name as it stands in a sentence: "the United Kingdom", "Chad"."""
        name = self.country(code)
        if ", The " in name:  # "Congo, The Democratic Republic of the"
            short, _, rest = name.partition(", The ")
            return f"the {rest.removesuffix(' the').removesuffix(' of')} of the {short}"
        return f"the {name}" if name.startswith(_WITH_ARTICLE) else name

    def what(self, event_type: str, mode: str | None = None) -> str:
        """Return what an event is: "Assault: explosives"."""
        named = self.types.get((event_type, None), event_type.capitalize())
        of = self.types.get((event_type, mode)) if mode else None
        return f"{named}: {of[0].lower()}{of[1:]}" if of else named

    def who(self, name: str | None, country: str | None, sector: str | None) -> str:
        """Return who takes part: its name, else its sector and country; empty where unknown."""
        role = SECTORS.get(sector or "", sector or "")
        if name:
            shown = clean(name, 80)
            return f"{shown} ({role})" if role and shown == self.country(country) else shown
        if country and role:
            return f"{role} of {self.country(country)}"
        return self.country(country) or role

    def place(self, name: str | None, country: str | None) -> str:
        """Return "Gaza, Palestine"; the country alone where that is all there is."""
        of = self.country(country)
        shown = clean(name, 60)
        return of if not shown or shown == of else f"{shown}, {of}" if of else shown

    def series(self, row: Row) -> str:
        """Return what a row of `changes` counts: "Assault in Iraq", "People killed in Chad"."""
        if row["counted"] == "deaths":
            named = "People reported killed"
        elif row["event_type"] is None:
            named = "All events"
        else:
            named = self.what(row["event_type"])
        return f"{named} in {self.within(row['country'])}" if row["country"] else named


def verdict(score: float) -> str:
    """Return how unusual a score is, in words."""
    if abs(score) < UNUSUAL:
        return "as usual"
    amount = "far " if abs(score) >= FAR else ""
    return f"{amount}{'more' if score > 0 else 'fewer'} than usual"


def usual(row: Row) -> str:
    """Return what a row of `changes` calls usual: "usually 2 to 5 a day", "usually none"."""
    low, high = number(row["low_28"]), number(row["high_28"])
    if low == high:
        return "usually none" if low == "0" else f"usually {low} a day"
    return f"usually {low} to {high} a day"


def against(count: float, middle: float) -> str:
    """Return how a count compares with a median: "3 times the median of 12"."""
    if not middle:
        return "the median is 0"
    ratio = count / middle
    if 0.95 <= ratio <= 1.05:
        return f"about the median of {number(middle)}"
    if ratio >= 1.95:
        return f"{number(ratio)} times the median of {number(middle)}"
    return (
        f"{abs(ratio - 1):.0%} {'above' if ratio > 1 else 'below'} the median of {number(middle)}"
    )
