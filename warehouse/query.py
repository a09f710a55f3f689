"""Read the published warehouse.

Functions take a path (opened read-only, without external access, for the call) or a connection.
Nothing here imports Polars or Arrow before a function needs it: start-up counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.connect import open_published

if TYPE_CHECKING:
    import duckdb
    import polars as pl


@contextmanager
def connected(
    warehouse: Path | duckdb.DuckDBPyConnection,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a connection: the one passed, or one opened read-only on a path and closed after."""
    if isinstance(warehouse, Path):
        con = open_published(warehouse)
        try:
            yield con
        finally:
            con.close()
    else:
        yield warehouse


def run(path: Path, sql: str) -> pl.DataFrame:
    """Run SQL on the published file, read-only, and return the last statement's rows.

    Raises `duckdb.Error` where the SQL is wrong or would write, and what `connect.open_published`
    raises.
    """
    with connected(path) as con:
        con.execute(sql)
        return con.pl()


def known_containers(warehouse: Path | duckdb.DuckDBPyConnection) -> set[str]:
    """Return the SHA-256 of every input file that is loaded; empty where there is no warehouse."""
    if isinstance(warehouse, Path) and not warehouse.exists():
        return set()
    with connected(warehouse) as con:
        rows = con.execute(
            "SELECT container_sha256 FROM dumps UNION SELECT container_sha256 FROM containers"
        ).fetchall()
    return {row[0] for row in rows}


