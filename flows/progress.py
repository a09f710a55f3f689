"""Progress of long work: a bar on a terminal, an artifact on a Prefect server, or nothing.

The flow reports to whatever `reporting()` has installed; it does not know who is looking.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    from uuid import UUID

    from rich.progress import TaskID


class Reporter(Protocol):
    """Somebody who wants to know how far a run is."""

    def begin(self, stage: str, total: int | None, unit: str) -> None:
        """Start `stage`, which has `total` units of work (`None`: not known)."""

    def advance(self, done: int, note: str = "") -> None:
        """`done` more units of the current stage are finished."""

    def end(self) -> None:
        """Finish the current stage."""


class Silent:
    """Reports nothing."""

    def begin(self, stage: str, total: int | None, unit: str) -> None:
        """Do nothing."""

    def advance(self, done: int, note: str = "") -> None:
        """Do nothing."""

    def end(self) -> None:
        """Do nothing."""


class Bars:
    """One bar a stage on standard error: what, how far, how fast, how long still."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self._progress = Progress(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description:<12}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[unit]}"),
            TextColumn("[dim]{task.fields[rate]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(compact=True, elapsed_when_finished=False),
            console=Console(stderr=True, file=sys.stderr),
        )
        self._stages: list[TaskID] = []
        self._progress.start()

    def begin(self, stage: str, total: int | None, unit: str) -> None:
        """Add a bar for `stage`, below that of the stage that it is part of."""
        self._stages.append(self._progress.add_task(stage, total=total, unit=unit, rate=""))

    def advance(self, done: int, note: str = "") -> None:
        """Move the current bar."""
        if not self._stages:
            return
        current = self._stages[-1]
        self._progress.advance(current, done)
        task = next(t for t in self._progress.tasks if t.id == current)
        speed = task.completed / task.elapsed if task.elapsed else 0.0
        self._progress.update(current, rate=note or (f"{speed:,.0f}/s" if speed >= 1 else ""))

    def end(self) -> None:
        """Fill the current bar; one of a stage within a stage goes, for there may be many."""
        if not self._stages:
            return
        current = self._stages.pop()
        if self._stages:
            self._progress.remove_task(current)
            return
        task = next(t for t in self._progress.tasks if t.id == current)
        total = max(task.completed, 1) if task.total is None else task.total
        self._progress.update(current, total=total, completed=total)
        self._progress.stop_task(current)

    def close(self) -> None:
        """Leave the bars on the screen as they are."""
        self._progress.stop()


class Artifact:
    """A progress artifact on a Prefect server, one a stage.

    It is told of progress every two seconds at most; a server that does not take it is left alone
    for a minute, since nothing that is done depends on it.
    """

    def __init__(self) -> None:
        self._stages: list[_Shown] = []
        self._not_before = 0.0

    def begin(self, stage: str, total: int | None, unit: str) -> None:
        """Create the stage's artifact."""
        from prefect.artifacts import create_progress_artifact

        shown = _Shown(stage, total, unit)
        self._stages.append(shown)

        def create() -> None:
            created = create_progress_artifact(
                progress=0.0,
                key=f"nightly-{stage.lower().replace(' ', '-')}",
                description=shown.description(),
            )
            shown.id = cast("UUID", created)  # a coroutine only where called from one

        self._tell(create)

    def advance(self, done: int, note: str = "") -> None:
        """Update the artifact, where the last time was long enough ago."""
        if self._stages:
            shown = self._stages[-1]
            shown.done += done
            if time.monotonic() >= max(self._not_before, shown.told + TOLD_SECONDS):
                self._update(shown, note)

    def end(self) -> None:
        """Set the artifact to a hundred per cent."""
        if self._stages:
            shown = self._stages.pop()
            shown.done = shown.total or shown.done
            self._update(shown, "", ended=True)

    def _update(self, shown: _Shown, note: str, *, ended: bool = False) -> None:
        from prefect.artifacts import update_progress_artifact

        if shown.id is None or not (shown.total or ended):
            return
        percent = 100.0 if ended else min(100.0, 100.0 * shown.done / (shown.total or 1))
        shown.told = time.monotonic()
        self._tell(
            lambda: update_progress_artifact(
                artifact_id=cast("UUID", shown.id),
                progress=percent,
                description=shown.description(note),
            )
        )

    def _tell(self, call: Callable[[], Any]) -> None:
        if time.monotonic() < self._not_before:
            return
        try:
            call()
        except Exception:  # whatever a server that is gone makes of it
            self._not_before = time.monotonic() + SILENT_SECONDS


TOLD_SECONDS = 2.0
SILENT_SECONDS = 60.0


@dataclass
class _Shown:
    """A stage whose progress a server shows."""

    name: str
    total: int | None
    unit: str
    done: int = 0
    begun: float = field(default_factory=time.monotonic)
    told: float = 0.0
    id: UUID | None = None

    def description(self, note: str = "") -> str:
        """Say what, how much of how much, how fast, and how long still."""
        if self.total is None:
            return self.name
        words = f"{self.name}: {self.done:,} of {self.total:,} {self.unit}"
        took = time.monotonic() - self.begun
        if self.done and took >= 1:
            left = took * (self.total - self.done) / self.done
            words += f", {self.done / took:,.1f}/s"
            words += f", {timedelta(seconds=round(left))} left" if self.done < self.total else ""
        return f"{words} ({note})" if note else words


_reporter: ContextVar[Reporter | None] = ContextVar("newsmill_reporter", default=None)


@contextmanager
def shown(*, wanted: bool = True) -> Iterator[Reporter]:
    """Give bars on standard error where that is a terminal and they are `wanted`, else silence."""
    if not (wanted and sys.stderr.isatty()):
        yield Silent()
        return
    bars = Bars()
    try:
        yield bars
    finally:
        bars.close()


@contextmanager
def reporting(reporter: Reporter) -> Iterator[None]:
    """Send progress to `reporter` inside the block."""
    token = _reporter.set(reporter)
    try:
        yield
    finally:
        _reporter.reset(token)


def current() -> Reporter | None:
    """Return the reporter that `reporting` installed, if any."""
    return _reporter.get()


def for_server() -> Reporter:
    """Return a reporter for a run that nobody watches on a terminal.

    Where the run is tracked by a real server its progress becomes an artifact.
    """
    return Artifact() if os.environ.get("PREFECT_API_URL") else Silent()


@contextmanager
def stage(reporter: Reporter, name: str, total: int | None, unit: str) -> Iterator[None]:
    """Report the block as one stage of work."""
    reporter.begin(name, total, unit)
    yield
    reporter.end()
