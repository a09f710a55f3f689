"""The knowledge about actors: tables beside this module, read once and indexed by phrase.

Countries, roles, organisations, armed groups, leaders and given names are CSV files whose header
comments give columns and provenance; a researcher extends them without touching code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from transforms.extract import additions

EntryKind = Literal[
    "country", "demonym", "capital", "metonym", "place", "organisation", "group", "leader"
]
Gender = Literal["f", "m"]

NAMED = ("countries", "organisations", "armed_groups", "leaders")
"""Tables whose first column names what a row is about."""

_PLURALS = (
    *(("men", "man"), ("ies", "y"), ("ves", "f"), ("ches", "ch"), ("shes", "sh")),
    *(("sses", "ss"), ("xes", "x"), ("s", "")),
)
_FOLD = str.maketrans({"\u2019": "'", "\u2018": "'", "\n": " ", "\u00a0": " ", "\u2010": "-"})


@dataclass(frozen=True, slots=True)
class Entry:
    """What a phrase can stand for. `since` and `until` bound an office or a group's existence."""

    kind: EntryKind
    name: str
    country: str | None
    sector: str | None
    surface: str
    office: str | None = None
    since: date | None = None
    until: date | None = None
    gender: Gender | None = None

    @property
    def is_acronym(self) -> bool:
        """Whether the phrase counts only as written: capitals, no lower-case letter."""
        return self.surface.isupper() and self.surface.isascii() and len(self.surface) <= 8

    def valid_on(self, day: date | None, before: int = 370, after: int = 200) -> bool:
        """Tell whether `day` lies in the entry's period, give or take days `before`, `after`."""
        if day is None:
            return True
        if self.since and (self.since - day).days > before:
            return False
        return not (self.until and (day - self.until).days > after)


@dataclass(frozen=True, slots=True)
class Role:
    """A role noun: the sector it gives and the word it adds to a country's name."""

    phrase: str
    sector: str
    label: str
    kind: Literal["person", "group", "people"]


@dataclass(slots=True)
class Knowledge:
    """All tables, indexed."""

    entries: dict[str, tuple[Entry, ...]] = field(default_factory=dict)
    longest: dict[str, int] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)
    country_names: dict[str, str] = field(default_factory=dict)
    adjectives: dict[str, str] = field(default_factory=dict)
    given_names: Mapping[str, Gender | None] = field(default_factory=dict)
    surnames: dict[str, tuple[Entry, ...]] = field(default_factory=dict)
    offices: dict[tuple[str, str], tuple[Entry, ...]] = field(default_factory=dict)


def fold(text: str) -> str:
    """Return `text` in the form in which phrases are looked up: lower case, plain apostrophes."""
    if not text.isascii() or "\n" in text:
        text = text.translate(_FOLD)
    folded = text.lower()
    return " ".join(folded.split()) if "  " in folded else folded


def singulars(word: str) -> Iterator[str]:
    """Yield `word` and what it may be the plural of."""
    yield word
    for ending, replacement in _PLURALS:
        if word.endswith(ending) and len(word) > len(ending) + 1:
            yield word[: len(word) - len(ending)] + replacement


