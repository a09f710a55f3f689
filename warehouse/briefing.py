"""What a briefing says of a day: each question a query of its own in `briefings/`.

The queries stand on a page beside what they found, so each is whole: it takes the day and nothing
else, but for those that look further into what another found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.connect import literal, sql
from warehouse.query import connected

if TYPE_CHECKING:
    import duckdb

Row = dict[str, Any]

QUESTIONS = (
    "overview", "history", "top_stories", "places", "dyads", "actors", "countries", "changes",
    "quality", "loads",
)  # fmt: skip
"""The queries that need nothing but the day."""

MOST_SHOWN = 2000
"""How many events of a day have their evidence on its page at most."""


@dataclass(frozen=True)
class Day:
    """What the warehouse says of a day.

    Attributes:
        day: The day.
        found: The rows of each of `QUESTIONS`, by its name.
        stories: Of each thread in `found["top_stories"]` the ids of events that it tells.
        events: The day's factual events and those of `stories`, the most widely told first.
        evidence: Of events up to three mentions each, from different stories: of the most widely
            told, and of some of every place, dyad, actor and country in `found`.
        bounds: What was asked with, beside the day: lists of ids by the name of the parameter.
    """

    day: date
    found: Mapping[str, list[Row]]
    stories: Mapping[str, list[str]]
    events: list[Row]
    evidence: Mapping[str, list[Row]]
    bounds: Mapping[str, list[str]]

    @property
    def overview(self) -> Row:
        """The one row of `overview`."""
        return self.found["overview"][0]

    def query(self, name: str) -> str:
        """Return a query as a person would type it: with values in place of its parameters."""
        text = query_text(name, self.day)
        for parameter, ids in self.bounds.items():
            text = text.replace(f"${parameter}", f"[{', '.join(map(literal, ids))}]")
        return text


def query_text(name: str, day: date | None = None) -> str:
    """Return a query with the day in place of its parameter."""
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
    place, dyad, actor, country and top story that is named, of no more than `MOST_SHOWN` in all.
    """
    with connected(warehouse) as con:
        _know_tolls(con)
        found = {name: _ask(con, name, {"day": day}) for name in QUESTIONS}
        threads = [row["thread_id"] for row in found["top_stories"]]
        told = _ask(con, "top_story_events", {"day": day, "threads": threads})
        more = sorted({row["event_id"] for row in told})
        events = _ask(con, "events", {"day": day, "more": more})
        shown = dict.fromkeys(more)
        for row in found["countries"]:
            shown |= dict.fromkeys(row["toll_events"][:each])
        shown |= dict.fromkeys(row["event_id"] for row in events[:evidence])
        shown |= dict.fromkeys(_of_each(events, found, each))
        chosen = sorted([*shown][:MOST_SHOWN])
        mentions = _ask(con, "evidence", {"events": chosen})
    return Day(
        day,
        found,
        _grouped(told, "thread_id", "event_id"),
        events,
        _grouped(mentions, "event_id"),
        {"threads": threads, "more": more, "events": chosen},
    )


def _know_tolls(con: duckdb.DuckDBPyConnection) -> None:
    """Let the connection know the macro `tolls`, which a file of an older newsmill lacks."""
    text = sql("views", "tolls").partition("COMMENT ON")[0]
    con.execute(text.replace("CREATE OR REPLACE MACRO", "CREATE OR REPLACE TEMP MACRO"))


def _of_each(events: Iterable[Row], found: Mapping[str, list[Row]], each: int) -> list[str]:
    """Return the first `each` events of every place, dyad, actor and country that was found."""
    named: set[tuple[Any, ...]] = {("place", row["place_id"]) for row in found["places"]}
    named |= {("dyad", row["actor_country"], row["recipient_country"]) for row in found["dyads"]}
    named |= {("actor", row["actor_id"]) for row in found["actors"]}
    named |= {("change", row["country"], row["event_type"]) for row in found["changes"]}
    for row in found["countries"]:
        named |= {("change", row["country"], kind) for kind in ("PROTEST", "ASSAULT")}
    taken = dict.fromkeys(named, 0)
    ids = []
    for event in events:
        country, kind = event["country"], event["event_type"]
        for group in (
            ("place", event["place_id"]),
            ("dyad", event["actor_country"], event["recipient_country"]),
            ("actor", event["actor_id"]),
            ("actor", event["recipient_id"]),
            ("change", country, kind),
            ("change", country, None),
            ("change", None, kind),
        ):
            if taken.get(group, each) < each:
                taken[group] += 1
                ids.append(event["event_id"])
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
    """Return every day that has articles or events: what was published, what happened."""
    with connected(warehouse) as con:
        return _ask(con, "days", {})


def names(warehouse: Path | duckdb.DuckDBPyConnection) -> list[Row]:
    """Return what countries and event types are called: `kind`, `code`, `mode`, `name`."""
    with connected(warehouse) as con:
        return _ask(con, "names", {})


def states(warehouse: Path | duckdb.DuckDBPyConnection, days: Collection[date]) -> dict[date, str]:
    """Return for each day a hash of all that its briefing is made of."""
    if not days:
        return {}
    with connected(warehouse) as con:
        return {row["day"]: row["state"] for row in _ask(con, "state", {"days": list(days)})}


def published_lately(
    warehouse: Path | duckdb.DuckDBPyConnection, *, days: int, within: int = 7
) -> list[date]:
    """Return the newest `days` publication days of articles that runs have loaded lately.

    Lately is `within` days of the end of the last run that completed.
    """
    with connected(warehouse) as con:
        return [row["day"] for row in _ask(con, "lately", {"within": within, "most": days})]
