"""What a headline says besides the news: markers of agencies, and what identifies it without them.

Agencies send a story again as it grows ("UPDATE 2-", "2nd Ld-Writethru", "(Adds quotes)"), or mend
it ("CORRECTED-", "REFILE-"), or take it back ("KILL"). What is printed so, by whom, and what it
means stands in `markers.tsv`.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

import numpy as np
import polars as pl

from transforms.deduplicate.terms import mix, term

NOTE_CHARACTERS = 400
"""How far from the beginning and the end of a text a note of what changed stands."""

KINDS = (
    "withdrawal", "correction", "refile", "repeat", "advisory", "wrapup", "lead", "update", "snap",
)  # fmt: skip
"""Of several markers the first of these says what the article is."""

_TIGHT = r"\s{0,2}[-–—:/|]+\s{0,3}"
_SPACED = r"(?:\s{0,2}[:–—/|]+\s{0,3}|\s{1,3}-+\s{1,3})"


@cache
def _patterns() -> dict[tuple[str, str], str]:
    """Return for each kind and place one pattern."""
    text = files("transforms.deduplicate").joinpath("markers.tsv").read_text("utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    found: dict[tuple[str, str], list[str]] = {}
    for kind, where, pattern, _, _ in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
        found.setdefault((kind, where), []).append(pattern)
    return {key: "|".join(patterns) for key, patterns in found.items()}


def _of(where: str) -> str:
    return "|".join(pattern for (_, at), pattern in _patterns().items() if at == where)


@cache
def _slugs() -> str:
    """Return the pattern of a slug line of AP or UPI: cycle, keyword, version, reference number."""
    return rf"(?:BC|AP|AM|PM|UPI)-[^,\n]{{1,60}},?\s?(?:{_of('slug')})[^\n]{{0,30}}"


@cache
def _heads() -> str:
    """Return the pattern of all markers before a headline, one behind the other."""
    tight, spaced = _of("head"), _of("spaced")
    bracketed = rf"[(\[<](?:{tight}|{spaced})[)\]>](?:{_TIGHT}|\s{{1,3}})"
    one = rf"{bracketed}|(?:{tight}){_TIGHT}|(?:{spaced}){_SPACED}"
    return rf"(?i)^\s{{0,3}}((?:{one}){{1,3}}|{_slugs()}(?:\n|$))"


@cache
def _ends() -> str:
    return rf"(?i)\s{{0,3}}(\((?:{_of('end')})\))\s{{0,3}}$"


def bare(title: pl.Expr) -> pl.Expr:
    """Return headlines without the markers before and behind them; of a slug line its keyword."""
    cycle = r"^\s{0,3}(?:BC|AP|AM|PM|UPI)-"
    return (
        title.str.replace(cycle + r"([^,\n]{1,60})(?:,[^\n]{0,60})?$", "$1")
        .str.replace(cycle + r"[^,\n]{1,60},[^\n]{0,60}\n", "")
        .str.replace(_heads(), "")
        .str.replace(_ends(), "")
    )


def markers(articles: pl.DataFrame) -> pl.DataFrame:
    """Return `update_kind`, `update_marker` and `number` (the version that a marker counts) of
    articles with `title`, `head` and `tail`, in their order.
    """
    title = pl.col("title").fill_null("")
    note = rf"(?i)({_of('note')})"
    slug = rf"(?i)({_slugs()}|^\s{{0,3}}(?:{_of('slug')})\b)"
    begin = pl.col("head").fill_null("").str.slice(0, NOTE_CHARACTERS)
    finish = pl.col("tail").fill_null("").str.tail(NOTE_CHARACTERS)
    parts = articles.select(
        before=title.str.extract(_heads(), 1),
        behind=title.str.extract(_ends(), 1),
        slug=pl.coalesce(title.str.extract(slug, 1), begin.str.extract(slug, 1)),
        note=pl.coalesce(begin.str.extract(note, 1), finish.str.extract(note, 1)),
    )
    places = {"before": ("head", "spaced", "slug"), "behind": ("end",)}
    places |= {"slug": ("slug",), "note": ("note",)}
    kinds = pl.lit(None, pl.String)
    for kind in reversed(KINDS):
        holds = [
            pl.col(part).str.contains(rf"(?i)(?:{pattern})")
            for part, wheres in places.items()
            for where in wheres
            if (pattern := _patterns().get((kind, where)))
        ]
        kinds = pl.when(pl.any_horizontal(holds)).then(pl.lit(kind)).otherwise(kinds)
    printed = pl.coalesce("before", "behind", "slug", "note").str.strip_chars()
    return parts.select(
        update_kind=kinds,
        update_marker=pl.when(printed != "").then(printed),
        number=pl.coalesce("before", "behind", "slug")
        .str.extract(r"(\d{1,2})", 1)
        .cast(pl.Int32, strict=False),
    )


_CALENDAR = (
    r"\b(?:jan(?:uary)?|feb(?:ruary)?|march|mar|april|apr|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b"
)


def heading(title: pl.Series) -> pl.Series:
    """Return what identifies each headline without markers, figures, months
    and days, by its first hundred characters; null without words."""
    words = (
        title.to_frame("title")
        .select(bare(pl.col("title").fill_null("")))
        .to_series()
        .str.to_lowercase()
        .str.replace_all(_CALENDAR, " ")
        .str.replace_all(r"[^\p{L}]+", " ")
        .str.strip_chars()
    )
    parts = [term(words.str.slice(at, 24)).astype(np.uint64) for at in range(0, 96, 24)]
    total = np.zeros(len(words), np.uint64)
    for part in parts:
        total = mix(total + part + np.uint64(1))
    return pl.Series(total, dtype=pl.UInt64).set(words == "", None)
