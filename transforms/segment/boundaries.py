"""Where stories start: two passes of a fitted model, then a choice."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from transforms.segment.features import SHAPE, Floats, features
from transforms.segment.model import Models, Trees, shipped
from transforms.segment.units import Unit

Doubles = npt.NDArray[np.float64]
_COLUMN = {name: i for i, name in enumerate(SHAPE)}
THRESHOLD = 0.5

AGAIN = (
    "first_pass", "style_mean", "style_count", "style_rank", "family_mean", "family_count",
    "peak", "near_before", "near_after", "chars_since", "chars_until", "since_by_typical",
    "until_by_typical", "dump_mean", "rank", "above_mean", "style_gap", "family_gap",
    "since_style", "until_style", "since_family", "until_family", "style_before_head",
    "family_before_head", "style_after_head",
)  # fmt: skip
"""Columns that the second pass adds to those of `features.NAMES`."""


def _log_odds(p: Doubles) -> Doubles:
    clipped = np.clip(p, 1e-5, 1 - 1e-5)
    return np.log(clipped / (1 - clipped))


def _styles(rows: Floats) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return a fine and a coarse style number for each unit."""

    def bins(name: str, *edges: float) -> npt.NDArray[np.int64]:
        return np.digitize(rows[:, _COLUMN[name]], edges).astype(np.int64)

    coarse = (
        bins("upper_share", 0.75) * 64
        + bins("terminal", 0.5) * 32
        + bins("blanks", 0.5, 1.5) * 8
        + bins("indent", 1.5) * 4
        + bins("log_length", 3.0, 3.9, 5.0)
    )
    fine = (
        coarse * 16
        + bins("title_share", 0.45, 0.8) * 4
        + bins("blanks_after", 0.5) * 2
        + np.minimum(bins("furniture", 0.5) + bins("byline", 0.5) + bins("date", 0.5), 1)
    )
    return fine, coarse


def _mean_of_others(style: npt.NDArray[np.int64], p: Doubles) -> tuple[Doubles, Doubles]:
    """Mean of `p` over the other units of the same style, drawn to the dump's mean, and count."""
    _, inverse = np.unique(style, return_inverse=True)
    count = np.bincount(inverse)[inverse].astype(np.float64)
    total = np.bincount(inverse, p)[inverse]
    return (total - p + p.mean()) / count, np.log(count)


def _gaps(style: npt.NDArray[np.int64], position: Doubles) -> tuple[Doubles, Doubles, Doubles]:
    """For each unit the median distance between units of its style, and to those beside it.

    Headlines stand as far apart as stories are long, sub-headings closer. Distances are in
    characters, as logarithms; a style that occurs once has that of a very long story.
    """
    n = len(style)
    order = np.lexsort((position, style))
    ordered = style[order]
    step = np.diff(position[order])
    same = ordered[1:] == ordered[:-1]
    since = np.full(n, 1e5)
    until = np.full(n, 1e5)
    since[order[1:][same]] = step[same]
    until[order[:-1][same]] = step[same]
    median = np.full(n, 1e5)
    bounds = np.flatnonzero(np.concatenate([[True], ~same, [True]]))
    for low, high in pairwise(bounds.tolist()):
        if high - low > 1:
            median[order[low:high]] = np.median(step[low : high - 1])
    return np.log1p(median), np.log1p(since), np.log1p(until)


