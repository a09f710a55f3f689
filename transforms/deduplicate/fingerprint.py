"""Fingerprints of word 3-grams: what deduplication compares instead of texts.

A text becomes the set of its word 3-grams (shingles: Broder, "On the resemblance and containment
of documents", 1997), each a 64-bit hash, and the set is sampled by value: a hash is kept where it
lies under the article's threshold. The same 3-gram has the same hash everywhere, so what two
articles share under the lower of their two thresholds is a fair sample of what they share at all,
whatever their lengths. MinHash signatures, by contrast, estimate only the share of the *union*,
which is small for a teaser and its story.

What is kept of a hash are its lower 31 bits: the upper ones only say that it was under the
threshold. Of these the last says whether the 3-gram holds a figure (a word of digits), so that a
copy can be told from a template filled with other figures. Everything here works on the bytes of
many articles at once, with no loop over articles.
"""

from __future__ import annotations

import sys
import unicodedata
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import polars as pl

U8 = npt.NDArray[np.uint8]
U32 = npt.NDArray[np.uint32]
U64 = npt.NDArray[np.uint64]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

KEEP = 2048
"""Fingerprints that an article keeps: all of them up to this number, about this many above it."""

LEAST_SHARE = 1 / 8
"""The least share of its 3-grams that an article of any length keeps."""

WORDS_IN_GRAM = 3

LARGEST = (1 << 31) - 2
"""The largest fingerprint: a sparse matrix can have one more column with 32-bit indices."""

_BITS = np.uint64((1 << 31) - 2)

_BLOCK = 1 << 19
"""Bytes hashed at a time, about, so that the intermediate arrays stay in cache."""

_LONGEST = 32
"""Of a longer word these many bytes, its last eight and its length are hashed."""

# Letters that scanning confuses count as one, so that a scanned copy keeps most of its 3-grams,
# after the character shape codes of document-image retrieval (Spitz, "Determination of the script
# and language content of document images", 1997). No two digits share a class: figures matter.
SHAPES = ("ceo0", "il1tf", "nuv", "gq9", "hb6", "sa5")


def _table() -> bytes:
    """Return what each byte counts as: letters in lower case and by shape, digits, else a space.

    Bytes of characters beyond ASCII, which are letters and digits after normalising, stay. A digit
    lacks the bit `_SPACE` of the letter, or the digit, that it counts as: so it is still known.
    """
    table = bytearray(b" " * 128 + bytes(range(128, 256)))
    for code in range(128):
        if chr(code).isalnum():
            table[code] = ord(chr(code).lower())
    for shape in SHAPES:
        for letter in shape[1:]:
            for one in {letter, letter.upper()}:
                table[ord(one)] = ord(shape[0])
    for digit in b"0123456789":
        table[digit] ^= _SPACE
    return bytes(table)


_SPACE = 0x20
"""The bit that all small letters and all digits of ASCII have."""

_TABLE = _table()
_EACH = np.uint64(0x0101010101010101)
_SPACES, _BEYOND = _EACH * np.uint64(_SPACE), _EACH * np.uint64(0x80)


def _letters(eight: U64) -> U64:
    """Return eight bytes of `_TABLE` as what they count as: digits are letters or digits again."""
    return eight | ((~eight & _BEYOND) >> np.uint64(2))


def _plain(text: str) -> str:
    """Return text as `_spelt_out` does, for one character that has no neighbour."""
    text = unicodedata.normalize("NFKD", text.lower()).lower()
    kept = [one for one in text if unicodedata.category(one)[0] != "M"]
    return "".join(one if unicodedata.category(one)[0] in "LN" else " " for one in kept)


# Letters with accents and the signs of printed text, which most texts beyond ASCII have only.
_COMMON = [
    chr(code)
    for low, high in ((0x80, 0x250), (0x2010, 0x2028), (0x2030, 0x205F), (0x20A0, 0x20C0))
    for code in range(low, high)
    if unicodedata.category(chr(code)) != "Cn"
]
_SPELT = [_plain(one) for one in _COMMON]


def _is_ascii(text: pl.Series) -> pl.Series:
    return text.str.len_bytes() == text.str.len_chars()


def _spelt_out(text: pl.Series) -> pl.Series:
    """Return the words of each text in lower case, without accents, punctuation as spaces."""
    return (
        text.str.to_lowercase()
        .str.normalize("NFKD")
        .str.to_lowercase()
        .str.replace_all(r"\p{M}+", "")
        .str.replace_all(r"([\p{Han}\p{Hiragana}\p{Katakana}])", " $1 ")
        .str.replace_all(r"[^\p{L}\p{N}]+", " ")
    )


