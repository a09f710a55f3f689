"""Warehouses of older versions, made from one of today by taking away what later versions added."""

from __future__ import annotations

import duckdb

_TABLES = {
    6: "search_documents search_terms search_recent",
    4: "similar_texts",
    3: "threads story_terms term_days",
}
_COLUMNS = {
    7: ("events.story_ids",),
    5: ("event_mentions.quantities", "events.quantities"),
    3: (
        "articles.version", "articles.update_kind", "articles.update_marker",
        "articles.updates_article_id", "stories.thread_id", "daily_stories.thread_id",
    ),
    2: ("dumps.offset_unit", "dumps.warnings"),
}  # fmt: skip


def bring_back(con: duckdb.DuckDBPyConnection, version: int, newest: int) -> None:
    """Make an open warehouse what it was at a schema version."""
    for number in range(newest, version, -1):
        for table in _TABLES.get(number, "").split():
            con.execute(f"DROP TABLE {table}")
        for name in _COLUMNS.get(number, ()):
            table, _, column = name.partition(".")
            con.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    con.execute("UPDATE schema_version SET version = ?, definitions = NULL", [version])


def added_since(version: int) -> set[str]:
    """Return the tables that later versions added, remake or fill with the next load."""
    later = {n for number, names in _TABLES.items() if number > version for n in names.split()}
    return later | ({"sketches", "boilerplate", "similar_texts"} if version < 4 else set())


def columns_since(version: int) -> set[str]:
    """Return the columns, `table.column`, that later versions added."""
    return {name for number, names in _COLUMNS.items() if number > version for name in names}
