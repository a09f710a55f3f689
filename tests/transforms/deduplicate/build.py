"""Small fictional articles and their sketches for the tests of deduplication."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import polars as pl

from transforms.deduplicate import assign, compare, join_history, members, sketch
from transforms.keys import content_id
from transforms.schemas import Articles, frame

DAY = datetime(2031, 5, 4, 6, tzinfo=UTC)

_SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "el", "or")]


def prose(seed: int, count: int = 120) -> str:
    """Return `count` words of made-up prose, other words for each seed."""
    rng = random.Random(seed)
    return " ".join(
        "".join(rng.choice(_SYLLABLES) for _ in range(rng.randint(1, 3))) for _ in range(count)
    )


def article(
    name: str,
    body: str,
    *,
    title: str | None = None,
    source: str | None = None,
    hours: float | None = 0,
) -> dict[str, object]:
    """Return a row of `Articles`, published `hours` after a fixed day (None: without a date)."""
    text = " ".join("".join(c if c.isalnum() else " " for c in f"{title or ''} {body}").split())
    at = None if hours is None else DAY + timedelta(hours=hours)
    return {
        "article_id": content_id("article", name),
        "dump_id": content_id("dump"),
        "ordinal": 0,
        "char_start": 0,
        "char_end": 10,
        "title": title,
        "source": source,
        "published_at": at,
        "publish_date": None if at is None else at.date(),
        "publish_date_source": "none" if at is None else "field",
        "body": body,
        "text_hash": content_id("text", text.lower()),
        "segment_confidence": 1.0,
    }


def sketches(*rows: dict[str, object]) -> pl.DataFrame:
    return sketch(frame(Articles, list(rows)))


def two_runs(
    first: pl.DataFrame, second: pl.DataFrame, boilerplate: pl.DataFrame | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return what a first run assigns, and what a second one does that remembers all of it."""
    earlier = compare(first, boilerplate=boilerplate)
    held = members(first, earlier.sizes)
    before = assign(held, earlier.pairs)
    held = held.drop("story_id", "is_canonical").join(before, on="article_id").select(held.columns)
    now = compare(second, first, boilerplate)
    none = pl.Series("text_hash", [], pl.String)
    fresh = members(second, now.sizes)
    return before, assign(*join_history(fresh, now, held, earlier.pairs, none))


def clusters(assigned: pl.DataFrame) -> set[frozenset[str]]:
    """Return which articles are together, whatever the stories' ids."""
    groups = assigned.group_by("story_id").agg("article_id")["article_id"]
    return {frozenset(group) for group in groups.to_list()}


def ids(*names: str) -> frozenset[str]:
    return frozenset(content_id("article", name) for name in names)
