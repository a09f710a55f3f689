"""What a clause counts: the dead and the hurt, arrests, protesters, the displaced, money.

Each is a measure with bounds and a unit: `people`, or of money an ISO 4217 code (the currency's
word where several countries use it). A bound that the words leave open is `None`: "at least 12" has
no `most`, "up to 30" no `least`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from transforms.extract import casualties
from transforms.extract.lexicon.match import lemma, objects, subjects
from transforms.extract.model import Coding, Sentence
from transforms.extract.numerals import Bounds, count_of, people
from transforms.extract.syntax import Token
from transforms.extract.times.lexicon import words
from transforms.schemas import MEASURES

CURRENCIES = Path(__file__).with_name("currencies.tsv")
_SUFFERED = {("COERCE", "arrest"): "arrests", ("ASSAULT", "abduct"): "abducted"}
# "The suspect fled", "the group protested": one is nobody's count of these.
_OF_MANY = frozenset(("missing", "displaced", "protesters", "troops"))
_DISPLACING = words("displace evacuate uproot expel deport relocate")
_FLEEING = words("flee")
_HOMELESS = frozenset(("homeless", "displaced"))
_SCALES = {
    "thousand": 10**3, "k": 10**3, "lakh": 10**5, "million": 10**6, "mln": 10**6, "m": 10**6,
    "mn": 10**6, "crore": 10**7, "billion": 10**9, "bln": 10**9, "bn": 10**9, "b": 10**9,
    "trillion": 10**12, "trln": 10**12, "tn": 10**12,
}  # fmt: skip
_SPELT = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "half a": 0.5, "a": 1,
}  # fmt: skip
_LEAST = re.compile(r"(?:at least|more than|over|above|in excess of|no less than)\s*\Z", re.I)
_MOST = re.compile(r"(?:up to|as much as|at most|no more than|less than|under|below)\s*\Z", re.I)

_EACH = re.compile(r"\s(?:an?|per|each|apiece)\b(?! (?:year|month|week|day)\b)", re.I)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A count or a sum that a clause states, with its bounds and unit."""

    measure: str
    least: float | None
    most: float | None
    unit: str


@cache
def currencies() -> dict[str, str]:
    """Return the ISO 4217 code of each word for a currency, empty where several share the word."""
    with CURRENCIES.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t")
        return {row["word"]: row["code"] or "" for row in rows}


@cache
def _money() -> re.Pattern[str]:
    symbols = sorted((w for w in currencies() if not w[-1].isalpha()), key=len, reverse=True)
    names = sorted((w for w in currencies() if w[-1].isalpha()), key=len, reverse=True)
    number = r"(?P<{0}>\d[\d,]*(?:\.\d+)?)"
    scale = r"(?:[ -]?(?P<{0}>" + "|".join(sorted(_SCALES, key=len, reverse=True)) + r")\b)"
    symbol = "|".join(re.escape(s) for s in symbols) + r"|\brs\.?"
    name = "|".join(re.escape(n) for n in names)
    spelt = "|".join(sorted(_SPELT, key=len, reverse=True))
    upper = (
        rf"(?:\s?(?:-|–|to|and)\s?(?:{symbol})?\s?{number.format('{0}')}{scale.format('{1}')}?)?"
    )
    before = (
        rf"(?<![\w$£€¥])(?P<symbol>{symbol})\s?{number.format('a')}{scale.format('s')}?"
        + upper.format("a2", "s2")
    )
    after = (
        rf"(?<![\w.,$£€¥])(?:{number.format('b')}|(?P<spelt>\b(?:{spelt})\b)){scale.format('t')}?"
        + upper.format("b2", "t2")
        + rf"\s(?P<name>(?:{name}))s?\b"
    )
    return re.compile(f"{before}|{after}", re.IGNORECASE)


