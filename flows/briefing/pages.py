"""The folder of briefings: one page a day, and one over all days.

Each page says in its head what it was made of, a hash of the rows; so what is old is found without
a state beside the pages, also after a run that was killed between publishing and writing.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from flows import progress
from flows.briefing import page, words
from flows.briefing.folder import existing
from warehouse import briefing, query

INDEX = "index.html"


@dataclass
class Written:
    """What has been written.

    Attributes:
        folder: Where the pages are.
        pages: The pages of days, oldest first.
        left: Days that could have had a page, but for the limit.
    """

    folder: Path
    pages: list[Path] = field(default_factory=list)
    left: list[date] = field(default_factory=list)

    @property
    def index(self) -> Path:
        """The page over all days."""
        return self.folder / INDEX


def newest_day(warehouse: Path, today: date) -> date | None:
    """Return the last day up to `today` that has articles, else the first after it; None for none.

    Raises `warehouse.connect.WarehouseError` where there is no warehouse that can be read.
    """
    days = [row["day"] for row in briefing.days(warehouse)]
    past = [day for day in days if day <= today]
    return max(past) if past else min(days, default=None)


def write_one(warehouse: Path, day: date, out: Path) -> bool:
    """Write the page of a day to a file of its own, without links to others.

    Returns whether the warehouse holds anything of that day. Raises
    `warehouse.connect.WarehouseError` and `OSError`.
    """
    with query.connected(warehouse) as con:
        found = briefing.look(con, day)
        names = words.Names.of(briefing.names(con))
        text = page.day_page(
            found, names, warehouse=warehouse, state="", alone=True, nearest=_nearest(con, day)
        )
    _replace(out, text)
    return bool(found.overview["articles"] or found.events)


def refresh(
    warehouse: Path,
    folder: Path,
    wanted: Iterable[date] = (),
    *,
    most: int | None = None,
    anew: bool = False,
    reporter: progress.Reporter | None = None,
) -> Written:
    """Write the pages of `wanted` days, those whose day has changed since, and the index.

    A page looks four weeks back, so days loaded late change the pages after them too.

    Args:
        warehouse: The published warehouse.
        folder: Where the pages are.
        wanted: Days that shall have a page.
        most: How many pages that do not exist yet are written, the newest first.
        anew: Write the wanted pages even where they are as they would be.
        reporter: Told how many pages there are to write, and of each.

    Raises `warehouse.connect.WarehouseError` and `OSError`.
    """
    done = Written(folder)
    have = existing(folder)
    asked = set(wanted)
    with query.connected(warehouse) as con:
        new = sorted(asked - have.keys(), reverse=True)
        if most is not None:
            done.left = sorted(new[most:])
            new = new[:most]
        days = sorted({*have, *new})
        states = briefing.states(con, days)
        linked = [None, *days, None]
        neighbours = {day: (linked[place], linked[place + 2]) for place, day in enumerate(days)}
        due = [
            day
            for day in days
            if have.get(day) != _state(states[day], neighbours[day]) or (anew and day in asked)
        ]
        names = words.Names.of(briefing.names(con)) if due else words.Names()
        shown = reporter if reporter is not None and due else progress.Silent()
        with progress.stage(shown, "brief", len(due), "pages"):
            for day in due:
                text = page.day_page(
                    briefing.look(con, day),
                    names,
                    warehouse=warehouse,
                    state=_state(states[day], neighbours[day]),
                    neighbours=neighbours[day],
                )
                path = folder / f"{day.isoformat()}.html"
                _replace(path, text)
                done.pages.append(path)
                shown.advance(1, day.isoformat())
        text = page.index_page(briefing.days(con), days, warehouse=warehouse)
    if not done.index.exists() or done.index.read_text("utf-8") != text:
        _replace(done.index, text)
    return done


def _state(state: str, neighbours: tuple[date | None, date | None]) -> str:
    return "/".join([state, *(day.isoformat() if day else "" for day in neighbours)])


def _nearest(con: object, day: date) -> date | None:
    days = [row["day"] for row in briefing.days(con)]  # type: ignore[arg-type]
    return min(days, key=lambda other: abs(other - day), default=None)


def _replace(path: Path, text: str) -> None:
    """Write a file whole or not at all, also for who reads it meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
