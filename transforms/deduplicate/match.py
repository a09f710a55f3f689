"""Which texts to compare, and how much of each other they hold.

Everything works on arrays: the sketches of the texts at hand are one sparse matrix, and pairs of
texts are two arrays of row numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from transforms.deduplicate import fingerprint as fp
from transforms.deduplicate.fingerprint import F64, I32, I64, U32, Mask
from transforms.deduplicate.sketches import flat

WINDOW = timedelta(hours=48)
"""Near copies lie no further apart; beyond, a look-alike is a template filled anew."""

PAD = 12
"""Added to the smaller size in a score: what two tiny texts share by chance must not join them."""

NEIGHBOURS = 16
"""With how many texts, the nearest before it in time, a text is compared for one key."""

TABULAR = 0.7
"""The part of its 3-grams that holds a figure in a text that is a table."""

FIGURES = (6, 12)
"""3-grams with figures that both texts need for a doubt, and to be sure, that figures differ."""

WORDED = (0.5, 0.7)
"""The part of its other 3-grams that a template keeps at least, for a doubt and to be sure."""

REFILLED = (0.45, 0.3)
"""The part of what the words keep below which the figures of two texts are others, likewise."""

DOUBTFUL = 0.6
"""What a score is worth where there is a doubt."""

SAME_FORM = 0.5
"""What part of the longer text the shorter one of two copies of a template is at least."""

_CHUNK = 1 << 16
_MEETINGS = 1 << 22
"""How many meetings are counted at a time; bounds the memory that this takes."""

Pairs = tuple[I64, I64]


@dataclass(frozen=True)
class Texts:
    """The sketches of n texts."""

    matrix: sparse.csr_matrix
    """One row a text, one column a fingerprint; ones."""
    key_row: I32
    """The text that each key belongs to, ascending."""
    key: U32
    """Its fingerprints by which a text is found."""
    words: I64
    """The number of words of each text."""
    size: F64
    """The number of 3-grams of each text, boilerplate not counted."""

    @cached_property
    def figures(self) -> I64:
        """How many fingerprints of each text stand for 3-grams with a figure."""
        return _per_row(self.matrix.indptr, self.matrix.indices & 1)

    def places_of(self, texts: npt.NDArray[np.integer]) -> I64:
        """Return where in the matrix's order the fingerprints of these texts stand."""
        begin, end = self.matrix.indptr[texts], self.matrix.indptr[np.asarray(texts) + 1]
        return ranges(begin, end)

    def fingerprints_of(self, texts: npt.NDArray[np.integer]) -> tuple[I32, U32]:
        """Return text and value of all fingerprints of these texts, in their order."""
        count = np.diff(self.matrix.indptr)[texts]
        values = self.matrix.indices[self.places_of(texts)].astype(np.uint32)
        return np.repeat(np.asarray(texts, np.int32), count), values

    def only(self, texts: npt.NDArray[np.integer]) -> Texts:
        """Return these texts alone, with numbers from 0, and without their keys."""
        none = np.zeros(0, np.int32)
        return Texts(
            self.matrix[texts], none, none.astype(np.uint32), self.words[texts], self.size[texts]
        )

    def searched(self, texts: I64) -> Texts:
        """Return the same, but with the keys of these texts only."""
        wanted = np.zeros(len(self.size), bool)
        wanted[texts] = True
        kept = wanted[self.key_row]
        return replace(self, key_row=self.key_row[kept], key=self.key[kept])

    def without(self, gone: Mask) -> Texts:
        """Return the texts without some of their fingerprints, given in the matrix's order."""
        if not gone.any():
            return self
        indptr = self.matrix.indptr
        kept = _per_row(indptr, ~gone)
        share = kept / np.maximum(np.diff(indptr), 1)
        pointer = np.concatenate([[0], np.cumsum(kept)]).astype(np.int32)
        matrix = _matrix(self.matrix.indices[~gone], pointer)
        return replace(self, matrix=matrix, size=self.size * share)


def ranges(begin: npt.NDArray[np.integer], end: npt.NDArray[np.integer]) -> I64:
    """Return begin[0], begin[0] + 1, … end[0] - 1, begin[1], …"""
    count = (end - begin).astype(np.int64)
    shift = np.repeat(begin - (np.cumsum(count) - count), count)
    return np.asarray(np.arange(len(shift)) + shift, np.int64)


@dataclass(frozen=True, slots=True)
class Common:
    """What the two texts of each pair share, estimated from their sketches."""

    grams: F64
    """3-grams."""
    sampled: I64
    """Fingerprints."""
    figures: I64
    """Fingerprints of 3-grams with a figure."""

    def only(self, kept: Mask) -> Common:
        """Return what is said of some of the pairs."""
        return Common(self.grams[kept], self.sampled[kept], self.figures[kept])

    def updated(self, index: I64, other: Common) -> Common:
        """Return this with what `other` says of the pairs at `index`."""
        grams, sampled, figures = self.grams.copy(), self.sampled.copy(), self.figures.copy()
        grams[index], sampled[index] = other.grams, other.sampled
        figures[index] = other.figures
        return Common(grams, sampled, figures)


