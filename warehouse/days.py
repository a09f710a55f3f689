"""What a backfill asks of the warehouse: the days of stories, their articles, and what is done.

The day of a story is the day on which its canonical article was published; one without a date
belongs to the day (UTC) on which it was loaded, so every story has one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from warehouse.connect import exists
from warehouse.query import connected

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    Warehouse = Path | duckdb.DuckDBPyConnection

_DAY = "coalesce(publish_date, CAST(published_at AS DATE), CAST(loaded_at AS DATE))"

_COVERED = (
    "(language IS NULL OR list_contains(CAST($languages AS VARCHAR[]), left(lower(language), 2)))"
)


class StoryDay(NamedTuple):
    """The stories of a day."""

    day: date
    covered: int
    """Stories in a language that the model covers."""
    others: int
    """Stories in other languages."""
    digest: str | None
    """SHA-256 over the covered canonical articles and the runs that loaded them."""


class Done(NamedTuple):
    """The last completed run of a backfill for a day."""

    key: str
    run_id: str


def story_days(
    warehouse: Warehouse, since: date | None, until: date | None, languages: Sequence[str]
) -> list[StoryDay]:
    """Return the days from `since` to `until`, both included, that have stories, in order.

    `languages` are those that the model covers; an article whose language is not known is covered.
    """
    with connected(warehouse) as con:
        rows = con.execute(
            f"""
            SELECT
                {_DAY} AS day,
                count(*) FILTER ({_COVERED}) AS covered,
                count(*) FILTER (NOT {_COVERED}) AS others,
                sha256(string_agg(article_id || ' ' || run_id, ',' ORDER BY article_id)
                    FILTER ({_COVERED})) AS digest
            FROM articles
            WHERE is_canonical
                AND ($since IS NULL OR {_DAY} >= CAST($since AS DATE))
                AND ($until IS NULL OR {_DAY} <= CAST($until AS DATE))
            GROUP BY ALL
            ORDER BY day
            """,
            {"since": since, "until": until, "languages": list(languages)},
        ).fetchall()
    return [StoryDay(*row) for row in rows]


def canonical_articles(
    warehouse: Warehouse, day: date, languages: Sequence[str], *, rows: int
) -> Iterator[pl.DataFrame]:
    """Yield the covered canonical articles of a day, at most `rows` at a time, in every column of
    `articles`; `published_at` and `loaded_at` are in UTC."""
    import polars as pl

    with connected(warehouse) as con:
        reader = con.execute(
            f"""
            -- By row number: then only the blocks with a wanted row are read in all columns.
            SELECT * FROM articles WHERE rowid IN (
                SELECT rowid FROM articles
                WHERE is_canonical AND {_DAY} = CAST($day AS DATE) AND {_COVERED}
            )
            """,
            {"day": day, "languages": list(languages)},
        ).to_arrow_reader(rows)
        for batch in reader:
            found = pl.from_arrow(batch)
            assert isinstance(found, pl.DataFrame)
            found = found.with_columns(
                pl.col("published_at", "loaded_at").dt.replace_time_zone("UTC")
            )
            yield from found.iter_slices(rows)


def done(
    warehouse: Path, kind: str, *, program_version: str, model: str, ontology: str
) -> dict[date, Done]:
    """Return, by day, the last completed run of a backfill of this kind, as its record names it:
    `parameters["backfill"]`, with `kind`, `day` and `key`.

    What was done before another program, model or ontology coded stored days again (a backfill, or
    a run with `force`) does not count: nothing says which days that one changed.
    """
    if not exists(warehouse):
        return {}
    with connected(warehouse) as con:
        rows = con.execute(
            """
            WITH completed AS (
                SELECT
                    run_id, finished_at,
                    (program_version, model, ontology)
                        IS DISTINCT FROM ($program_version, $model, $ontology) AS is_other,
                    CAST(parameters ->> '$.force' AS BOOLEAN) AS is_forced,
                    parameters ->> '$.backfill.kind' AS kind,
                    CAST(parameters ->> '$.backfill.day' AS DATE) AS day,
                    parameters ->> '$.backfill.key' AS key
                FROM runs
                WHERE state = 'completed'
            ),
            counting AS (
                SELECT * FROM completed
                WHERE finished_at > coalesce(
                    (
                        SELECT max(finished_at) FROM completed
                        WHERE is_other AND (is_forced OR kind IS NOT NULL)
                    ),
                    TIMESTAMP '-infinity'
                )
            )
            SELECT day, arg_max(key, finished_at), arg_max(run_id, finished_at)
            FROM counting
            WHERE kind = $kind
            GROUP BY day
            """,
            {
                "kind": kind,
                "program_version": program_version,
                "model": model,
                "ontology": ontology,
            },
        ).fetchall()
    return {day: Done(key, run_id) for day, key, run_id in rows}
