"""Read the published warehouse.

Functions take a path (opened read-only, without external access, for the call) or a connection.
Nothing here imports Polars or Arrow before a function needs it: start-up counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from warehouse.connect import exists, literal, open_published, size

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


LISTING = """
SELECT table_name, comment FROM duckdb_tables()
WHERE NOT internal AND database_name = current_database()
UNION ALL
SELECT view_name, comment FROM duckdb_views()
WHERE NOT internal AND database_name = current_database()
UNION ALL
SELECT function_name || '(…)', any_value(comment) FROM duckdb_functions()
WHERE NOT internal AND function_type = 'table_macro' AND database_name = current_database()
GROUP BY ALL
ORDER BY ALL;
"""
"""Tables, views and table macros of an open warehouse, with their comments."""


def describing(table: str) -> str:
    """Return the statement for the columns of a table or view: name, type, comment."""
    return (
        "SELECT column_name, data_type, comment FROM duckdb_columns() WHERE NOT internal"
        f" AND database_name = current_database() AND table_name = {literal(table)};"
    )


def names(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Return the names of tables, views and columns, and those of table macros with `(`."""
    rows = con.execute(
        "SELECT table_name, column_name FROM duckdb_columns()"
        " WHERE NOT internal AND database_name = current_database()"
    ).fetchall()
    macros = con.execute(
        "SELECT DISTINCT function_name || '(' FROM duckdb_functions() WHERE NOT internal"
        " AND function_type = 'table_macro' AND database_name = current_database()"
    ).fetchall()
    return {name for row in [*rows, *macros] for name in row}


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
    if isinstance(warehouse, Path) and not exists(warehouse):
        return set()
    with connected(warehouse) as con:
        rows = con.execute(
            "SELECT container_sha256 FROM dumps UNION SELECT container_sha256 FROM containers"
        ).fetchall()
    return {row[0] for row in rows}


def last_change(
    warehouse: Path | duckdb.DuckDBPyConnection,
) -> tuple[int, datetime | None]:
    """Return the number of runs and the time of the last: what a run that writes changes.

    Without a warehouse it is that of one that no run has written yet.
    """
    if isinstance(warehouse, Path) and not exists(warehouse):
        return 0, None
    with connected(warehouse) as con:
        row = _row(con, "SELECT count(*), max(coalesce(finished_at, started_at)) FROM runs")
    return row[0], row[1]


def last_run_end(warehouse: Path | duckdb.DuckDBPyConnection) -> datetime | None:
    """Return when the last run on the warehouse ended, UTC; `None` before the first."""
    with connected(warehouse) as con:
        end: datetime | None = _row(con, "SELECT max(finished_at) FROM runs")[0]
    return end and end.replace(tzinfo=UTC)


