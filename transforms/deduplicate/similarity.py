"""Pairs of texts that are alike: new ones with each other and with known ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from transforms.deduplicate import fingerprint as fp
from transforms.deduplicate import match, repetition
from transforms.schemas import Similar, Sketches

NOISE = 0.08
"""What two texts share below this score means nothing."""


PROMISING = 0.7 * NOISE
"""The score that the keys of two texts must promise; boilerplate may yet be left out of them."""

SEARCH: Mapping[str, float] = {
    "window": match.WINDOW.total_seconds(),
    "neighbours": match.NEIGHBOURS,
    "score": PROMISING,
    "pad": match.PAD,
    "keys": fp.KEYS,
    "least_keys": fp.LEAST_KEYS,
    "headline": fp.HEADLINE,
}
"""How to look known texts up: the rules of `compare`, for whoever keeps these texts.

Two texts may be alike where they share as many keys as a score of `score` promises (see
`match.candidates`; `keys` and `least_keys` say how many of its 3-grams a text offers), or a key
from `headline` on, and were published within `window` seconds of each other. Of a key that is
everywhere, the `neighbours` nearest count.
"""


@dataclass(frozen=True, slots=True)
class Compared:
    """What comparing articles gave."""

    pairs: pl.DataFrame
    """The pairs of texts of which at least one is new (schema `Similar`)."""
    sizes: pl.DataFrame
    """By `text_hash` of the new ones, and of those like them: `size`, 3-grams without
    boilerplate."""
    boilerplate: pl.DataFrame
    """What was found to be boilerplate and was not known as such: `source`, `fingerprint`."""

    def finding(self, boilerplate: pl.DataFrame) -> Compared:
        """Return this with boilerplate that was found before."""
        return replace(self, boilerplate=pl.concat([boilerplate, self.boilerplate]).unique())


def compare(
    new: pl.DataFrame,
    known: pl.DataFrame | None = None,
    boilerplate: pl.DataFrame | None = None,
    again: pl.Series | None = None,
) -> Compared:
    """Compare new articles with each other and with known ones (both of schema `Sketches`).

    `known` are those that may be alike: see `SEARCH`. `boilerplate` (`source`, `fingerprint`)
    names what does not count beside what recurs in the articles given. `again` names known texts
    (by `text_hash`) to be compared as if they were new.

    A pair's scores depend on the two texts and on what is boilerplate, on nothing else; so pairs
    found in one run hold in every later one, until more is known to be boilerplate.
    """
    columns = Sketches.column_names()
    every = new.select(*columns, fresh=pl.lit(True))
    if known is not None and known.height:
        held = known.join(new, on="article_id", how="anti")
        every = pl.concat([every, held.select(*columns, fresh=pl.lit(False))])
    sketched = every.select("words", "size", "fingerprints", "keys")
    every = every.drop(sketched.columns).with_row_index("sketch")
    every = every.sort("published_at", "article_id", nulls_last=True)
    first = every.with_row_index("row").select(pl.min("row").over("text_hash")).to_series()
    every = every.with_columns(text=first.rank("dense").cast(pl.Int32) - 1)
    each = every.unique("text", keep="first").sort("text").select("text_hash", "sketch")
    fingerprints, sketched = sketched["fingerprints"], sketched.drop("fingerprints")
    one = each.with_columns(sketched[each["sketch"]])
    hashes, sizes = one["text_hash"], one["size"].to_numpy().astype(float)
    fresh = np.zeros(one.height, bool)
    news = (
        pl.col("fresh")
        if again is None
        else pl.col("fresh") | pl.col("text_hash").is_in(again.implode())
    )
    fresh[every.filter(news)["text"].unique().to_numpy()] = True

    when = every["published_at"].dt.epoch("us").to_numpy() / 1e6
    met = match.meetings(*match.keys(one), *match.points(every["text"].to_numpy(), when))
    sharing = fp.key_share(one["words"].to_numpy())
    headline = one["keys"].list.last().fill_null(0).to_numpy().astype(np.uint32)
    headline[headline < fp.HEADLINE] = 0
    same = match.same_headline(met, headline)
    pairs = _together(match.candidates(met, sharing, sizes, PROMISING), same, len(sizes))
    del met  # the largest of all that is held, where texts have much in common
    # Most articles meet nothing: only the others need be looked at more closely.
    active = _named(pairs, len(sizes))
    place = np.zeros(len(sizes), np.int64)
    place[active] = np.arange(len(active))
    pairs = place[pairs[0]], place[pairs[1]]
    some = one[active]
    some = some.with_columns(fingerprints=fingerprints.gather(some["sketch"]))
    at, headline = match.texts(some), headline[active]
    shared = match.common(at, pairs)
    # What is boilerplate matters to those that have a part in common that is worth a thought.
    close = match.score(at, pairs, shared) >= NOISE / 2
    close |= (headline[pairs[0]] == headline[pairs[1]]) & (headline[pairs[0]] > 0)
    pairs, shared = (pairs[0][close], pairs[1][close]), shared.only(close)
    at = at.searched(_named(pairs, len(active)))

    number = pl.DataFrame({"text": active.astype(np.int32)}).with_row_index("number")
    printed = every.join(number, on="text", how="left").select(
        "source", text=pl.col("number").cast(pl.Int32), day=pl.col("published_at").dt.date()
    )
    repeated = repetition.boilerplate(at, printed, pairs, shared)
    standing = repeated
    if boilerplate is not None:
        earlier = boilerplate.select("source", pl.col("fingerprint").cast(pl.UInt32))
        repeated = repeated.join(earlier, on=repeated.columns, how="anti", nulls_equal=True)
        standing = pl.concat([repeated, earlier])
    bare = at.without(repetition.standing(at, printed, standing))
    sizes[active] = bare.size
    changed = bare.size < at.size
    recount = np.flatnonzero(changed[pairs[0]] & changed[pairs[1]])
    shared = shared.updated(recount, match.common(bare, (pairs[0][recount], pairs[1][recount])))
    at = bare

    # Under one headline also a little in common counts: enough to be no stranger in a digest.
    headline[np.isin(headline, standing["fingerprint"].to_numpy())] = 0
    score = match.score(at, pairs, shared) * match.same_figures(at, pairs, shared)
    # Tables of one kind look alike on average, whatever they report.
    weight = np.where(match.tabular(at, pairs), 0.0, score * match.balance(at, pairs))
    under_one = (headline[pairs[0]] == headline[pairs[1]]) & (headline[pairs[0]] > 0)
    worth = (score >= np.where(under_one, 0.0, NOISE)) & (score > 0)
    worth &= fresh[active[pairs[0]]] | fresh[active[pairs[1]]]
    a, b = (hashes.gather(active[rows[worth]]) for rows in pairs)
    found = pl.DataFrame(
        {
            "a": a,
            "b": b,
            "score": score[worth],
            "weight": weight[worth],
            "held": match.containment(at, pairs, shared)[worth],
        }
    ).select(
        "score", "weight", "held",
        text_a=pl.min_horizontal("a", "b"), text_b=pl.max_horizontal("a", "b"),
    )  # fmt: skip
    counted = pl.DataFrame({"text_hash": hashes, "size": np.rint(sizes).astype(np.int32)})
    return Compared(
        pairs=Similar.validate(found.sort("text_a", "text_b"), cast=True),
        sizes=counted.filter(pl.Series(fresh) | hashes.is_in(hashes.gather(active).implode())),
        boilerplate=repeated,
    )


def _named(pairs: match.Pairs, n: int) -> fp.I64:
    """Return which of n texts the pairs name, ascending."""
    named = np.zeros(n, bool)
    named[pairs[0]] = named[pairs[1]] = True
    return np.flatnonzero(named)


def _together(some: match.Pairs, more: match.Pairs, n: int) -> match.Pairs:
    """Return pairs that are in either of two sets of pairs among n texts, in order."""
    code = np.sort(np.concatenate([some[0] * n + some[1], more[0] * n + more[1]]))
    code = code[np.append(True, code[1:] != code[:-1])[: len(code)]]
    return code // max(n, 1), code % max(n, 1)
