"""Load staged frames: Parquet parts in, rows of the warehouse out, in one transaction.

A stage is a folder of folders, one a frame, each with any number of Parquet parts (none, or no
folder, means no rows)::

    stage/dumps/*.parquet        stage/rejects/*.parquet     stage/assignments/*.parquet
    stage/articles/*.parquet     stage/sketches/*.parquet    stage/mentions/*.parquet
    stage/boilerplate/*.parquet  stage/containers/*.parquet  stage/similar/*.parquet
    stage/again/*.parquet        stage/story_terms/*.parquet stage/threads/*.parquet
    stage/updates/*.parquet      stage/recoded/*.parquet

Columns are those of the frames between stages. A column that is missing, or one that no table
keeps, is an error: nothing becomes NULL or is lost in silence.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.connect import StageError, literal, section, sql, transaction

if TYPE_CHECKING:
    import duckdb
    import polars as pl

FRAMES: Mapping[str, str] = {
    "dumps": "dumps",
    "articles": "articles",
    "rejects": "rejects",
    "sketches": "sketches",
    "similar": "similar_texts",
    "again": "similar_texts",
    "assignments": "assignments",
    "mentions": "event_mentions",
    "boilerplate": "boilerplate",
    "containers": "containers",
    "story_terms": "story_terms",
    "threads": "threads",
    "updates": "articles",
    "recoded": "articles",
}
"""Folder of the stage → the table that its columns belong to."""

ASSIGNMENTS: Mapping[str, str] = {
    "article_id": "VARCHAR",
    "story_id": "VARCHAR",
    "is_canonical": "BOOLEAN",
    "similarity": "FLOAT",
    "reason": "VARCHAR",
}
"""Columns of assignments, which become columns of `articles` (`reason` as `story_reason`)."""

AGAIN: Mapping[str, str] = {"text_hash": "VARCHAR"}
"""Columns of texts compared again: pairs that name one are replaced by those staged."""

THREADS: Mapping[str, str] = {
    "story_id": "VARCHAR",
    "thread_id": "VARCHAR",
    "similarity": "FLOAT",
    "reason": "VARCHAR",
}
"""Columns of staged threads, which become columns of `story_terms` (`thread_…`) and `stories`."""

UPDATES: Mapping[str, str] = {
    "article_id": "VARCHAR",
    "version": "INTEGER",
    "update_kind": "VARCHAR",
    "update_marker": "VARCHAR",
    "updates_article_id": "VARCHAR",
}
"""Columns of staged updates, which become columns of `articles`."""

RECODED: Mapping[str, str] = {"article_id": "VARCHAR"}
"""Columns of articles coded anew: what was coded of one is replaced by the mentions staged."""

_EXTRA = {
    "assignments": ASSIGNMENTS, "again": AGAIN, "threads": THREADS, "updates": UPDATES,
    "recoded": RECODED,
}  # fmt: skip
"""Staged frames that are no table of their own."""

_OWN = {
    "dumps": {"run_id", "loaded_at"},
    "articles": {
        "run_id", "loaded_at", "story_id", "is_canonical", "similarity", "story_reason",
        "version", "update_kind", "update_marker", "updates_article_id",
    },
    "rejects": {"run_id"},
    "event_mentions": {"run_id"},
    "boilerplate": {"run_id"},
    "containers": {"run_id"},
    "story_terms": {"thread_id", "thread_similarity", "thread_reason"},
}  # fmt: skip

_DERIVED = ("actors", "places", "calendar", "search_documents", "search_terms")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did.

    `counts` are rows by what happened to them, `days` those whose aggregates it touched, and
    `uncoded` the articles that came to represent their story without having been coded for events,
    because the article that did was replaced.
    """

    counts: dict[str, int]
    days: list[date]
    uncoded: list[str]


