"""Which texts to compare, and how much of each other they hold.

Everything works on arrays: the sketches of the texts at hand are one sparse matrix, and pairs of
texts are two arrays of row numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from transforms.deduplicate import fingerprint as fp
from transforms.deduplicate.fingerprint import F64, I64, U64

PAD = 12
"""Added to the smaller size in a score: what two tiny texts share by chance must not join them."""

KEYS = 32
"""Keys that an article offers to the search for candidates, about; see `LEAST_KEYS`."""

LEAST_KEYS = 1 / 8
"""The least share of its 3-grams that a long article offers as keys: a teaser of 40 words then
still shares four or five keys with its story, however long that is."""

COMMON = 64
"""A key that more texts have than this says little: its texts are compared with neighbours only."""

NEIGHBOURS = 8
"""With how many texts before it, in the order given, a text is compared for a common key."""

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

_CHUNK = 1 << 17
_ROWS = 1 << 12

Mask = npt.NDArray[np.bool_]
Pairs = tuple[I64, I64]


@dataclass(frozen=True, slots=True)
class Texts:
    """The sketches of n texts."""

    matrix: sparse.csr_matrix
    """One row a text, one column a fingerprint; ones."""
    key: sparse.csr_matrix
    """`matrix` with the fingerprints that are keys of the candidate search only."""
    fingerprint: U64
    """The fingerprint of each column."""
    share: F64
    """The share of its 3-grams that each text keeps."""
    key_share: F64
    """The share of its 3-grams that each text offers as keys."""
    size: F64
    """The number of 3-grams of each text, boilerplate not counted."""

    def without(self, row: I64, column: I64) -> Texts:
        """Return the texts as if they had not these fingerprints."""
        shape = self.matrix.shape
        gone = sparse.csr_matrix((np.ones(len(row), np.float32), (row, column)), shape=shape)
        matrix, key = ((m - m.multiply(gone)).tocsr() for m in (self.matrix, self.key))
        for part in (matrix, key):
            part.eliminate_zeros()
        kept = np.diff(matrix.indptr) / np.maximum(np.diff(self.matrix.indptr), 1)
        return replace(self, matrix=matrix, key=key, size=self.size * kept)


def is_key(fingerprints: U64, words: npt.NDArray[np.integer]) -> Mask:
    """Return which fingerprints, of articles of so many words, are keys."""
    return fp.under(fingerprints, fp.threshold(words, KEYS, LEAST_KEYS))


def texts(row: I64, fingerprints: U64, words: I64, size: F64) -> Texts:
    """Arrange sketches for matching: the fingerprints of each row, its words and its size."""
    distinct, column = np.unique(fingerprints, return_inverse=True)
    shape = (len(words), len(distinct))
    key = is_key(fingerprints, words[row])

    def build(rows: I64, columns: I64) -> sparse.csr_matrix:
        built = sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=shape)
        built.sort_indices()
        return built

    return Texts(
        matrix=build(row, column),
        key=build(row[key], column[key]),
        fingerprint=distinct,
        share=fp.threshold(words, fp.KEEP, fp.LEAST_SHARE),
        key_share=fp.threshold(words, KEYS, LEAST_KEYS),
        size=size,
    )


def candidates(at: Texts, least: float) -> Pairs:
    """Return the pairs of texts, first before second, whose keys promise a score of `least`.

    A key of more than `COMMON` texts pairs each text with its `NEIGHBOURS` predecessors only, so
    that the work stays linear where a phrase, or a story, is everywhere. Rows should therefore
    be in an order that brings copies near each other, as that of publication does.
    """
    n = at.key.shape[0]
    frequency = np.bincount(at.key.indices, minlength=at.key.shape[1])
    rare = at.key[:, (frequency > 1) & (frequency <= COMMON)]
    transposed = sparse.csr_matrix(rare.T)
    found = []
    for low in range(0, n, _ROWS):
        product = (rare[low : low + _ROWS] @ transposed).tocoo()
        first, second = product.row.astype(np.int64) + low, product.col.astype(np.int64)
        ahead = first < second
        first, second, keys = first[ahead], second[ahead], product.data[ahead]
        share = np.minimum(at.key_share[first], at.key_share[second])
        worth = keys >= least * share * (np.minimum(at.size[first], at.size[second]) + PAD)
        found.append(first[worth] * n + second[worth])
    common = at.key[:, frequency > COMMON].tocsc()
    column = np.repeat(np.arange(common.shape[1]), np.diff(common.indptr))
    rows = common.indices.astype(np.int64)
    for step in range(1, NEIGHBOURS + 1):
        same = column[step:] == column[:-step]
        found.append((rows[:-step] * n + rows[step:])[same])
    code = np.sort(np.concatenate(found)) if found else np.zeros(0, np.int64)
    code = code[np.append(True, code[1:] != code[:-1])] if len(code) else code
    return code // max(n, 1), code % max(n, 1)


def shared(at: Texts, pairs: Pairs) -> F64:
    """Return how many 3-grams the two texts of each pair share, estimated from their sketches."""
    first, second = pairs
    out = np.zeros(len(first))
    for low in range(0, len(first), _CHUNK):
        part = slice(low, low + _CHUNK)
        both = at.matrix[first[part]].multiply(at.matrix[second[part]])
        out[part] = np.asarray(both.sum(axis=1)).ravel()
    out /= np.minimum(at.share[first], at.share[second])
    return out


def containment(at: Texts, pairs: Pairs, common: F64) -> F64:
    """Return the share of the smaller text that the larger one holds, in [0, 1]."""
    smaller = np.minimum(at.size[pairs[0]], at.size[pairs[1]])
    held: F64 = np.minimum(1.0, common / np.maximum(smaller, 1.0))
    return held


def score(at: Texts, pairs: Pairs, common: F64) -> F64:
    """Return the similarity of each pair: a containment that shrinks for tiny texts, in [0, 1]."""
    smaller = np.minimum(at.size[pairs[0]], at.size[pairs[1]])
    alike: F64 = np.minimum(1.0, common / (smaller + PAD))
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
    figures = at.matrix @ (at.fingerprint & np.uint64(1)).astype(np.float32)
    table = figures >= TABULAR * np.maximum(np.diff(at.matrix.indptr), 1)
    return np.asarray(table[pairs[0]] & table[pairs[1]], bool)


def same_figures(at: Texts, pairs: Pairs) -> F64:
    """Return what a score is worth by the figures of the two texts: 1, `DOUBTFUL`, or 0.

    It is worth nothing where the pair is surely one template filled with other figures.

    In such a pair the words agree and the figures do not: a market report of another day or hour,
    an auction, a score. Noise and shortening, however, take words and figures alike.
    """
    first, second = pairs
    figure = (at.fingerprint & np.uint64(1)).astype(np.float32)
    figures = at.matrix @ figure
    plain = np.diff(at.matrix.indptr) - figures
    out = np.ones(len(first))
    for low in range(0, len(first), _CHUNK):
        a, b = first[low : low + _CHUNK], second[low : low + _CHUNK]
        both = at.matrix[a].multiply(at.matrix[b]).tocsr()
        same = both @ figure
        other = np.diff(both.indptr) - same
        least_figures = np.minimum(figures[a], figures[b])
        least_plain = np.minimum(plain[a], plain[b])
        held = same / np.maximum(least_figures, 1)
        worded = other / np.maximum(least_plain, 1)
        others = (
            (least_figures >= FIGURES[0]) & (worded >= WORDED[0]) & (held < REFILLED[0] * worded)
        )
        surely = (least_figures >= FIGURES[1]) & (worded >= WORDED[1])
        surely &= held < REFILLED[1] * worded
        out[low : low + _CHUNK] = np.where(surely, 0.0, np.where(others, DOUBTFUL, 1.0))
    return out