def known_dumps(warehouse: Path | duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the path of every dump that is loaded, by `dump_id`; empty without a warehouse."""
    if isinstance(warehouse, Path) and not warehouse.exists():
        return {}
    with connected(warehouse) as con:
        return dict(con.execute("SELECT dump_id, path FROM dumps").fetchall())


def articles_by_id(warehouse: Path | duckdb.DuckDBPyConnection, ids: Iterable[str]) -> pl.DataFrame:
    """Return these articles with every column of `articles`, by id; unknown ids are left out.

    `published_at` and `loaded_at` are in UTC.
    """
    import polars as pl

    with connected(warehouse) as con:
        found = con.execute(
            "SELECT * FROM articles WHERE article_id IN (SELECT unnest(CAST(? AS VARCHAR[])))"
            " ORDER BY article_id",
            [list(ids)],
        ).pl()
    return found.with_columns(
        pl.col("published_at", "loaded_at").dt.replace_time_zone("UTC"),
    )


def status(path: Path, *, runs: int = 5) -> dict[str, Any]:
    """Return how the warehouse stands, as plain values that JSON can hold.

    Keys: `path`, `bytes`, `schema_version`, `rows` (by table), `rejects` (by reason), `days`
    (`published`: first and last publication day; `events`: first and last day; `undated_articles`,
    `undated_events`), `last_load`, `runs` (the last ones, newest first).
    """
    size = path.stat().st_size if path.exists() else 0
    with connected(path) as con:
        tables = [
            row[0]
            for row in con.execute(
                "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main'"
                " AND table_name <> 'schema_version' ORDER BY 1"
            ).fetchall()
        ]
        count = ", ".join(f"(SELECT count(*) FROM {table})" for table in tables)
        row = _row(con, f"SELECT {count}")
        span = _row(
            con,
            """
            SELECT
                (SELECT max(version) FROM schema_version),
                (SELECT max(loaded_at) FROM dumps),
                (SELECT min(publish_date) FROM articles),
                (SELECT max(publish_date) FROM articles),
                (SELECT count(*) FROM articles WHERE publish_date IS NULL AND published_at IS NULL),
                (SELECT min(day) FROM events),
                (SELECT max(day) FROM events),
                (SELECT count(*) FROM events WHERE day IS NULL)
            """,
        )
        rejects = con.execute(
            "SELECT reason, count(*) FROM rejects GROUP BY ALL ORDER BY 2 DESC, 1"
        ).fetchall()
        con.execute("SELECT * FROM runs ORDER BY started_at DESC, run_id LIMIT ?", [runs])
        last = _records(con)
    return {
        "path": str(path),
        "bytes": size,
        "schema_version": span[0],
        "rows": dict(zip(tables, row, strict=True)),
        "rejects": dict(rejects),
        "days": {
            "published": [_plain(span[2]), _plain(span[3])],
            "events": [_plain(span[5]), _plain(span[6])],
            "undated_articles": span[4],
            "undated_events": span[7],
        },
        "last_load": _plain(span[1]),
        "runs": last,
    }


def day_summary(
    warehouse: Path | duckdb.DuckDBPyConnection, day: date, *, top: int = 10
) -> dict[str, Any]:
    """Return what a briefing says of a day, as plain values that JSON can hold.

    Keys: `day`; `totals` (events, mentions, deaths, injuries, and the number of events on average
    in the week before); `types` and `countries` (counts, with the week before's mean); `events`
    (the most widely told factual events, with their leading sentence); `stories` (the most
    printed); `dyads` (the most active pairs of different countries).
    """
    week_before = day - timedelta(days=7)
    with connected(warehouse) as con:
        bounds = {"day": day, "since": week_before, "top": top}

        def ask(query: str) -> list[dict[str, Any]]:
            used = {name: value for name, value in bounds.items() if f"${name}" in query}
            con.execute(query, used)
            return _records(con)

        totals = ask(
            """
            SELECT
                coalesce(sum(events) FILTER (day = $day), 0) AS events,
                coalesce(sum(mentions) FILTER (day = $day), 0) AS mentions,
                coalesce(sum(deaths) FILTER (day = $day), 0) AS deaths,
                coalesce(sum(injuries) FILTER (day = $day), 0) AS injuries,
                coalesce(sum(events) FILTER (day < $day), 0) / 7.0 AS mean_events_week_before
            FROM daily_events WHERE day BETWEEN $since AND $day
            """
        )[0]

        def by(column: str) -> list[dict[str, Any]]:
            return ask(
                f"""
                SELECT {column}, coalesce(sum(events) FILTER (day = $day), 0) AS events,
                    coalesce(sum(events) FILTER (day < $day), 0) / 7.0 AS mean_events_week_before
                FROM daily_events
                WHERE day BETWEEN $since AND $day AND {column} IS NOT NULL
                GROUP BY ALL HAVING coalesce(sum(events) FILTER (day = $day), 0) > 0
                ORDER BY events DESC, {column} LIMIT $top
                """
            )

        return {
            "day": day.isoformat(),
            "totals": totals,
            "types": by("event_type"),
            "countries": by("country"),
            "events": ask(
                """
                SELECT e.event_id, e.event_type, e.event_mode, e.actor_name, e.actor_country,
                    e.recipient_name, e.recipient_country, e.place_name, e.country, e.certainty,
                    e.attributed_to, e.deaths, e.injuries, e.goldstein, e.mention_count,
                    e.story_count, e.article_count, e.source_count, e.confidence,
                    m.sentence_text, a.title, a.source, a.url
                FROM events AS e
                INNER JOIN event_mentions AS m ON m.mention_id = e.mention_id
                INNER JOIN articles AS a ON a.article_id = e.article_id
                WHERE e.day = $day AND e.is_factual
                ORDER BY e.source_count DESC, e.story_count DESC, e.article_count DESC,
                    e.confidence DESC, e.event_id
                LIMIT $top
                """
            ),
            "stories": ask(
                """
                SELECT d.story_id, d.title, d.articles, d.sources, d.articles_to_date, d.growth,
                    d.age_days, d.mentions
                FROM daily_stories AS d WHERE d.day = $day
                ORDER BY d.sources DESC, d.articles DESC, d.mentions DESC, d.story_id LIMIT $top
                """
            ),
            "dyads": ask(
                """
                SELECT actor_country, recipient_country, events, net_cooperation, mean_goldstein,
                    deaths
                FROM daily_dyads WHERE day = $day AND actor_country <> recipient_country
                ORDER BY events DESC, actor_country, recipient_country LIMIT $top
                """
            ),
        }


def _row(con: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    row = con.execute(query).fetchone()
    assert row is not None
    return row


def _records(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Return the rows of the last query as dictionaries of plain values."""
    names = [column[0] for column in con.description or []]
    return [
        {name: _plain(value) for name, value in zip(names, row, strict=True)}
        for row in con.fetchall()
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat() + "Z"
    if isinstance(value, date):
        return value.isoformat()
    return value
