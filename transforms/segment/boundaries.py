"""Where stories start: two passes of a fitted model, then a choice."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from transforms.segment.features import SHAPE, Seen, cosine, see, table_of, windows
from transforms.segment.model import Models, Scale, Trees, shipped
from transforms.segment.units import Unit
from transforms.segment.words import Doubles, Flags, Floats

_COLUMN = {name: i for i, name in enumerate(SHAPE)}
THRESHOLD = 0.5
_BLANKS = 4
_BLANKS_AGREE = 0.95
_BLANKS_MOST = 0.7
LEAD_IN = 0.3
"""Probability from which a line above a headline is taken for its story's."""
_SETTLED = 15
_OTHERS = 0.25
_SURELY_NOT = 0.01
_RAISED_TO_HALF = 0.04

AGAIN = (
    "first_pass", "style_mean", "style_count", "style_rank", "family_mean", "family_count",
    "peak", "near_before", "near_after", "chars_since", "chars_until", "since_by_typical",
    "until_by_typical", "dump_mean", "rank", "above_mean", "style_gap", "family_gap",
    "since_style", "until_style", "since_family", "until_family", "style_before_head",
    "family_before_head", "style_after_head", "like_opening", "like_opening_less_above",
    "like_headline", "opening_like_above", "expected", "style_share",
    "written_mean", "written_count", "written_before_head", "written_before_second",
    "next_says_head", "second_says_head", "above_says_head", "head_next", "head_second",
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


def _moved(p: Doubles, by: int) -> Doubles:
    """For each unit the value of the unit `by` places behind it; nought beyond the ends."""
    out = np.zeros_like(p)
    if by > 0:
        out[:-by] = p[by:]
    elif by < 0:
        out[-by:] = p[:by]
    return out


def _sayings(written: npt.NDArray[np.int64], p: Doubles) -> tuple[Doubles, ...]:
    """Where headlines stand beside units that are written alike (bylines, dates, sections).

    A unit is judged by how often those written like the next, the second, the one above stand
    beside a headline elsewhere in the dump.
    """
    mean, count = _mean_of_others(written, p)
    return (
        _log_odds(mean),
        count,
        _log_odds(_mean_of_others(written, _moved(p, 1))[0]),
        _log_odds(_mean_of_others(written, _moved(p, 2))[0]),
        _log_odds(_moved(_mean_of_others(written, _moved(p, -1))[0], 1)),
        _log_odds(_moved(_mean_of_others(written, _moved(p, -2))[0], 2)),
        _log_odds(_moved(_mean_of_others(written, _moved(p, 1))[0], -1)),
    )


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


def _expected(style: npt.NDArray[np.int64], p: Doubles) -> Doubles:
    """Log of how many headlines the first pass expects among the units of a unit's style."""
    _, inverse = np.unique(style, return_inverse=True)
    return np.log1p(np.bincount(inverse, p)[inverse])


def _echoes(seen: Seen, p: Doubles, likely: Flags) -> tuple[Doubles, ...]:
    """Compare what follows each plausible unit with the opening of the story it would end.

    A second story about the same event tells its beginning again; the same story goes on.
    """
    n = len(p)
    out = np.zeros((4, n))
    chosen = np.flatnonzero(seen.plausible & (p > 0.002))
    if len(chosen):
        heads = np.flatnonzero(likely)
        opening = heads[np.maximum(np.searchsorted(heads, chosen, "left") - 1, 0)]
        opening = np.minimum(opening, chosen)
        table = table_of(seen.stems, n)

        def within(first: npt.NDArray[np.int64], reach: float) -> npt.NDArray[np.int64]:
            stop = np.searchsorted(seen.starts, seen.ends[first] + reach, "left")
            return np.minimum(stop, n).astype(np.int64)

        following = windows(np.minimum(chosen + 1, n), within(chosen, 700.0), n) @ table
        begun = windows(opening, np.minimum(within(opening, 700.0), chosen), n) @ table
        since = np.searchsorted(seen.ends, seen.starts[chosen] - 700.0, "left")
        above = windows(np.maximum(since, np.minimum(opening + 1, chosen)), chosen, n) @ table
        out[0, chosen] = cosine(following, begun)
        out[1, chosen] = out[0, chosen] - cosine(following, above)
        out[2, chosen] = cosine(table[chosen], table[opening]) * (opening < chosen)
        out[3, chosen] = cosine(begun, above)
    return tuple(out)


def again(seen: Seen, p: Doubles) -> Floats:
    """Return the second pass's rows: those of `seen` and, one column each of `AGAIN`, more.

    `p` is the first pass's probability for each unit.
    """
    rows, position = seen.rows, seen.starts
    n = len(rows)
    fine, coarse = _styles(rows)
    fine_mean, fine_count = _mean_of_others(fine, p)
    coarse_mean, coarse_count = _mean_of_others(coarse, p)
    rank = np.argsort(np.argsort(-fine_mean, kind="stable"), kind="stable") / max(n, 1)
    padded = np.concatenate([np.zeros(4), p, np.zeros(4)])
    before = np.max(np.stack([padded[4 - k : 4 - k + n] for k in (1, 2, 3, 4)]), axis=0)
    after = np.max(np.stack([padded[4 + k : 4 + k + n] for k in (1, 2, 3, 4)]), axis=0)
    likely = p > THRESHOLD
    likely[0] = True
    at = position[likely]
    typical = float(np.median(np.diff(at))) if len(at) > 2 else 2500.0
    slot = np.searchsorted(at, position, "left")
    since = position - np.concatenate([[0.0], at])[slot]
    later = np.searchsorted(at, position, "right")
    until = np.concatenate([at, [seen.ends[-1]]])[later] - position
    place = np.argsort(np.argsort(-p, kind="stable"), kind="stable") / max(n, 1)
    mean = np.full(n, p.mean())
    fine_gap, fine_since, fine_until = _gaps(fine, position)
    family_gap, family_since, family_until = _gaps(coarse, position)
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
            _log_odds(_mean_of_others(fine, _moved(p, 1))[0]),
            _log_odds(_mean_of_others(coarse, _moved(p, 1))[0]),
            _log_odds(_mean_of_others(fine, _moved(p, -1))[0]),
            *_echoes(seen, p, likely),
            _expected(coarse, p),
            fine_count - np.log(max(n, 1)),
            *_sayings(seen.signature, p),
            _log_odds(_moved(p, 1)),
            _log_odds(_moved(p, 2)),
        ],
        axis=1,
    ).astype(np.float32)
    return np.concatenate([rows, added], axis=1)


