"""Digests, live blogs and index pages: articles that hold several stories, and must not join them.

What tells a digest from the whole text of its excerpts is that its parts have nothing to do with
each other: excerpts of one story share its headline, names or quotations.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from transforms.deduplicate.fingerprint import F64, I64, Mask
from transforms.deduplicate.linkage import components
from transforms.deduplicate.match import PAD, Pairs

EQUAL = 0.6
"""Copies that are at least this part of each other's size stand or fall together."""

PART = 40
"""3-grams that a part of a digest has at least."""

MOST = 0.5
"""A text of which another one makes up this part is a later version of it, no digest."""

WEAK = 0.2
"""A score from which a pair says that one text quotes the other."""

_LINKS = 1 << 20
"""How many links are looked at a time; bounds the memory that this takes."""


def bridging(size: F64, pairs: Pairs, score: F64, strong: Mask) -> Mask:
    """Return which pairs to leave out, because one of the two texts is a bridge.

    `pairs` must hold every pair with anything in common, also weak ones. Near-equal copies form a
    group. A group that holds shorter texts of several parts, with nothing in common between the
    parts and no part that is most of it, is a digest and keeps no pair; one that has only weak
    pairs with several parts quotes them, and keeps no weak pair.
    """
    first, second = pairs
    n = len(size)
    smaller = np.minimum(size[first], size[second])
    alike = smaller >= EQUAL * np.maximum(size[first], size[second])
    group = components(n, (first[strong & alike], second[strong & alike]))
    a, b = group[first], group[second]
    apart = a != b
    links = pl.DataFrame({"part": np.append(a, b), "other": np.append(b, a)})
    links = links.filter(np.append(apart, apart)).unique()

    holder = np.where(size[first] >= size[second], a, b)
    held = np.where(size[first] >= size[second], b, a)
    big = smaller >= PART
    holding = strong & ~alike & apart & big
    digests = _several(n, holder[holding], held[holding], links)
    # A story that grew holds its earlier versions, one of which is most of it.
    shared = score * (smaller + PAD)
    grown = (shared >= MOST * np.maximum(size[first], size[second])) & holding
    digests[holder[grown]] = False
    weak = ~strong & apart & big & (score >= WEAK)
    quoting = _several(n, np.append(a[weak], b[weak]), np.append(b[weak], a[weak]), links)
    weakly = ~strong & (quoting[a] | quoting[b])
    return np.asarray(apart & (digests[a] | digests[b] | weakly), bool)


def _tied(parts: pl.DataFrame, links: pl.DataFrame) -> I64:
    """Return the rows of parts of one holder between which there is a link, two by two."""
    return (
        links.join(parts, on="part")
        .join(parts.rename({"part": "other", "row": "other_row"}), on=["other", "holder"])
        .select("row", "other_row")
        .to_numpy()
        .astype(np.int64)
    )


def _several(n: int, holder: np.ndarray, part: np.ndarray, links: pl.DataFrame) -> Mask:
    """Return which of n groups hold parts between which there is no link."""
    parts = pl.DataFrame({"holder": holder, "part": part}).unique()
    parts = parts.filter(pl.len().over("holder") > 1).sort("holder", "part").with_row_index("row")
    # A few holders at a time: the links of all their parts may be a multiple of all pairs.
    work = parts.join(links.group_by("part").len(), on="part", how="left", maintain_order="left")
    block = (work["len"].fill_null(0).cum_sum() // _LINKS).alias("block")
    blocks = parts.with_columns(block).with_columns(pl.col("block").first().over("holder"))
    tied = np.concatenate(
        [np.zeros((0, 2), np.int64)]
        + [
            _tied(some.drop("block"), links)
            for some in blocks.partition_by("block", maintain_order=True)
        ]
    )
    label = components(parts.height, (tied[:, 0], tied[:, 1]))
    count = (
        parts.with_columns(label=label)
        .group_by("holder")
        .agg(pl.col("label").n_unique())
        .filter(pl.col("label") > 1)
    )
    out = np.zeros(n, bool)
    out[count["holder"].to_numpy()] = True
    return out
