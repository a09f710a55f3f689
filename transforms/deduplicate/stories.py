"""Stories: clusters of articles that are copies of each other, their ids and canonical articles."""

from __future__ import annotations

import numpy as np
import polars as pl

from transforms.deduplicate import bridges, linkage, match
from transforms.deduplicate.fingerprint import F64, I64, Mask
from transforms.deduplicate.similarity import Compared, compare
from transforms.keys import content_id
from transforms.schemas import Assignments, Members, Similar

SINGLE = 0.58
"""A pair of texts with this score is a copy of each other."""

AVERAGE = 0.23
"""Two clusters whose texts have this score on average are one story."""

TIED = bridges.WEAK
"""Texts of different stories have no pair with this score in any chain between them: whatever
concerns a story lies among the texts that such pairs tie to it."""

COMPLETE = 0.9
"""An article of this part of the size of the largest one of its story is complete."""


def deduplicate(sketches: pl.DataFrame) -> pl.DataFrame:
    """Return the stories (schema `Assignments`) of articles of which nothing else is known.

    `sketches` are theirs (schema `Sketches`). This is `compare` and `assign` in one.
    """
    compared = compare(sketches)
    return assign(members(sketches, compared.sizes), compared.pairs)


def members(sketches: pl.DataFrame, sizes: pl.DataFrame) -> pl.DataFrame:
    """Return new articles as `assign` takes them (schema `Members`): they have no story yet.

    `sizes` are those that comparing them gave (`Compared`).
    """
    built = sketches.drop("size").join(sizes, on="text_hash", maintain_order="left")
    built = built.select("article_id", "source", "text_hash", "published_at", "size")
    none = {"story_id": pl.lit(None, pl.String), "is_canonical": pl.lit(None, pl.Boolean)}
    return Members.validate(built.with_columns(**none), cast=True)


