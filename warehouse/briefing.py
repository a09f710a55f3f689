"""What a briefing says of a day: each question a query of its own in `briefings/`.

The queries stand on a page beside what they found, so each is whole: it takes the day and nothing
else, but for those that look further into what another found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.connect import sql
from warehouse.query import connected

if TYPE_CHECKING:
    import duckdb

Row = dict[str, Any]

QUESTIONS = (
    "overview", "history", "top_stories", "places", "dyads", "actors", "countries", "changes",
    "quality", "loads",
)  # fmt: skip
"""The queries that need nothing but the day."""

BEFORE = timedelta(days=28)
"""How long before a day still counts for what its briefing says."""


@dataclass(frozen=True)
class Day:
    """What the warehouse says of a day.

    Attributes:
        day: The day.
        found: The rows of each of `QUESTIONS`, by its name.
        stories: Of each thread in `found["top_stories"]` the ids of events that it tells.
        events: The day's factual events and those of `stories`, the most widely told first.
        evidence: Of the events in `shown` up to three mentions each, from different stories.
        shown: The ids of the events that have evidence: the most widely told of all, and of each
            place, dyad, actor and country.
    """

    day: date
    found: Mapping[str, list[Row]]
    stories: Mapping[str, list[str]]
    events: list[Row]
    evidence: Mapping[str, list[Row]]
    shown: Collection[str]

    @property
    def overview(self) -> Row:
        """The one row of `overview`."""
        return self.found["overview"][0]


def query_text(name: str, day: date | None = None) -> str:
    """Return a query as a person would type it: with the day in place of its parameter."""
    query = sql("briefings", name).partition("\n\n")[2].strip()
    return query if day is None else query.replace("$day", f"DATE '{day.isoformat()}'")


def question(name: str) -> str:
    """Return what a query asks, from the first line of its file."""
    first = sql("briefings", name).partition("\n")[0]
    return first.removeprefix("--").partition(":")[2].strip()


def look(
    warehouse: Path | duckdb.DuckDBPyConnection, day: date, *, evidence: int = 400, each: int = 3
) -> Day:
    """Return what a briefing says of `day`.

    Evidence comes for the `evidence` most widely told events, and for `each` events of every
    place, dyad, actor, country and top story that is named.
    """
    with connected(warehouse) as con:
        found = {name: _ask(con, name, {"day": day}) for name in QUESTIONS}
        threads = [row["thread_id"] for row in found["top_stories"]]
        told = _ask(con, "top_story_events", {"day": day, "threads": threads})
        more = sorted({row["event_id"] for row in told})
        events = _ask(con, "events", {"day": day, "more": more})
        shown = {*(row["event_id"] for row in events[:evidence]), *more, *_of_each(events, each)}
        mentions = _ask(con, "evidence", {"events": sorted(shown)})
    return Day(
        day,
        found,
        _grouped(told, "thread_id", "event_id"),
        events,
        _grouped(mentions, "event_id"),
        shown,
    )


def _of_each(events: Iterable[Row], each: int) -> set[str]:
    """Return the first `each` events of every place, pair of countries, actor and country."""
    taken: dict[tuple[Any, ...], int] = {}
    ids = set()
    for event in events:
        for group in (
            ("place", event["place_id"]),
            ("dyad", event["actor_country"], event["recipient_country"]),
            ("actor", event["actor_id"]),
            ("actor", event["recipient_id"]),
            ("type", event["country"], event["event_type"]),
        ):
            if taken.get(group, 0) < each:
                taken[group] = taken.get(group, 0) + 1
                ids.add(event["event_id"])
    return ids


def _grouped(rows: Iterable[Row], by: str, only: str | None = None) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = {}
    for row in rows:
        groups.setdefault(row[by], []).append(row if only is None else row[only])
    return groups


def _ask(con: duckdb.DuckDBPyConnection, name: str, bounds: Mapping[str, Any]) -> list[Row]:
    con.execute(sql("briefings", name), dict(bounds))
    columns = [column[0] for column in con.description or []]
    return [dict(zip(columns, row, strict=True)) for row in con.fetchall()]


def days(warehouse: Path | duckdb.DuckDBPyConnection) -> list[Row]:
    """Return every day that has articles, with counts of what was published and what happened."""
    with connected(warehouse) as con:
        return _ask(con, "days", {})


def has(warehouse: Path | duckdb.DuckDBPyConnection, day: date) -> bool:
    """Return whether an article was published or an event happened on a day."""
    with connected(warehouse) as con:
        row = con.execute(
            "SELECT count(*) FROM (SELECT day FROM daily_stories WHERE day = $day"
            " UNION ALL SELECT day FROM daily_events WHERE day = $day)",
            {"day": day},
        ).fetchone()
    return bool(row and row[0])


def names(warehouse: Path | duckdb.DuckDBPyConnection) -> list[Row]:
    """Return what countries and event types are called: `kind`, `code`, `mode`, `name`."""
    with connected(warehouse) as con:
        return _ask(con, "names", {})


def states(warehouse: Path | duckdb.DuckDBPyConnection, days: Iterable[date]) -> dict[date, str]:
    """Return for each day a hash of all that its briefing is made of."""
    with connected(warehouse) as con:
        return {row["day"]: row["state"] for row in _ask(con, "state", {"days": list(days)})}


def published_by(warehouse: Path | duckdb.DuckDBPyConnection, run_id: str) -> list[date]:
    """Return the publication days of the articles that a run loaded, in order."""
    with connected(warehouse) as con:
        return [
            row[0]
            for row in con.execute(
                """
                SELECT DISTINCT coalesce(publish_date, CAST(published_at AS DATE)) AS day
                FROM articles WHERE run_id = ? AND coalesce(publish_date, published_at) IS NOT NULL
                ORDER BY day
                """,
                [run_id],
            ).fetchall()
        ]
