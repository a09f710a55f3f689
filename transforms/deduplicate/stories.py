"""Stories: clusters of articles that are copies of each other, their ids and canonical articles."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from transforms.deduplicate import bridges, linkage, match, repetition
from transforms.deduplicate.fingerprint import F64, I64
from transforms.deduplicate.sketches import exploded
from transforms.keys import content_id
from transforms.schemas import Assignments, Sketches

SINGLE = 0.6
"""A pair of texts with this score is a copy of each other."""

AVERAGE = 0.23
"""Two clusters whose texts have this score on average are one story."""

NOISE = 0.05
"""What two texts share below this score means nothing."""

WINDOW = timedelta(hours=48)
"""Near copies lie no further apart; beyond, a look-alike is a template filled anew."""

COMPLETE = 0.9
"""An article of this part of the size of the largest one of its story is complete."""


def deduplicate(
    new: pl.DataFrame, known: pl.DataFrame, boilerplate: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return the stories (schema `Assignments`) of new articles, and of known ones that change.

    `new` are sketches (schema `Sketches`). `known` are sketches with `story_id` and
    `is_canonical`, of whole stories: every article of each story of which one article shares a
    key of `candidate_keys` with a new one. `boilerplate` (`source`, `fingerprint`) names what
    does not count beside what recurs in the articles given. A known article comes back where its
    `story_id` or `is_canonical` changed, or its canonical article did.

    The stories do not depend on the order of rows. They depend on the runs in which articles came
    only so far: a digest is known for one while two of its parts are at hand, so it may be with
    one part (it never joins two); what is boilerplate is counted over the articles at hand; and a
    text with a key that more than `match.COMMON` texts have is compared, for that key, with its
    neighbours in order of publication only.

    A story's id is the hash of the text of its founder, its earliest article when it was new.
    It keeps that id whatever joins it; of stories that turn out to be one, the smallest id stays.
    """
    every = _together(new, known)
    if every.is_empty():
        return Assignments.create_empty()
    repeated = repetition.boilerplate(every)
    if boilerplate is not None:
        repeated = pl.concat([repeated, boilerplate.select(*repetition.SCHEMA)]).unique()

    # Distinct texts are numbered in order of publication, so that copies have near numbers.
    first = every.with_row_index("row")["row", "text_hash"].select(pl.min("row").over("text_hash"))
    text = first["row"].rank("dense").to_numpy().astype(np.int64) - 1
    at = _texts(every, text, repeated)
    story, sure = _cluster(every, text, at)
    every = every.with_columns(
        text=text,
        story=story[text],
        sure=sure[text],
        size=pl.Series(at.size[text]),
        order=pl.int_range(pl.len()),
    )
    every = _canonical(_name(every))
    common = match.shared(at, (text, every["canonical_text"].to_numpy()))
    alike = match.containment(at, (text, every["canonical_text"].to_numpy()), common)
    every = _explain(every.with_columns(similarity=alike))

    was = pl.when("was_canonical").then("order").max().over("story_id")
    changed = (
        pl.col("was").is_null()
        | (pl.col("was") != pl.col("story_id"))
        | (pl.col("was_canonical") != pl.col("is_canonical"))
        | was.is_null()
        | (was != pl.col("canonical"))
    )
    out = every.filter(changed).select(Assignments.column_names())
    return Assignments.validate(out.sort("article_id"), cast=True)


