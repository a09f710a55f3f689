"""Which pages are old, and writing them: one page a day, and one over all days.

Each page says in its head what it was made of, a hash of the rows; so what is old is found without
a state beside the pages, also after a run that was killed between publishing and writing. What
draws is loaded only where there is something to write.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from flows import progress
from flows.briefing.folder import existing, state_of
from warehouse import briefing, query

INDEX = "index.html"


@dataclass
class Written:
    """What has been written.

    Attributes:
        folder: Where the pages are.
        pages: The pages of days, oldest first.
    """

    folder: Path
    pages: list[Path] = field(default_factory=list)

    @property
    def index(self) -> Path:
        """The page over all days."""
        return self.folder / INDEX


def days_with_articles(warehouse: Path, since: date, until: date) -> list[date]:
    """Return the days from `since` to `until` on which articles were published, in order.

    Raises `warehouse.connect.WarehouseError` where there is no warehouse that can be read.
    """
    rows = briefing.days(warehouse)
    return [row["day"] for row in rows if row["articles"] and since <= row["day"] <= until]


def has(warehouse: Path, day: date) -> bool:
    """Return whether an article was published or an event happened on a day."""
    return any(row["day"] == day for row in briefing.days(warehouse))


def newest_day(warehouse: Path, today: date) -> date | None:
    """Return the last day up to `today` that has articles, else the first after it; None for none.

    Raises as `days_with_articles` does.
    """
    days = days_with_articles(warehouse, date.min, date.max)
    past = [day for day in days if day <= today]
    return max(past) if past else min(days, default=None)


def write_one(warehouse: Path, day: date, out: Path) -> bool:
    """Write the page of a day to a file of its own, without links to others.

    Returns whether the warehouse holds anything of that day. Raises
    `warehouse.connect.WarehouseError` and `OSError`.
    """
    from flows.briefing import page, words

    with query.connected(warehouse) as con:
        found = briefing.look(con, day)
        days = [row["day"] for row in briefing.days(con)]
        text = page.day_page(
            found,
            words.Names.of(briefing.names(con)),
            warehouse=warehouse,
            state="",
            alone=True,
            nearest=min(days, key=lambda other: abs(other - day), default=None),
        )
    _replace(out, text)
    return not page.is_empty(found)


def refresh(
    warehouse: Path,
    folder: Path,
    wanted: Iterable[date] = (),
    *,
    anew: bool = False,
    reporter: progress.Reporter | None = None,
) -> Written:
    """Write the pages of `wanted` days, those whose day has changed since, and the index.

    A page looks four weeks back, so days loaded late change the pages after them too.

    Args:
        warehouse: The published warehouse.
        folder: Where the pages are.
        wanted: Days that shall have a page.
        anew: Write the wanted pages even where they are as they would be.
        reporter: Told how many pages there are to write, and of each.

    Raises `warehouse.connect.WarehouseError` and `OSError`.
    """
    done = Written(folder)
    have, asked = existing(folder), set(wanted)
    days = sorted({*have, *asked})
    with query.connected(warehouse) as con:
        states = briefing.states(con, days)
        linked = [None, *days, None]
        neighbours = {day: (linked[place], linked[place + 2]) for place, day in enumerate(days)}
        wanted_states = {day: _state(states[day], neighbours[day]) for day in days}
        due = [
            day for day in days if have.get(day) != wanted_states[day] or (anew and day in asked)
        ]
        if due:
            from flows.briefing import page, words

            names = words.Names.of(briefing.names(con))
            shown = reporter or progress.Silent()
            with progress.stage(shown, "brief", len(due), "pages"):
                for day in due:
                    text = page.day_page(
                        briefing.look(con, day),
                        names,
                        warehouse=warehouse,
                        state=wanted_states[day],
                        neighbours=neighbours[day],
                    )
                    path = folder / f"{day.isoformat()}.html"
                    _replace(path, text)
                    done.pages.append(path)
                    shown.advance(1, day.isoformat())
        if days or folder.exists():
            _refresh_index(warehouse, done.index, briefing.days(con), days)
    return done


def _refresh_index(
    warehouse: Path, path: Path, rows: Sequence[dict[str, Any]], pages: Sequence[date]
) -> None:
    listed = [row for row in rows if row["articles"] or row["day"] in set(pages)]
    state = hashlib.md5(repr((listed, pages)).encode(), usedforsecurity=False).hexdigest()
    if state_of(path) != state:
        from flows.briefing import page

        _replace(path, page.index_page(listed, pages, warehouse=warehouse, state=state))


def _state(state: str, neighbours: tuple[date | None, date | None]) -> str:
    return "/".join([state, *(day.isoformat() if day else "" for day in neighbours)])


def _replace(path: Path, text: str) -> None:
    """Write a file whole or not at all, also for who reads it meanwhile.

    A link stays one, and what is no file, such as a pipe, is written to as it is.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")  # a folder is an error that names it
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from error
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