def normalise(text: pl.Series) -> pl.Series:
    """Return each text so that only letters, digits and ASCII characters are left.

    Compatibility forms are decomposed and accents dropped (NFKD), so that typographic variants of
    one copy agree; each Han or kana character is a word of its own, since such text has no spaces.
    Letters beyond ASCII are in lower case.
    """
    text = text.fill_null("")
    index = pl.Series(np.flatnonzero(~_is_ascii(text).to_numpy()))
    if index.is_empty():
        return text
    part = text.gather(index).str.replace_many(_COMMON, _SPELT)
    text = text.scatter(index, part)
    left = pl.Series(np.flatnonzero(~_is_ascii(part).to_numpy()))
    if left.is_empty():
        return text
    index = index.gather(left)
    return text.scatter(index, _spelt_out(part.gather(left)))


def _mixed(x: U64) -> U64:
    """Mix 64-bit values in place: every bit depends on every bit (SplitMix64's finaliser)."""
    x ^= x >> np.uint64(30)
    x *= np.uint64(0xBF58476D1CE4E5B9)
    x ^= x >> np.uint64(27)
    x *= np.uint64(0x94D049BB133111EB)
    x ^= x >> np.uint64(31)
    return x


_PLACES = tuple(np.uint64(k) for k in (0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3))
_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.array([(1 << 8 * k) - 1 for k in range(9)], np.uint64)
"""Masks of the first k bytes of a little-endian 64-bit value."""


def words(raw: bytes) -> tuple[I64, U64, Mask]:
    """Return start, hash and figure mark of each word of UTF-8 text that `normalise` returned."""
    assert sys.byteorder == "little", "fingerprints are defined on little-endian loads"
    pad = b" " * 8
    shaped = np.frombuffer(b"".join((b" ", raw.translate(_TABLE), pad)), np.uint8)
    inside = shaped != ord(" ")
    edge = np.flatnonzero(inside[1:] != inside[:-1])
    start, end = edge[::2], edge[1::2]
    eight: U64 = np.ndarray((len(shaped) - 8,), "<u8", shaped.data, 1, (1,))
    length = end - start
    mask = _FIRST[np.minimum(length, 8)]
    head = eight[start]
    hashes = _mixed(_letters(head) & mask)
    # Of a word of more than eight bytes the first eight say whether it is a figure.
    figure = head & mask & (_SPACES | _BEYOND) == 0
    for at in range(8, _LONGEST, 8):
        longer = np.flatnonzero(length > at)
        if not len(longer):
            return start, hashes, figure
        more = _letters(eight[start[longer] + at])
        more &= _FIRST[np.minimum(length[longer] - at, 8)]
        hashes[longer] = _mixed(hashes[longer] * _STEP + more)
    longest = np.flatnonzero(length > _LONGEST)
    tail = _letters(eight[end[longest] - 8]) + length[longest].astype(np.uint64) * _STEP
    hashes[longest] = _mixed(hashes[longest] * _STEP + tail)
    return start, hashes, figure


def threshold(words: npt.NDArray[np.integer], keep: int, least: float) -> F64:
    """Return the share of its 3-grams that an article of so many words keeps, in (0, 1].

    It depends on the number of words alone, so it is known again wherever a sketch is read.
    """
    count = np.maximum(words.astype(np.float64) - WORDS_IN_GRAM + 1, 1)
    return np.minimum(1.0, np.maximum(least, keep / count))


def _ceiling(share: F64) -> U64:
    """Return the greatest of the lowest `share` of all 64-bit values."""
    return np.where(share < 1, share * 2.0**53, 2.0**53 - 1).astype(np.uint64) << np.uint64(11)


def sample(text: pl.Series) -> tuple[I64, U32, Mask, I64, I64]:
    """Return the sketches of a column of texts.

    That is: row and value of each fingerprint, sorted by both and without repeats; whether it is
    also under the threshold of keys, `key_share`; the words of each row; and the estimated number
    of distinct 3-grams of each row.
    """
    text = normalise(text)
    length = text.str.len_bytes().to_numpy().astype(np.int64)
    block = np.concatenate([[0], np.cumsum(length)])[:-1] // _BLOCK
    begin = np.flatnonzero(np.append(True, block[1:] != block[:-1])[: len(block)]).tolist()
    parts = [_sample(text[low:high], low) for low, high in pairwise([*begin, len(text)])]
    if not parts:
        parts = [_sample(pl.Series([], dtype=pl.String), 0)]
    row, value, key, count, size = (np.concatenate(column) for column in zip(*parts, strict=True))
    return row, value, key, count, size


