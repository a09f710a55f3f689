"""Schema versions: make a new warehouse, bring an older one forward, refuse a newer one.

`tables/` and `aggregates/` say what the newest schema is; a new file is made from them. An older
file gets every migration above its version, in order, forward only. `migrations/NNNN_name.sql`
brings a file from version NNNN - 1 to NNNN; the highest number is the version of this program.
Views, macros and reference tables carry no data of their own, so they are not migrated but written
anew whenever their text changed.
"""

from __future__ import annotations

import csv
import hashlib
import re
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.connect import (
    NewerWarehouseError,
    NotAWarehouseError,
    is_lake,
    section,
    sql_files,
    transaction,
)

if TYPE_CHECKING:
    import duckdb


_UNKNOWN_TO_LAKES = re.compile(r"COMMENT ON (MACRO|COLUMN)\b")


@cache
def migrations() -> list[tuple[int, str, str]]:
    """Return (version, name, SQL) of every migration, in order."""
    found = [
        (int(name.partition("_")[0]), name.partition("_")[2], text)
        for name, text in sql_files("migrations")
    ]
    assert [number for number, _, _ in found] == list(range(1, len(found) + 1))
    return found


def newest() -> int:
    """Return the schema version of this program."""
    return migrations()[-1][0]


def current(con: duckdb.DuckDBPyConnection) -> int | None:
    """Return the schema version of an open file; `None` where it is not a warehouse."""
    marked = con.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE database_name = current_database()"
        " AND schema_name = 'main' AND table_name = 'schema_version' AND NOT temporary"
    ).fetchone()
    if not marked or not marked[0]:
        return None
    row = con.execute("SELECT max(version) FROM schema_version").fetchone()
    return None if row is None else row[0]


def is_older(path: Path) -> bool:
    """Return whether a warehouse has an older schema than the newest. Raises what `check` does."""
    from warehouse.connect import open_published

    con = open_published(path)
    try:
        return check(con, path) < newest()
    finally:
        con.close()


def check(con: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Return the schema version of an open file.

    Raises `NotAWarehouseError` where it has none and `NewerWarehouseError` where it is newer than
    this program.
    """
    found = current(con)
    if found is None:
        raise NotAWarehouseError(
            f"{path} is a DuckDB file but not a newsmill warehouse. Name another file with "
            "--warehouse."
        )
    if found > newest():
        raise NewerWarehouseError(
            f"{path} was made by a newer newsmill (schema version {found}; this one knows "
            f"{newest()}). Upgrade newsmill (pip install --upgrade newsmill), or restore an older "
            "version of the file."
        )
    return int(found)


def migrate(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Bring an open file to the newest schema; an empty file is made new.

    Each migration is a transaction (DuckDB alters no table that the same one has updated), so an
    error leaves the file at a whole version.

    Raises `NotAWarehouseError` where the file holds other tables, and `NewerWarehouseError`.
    """
    if current(con) is None and _is_empty(con):
        with transaction(con):
            _create(con)
    for number, name, statements in migrations()[check(con, path) :]:
        with transaction(con):
            con.execute(statements)
            _record(con, number, name)
    with transaction(con):
        _define(con, is_lake(path))


def program_version() -> str | None:
    """Return newsmill's version; `None` where it is not installed as a package."""
    try:
        return version("newsmill")
    except PackageNotFoundError:
        return None


def _is_empty(con: duckdb.DuckDBPyConnection) -> bool:
    row = con.execute(
        "SELECT count(*) FROM duckdb_tables()"
        " WHERE database_name = current_database() AND NOT temporary"
    ).fetchone()
    return row is not None and row[0] == 0


def _create(con: duckdb.DuckDBPyConnection) -> None:
    for folder in ("tables", "aggregates"):
        for _, text in sql_files(folder):
            con.execute(section(text, ""))
    _record(con, newest(), "new")


def _record(con: duckdb.DuckDBPyConnection, number: int, name: str) -> None:
    con.execute(
        "INSERT INTO schema_version VALUES (?, ?, ?, ?, NULL)",
        [number, name, datetime.now(UTC).replace(tzinfo=None), program_version()],
    )


def _define(con: duckdb.DuckDBPyConnection, without_comments: bool) -> None:
    """Write views, macros and reference tables, unless the file has just these already."""
    countries = files("warehouse").joinpath("reference", "countries.csv").read_text("utf-8")
    views = dict(sql_files("views"))
    digest = hashlib.sha256("\0".join([countries, *views.values()]).encode()).hexdigest()
    row = con.execute(
        "SELECT definitions FROM schema_version ORDER BY version DESC LIMIT 1"
    ).fetchone()
    if row is not None and row[0] == digest:
        return
    # Views may use the shared macros, so these come first.
    for text in (views.pop("keys"), *views.values()):
        for statement in con.extract_statements(text):
            # A lake has no comments on macros and on columns of views.
            if not (without_comments and _UNKNOWN_TO_LAKES.match(statement.query.lstrip())):
                con.execute(statement)
    lines = [line for line in countries.splitlines() if not line.startswith("#")]
    con.execute("DELETE FROM countries")
    con.execute(
        "INSERT INTO countries BY NAME"
        " SELECT country, nullif(alpha2, '') AS alpha2, name, nullif(fips, '') AS fips,"
        " nullif(cameo, '') AS cameo, CAST(nullif(cow, '') AS SMALLINT) AS cow"
        " FROM (SELECT unnest(?, recursive := true))",
        [list(csv.DictReader(lines))],
    )
    con.execute(
        "UPDATE schema_version SET definitions = ?"
        " WHERE version = (SELECT max(version) FROM schema_version)",
        [digest],
    )