def known_dumps(warehouse: Path | duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the path of every dump that is loaded, by `dump_id`; empty without a warehouse."""
    if isinstance(warehouse, Path) and not exists(warehouse):
        return {}
    with connected(warehouse) as con:
        return dict(con.execute("SELECT dump_id, path FROM dumps").fetchall())


_TERM_COLUMNS = (
    "story_id", "published_at", "source", "heading", "is_template", "terms", "weights",
)  # fmt: skip


class Past(NamedTuple):
    """What threading needs to know of earlier nights."""

    known: pl.DataFrame
    """Vectors of stories (`story_id`, …, `terms`, `weights`) with `thread_id`."""
    frequencies: pl.DataFrame
    """`term`, `day`, `stories`."""
    totals: pl.DataFrame
    """`day`, `stories`."""
    headings: pl.DataFrame
    """`heading`, `day`: where tonight's headlines recur."""


def known_threads(
    warehouse: Path | duckdb.DuckDBPyConnection,
    tonight: pl.DataFrame,
    *,
    window: int,
    history: int,
    shared: int,
    common: int,
    founders: int = 8,
    without_dumps: Iterable[str] = (),
) -> Past:
    """Return what the warehouse remembers of stories that tonight's may continue.

    `tonight` are vectors of stories. A known story is a candidate where it lies within `window`
    days of tonight's and shares `shared` terms with one of them, terms of more than `common`
    stories and pairs of names not counted. Of each thread with a candidate come its first
    `founders` stories and all within the window. Document frequencies are those of the `history`
    days before tonight's first story up to its last. Stories that only `without_dumps` hold (dumps
    that this run replaces) are left out of everything.
    """
    import polars as pl

    days = tonight["published_at"].drop_nulls().dt.date()
    first, last = (days.min(), days.max()) if len(days) else (date.max, date.min)
    flat = tonight.filter(~pl.col("is_template")).select("story_id", term="terms")
    flat = flat.explode("term", empty_as_null=False, keep_nulls=False)
    bounds = {"first": first, "last": last}
    with connected(warehouse) as con:
        con.register("tonight_terms", flat.to_arrow())
        con.register("tonight_headings", tonight.select("heading").drop_nulls().unique().to_arrow())
        try:
            con.execute(
                """
                CREATE OR REPLACE TEMP TABLE replaced AS
                WITH left_out AS (SELECT unnest(CAST($without AS VARCHAR[])) AS dump_id)
                SELECT story_id FROM articles AS a
                SEMI JOIN left_out AS o ON o.dump_id = a.dump_id
                EXCEPT
                SELECT story_id FROM articles AS a
                ANTI JOIN left_out AS o ON o.dump_id = a.dump_id
                """,
                {"without": list(without_dumps)},
            )
            con.execute(
                """
                CREATE OR REPLACE TEMP TABLE near AS
                SELECT story_id, thread_id, terms FROM story_terms
                WHERE published_at >= $first - to_days($window)
                    AND published_at < $last + to_days($window + 1)
                    AND NOT is_template
                    AND story_id NOT IN (SELECT story_id FROM replaced)
                """,
                bounds | {"window": window},
            )
            con.execute(
                """
                CREATE OR REPLACE TEMP TABLE near_terms AS
                WITH entries AS (SELECT story_id, thread_id, unnest(terms) AS term FROM near)
                SELECT e.* FROM entries AS e
                SEMI JOIN tonight_terms AS t ON t.term = e.term
                WHERE e.term % 2 = 0
                QUALIFY count(*) OVER (PARTITION BY e.term) <= $common
                """,
                {"common": common},
            )
            known = con.execute(
                f"""
                WITH candidates AS (
                    SELECT n.thread_id
                    FROM near_terms AS n
                    INNER JOIN tonight_terms AS t ON t.term = n.term
                    GROUP BY n.story_id, n.thread_id, t.story_id
                    HAVING count(*) >= $shared
                ),
                wanted AS (
                    SELECT thread_id FROM candidates
                    UNION
                    SELECT v.thread_id FROM story_terms AS v
                    SEMI JOIN tonight_terms AS t ON t.story_id = v.story_id
                    WHERE v.story_id NOT IN (SELECT story_id FROM replaced)
                )
                SELECT {", ".join(f"v.{name}" for name in _TERM_COLUMNS)}, v.thread_id
                FROM story_terms AS v
                SEMI JOIN wanted AS w ON w.thread_id = v.thread_id
                WHERE v.story_id NOT IN (SELECT story_id FROM replaced)
                QUALIFY row_number() OVER (
                        PARTITION BY v.thread_id ORDER BY v.published_at NULLS LAST, v.story_id
                    ) <= $founders
                    OR v.published_at BETWEEN $first - to_days($window)
                        AND $last + to_days($window + 1)
                    OR v.story_id IN (SELECT story_id FROM tonight_terms)
                ORDER BY v.story_id
                """,
                bounds | {"shared": shared, "founders": founders, "window": window},
            ).pl()
            needed = pl.concat(
                [flat.select("term"), known.select(term="terms").explode("term")]
            ).unique()
            con.register("needed_terms", needed.drop_nulls().to_arrow())
            since = bounds | {"history": history}
            frequencies = con.execute(
                """
                WITH counted AS (
                    SELECT day, term, stories FROM term_days
                    WHERE day BETWEEN $first - to_days($history) AND $last
                    UNION ALL
                    SELECT CAST(published_at AS DATE), unnest(terms), -1 FROM story_terms
                    WHERE story_id IN (SELECT story_id FROM replaced)
                        AND published_at >= $first - to_days($history)
                        AND published_at < $last + to_days(1)
                )
                SELECT term, day, CAST(sum(stories) AS BIGINT) AS stories
                FROM counted SEMI JOIN needed_terms USING (term)
                GROUP BY ALL HAVING sum(stories) > 0
                ORDER BY term, day
                """,
                since,
            ).pl()
            totals = con.execute(
                """
                SELECT CAST(published_at AS DATE) AS day, count(*) AS stories
                FROM story_terms
                WHERE published_at >= $first - to_days($history)
                    AND published_at < $last + to_days(1)
                    AND story_id NOT IN (SELECT story_id FROM replaced)
                GROUP BY ALL ORDER BY day
                """,
                since,
            ).pl()
            headings = con.execute(
                """
                SELECT DISTINCT heading, CAST(published_at AS DATE) AS day
                FROM story_terms SEMI JOIN tonight_headings USING (heading)
                WHERE published_at >= $first - to_days($history)
                    AND published_at < $last + to_days($history)
                    AND story_id NOT IN (SELECT story_id FROM replaced)
                ORDER BY ALL
                """,
                since,
            ).pl()
        finally:
            for name in ("tonight_terms", "tonight_headings", "needed_terms"):
                con.unregister(name)
    known = known.with_columns(pl.col("published_at").dt.replace_time_zone("UTC"))
    return Past(known, frequencies, totals, headings)


def unthreaded_articles(
    warehouse: Path | duckdb.DuckDBPyConnection,
    since: date,
    until: date,
    *,
    without_dumps: Iterable[str] = (),
    characters: int = 3000,
) -> Iterator[pl.DataFrame]:
    """Yield, some thousand at a time, the canonical articles of stories published in these days of
    which threading remembers nothing: those that an older newsmill loaded.

    Of each come `story_id`, `title`, the first `characters` of `body`, `source`, `published_at`
    (UTC) and `publish_date`.
    """
    import polars as pl

    with connected(warehouse) as con:
        reader = con.execute(
            """
            SELECT
                a.story_id, a.title, left(a.body, $characters) AS body, a.source,
                a.published_at, a.publish_date
            FROM articles AS a
            ANTI JOIN story_terms AS v ON v.story_id = a.story_id
            WHERE a.is_canonical
                AND coalesce(a.publish_date, CAST(a.published_at AS DATE)) BETWEEN $since AND $until
                AND NOT list_contains(CAST($without AS VARCHAR[]), a.dump_id)
            """,
            {
                "since": since,
                "until": until,
                "without": list(without_dumps),
                "characters": characters,
            },
        ).to_arrow_reader(5000)
        for batch in reader:
            found = pl.from_arrow(batch)
            assert isinstance(found, pl.DataFrame)
            yield found.with_columns(pl.col("published_at").dt.replace_time_zone("UTC"))


def known_versions(
    warehouse: Path | duckdb.DuckDBPyConnection,
    stories: Iterable[str],
    headings: pl.DataFrame,
    *,
    hours: int,
    characters: int,
    without_dumps: Iterable[str] = (),
) -> pl.DataFrame:
    """Return what numbering versions needs to know of earlier articles, sorted by article.

    That is the articles of `stories`, and of stories under one of `headings` (`heading`,
    `published_at`) not more than `hours` away. Of each body come the first and last `characters`.
    """
    import polars as pl

    with connected(warehouse) as con:
        con.register("tonight_headings", headings.drop_nulls().to_arrow())
        try:
            found = con.execute(
                """
                WITH wanted AS (
                    SELECT unnest(CAST($stories AS VARCHAR[])) AS story_id
                    UNION
                    SELECT v.story_id
                    FROM story_terms AS v
                    INNER JOIN tonight_headings AS t
                        ON t.heading = v.heading
                        AND abs(date_diff('minute', CAST(t.published_at AS TIMESTAMP),
                            v.published_at)) <= 60 * $hours
                )
                SELECT
                    a.article_id, a.story_id, a.is_canonical, a.title, a.source, a.url,
                    coalesce(a.published_at, CAST(a.publish_date AS TIMESTAMP)) AS published_at,
                    a.text_hash,
                    CAST(len(regexp_extract_all(a.body, '\\S+')) AS INTEGER) AS words,
                    left(a.body, $characters) AS head, right(a.body, $characters) AS tail
                FROM articles AS a
                SEMI JOIN wanted AS w ON w.story_id = a.story_id
                WHERE NOT list_contains(CAST($without AS VARCHAR[]), a.dump_id)
                ORDER BY a.article_id
                """,
                {
                    "stories": list(stories),
                    "hours": hours,
                    "characters": characters,
                    "without": list(without_dumps),
                },
            ).pl()
        finally:
            con.unregister("tonight_headings")
    return found.with_columns(pl.col("published_at").dt.replace_time_zone("UTC"))


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
    with connected(path) as con:
        tables = [
            row[0]
            for row in con.execute(
                "SELECT table_name FROM duckdb_tables()"
                " WHERE database_name = current_database() AND schema_name = 'main'"
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
        "bytes": size(path),
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


def newest_day(warehouse: Path | duckdb.DuckDBPyConnection, run_id: str) -> date | None:
    """Return the last publication day of the articles that a run loaded; None without any."""
    with connected(warehouse) as con:
        row = _row(
            con,
            "SELECT max(coalesce(publish_date, CAST(published_at AS DATE))) FROM articles"
            f" WHERE run_id = {literal(run_id)}",
        )
    found: date | None = row[0]
    return found


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
