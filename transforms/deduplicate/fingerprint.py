"""Fingerprints of word 3-grams: what deduplication compares instead of texts.

A text becomes the set of its word 3-grams (shingles: Broder, "On the resemblance and containment
of documents", 1997), each a 64-bit hash, and the set is sampled by value: a hash is kept where it
lies under the article's threshold. The same 3-gram has the same hash everywhere, so what two
articles share under the lower of their two thresholds is a fair sample of what they share at all,
whatever their lengths. MinHash signatures, by contrast, estimate only the share of the *union*,
which is small for a teaser and its story.

Everything here works on the bytes of a whole column at once, with no loop over articles.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

U64 = npt.NDArray[np.uint64]
I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]

KEEP = 256
"""Fingerprints that an article keeps: all of them up to this number, about this many above it."""

LEAST_SHARE = 1 / 8
"""The least share of its 3-grams that an article of any length keeps."""

WORDS_IN_GRAM = 3

_BLOCK = 1 << 22
"""Bytes hashed at a time, so that the intermediate arrays stay in cache."""


def _splitmix(x: U64) -> U64:
    """Mix 64-bit values so that every bit depends on every bit (SplitMix64's finaliser)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _powers(base: int, count: int) -> U64:
    """Return base⁰, base¹, … modulo 2⁶⁴."""
    out = np.ones(count, np.uint64)
    done = 1
    while done < count:
        step = min(done, count - done)
        out[done : done + step] = out[:step] * np.uint64(pow(base, done, 1 << 64))
        done += step
    return out


# A word's hash is a polynomial in an odd base over random 64-bit stand-ins of its bytes. The base
# is odd, so it has an inverse modulo 2⁶⁴, and the hash of any word falls out of two running sums.
_BASE = 0x9E3779B97F4A7C15
_BASE_INVERSE = pow(_BASE, -1, 1 << 64)
_BYTE = _splitmix(np.arange(1, 257, dtype=np.uint64) * np.uint64(_BASE))

# Letters that scanning confuses count as one, so that a scanned copy keeps most of its 3-grams,
# after the character shape codes of document-image retrieval (Spitz, "Determination of the script
# and language content of document images", 1997). No two digits share a class: figures matter.
SHAPES = ("ceo0", "il1tf", "nuv", "gq9", "hb6", "sa5")
for _shape in SHAPES:
    for _letter in _shape[1:]:
        _BYTE[ord(_letter)] = _BYTE[ord(_shape[0])]
_PLACES = tuple(np.uint64(k) for k in (0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3))
_FIGURE = np.zeros(256, bool)
_FIGURE[ord("0") : ord("9") + 1] = True


def normalise(text: pl.Series) -> pl.Series:
    """Return the lower-case words of each text, one space before, between and behind them.

    Compatibility forms are decomposed and accents dropped (NFKD), so that typographic variants of
    one copy agree; punctuation separates words; each Han or kana character is a word of its own,
    since such text has no spaces.
    """
    text = text.fill_null("").str.to_lowercase()
    plain = text.str.len_bytes() == text.str.len_chars()
    if not plain.all():
        index = pl.Series(np.flatnonzero(~plain.to_numpy()))
        other = (
            text.gather(index)
            .str.normalize("NFKD")
            .str.to_lowercase()
            .str.replace_all(r"\p{M}+", "")
            .str.replace_all(r"([\p{Han}\p{Hiragana}\p{Katakana}])", " $1 ")
            .str.replace_all(r"[^\p{L}\p{N}]+", " ")
        )
        text = text.scatter(index, other)
    return " " + text.str.replace_all(r"[^\p{L}\p{N}]+", " ") + " "


def _bytes(text: pl.Series) -> tuple[npt.NDArray[np.uint8], I64]:
    """Return the UTF-8 bytes of a column, end to end, and the n + 1 offsets between its rows."""
    length = text.str.len_bytes().to_numpy().astype(np.int64)
    joined = "".join(text.to_list()).encode()
    return np.frombuffer(joined, np.uint8), np.concatenate([[0], np.cumsum(length)])


def words(text: pl.Series) -> tuple[I64, U64, npt.NDArray[np.bool_]]:
    """Return for each word of a column of texts its row, its hash and whether it is a figure."""
    raw, offsets = _bytes(normalise(text))
    inside = raw != ord(" ")
    start = np.flatnonzero(inside[1:] & ~inside[:-1]) + 1
    end = np.flatnonzero(inside[:-1] & ~inside[1:]) + 1
    row = np.searchsorted(offsets, start, side="right") - 1
    hashes = np.empty(len(start), np.uint64)
    figure = np.empty(len(start), bool)
    at = 0
    while at < len(start):
        low = start[at]
        stop = max(at + 1, int(np.searchsorted(end, low + _BLOCK, side="right")))
        part = raw[low : end[stop - 1]]
        power = _powers(_BASE, len(part))
        total = np.zeros(len(part) + 1, np.uint64)
        np.cumsum(_BYTE[part] * power, out=total[1:])
        first, last = start[at:stop] - low, end[at:stop] - low
        inverse = _powers(_BASE_INVERSE, len(part))
        hashes[at:stop] = (total[last] - total[first]) * inverse[first]
        digits = np.zeros(len(part) + 1, np.int32)
        np.cumsum(_FIGURE[part], out=digits[1:])
        figure[at:stop] = digits[last] - digits[first] == last - first
        at = stop
    return row, _splitmix(hashes), figure


def grams(text: pl.Series) -> tuple[I64, U64, I64]:
    """Return row and hash of every word 3-gram of a column of texts, and the words of each row.

    The lowest bit of a hash says whether the 3-gram holds a figure (a word of digits), so that
    a copy can be told from a template filled with other figures.
    """
    row, word, figure = words(text)
    counts = np.bincount(row, minlength=len(text)).astype(np.int64)
    n = max(len(row) - WORDS_IN_GRAM + 1, 0)
    mixed = np.zeros(n, np.uint64)
    has_figure = np.zeros(n, bool)
    for place, weight in enumerate(_PLACES):
        mixed += word[place : place + n] * weight
        has_figure |= figure[place : place + n]
    whole = row[:n] == row[WORDS_IN_GRAM - 1 :]
    hashed = (_splitmix(mixed[whole]) & ~np.uint64(1)) | has_figure[whole].astype(np.uint64)
    return row[:n][whole], hashed, counts


def threshold(words: npt.NDArray[np.integer], keep: int, least: float) -> F64:
    """Return the share of its 3-grams that an article of so many words keeps, in (0, 1].

    It depends on the number of words alone, so it is known again wherever a sketch is read.
    """
    count = np.maximum(words.astype(np.float64) - WORDS_IN_GRAM + 1, 1)
    return np.minimum(1.0, np.maximum(least, keep / count))


def under(hashes: U64, share: F64) -> npt.NDArray[np.bool_]:
    """Return which hashes lie in the lowest `share` of all 64-bit values."""
    top = (hashes >> np.uint64(11)).astype(np.float64)
    return top < share * 2.0**53


def sample(text: pl.Series) -> tuple[I64, U64, I64, I64]:
    """Return the sketches of a column of texts: row and hash of each fingerprint, sorted by both
    and without repeats, then the words and the estimated number of distinct 3-grams of each row.
    """
    row, hashed, counts = grams(text)
    kept = under(hashed, threshold(counts, KEEP, LEAST_SHARE)[row])
    row, hashed = row[kept], hashed[kept]
    order = np.lexsort((hashed, row))
    row, hashed = row[order], hashed[order]
    all_kept = np.bincount(row, minlength=len(counts))
    new = np.ones(len(row), bool)
    new[1:] = (row[1:] != row[:-1]) | (hashed[1:] != hashed[:-1])
    row, hashed = row[new], hashed[new]
    distinct = np.bincount(row, minlength=len(counts)) / np.maximum(all_kept, 1)
    size = np.rint(np.maximum(counts - WORDS_IN_GRAM + 1, 0) * distinct).astype(np.int64)
    return row, hashed, counts, size
