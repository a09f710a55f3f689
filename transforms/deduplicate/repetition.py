"""A publisher's boilerplate: calls to subscribe, credits, navigation, that glue strangers together.

A fingerprint that stands in several articles of one publisher is boilerplate, unless these are
versions of one another. That needs no knowledge of any site, and no look at the text.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from transforms.deduplicate import match
from transforms.deduplicate.fingerprint import I64
from transforms.deduplicate.linkage import components
from transforms.deduplicate.sketches import exploded

LEAST_ARTICLES = 3
"""In how many unrelated articles of its publisher a fingerprint must stand."""

LEAST_PART = 0.01
"""In what part of its publisher's articles it must stand: a news agency repeats many phrases."""

VERSIONS = 0.35
"""Articles of one publisher that share this part of their union are versions of one story."""

OWN = 24
"""3-grams of its own by which an article can be told from another one that shares boilerplate."""

OWN_SHARED = 0.08
"""The part of their own 3-grams that two versions of a story share at least."""

SCHEMA = {"source": pl.String, "fingerprint": pl.UInt64}


def boilerplate(sketches: pl.DataFrame) -> pl.DataFrame:
    """Return the fingerprints that recur in a publisher's articles: `source`, `fingerprint`.

    Takes sketches (schema `Sketches`); those without a source have no publisher and add nothing.
    Keep the result, with what earlier articles of the publisher gave.
    """
    sketches = sketches.filter(pl.col("source").is_not_null())
    if sketches.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    source = sketches["source"].rank("dense").to_numpy().astype(np.int64) - 1
    words = sketches["words"].to_numpy().astype(np.int64)
    row, fingerprint = exploded(sketches)
    at = match.texts(row, fingerprint, words, sketches["size"].to_numpy().astype(float), source)
    version = _versions(
        at, np.bincount(at.matrix.indices, minlength=at.matrix.shape[1]) >= LEAST_ARTICLES
    )

    # A fingerprint's articles count once for all versions of one story.
    place = pl.DataFrame(
        {"source": source[row], "fingerprint": fingerprint, "version": version[row]}
    )
    least = np.maximum(LEAST_ARTICLES, np.ceil(LEAST_PART * np.bincount(source)))
    names = sketches["source"].unique().sort()
    return (
        place.lazy()
        .filter(pl.len().over("source", "fingerprint") >= LEAST_ARTICLES)
        .group_by("source", "fingerprint")
        .agg(pl.col("version").n_unique())
        .join(
            pl.LazyFrame({"source": np.arange(len(least)), "least": least, "name": names}),
            on="source",
        )
        .filter(pl.col("version") >= pl.col("least"))
        .select(source="name", fingerprint="fingerprint")
        .sort("source", "fingerprint")
        .collect()
    )


def _versions(at: match.Texts, repeated: np.ndarray) -> I64:
    """Return for each article a number that it shares with its versions at the same publisher.

    Two articles are strangers, however much they share, where all of it is `repeated` and what
    either has of its own has nothing in common with that of the other.
    """
    pairs = match.candidates(at, VERSIONS / 2)
    common = match.shared(at, pairs)
    union = at.size[pairs[0]] + at.size[pairs[1]] - common
    alike = common >= VERSIONS * union
    pairs = (pairs[0][alike], pairs[1][alike])
    own = at.without(repeated)
    smaller = np.minimum(own.size[pairs[0]], own.size[pairs[1]])
    strange = (smaller >= OWN) & (match.shared(own, pairs) < OWN_SHARED * smaller)
    return components(len(at.size), (pairs[0][~strange], pairs[1][~strange]))