def probabilities(trees: Trees, rows: Floats, keep: Flags) -> Doubles:
    """Return the probability of each row that `keep` lets through, and next to nothing else."""
    out = np.full(len(rows), 1e-4)
    out[keep] = trees.probability(rows[keep])
    return out


def settle(seen: Seen, p: Doubles) -> Doubles:
    """Return `p`, raised for units of a form that is nearly always a headline's in this dump.

    Where stories about one event stand beside each other, the words of a headline have been read
    before, and the model takes it for a sub-heading; but such a dump then has no other lines that
    look like its headlines. Forms are those of lines without a full stop, by length and blanks.
    """

    def column(name: str) -> Floats:
        return seen.rows[:, _COLUMN[name]]

    marked = column("furniture") + column("byline") + column("bullet") + column("colon") > 0
    form = np.digitize(column("log_length"), np.log1p([28, 160]))
    form = form + 4 * (column("terminal") > 0) + 8 * marked + 16 * (column("blanks") > 0)
    form = np.where(seen.plausible, form, 32)
    count = np.bincount(form, minlength=33)
    heads = np.bincount(form, p >= THRESHOLD, minlength=33)
    others = np.bincount(form, p < _SURELY_NOT, minlength=33)
    alike = (heads >= _SETTLED) & (others <= _OTHERS * count)
    alike[32] = False
    raised = _log_odds(p) - np.log(_RAISED_TO_HALF / (1.0 - _RAISED_TO_HALF))
    return np.where(alike[form], 1.0 / (1.0 + np.exp(-raised)), p)


def above_heads(p: Doubles) -> Flags:
    """Mark the units that stand at most three places above a likely headline."""
    near = np.max(np.stack([_moved(p, by) for by in (1, 2, 3)]), axis=0)
    marked: Flags = near > 0.3
    return marked


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
    seen = see(units, wrapped=wrapped, lexicon=models.lexicon)
    first = probabilities(models.headline, seen.rows, seen.plausible)
    more = again(seen, first)
    second = settle(seen, probabilities(models.headline_again, more, seen.plausible))
    above = seen.plausible & above_heads(second)
    return Judged(second, probabilities(models.lead_in, more, above))