@additions.kept
def knowledge() -> Knowledge:
    """Read and index the tables; a user's rows (`additions`) come first.

    They take the place of all rows of ours with the same name (of countries, the same code).
    Raises `additions.AdditionError` on a row that does not fit its header.
    """
    result = Knowledge()
    found: list[Entry] = []
    for row in _rows("countries"):
        iso3, name = row["iso3"], row["name"]
        result.country_names[iso3] = name
        demonyms = _split(row["demonyms"])
        result.adjectives[iso3] = demonyms[0] if demonyms else name
        for surface in (name, *_split(row["aliases"])):
            found.append(Entry("country", name, iso3, "GOV", surface))
        for surface in demonyms:
            found.append(Entry("demonym", name, iso3, None, surface))
        for surface in _split(row["capital"]):
            found.append(Entry("capital", name, iso3, "GOV", surface))
        for surface in _split(row["metonyms"]):
            found.append(Entry("metonym", name, iso3, "GOV", surface))
        for surface in _split(row["places"]):
            found.append(Entry("place", surface, iso3, None, surface))
    for row in _rows("organisations"):
        for surface in (row["name"], *_split(row["aliases"])):
            found.append(
                Entry("organisation", row["name"], row["country"] or None, row["sector"], surface)
            )
    for row in _rows("armed_groups"):
        for surface in (row["name"], *_split(row["aliases"])):
            found.append(
                Entry(
                    "group",
                    row["name"],
                    row["country"] or None,
                    row["sector"],
                    surface,
                    since=_date(row["from"]),
                    until=_date(row["to"], last=True),
                )
            )
    surnames: dict[str, list[Entry]] = {}
    offices: dict[tuple[str, str], list[Entry]] = {}
    for row in _rows("leaders"):
        period = (_date(row["from"]), _date(row["to"], last=True))
        gender: Gender = "f" if row["gender"] == "f" else "m"
        for surface in (row["name"], *_split(row["aliases"])):
            entry = Entry(
                "leader",
                row["name"],
                row["country"] or None,
                row["sector"],
                surface,
                row["office"],
                *(*period, gender),
            )
            found.append(entry)
        last = fold(row["name"]).rpartition(" ")[2]
        surnames.setdefault(last, []).append(entry)
        offices.setdefault((row["country"], row["office"]), []).append(entry)
    result.surnames = {key: tuple(values) for key, values in surnames.items()}
    result.offices = {key: tuple(values) for key, values in offices.items()}
    _index(result, found)
    for row in _rows("roles"):
        for phrase in _split(row["roles"]):
            kind: Literal["person", "group", "people"] = "people"
            if row["kind"] == "person":
                kind = "person"
            elif row["kind"] == "group":
                kind = "group"
            result.roles.setdefault(phrase, Role(phrase, row["sector"], row["label"], kind))
    names: dict[str, Gender | None] = {}
    for row in _rows("given_names"):
        for name in row["names"].split():
            known = row["gender"]
            names.setdefault(name, "f" if known == "f" else "m" if known == "m" else None)
    result.given_names = names
    return result


def _index(result: Knowledge, found: Iterable[Entry]) -> None:
    index: dict[str, list[Entry]] = {}
    for entry in found:
        keys = [fold(entry.surface)]
        if entry.kind == "demonym" and keys[0][-1] not in "sh" and not keys[0].endswith("ese"):
            keys.append(keys[0] + "s")
        for key in keys:
            index.setdefault(key, []).append(entry)
    for key, entries in index.items():
        result.entries[key] = tuple(entries)
        first = _first_token(key)
        result.longest[first] = max(result.longest.get(first, 0), key.count(" ") + 1)


def _first_token(key: str) -> str:
    """Return the first piece of `key` as the tokenizer would cut it (hyphens and clitics apart)."""
    word = key.split(" ", 1)[0]
    for mark in ("'s", "-", "/"):
        if mark in word[1:]:
            word = word[: word.index(mark, 1)]
    return word


def _rows(kind: str) -> Iterator[dict[str, str]]:
    """Yield the rows of a table, a user's first, without our rows of what these name."""
    ours = additions.SHIPPED[kind]
    named: set[str] = set()
    for path in (*additions.files(kind), ours):
        for row in additions.rows(path):
            name = fold(next(iter(row.values())))
            if path != ours and kind in NAMED:
                named.add(name)
            elif path == ours and name in named:
                continue
            yield row


def _split(cell: str) -> list[str]:
    return [part.strip() for part in cell.split("|") if part.strip()]


def _date(cell: str, *, last: bool = False) -> date | None:
    """Return the first day of a year, month or day; with `last`, the last day of a year."""
    if not cell:
        return None
    parts = [int(part) for part in cell.split("-")]
    if len(parts) == 1 and last:
        return date(parts[0], 12, 31)
    return date(parts[0], parts[1] if len(parts) > 1 else 1, parts[2] if len(parts) > 2 else 1)
