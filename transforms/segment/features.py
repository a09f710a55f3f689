"""What can be seen of a unit that tells a headline from other lines.

Five kinds of sign: the unit's shape, the shape of its neighbours, the layout of the whole dump,
the words that headlines, first and last paragraphs are made of, and above all lexical cohesion:
whether the words of a line return in what follows rather than in what precedes (Hearst,
TextTiling, 1997, compares blocks of text; here a candidate headline is compared with both sides,
and chains of repeated words are counted where they cross it).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import sparse

from transforms.read.dates import MONTH
from transforms.segment.units import Unit
from transforms.segment.words import (
    Doubles,
    Flags,
    Floats,
    Indices,
    Lexicon,
    Stems,
    Words,
    stems_of,
    words_of,
)

# Patterns in the syntax of Rust's `regex`, as polars runs them: linear in any text. Borders of
# ASCII words, `(?-u:\b)`, are several times as fast as others where a text is not all ASCII.
_TERMINAL = r"[.!?…][\"'”’»)\]]{0,3}$"
_INNER = r"[.!?][\"”’)]{0,2} +[\"“‘(]{0,2}[A-Z0-9]"
_DATE = (
    rf"(?i)(?-u:\b){MONTH} \d{{1,2}}(?-u:\b)|(?-u:\b)\d{{1,2}} {MONTH} \d{{4}}"
    r"|(?-u:\b)\d{1,2}[/.]\d{1,2}[/.]\d{2,4}(?-u:\b)|(?-u:\b)(?:19|20)\d\d-\d\d-\d\d(?-u:\b)"
)
_TIME = (
    r"(?i)(?-u:\b)\d{1,2}:\d\d|(?-u:\b)[ap]\.m\."
    r"|(?-u:\b)(?:updated|posted|published|last modified)(?-u:\b)"
)
_BYLINE = r"^(?i:by|from|reporting by|story by|text by)\s+[A-Z][\w.'’-]+"
_DATELINE = (
    r"^[A-Z][A-Za-z .,'’/-]{2,60}?"
    r"(?:,? ?\(?[A-Z][a-z]{2,8}\.? \d{1,2}(?:, \d{4})?\)?|,? \d{1,2} [A-Z]{3,9}\.? \d{2,4})?"
    r" ?(?:\([A-Za-z .,/&-]{2,40}\))? ?(?:--?|[–—])[ -]?\s"
)
_UPPER_PLACE = r"^[A-Z]{3}[A-Z .'’/-]{0,40}\b"
_FURNITURE = (
    r"(?i)^(?:photos?|image|file|read|more|watch|related|advertisement|story continues|share|follow"
    r"|sign up|subscribe|copyright|©|listen|click|see also|scroll|video|media caption|caption"
    r"|continue|download|comments?|correction|editing|reporting|additional reporting|contact|email"
    r"|tags?|topics?|get (?:the|our)|join|support|getty|credit|all rights|this (?:article|story)"
    r"|recommended|loading|print|back to|skip|newsletter|source|do you|have you)\b"
)
_LINK = r"(?i)https?:|www\.|@\w|©|\ball rights reserved\b|\|"
_BULLET = r"^(?:[•*·▪►>-] ?\S|\d{1,2}[.)] )"
_RULE = r"^[-=_*#~.+\s]{3,}$"
_DECK = r"; [\"“'‘(]?\p{Lu}"
_SAID = r"(?i)\b(?:said|says|told|added|according to)\b"
_REFERS_BACK = (
    r"^[\"“'‘(]{0,2}(?:He|She|They|It|But|And|Also|However|His|Her|Their|Its|This|That|These|Those"
    r"|Meanwhile|Still|Yet|So|Then|Such|Both|Another|Other|Mr|Mrs|Ms|There|Some|Many|Asked)\b"
)
_ARTICLE = r"^[\"“'‘(]{0,2}(?:The|A|An)\b"
_WEEKDAY = r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|\b(?:today|yesterday|MONDAY|TUESDAY)\b"
_AGENCY = r"^[(\[][A-Za-z .,/&-]{2,40}[)\]]$"

SHAPE = (
    "log_length", "words", "terminal", "question", "colon", "comma", "ellipsis", "starts_lower",
    "starts_quote", "starts_digit", "bullet", "title_share", "upper_share", "digit_share", "date",
    "time", "byline", "dateline", "furniture", "link", "rule", "inner_ends", "said", "blanks",
    "blanks_after", "indent", "lines", "repeats", "name_like", "ends_paren", "quotes",
    "refers_back", "article", "weekday", "agency", "full_names", "decks",
)  # fmt: skip
"""Columns of `shapes`, one a unit."""
_COLUMN = {name: i for i, name in enumerate(SHAPE)}

_NEAR = (
    "log_length", "terminal", "title_share", "upper_share", "date", "time", "byline", "dateline",
    "furniture", "inner_ends", "blanks", "said", "name_like", "repeats", "starts_quote", "colon",
    "refers_back", "article", "weekday", "full_names", "bullet",
)  # fmt: skip
_NEAR_OFFSETS = (-2, -1, 1, 2)
_FAR = ("log_length", "terminal", "title_share", "dateline")
_FAR_OFFSETS = (-3, 3)
_REACHES = (300.0, 1000.0, 3000.0)

COHESION = (
    *(f"ahead_{int(r)}" for r in _REACHES),
    *(f"behind_{int(r)}" for r in _REACHES),
    "ahead_less_behind", "ahead_decayed", "behind_decayed", "fresh", "fresh_ahead", "weight",
    "names_ahead", "names_behind", "bridge_600", "bridge_2000", "bridge_600_dip",
    "bridge_2000_dip", "name_bridge", "name_bridge_dip", "new_names", "new_words",
    "new_names_rise", "new_words_rise", "reintroduced", "reintroduced_rise", "full_names_rise",
    "alike_600", "alike_1500", "alike_600_dip", "alike_1500_dip",
)  # fmt: skip
"""Columns of `cohesion`, one a unit."""

_TIED_NEAR = (
    "ahead_1000", "behind_1000", "ahead_less_behind", "fresh_ahead", "names_ahead", "names_behind",
    "bridge_2000_dip",
)  # fmt: skip
_LAYOUT = (
    "log_units", "blank_share", "wrapped", "short_share", "short_title_share", "short_upper_share",
    "median_length", "date_share", "byline_share", "dateline_share", "terminal_share",
    "indent_share", "furniture_share",
)  # fmt: skip
_PLACE = ("first", "units_before", "units_after", "chars_after", "blank_surprise", "no_blank_after")
_SIGNS = ("headline_words", "first_words", "last_words")
_SIGN_OFFSETS = (-2, -1, 0, 1, 2)
_SIGN_WORDS = 40
_SHORT_CHARS = 70

NAMES = (
    *SHAPE,
    *(f"{name}[{offset:+d}]" for offset in _NEAR_OFFSETS for name in _NEAR),
    *(f"{name}[{offset:+d}]" for offset in _FAR_OFFSETS for name in _FAR),
    *COHESION,
    *(f"{name}[{offset:+d}]" for offset in (-1, 1) for name in _TIED_NEAR),
    *_LAYOUT,
    *_PLACE,
    *(f"{name}[{offset:+d}]" for offset in _SIGN_OFFSETS for name in _SIGNS),
)
"""Columns of `Seen.rows`. Those of `signs` stand last."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of a text: `rows` has one row a unit, columns `NAMES`.

    `plausible` are the units that can be headlines or lead-ins at all, `starts` and `ends` where
    units lie in the text without its blanks.
    """

    rows: Floats
    plausible: Flags
    words: Words
    stems: Stems
    starts: Doubles
    ends: Doubles
    signature: Indices
    """Equal for short units written alike: `By A A`, `9 A 9`."""


def _of_units(words: Words, chosen: Flags) -> Doubles:
    """Count the chosen words of each unit."""
    return np.bincount(words.owner[chosen], minlength=words.count).astype(np.float64)


def _full_names(words: Words) -> Flags:
    """Mark words that follow another, both written large: the second of `Ilse Brandt`."""
    out = np.zeros(len(words.owner), bool)
    name = words.capital & words.alpha & ~words.plain
    if len(name) > 1:
        out[1:] = name[1:] & name[:-1] & (words.owner[1:] == words.owner[:-1])
    return out


def _has(part: str, pattern: str) -> pl.Expr:
    return pl.col(part).str.contains(pattern)


def _times(part: str, pattern: str, at_most: int) -> pl.Expr:
    return pl.col(part).str.count_matches(pattern).clip(upper_bound=at_most)


_PARTS = (
    pl.col("text").str.head(160).alias("head"),
    pl.col("text").str.head(60).alias("begin"),
    pl.col("text").str.head(400).alias("long"),
    pl.col("text").str.head(600).alias("middle"),
    pl.col("text").str.tail(6).alias("tail"),
    pl.col("text").str.tail(2).alias("last"),
    pl.col("text").str.head(120).str.to_lowercase().alias("lowered"),
)
_ASKED = {
    "size": pl.col("text").str.len_chars(),
    "chars": pl.col("head").str.len_chars().clip(lower_bound=1),
    "repeats": pl.len().over("lowered"),
    "digits": _times("head", r"\d", 160),
    "uppers": _times("head", r"\p{Lu}", 160),
    "alphas": _times("head", r"\p{L}", 160),
    "date": _has("head", _DATE),
    "early_date": _has("begin", _DATE),
    "dateline": _has("head", _DATELINE),
    "upper_place": _has("head", _UPPER_PLACE),
    "terminal": _has("tail", _TERMINAL),
    "question": _has("last", r"\?[\"'”’]?$"),
    "colon": _has("last", r":$"),
    "comma": _has("last", r"[,;–—-]$"),
    "ellipsis": _has("tail", r"(?:\.\.\.|…)$"),
    "starts_lower": _has("head", r"^\p{Ll}"),
    "starts_quote": _has("head", r"^[\"'“‘«]"),
    "starts_digit": _has("head", r"^\d"),
    "bullet": _has("head", _BULLET),
    "time": _has("head", _TIME),
    "byline": _has("head", _BYLINE),
    "furniture": _has("head", _FURNITURE),
    "link": _has("head", _LINK),
    "rule": _has("head", _RULE),
    "inner_ends": _times("middle", _INNER, 5),
    "said": _has("middle", _SAID),
    "ends_paren": _has("last", r"[)\]]$"),
    "quotes": _times("long", '["“”]', 6),
    "refers_back": _has("head", _REFERS_BACK),
    "article": _has("head", _ARTICLE),
    "weekday": _has("head", _WEEKDAY),
    "agency": _has("head", _AGENCY),
    "decks": _times("middle", _DECK, 3),
}
"""What is asked of every unit, at once: each question alone costs a small text more than all."""


def shapes(units: list[Unit], words: Words) -> Floats:
    """Return one row a unit, columns `SHAPE`."""
    n = len(units)
    text = pl.DataFrame({"text": [unit.text for unit in units]}, schema={"text": pl.String})
    found = text.with_columns(*_PARTS).select(**_ASKED)
    asked = {name: found[name].to_numpy() for name in _ASKED}
    size = asked["size"].astype(np.float64)
    long = size > 400
    within = np.arange(len(words.owner)) - words.bounds[words.owner]
    early = ~words.plain & words.alpha & ((within < 30) | ~long[words.owner])
    content = _of_units(words, early)
    title = _of_units(words, early & words.capital) / np.maximum(content, 1)
    counted = np.diff(words.bounds).astype(np.float64)
    digits = asked["digits"].astype(np.float64)
    dated = (digits > 0) & asked["date"]
    dateline = asked["dateline"] & (asked["upper_place"] | (dated & asked["early_date"]))
    blanks = np.asarray([unit.blanks for unit in units], np.float64)
    own = {
        "log_length": np.log1p(size),
        "words": np.where(long, size / 6, counted),
        "title_share": title,
        "upper_share": asked["uppers"].astype(np.float64) / np.maximum(asked["alphas"], 1),
        "digit_share": digits / asked["chars"],
        "date": dated,
        "byline": (size < 120) & asked["byline"],
        "dateline": dateline,
        "blanks": np.minimum(blanks, 4),
        "blanks_after": np.minimum(np.append(blanks[1:], 0.0)[:n], 4),
        "indent": np.minimum([unit.indent for unit in units], 12),
        "lines": np.minimum([unit.lines for unit in units], 6),
        "repeats": np.log(asked["repeats"].astype(np.float64)),
        "name_like": (counted >= 2) & (counted <= 5) & (title == 1.0) & (digits == 0),
        "full_names": np.minimum(_of_units(words, _full_names(words) & (within < 60)), 5),
    }
    columns = [own[name] if name in own else asked[name] for name in SHAPE]
    return np.stack([np.asarray(column, np.float32) for column in columns], axis=1)


_WRITTEN = (
    pl.when(pl.col("text").str.len_chars() <= _SHORT_CHARS)
    .then(
        pl.col("text")
        .str.head(_SHORT_CHARS)
        .str.replace_all(r"\p{Lu}\p{Ll}+", "A")
        .str.replace_all(r"\p{Lu}{2,}", "U")
        .str.replace_all(r"\p{Ll}+", "a")
        .str.replace_all(r"\d+", "9")
    )
    .otherwise(pl.col("text").str.tail(2).str.contains(r"[.!?]").cast(pl.String))
    .rank("dense")
    .alias("written")
)


def _signatures(units: list[Unit]) -> Indices:
    """Number the units by how they are written: words and numbers are all the same."""
    text = pl.DataFrame({"text": [unit.text for unit in units]}, schema={"text": pl.String})
    return text.select(_WRITTEN)["written"].to_numpy().astype(np.int64)


def plausible(shape: Floats) -> Flags:
    """Say which units can be headlines or lead-ins at all: none of a paragraph's length.

    A headline that its decks follow in the same line ("…; Two dead. More rain.") may be longer and
    end in a full stop. On the gold set this drops two units in five, and one headline in ten
    thousand.
    """
    length = shape[:, _COLUMN["log_length"]]
    ended = shape[:, _COLUMN["terminal"]] > 0
    several = shape[:, _COLUMN["lines"]] > 1
    keep: Flags = (length < np.log1p(300)) & ~(ended & (length > np.log1p(150)))
    keep |= (shape[:, _COLUMN["decks"]] > 0) & (length < np.log1p(400))
    keep |= several & (length < np.log1p(900)) & (shape[:, _COLUMN["inner_ends"]] < 3)
    keep[:1] = True
    return keep


def windows(low: Indices, high: Indices, n: int) -> sparse.csr_matrix:
    """Return a matrix whose row i sums the rows `low[i]:high[i]` of one with `n` rows."""
    size = np.maximum(high - low, 0)
    bounds = np.concatenate([[0], np.cumsum(size)])
    inner = np.arange(bounds[-1]) - np.repeat(bounds[:-1], size) + np.repeat(low, size)
    return sparse.csr_matrix((np.ones(len(inner)), inner, bounds), shape=(len(low), n))


def table_of(stems: Stems, n: int) -> sparse.csr_matrix:
    """Return the weight of each stem (columns) in each unit (rows)."""
    width = int(stems.stem.max()) + 1 if len(stems.stem) else 1
    return sparse.csr_matrix((stems.weight, (stems.unit, stems.stem)), shape=(n, width))


def cosine(one: sparse.csr_matrix, other: sparse.csr_matrix) -> Doubles:
    """Return the cosine of each row of `one` and the same row of `other`."""
    product = np.asarray(one.multiply(other).sum(axis=1)).ravel()
    share: Doubles = product / np.sqrt(_squares(one) * _squares(other) + 1e-9)
    return share


def _squares(table: sparse.csr_matrix) -> Doubles:
    """Return the sum of squares of each row."""
    rows = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))
    return np.bincount(rows, table.data**2, minlength=table.shape[0]).astype(np.float64)


def _sum_of(cumulative: Doubles, low: Indices, high: Indices) -> Doubles:
    total: Doubles = cumulative[high] - cumulative[low]
    return total


def _cumulated(values: Doubles) -> Doubles:
    return np.concatenate([[0.0], np.cumsum(values)])


def cohesion(stems: Stems, words: Words, starts: Doubles, ends: Doubles, keep: Flags) -> Floats:
    """Return one row a unit, columns `COHESION`: how its words tie it to what is around it.

    `starts` and `ends` are where units lie, in characters; only units marked in `keep` are
    compared as blocks.
    """
    n = len(starts)
    out = np.zeros((n, len(COHESION)), np.float64)
    unit, weight = stems.unit, stems.weight
    same = np.zeros(len(unit), bool)
    same[1:] = stems.stem[1:] == stems.stem[:-1]
    behind = np.full(len(unit), 1e9)
    ahead = np.full(len(unit), 1e9)
    index = np.flatnonzero(same)
    gap = starts[unit[index]] - ends[unit[index - 1]]
    behind[index] = gap
    ahead[index - 1] = gap

    def per_unit(values: Doubles) -> Doubles:
        total: Doubles = np.bincount(unit, values, minlength=n).astype(np.float64)
        return total

    total = per_unit(weight) + 1e-6
    column = 0
    for distance in (ahead, behind):
        for reach in _REACHES:
            out[:, column] = per_unit(weight * (distance <= reach)) / total
            column += 1
    out[:, 6] = out[:, 1] - out[:, 4]
    out[:, 7] = per_unit(weight * np.exp(-ahead / 700.0)) / total
    out[:, 8] = per_unit(weight * np.exp(-behind / 700.0)) / total
    fresh = behind > 5000.0
    out[:, 9] = per_unit(weight * fresh) / total
    out[:, 10] = per_unit(weight * (fresh & (ahead <= 1500.0))) / total
    out[:, 11] = np.minimum(total, 80.0)
    named = weight * stems.name
    name_total = per_unit(named) + 1e-6
    out[:, 12] = per_unit(named * (ahead <= 1500.0)) / name_total
    out[:, 13] = per_unit(named * (behind <= 1500.0)) / name_total

    own = np.arange(n)

    def after(reach: float) -> Indices:
        """The unit behind the last that starts within `reach` of a unit's end."""
        stop: Indices = np.minimum(np.searchsorted(starts, ends + reach, "left"), n)
        return stop

    def before(reach: float) -> Indices:
        """The first unit that ends within `reach` of a unit's start."""
        first: Indices = np.searchsorted(ends, starts - reach, "left")
        return first

    def bridge(reach: float, weights: Doubles) -> Doubles:
        """Weight of repeated words that jump over a unit, for each weight behind it."""
        links = index[gap <= reach]
        size = weights[links]
        steps = np.bincount(unit[links - 1] + 1, size, minlength=n + 1)
        steps -= np.bincount(unit[links], size, minlength=n + 1)
        mass = _sum_of(_cumulated(per_unit(weights)), np.minimum(own + 1, n), after(reach))
        share: Doubles = np.cumsum(steps)[:n] / (mass + 4.0)
        return share

    low, high = before(2500.0), after(2500.0)

    def dip(values: Doubles) -> Doubles:
        """How far a value lies above the mean of the units within 2,500 characters."""
        mean = _sum_of(_cumulated(values), low, high) / np.maximum(high - low, 1)
        difference: Doubles = values - mean
        return difference

    out[:, 14] = bridge(600.0, weight)
    out[:, 15] = bridge(2000.0, weight)
    out[:, 16] = dip(out[:, 14])
    out[:, 17] = dip(out[:, 15])
    out[:, 18] = bridge(2000.0, named)
    out[:, 19] = dip(out[:, 18])
    soon, since = after(700.0), before(700.0)

    def beside(part: Doubles, whole: Doubles, more: float) -> tuple[Doubles, Doubles]:
        """Share of `part` in `whole` in what follows, and how far it is above that before."""
        parts, wholes = _cumulated(part), _cumulated(whole)
        following = _sum_of(parts, own, soon) / (_sum_of(wholes, own, soon) + more)
        preceding = _sum_of(parts, since, own) / (_sum_of(wholes, since, own) + more)
        return following, following - preceding

    for column, weights in ((20, named), (21, weight)):
        out[:, column], out[:, column + 2] = beside(
            per_unit(weights * (behind > 3000.0)), per_unit(weights), 4.0
        )
    again, full = _reintroduced(words, starts)
    characters = ends - starts
    out[:, 24], out[:, 25] = beside(again, np.ones(n), 1.0)
    out[:, 26] = beside(full * 100.0, characters, 100.0)[1]
    chosen = np.flatnonzero(keep)
    table = table_of(stems, n)
    for column, reach in ((27, 600.0), (28, 1500.0)):
        left = windows(before(reach)[chosen], chosen, n) @ table
        right = windows(np.minimum(chosen + 1, n), after(reach)[chosen], n) @ table
        alike = np.zeros(n)
        alike[chosen] = cosine(left, right)
        out[:, column] = alike
        marked = keep.astype(np.float64)
        mean = _sum_of(_cumulated(alike), low, high)
        mean /= np.maximum(_sum_of(_cumulated(marked), low, high), 1)
        out[:, column + 2] = (alike - mean) * marked
    return out.astype(np.float32)