@dataclass(frozen=True, slots=True)
class Start:
    """A story's first unit and its headline's unit (the first where none is known).

    `confidence` is the probability that the story starts there, `whole` that it also ends where
    the next one starts.
    """

    unit: int
    headline: int
    confidence: float
    whole: float = 1.0


def _without_pairs(heads: list[int], p: Doubles) -> list[int]:
    """Drop the less likely of two headlines that follow each other: a story has a body.

    Where more than two do, the dump is a list of headlines.
    """
    known = set(heads)
    out = []
    for head in heads:
        below = head + 1 in known and head - 1 not in known and head + 2 not in known
        above = head - 1 in known and head + 1 not in known and head - 2 not in known
        other = head + 1 if below else head - 1
        if not (below or above) or (p[head], head) > (p[other], other):
            out.append(head)
    return out


def choose(units: list[Unit], judged: Judged) -> list[Start]:
    """Turn probabilities into story starts; the first unit always starts a story.

    Lead-ins directly before a headline belong to its story.
    """
    if not units:
        return []
    heads = _without_pairs(np.flatnonzero(judged.headline >= THRESHOLD).tolist(), judged.headline)
    starts: list[Start] = []
    floor = 0
    for head in heads:
        first = head
        while first > floor and judged.lead_in[first - 1] >= LEAD_IN:
            first -= 1
        sure = float(judged.headline[head])
        for unit in range(max(first - 1, floor), head):  # how sure where the lead-in begins
            lead = float(judged.lead_in[unit])
            sure *= lead if unit >= first else 1.0 - lead
        starts.append(Start(first, head, sure))
        floor = head + 1
    if starts and starts[0].unit > 0 and all(judged.lead_in[: starts[0].unit] >= 0.2):
        starts[0] = Start(0, starts[0].headline, starts[0].confidence)
    elif not starts or starts[0].unit > 0:
        starts.insert(0, Start(0, 0, float(judged.headline[0])))
    return _parted(units, starts)


def _parted(units: list[Unit], starts: list[Start]) -> list[Start]:
    """Drop starts without a blank line above, where blank lines stand between stories only.

    They do where nearly all units below one were found to start a story, and these are most of
    the starts. With corpora left out of fitting, dumps with one blank line between stories then
    have no wrong start, and no other layout changes.
    """
    below = [number for number, unit in enumerate(units) if unit.blanks and number]
    firsts = {start.unit for start in starts}
    agreed = sum(number in firsts for number in below)
    if len(below) < _BLANKS or agreed < _BLANKS_AGREE * len(below):
        return starts
    if agreed < _BLANKS_MOST * (len(starts) - 1):
        return starts
    return [start for start in starts if not start.unit or units[start.unit].blanks]


def sure_of(starts: list[Start], judged: Judged, scale: Scale | None) -> list[Start]:
    """Fill `whole`: both ends are right, and no start between them was passed over.

    That is the product of the probabilities, or what it is worth on `scale`.
    """
    unseen = np.log1p(-np.minimum(judged.headline, 1.0 - 1e-6))
    unseen[[start.headline for start in starts]] = 0.0
    cumulative = np.concatenate([[0.0], np.cumsum(unseen)])
    edges = np.asarray([*(start.unit for start in starts), len(judged.headline)])
    sure = np.asarray([1.0, *(start.confidence for start in starts[1:]), 1.0])
    whole = sure[:-1] * sure[1:] * np.exp(np.diff(cumulative[edges]))
    if scale:
        whole = scale.of(whole)
    return [
        Start(start.unit, start.headline, start.confidence, share)
        for start, share in zip(starts, whole.tolist(), strict=True)
    ]


@dataclass(slots=True)
class Expected:
    """How many story starts were found, of these how many are expected right, how many missed.

    A text's first start, which is always right, does not count.
    """

    found: int = 0
    right: float = 0.0
    missed: float = 0.0

    def add(self, starts: list[Start], judged: Judged) -> None:
        """Count what was chosen in one text."""
        passed = judged.headline.copy()
        passed[[start.headline for start in starts]] = 0.0
        self.found += len(starts) - 1
        self.right += sum(start.confidence for start in starts[1:])
        self.missed += float(passed[starts[0].headline + 1 :].sum()) if starts else 0.0

    @property
    def f1(self) -> float:
        """The F1 of story starts that the model's own probabilities lead one to expect."""
        total = self.found + self.right + self.missed
        return 2.0 * self.right / total if total > 0.5 else 1.0
