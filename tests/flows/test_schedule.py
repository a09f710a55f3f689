from __future__ import annotations

from datetime import UTC, datetime

import pytest

from flows.schedule import Schedule, ScheduleError

NIGHT = Schedule("30 2 * * *", "Europe/Madrid")


def test_due_times_are_told_in_the_zone_and_follow_daylight_saving() -> None:
    found = NIGHT.due_after(datetime(2024, 3, 29, 12, tzinfo=UTC), 4)
    assert [f"{due:%d %H:%M%z}" for due in found] == [
        "30 02:30+0100",
        "31 01:30+0100",  # 02:30 does not exist on this day: Prefect runs before
        "01 02:30+0200",
        "02 02:30+0200",
    ]


def test_the_last_due_time_is_found_near_and_far() -> None:
    moment = datetime(2024, 5, 13, 10, tzinfo=UTC)
    last = NIGHT.due_before(moment)
    assert last is not None
    assert last.astimezone(UTC) == datetime(2024, 5, 13, 0, 30, tzinfo=UTC)
    assert Schedule("* * * * *", "UTC").due_before(moment) == moment
    assert Schedule("0 0 1 1 *", "UTC").due_before(moment) == datetime(2024, 1, 1, tzinfo=UTC)
    assert Schedule("0 0 29 2 *", "UTC").due_before(datetime(2023, 5, 1, tzinfo=UTC)) is None


def test_a_due_time_itself_is_the_last_one_and_not_the_next_one() -> None:
    due = datetime(2024, 5, 13, 0, 30, tzinfo=UTC)
    assert NIGHT.due_before(due) == due
    assert NIGHT.due_after(due, 1)[0].astimezone(UTC) == datetime(2024, 5, 14, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "zone", "said"),
    [
        ("30 25 * * *", "UTC", "not a cron expression"),
        ("nightly", "UTC", "not a cron expression"),
        ("30 2 * * *", "Madrid", "not a time zone"),
        ("30 2 * * *", "../etc/passwd", "not a time zone"),
        ("30 2 * * *", "", "not a time zone"),
    ],
)
def test_what_cannot_be_kept_is_refused(cron: str, zone: str, said: str) -> None:
    with pytest.raises(ScheduleError, match=said):
        Schedule(cron, zone).check()
