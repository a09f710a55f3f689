"""Versions of a story: which article updates which, and what its marker says.

An agency sends a story again as it grows, mends it or takes it back, and says so in a marker; a
site lets it grow under one headline or address, and says nothing.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from transforms.deduplicate.headlines import KINDS, NOTE_CHARACTERS, heading, markers
from transforms.deduplicate.linkage import components
from transforms.schemas import Updates

WITHIN_HOURS = 48
"""A marked story updates one under the same headline that is not older than this."""

SHORTER = 0.8
"""A later text without a marker is a version where it has this part of the words before, else an
excerpt."""

COLUMNS = (
    "article_id", "story_id", "is_canonical", "title", "source", "url", "published_at",
    "text_hash", "words", "head", "tail",
)  # fmt: skip
"""What `link` needs to know of an article; `head` and `tail` are the ends of its body."""


def prepare(articles: pl.DataFrame) -> pl.DataFrame:
    """Return `COLUMNS` of articles (schema `Articles` with `story_id` and `is_canonical`)."""
    return articles.select(
        "article_id",
        "story_id",
        "is_canonical",
        "title",
        "source",
        "url",
        pl.coalesce(
            "published_at",
            pl.col("publish_date").cast(pl.Datetime("us")).dt.replace_time_zone("UTC"),
        ).alias("published_at"),
        "text_hash",
        words=pl.col("body").str.count_matches(r"\S+").cast(pl.Int32),
        head=pl.col("body").str.head(NOTE_CHARACTERS),
        tail=pl.col("body").str.tail(NOTE_CHARACTERS),
    )


def link(articles: pl.DataFrame) -> pl.DataFrame:
    """Return the versions (schema `Updates`) of articles with `COLUMNS`, by id.

    Give whole stories, and beside those of new articles the earlier ones with the same headline
    (`headlines.heading`) of the last `WITHIN_HOURS`. In one story the texts of one source are
    versions of each other, each later one that has grown, or is marked, updating the one before; a
    copy of a text, whoever prints it, is that version. A marked article in a story of its own
    updates the last one of its source under the same headline. The outcome does not depend on the
    order of rows.
    """
    if articles.is_empty():
        return Updates.create_empty()
    every = articles.select(COLUMNS).unique("article_id").sort("article_id")
    every = every.with_columns(markers(every))
    every = every.with_columns(
        heading=heading(every["title"]), row=pl.int_range(pl.len(), dtype=pl.Int64)
    )
    every = every.with_columns(sequence=_sequences(every))
    order = ["sequence", "published_at", "number", "words", "article_id"]
    every = every.sort(order, nulls_last=[False, True, False, False, False])
    first_of_text = pl.struct("sequence", "text_hash").is_first_distinct()
    before = pl.col("published_at").shift(1).over("sequence")
    marked = pl.col("update_kind").is_in([k for k in KINDS if k not in ("repeat", "advisory")])
    same_page = pl.col("url").is_not_null() & (
        pl.col("url") == pl.col("url").shift(1).over("sequence")
    )
    most = pl.col("words").cum_max().shift(1).over("sequence")
    later = (pl.col("published_at") > before) | same_page
    grown = later.fill_null(False) & (pl.col("words") >= SHORTER * most)
    fresh = pl.col("row") != pl.col("row").first().over("sequence")
    told = first_of_text & fresh & (marked.fill_null(False) | grown)
    told &= pl.col("update_kind").ne_missing("repeat")
    every = every.with_columns(version=1 + told.cast(pl.Int32).cum_sum().over("sequence"))
    every = every.with_columns(pl.col("version").first().over("sequence", "text_hash"))
    firsts = every.group_by("sequence", "version", maintain_order=True).agg(
        updated=pl.col("article_id").first()
    )
    every = every.join(
        firsts.with_columns(version=pl.col("version") + 1),
        on=["sequence", "version"],
        how="left",
    )
    out = every.select(
        "article_id",
        "version",
        update_kind=pl.when(pl.col("update_kind").is_null() & (pl.col("version") > 1))
        .then(pl.lit("update"))
        .otherwise("update_kind"),
        update_marker="update_marker",
        updates_article_id="updated",
    )
    return Updates.validate(out.sort("article_id"), cast=True)


def _sequences(every: pl.DataFrame) -> pl.Series:
    """Return for each article the number of the sequence of versions that it is in."""
    n = every.height
    source = pl.col("source").fill_null("")
    marked = pl.col("update_kind").is_not_null()

    def groups(expression: pl.Expr) -> np.ndarray:
        return every.select(expression.rank("dense")).to_series().to_numpy().astype(np.int64) - 1

    by_source = groups(pl.struct("story_id", source))
    by_text = groups(pl.struct("story_id", "text_hash"))
    rows = np.arange(n)
    first = [rows, rows]
    second = [n + by_source, 2 * n + by_text]
    leads = every.filter("is_canonical").select("story_id", lead="row")
    own = every.filter(marked).join(leads, on="story_id").select("row", "lead")
    first.append(own["row"].to_numpy())
    second.append(own["lead"].to_numpy())

    dated = every.filter(pl.col("heading").is_not_null(), pl.col("published_at").is_not_null())
    dated = dated.with_columns(source).sort("published_at", "number", "article_id")
    keys = ["source", "heading"]
    previous = dated.with_columns(
        last=pl.col("row").shift(1).over(keys),
        when=pl.col("published_at").shift(1).over(keys),
        page=pl.col("url").shift(1).over(keys),
    ).filter(marked | (pl.col("url") == pl.col("page")))
    near = previous.filter(
        pl.col("published_at") - pl.col("when") <= pl.duration(hours=WITHIN_HOURS)
    )
    first.append(near["row"].to_numpy())
    second.append(near["last"].to_numpy())
    label = components(3 * n, (np.concatenate(first), np.concatenate(second)))[:n]
    return pl.Series(label, dtype=pl.Int64)
