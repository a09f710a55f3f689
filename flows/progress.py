"""Progress of long work: a bar on a terminal, an artifact on a Prefect server, or nothing.

The flow reports to whatever `reporting()` has installed; it does not know who is looking.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol

from flows import logs

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
    """One bar a stage on standard error: what, how far, how fast, how long still.

    Stages in another stage have one bar a name, which is gone once that stage is a step further.
    """

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
        self._open: list[TaskID] = []
        self._inner: dict[str, TaskID] = {}
        self._progress.start()

    def begin(self, stage: str, total: int | None, unit: str) -> None:
        """Add a bar for `stage`, or begin its bar anew."""
        if stage in self._inner:
            task = self._inner[stage]
            self._progress.reset(task, total=total, visible=True, unit=unit, rate="")
        else:
            task = self._progress.add_task(stage, total=total, unit=unit, rate="")
            if self._open:
                self._inner[stage] = task
        self._open.append(task)

    def advance(self, done: int, note: str = "") -> None:
        """Move the current bar."""
        if not self._open:
            return
        self._progress.advance(self._open[-1], done)
        task = next(t for t in self._progress.tasks if t.id == self._open[-1])
        speed = task.completed / task.elapsed if task.elapsed else 0.0
        self._progress.update(task.id, rate=note or (f"{speed:,.0f}/s" if speed >= 1 else ""))
        if done and len(self._open) == 1:
            for inner in self._inner.values():
                self._progress.update(inner, visible=False)

    def end(self) -> None:
        """Fill the current bar."""
        if not self._open:
            return
        last = self._open.pop()
        task = next(t for t in self._progress.tasks if t.id == last)
        total = max(task.completed, 1) if task.total is None else task.total
        self._progress.update(last, total=total, completed=total)
        self._progress.stop_task(last)

    def close(self) -> None:
        """Leave the bars on the screen as they are."""
        self._progress.stop()


class Artifact:
    """A progress artifact on a Prefect server, one a stage: how far, how fast, how long still.

    `night` says which run it is, in the description. A server that does not answer costs one wait
    of `server.PATIENCE` a minute, and nothing else.
    """

    EVERY = 2.0
    """Seconds between two updates."""
    PAUSE = 60.0
    """Seconds without any after one that failed."""

    def __init__(self, night: str) -> None:
        self._night = night
        self._id: UUID | None = None
        self._stage, self._unit = "", ""
        self._total: int | None = None
        self._done = 0
        self._note = ""
        self._begun = self._not_before = self._silent_until = 0.0
        self._outer: list[tuple[Any, ...]] = []  # stages that the current one is part of

    def begin(self, stage: str, total: int | None, unit: str) -> None:
        """Create the stage's artifact."""
        self._outer.append(
            (self._stage, self._total, self._unit, self._done, self._note, self._id, self._begun)
        )
        self._stage, self._total, self._unit = stage, total, unit
        self._done, self._note, self._id = 0, "", None
        self._begun = time.monotonic()
        self._send(0.0)

    def advance(self, done: int, note: str = "") -> None:
        """Update the artifact, where the last update is long enough ago."""
        self._done += done
        self._note = note
        if self._total and time.monotonic() >= self._not_before:
            self._send(min(100.0, 100.0 * self._done / self._total))

    def end(self) -> None:
        """Set the artifact to a hundred per cent."""
        if self._total is not None:
            self._done = max(self._done, self._total)
        self._send(100.0)
        if self._outer:
            self._stage, self._total, self._unit, self._done, self._note, self._id, self._begun = (
                self._outer.pop()
            )

    def description(self) -> str:
        """Return what the artifact says beside its bar."""
        took = time.monotonic() - self._begun
        if self._total is None:
            return f"{self._night}, {self._stage}: {took:.0f} s"
        share = 100 * self._done / self._total if self._total else 100.0
        parts = [f"{self._done:,} of {self._total:,} {self._unit} ({share:.0f} %)"]
        parts += [self._note] if self._note else []
        if self._done and took > 0:
            rate = self._done / took
            parts.append(f"{rate:,.1f} {self._unit}/s")
            left = (self._total - self._done) / rate
            parts.append(f"{left:,.0f} s left" if left else f"took {took:,.0f} s")
        return f"{self._night}, {self._stage}: {', '.join(parts)}"

    def _send(self, percent: float) -> None:
        from flows import server

        if time.monotonic() < self._silent_until:
            return
        self._not_before = time.monotonic() + self.EVERY
        try:
            if self._id is None:
                key = f"nightly-{self._stage.lower()}"
                self._id = server.create_artifact("progress", key, percent, self.description())
            else:
                server.update_artifact(self._id, percent, self.description())
        except Exception as error:  # progress is nothing that a run is for
            self._silent_until = self._not_before = time.monotonic() + self.PAUSE
            logs.tell(
                f"no progress shown for {self.PAUSE:.0f} s: {type(error).__name__}: {error}",
                level=logging.WARNING,
            )


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


def for_server(night: str) -> Reporter:
    """Return a reporter for a run, called `night`, that nobody watches on a terminal.

    Where a server outlives the run its progress becomes an artifact there.
    """
    from flows import server

    return Artifact(night) if server.is_there() else Silent()


@contextmanager
def stage(reporter: Reporter, name: str, total: int | None, unit: str) -> Iterator[None]:
    """Report the block as one stage of work."""
    reporter.begin(name, total, unit)
    yield
    reporter.end()
