"""How many people a phrase stands for: numerals, quantifiers, ranges and hedges, as bounds.

"12" is 12 to 12, "at least 12" 12 or more, "up to 12" at most 12, "10 to 15" and "between 10 and
15" 10 to 15, "dozens" 24 or more (fewer than 100), "hundreds" 200 to 999. A singular noun is one, a
plural without a number is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from transforms.extract.syntax import Token
from transforms.extract.times import lexicon
from transforms.extract.times.lexicon import words

_COLLECTIVE = {
    "dozen": (24, 99), "score": (40, 99), "hundred": (200, 999), "thousand": (2000, 9999),
    "ten": (20, 99), "couple": (2, 2), "several": (3, 9), "few": (3, 9),
}  # fmt: skip
_BASE = {"dozen": 12, "score": 20, "hundred": 100, "thousand": 1000}
_SCALE = {"hundred": 100, "thousand": 1000, "million": 10**6, "dozen": 12}
_NOT_PEOPLE = words(
    """
    year month week day hour minute percent dlrs dollar animal cow sheep chicken bird fish
    pig cattle deal bill job plan time
    """
)
_GROUPS = words(
    """
    family crew group team population rest crowd couple staff army village people public enemy
    number majority half police force unit community convoy patrol company party squad public town
    city militia gang cell leadership opposition government world nation country remainder economy
    """
)
_ONE_PERSON = words("him her his himself herself me myself")
_INDEFINITE_ONE = frozenset(["a", "an", "one", "another"])
_LEAST = re.compile(
    r"(?:at least|more than|over|above|no (?:fewer|less) than|upwards? of|in excess of"
    r"|(?:a )?minimum(?: of)?)\W*\Z",
    re.IGNORECASE,
)
_MOST = re.compile(
    r"(?:up to|as many as|at most|no more than|(?:fewer|less) than|under|below"
    r"|(?:a )?maximum(?: of)?)\W*\Z",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\bbetween\W*\Z", re.IGNORECASE)
_RANGE = re.compile(r"(\d[\d,]*)[-–](\d[\d,]*)\Z")
_HEDGE = 40  # characters before a numeral in which a hedge stands


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many at least and at most; `None` where a side is open."""

    least: int | None
    most: int | None

    @property
    def stated(self) -> int:
        """The number that the words name: the lower bound, of an upper bound alone that."""
        number = self.least if self.least is not None else self.most
        assert number is not None
        return number

    def plus(self, other: Bounds | None) -> Bounds:
        """Return the sum of two counts; what is open in one stays open."""
        if other is None:
            return self
        if self.least is None or other.least is None:
            return Bounds(None, _sum(self.most, other.most))
        return Bounds(self.least + other.least, _sum(self.most, other.most))


def _sum(left: int | None, right: int | None) -> int | None:
    return None if left is None or right is None else left + right


def exactly(number: int) -> Bounds:
    """Return the bounds of a number that is not hedged."""
    return Bounds(number, number)


def people(heads: Iterable[Token], verb: Token | None = None) -> Bounds | None:
    """Return the number of people in a list of noun phrases and what is joined to them.

    What is joined behind the verb of the first is not its: "57 who were killed and 18 missing".
    """
    total: Bounds | None = None
    for head in heads:
        for part in _conjuncts(head):
            if verb is not None and head.i < verb.i < part.i:
                continue
            number = None if _partitive(part) else count_of(part)
            if number is not None:
                total = number.plus(total)
    return total


def _partitive(number: Token) -> bool:
    """ "two of them": counted already."""
    return any(
        c.lower_ == "of" and any(g.lower_ in ("them", "whom", "these", "those") for g in c.children)
        for c in number.children
    )


def _conjuncts(head: Token) -> Iterator[Token]:
    current = [head]
    for _ in range(12):
        if not current:
            return
        token = current.pop(0)
        yield token
        current += [c for c in token.children if c.dep_ == "conj"]


def count_of(noun: Token) -> Bounds | None:
    """Return how many a noun phrase stands for: its numeral, its quantifier, or one."""
    if noun.lemma_.lower() in _NOT_PEOPLE or noun.ent_type_ in ("MONEY", "PERCENT"):
        return None
    bare = noun.like_num and noun.dep_ in ("dobj", "obj", "nsubj", "nsubjpass")
    if noun.ent_type_ in ("DATE", "TIME") and not bare:  # "wounding fourteen" looks like an age
        return None
    if noun.lower_ in ("nobody", "none") or any(
        c.dep_ == "det" and c.lower_ == "no" for c in noun.children
    ):
        return exactly(0)
    if noun.pos_ == "NUM" or noun.like_num:
        return numeral(noun)
    if noun.lemma_.lower() in _COLLECTIVE:
        return _collective(noun)
    for child in noun.children:
        if child.dep_ == "nummod":
            return numeral(child)
    for child in noun.children:
        if child.lemma_.lower() in ("several", "few") and child.dep_ in ("amod", "det"):
            return Bounds(*_COLLECTIVE[child.lemma_.lower()])
        if child.dep_ == "quantmod" and child.like_num:
            return numeral(child)
        if child.lemma_.lower() in _BASE and child.dep_ in ("amod", "compound", "nmod"):
            return _collective(child)
    if noun.tag_ in ("NN", "NNP") and any(c.lower_ in _INDEFINITE_ONE for c in noun.children):
        return exactly(1)
    if (noun.tag_ == "NNP" and noun.ent_type_ == "PERSON") or noun.lower_ in _ONE_PERSON:
        return exactly(1)
    known = any(c.lower_ in ("the", "this", "that") or c.dep_ == "poss" for c in noun.children)
    if noun.tag_ == "NN" and known and noun.lemma_.lower() not in _GROUPS:
        return exactly(1)
    return None


