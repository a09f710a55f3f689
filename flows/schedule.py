"""When nights are due: a cron expression in a time zone."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_LOOK_BACK = (
    timedelta(minutes=15),
    timedelta(days=1),
    timedelta(days=8),
    timedelta(days=32),
    timedelta(days=366),
)
"""Prefect looks at a thousand due times at most: the last one is sought close by first."""


class ScheduleError(ValueError):
    """A schedule that cannot be kept; the message says what to write instead."""


@dataclass(frozen=True)
class Schedule:
    """A cron expression and the IANA time zone in which it is read."""

    cron: str
    timezone: str

    def check(self) -> None:
        """Raise `ScheduleError` unless both the expression and the zone can be used."""
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ScheduleError(
                f"'{self.timezone}' is not a time zone: use an IANA name such as Europe/Madrid"
            ) from None
        from prefect.schedules import Cron

        try:
            Cron(self.cron, timezone=self.timezone)
            self.due_after(datetime.now(UTC), 1)
        except (ValueError, KeyError) as error:
            said = str(error).replace("\n", " ")
            raise ScheduleError(
                f"'{self.cron}' is not a cron expression (minute hour day month weekday): {said}"
            ) from error

    def due_after(self, moment: datetime, count: int) -> list[datetime]:
        """Return the next `count` due times after `moment`, in the schedule's zone."""
        return self._dates(n=count, start=moment + timedelta(microseconds=1))

    def due_before(self, moment: datetime) -> datetime | None:
        """Return the last due time up to `moment`; `None` where there was none for a year."""
        for span in _LOOK_BACK:
            found = self._dates(start=moment - span, end=moment)
            if found:
                return found[-1]
        return None

    def _dates(
        self, n: int | None = None, start: datetime | None = None, end: datetime | None = None
    ) -> list[datetime]:
        """Return due times as the server computes them, daylight saving included."""
        from prefect.server.schemas.schedules import CronSchedule

        schedule = CronSchedule(cron=self.cron, timezone=self.timezone)
        zone = ZoneInfo(self.timezone)
        dates = asyncio.run(schedule.get_dates(n=n, start=start, end=end))  # type: ignore[arg-type]
        return [datetime.fromtimestamp(date.timestamp(), zone) for date in dates]