def _together(new: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return all articles once, in order of publication; `was` is the story of a known one."""
    columns = Sketches.column_names()
    fresh = new.select(
        *columns,
        pl.lit(None, pl.String).alias("was"),
        pl.lit(False).alias("was_canonical"),
    )
    if known.is_empty():
        both = fresh
    else:
        held = known.join(new, on="article_id", how="anti").select(
            *columns,
            pl.col("story_id").alias("was"),
            pl.col("is_canonical").alias("was_canonical"),
        )
        both = pl.concat([fresh, held], how="vertical_relaxed")
    return both.sort("published_at", "article_id", nulls_last=True)


def _texts(every: pl.DataFrame, text: I64, repeated: pl.DataFrame) -> match.Texts:
    """Return the sketch of each distinct text without its publishers' boilerplate."""
    # Articles of one text have one sketch; what is boilerplate to any of their publishers goes.
    held = every.select("source", "words", "size", "fingerprints").with_columns(text=text)
    one = held.unique("text", keep="first").sort("text")
    size = one["size"].to_numpy().astype(float)
    words = one["words"].to_numpy().astype(np.int64)
    row, fingerprint = exploded(one)
    suspect = np.isin(fingerprint, repeated["fingerprint"].unique().to_numpy())
    if suspect.any():
        gone = (
            pl.DataFrame({"text": row[suspect], "fingerprint": fingerprint[suspect]})
            .with_columns(index=np.flatnonzero(suspect))
            .join(held.select("text", "source").unique(), on="text")
            .join(repeated.select("fingerprint", of="source"), on="fingerprint", how="inner")
            .filter(pl.col("of").is_null() | (pl.col("of") == pl.col("source")))
        )
        counts = np.ones(len(row), bool)
        counts[gone["index"].to_numpy()] = False
        total = np.maximum(np.bincount(row, minlength=len(size)), 1)
        size *= np.bincount(row, weights=counts, minlength=len(size)) / total
        row, fingerprint = row[counts], fingerprint[counts]
    return match.texts(row, fingerprint, words, size)


def _cluster(every: pl.DataFrame, text: I64, at: match.Texts) -> tuple[I64, match.Mask]:
    """Return the story of each distinct text, as a number, and whether it has a sure copy."""
    pairs = match.candidates(at, NOISE / 2)
    score = match.score(at, pairs, match.shared(at, pairs))
    worth = score >= NOISE
    pairs, score = (pairs[0][worth], pairs[1][worth]), score[worth]
    timely = _gap(every, text, pairs, score, len(at.size)) <= WINDOW.total_seconds()
    pairs, score = (pairs[0][timely], pairs[1][timely]), score[timely]
    score *= match.same_figures(at, pairs)
    strong = score >= SINGLE
    kept = ~bridges.bridging(at.size, pairs, score, strong)
    # Tables of one kind look alike on average, whatever they report.
    weak = np.where(match.tabular(at, pairs), 0.0, score * match.balance(at, pairs))[kept]
    pairs, strong = (pairs[0][kept], pairs[1][kept]), strong[kept]
    sure = np.bincount(text, minlength=len(at.size)) > 1
    sure[pairs[0][strong]] = sure[pairs[1][strong]] = True
    return linkage.cluster(len(at.size), pairs, strong, weak, AVERAGE), sure


def _gap(every: pl.DataFrame, text: I64, pairs: match.Pairs, score: F64, n: int) -> F64:
    """Return the seconds between the nearest articles of two texts.

    A text without a date has that of the most similar text that has one, lest it tie a template's
    articles of different days; two texts for which there is none are 0 apart.
    """
    seconds = every["published_at"].dt.epoch("s").to_numpy().astype(float)
    dated = ~np.isnan(seconds)
    first_date = np.full(n, np.inf)
    np.minimum.at(first_date, text[dated], seconds[dated])
    known = np.isfinite(first_date)
    a, b = np.append(pairs[0], pairs[1]), np.append(pairs[1], pairs[0])
    lends = ~known[a] & known[b]
    a, b, alike = a[lends], b[lends], np.append(score, score)[lends]
    best = np.lexsort((b, first_date[b], -alike, a))
    borrower, at = np.unique(a[best], return_index=True)
    lender = b[best][at]
    return _nearest(
        np.append(text[dated], borrower),
        np.append(seconds[dated], first_date[lender]),
        pairs,
        n,
    )


def _nearest(of: I64, when: F64, pairs: match.Pairs, n: int) -> F64:
    """Return the least distance between a time of each pair's first row and one of its second.

    Row `of[i]` has the time `when[i]`; a row may have several, months apart, or none: then the
    distance is 0. Each time of the first row is looked up among those of the second, all at once.
    """
    times = np.unique(np.stack([of.astype(float), when]), axis=1)
    of, when = times[0].astype(np.int64), times[1]
    count = np.bincount(of, minlength=n)
    begin = np.concatenate([[0], np.cumsum(count)])
    out = np.full(len(pairs[0]), np.inf)
    out[(count[pairs[0]] == 0) | (count[pairs[1]] == 0)] = 0.0
    if not len(of):
        return out
    # One ascending axis for all rows: row number × a span longer than all of history, + time.
    span = 2 * (when.max() - when.min()) + 1
    axis = of * span + (when - when.min())
    here = np.where(out > 0, count[pairs[0]], 0)
    pair = np.repeat(np.arange(len(here)), here)
    index = np.arange(len(pair)) - np.repeat(np.cumsum(here) - here, here)
    wanted = when[begin[pairs[0][pair]] + index]
    second = pairs[1][pair]
    place = np.searchsorted(axis, second * span + (wanted - when.min()))
    for candidate in (place - 1, place):
        inside = (candidate >= begin[second]) & (candidate < begin[second + 1])
        gap = np.abs(when[candidate[inside]] - wanted[inside])
        np.minimum.at(out, pair[inside], gap)
    return out


def _name(every: pl.DataFrame) -> pl.DataFrame:
    """Add `story_id`. A known id goes to the cluster that holds its founder's text.

    So no two stories ever have one id: content hashes of different texts differ, and all articles
    of one text are in one story.
    """
    texts = every.group_by("text_hash").agg(pl.col("story").first(), pl.col("order").min())
    texts = texts.with_columns(
        own=pl.col("text_hash").map_elements(lambda h: content_id("story", h), pl.String)
    )
    held = (
        every.filter(pl.col("was").is_not_null())
        .group_by("was", "story")
        .agg(pl.len().alias("articles"), pl.col("order").min())
        .join(texts.select(was="own", founded="story"), on="was", how="left")
        .with_columns(founder=(pl.col("founded") == pl.col("story")).fill_null(False))
        .sort("founder", "articles", "order", descending=[True, True, False])
        .unique("was", keep="first", maintain_order=True)
        .group_by("story")
        .agg(pl.col("was").min().alias("kept"))
    )
    fresh = texts.sort("order").group_by("story", maintain_order=True).agg(pl.col("own").first())
    names = fresh.join(held, on="story", how="left").select(
        "story", story_id=pl.coalesce("kept", "own")
    )
    return every.join(names, on="story", how="left", maintain_order="left")


def _canonical(every: pl.DataFrame) -> pl.DataFrame:
    """Choose each story's canonical article: among the complete ones, the earliest."""
    # What only resembles the others on average may hold more than the story: it is not complete.
    fit = pl.col("sure") | ~pl.col("sure").any().over("story")
    largest = pl.when(fit).then("size").max().over("story")
    complete = fit & (pl.col("size") >= COMPLETE * largest)
    every = every.with_columns(
        canonical=pl.when(complete).then("order").min().over("story"),
        articles=pl.len().over("story"),
        cut=~complete,
    )
    return every.with_columns(
        is_canonical=pl.col("order") == pl.col("canonical"),
        canonical_text=pl.col("text").gather(pl.col("canonical")),
        canonical_size=pl.col("size").gather(pl.col("canonical")),
        any_cut=pl.col("cut").any().over("story"),
    )


def _explain(every: pl.DataFrame) -> pl.DataFrame:
    """Set `similarity` and say in `reason` why an article is canonical or how it is tied."""
    exact = pl.col("text") == pl.col("canonical_text")
    return every.with_columns(
        similarity=pl.when(exact).then(1.0).otherwise("similarity"),
        reason=pl.when(pl.col("articles") == 1)
        .then(pl.lit("only article"))
        .when(pl.col("is_canonical") & pl.col("any_cut"))
        .then(pl.lit("earliest of the complete articles"))
        .when("is_canonical")
        .then(pl.lit("earliest article"))
        .when(exact)
        .then(pl.lit("exact copy"))
        .when(pl.col("similarity") < SINGLE)
        .then(pl.lit("tied through other copies"))
        .when(pl.col("size") < COMPLETE * pl.col("canonical_size"))
        .then(pl.lit("shortened copy"))
        .otherwise(pl.lit("near copy")),
    )
