"""What repeats in unrelated articles and so says nothing about copies.

A fingerprint that stands in several articles of one publisher is its boilerplate (calls to
subscribe, credits, navigation), unless these are versions of one story; one that stands in many
articles of any publisher is a phrase of the trade (the terms of a bond, a market report). That
needs no knowledge of any site, and no look at the text.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from transforms.deduplicate import match
from transforms.deduplicate.fingerprint import I64
from transforms.deduplicate.linkage import components
from transforms.deduplicate.sketches import exploded

OF_PUBLISHER = (3, 0.2)
"""In how many unrelated articles of its publisher boilerplate stands: at least the first number,
and the second number times the root of the publisher's number of articles."""

ANYWHERE = (30, 0.3)
"""The same for a phrase of the trade, among all articles."""

DAYS = 4
"""On how many days a phrase of the trade occurs; what many quote for a day or two is news."""

VERSIONS = 0.35
"""Articles that share this part of their union are versions of one story."""

OWN = 24
"""3-grams of its own by which an article can be told from another one that shares boilerplate."""

OWN_SHARED = 0.08
"""The part of their own 3-grams that two versions of a story share at least."""

SCHEMA = {"source": pl.String, "fingerprint": pl.UInt64}


def boilerplate(sketches: pl.DataFrame) -> pl.DataFrame:
    """Return the fingerprints that recur in unrelated articles: `source`, `fingerprint`.

    Takes sketches (schema `Sketches`). A null `source` means: boilerplate whoever publishes it.
    Keep the result, with what earlier articles gave, and hand all of it to `deduplicate`.
    """
    if sketches.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    sketches = sketches.sort("published_at", "article_id", nulls_last=True)
    row, fingerprint = exploded(sketches)
    words = sketches["words"].to_numpy().astype(np.int64)
    source = sketches["source"].rank("dense").fill_null(0).to_numpy().astype(np.int64)
    at = match.texts(row, fingerprint, words, sketches["size"].to_numpy().astype(float))

    column = at.matrix.indices.astype(np.int64)
    row = np.repeat(np.arange(len(words)), np.diff(at.matrix.indptr))
    everywhere = np.bincount(column, minlength=at.matrix.shape[1])
    place = pl.DataFrame({"source": source[row], "column": column, "row": row}).filter(
        pl.Series(everywhere[column] >= OF_PUBLISHER[0])
    )
    place = place.with_columns(
        here=pl.len().over("source", "column"), there=pl.len().over("column")
    ).filter(
        ((pl.col("source") > 0) & (pl.col("here") >= OF_PUBLISHER[0]))
        | (pl.col("there") >= ANYWHERE[0])
    )
    if place.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    version = _versions(at, place["row"].to_numpy(), place["column"].to_numpy())
    place = place.with_columns(
        version=pl.Series(version[place["row"].to_numpy()]),
        day=sketches["published_at"].dt.date().gather(place["row"]),
    )

    root = np.sqrt(np.bincount(source))
    least = pl.DataFrame({"least": np.maximum(OF_PUBLISHER[0], OF_PUBLISHER[1] * root)})
    names = pl.concat(
        [pl.Series([None], dtype=pl.String), sketches["source"].unique().sort().drop_nulls()]
    )
    versions = pl.col("version").n_unique()
    of_publisher = (
        place.filter(pl.col("source") > 0)
        .group_by("source", "column")
        .agg(versions)
        .join(least.with_row_index("source").cast({"source": pl.Int64}), on="source")
        .filter(pl.col("version") >= pl.col("least"))
        .select("source", "column")
    )
    anywhere = (
        place.filter(pl.col("there") >= ANYWHERE[0])
        .group_by("column")
        .agg(versions, pl.col("day").n_unique() - pl.col("day").has_nulls().cast(pl.UInt32))
        .filter(pl.col("day") >= DAYS)
        .filter(pl.col("version") >= max(ANYWHERE[0], ANYWHERE[1] * len(words) ** 0.5))
        .select(pl.lit(0, pl.Int64).alias("source"), "column")
    )
    both = pl.concat([of_publisher, anywhere])
    return pl.DataFrame(
        {
            "source": names.gather(both["source"]),
            "fingerprint": at.fingerprint[both["column"].to_numpy()],
        },
        schema=SCHEMA,
    ).sort("source", "fingerprint")


def _versions(at: match.Texts, row: I64, column: I64) -> I64:
    """Return for each article a number that it shares with its versions, of any publisher.

    `row` and `column` are the fingerprints of articles that repeat. Two articles are strangers,
    however much they share, where all of it repeats elsewhere and what either has of its own has
    nothing in common with that of the other.
    """
    pairs = match.candidates(at, VERSIONS / 2)
    common = match.shared(at, pairs)
    union = at.size[pairs[0]] + at.size[pairs[1]] - common
    alike = common >= VERSIONS * union
    pairs = (pairs[0][alike], pairs[1][alike])
    own = at.without(row, column)
    smaller = np.minimum(own.size[pairs[0]], own.size[pairs[1]])
    strange = (smaller >= OWN) & (match.shared(own, pairs) < OWN_SHARED * smaller)
    return components(len(at.size), (pairs[0][~strange], pairs[1][~strange]))
