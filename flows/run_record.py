"""What a run did: counts and seconds by stage, warnings, and how it ended."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from flows import logs

_noted: ContextVar[list[RunRecord] | None] = ContextVar("newsmill_run_records", default=None)


@contextmanager
def noted() -> Iterator[list[RunRecord]]:
    """Give a list that the records of the runs in this block join, also of one that raises."""
    records: list[RunRecord] = []
    token = _noted.set(records)
    try:
        yield records
    finally:
        _noted.reset(token)


_added: ContextVar[dict[str, Any]] = ContextVar("newsmill_added", default={})  # noqa: B039


@contextmanager
def noting(**parameters: Any) -> Iterator[None]:
    """Add to the parameters of every run that begins in the block, such as what it is part of."""
    token = _added.set(_added.get() | parameters)
    try:
        yield
    finally:
        _added.reset(token)


def _new_run_id() -> str:
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


@dataclass
class RunRecord:
    """One execution of a flow, as it lands in the table `runs` and in `--json`."""

    flow: str
    run_id: str = field(default_factory=_new_run_id)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    finished_at: datetime | None = None
    state: str = "running"
    counts: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    error: str | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    program_version: str = field(default_factory=lambda: version("newsmill"))
    model: str | None = None
    ontology_version: str | None = None
    briefing: str | None = None

    def __post_init__(self) -> None:
        """Note the record where somebody asked for that, and what it is part of."""
        self.parameters = self.parameters | _added.get()
        records = _noted.get()
        if records is not None:
            records.append(self)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add the time that the block takes to the seconds of `stage`.

        The log says when it begins, and how long it took and what it counted when it ends.
        """
        begun, before = time.perf_counter(), dict(self.counts)
        with logs.stage(stage):
            logs.tell(f"{stage} begins")
            how = "failed"
            try:
                yield
                how = "ended"
            finally:
                took = time.perf_counter() - begun
                self.seconds[stage] = round(self.seconds.get(stage, 0.0) + took, 3)
                counted = {
                    name: count - before.get(name, 0)
                    for name, count in self.counts.items()
                    if count != before.get(name, 0)
                }
                logs.tell(f"{stage} {how}", counts=counted, seconds=round(took, 3))

    def add(self, **counts: int) -> None:
        """Add to the counts by name."""
        for name, count in counts.items():
            self.counts[name] = self.counts.get(name, 0) + count

    def warn(self, message: str) -> None:
        """Keep a warning once."""
        if message not in self.warnings:
            self.warnings.append(message)

    def finish(self, state: str, error: str | None = None) -> None:
        """Set the end, the state (`completed`, `failed`, `nothing_new`) and the error."""
        self.finished_at = datetime.now(UTC)
        self.state = state
        self.error = error

    def as_row(self) -> dict[str, Any]:
        """Return the record as the warehouse's table `runs` takes it."""
        row = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return row | {"ontology": self.ontology_version}

    def as_dict(self) -> dict[str, Any]:
        """Return the record with ISO 8601 times, ready for JSON."""
        return {
            "run_id": self.run_id,
            "flow": self.flow,
            "state": self.state,
            "started_at": self.started_at.isoformat(),
            "finished_at": self.finished_at.isoformat() if self.finished_at else None,
            "counts": self.counts,
            "seconds": self.seconds,
            "warnings": self.warnings,
            "error": self.error,
            "parameters": self.parameters,
            "program_version": self.program_version,
            "model": self.model,
            "ontology_version": self.ontology_version,
            "briefing": self.briefing,
        }
