"""Progress of long work: a bar on a terminal, an artifact on a Prefect server, or nothing.

The flow reports to whatever `reporting()` has installed; it does not know who is looking.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol, cast

from flows import tracking

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
        self._task: TaskID | None = None
        self._progress.start()

    def begin(self, stage: str, total: int | None, unit: str) -> None:
        """Add a bar for `stage`."""
        self._task = self._progress.add_task(stage, total=total, unit=unit, rate="")

    def advance(self, done: int, note: str = "") -> None:
        """Move the current bar."""
        if self._task is None:
            return
        self._progress.advance(self._task, done)
        task = next(t for t in self._progress.tasks if t.id == self._task)
        speed = task.completed / task.elapsed if task.elapsed else 0.0
        self._progress.update(self._task, rate=note or (f"{speed:,.0f}/s" if speed >= 1 else ""))

    def end(self) -> None:
        """Fill the current bar."""
        if self._task is None:
            return
        task = next(t for t in self._progress.tasks if t.id == self._task)
        total = max(task.completed, 1) if task.total is None else task.total
        self._progress.update(self._task, total=total, completed=total)
        self._progress.stop_task(self._task)
        self._task = None

    def close(self) -> None:
        """Leave the bars on the screen as they are."""
        self._progress.stop()


class Artifact:
    """A progress artifact on a Prefect server, one a stage."""

    def __init__(self) -> None:
        self._id: UUID | None = None
        self._total = 0
        self._done = 0

    def begin(self, stage: str, total: int | None, unit: str) -> None:
        """Create the stage's artifact."""
        from prefect.artifacts import create_progress_artifact

        self._total, self._done = total or 0, 0
        created = tracking.tell(
            create_progress_artifact,
            progress=0.0,
            key=f"nightly-{stage.lower()}",
            description=f"{stage}: {total if total is not None else '?'} {unit}",
        )
        self._id = cast("UUID | None", created)  # a coroutine only where called from one

    def advance(self, done: int, note: str = "") -> None:
        """Update the artifact."""
        from prefect.artifacts import update_progress_artifact

        self._done += done
        if self._id is not None and self._total:
            percent = min(100.0, 100.0 * self._done / self._total)
            tracking.tell(update_progress_artifact, artifact_id=self._id, progress=percent)

    def end(self) -> None:
        """Set the artifact to a hundred per cent."""
        from prefect.artifacts import update_progress_artifact

        if self._id is not None:
            tracking.tell(update_progress_artifact, artifact_id=self._id, progress=100.0)
            self._id = None


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
