"""What threading remembers of a story: a frame of vectors, made from canonical articles."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import numpy as np
import polars as pl

from transforms.deduplicate import terms as tm
from transforms.deduplicate.headlines import bare, heading
from transforms.schemas import StoryTerms

TERMS = 40
"""Terms that are kept of a story."""

SHARE = 0.1
"""A term that a larger part of English news stories has says nothing, and is not kept."""

SCALE = 8.0
"""Weights are kept in so many parts of one, above two bits that say what the term is."""

NAME, TITLE = 1, 2
"""The bits of a weight that say that a term is a name, and that it is in the headline."""

TABULAR = 0.25
"""A text of which this part is figures is a table."""


def remember(stories: pl.DataFrame) -> pl.DataFrame:
    """Return what threading remembers (schema `StoryTerms`) of stories, in their order.

    Takes the canonical articles (schema `Articles`) with `story_id`. `published_at` is the start
    of the publication day where only the day is known.
    """
    found = tm.occurrences(stories)
    common = tm.share(found["term"].to_numpy())
    rarity = np.log(1.0 / np.maximum(common, 1 / tm.PRIOR))
    kept = (
        found.with_columns(worth=pl.col("weight") * rarity)
        .filter(common <= SHARE)
        .sort("row", "worth", "term", descending=[False, True, False])
        .group_by("row", maintain_order=True)
        .head(TERMS)
        .with_columns(
            weight=(
                4 * (pl.col("weight") * SCALE).round().clip(1, 63)
                + NAME * pl.col("name")
                + TITLE * pl.col("in_title")
            ).cast(pl.UInt8)
        )
        .sort("row", "term")
        .group_by("row", maintain_order=True)
        .agg(terms="term", weights="weight")
    )
    base = pl.DataFrame({"row": np.arange(stories.height, dtype=np.int64)})
    lists = base.join(kept, on="row", how="left", maintain_order="left")
    built = stories.select(
        "story_id",
        pl.coalesce(
            "published_at",
            pl.col("publish_date").cast(pl.Datetime("us")).dt.replace_time_zone("UTC"),
        ).alias("published_at"),
        "source",
        heading(stories["title"]).alias("heading"),
        is_template(stories).alias("is_template"),
        lists["terms"].fill_null(pl.lit([], pl.List(pl.UInt32))),
        lists["weights"].fill_null(pl.lit([], pl.List(pl.UInt8))),
    )
    return StoryTerms.validate(built, cast=True)


def is_template(articles: pl.DataFrame) -> pl.Series:
    """Return which articles are tables, or rubrics that come again every day or week, by looks."""
    start = articles["body"].str.head(tm.CHARACTERS)
    figures = start.str.count_matches(r"\b\d")
    words = start.str.count_matches(r"[\p{L}\d][^\s/-]*")
    rubric = articles.select(
        bare(pl.col("title").fill_null("")).str.contains(_rubrics())
    ).to_series()
    return rubric | ((figures >= TABULAR * words) & (words > 0))


@cache
def _rubrics() -> str:
    text = files("transforms.deduplicate").joinpath("rubrics.tsv").read_text("utf-8")
    lines = [line.partition("\t")[0] for line in text.splitlines() if not line.startswith("#")]
    return "(?i)" + "|".join(lines)
