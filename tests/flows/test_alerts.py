"""Which runs alert."""

from __future__ import annotations

from typing import Any

import pytest

from flows import alerts
from flows.artifact import Rejected
from flows.run_record import RunRecord
from flows.settings import Settings


def found(
    state: str = "completed", *, is_scheduled: bool = False, limit: float = 0.2, **counts: Any
) -> list[str]:
    reasons = counts.pop("reasons", {})
    run = RunRecord(flow="nightly", counts={"new_files": 1, "articles": 8, **counts})
    run.finish(state)
    judged = alerts.judge(run, Rejected(reasons), reject_limit=limit, is_scheduled=is_scheduled)
    return [alert.event for alert in judged]


def test_an_ordinary_run_alerts_nobody() -> None:
    assert found() == []
    assert found(is_scheduled=True) == []


def test_new_dumps_without_an_article_are_an_empty_night() -> None:
    assert found(articles=0) == [alerts.EMPTY]
    assert found("failed", articles=0) == []


def test_nothing_new_is_one_only_where_it_was_scheduled() -> None:
    assert found("nothing_new", new_files=0, articles=0) == []
    assert found("nothing_new", new_files=0, articles=0, is_scheduled=True) == [alerts.EMPTY]


@pytest.mark.parametrize(
    ("reasons", "limit", "expected"),
    [
        ({"bad_record": 2}, 0.2, []),  # 2 of 10 are not more than 20 per cent
        ({"bad_record": 2, "no_text": 1}, 0.2, [alerts.MANY_REJECTS]),
        ({"not_article": 500}, 0.2, []),
        ({"bad_record": 1}, 0.0, [alerts.MANY_REJECTS]),
        ({"bad_record": 900}, 1.0, []),
    ],
)
def test_rejects_are_many_above_the_limit(
    reasons: dict[str, int], limit: float, expected: list[str]
) -> None:
    assert found(reasons=reasons, limit=limit) == expected


def test_a_run_that_failed_because_of_its_rejects_alerts_too() -> None:
    assert found("failed", reasons={"bad_record": 8}) == [alerts.MANY_REJECTS]


def test_the_message_says_the_numbers() -> None:
    run = RunRecord(flow="nightly", counts={"new_files": 2, "articles": 1_000})
    run.finish("completed")
    refused = Rejected({"bad_record": 1_000})
    (alert,) = alerts.judge(run, refused, reject_limit=0.2, is_scheduled=False)
    assert alert.message == ("1,000 of 2,000 articles and rejects are rejects: 50%, more than 20%")
    assert alert.payload["rate"] == 0.5
    assert Settings().reject_limit == 0.2
