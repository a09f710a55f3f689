"""Keep the daily aggregates: for the days that a load touched, or all anew."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from warehouse.connect import section, sql, sql_files, transaction

if TYPE_CHECKING:
    import duckdb

_ALL_DAYS = """
    SELECT day FROM events
    UNION SELECT coalesce(publish_date, CAST(published_at AS DATE)) FROM articles
    UNION SELECT CAST(loaded_at AS DATE) FROM articles
    UNION SELECT CAST(loaded_at AS DATE) FROM dumps
    UNION SELECT CAST(coalesce(finished_at, started_at) AS DATE) FROM runs
"""


def refresh(con: duckdb.DuckDBPyConnection, days: Iterable[date] | None) -> dict[str, int]:
    """Make the rows of every daily table anew for `days`; `None` rebuilds the tables whole.

    Each table is deleted and inserted for those days in one transaction, so the outcome equals a
    rebuild as long as `days` holds every day that changed (`load.Loaded.days`).

    Returns the number of rows of each table for those days.
    """
    with transaction(con):
        con.execute("CREATE OR REPLACE TEMP TABLE touched_days (day DATE)")
        if days is None:
            con.execute(f"INSERT INTO touched_days SELECT * FROM ({_ALL_DAYS}) WHERE day NOT NULL")
        else:
            con.execute(
                "INSERT INTO touched_days SELECT DISTINCT unnest(CAST(? AS DATE[]))",
                [sorted(set(days))],
            )
        con.execute(sql("steps", "8_touched_days"))
        counts = {}
        for name, text in sql_files("aggregates"):
            if days is None:
                con.execute(f"DELETE FROM {name}")
            con.execute(section(text, "refresh"))
            row = con.execute(
                f"SELECT count(*) FROM {name} WHERE day IN (SELECT day FROM touched_days)"
            ).fetchone()
            counts[name] = 0 if row is None else int(row[0])
        con.execute("DROP TABLE touched_days")
        con.execute("DROP TABLE day_reports")
    return counts