def _joined(text: pl.Series) -> bytes:
    """Return the texts of a column, one behind the other."""
    return str(text.str.join("\n").item()).encode()


def _sample(text: pl.Series, first: int) -> tuple[I64, U32, Mask, I64, I64]:
    """Return what `sample` does for a few rows, the first of which has the number `first`."""
    n = len(text)
    # A text ends with a byte that no word has, lest two texts make one word.
    length = text.str.len_bytes().to_numpy().astype(np.int64) + 1
    start, word, figure = words(_joined(text))
    begin = np.searchsorted(start, np.concatenate([[0], np.cumsum(length)]))
    count = np.diff(begin)
    grams = max(len(word) - WORDS_IN_GRAM + 1, 0)
    mixed = word[:grams] * _PLACES[0]
    has_figure = figure[:grams].copy()
    for place in range(1, WORDS_IN_GRAM):
        mixed += word[place : place + grams] * _PLACES[place]
        has_figure |= figure[place : place + grams]
    mixed = _mixed(mixed)
    ceiling = _ceiling(threshold(count, KEEP, LEAST_SHARE))
    # The last two words of a text begin no 3-gram of it.
    limit = np.repeat(ceiling, count)[:grams]
    under = mixed <= limit
    for back in range(1, WORDS_IN_GRAM):
        last = begin[1:] - back
        under[last[(last >= 0) & (last < grams)]] = False
    kept = np.flatnonzero(under)
    row = np.repeat(np.arange(n), count)[kept]
    value = np.minimum((mixed[kept] & _BITS), np.uint64(LARGEST - 2)) | has_figure[kept]
    key = mixed[kept] <= _ceiling(key_share(count))[row]
    code = np.sort((row.astype(np.uint64) << np.uint64(32)) | (value << np.uint64(1)) | key)
    # Two 3-grams of one value, a key and none, are one fingerprint too: the last, which is a key.
    pair = code >> np.uint64(1)
    distinct = code[np.append(pair[1:] != pair[:-1], True)[: len(code)]]
    row = (distinct >> np.uint64(32)).astype(np.int64)
    all_kept = np.bincount((code >> np.uint64(32)).astype(np.int64), minlength=n)
    share = np.bincount(row, minlength=n) / np.maximum(all_kept, 1)
    size = np.rint(np.maximum(count - WORDS_IN_GRAM + 1, 0) * share).astype(np.int64)
    value = (distinct & np.uint64(0xFFFFFFFF)) >> np.uint64(1)
    is_key = (distinct & np.uint64(1)).astype(bool)
    return row + first, value.astype(np.uint32), is_key, count, size


KEYS = 24
"""Keys that an article offers to the search for candidates, about; see `LEAST_KEYS`."""

LEAST_KEYS = 1 / 12
"""The least share of its 3-grams that a long article offers as keys: a teaser of 40 words then
still shares about three keys with its story, however long that is."""


def key_share(words: npt.NDArray[np.integer]) -> F64:
    """Return the share of its 3-grams that an article of so many words offers as keys."""
    return threshold(words, KEYS, LEAST_KEYS)


HEADLINE = 1 << 31
"""Keys from here on stand for a whole headline, lower ones for a 3-gram."""

HEADLINE_WORDS = 4
"""A shorter headline may stand over anything."""


def headlines(text: pl.Series) -> U32:
    """Return the key of each headline of a column; 0 where it is too short, or null."""
    text = normalise(text)
    length = text.str.len_bytes().to_numpy().astype(np.int64) + 1
    start, word, _ = words(_joined(text))
    begin = np.searchsorted(start, np.concatenate([[0], np.cumsum(length)]))
    count = np.diff(begin)
    place = (np.arange(len(word)) - np.repeat(begin[:-1], count)).astype(np.uint64)
    total = np.zeros(len(word) + 1, np.uint64)
    np.cumsum(word * (_mixed(place) | np.uint64(1)), out=total[1:])
    value = _mixed(total[begin[1:]] - total[begin[:-1]]) & np.uint64(HEADLINE - 1)
    value = value.astype(np.uint32) | np.uint32(HEADLINE)
    return np.where(count >= HEADLINE_WORDS, value, 0).astype(np.uint32)
