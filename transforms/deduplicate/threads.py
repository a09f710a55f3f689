"""Threads: stories about one unfolding event, over hours or days.

Topic detection and tracking (Allan et al., "Topic detection and tracking pilot study", 1998) and
its heirs in newsrooms compare a story with those before it: words weighted by rarity, names apart,
less the more time has passed (Miranda et al., "Multilingual clustering of streaming news", 2018;
Laban and Hearst, "newsLens", 2017). Three things are different here, for precision:

- A term weighs by its burst as well. News about one event comes in bursts; what recurs at an even
  pace, as tenders, quotations and weather do, is a template's vocabulary. How many days a term is
  on, and how long it lasts, beside what they would be if its stories fell on days at random, tells
  them apart (after residual IDF: Church and Gale, "Poisson mixtures", 1995, over days instead of
  documents).
- Names tie stories, not common words: two stories need rare terms in both, most of what they share
  must be names, and each headline must be found in the other story.
- A story joins a thread where it resembles one of its stories and its centroid, so that a thread
  does not drift; and two threads become one only where their centroids agree, so that a digest,
  which resembles both, joins neither.

Everything works on sparse matrices of all stories at hand, without a loop over stories or pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from transforms.deduplicate import terms as tm
from transforms.deduplicate.linkage import components
from transforms.deduplicate.memory import NAME, TITLE
from transforms.deduplicate.terms import F64
from transforms.schemas import StoryTerms, Threads

I64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

LINK = 0.38
"""What names add to the similarity of two stories, time counted, from which they are tied."""

HEADLINE = 0.25
"""The part of a headline that the other story has, for either, at least."""

CORE = 0.40
"""Similarity of a story to the centroid of a thread, time counted, from which it can join."""

MERGE = 0.60
"""Similarity of their centroids from which two threads of several stories are one."""

RARE = 3.6
"""Inverse document frequency (natural logarithm), less for an even pace, of a term that can tie
stories."""

RARE_SHARED = 2
"""How many such terms two stories share at least."""

SHARED = 5
"""How many terms of any kind they share at least, pairs of names not counted."""

HALF_LIFE = 4.0
"""Days after which a similarity counts half."""

WINDOW = 6
"""Days after which two stories are not compared; even equal ones would not be tied."""

UNDATED = 1.0
"""Days that an undated story counts as away from others of its night."""

HISTORY = 30
"""Days before the earliest story whose document frequencies count."""

SPREAD = (0.55, 1.0)
"""The part of the days that chance would give it from which a term weighs less, and where it
weighs `EVEN`."""

EVEN = 0.35
"""What a term counts that recurs at an even pace."""

OFTEN = (3, 8)
"""Stories of a term up to which its pace says nothing, and from which it says all."""

LONG = 6
"""Days with stories that are needed for a pace to be judged."""

RECURS = 3
"""On how many days a headline recurs that is a rubric's."""

ANOTHER_DAY = 0.75
"""Days after which stories under one headline are a series."""

COMMON = 200
"""A term of more stories at hand than this finds no candidates."""

_ROWS = 1 << 12


@dataclass(frozen=True, slots=True)
class _Stories:
    """What is compared: n stories in order of their ids."""

    matrix: sparse.csr_matrix
    """One row a story, one column a term: weights, each row of length 1."""
    rare: sparse.csr_matrix
    """Ones where a term can tie stories."""
    single: sparse.csr_matrix
    """Ones for every term but pairs of names."""
    stems: sparse.csr_matrix
    """`matrix` without names."""
    heads: sparse.csr_matrix
    """Squares of `matrix` where a term is in the headline."""
    day: F64
    """Time in days; NaN where unknown."""
    heading: I64
    """What identifies its headline; -1 without one."""
    is_new: Mask


