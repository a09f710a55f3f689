"""The days of a backfill: which there are, and which are done. Starts no flow engine.

A day is done when the last completed run of a backfill of its kind for that day has the day's key,
a hash over all that decides the outcome. The warehouse keeps the key with the run, so there is no
state beside it that could be wrong.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows import inputs
from flows.settings import Settings

if TYPE_CHECKING:
    from warehouse.days import Done

DUMPS, STORIES = "dumps", "stories"
"""What is done again: dumps are read again, or stored stories coded again."""


class RangeError(ValueError):
    """Days that cannot be run again; the message says what to do about it."""


@dataclass(frozen=True)
class Day:
    """A day, with its dumps or with a digest of its stories; a day may have neither."""

    day: date
    kind: str
    files: tuple[Path, ...] = ()
    stories: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do on the day."""
        return not self.files and self.stories is None


@dataclass(frozen=True)
class Plan:
    """The days of a backfill in order, and what the warehouse says of them."""

    days: list[Day]
    chosen: Settings
    done: Mapping[date, Done] = field(default_factory=dict)
    _keys: dict[date, str] = field(default_factory=dict)

    def key(self, day: Day) -> str:
        """Return a SHA-256 over all that decides what running the day gives."""
        if day.day not in self._keys:
            self._keys[day.day] = self._key(day)
        return self._keys[day.day]

    def _key(self, day: Day) -> str:
        told = {
            "kind": day.kind,
            "day": day.day.isoformat(),
            "stories": day.stories,
            "dumps": sorted({_digest(file) for file in day.files}),
            **_coder(self.chosen),
        }
        if day.kind == DUMPS:
            told |= {name: getattr(self.chosen, name) for name in ("dump_date", "format", "fields")}
        return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()

    def earlier(self, day: Day) -> Done | None:
        """Return the run that has done the day already, if any."""
        found = self.done.get(day.day)
        return found if found is not None and found.key == self.key(day) else None

    def is_done(self) -> bool:
        """Whether no day is left to do."""
        return all(day.is_empty or self.earlier(day) for day in self.days)


def plan(
    paths: Iterable[Path] | None,
    since: date | None,
    until: date | None,
    chosen: Settings,
    *,
    reextract: bool,
    force: bool,
) -> Plan:
    """Return the days from `since` to `until`; with `force` none of them counts as done.

    With both dates given, days without anything are among them. The user's own knowledge must be
    in use (`additions.use`).

    Raises `RangeError` for a range that is none and where a date is missing,
    `flows.inputs.InputError` for paths that cannot be read, `warehouse.connect.WarehouseError`
    where stories are to be coded and there is no warehouse.
    """
    from transforms.extract import ontology, pipeline
    from warehouse import connect
    from warehouse import days as warehouse_days

    check(since, until, reextract=reextract)
    kind = STORIES if reextract else DUMPS
    if reextract:
        if not connect.exists(chosen.warehouse):
            raise connect.MissingWarehouseError(
                f"{chosen.warehouse} does not exist yet, so it has no stories to code: make it "
                "with `newsmill run`"
            )
        found = {
            day.day: Day(day.day, kind, stories=day.digest)
            for day in warehouse_days.story_days(chosen.warehouse, since, until, chosen.languages)
        }
    else:
        by_day: dict[date, list[Path]] = defaultdict(list)
        given = inputs.expand(inputs.given_or_default(paths, chosen.inbox))
        for file in inputs.within(given, since, until):
            by_day[inputs.day_of(file)].append(file)
        found = {day: Day(day, kind, tuple(files)) for day, files in by_day.items()}
    if since is not None and until is not None:
        days = [found.get(day, Day(day, kind)) for day in _days(since, until)]
    else:
        days = [found[day] for day in sorted(found)]
    done: Mapping[date, Done] = {}
    if not force:
        done = warehouse_days.done(
            chosen.warehouse,
            kind,
            program_version=version("newsmill"),
            model=pipeline.identity(chosen.model),
            ontology=ontology.version(),
        )
    return Plan(days, chosen, done)


def check(since: date | None, until: date | None, *, reextract: bool) -> None:
    """Raise `RangeError` where the dates are no range, or one is missing that is needed."""
    if not reextract and (since is None or until is None):
        raise RangeError(
            "say which days to run again: --since DATE --until DATE (only --reextract can go "
            "without, and then codes all stories)"
        )
    if since is not None and until is not None and since > until:
        raise RangeError(f"--since {since} is after --until {until}: exchange them")


def _days(since: date, until: date) -> Iterator[date]:
    for number in range((until - since).days + 1):
        yield since + timedelta(number)


def _digest(file: Path) -> str:
    """Return the SHA-256 of a dump; one that cannot be read makes a reject of its name."""
    from transforms.read import sha256_of

    try:
        return sha256_of(file)
    except OSError:
        return str(file)


def _coder(chosen: Settings) -> dict[str, Any]:
    """Return what decides how a text is coded."""
    from transforms.extract import ontology, pipeline

    return {
        "program_version": version("newsmill"),
        "model": pipeline.identity(chosen.model),
        "ontology": ontology.version(),
        "languages": chosen.languages,
    }


def entry(
    day: Day, state: str, run: Mapping[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """Return what a backfill's record says of a day; `run` is the record of its run."""
    told: dict[str, Any] = {"run_id": None, "counts": {}, "seconds": 0.0}
    if run is not None:
        seconds = round(sum(run["seconds"].values()), 3)
        told |= {"run_id": run["run_id"], "counts": run["counts"], "seconds": seconds}
    return {"day": day.day.isoformat(), "state": state} | told | more


def untouched(plan: Plan, day: Day) -> dict[str, Any] | None:
    """Return the entry of a day on which nothing is to do; None where there is something."""
    if day.is_empty:
        return entry(day, "nothing")
    earlier = plan.earlier(day)
    return entry(day, "already_done", run_id=earlier.run_id) if earlier else None


def record(
    since: date | None, until: date | None, days: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return the record of a backfill: its state, its days, and their counts together."""
    states = {day["state"] for day in days}
    state = next(
        (each for each in ("failed", "completed", "already_done") if each in states), "nothing"
    )
    counts: dict[str, int] = defaultdict(int)
    for day in days:
        for name, count in day["counts"].items():
            counts[name] += count
    first, last = (days[0]["day"], days[-1]["day"]) if days else (None, None)
    return {
        "state": state,
        "since": since.isoformat() if since else first,
        "until": until.isoformat() if until else last,
        "days": list(days),
        "counts": dict(counts),
        "briefing": None,
    }
