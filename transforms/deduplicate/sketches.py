"""Sketches as frames: made from articles, and reduced to the keys by which they are found."""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa

from transforms.deduplicate import fingerprint as fp
from transforms.deduplicate.fingerprint import I64, U32
from transforms.schemas import Remembered, Sketches


def sketch(articles: pl.DataFrame) -> pl.DataFrame:
    """Return the sketches (schema `Sketches`) of articles (schema `Articles`), in their order.

    `published_at` is the start of the publication day where only the day is known. An article
    without a body has no fingerprints: a headline alone is matched as a whole, by `text_hash`.
    Raises `dataframely.exc.ValidationError` where the articles break their schema.
    """
    day = pl.col("publish_date").cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    described = articles.select(
        "article_id", "source", pl.coalesce("published_at", day).alias("published_at"), "text_hash"
    )
    return Sketches.validate(pl.concat([described, _of(articles)], how="horizontal"), cast=True)


def sketch_again(texts: pl.DataFrame, printed: pl.DataFrame) -> pl.DataFrame:
    """Return the sketches (schema `Sketches`) of articles that share their texts.

    `texts` has `text_hash`, `title` and `body`, a row a text; `printed` has the `article_id`,
    `source`, `published_at` and `text_hash` of each article with one of these texts.
    """
    sketched = pl.concat([texts.select("text_hash"), _of(texts)], how="horizontal")
    joined = printed.join(sketched, on="text_hash", maintain_order="left")
    return Sketches.validate(joined.select(Sketches.column_names()), cast=True)


def _of(texts: pl.DataFrame) -> pl.DataFrame:
    """Return `words`, `size`, `fingerprints` and `keys` of each `title` and `body`."""
    bodied = pl.col("body").str.contains(r"\w")
    whole = pl.concat_str(pl.col("title").fill_null(""), pl.lit("\n"), pl.col("body"))
    row, value, key, words, size = fp.sample(texts.select(pl.when(bodied).then(whole)).to_series())
    headline = fp.headlines(texts.select(pl.when(bodied).then("title")).to_series())
    titled = np.flatnonzero(headline)
    key_row = np.append(row[key], titled)
    order = np.argsort(key_row, kind="stable")
    keys = np.append(value[key], headline[titled])[order]
    return pl.DataFrame(
        {
            "words": words,
            "size": size,
            "fingerprints": _lists(row, value, texts.height),
            "keys": _lists(key_row[order], keys, texts.height),
        }
    )


def _lists(row: I64, values: U32, count: int) -> pl.Series:
    """Return a list a row; `row` is ascending."""
    offsets = np.searchsorted(row, np.arange(count + 1))
    return pl.Series(pl.from_arrow(pa.LargeListArray.from_arrays(offsets, pa.array(values))))


def flat(lists: pl.Series) -> tuple[U32, I64]:
    """Return the items of a column of lists, end to end, and the length of each list."""
    items = lists.list.explode(empty_as_null=False, keep_nulls=False)
    return items.cast(pl.UInt32).to_numpy(), lists.list.len().to_numpy().astype(np.int64)


def candidate_keys(sketches: pl.DataFrame, boilerplate: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return the keys by which articles find each other.

    A row is a text, a time at which it was published and one of its keys: `text_hash`, `words`,
    `size`, `published_at`, `key`. Keys that are `boilerplate` (`source`, `fingerprint`) to its
    publisher are left out. Two texts can only be
    copies where they share a key and were published within `match.WINDOW` of each other, or one
    of them without a date; or where they are one text.
    """
    keys = sketches.select(
        "text_hash", "words", "size", "source", "published_at", key="keys"
    ).explode("key", empty_as_null=False)
    if boilerplate is not None and boilerplate.height:
        anybodys = boilerplate.filter(pl.col("source").is_null())
        keys = keys.join(anybodys, left_on="key", right_on="fingerprint", how="anti")
        keys = keys.join(
            boilerplate, left_on=["source", "key"], right_on=["source", "fingerprint"], how="anti"
        )
    return keys.drop("source").unique(["text_hash", "published_at", "key"])


def remembered(sketches: pl.DataFrame, sizes: pl.DataFrame) -> pl.DataFrame:
    """Return what is kept of articles (schema `Remembered`): a row for each text and time.

    `sizes` (`text_hash`, `size`) are those without boilerplate; texts that it does not name are
    left out.
    """
    kept = sketches.unique(["text_hash", "published_at"], keep="first", maintain_order=True)
    kept = kept.drop("size").join(sizes, on="text_hash", maintain_order="left")
    return Remembered.validate(
        kept.select(Remembered.column_names()).sort("published_at", "text_hash"), cast=True
    )