def link(
    new: pl.DataFrame,
    known: pl.DataFrame,
    frequencies: pl.DataFrame,
    totals: pl.DataFrame,
    headings: pl.DataFrame,
) -> pl.DataFrame:
    """Return the threads (schema `Threads`) of new stories, and of known ones that change.

    `new` are the vectors of tonight's stories (schema `StoryTerms`), `known` those of earlier ones
    with `thread_id`: every story of each thread of which one story, not older than `WINDOW` days
    before tonight's, shares a term with them. A story in both keeps its thread and is compared by
    its new vector. `frequencies` (`term`, `day`, `stories`) and `totals` (`day`, `stories`) count
    the stories of earlier nights, `headings` (`heading`, `day`) where earlier headlines recur.

    The outcome does not depend on the order of rows. Over nights, threads only grow and merge: two
    stories of one thread stay together, and a story that joins, however old, changes no id. A
    thread's id is that of its founder, its earliest story when it was new; of threads that turn
    out to be one, the id of the one whose earliest story is the older stays.
    """
    if new.is_empty():
        return Threads.create_empty()
    every = _together(new, known)
    row, term, weight = _flat(every)
    counted, volume = _counted(every, row, term, frequencies, totals)
    at = _weighed(every, row, term, weight, counted, volume)
    template = every["is_template"].to_numpy() | _recurring(every, headings)
    first, second, alike = _pairs(at, template)
    label, best = _grow(every, at, first, second, alike)
    return _named(every, label, best)


def nothing() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return what `link` is told of earlier nights on the first one."""
    return (
        StoryTerms.create_empty().with_columns(thread_id=pl.lit(None, pl.String)),
        pl.DataFrame(schema={"term": pl.UInt32, "day": pl.Date, "stories": pl.Int64}),
        pl.DataFrame(schema={"day": pl.Date, "stories": pl.Int64}),
        pl.DataFrame(schema={"heading": pl.UInt64, "day": pl.Date}),
    )


def _together(new: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return all stories once, by id; `was` is the thread of a known one."""
    columns = StoryTerms.column_names()
    held = known.select(*columns, was=pl.col("thread_id"))
    was = held.select("story_id", "was")
    fresh = new.select(columns).join(was, on="story_id", how="left").with_columns(is_new=True)
    rest = held.join(new, on="story_id", how="anti").with_columns(is_new=False)
    return pl.concat([fresh, rest.select(fresh.columns)], how="vertical_relaxed").sort("story_id")


def _flat(every: pl.DataFrame) -> tuple[I64, tm.U32, I64]:
    """Return row, term and weight, with its bits, of every term of every story."""
    count = every["terms"].list.len().to_numpy().astype(np.int64)
    row = np.repeat(np.arange(len(count)), count)
    term = every["terms"].list.explode(empty_as_null=False, keep_nulls=False).to_numpy()
    weight = every["weights"].list.explode(empty_as_null=False, keep_nulls=False).to_numpy()
    return row, term.astype(np.uint32), weight.astype(np.int64)


def _counted(
    every: pl.DataFrame,
    row: I64,
    term: tm.U32,
    frequencies: pl.DataFrame,
    totals: pl.DataFrame,
) -> tuple[pl.DataFrame, F64]:
    """Return what is counted of each term at hand, and how many stories each day has.

    Of a term: its `stories`, the number of its `days`, and `first` and `last`, the part of all
    dated stories before its first and up to its last day.
    """
    day = every["published_at"].dt.date()
    fresh = every["is_new"].to_numpy()
    volume = pl.concat(
        [
            pl.DataFrame({"day": day.filter(pl.Series(fresh))}).with_columns(
                stories=pl.lit(1, pl.Int64)
            ),
            totals.select("day", pl.col("stories").cast(pl.Int64)),
        ]
    )
    volume = volume.drop_nulls().group_by("day").agg(pl.col("stories").sum()).sort("day")
    until = pl.col("stories").cum_sum() / pl.col("stories").sum()
    place = volume.select(
        "day", until=until, since=until - pl.col("stories") / pl.col("stories").sum()
    )
    tonight = pl.DataFrame(
        {"term": term[fresh[row]], "day": day.gather(row[fresh[row]])},
        schema={"term": pl.UInt32, "day": pl.Date},
    )
    tonight = tonight.group_by("term", "day").agg(stories=pl.len().cast(pl.Int64))
    counts = pl.concat(
        [tonight, frequencies.select("term", "day", pl.col("stories").cast(pl.Int64))]
    )
    counts = counts.join(place, on="day", how="left")
    counts = counts.group_by("term").agg(
        pl.col("stories").sum(),
        days=pl.col("day").drop_nulls().n_unique(),
        first=pl.col("since").min().fill_null(0.0),
        last=pl.col("until").max().fill_null(0.0),
    )
    return counts.sort("term"), volume["stories"].to_numpy().astype(float)