def again(rows: Floats, units: list[Unit], p: Doubles) -> Floats:
    """Return the second pass's rows: `rows` and, one column each of `AGAIN`, what `p` shows.

    `p` is the first pass's probability for each unit.
    """
    n = len(units)
    fine, coarse = _styles(rows)
    fine_mean, fine_count = _mean_of_others(fine, p)
    coarse_mean, coarse_count = _mean_of_others(coarse, p)
    rank = np.argsort(np.argsort(-fine_mean, kind="stable"), kind="stable") / max(n, 1)
    padded = np.concatenate([np.zeros(4), p, np.zeros(4)])
    before = np.max(np.stack([padded[4 - k : 4 - k + n] for k in (1, 2, 3, 4)]), axis=0)
    after = np.max(np.stack([padded[4 + k : 4 + k + n] for k in (1, 2, 3, 4)]), axis=0)
    lengths = np.asarray([len(unit.text) for unit in units], np.float64)
    position = np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
    likely = p > THRESHOLD
    likely[0] = True
    at = position[likely]
    typical = float(np.median(np.diff(at))) if len(at) > 2 else 2500.0
    slot = np.searchsorted(at, position, "left")
    since = position - np.concatenate([[0.0], at])[slot]
    later = np.searchsorted(at, position, "right")
    until = np.concatenate([at, [lengths.sum()]])[later] - position
    place = np.argsort(np.argsort(-p, kind="stable"), kind="stable") / max(n, 1)
    mean = np.full(n, p.mean())
    fine_gap, fine_since, fine_until = _gaps(fine, position)
    family_gap, family_since, family_until = _gaps(coarse, position)
    head_next = np.concatenate([p[1:], [0.0]])
    head_last = np.concatenate([[0.0], p[:-1]])
    added = np.stack(
        [
            _log_odds(p),
            _log_odds(fine_mean),
            fine_count,
            rank,
            _log_odds(coarse_mean),
            coarse_count,
            p - np.maximum(before, after),
            before,
            after,
            np.log1p(since),
            np.log1p(until),
            since / (typical + 1.0),
            until / (typical + 1.0),
            mean,
            place,
            _log_odds(p) - _log_odds(mean),
            fine_gap,
            family_gap,
            fine_since,
            fine_until,
            family_since,
            family_until,
            _log_odds(_mean_of_others(fine, head_next)[0]),
            _log_odds(_mean_of_others(coarse, head_next)[0]),
            _log_odds(_mean_of_others(fine, head_last)[0]),
        ],
        axis=1,
    ).astype(np.float32)
    return np.concatenate([rows, added], axis=1)


def plausible(rows: Floats) -> npt.NDArray[np.bool_]:
    """Say which units can be headlines or lead-ins at all: none of a paragraph's length.

    On the gold set this drops half of the units and three in a thousand of the headlines.
    """
    length = rows[:, _COLUMN["log_length"]]
    ended = rows[:, _COLUMN["terminal"]] > 0
    several = rows[:, _COLUMN["lines"]] > 1
    keep: npt.NDArray[np.bool_] = (length < np.log1p(300)) & ~(ended & (length > np.log1p(150)))
    keep |= several & (length < np.log1p(900)) & (rows[:, _COLUMN["inner_ends"]] < 3)
    keep[:1] = True
    return keep


def probabilities(trees: Trees, rows: Floats, keep: npt.NDArray[np.bool_]) -> Doubles:
    """Return the probability of each row that `keep` lets through, and next to nothing else."""
    out = np.full(len(rows), 1e-4)
    out[keep] = trees.probability(rows[keep])
    return out


@dataclass(frozen=True, slots=True)
class Judged:
    """What the model thinks of each unit of a text: probability of a headline, of a lead-in."""

    headline: Doubles
    lead_in: Doubles


def judge(units: list[Unit], *, wrapped: bool, models: Models | None = None) -> Judged:
    """Judge every unit twice: alone, then beside what the first pass made of the dump."""
    if not units:
        return Judged(np.zeros(0), np.zeros(0))
    models = models or shipped()
    rows = features(units, wrapped=wrapped)
    keep = plausible(rows)
    first = probabilities(models.headline, rows, keep)
    more = again(rows, units, first)
    second = probabilities(models.headline_again, more, keep)
    return Judged(second, probabilities(models.lead_in, more, keep))


@dataclass(frozen=True, slots=True)
class Start:
    """A story's first unit, its headline's unit (the first where none is known), and how sure."""

    unit: int
    headline: int
    confidence: float


def choose(units: list[Unit], judged: Judged) -> list[Start]:
    """Turn probabilities into story starts; the first unit always starts a story.

    Lead-ins directly before a headline belong to its story.
    """
    if not units:
        return []
    heads = np.flatnonzero(judged.headline >= THRESHOLD).tolist()
    starts: list[Start] = []
    floor = 0
    for head in heads:
        first = head
        while first > floor and judged.lead_in[first - 1] >= THRESHOLD:
            first -= 1
        starts.append(Start(first, head, float(judged.headline[head])))
        floor = head + 1
    if not starts or starts[0].unit > 0:
        if starts and all(judged.lead_in[: starts[0].unit] >= 0.2):
            starts[0] = Start(0, starts[0].headline, starts[0].confidence)
        else:
            sure = float(judged.headline[0])
            starts.insert(0, Start(0, 0, sure))
    return starts
