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
from transforms.deduplicate.fingerprint import I32, I64, U32, Mask
from transforms.deduplicate.linkage import components

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

SCHEMA = {"source": pl.String, "fingerprint": pl.UInt32}


def boilerplate(
    at: match.Texts, articles: pl.DataFrame, pairs: match.Pairs, shared: match.Common
) -> pl.DataFrame:
    """Return the fingerprints that recur in unrelated articles: `source`, `fingerprint` (UInt32).

    `at` are the texts at hand; `articles` says which articles have them: `text` (the row; null
    for articles with other texts), `source`, `day` (the date of publication), in any order.
    `pairs` are candidates and `shared` what they have in common. A null `source` means:
    boilerplate whoever publishes it. Keep the result, with what earlier articles gave.

    A passage is first looked for by its keys, then the texts that have such are searched for all
    of it; so one without any key among its 3-grams goes unnoticed.
    """
    names = articles["source"].unique().sort().drop_nulls()
    numbers = pl.DataFrame({"source": names}).with_row_index("number", offset=1)
    articles = articles.join(numbers, on="source", how="left").select(
        pl.col("text").cast(pl.Int32), pl.col("number").fill_null(0).cast(pl.Int32), "day"
    )
    version = _versions(at, articles, pairs, shared)
    by_key = _repeated(at.key_row, at.key, articles, version)
    if by_key.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    texts = _holding(at.key_row, at.key, articles, by_key)["text"].unique().sort().to_numpy()
    found = _repeated(*at.fingerprints_of(texts), articles, version)
    both = pl.concat([by_key, found]).unique()
    return (
        both.join(numbers.cast({"number": pl.Int32}), on="number", how="left")
        .select("source", "fingerprint")
        .sort("source", "fingerprint")
    )


def _places(row: I32, value: U32, articles: pl.DataFrame) -> pl.DataFrame:
    """Return where fingerprints stand that may be boilerplate.

    Columns `text`, `fingerprint`, `number` (that of a publisher, 0 without), `here` (how often
    the publisher prints it) and `there` (how often anybody does).
    """
    often = _recurring(value, OF_PUBLISHER[0])
    place = pl.DataFrame({"text": row[often], "fingerprint": value[often]})
    printed = articles.select("text", "number").unique()
    place = place.join(printed, on="text").with_columns(
        here=pl.len().over("number", "fingerprint"), there=pl.len().over("fingerprint")
    )
    return place.filter(
        ((pl.col("number") > 0) & (pl.col("here") >= OF_PUBLISHER[0]))
        | (pl.col("there") >= ANYWHERE[0])
    )


def _repeated(row: I32, value: U32, articles: pl.DataFrame, version: I64) -> pl.DataFrame:
    """Return which fingerprints stand in enough unrelated texts: `number`, `fingerprint`."""
    often = _recurring(value, OF_PUBLISHER[0])
    row, value = row[often], value[often]
    anybodys = max(ANYWHERE[0], ANYWHERE[1] * len(articles) ** 0.5)
    told, _, count = _count_distinct(value, np.zeros(len(value), np.int64), version[row])
    place = pl.DataFrame({"text": row, "fingerprint": value}).filter(
        pl.Series(_among(value, told[count >= anybodys]))
    )
    anywhere = (
        place.join(articles.select("text", "day").unique().drop_nulls(), on="text")
        .group_by("fingerprint")
        .agg(pl.col("day").n_unique())
        .filter(pl.col("day") >= DAYS)
        .select(pl.lit(0, pl.Int32).alias("number"), "fingerprint")
    )

    # A text stands once for each of its publishers.
    printed = articles.filter(pl.col("number") > 0).select("text", "number").drop_nulls().unique()
    printed = printed.sort("text", "number")
    by = np.searchsorted(printed["text"].to_numpy(), np.arange(len(version) + 1))
    publisher = printed["number"].to_numpy()[match.ranges(by[row], by[row + 1])]
    each = np.diff(by)[row]
    value, row = np.repeat(value, each), np.repeat(row, each)
    told, number, count = _count_distinct(value, publisher.astype(np.int64), version[row])
    articles_of = np.bincount(articles["number"].to_numpy(), minlength=1)
    least = np.maximum(OF_PUBLISHER[0], OF_PUBLISHER[1] * np.sqrt(articles_of))
    enough = count >= least[number]
    of_publisher = pl.DataFrame(
        {"number": number[enough].astype(np.int32), "fingerprint": told[enough]}
    )
    return pl.concat([of_publisher, anywhere])


def _count_distinct(value: U32, number: I64, version: I64) -> tuple[U32, I64, I64]:
    """Return each pair of value and number once, and how many versions it has."""
    if not len(value):
        return value, number, number
    bits = int(version.max()).bit_length(), int(number.max()).bit_length()
    if sum(bits) > 32:
        counted = (
            pl.DataFrame({"value": value, "number": number, "version": version})
            .group_by("value", "number")
            .agg(pl.col("version").n_unique())
        )
        return (
            counted["value"].to_numpy(),
            counted["number"].to_numpy(),
            counted["version"].to_numpy().astype(np.int64),
        )
    packed = value.astype(np.uint64) << np.uint64(32)
    packed |= (number << bits[0] | version).astype(np.uint64)
    packed.sort()
    packed = packed[np.append(True, packed[1:] != packed[:-1])]
    group = packed >> np.uint64(bits[0])
    begin = np.flatnonzero(np.append(True, group[1:] != group[:-1]))
    count = np.diff(np.append(begin, len(group)))
    mask = np.uint64((1 << (32 - bits[0])) - 1)
    return (
        (packed[begin] >> np.uint64(32)).astype(np.uint32),
        (group[begin] & mask).astype(np.int64),
        count.astype(np.int64),
    )