def _weighed(
    every: pl.DataFrame,
    row: I64,
    term: tm.U32,
    packed: I64,
    counted: pl.DataFrame,
    volume: F64,
) -> _Stories:
    distinct, column = np.unique(term, return_inverse=True)
    at_hand = pl.DataFrame({"term": distinct}).join(
        counted, on="term", how="left", maintain_order="left"
    )
    stories, days, first, last = (
        at_hand[name].fill_null(0).to_numpy().astype(float)
        for name in ("stories", "days", "first", "last")
    )
    # What the warehouse has seen and what is known of English news count together.
    undated = every.select(pl.col("is_new") & pl.col("published_at").is_null()).sum().item()
    of = volume.sum() + undated + tm.PRIOR
    seen = stories + tm.PRIOR * tm.share(distinct) + 0.5
    value = np.maximum(np.log((of + 1.0) / seen), 0.0)
    value *= _pace(stories, days, last - first, volume)
    shape = (every.height, len(distinct))
    weights = (packed >> 2) * value[column]
    length = np.sqrt(np.bincount(row, weights=weights**2, minlength=every.height))
    weights /= np.maximum(length, 1e-9)[row]
    matrix = sparse.csr_matrix((weights, (row, column)), shape=shape)
    # A pair of names is no further evidence beside its names.
    tying = ((value >= RARE) & (distinct & 1 == 0))[column]
    rare = sparse.csr_matrix((np.ones(int(tying.sum())), (row[tying], column[tying])), shape=shape)
    name, title = packed & NAME > 0, packed & TITLE > 0

    def part(kept: Mask, values: F64) -> sparse.csr_matrix:
        return sparse.csr_matrix((values[kept], (row[kept], column[kept])), shape=shape)

    single = part((term & 1) == 0, np.ones(len(row)))
    stems = part(~name, weights)
    heads = part(title, weights**2)
    heading = every.select(pl.col("heading").rank("dense").cast(pl.Int64).fill_null(-1))
    day = every["published_at"].dt.epoch("s").to_numpy().astype(float) / 86400
    return _Stories(
        matrix,
        rare,
        single,
        stems,
        heads,
        day,
        heading.to_series().to_numpy(),
        every["is_new"].to_numpy(),
    )


def _pace(stories: F64, days: F64, span: F64, volume: F64) -> F64:
    """Return what terms in so many stories on so many days count, by how evenly they recur.

    `volume` is the number of stories of each day, `span` the part of all stories from the first
    day of a term to its last. Chance would put n stories on as many days as the sum over days of
    the probability that any of n falls there, and have them span (n - 1) / (n + 1) of the whole.
    A term is even where it is on as many days, and spans as much, as chance would have it.
    """
    worth = np.ones(len(stories))
    if len(volume) < LONG:
        return worth
    several = np.flatnonzero(stories > OFTEN[0])
    number, which = np.unique(stories[several], return_inverse=True)
    miss = np.log1p(-np.minimum(volume / volume.sum(), 1 - 1e-9))
    chance = -np.expm1(number[:, None] * miss[None, :])
    pace = days[several] / np.maximum(chance.sum(axis=1)[which], 1.0)
    pace = np.minimum(pace, span[several] / ((number - 1) / (number + 1))[which])
    even = np.clip((pace - SPREAD[0]) / (SPREAD[1] - SPREAD[0]), 0.0, 1.0)
    sure = np.minimum((stories[several] - OFTEN[0]) / (OFTEN[1] - OFTEN[0]), 1.0)
    worth[several] = 1.0 - (1.0 - EVEN) * even * sure
    return worth