def _reintroduced(words: Words, starts: Doubles) -> tuple[Doubles, Doubles]:
    """Count, for each unit, full names that were last given in full long before; and all of them.

    A story gives a name in full once, then its last part: in full again, it is another story's.
    """
    second = np.flatnonzero(_full_names(words))
    owner = words.owner[second]
    key = words.stem[second - 1] * (words.stems + 1) + words.stem[second]
    order = np.lexsort((second, key))
    place = starts[owner[order]]
    again = np.zeros(len(second), bool)
    if len(second) > 1:
        gap = place[1:] - place[:-1]
        again[1:] = (key[order][1:] == key[order][:-1]) & (gap > 600.0) & (gap < 12000.0)
    repeated = np.bincount(owner[order][again], minlength=words.count).astype(np.float64)
    return repeated, np.bincount(owner, minlength=words.count).astype(np.float64)


def _shifted(values: Floats, offset: int, fill: float = -1.0) -> Floats:
    out = np.full_like(values, fill)
    if abs(offset) >= len(values):
        return out
    if offset > 0:
        out[:-offset] = values[offset:]
    elif offset < 0:
        out[-offset:] = values[:offset]
    else:
        out[:] = values
    return out


def signs(words: Words, lexicon: Lexicon) -> Floats:
    """Return what the words of each unit and its neighbours tell: the last columns of `NAMES`."""
    within = np.arange(len(words.owner)) - words.bounds[words.owner]
    early = within < _SIGN_WORDS
    owner = words.owner[early]
    place = lexicon.find(words.hash[early])
    table = np.concatenate([lexicon.signs, np.zeros((1, len(_SIGNS)), np.float32)])
    count = np.bincount(owner, minlength=words.count) + 1.0
    own = np.stack(
        [
            np.bincount(owner, table[place, k], minlength=words.count) / np.sqrt(count)
            for k in range(len(_SIGNS))
        ],
        axis=1,
    ).astype(np.float32)
    return np.concatenate([_shifted(own, offset, 0.0) for offset in _SIGN_OFFSETS], axis=1)