def join_history(
    fresh: pl.DataFrame,
    compared: Compared,
    members: pl.DataFrame,
    pairs: pl.DataFrame,
    again: pl.Series,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return members and pairs for `assign`: new ones with what is remembered of earlier runs.

    `fresh` are the new articles (schema `Members`), `compared` what comparing them gave; `members`
    and `pairs` come from the warehouse. What was compared `again` replaces what is remembered.
    """
    held = members.join(fresh, on="article_id", how="anti")
    held = held.update(compared.sizes.cast({"size": pl.Int32}), on="text_hash")
    stale = pl.col("text_a").is_in(again.implode()) | pl.col("text_b").is_in(again.implode())
    kept = pairs.filter(~stale).join(compared.pairs, on=["text_a", "text_b"], how="anti")
    columns = Similar.column_names()
    return (
        Members.validate(pl.concat([fresh, held.select(fresh.columns)]), cast=True),
        Similar.validate(pl.concat([compared.pairs, kept.select(columns)]), cast=True),
    )


def assign(members: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the stories (schema `Assignments`) of articles, as far as they are new or change.

    `members` (schema `Members`) are new articles and those known ones whose story may change: all
    articles of the texts that pairs of at least `TIED` tie to a new one, directly or through other
    texts. `pairs` (schema `Similar`) are all that name any of their texts. An article comes back
    where its story or `is_canonical` changed, or its canonical article did.

    The stories are a function of these articles and pairs: neither the order of rows nor the runs
    in which articles came make a difference. Only the ids do, by design: a story's id is the hash
    of the text of its founder, its earliest article when it was new. It keeps that id whatever
    joins it; of stories that turn out to be one, the smallest id stays.
    """
    if members.is_empty():
        return Assignments.create_empty()
    every = members.rename({"story_id": "was", "is_canonical": "was_canonical"}).sort(
        "published_at", "article_id", nulls_last=True
    )
    # Distinct texts are numbered in order of publication.
    first = every.with_row_index("row").select(pl.min("row").over("text_hash")).to_series()
    text = first.rank("dense").to_numpy().astype(np.int64) - 1
    number = every.select("text_hash", text=pl.Series(text)).unique("text_hash")
    size = every.select("size", text=pl.Series(text)).unique("text").sort("text")["size"]
    tied = _weigh(
        every.select("source", text=pl.Series(text)),
        pairs.select("text_a", "text_b", "score", "weight", "held")
        .join(number.rename({"text_hash": "text_a", "text": "a"}), on="text_a")
        .join(number.rename({"text_hash": "text_b", "text": "b"}), on="text_b")
        .select(
            "score",
            "weight",
            "held",
            a=pl.min_horizontal("a", "b"),
            b=pl.max_horizontal("a", "b"),
        )
        .sort("a", "b"),
    )
    story, sure = _cluster(every, text, size.to_numpy().astype(float), tied)
    every = every.with_columns(text=text, story=story[text], sure=sure[text])
    count = np.bincount(story[text], minlength=len(size))
    alone = pl.Series(count[story[text]] == 1) & every["was"].is_null()
    several = every.filter(~alone).with_columns(order=pl.int_range(pl.len()))
    several = _explain(_canonical(_name(several)), tied)

    was = pl.when("was_canonical").then("order").max().over("story_id")
    changed = (
        pl.col("was").is_null()
        | (pl.col("was") != pl.col("story_id"))
        | (pl.col("was_canonical") != pl.col("is_canonical"))
        | was.is_null()
        | (was != pl.col("canonical"))
    )
    columns = Assignments.column_names()
    out = pl.concat(
        [several.filter(changed).select(columns), _single(every.filter(alone)).select(columns)],
        how="vertical_relaxed",
    )
    return Assignments.validate(out.sort("article_id"), cast=True)


def _weigh(printed: pl.DataFrame, tied: pl.DataFrame) -> pl.DataFrame:
    """Take its weight from a pair of look-alikes by one publisher.

    Scans and other noise are of another publisher's copy. One publisher's texts that are alike on
    average are templates or follow-ups, unless one of them holds most of the other.
    """
    printed = printed.drop_nulls().unique()
    weak = tied.filter((pl.col("score") < SINGLE) & (pl.col("held") < SINGLE)).select("a", "b")
    own = weak.join(printed, left_on="a", right_on="text").join(
        printed, left_on=["b", "source"], right_on=["text", "source"], how="semi"
    )
    own = own.select("a", "b", own=pl.lit(True)).unique()
    return tied.join(own, on=["a", "b"], how="left", maintain_order="left").with_columns(
        weight=pl.when(pl.col("own").is_null()).then("weight").otherwise(0.0)
    )


def _founded_by(text_hash: pl.Series) -> pl.Series:
    """Return the id of the story that each text founds."""
    return pl.Series([content_id("story", one) for one in text_hash], dtype=pl.String)


def _single(every: pl.DataFrame) -> pl.DataFrame:
    """Return new articles that are like no other: each founds a story."""
    return every.with_columns(
        story_id=_founded_by(every["text_hash"]),
        is_canonical=pl.lit(True),
        similarity=pl.lit(1.0),
        reason=pl.lit("only article"),
    )


def _cluster(every: pl.DataFrame, text: I64, size: F64, tied: pl.DataFrame) -> tuple[I64, Mask]:
    """Return the story of each distinct text, as a number, and whether it has a sure copy."""
    pairs = tied["a"].to_numpy(), tied["b"].to_numpy()
    score, weight = (tied[name].to_numpy().astype(float) for name in ("score", "weight"))
    timely = _gap(every, text, pairs, score, len(size)) <= match.WINDOW.total_seconds()
    pairs, score, weight = (pairs[0][timely], pairs[1][timely]), score[timely], weight[timely]
    strong = score >= SINGLE
    kept = ~bridges.bridging(size, pairs, score, strong)
    pairs, strong, weight = (pairs[0][kept], pairs[1][kept]), strong[kept], weight[kept]
    sure = np.bincount(text, minlength=len(size)) > 1
    sure[pairs[0][strong]] = sure[pairs[1][strong]] = True
    return linkage.cluster(len(size), pairs, strong, weight, AVERAGE), sure


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
    lends = ~known[a] & known[b] & (np.append(score, score) >= TIED)
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
    # A story is new, or its founder is among the texts of a known one.
    founders = pl.col("order") == pl.col("order").min().over("story")
    known = pl.col("story").is_in(every.filter(pl.col("was").is_not_null())["story"].implode())
    texts = texts.filter(founders | known)
    texts = texts.with_columns(own=_founded_by(texts["text_hash"]))
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


def _explain(every: pl.DataFrame, tied: pl.DataFrame) -> pl.DataFrame:
    """Set `similarity` and say in `reason` why an article is canonical or how it is tied."""
    exact = pl.col("text") == pl.col("canonical_text")
    both = pl.concat([tied.select("a", "b", "held"), tied.select(a="b", b="a", held="held")])
    every = every.join(
        both, left_on=["text", "canonical_text"], right_on=["a", "b"], how="left",
        maintain_order="left",
    )  # fmt: skip
    return every.with_columns(
        similarity=pl.when(exact).then(1.0).otherwise(pl.col("held").fill_null(0.0)),
    ).with_columns(
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