def money(text: str) -> Iterator[tuple[int, int, Quantity]]:
    """Yield start, end and quantity of every sum of money in a text.

    >>> [q for _, _, q in money("between $5 million and $7 million, or 300 mln Swiss francs")]
    [Quantity(measure='money', least=5000000.0, most=7000000.0, unit='USD'), \
Quantity(measure='money', least=300000000.0, most=300000000.0, unit='CHF')]
    """
    for found in _money().finditer(text):
        group = found.groupdict()
        word = (group["symbol"] or group["name"] or "").casefold().rstrip(".")
        if group["name"] and group["spelt"] and not group["t"]:
            continue  # "a real", "one mark"
        if _EACH.match(text, found.end()):
            continue  # a price, no sum
        unit = currencies().get(word, "") or word
        first, scale = group["a"] or group["b"], group["s"] or group["t"]
        other, other_scale = group["a2"] or group["b2"], group["s2"] or group["t2"]
        value = _amount(first, group["spelt"], scale or (other_scale if other else None))
        top = _amount(other, None, other_scale or scale) if other else value
        before = text[max(0, found.start() - 24) : found.start()]
        least: float | None = value
        most: float | None = top
        if other is None and _LEAST.search(before):
            most = None
        elif other is None and _MOST.search(before):
            least = None
        if least is not None and most is not None and most < least:
            most = least
        yield found.start(), found.end(), Quantity("money", least, most, unit)


def _amount(digits: str | None, spelt: str | None, scale: str | None) -> float:
    number = float(digits.replace(",", "")) if digits else _SPELT[(spelt or "a").casefold()]
    return number * _SCALES.get((scale or "").casefold(), 1)


def find(
    coding: Coding, sentence: Sentence, tolls: tuple[Bounds | None, Bounds | None]
) -> list[Quantity]:
    """Return what the clause of a coding counts, at most one quantity a measure.

    `tolls` are the dead and the injured that `casualties.tolls` found in it.

    Of several sums of money the first behind the trigger is taken, else the first of the clause.
    """
    doc, event = sentence.doc, coding.trigger
    if doc is None:
        return []
    found: dict[str, Quantity] = {}

    def note(measure: str, bounds: Bounds | None) -> None:
        alone = bounds is not None and bounds.stated < 2 and measure in _OF_MANY
        if bounds is not None and measure not in found and not alone:
            found[measure] = Quantity(measure, bounds.least, bounds.most, "people")

    note("deaths", tolls[0])
    note("injuries", tolls[1])
    suffered = _SUFFERED.get((event.event_type, event.event_mode or ""))
    if suffered and coding.recipient is not None:
        patients = objects(event.head) if event.head.pos_ == "VERB" else []
        held = any(t in coding.recipient for t in patients)
        note(suffered, people(patients[:1]) if held else count_of(coding.recipient.root))
    if (event.event_type, event.event_mode) == ("MOBILIZE", "troops"):
        note("troops", people(objects(event.head)[:1]))
    if event.event_type == "PROTEST" and coding.actor is not None:
        note("protesters", count_of(coding.actor.root))
    tokens = list(casualties.clause(event.head))
    for token in tokens:
        if token.pos_ == "VERB" and lemma(token) in _DISPLACING:
            note("displaced", people(objects(token), token))
        elif token.pos_ == "VERB" and lemma(token) in _FLEEING:
            note("displaced", people(subjects(token)))
        elif token.lower_ in _HOMELESS and token.pos_ != "VERB":
            note("displaced", casualties.predicated(token))
        elif token.lower_ == "missing":
            note("missing", casualties.predicated(token))
    sums = [each for each in _sums(doc.text) if _touches(each, tokens)]
    behind = [each for each in sums if each[0] >= event.head.idx]
    for _, _, amount in (behind or sums)[:1]:
        found["money"] = amount
    return [found[measure] for measure in MEASURES if measure in found]


@lru_cache(maxsize=64)
def _sums(text: str) -> tuple[tuple[int, int, Quantity], ...]:
    """Return the sums of money of a sentence, which every mention in it asks for."""
    return tuple(money(text))


def _touches(each: tuple[int, int, Quantity], tokens: list[Token]) -> bool:
    return any(each[0] <= token.idx < each[1] for token in tokens)
