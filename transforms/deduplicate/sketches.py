"""Sketches as frames: made from articles, and reduced to the keys by which they are found."""

from __future__ import annotations

import numpy as np
import polars as pl

from transforms.deduplicate import fingerprint as fp
from transforms.deduplicate.fingerprint import I64, U64
from transforms.deduplicate.match import is_key
from transforms.schemas import Sketches


def sketch(articles: pl.DataFrame) -> pl.DataFrame:
    """Return the sketches (schema `Sketches`) of articles (schema `Articles`), in their order.

    `published_at` is the start of the publication day where only the day is known. An article
    without a body has no fingerprints: a headline alone is matched as a whole, by `text_hash`.
    Raises `dataframely.exc.ValidationError` where the articles break their schema.
    """
    text = articles.select(
        pl.when(pl.col("body").str.contains(r"\w"))
        .then(pl.concat_str(pl.col("title").fill_null(""), pl.lit("\n"), pl.col("body")))
        .otherwise(pl.col("title").fill_null(""))
    ).to_series()
    row, hashed, words, size = fp.sample(text)
    bare = ~articles["body"].str.contains(r"\w").to_numpy()
    size[bare] = 0
    kept = ~bare[row]
    row, hashed = row[kept], hashed[kept]
    built = articles.select(
        "article_id",
        "source",
        pl.coalesce(
            "published_at",
            pl.col("publish_date").cast(pl.Datetime("us")).dt.replace_time_zone("UTC"),
        ).alias("published_at"),
        "text_hash",
        pl.Series("words", words, pl.Int32),
        pl.Series("size", size, pl.Int32),
        _lists(row, hashed, articles.height).alias("fingerprints"),
    )
    return Sketches.validate(built, cast=True)


def _lists(row: I64, values: U64, count: int) -> pl.Series:
    """Return a list a row; `row` is ascending."""
    filled = pl.DataFrame({"row": row, "values": values}).group_by("row", maintain_order=True).all()
    base = pl.DataFrame({"row": np.arange(count, dtype=np.int64)})
    joined = base.join(filled, on="row", how="left", maintain_order="left")
    return joined["values"].cast(pl.List(pl.UInt64)).fill_null(pl.lit([], pl.List(pl.UInt64)))


def exploded(sketches: pl.DataFrame) -> tuple[I64, U64]:
    """Return row number and value of every fingerprint of a frame of sketches."""
    count = sketches["fingerprints"].list.len().to_numpy().astype(np.int64)
    flat = sketches["fingerprints"].list.explode(empty_as_null=False, keep_nulls=False)
    return np.repeat(np.arange(len(count)), count), flat.to_numpy().astype(np.uint64)


def candidate_keys(sketches: pl.DataFrame) -> pl.DataFrame:
    """Return the keys by which articles find each other: `article_id`, `key` (UInt64).

    Two articles can only be copies where they share a key: a sub-sample of the fingerprints, or
    the key of their `text_hash`, which every article has. Keep these rows, indexed by `key`; to
    match new articles, fetch the known ones that share a key with any of them, and with each of
    those every other article of its story.
    """
    row, hashed = exploded(sketches)
    words = sketches["words"].to_numpy()
    kept = is_key(hashed, words[row])
    ids = sketches["article_id"]
    near = pl.DataFrame({"article_id": ids.gather(row[kept]), "key": hashed[kept]})
    exact = sketches.select("article_id", text_key(pl.col("text_hash")).alias("key"))
    return pl.concat([exact, near]).sort("article_id", "key")


def text_key(text_hash: pl.Expr) -> pl.Expr:
    """Return the number that a hash of 16 hexadecimal digits writes."""
    high = text_hash.str.slice(0, 8).str.to_integer(base=16, dtype=pl.UInt64)
    low = text_hash.str.slice(8, 8).str.to_integer(base=16, dtype=pl.UInt64)
    return high * 2**32 + low
