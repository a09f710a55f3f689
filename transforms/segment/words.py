"""The words of a text's units in flat arrays, and what is known of words beforehand."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

MOST_CHARS = 2000
"""How much of a unit is taken apart into words."""
PRIOR_UNITS = 150.0
"""What is known beforehand of how common a word is counts as much as this many units."""
_WORD = r"[\p{L}\p{N}]+(?:['’][\p{L}\p{N}]+)?"
_FUNCTION_WORDS_TEXT = """
a about after all also an and any are as at be because been before being between both but by can
could did do does down during each even for from further had has have he her here him his how i
if in into is it its itself just like made make many may me might more most much must my new no
nor not now of off on once one only or other our out over own per said same say says she should
since so some such than that the their them then there these they this those through time to
told too two under until up upon us very was we were what when where which while who whom whose
why will with within without would year years yet you your s t re ve ll mr mrs ms dr last first
week day days people
"""
_FUNCTION_WORDS = frozenset(_FUNCTION_WORDS_TEXT.split())


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What is known of words beforehand, by the hash of their stem, in ascending order.

    `rarity` is the negative logarithm of the share of lines that hold the word; `signs` the
    log-odds that a line with the word is a headline, a story's first paragraph, its last one.
    """

    hashes: npt.NDArray[np.uint32]
    rarity: Floats
    signs: Floats

    def find(self, hashes: npt.NDArray[np.uint32]) -> Indices:
        """Return the place of each hash, or that behind the last where it is not known."""
        if not len(self.hashes):
            return np.zeros(len(hashes), np.int64)
        at = np.minimum(np.searchsorted(self.hashes, hashes), len(self.hashes) - 1)
        return np.where(self.hashes[at] == hashes, at, len(self.hashes))


EMPTY = Lexicon(np.zeros(0, np.uint32), np.zeros(0, np.float32), np.zeros((0, 3), np.float32))


@lru_cache(maxsize=200_000)
def stem_of(word: str) -> str:
    """A crude stem that is the same for inflections: it only has to match words of one dump."""
    plain = word.lower().replace("’", "'")
    if plain.endswith("'s"):
        plain = plain[:-2]
    for suffix in ("ings", "ing", "ies", "ied", "ed", "es", "s"):
        if plain.endswith(suffix) and len(plain) - len(suffix) >= 3:
            plain = plain[: -len(suffix)]
            break
    return plain[:7].rstrip("ey")


@lru_cache(maxsize=200_000)
def _known(word: str) -> tuple[str, int, bool, bool, bool]:
    """Stem, hash of the stem with function words kept apart, function word, capital, letters."""
    lower = word.lower()
    stem = stem_of(word)
    function = lower in _FUNCTION_WORDS
    key = lower if function or not stem else stem
    plain = function or not stem or len(word) < 2
    return stem, zlib.crc32(key.encode()), plain, word[0].isupper(), word[0].isalpha()


@dataclass(frozen=True, slots=True)
class Words:
    """All words of `count` units, in order. `bounds` are where each unit's words start and end.

    `stem` numbers the stems, `plain` marks function words, which tie nothing together, `hash`
    finds a word in a `Lexicon`, `name` marks stems that the text never writes small.
    """

    count: int
    bounds: Indices
    owner: Indices
    stem: Indices
    hash: npt.NDArray[np.uint32]
    plain: Flags
    capital: Flags
    alpha: Flags
    stems: int


def words_of(texts: Sequence[str]) -> Words:
    """Take `texts` apart into words."""
    series = pl.Series("text", texts, pl.String)
    found = series.str.head(MOST_CHARS).str.extract_all(_WORD)
    lengths = found.list.len().to_numpy().astype(np.int64)
    flat = found.explode().drop_nulls()
    vocabulary = flat.unique(maintain_order=True)
    code = flat.cast(pl.Enum(vocabulary)).to_physical().to_numpy().astype(np.int64)
    stems: dict[str, int] = {}
    known = [_known(word) for word in vocabulary.to_list()]
    number = np.asarray([stems.setdefault(entry[0], len(stems)) for entry in known], np.int64)
    hashes = np.asarray([entry[1] for entry in known], np.uint32)
    flags = np.asarray([entry[2:] for entry in known], bool).reshape(len(known), 3).T
    bounds = np.concatenate([[0], np.cumsum(lengths)])
    return Words(
        count=len(texts),
        bounds=bounds,
        owner=np.repeat(np.arange(len(texts), dtype=np.int64), lengths),
        stem=number[code],
        hash=hashes[code],
        plain=flags[0][code],
        capital=flags[1][code],
        alpha=flags[2][code],
        stems=len(stems),
    )


@dataclass(frozen=True, slots=True)
class Stems:
    """The distinct content stems of each unit, sorted by stem, then unit.

    `weight` is how much a stem tells (its rarity), `name` whether the text never writes it small.
    """

    unit: Indices
    stem: Indices
    weight: Doubles
    name: Flags


def stems_of(words: Words, lexicon: Lexicon) -> Stems:
    """Return the distinct content stems of each unit, with weights from text and `lexicon`."""
    content = ~words.plain
    stem, owner = words.stem[content], words.owner[content]
    capital = words.capital[content] | ~words.alpha[content]
    size = max(words.count, 1)
    keys = np.sort(stem * size + owner)
    if len(keys):
        keys = keys[np.concatenate([[True], keys[1:] != keys[:-1]])]
    distinct, unit = keys // size, keys % size
    lone = np.zeros(words.stems + 1, bool)  # stems ever written small are no names
    lone[stem[~capital]] = True
    frequency = np.bincount(distinct, minlength=words.stems + 1).astype(np.float64)
    hashes = np.zeros(words.stems + 1, np.uint32)
    hashes[stem] = words.hash[content]
    place = lexicon.find(hashes)
    share = np.exp(-np.append(lexicon.rarity, 12.0))[place]
    weight = np.log((size + PRIOR_UNITS + 1.0) / (frequency + PRIOR_UNITS * share + 0.5))
    return Stems(unit, distinct, weight[distinct], ~lone[distinct])
