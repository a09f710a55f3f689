"""What a warehouse holds, for tests that compare two."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from warehouse import connect

OF_A_RUN = ("run_id", "loaded_at", "first_loaded", "day_loaded")
"""Columns that say which run and when: they differ where everything else is the same."""


def rows(warehouse: Path, *left_out: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of every table by its name, without what names runs and times.

    `left_out` are further columns. What search knows goes by numbers of its own.
    """
    names = ", ".join(f"'{name}'" for name in (*OF_A_RUN, *left_out))
    with connect.open_published(warehouse) as con:
        tables = con.execute(
            "SELECT table_name FROM duckdb_tables() WHERE NOT internal"
            " AND database_name = current_database()"
            " AND table_name NOT IN ('runs', 'schema_version') AND table_name NOT LIKE 'search%'"
        ).fetchall()
        return {
            table: con.execute(
                f"SELECT COLUMNS(c -> c NOT IN ({names})) FROM {table} ORDER BY ALL"
            ).fetchall()
            for (table,) in tables
        }