def _collective(token: Token) -> Bounds | None:
    lemma = token.lemma_.lower()
    if token.tag_ == "NNS" or token.lower_.endswith("s") or lemma not in _BASE:
        return Bounds(*_COLLECTIVE[lemma])
    base = _BASE[lemma]
    for child in token.children:
        if child.like_num:
            number = numeral(child)
            if number is None:
                return exactly(base)
            return Bounds(_times(number.least, base), _times(number.most, base))
        if child.lower_ == "several":
            return Bounds(3 * base, 10 * base - 1)
    return exactly(base)


def _times(number: int | None, factor: int) -> int | None:
    return None if number is None else number * factor


def numeral(token: Token) -> Bounds | None:
    """Return what a numeral says with the words around it; `None` for a fraction.

    The words compounded to it belong to it ("two hundred"), the other end of a range ("10 to 15",
    "between 10 and 15", "10-15") and the hedge before it ("at least", "up to").
    """
    parts = [
        c for c in token.children if c.dep_ in ("compound", "nummod", "quantmod") and c.like_num
    ]
    parts = sorted([*parts, token], key=lambda t: t.i)
    doc, first, last = token.doc, parts[0], parts[-1]
    before = doc.text[max(0, first.idx - _HEDGE) : first.idx]
    ends = _range(parts)
    if ends is not None:
        return ends
    if hyphened := _RANGE.match(token.text):
        low, high = (int(end.replace(",", "")) for end in hyphened.groups())
        return Bounds(low, high) if low <= high < 2**31 else None
    number = words_to_int([w.lower_ for w in parts])
    if number is None:
        return None
    if first.i >= 2 and doc[first.i - 1].lower_ in ("to", "-", "–", "or", "and"):
        lower = doc[first.i - 2]
        opening = doc.text[max(0, lower.idx - _HEDGE) : lower.idx]
        joined = doc[first.i - 1].lower_ != "and" or _BETWEEN.search(opening) is not None
        least = words_to_int([lower.lower_]) if lower.like_num and joined else None
        if least is not None and least <= number:
            return Bounds(least, number)
    if last.i + 2 < len(doc):
        link, upper = doc[last.i + 1].lower_, doc[last.i + 2]
        joined = link in ("to", "-", "–", "or") or (
            link == "and" and _BETWEEN.search(before) is not None
        )
        most = words_to_int([upper.lower_]) if joined and upper.like_num else None
        if most is not None and most >= number:
            return Bounds(number, most)
    if _LEAST.search(before):
        return Bounds(number, None)
    if _MOST.search(before):
        return Bounds(None, number)
    return exactly(number)


def _range(parts: list[Token]) -> Bounds | None:
    """Return the ends of "10 to 15" where the parser made one numeral of them."""
    for left, right in pairwise(parts):
        between = [t.lower_ for t in left.doc[left.i + 1 : right.i]]
        if between in (["to"], ["-"], ["–"], ["or"]):
            low = words_to_int([p.lower_ for p in parts if p.i <= left.i])
            high = words_to_int([p.lower_ for p in parts if p.i >= right.i])
            if low is not None and high is not None and low <= high:
                return Bounds(low, high)
    return None


def words_to_int(numbers: list[str]) -> int | None:
    """Return an integer from digits or number words.

    >>> words_to_int(["two", "hundred"]), words_to_int(["1,200"]), words_to_int(["2.5"])
    (200, 1200, None)
    """
    total: float = 0
    for word in (part for w in numbers for part in w.split("-")):
        plain = word.replace(",", "")
        whole, point, part = plain.partition(".")
        if point and (whole + part).isascii() and (whole + part).isdigit() and len(plain) < 10:
            total += float(plain)
        elif plain.isascii() and plain.isdigit() and len(plain) < 10:
            total += int(plain)
        elif word in lexicon.NUMBER_WORDS:
            total += lexicon.NUMBER_WORDS[word]
        elif word in _SCALE:
            total = max(total, 1) * _SCALE[word]
        elif word in ("a", "an"):
            total += 1
        else:
            return None
    exact = total == int(total)
    return int(total) if numbers and exact and 0 <= total < 2**31 else None