def _per_row(indptr: npt.NDArray[np.integer], values: npt.NDArray[np.generic]) -> I64:
    """Return the sum of the values of each row of a compressed matrix."""
    out = np.zeros(len(indptr) - 1, np.int64)
    filled = indptr[1:] > indptr[:-1]
    if filled.any():
        out[filled] = np.add.reduceat(values, indptr[:-1][filled], dtype=np.int64)
    return out


def _matrix(columns: npt.NDArray[np.integer], indptr: npt.NDArray[np.integer]) -> sparse.csr_matrix:
    shape = (len(indptr) - 1, fp.LARGEST + 1)
    ones = np.ones(len(columns), np.int8)
    matrix = sparse.csr_matrix(
        (ones, columns.astype(np.int32, copy=False), indptr), shape=shape, copy=False
    )
    matrix.has_sorted_indices = matrix.has_canonical_format = True
    return matrix


def texts(sketches: pl.DataFrame) -> Texts:
    """Arrange sketches (schema `Sketches`, one a text) for matching."""
    fingerprints, count = flat(sketches["fingerprints"])
    indptr = np.concatenate([[0], np.cumsum(count)]).astype(np.int32)
    return Texts(
        _matrix(fingerprints.view(np.int32), indptr),
        *keys(sketches),
        sketches["words"].to_numpy().astype(np.int64),
        sketches["size"].to_numpy().astype(float),
    )


def keys(sketches: pl.DataFrame) -> tuple[I32, U32]:
    """Return row (ascending) and value of the keys of sketches (schema `Sketches`)."""
    value, count = flat(sketches["keys"])
    return np.repeat(np.arange(len(count), dtype=np.int32), count), value