def see(units: list[Unit], *, wrapped: bool, lexicon: Lexicon) -> Seen:
    """Return the features of `units`."""
    n = len(units)
    words = words_of([unit.text for unit in units])
    stems = stems_of(words, lexicon)
    shape = shapes(units, words)
    keep = plausible(shape)
    lengths = np.asarray([len(unit.text) + 1 for unit in units], np.float64)
    ends = np.cumsum(lengths)
    starts = ends - lengths
    tied = cohesion(stems, words, starts, ends, keep)
    near = shape[:, [_COLUMN[name] for name in _NEAR]]
    far = shape[:, [_COLUMN[name] for name in _FAR]]
    tied_near = tied[:, [COHESION.index(name) for name in _TIED_NEAR]]
    layout = _layout(shape, wrapped)
    blank = shape[:, _COLUMN["blanks"]] > 0
    blank_share = float(layout[1])
    place = np.stack(
        [
            np.arange(n) == 0,
            np.log1p(np.arange(n)),
            np.log1p(np.arange(n)[::-1]),
            np.log1p(lengths.sum() - np.cumsum(lengths)),
            np.where(blank, -np.log(blank_share + 0.01), 0.0),
            shape[:, _COLUMN["blanks_after"]] == 0,
        ],
        axis=1,
    ).astype(np.float32)
    rows = np.concatenate(
        [
            shape,
            *(_shifted(near, offset) for offset in _NEAR_OFFSETS),
            *(_shifted(far, offset) for offset in _FAR_OFFSETS),
            tied,
            *(_shifted(tied_near, offset) for offset in (-1, 1)),
            np.broadcast_to(layout, (n, len(layout))),
            place,
            signs(words, lexicon),
        ],
        axis=1,
    )
    return Seen(rows, keep, words, stems, starts, ends, _signatures(units))


def _layout(shape: Floats, wrapped: bool) -> Floats:
    def mean(name: str) -> float:
        return float(shape[:, _COLUMN[name]].mean())

    length = shape[:, _COLUMN["log_length"]]
    short = (length < np.log1p(140)) & (shape[:, _COLUMN["terminal"]] == 0)
    shorts = shape[short] if short.any() else shape[:1]
    return np.asarray(
        [
            np.log1p(len(shape)),
            float((shape[1:, _COLUMN["blanks"]] > 0).mean()) if len(shape) > 1 else 0.0,
            float(wrapped),
            float(short.mean()),
            float(shorts[:, _COLUMN["title_share"]].mean()),
            float(shorts[:, _COLUMN["upper_share"]].mean()),
            float(np.median(length)),
            mean("date"),
            mean("byline"),
            mean("dateline"),
            mean("terminal"),
            float((shape[:, _COLUMN["indent"]] > 1).mean()),
            mean("furniture"),
        ],
        dtype=np.float32,
    )