def load(
    con: duckdb.DuckDBPyConnection, stage: Path, run: Mapping[str, Any], *, replace: bool = False
) -> Loaded:
    """Load a stage in one transaction and bring every derived table up to date.

    `run` describes the run as in `record_run`; `run["loaded_at"]` (a UTC datetime, default now)
    stamps the new rows. Rows that are there already stay as they are, so loading a stage twice
    changes nothing. Assignments may name articles of earlier nights: their story, canonical mark
    and similarity are updated, mentions of articles that no longer represent a story are removed,
    and the stories, events, actors and places concerned are made anew.

    With `replace`, dumps of the stage that were loaded before are loaded anew: what the warehouse
    has of them goes first. (Stage everything of them then, and leave their articles out of what
    deduplication knows: `history.concerned(…, without_dumps=…)`.)

    Of the articles in `recoded`, which must represent their stories, mentions and rejects of the
    extractor (`extract_failed`) go before those of the stage come, so that they are as if they had
    been coded so from the start.

    Aggregates are left to `aggregate.refresh(con, loaded.days)`.

    Raises `StageError` where the stage does not fit: then nothing is loaded.
    """
    loaded_at = _utc(run.get("loaded_at") or datetime.now(UTC))
    with transaction(con):
        _stage(con, stage)
        con.execute(
            "CREATE OR REPLACE TEMP TABLE current_run AS"
            " SELECT CAST(? AS VARCHAR) AS run_id, CAST(? AS TIMESTAMP) AS loaded_at,"
            " CAST(? AS BOOLEAN) AS replaces",
            [run["run_id"], loaded_at, replace],
        )
        before = {table: _count(con, table) for table in ("stories", "events")}
        for step in (
            "0_replaced", "0_recoded", "1_dumps", "2_articles", "2_updates", "2_threads", "3_gone",
            "3_mentions", "4_touched",
        ):  # fmt: skip
            if step == "3_gone" and not _count(con, "replaced_articles"):
                continue
            con.execute(sql("steps", step))
            if step == "0_replaced":
                _check_assigned(con)
        _check(con, "5_checks")
        _rebuild(con)
        if replace or _count(con, "recoded_articles"):
            con.execute(sql("steps", "7_years_gone"))
        _check(con, "7_checks_derived")
        record_run(con, {"state": "running", **run})
        counts = {
            "dumps": _count(con, "new_dumps"),
            "articles": _count(con, "new_articles"),
            "rejects": _count(con, "new_rejects"),
            "dumps_replaced": _count(con, "replaced_dumps"),
            "articles_reassigned": _count(con, "changed_articles"),
            "mentions": _count(con, "new_mentions"),
            "mentions_removed": _count(con, "removed_mentions"),
            "stories": _count(con, "stories") - before["stories"],
            "stories_touched": _count(con, "touched_stories"),
            "events": _count(con, "events") - before["events"],
            "events_touched": _count(con, "touched_events"),
            "stories_threaded": _count(con, "changed_threads"),
        }
        days = con.execute("SELECT day FROM touched_days ORDER BY day").fetchall()
        uncoded = con.execute(
            "SELECT article_id FROM promoted_articles"
            " WHERE article_id NOT IN (SELECT article_id FROM new_mentions) ORDER BY article_id"
        ).fetchall()
        _drop(con)
    return Loaded(counts, [row[0] for row in days], [row[0] for row in uncoded])


def rebuild(con: duckdb.DuckDBPyConnection) -> None:
    """Make stories, events, dimensions and what search knows anew from articles and mentions.

    For repairs and migrations; loading keeps them up to date by itself.
    """
    with transaction(con):
        con.execute(sql("steps", "0_everything"))
        _rebuild(con)
        _drop(con)


def remember(con: duckdb.DuckDBPyConnection, sketches: pl.DataFrame) -> None:
    """Keep sketches (schema `Remembered`) of texts that were loaded by an older version."""
    con.register("older_sketches", sketches.to_arrow())
    try:
        con.execute("INSERT INTO sketches BY NAME SELECT * FROM older_sketches")
    finally:
        con.unregister("older_sketches")


def record_run(con: duckdb.DuckDBPyConnection, run: Mapping[str, Any]) -> None:
    """Write the row of a run, in place of an earlier row with the same `run_id`.

    Keys are columns of `runs`; `run_id`, `flow`, `started_at` and `state` are needed, datetimes are
    UTC, `counts` and `seconds` map a stage to a number, `parameters` is any mapping that JSON can
    hold. Other keys are not kept.
    """
    if run.get("finished_at") is not None:
        # Never before what is loaded already, whatever the clocks of machines say: mentions are
        # sought by when their run ended (see runs_since).
        row = con.execute("SELECT max(loaded_at) FROM dumps").fetchone()
        if row is not None and row[0] is not None:
            run = {**run, "finished_at": max(_utc(run["finished_at"]), row[0])}
    columns = [name for name in _columns(con, "runs") if run.get(name) is not None]
    values = [_run_value(name, run[name]) for name in columns]
    con.execute("DELETE FROM runs WHERE run_id = ?", [run["run_id"]])
    marks = ", ".join(
        "map_from_entries(CAST(? AS STRUCT(k VARCHAR, v DOUBLE)[]))"
        if name in ("counts", "seconds")
        else "?"
        for name in columns
    )
    con.execute(f"INSERT INTO runs ({', '.join(columns)}) VALUES ({marks})", values)


