"""The log of a run: lines that say which run, stage and dump they are about, with their counts.

For people these stand in the line itself, in JSON (the setting `log_json`) in fields of their own.
Prefect carries the lines: to standard error, and to the server that tracks the run.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, NamedTuple

FIELDS = ("timestamp", "level", "logger", "message", "run_id", "stage", "dump", "counts", "seconds")
"""The fields of a JSON line, in this order; `error` follows where there is a traceback."""

JSON_ENVIRONMENT = {
    "PREFECT_LOGGING_FORMATTERS_JSON_CLASS": f"{__name__}.JsonFormatter",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_CLASS": f"{__name__}.LineHandler",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_FORMATTER": "json",
}
"""What Prefect must find before it is imported, to write such lines from the first one on."""


class Place(NamedTuple):
    """Where in a run the program is."""

    run_id: str | None = None
    stage: str | None = None


_NOWHERE = Place()
_place: ContextVar[Place] = ContextVar("newsmill_place", default=_NOWHERE)


def enter(run_id: str, stage: str | None = None) -> None:
    """Say where the program is, for all later lines of this context: a flow's or a task's."""
    _place.set(Place(run_id, stage))


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Mark the lines inside the block as those of a stage."""
    before = _place.get()
    _place.set(before._replace(stage=name))
    try:
        yield
    finally:
        _place.set(before)


def tell(
    text: str,
    *,
    dump: str | None = None,
    counts: Mapping[str, int] | None = None,
    seconds: float | None = None,
    level: int = logging.INFO,
) -> None:
    """Write a line to the log of the run or task that is under way, or to none where there is none.

    `text` says what happened, not where and not how many: that is added.
    """
    from prefect.exceptions import MissingContextError
    from prefect.logging import get_run_logger

    place = _place.get()
    fields = {
        "plain": text, "run_id": place.run_id, "stage": place.stage, "dump": dump,
        "counts": None if counts is None else dict(counts), "seconds": seconds,
    }  # fmt: skip
    where = " ".join(part for part in place if part)
    parts = [f"{name} {count:,}" for name, count in (counts or {}).items()]
    parts += [] if seconds is None else [f"{seconds:.1f} s"]
    line = f"{f'[{where}] ' if where else ''}{f'{dump}: ' if dump else ''}{text}"
    line += f": {', '.join(parts)}" if parts else ""
    log: Any
    try:
        log = get_run_logger()
    except MissingContextError:
        log = logging.getLogger("newsmill")
    # A name of a dump may hold line ends; a line of the log is one line.
    log.log(level, "%s", " ".join(line.splitlines()), extra=fields)


class JsonFormatter(logging.Formatter):
    """One JSON object a record, with the fields `FIELDS`; those that do not apply are null.

    Only ASCII is written, so that no name or text can break a line or the encoding of the stream.
    """

    def __init__(self, *_configured: object) -> None:
        """Take the format and style, which Prefect's configuration gives every formatter, for
        nothing."""
        super().__init__()

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line; lines that are not newsmill's know their place too."""
        place = _place.get()
        values = (
            datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            record.levelname,
            record.name,
            getattr(record, "plain", None) or _said(record),
            getattr(record, "run_id", None) or place.run_id,
            getattr(record, "stage", None) or place.stage,
            getattr(record, "dump", None),
            getattr(record, "counts", None),
            getattr(record, "seconds", None),
        )
        line = dict(zip(FIELDS, values, strict=True))
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def _said(record: logging.LogRecord) -> str:
    """Return what a line of Prefect's own says, and of which task."""
    task = getattr(record, "task_run_name", None)
    return f"{task}: {record.getMessage()}" if task else record.getMessage()


class LineHandler(logging.StreamHandler[Any]):
    """Writes lines as they are; Prefect's own console handler colours and rewrites them."""

    def __init__(self, stream: Any = None, styles: object = None) -> None:
        """Take `styles`, which Prefect's configuration gives every console handler, for nothing."""
        super().__init__(stream)


def use_json() -> None:
    """Write JSON lines from here on, also in processes that this one starts.

    For a run whose process imported Prefect before newsmill could ask for them: one that a server
    has started.
    """
    from prefect.logging.handlers import PrefectConsoleHandler

    os.environ.update(JSON_ENVIRONMENT)
    root = logging.getLogger()
    for handler in [each for each in root.handlers if isinstance(each, PrefectConsoleHandler)]:
        lines = LineHandler(handler.stream)
        lines.setLevel(handler.level)
        lines.setFormatter(JsonFormatter())
        lines.name = handler.name
        root.removeHandler(handler)
        root.addHandler(lines)
