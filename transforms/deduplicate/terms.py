"""What threading remembers of a story: a small weighted vector of stems, names and figures.

The headline and the first words of a news story say what it is about (the inverted pyramid), so
only these count. Names are words that are capitalised within a sentence of the body; in headlines
and in text of capitals a capital tells nothing, so there a word is a name where the body has it as
one. Two names in a row are a term of their own besides, since "Port Aster" says more than its
words.

Which terms are kept depends on the text and on the frequencies of English news that are shipped
beside the code (`terms.npz`, made by `tests.benchmarks.fit_terms`), never on other stories: so a
story's vector is the same in every warehouse.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from io import BytesIO

import numpy as np
import numpy.typing as npt
import polars as pl

U32 = npt.NDArray[np.uint32]
U64 = npt.NDArray[np.uint64]
F64 = npt.NDArray[np.float64]

WORDS = 150
"""Words of the body that are read."""

LEAD = 45
"""Words of the body that say what happened; later ones count `LATER`."""

LATER = 0.5
TITLE = 2.0
NAME = 1.6
PAIR = 1.3
FIGURE = 0.7
"""What an occurrence counts by where it stands and what it is."""

PRIOR = 2000.0
"""How many stories the shipped frequencies count for, beside those of the warehouse."""

_TOKEN = r"[\p{L}\p{M}]+(?:['’&][\p{L}\p{M}]+)*|\d+(?:[.,]\d+)*|[.!?:;\n\"“”]+"
CHARACTERS = 3000
_WIDTH = 24
_BASE = np.uint64(0x9E3779B97F4A7C15)


def mix(x: U64) -> U64:
    """Mix 64-bit values so that every bit depends on every bit (SplitMix64's finaliser)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def term(words: pl.Series) -> U32:
    """Return the 32-bit hash of each word (of its first 24 bytes), the same on every machine.

    It is even; that of a pair of names is odd. Among a million terms one in some four thousand
    shares its hash with another, which does no harm.
    """
    if not len(words):
        return np.zeros(0, np.uint32)
    cut = np.array([word.encode() for word in words.to_list()], dtype=f"S{_WIDTH}")
    letters = cut.view(np.uint8).reshape(len(cut), _WIDTH).astype(np.uint64)
    total = np.zeros(len(cut), np.uint64)
    for place in range(_WIDTH):
        total = total * _BASE + letters[:, place] + np.uint64(1)
    return (mix(total) >> np.uint64(32)).astype(np.uint32) & np.uint32(0xFFFFFFFE)


def stem(word: pl.Expr) -> pl.Expr:
    """Return lower-case words without their most regular endings (after Harman, "How effective is
    suffixing?", 1991, and the first step of Porter's stemmer).
    """
    plain = word.str.replace(r"['’]s?$", "").str.replace_all(r"['’]", "")
    return (
        plain.str.replace(r"^(\p{L}{2,}[^ae])ies$", "${1}y")
        .str.replace(r"^(\p{L}{2,}(?:s|x|z|ch|sh))es$", "$1")
        .str.replace(r"^(\p{L}{2,}[^aious])s$", "$1")
        .str.replace(r"^(\p{L}*[aeiouy]\p{L}*[^aeiouyl])(?:ed|ing)$", "$1")
        .str.replace(r"^(\p{L}*[aeiouy]\p{L}*l)(?:ed|ing)$", "$1")
        .str.replace(r"^(\p{L}{3,})e$", "$1")
        .str.replace(r"(?:bb)$", "b")
        .str.replace(r"(?:gg)$", "g")
        .str.replace(r"(?:nn)$", "n")
        .str.replace(r"(?:pp)$", "p")
        .str.replace(r"(?:rr)$", "r")
        .str.replace(r"(?:tt)$", "t")
    )


@cache
def background() -> tuple[U32, F64]:
    """Return the terms that are common in English news, ascending, and what part of the stories
    each is in.
    """
    raw = files("transforms.deduplicate").joinpath("terms.npz").read_bytes()
    with np.load(BytesIO(raw)) as fitted:
        return fitted["term"].astype(np.uint32), fitted["share"].astype(np.float64)


def share(terms: U32) -> F64:
    """Return the part of English news stories that each term is in; 0 where it is rare."""
    known, part = background()
    if not len(known):
        return np.zeros(len(terms))
    at = np.minimum(np.searchsorted(known, terms), len(known) - 1)
    return np.where(known[at] == terms, part[at], 0.0)


def occurrences(articles: pl.DataFrame) -> pl.DataFrame:
    """Return the terms of articles (`title`, `body`): `row`, `term`, `weight`, `name`, `in_title`.

    `row` is the number of the article; nothing is left out yet.
    """
    body = articles["body"].str.head(CHARACTERS)
    title = articles["title"].fill_null("").str.head(400)
    tokens = pl.concat([_tokens(title, in_title=True), _tokens(body, in_title=False)])
    if tokens.is_empty():
        return pl.DataFrame(
            schema={
                "row": pl.Int64,
                "term": pl.UInt32,
                "weight": pl.Float64,
                "name": pl.Boolean,
                "in_title": pl.Boolean,
            }
        )
    distinct = tokens.select(pl.col("word").unique())
    distinct = distinct.with_columns(stem=stem(pl.col("word")))
    distinct = distinct.with_columns(term=pl.Series(term(distinct["stem"])))
    tokens = tokens.join(distinct.select("word", "term"), on="word", maintain_order="left")
    names = tokens.filter("named").select("row", "term").unique().with_columns(name=True)
    tokens = tokens.join(names, on=["row", "term"], how="left", maintain_order="left")
    tokens = tokens.with_columns(pl.col("name").fill_null(False))
    weight = pl.when("in_title").then(TITLE).when(pl.col("place") < LEAD).then(1.0).otherwise(
        LATER
    ) * pl.when("name").then(NAME).when("figure").then(FIGURE).otherwise(1.0)
    single = tokens.select("row", "term", "name", "in_title", weight=weight)
    follows = (
        pl.col("name")
        & pl.col("name").shift(-1)
        & (pl.col("row") == pl.col("row").shift(-1))
        & (pl.col("in_title") == pl.col("in_title").shift(-1))
        & (pl.col("place") + 1 == pl.col("place").shift(-1))
    )
    pairs = tokens.with_columns(follows=follows, next=pl.col("term").shift(-1)).filter("follows")
    left, right = (pairs[name].to_numpy().astype(np.uint64) for name in ("term", "next"))
    both = (mix(left * _BASE + right) >> np.uint64(32)).astype(np.uint32) | np.uint32(1)
    paired = pairs.select(
        "row",
        "in_title",
        name=pl.lit(True),
        term=pl.Series(both, dtype=pl.UInt32),
        weight=pl.when("in_title")
        .then(TITLE)
        .when(pl.col("place") < LEAD)
        .then(1.0)
        .otherwise(LATER)
        * PAIR,
    )
    # The second and third time a term comes says less (log tf).
    return (
        pl.concat([single, paired.select(single.columns)])
        .group_by("row", "term")
        .agg(
            pl.col("weight").max() * (1 + pl.len().log(2).clip(0, 2) * 0.25),
            pl.col("name").any(),
            pl.col("in_title").any(),
        )
        .sort("row", "term")
    )


def _tokens(text: pl.Series, *, in_title: bool) -> pl.DataFrame:
    """Return words and figures of texts: `row`, `word`, `place`, `named`, `figure`, `in_title`."""
    frame = (
        pl.DataFrame(
            {"row": np.arange(len(text), dtype=np.int64), "token": text.str.extract_all(_TOKEN)}
        )
        .explode("token", empty_as_null=False, keep_nulls=False)
        .with_columns(mark=pl.col("token").str.contains(r"^[.!?:;\n\"“”]"))
    )
    starts = pl.col("mark").shift(1, fill_value=True) | (
        pl.col("row") != pl.col("row").shift(1, fill_value=-1)
    )
    frame = frame.with_columns(starts=starts).filter(~pl.col("mark"))
    frame = frame.with_columns(
        word=pl.col("token").str.to_lowercase(),
        place=pl.int_range(pl.len()).over("row").cast(pl.Int32),
        figure=pl.col("token").str.contains(r"^\d"),
        capital=pl.col("token").str.contains(r"^\p{Lu}"),
        shout=pl.col("token").str.contains(r"^[\p{Lu}&]{2,}$"),
        in_title=pl.lit(in_title),
    ).filter(pl.col("place") < WORDS)
    loud = (pl.col("shout").sum() > 0.5 * pl.len()).over("row")
    frame = frame.with_columns(
        named=pl.col("capital") & ~pl.col("starts") & ~loud & pl.lit(not in_title)
    )
    return frame.select("row", "word", "place", "named", "figure", "in_title").filter(
        ~pl.col("figure") | pl.col("word").str.contains(r"^\d{3,}|[.,]")
    )