def _recurring(every: pl.DataFrame, headings: pl.DataFrame) -> Mask:
    """Return which stories have a headline that recurs on `RECURS` days or more."""
    here = every.select("heading", day=pl.col("published_at").dt.date())
    both = pl.concat([here, headings.select(here.columns)]).drop_nulls().unique()
    often = both.group_by("heading").agg(days=pl.len()).filter(pl.col("days") >= RECURS)
    return every["heading"].is_in(often["heading"].implode()).fill_null(False).to_numpy()


def _pairs(at: _Stories, template: Mask) -> tuple[I64, I64, F64]:
    """Return pairs of stories that are alike, at least one of them new, and how much."""
    frequency = np.bincount(at.rare.indices, minlength=at.rare.shape[1])
    usable = sparse.diags_array((~template).astype(float))
    telling = sparse.csr_matrix(usable @ at.rare[:, (frequency > 1) & (frequency <= COMMON)])
    telling.eliminate_zeros()
    new = np.flatnonzero(at.is_new & ~template)
    other = sparse.csr_matrix(telling.T)
    found: list[tuple[I64, I64, F64]] = []
    for low in range(0, len(new), _ROWS):
        rows = new[low : low + _ROWS]
        product = (telling[rows] @ other).tocoo()
        first, second = rows[product.row], product.col.astype(np.int64)
        once = (product.data >= RARE_SHARED) & (
            np.where(at.is_new[second], first < second, True) & (first != second)
        )
        first, second = first[once], second[once]
        decay = _decay(at, first, second)
        # The same headline on another day, but for its figures, is a series'.
        again = (at.heading[first] == at.heading[second]) & (at.heading[first] >= 0)
        again &= np.abs(at.day[first] - at.day[second]) > ANOTHER_DAY
        near = (decay >= LINK) & ~again
        first, second, decay = first[near], second[near], decay[near]
        both = _dot(at.matrix, first, at.matrix, second)
        alike = (both - _dot(at.stems, first, at.stems, second)) * decay
        tied = (alike >= LINK) & (_headlines(at, first, second) >= HEADLINE)
        tied &= _dot(at.single, first, at.single, second) >= SHARED
        found.append((first[tied], second[tied], alike[tied]))
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    first, second, alike = (np.concatenate(part) for part in zip(*found, strict=True))
    return first, second, alike


def _decay(at: _Stories, first: I64, second: I64) -> F64:
    gap = np.abs(at.day[first] - at.day[second])
    # An undated story of an earlier night says nothing of when it was.
    both_new = at.is_new[first] & at.is_new[second]
    gap = np.where(np.isnan(gap), np.where(both_new, UNDATED, np.inf), gap)
    return np.where(gap > WINDOW, 0.0, np.exp2(-gap / HALF_LIFE))


def _dot(a: sparse.csr_matrix, row: I64, b: sparse.csr_matrix, other: I64) -> F64:
    out = np.zeros(len(row))
    for low in range(0, len(row), 1 << 16):
        part = slice(low, low + (1 << 16))
        out[part] = np.asarray(a[row[part]].multiply(b[other[part]]).sum(axis=1)).ravel()
    return out


