"""Write tables of a published warehouse to files that other programs read.

Parquet and CSV are partitioned by day as Hive does, `events/day=2024-05-13/data_0.parquet`, where a
table has a day; so a program that wants a period opens only its folders. Arrow is one IPC file a
table, in which compression is left to the reader's disk.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse import lake
from warehouse.connect import SAFE, WarehouseError, is_lake, literal, open_published

if TYPE_CHECKING:
    import duckdb

FORMATS = ("parquet", "csv", "arrow")

DAYS = {
    "events": "day",
    "articles": "coalesce(publish_date, CAST(published_at AS DATE))",
    "stories": "CAST(first_published AS DATE)",
    "event_mentions": "event_date",
    "dumps": "CAST(loaded_at AS DATE)",
    "gdelt_events": "strptime(CAST(SQLDATE AS VARCHAR), '%Y%m%d')::DATE",
    "icews_events": '"Event Date"',
    "polecat_events": '"Event Date"',
}
"""The day of a row, for tables that are not daily; others come whole."""

DEFAULT = (
    "events", "event_mentions", "stories", "articles", "event_types", "actors", "places",
    "daily_events", "daily_dyads", "daily_actors", "daily_places", "daily_stories", "daily_ingest",
)  # fmt: skip
"""What is exported where nothing else is asked for."""


class UnknownTableError(WarehouseError):
    """A table or view was named that the warehouse does not have."""


@dataclass(frozen=True, slots=True)
class Exported:
    """One table, written: its rows, and the files of it."""

    table: str
    rows: int
    files: int


def export(
    path: Path,
    folder: Path,
    tables: Sequence[str] = DEFAULT,
    *,
    format: str = "parquet",
    since: date | None = None,
    until: date | None = None,
) -> Iterator[Exported]:
    """Write tables or views of the warehouse at `path` into `folder`, one after the other.

    `since` and `until` bound the days, both included; tables without a day come whole. What an
    earlier export left of a table goes first: all of it without bounds, else only the days
    within. Rows without a day are in `day=__HIVE_DEFAULT_PARTITION__`, left out with bounds.

    Raises `UnknownTableError`, and what `connect.open_published` raises, before anything is
    written.
    """
    with open_published(path) as con:
        known = _columns(con)
    unknown = [name for name in tables if name not in known]
    if unknown:
        raise UnknownTableError(
            f"{path} has no table or view {', '.join(unknown)}. There are: "
            f"{', '.join(sorted(known))}."
        )
    folder.mkdir(parents=True, exist_ok=True)
    folder = folder.resolve()
    with _writer(path, folder) as con:
        for name in tables:
            day = DAYS.get(name, "day" if name.startswith("daily_") else None)
            selected, bounds = _selected(name, day, known[name], since, until)
            target = folder / name
            if format == "arrow":
                yield _arrow(con, name, selected, bounds, folder / f"{name}.arrow")
                continue
            _clear(target, day, since, until)
            target.mkdir(exist_ok=True)
            row = con.execute(f"SELECT count(*) FROM ({selected})", bounds).fetchone()
            rows = 0 if row is None else int(row[0])
            if rows:
                _copy(con, selected, bounds, target, format, day is not None)
            yield Exported(name, rows, sum(1 for _ in target.rglob(f"*.{format}")))


def _columns(con: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for table, column in con.execute(
        "SELECT table_name, column_name FROM duckdb_columns()"
        " WHERE database_name = current_database() AND schema_name = 'main' AND NOT internal"
        " ORDER BY table_name, column_index"
    ).fetchall():
        found.setdefault(table, []).append(column)
    return found


def _writer(path: Path, folder: Path) -> duckdb.DuckDBPyConnection:
    """Open the warehouse read-only in a session that writes into `folder` and nothing else.

    A warehouse of somebody else's may have views that read files: these must not come along.
    """
    import duckdb

    if is_lake(path):
        con = lake.open_published(path, folders=[folder.resolve()])
        con.execute("SET preserve_insertion_order = false")
        con.execute("SET lock_configuration = true")
        return con
    con = duckdb.connect(
        config={name: value for name, value in SAFE.items() if name != "enable_external_access"}
    )
    con.execute(f"ATTACH {literal(path)} AS published (READ_ONLY)")
    con.execute("SET TimeZone = 'UTC'")
    con.execute("SET preserve_insertion_order = false")
    con.execute("SET allowed_directories = [?]", [str(folder.resolve())])
    con.execute("SET enable_external_access = false")
    # Only now: a macro of the warehouse's could stand in for a function used above.
    con.execute("USE published")
    con.execute("SET lock_configuration = true")
    return con


def _selected(
    name: str, day: str | None, columns: Sequence[str], since: date | None, until: date | None
) -> tuple[str, dict[str, date]]:
    """Return the query for a table's rows within the bounds, the day first, and its parameters."""
    if day is None:
        return f"SELECT * FROM {name}", {}
    first = "*" if "day" in columns else f"{day} AS day, *"
    bounds = {"since": since, "until": until}
    used = {key: value for key, value in bounds.items() if value is not None}
    sign = {"since": ">=", "until": "<="}
    where = " AND ".join(f"{day} {sign[key]} ${key}" for key in used)
    return f"SELECT {first} FROM {name}" + (f" WHERE {where}" if where else ""), used


def _copy(
    con: duckdb.DuckDBPyConnection,
    selected: str,
    bounds: dict[str, date],
    target: Path,
    format: str,
    by_day: bool,
) -> None:
    options = ["FORMAT parquet, COMPRESSION zstd" if format == "parquet" else "FORMAT csv, HEADER"]
    where = target
    if by_day:
        # One file a day, since writers of a day would otherwise be as many as threads.
        options.append("PARTITION_BY (day), OVERWRITE_OR_IGNORE")
        selected = f"SELECT * FROM ({selected}) ORDER BY day"
    else:
        where = target / f"data_0.{format}"
    con.execute(f"COPY ({selected}) TO {literal(where)} ({', '.join(options)})", bounds)


def _arrow(
    con: duckdb.DuckDBPyConnection,
    name: str,
    selected: str,
    bounds: dict[str, date],
    target: Path,
) -> Exported:
    """Write a table as one Arrow IPC file, a batch at a time."""
    import pyarrow as pa

    reader = con.execute(selected, bounds).to_arrow_reader(100_000)
    rows = 0
    with pa.OSFile(str(target), "wb") as sink, pa.ipc.new_file(sink, reader.schema) as writer:
        for batch in reader:
            writer.write_batch(batch)
            rows += batch.num_rows
    return Exported(name, rows, 1)


def _clear(target: Path, day: str | None, since: date | None, until: date | None) -> None:
    """Remove what an earlier export left of a table, within the bounds."""
    # Nothing but what an export writes: the folder may hold files of somebody's own.
    for file in target.glob("data_*.*"):
        if file.suffix in (".parquet", ".csv"):
            file.unlink()
    if day is None:
        return
    is_bounded = since is not None or until is not None
    for part in target.glob("day=*"):
        found = part.name.removeprefix("day=")
        is_within = str(since or found) <= found <= str(until or found)
        if is_bounded and not (_DATE.fullmatch(found) and is_within):
            continue
        for file in part.glob("data_*.*"):
            file.unlink()
        with suppress(OSError):  # it holds something else
            part.rmdir()


_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