def _recurring(values: U32, least: int) -> Mask:
    """Return which of the values occur at least so often among them."""
    # Sorting values with their places is faster than sorting places by values.
    packed = (values.astype(np.uint64) << np.uint64(32)) | np.arange(len(values), dtype=np.uint64)
    packed.sort()
    ordered = (packed >> np.uint64(32)).astype(np.uint32)
    begin = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)])
    count = np.diff(np.append(begin, len(ordered)))
    out = np.zeros(len(values), bool)
    out[packed.astype(np.uint32)] = np.repeat(count >= least, count)
    return out


def _among(values: U32, wanted: U32) -> Mask:
    """Return which values are among the wanted ones."""
    # A small table of their lower bits rules most out before any is searched for.
    low = np.zeros(1 << 22, bool)
    low[wanted & np.uint32(len(low) - 1)] = True
    out = low[values & np.uint32(len(low) - 1)]
    wanted = np.sort(wanted)
    left = values[out]
    place = np.minimum(np.searchsorted(wanted, left), max(len(wanted) - 1, 0))
    out[out] = wanted[place] == left
    return np.asarray(out, bool)


def _versions(
    at: match.Texts, articles: pl.DataFrame, pairs: match.Pairs, shared: match.Common
) -> I64:
    """Return for each text a number that it shares with its versions, of any publisher.

    Two texts of one publisher are strangers, however much they share, where all of it repeats in
    other look-alikes and what either has of its own has nothing in common with that of the other.
    """
    union = at.size[pairs[0]] + at.size[pairs[1]] - shared.grams
    alike = shared.grams >= VERSIONS * union
    all_alike = (pairs[0][alike], pairs[1][alike])
    publisher = np.zeros(len(at.size), np.int64)
    printed = articles.drop_nulls("text")
    publisher[printed["text"].to_numpy()] = printed["number"].to_numpy()
    one = publisher[all_alike[0]] == publisher[all_alike[1]]
    pairs = (all_alike[0][one], all_alike[1][one])
    named = np.zeros(len(at.size), bool)
    named[pairs[0]] = named[pairs[1]] = True
    rows, place = np.flatnonzero(named), np.cumsum(named) - 1
    local = place[pairs[0]], place[pairs[1]]
    text, value = at.fingerprints_of(rows)
    places = _places(text, value, articles).select("text", "fingerprint").unique()
    code = (text.astype(np.int64) << 32) | value
    repeated = np.zeros(len(code), bool)
    wanted = (places["text"].cast(pl.Int64) * 2**32 + places["fingerprint"]).to_numpy()
    repeated[np.searchsorted(code, wanted)] = True
    own = at.only(rows).without(repeated)
    smaller = np.minimum(own.size[local[0]], own.size[local[1]])
    doubtful = np.flatnonzero(smaller >= OWN)
    both = match.common(own, (local[0][doubtful], local[1][doubtful])).grams
    strange = np.zeros(len(smaller), bool)
    strange[doubtful] = both < OWN_SHARED * smaller[doubtful]
    kept = np.ones(len(one), bool)
    kept[np.flatnonzero(one)[strange]] = False
    return components(len(at.size), (all_alike[0][kept], all_alike[1][kept]))


def _holding(row: I32, value: U32, articles: pl.DataFrame, repeated: pl.DataFrame) -> pl.DataFrame:
    """Return the fingerprints that are boilerplate to a publisher of their text.

    `repeated` has the columns `number` and `fingerprint`. Returns `text`, `fingerprint`, `index`.
    """
    index = np.flatnonzero(_among(value, repeated["fingerprint"].to_numpy()))
    place = pl.DataFrame({"text": row[index], "fingerprint": value[index], "index": index})
    printed = articles.select("text", "number").drop_nulls().unique()
    common = repeated.filter(pl.col("number") == 0)
    return pl.concat(
        [
            place.join(common, on="fingerprint", how="semi"),
            place.join(printed, on="text")
            .join(repeated, on=["fingerprint", "number"], how="semi")
            .select(place.columns),
        ]
    )


def standing(at: match.Texts, articles: pl.DataFrame, repeated: pl.DataFrame) -> Mask:
    """Return which fingerprints of the texts, in the matrix's order, are boilerplate.

    `articles` are as in `boilerplate`, of which `repeated` are rows. Of a text that several
    publishers print, what is boilerplate to any of them goes; a text without a key that is
    boilerplate is taken to have none.
    """
    out = np.zeros(at.matrix.nnz, bool)
    if repeated.is_empty():
        return out
    names = repeated.select(pl.col("source").drop_nulls().unique())
    numbers = names.with_row_index("number", offset=1).cast({"number": pl.Int32})
    repeated = repeated.join(numbers, on="source", how="left").select(
        pl.col("number").fill_null(0), "fingerprint"
    )
    printed = articles.join(numbers, on="source").select(pl.col("text").cast(pl.Int32), "number")
    texts = _holding(at.key_row, at.key, printed, repeated)["text"].unique().sort().to_numpy()
    gone = _holding(*at.fingerprints_of(texts), printed, repeated)["index"].to_numpy()
    out[at.places_of(texts)[gone]] = True
    return out