def _headlines(at: _Stories, first: I64, second: I64) -> F64:
    """Return the part of its headline that the other story of a pair has, the lesser of both."""
    has = at.matrix.copy()
    has.data[:] = 1.0
    total = np.maximum(np.asarray(at.heads.sum(axis=1)).ravel(), 1e-9)
    there = _dot(at.heads, first, has, second) / total[first]
    here = _dot(at.heads, second, has, first) / total[second]
    held: F64 = np.minimum(there, here)
    return held


def _grow(
    every: pl.DataFrame, at: _Stories, first: I64, second: I64, alike: F64
) -> tuple[I64, F64]:
    """Return the thread of each story, as a number, and the similarity of its best tie.

    By rounds: of all threads that a pair ties, those join that are each other's nearest.
    """
    n = every.height
    start = every.select(pl.coalesce("was", "story_id").rank("dense")).to_series().to_numpy()
    label = start.astype(np.int64) - 1
    best = np.zeros(n)
    np.maximum.at(best, first, alike)
    np.maximum.at(best, second, alike)
    decay = _decay(at, first, second)
    while len(first):
        count = int(label.max()) + 1
        member = sparse.csr_matrix((np.ones(n), (label, np.arange(n))), shape=(count, n))
        centre = sparse.csr_matrix(member @ at.matrix)
        length = np.sqrt(np.asarray(centre.multiply(centre).sum(axis=1)).ravel())
        centre = sparse.csr_matrix(sparse.diags_array(1 / np.maximum(length, 1e-9)) @ centre)
        size = np.bincount(label, minlength=count)

        a, b = label[first], label[second]
        low, high = np.minimum(a, b), np.maximum(a, b)
        apart = low != high
        if not apart.any():
            break
        first, second, alike, decay = first[apart], second[apart], alike[apart], decay[apart]
        code, inverse = np.unique(low[apart] * count + high[apart], return_inverse=True)
        low, high = code // count, code % count
        tie, near = np.zeros(len(code)), np.zeros(len(code))
        np.maximum.at(tie, inverse, alike)
        np.maximum.at(near, inverse, decay)
        core = _dot(centre, low, centre, high)
        several = (size[low] > 1) & (size[high] > 1)
        fits = np.where(several, core >= MERGE, core * near >= CORE)
        fits |= ~several & (size[low] == 1) & (size[high] == 1)
        score = np.where(fits, core * near + tie, 0.0)
        top = np.zeros(count)
        np.maximum.at(top, low, score)
        np.maximum.at(top, high, score)
        mutual = fits & (score >= top[low]) & (score >= top[high])
        if not mutual.any():
            break
        label = components(count, (low[mutual], high[mutual]))[label]
    return label, best


def _named(every: pl.DataFrame, label: I64, best: F64) -> pl.DataFrame:
    """Name each thread, and return the stories that are new or whose thread has another name."""
    ordered = every.with_columns(thread=label, similarity=pl.Series(best)).sort(
        "published_at", "story_id", nulls_last=True
    )
    names = ordered.group_by("thread", maintain_order=True).agg(
        founder=pl.col("story_id").first(),
        kept=pl.col("was").drop_nulls().first(),
        stories=pl.len(),
    )
    named = ordered.join(names, on="thread").with_columns(thread_id=pl.coalesce("kept", "founder"))
    changed = pl.col("is_new") | (pl.col("was") != pl.col("thread_id"))
    out = named.filter(changed).select(
        "story_id",
        "thread_id",
        similarity=pl.when(pl.col("stories") > 1, pl.col("similarity") > 0).then(
            pl.col("similarity").clip(0, 1)
        ),
        reason=pl.when(pl.col("stories") == 1)
        .then(pl.lit("alone"))
        .when(pl.col("was").is_not_null() & (pl.col("was") != pl.col("thread_id")))
        .then(pl.lit("its thread joined an older one"))
        .when(pl.col("story_id") == pl.col("thread_id"))
        .then(pl.lit("founder"))
        .otherwise(pl.lit("tied to a story of the thread")),
    )
    return Threads.validate(out.sort("story_id"), cast=True)
