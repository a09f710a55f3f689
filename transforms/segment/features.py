"""What can be seen of a unit that tells a headline from other lines.

Four kinds of sign: the unit's shape, the shape of its neighbours, the layout of the whole dump,
and lexical cohesion: whether the words of a line return in what follows rather than in what
precedes (Hearst, TextTiling, 1997, compares blocks of text; here a candidate headline is compared
with both sides, and chains of repeated words are counted where they cross it).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from transforms.read.dates import MONTH
from transforms.segment.units import Unit

Floats = npt.NDArray[np.float32]

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_TERMINAL = re.compile(r"[.!?…][\"'”’»)\]]{0,3}\Z")
_INNER = re.compile(r"[.!?][\"”’)]{0,2} +[\"“‘(]{0,2}[A-Z0-9]")
_DATE = re.compile(
    rf"\b{MONTH} \d{{1,2}}\b|\b\d{{1,2}} {MONTH} \d{{4}}|\b\d{{1,2}}[/.]\d{{1,2}}[/.]\d{{2,4}}\b"
    r"|\b(?:19|20)\d\d-\d\d-\d\d\b",
    re.I,
)
_TIME = re.compile(
    r"\b\d{1,2}:\d\d|\b[ap]\.m\.|\b(?:updated|posted|published|last modified)\b", re.I
)
_BYLINE = re.compile(r"(?:by|from|reporting by|story by|text by)\s+[A-Z][\w.'’-]+", re.I)
DATELINE = re.compile(
    r"[A-Z][A-Za-z .,'’/-]{2,60}?"
    r"(?:,? ?\(?[A-Z][a-z]{2,8}\.? \d{1,2}(?:, \d{4})?\)?|,? \d{1,2} [A-Z]{3,9}\.? \d{2,4})?"
    r" ?(?:\([A-Za-z .,/&-]{2,40}\))? ?(?:--?|[–—])[ -]?\s"
)
_UPPER_PLACE = re.compile(r"[A-Z]{3}[A-Z .'’/-]{0,40}\b")
_FURNITURE = re.compile(
    r"(?:photos?|image|file|read|more|watch|related|advertisement|story continues|share|follow"
    r"|sign up|subscribe|copyright|©|listen|click|see also|scroll|video|media caption|caption"
    r"|continue|download|comments?|correction|editing|reporting|contact|email|tags?|topics?"
    r"|get (?:the|our)|join|support|getty|credit|all rights|this (?:article|story)|recommended"
    r"|loading|print|back to|skip|newsletter|source)\b",
    re.I,
)
_LINK = re.compile(r"https?:|www\.|@\w|©|\ball rights reserved\b|\|", re.I)
_BULLET = re.compile(r"[•*·▪►>-] ?\S|\d{1,2}[.)] ")
_RULE = re.compile(r"[-=_*#~.+\s]{3,}\Z")
_SAID = re.compile(r"\b(?:said|says|told|added|according to)\b", re.I)
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

SHAPE = (
    "log_length", "words", "terminal", "question", "colon", "comma", "ellipsis", "starts_lower",
    "starts_quote", "starts_digit", "bullet", "title_share", "upper_share", "digit_share", "date",
    "time", "byline", "dateline", "furniture", "link", "rule", "inner_ends", "said", "blanks",
    "blanks_after", "indent", "lines", "repeats", "name_like", "ends_paren", "quotes",
)  # fmt: skip
"""Columns of `shapes`, one a unit."""

_NEAR = (
    "log_length", "terminal", "title_share", "upper_share", "date", "time", "byline", "dateline",
    "furniture", "inner_ends", "blanks", "said", "name_like", "repeats", "starts_quote", "colon",
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
    "new_names_rise", "new_words_rise",
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

NAMES = (
    *SHAPE,
    *(f"{name}[{offset:+d}]" for offset in _NEAR_OFFSETS for name in _NEAR),
    *(f"{name}[{offset:+d}]" for offset in _FAR_OFFSETS for name in _FAR),
    *COHESION,
    *(f"{name}[{offset:+d}]" for offset in (-1, 1) for name in _TIED_NEAR),
    *_LAYOUT,
    *_PLACE,
)
"""Columns of `features`."""


def _bare(word: str) -> str:
    """A word without the signs around it; empty where no letter stands near its start."""
    if not (word[:1].isalpha() or word[1:2].isalpha()):
        return ""
    return word.strip("\"'“‘’”(),.:;")


def _shape(unit: Unit, next_blanks: int, repeats: float) -> tuple[float, ...]:
    text = unit.text
    head = text[:160]
    size = len(text)
    long = size > 400
    words = head.split() if long else text.split()
    content = [word for word in map(_bare, words) if word and word.lower() not in _FUNCTION_WORDS]
    capital = sum(1 for word in content if word[0].isupper())
    digits = sum(map(str.isdigit, head))
    dated = bool(digits and _DATE.search(head))
    alphas = sum(map(str.isalpha, head))
    uppers = sum(map(str.isupper, head))
    title = capital / len(content) if content else 0.0
    dateline = (
        head[:1].isupper()
        and bool(DATELINE.match(head))
        and (bool(_UPPER_PLACE.match(head)) or (dated and bool(_DATE.search(head[:60]))))
    )
    return (
        math.log1p(size),
        size / 6 if long else float(len(words)),
        float(bool(_TERMINAL.search(text[-6:]))),
        float(text[-2:].rstrip("\"'”’")[-1:] == "?"),
        float(text[-1:] == ":"),
        float(text[-1:] in ",;-–—"),
        float(text[-3:] == "..." or text[-1:] == "…"),
        float(text[:1].islower()),
        float(text[:1] in "\"'“‘«"),
        float(text[:1].isdigit()),
        float(bool(_BULLET.match(head))),
        title,
        uppers / alphas if alphas else 0.0,
        digits / len(head),
        float(dated),
        float(bool(_TIME.search(head))),
        float(size < 120 and bool(_BYLINE.match(head))),
        float(dateline),
        float(bool(_FURNITURE.match(head))),
        float(bool(_LINK.search(head))),
        float(bool(_RULE.match(head))),
        min(float(len(_INNER.findall(text[:600]))), 5.0),
        float(bool(_SAID.search(text[:600]))),
        float(min(unit.blanks, 4)),
        float(min(next_blanks, 4)),
        float(min(unit.indent, 12)),
        float(min(unit.lines, 6)),
        float(repeats),
        float(2 <= len(words) <= 5 and title == 1.0 and not digits),
        float(text[-1:] in ")]"),
        float(min(sum(text[:400].count(q) for q in '"“”'), 6)),
    )


def shapes(units: list[Unit]) -> Floats:
    """Return one row a unit, columns `SHAPE`."""
    counts = Counter(unit.text[:120].lower() for unit in units)
    rows = [
        _shape(
            unit,
            units[i + 1].blanks if i + 1 < len(units) else 0,
            math.log(counts[unit.text[:120].lower()]),
        )
        for i, unit in enumerate(units)
    ]
    return np.asarray(rows, dtype=np.float32).reshape(len(units), len(SHAPE))


@lru_cache(maxsize=100_000)
def _stem(word: str) -> str:
    """A crude stem that is the same for inflections: it only has to match words of one dump."""
    plain = word.lower().replace("’", "'")
    if plain.endswith("'s"):
        plain = plain[:-2]
    for suffix in ("ings", "ing", "ies", "ied", "ed", "es", "s"):
        if plain.endswith(suffix) and len(plain) - len(suffix) >= 3:
            plain = plain[: -len(suffix)]
            break
    return plain[:7].rstrip("ey")


class _Tokens:
    """The distinct content stems of each unit, in flat arrays sorted by stem, then unit."""

    def __init__(self, units: list[Unit]) -> None:
        stems: dict[str, int] = {}
        known: dict[str, int] = {}  # surface -> 2 * stem + capitalised, or -1
        flat: list[int] = []
        counts = np.zeros(len(units), np.int64)
        for number, unit in enumerate(units):
            before = len(flat)
            for word in _WORD.findall(unit.text[:2000]):
                code = known.get(word)
                if code is None:
                    stem = _stem(word)
                    if word.lower() in _FUNCTION_WORDS or not stem or len(word) < 2:
                        code = -1
                    else:
                        capital = word[0].isupper() or word[0].isdigit()
                        code = 2 * stems.setdefault(stem, len(stems)) + int(capital)
                    known[word] = code
                if code >= 0:
                    flat.append(code)
            counts[number] = len(flat) - before
        codes = np.asarray(flat, dtype=np.int64)
        owner = np.repeat(np.arange(len(units)), counts)
        lone = np.zeros(len(stems) + 1, bool)  # stems ever written small are no names
        lone[codes[(codes & 1) == 0] >> 1] = True
        size = max(len(units), 1)
        keys = np.unique((codes >> 1) * size + owner)
        self.stem = keys // size
        self.unit = keys % size
        df = np.bincount(self.stem, minlength=len(stems) + 1)
        self.weight = np.log((size + 2.0) / (df + 0.5))[self.stem]
        self.name = ~lone[self.stem]


Doubles = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]


def _window_sum(cumulative: Doubles, low: Indices, high: Indices) -> Doubles:
    total: Doubles = cumulative[high] - cumulative[low]
    return total


def cohesion(units: list[Unit]) -> Floats:
    """Return one row a unit, columns `COHESION`: how its words tie it to what is around it."""
    n = len(units)
    out = np.zeros((n, len(COHESION)), np.float64)
    if n == 0:
        return out.astype(np.float32)
    lengths = np.asarray([len(unit.text) + 1 for unit in units], np.float64)
    ends = np.cumsum(lengths)
    starts = ends - lengths
    tokens = _Tokens(units)
    unit, weight = tokens.unit, tokens.weight
    same = np.zeros(len(unit), bool)
    same[1:] = tokens.stem[1:] == tokens.stem[:-1]
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
    named = weight * tokens.name
    name_total = per_unit(named) + 1e-6
    out[:, 12] = per_unit(named * (ahead <= 1500.0)) / name_total
    out[:, 13] = per_unit(named * (behind <= 1500.0)) / name_total

    def after(reach: float) -> Indices:
        stop: Indices = np.minimum(np.searchsorted(starts, ends + reach, "left"), n)
        return stop

    own = np.arange(n)

    def bridge(reach: float, weights: Doubles) -> Doubles:
        """Weight of repeated words that jump over a unit, for each weight behind it."""
        links = index[gap <= reach]
        steps = np.zeros(n + 1)
        np.add.at(steps, unit[links - 1] + 1, weights[links])
        np.subtract.at(steps, unit[links], weights[links])
        crossing = np.cumsum(steps)[:n]
        cumulative = np.concatenate([[0.0], np.cumsum(np.bincount(unit, weights, minlength=n))])
        mass = _window_sum(cumulative, np.minimum(own + 1, n), after(reach))
        share: Doubles = crossing / (mass + 4.0)
        return share

    def around(values: Doubles, reach: float = 2500.0) -> Doubles:
        """Mean of `values` over the units within `reach` characters."""
        cumulative = np.concatenate([[0.0], np.cumsum(values)])
        low = np.searchsorted(ends, starts - reach, "left")
        high = after(reach)
        mean: Doubles = _window_sum(cumulative, low, high) / np.maximum(high - low, 1)
        return mean

    for column, reach, weights in (
        (14, 600.0, weight),
        (15, 2000.0, weight),
        (18, 2000.0, named),
    ):
        out[:, column] = bridge(reach, weights)
    out[:, 16] = out[:, 14] - around(out[:, 14])
    out[:, 17] = out[:, 15] - around(out[:, 15])
    out[:, 19] = out[:, 18] - around(out[:, 18])
    for column, weights in ((20, named), (21, weight)):
        all_of = np.concatenate([[0.0], np.cumsum(np.bincount(unit, weights, minlength=n))])
        new_of = np.concatenate(
            [[0.0], np.cumsum(np.bincount(unit, weights * (behind > 3000.0), minlength=n))]
        )
        high = after(700.0)
        low = np.searchsorted(ends, starts - 700.0, "left")
        following = _window_sum(new_of, own, high) / (_window_sum(all_of, own, high) + 4.0)
        preceding = _window_sum(new_of, low, own) / (_window_sum(all_of, low, own) + 4.0)
        out[:, column] = following
        out[:, column + 2] = following - preceding
    return out.astype(np.float32)


def _shifted(values: Floats, offset: int) -> Floats:
    out = np.full_like(values, -1.0)
    if abs(offset) >= len(values):
        return out
    if offset > 0:
        out[:-offset] = values[offset:]
    else:
        out[-offset:] = values[:offset]
    return out


def features(units: list[Unit], *, wrapped: bool) -> Floats:
    """Return one row a unit, columns `NAMES`."""
    n = len(units)
    if not n:
        return np.zeros((0, len(NAMES)), np.float32)
    shape = shapes(units)
    tied = cohesion(units)
    column = {name: i for i, name in enumerate(SHAPE)}
    near = shape[:, [column[name] for name in _NEAR]]
    far = shape[:, [column[name] for name in _FAR]]
    tied_near = tied[:, [COHESION.index(name) for name in _TIED_NEAR]]
    layout = _layout(shape, column, wrapped)
    lengths = np.asarray([len(unit.text) for unit in units], np.float64)
    blank = shape[:, column["blanks"]] > 0
    blank_share = float(layout[1])
    place = np.stack(
        [
            np.arange(n) == 0,
            np.log1p(np.arange(n)),
            np.log1p(np.arange(n)[::-1]),
            np.log1p(lengths.sum() - np.cumsum(lengths)),
            np.where(blank, -np.log(blank_share + 0.01), 0.0),
            shape[:, column["blanks_after"]] == 0,
        ],
        axis=1,
    ).astype(np.float32)
    return np.concatenate(
        [
            shape,
            *(_shifted(near, offset) for offset in _NEAR_OFFSETS),
            *(_shifted(far, offset) for offset in _FAR_OFFSETS),
            tied,
            *(_shifted(tied_near, offset) for offset in (-1, 1)),
            np.broadcast_to(layout, (n, len(layout))),
            place,
        ],
        axis=1,
    )


def _layout(shape: Floats, column: dict[str, int], wrapped: bool) -> Floats:
    length = shape[:, column["log_length"]]
    terminal = shape[:, column["terminal"]] > 0
    short = (length < np.log1p(140)) & ~terminal
    shorts = shape[short] if short.any() else shape[:1]
    return np.asarray(
        [
            np.log1p(len(shape)),
            float((shape[1:, column["blanks"]] > 0).mean()) if len(shape) > 1 else 0.0,
            float(wrapped),
            float(short.mean()),
            float(shorts[:, column["title_share"]].mean()),
            float(shorts[:, column["upper_share"]].mean()),
            float(np.median(length)),
            float(shape[:, column["date"]].mean()),
            float(shape[:, column["byline"]].mean()),
            float(shape[:, column["dateline"]].mean()),
            float(terminal.mean()),
            float((shape[:, column["indent"]] > 1).mean()),
            float(shape[:, column["furniture"]].mean()),
        ],
        dtype=np.float32,
    )
