"""What a run is called on a server: its day and its input."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from prefect.runtime import flow_run

from flows import settings
from flows.inputs import SAMPLES


def day() -> date:
    """Return the day (UTC) for which the run was scheduled; today where it was not."""
    planned: datetime | None = flow_run.scheduled_start_time
    return (planned or datetime.now(UTC)).astimezone(UTC).date()


def run_name() -> str:
    """Return `nightly`, the day, and what is read: a PATH's name, the inbox's, or the samples."""
    given = [Path(str(path)) for path in flow_run.parameters.get("paths") or []]
    first = given[0] if given else settings.load().inbox or SAMPLES
    more = f" and {len(given) - 1} more" if len(given) > 1 else ""
    return f"nightly {day():%Y-%m-%d} {first.name or first}{more}"