def points(text: I64, when: F64) -> tuple[I64, F64]:
    """Return texts and times that stand for all times at which each text was published, seconds.

    Of each text and day the first and the last time are enough: whatever lies within `WINDOW` of
    one in between lies so of one of these, or of the next. Texts without a time (NaN) have one
    point, which is NaN.
    """
    frame = pl.DataFrame({"text": text, "when": when})
    dated = frame.filter(pl.col("when").is_not_nan())
    ends = dated.group_by(
        "text", (pl.col("when") // (WINDOW.total_seconds() / 2)).alias("day")
    ).agg(first=pl.min("when"), last=pl.max("when"))
    kept = pl.concat(
        [
            ends.select("text", when="first"),
            ends.filter(pl.col("last") > pl.col("first")).select("text", when="last"),
            frame.select("text")
            .unique()
            .join(dated, on="text", how="anti")
            .with_columns(when=pl.lit(float("nan"))),
        ]
    ).sort("when", "text")
    return kept["text"].to_numpy(), kept["when"].to_numpy()


@dataclass(frozen=True, slots=True)
class Meetings:
    """Which pairs of texts share keys: a row for each key that a pair shares."""

    first: I32
    second: I32


def meetings(row: I32, key: U32, of: I64, when: F64) -> Meetings:
    """Return which texts share keys and were published within `WINDOW`, the earlier number first.

    `row` and `key` are the keys of texts. `of` and `when` are `points`, in order of time, those
    without a time last. For one key a text is compared with the `NEIGHBOURS` nearest before it,
    so that the work stays linear where a phrase, or a story, is everywhere; a text without a date
    is compared with the last ones.
    """
    order = np.argsort(of, kind="stable")
    count = np.bincount(of)
    begin = np.concatenate([[0], np.cumsum(count)])
    point = order[ranges(begin[row], begin[row + 1])]
    code = (np.repeat(key, count[row]).astype(np.uint64) << np.uint64(32)) | point.astype(np.uint64)
    code.sort()
    keys = (code >> np.uint64(32)).astype(np.uint32)
    point = (code & np.uint64(0xFFFFFFFF)).astype(np.int64)
    text, at = of[point].astype(np.int32), when[point]
    window = WINDOW.total_seconds()
    first, second = [], []
    later = np.arange(len(keys))
    for step in range(1, NEIGHBOURS + 1):
        later = later[later >= step]
        later = later[keys[later] == keys[later - step]]
        # No later neighbour of a dated text is nearer in time; those of undated ones come last.
        later = later[~(at[later] - at[later - step] > window)]
        if not len(later):
            break
        a, b = text[later - step], text[later]
        apart = a != b
        first.append(np.minimum(a, b)[apart])
        second.append(np.maximum(a, b)[apart])
    if not first:
        none = np.zeros(0, np.int32)
        return Meetings(none, none)
    return Meetings(np.concatenate(first), np.concatenate(second))


def same_headline(met: Meetings, headline: U32) -> Pairs:
    """Return the pairs of texts that meet and have one headline; `headline` is 0 without one."""
    same = (headline[met.first] == headline[met.second]) & (headline[met.first] > 0)
    code = np.sort(met.first[same].astype(np.int64) * len(headline) + met.second[same])
    code = code[np.append(True, code[1:] != code[:-1])[: len(code)]]
    return code // max(len(headline), 1), code % max(len(headline), 1)


def candidates(met: Meetings, sharing: F64, size: F64, least: float) -> Pairs:
    """Return the pairs of texts, first before second, whose keys promise a score of `least`.

    `sharing` is the share of its 3-grams that each text offers as keys, `size` how many it has.
    """
    n = len(size)
    found = []
    for low, high in _blocks(met.first, n):
        inside = (met.first >= low) & (met.first < high)
        hits = met.first[inside].astype(np.int64) * n + met.second[inside]
        hits.sort()
        new = np.flatnonzero(np.append(True, hits[1:] != hits[:-1])[: len(hits)])
        shared = np.diff(np.append(new, len(hits)))
        first, second = hits[new] // max(n, 1), hits[new] % max(n, 1)
        smaller = np.minimum(size[first], size[second]) + PAD
        worth = shared >= least * np.minimum(sharing[first], sharing[second]) * smaller
        found.append((first[worth], second[worth]))
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return np.concatenate([a for a, _ in found]), np.concatenate([b for _, b in found])


def _blocks(first: I32, n: int) -> list[tuple[int, int]]:
    """Return ranges of texts that begin at most about `_MEETINGS` meetings each, in order."""
    ends = np.cumsum(np.bincount(first, minlength=n))
    block = ends // _MEETINGS
    begins = np.flatnonzero(np.append(True, block[1:] != block[:-1])[:n])
    return list(pairwise([*begins.tolist(), n]))


def common(at: Texts, pairs: Pairs) -> Common:
    """Return what the two texts of each pair share."""
    sampled = np.zeros(len(pairs[0]), np.int64)
    figures = np.zeros(len(pairs[0]), np.int64)
    for low in range(0, len(sampled), _CHUNK):
        part = slice(low, low + _CHUNK)
        both = at.matrix[pairs[0][part]].multiply(at.matrix[pairs[1][part]]).tocsr()
        sampled[part] = np.diff(both.indptr)
        figures[part] = _per_row(both.indptr, both.indices & 1)
    share = fp.threshold(at.words, fp.KEEP, fp.LEAST_SHARE)
    grams = sampled / np.minimum(share[pairs[0]], share[pairs[1]])
    return Common(grams, sampled, figures)


def containment(at: Texts, pairs: Pairs, shared: Common) -> F64:
    """Return the share of the smaller text that the larger one holds, in [0, 1]."""
    smaller = np.minimum(at.size[pairs[0]], at.size[pairs[1]])
    held: F64 = np.minimum(1.0, shared.grams / np.maximum(smaller, 1.0))
    return held


def score(at: Texts, pairs: Pairs, shared: Common) -> F64:
    """Return the similarity of each pair: a containment that shrinks for tiny texts, in [0, 1]."""
    smaller = np.minimum(at.size[pairs[0]], at.size[pairs[1]])
    alike: F64 = np.minimum(1.0, shared.grams / (smaller + PAD))
    return alike


def balance(at: Texts, pairs: Pairs) -> F64:
    """Return how a weak score counts by the sizes of the two texts, in (0, 1].

    Noise in one of two equal texts lowers their score evenly; but where a long text holds part of
    a short one, it quotes it.
    """
    a, b = at.size[pairs[0]], at.size[pairs[1]]
    ratio = np.minimum(a, b) / np.maximum(np.maximum(a, b), 1.0)
    worth: F64 = np.minimum(1.0, 0.5 + 0.6 * ratio)
    return worth


def tabular(at: Texts, pairs: Pairs) -> Mask:
    """Return which pairs are of two texts that consist of figures, as quotations and results do."""
    table = at.figures >= TABULAR * np.maximum(np.diff(at.matrix.indptr), 1)
    return np.asarray(table[pairs[0]] & table[pairs[1]], bool)


def same_figures(at: Texts, pairs: Pairs, shared: Common) -> F64:
    """Return what a score is worth by the figures of the two texts: 1, `DOUBTFUL`, or 0.

    It is worth nothing where the pair is surely one template filled with other figures.

    In such a pair the words agree and the figures do not: a market report of another day or hour,
    an auction, a score. Noise and shortening, however, take words and figures alike.
    """
    figures = at.figures
    plain = np.diff(at.matrix.indptr) - figures
    least_figures = np.minimum(figures[pairs[0]], figures[pairs[1]])
    least_plain = np.minimum(plain[pairs[0]], plain[pairs[1]])
    held = shared.figures / np.maximum(least_figures, 1)
    worded = (shared.sampled - shared.figures) / np.maximum(least_plain, 1)
    others = (least_figures >= FIGURES[0]) & (worded >= WORDED[0]) & (held < REFILLED[0] * worded)
    surely = (least_figures >= FIGURES[1]) & (worded >= WORDED[1])
    surely &= held < REFILLED[1] * worded
    a, b = at.size[pairs[0]], at.size[pairs[1]]
    equal = np.minimum(a, b) >= SAME_FORM * np.maximum(a, b)
    surely, others = surely & equal, others & equal
    return np.where(surely, 0.0, np.where(others, DOUBTFUL, 1.0))