def replace_event_types(con: duckdb.DuckDBPyConnection, types: pl.DataFrame) -> int:
    """Put the ontology's types in place of those that the warehouse has; return how many.

    `types` has a row a type and, optionally, a row a mode. It must have the columns `event_type`,
    `name` and `quad_class`; `origin` is kept as `source`, columns that the table does not have in
    `properties`. Enum and
    categorical columns arrive as text.

    Raises `StageError` where a needed column is missing or a type and mode come twice.
    """
    if "origin" in types.columns and "source" not in types.columns:
        types = types.rename({"origin": "source"})
    missing = {"event_type", "name", "quad_class"} - set(types.columns)
    if missing:
        raise StageError(f"The event types lack the columns {_listed(missing)}.")
    known = set(_columns(con, "event_types")) - {"properties"}
    arrow = types.to_arrow()
    con.register("staged_event_types", arrow)
    try:
        extra = [name for name in types.columns if name not in known]
        selected = [
            f"CAST({_quoted(name)} AS {kind}) AS {_quoted(name)}"
            for name, kind in _columns(con, "event_types").items()
            if name in types.columns and name in known
        ]
        if extra:
            fields = ", ".join(f"'{name}', {_quoted(name)}" for name in extra)
            selected.append(f"json_object({fields}) AS properties")
        with transaction(con):
            con.execute("DELETE FROM event_types")
            con.execute(
                f"INSERT INTO event_types BY NAME SELECT {', '.join(selected)}"
                " FROM staged_event_types"
            )
            twice = con.execute(
                "SELECT event_type, event_mode FROM event_types"
                " GROUP BY ALL HAVING count(*) > 1 ORDER BY ALL"
            ).fetchall()
            if twice:
                raise StageError(f"Event types come twice: {twice[:5]}.")
    finally:
        con.unregister("staged_event_types")
    return types.height


def _rebuild(con: duckdb.DuckDBPyConnection) -> None:
    """Make what depends on `touched_stories` and `touched_events` anew, in order."""
    for table in ("stories", "threads", "events"):
        con.execute(section(sql("tables", table), "rebuild"))
    con.execute(sql("steps", "6_touched_after"))
    for table in _DERIVED:
        con.execute(section(sql("tables", table), "rebuild"))


def _stage(con: duckdb.DuckDBPyConnection, stage: Path) -> None:
    """Show each staged folder as a temporary view `staged_…` with the types of its table."""
    for folder, table in FRAMES.items():
        if folder in _EXTRA:
            wanted = dict(_EXTRA[folder])
        else:
            own = _OWN.get(table, set())
            wanted = {n: t for n, t in _columns(con, table).items() if n not in own}
        parts = sorted(str(part) for part in (stage / folder).glob("*.parquet"))
        if not parts:
            empty = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in wanted.items())
            con.execute(
                f"CREATE OR REPLACE TEMP VIEW staged_{folder} AS SELECT {empty} WHERE false"
            )
            continue
        source = f"read_parquet([{', '.join(literal(part) for part in parts)}])"
        found = {row[0] for row in con.execute(f"DESCRIBE FROM {source}").fetchall()}
        if found != set(wanted):
            raise StageError(
                f"The staged {folder} do not fit the warehouse: missing"
                f" {_listed(set(wanted) - found)}, unknown {_listed(found - set(wanted))}."
            )
        # With the session in UTC, timestamps with a zone become what they are in UTC.
        cast = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in wanted.items())
        con.execute(f"CREATE OR REPLACE TEMP VIEW staged_{folder} AS SELECT {cast} FROM {source}")


def _check_assigned(con: duckdb.DuckDBPyConnection) -> None:
    twice = con.execute(
        "SELECT article_id FROM staged_assignments GROUP BY ALL HAVING count(*) > 1 LIMIT 5"
    ).fetchall()
    if twice:
        raise StageError(f"Articles have two stories: {_listed({row[0] for row in twice})}.")
    without = con.execute(
        "SELECT article_id FROM ("
        "SELECT article_id FROM staged_articles"
        " WHERE article_id NOT IN (SELECT article_id FROM staged_assignments)"
        ") AS loose ANTI JOIN articles AS a USING (article_id) LIMIT 5"
    ).fetchall()
    if without:
        raise StageError(f"Articles have no story: {_listed({row[0] for row in without})}.")


def _check(con: duckdb.DuckDBPyConnection, step: str) -> None:
    problems = con.execute(sql("steps", step)).fetchall()
    if problems:
        listed = "; ".join(f"{problem}: {key}" for problem, key in problems)
        raise StageError(f"The stage contradicts itself or the warehouse: {listed}.")


def _drop(con: duckdb.DuckDBPyConnection) -> None:
    for (name,) in con.execute("SELECT table_name FROM duckdb_tables() WHERE temporary").fetchall():
        con.execute(f"DROP TABLE temp.{name}")
    for (name,) in con.execute(
        "SELECT view_name FROM duckdb_views() WHERE temporary AND NOT internal"
    ).fetchall():
        con.execute(f"DROP VIEW temp.{name}")


def _columns(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    return dict(
        con.execute(
            "SELECT column_name, data_type FROM duckdb_columns()"
            " WHERE table_name = ? AND schema_name = 'main' AND database_name = current_database()"
            " ORDER BY column_index",
            [table],
        ).fetchall()
    )


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    row = con.execute(f"SELECT count(*) FROM {table}").fetchone()
    return 0 if row is None else int(row[0])


def _run_value(name: str, value: Any) -> Any:
    if name in ("counts", "seconds"):
        return [{"k": str(key), "v": float(number)} for key, number in value.items()]
    if name == "parameters" and not isinstance(value, str):
        return json.dumps(value, default=str)
    return _utc(value) if isinstance(value, datetime) else value


def _utc(moment: datetime) -> datetime:
    """Return the moment in UTC without a zone; one without a zone is taken to be UTC."""
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
