"""Publication dates as dumps write them."""

from __future__ import annotations

import warnings
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.read.dates import day_month_order, parse_date, path_date


@pytest.mark.parametrize(
    ("text", "day", "instant"),
    [
        ("2024-08-20", date(2024, 8, 20), None),
        ("2024-08-20 06:30:00", date(2024, 8, 20), datetime(2024, 8, 20, 6, 30, tzinfo=UTC)),
        ("2024-08-20T23:30:00-05:00", date(2024, 8, 20), datetime(2024, 8, 21, 4, 30, tzinfo=UTC)),
        ("2024-08-20T06:30:00.123Z", date(2024, 8, 20), datetime(2024, 8, 20, 6, 30, tzinfo=UTC)),
        ("20240820", date(2024, 8, 20), None),
        ("20240820T063000Z", date(2024, 8, 20), datetime(2024, 8, 20, 6, 30, tzinfo=UTC)),
        ("20240820T233000-0500", date(2024, 8, 20), datetime(2024, 8, 21, 4, 30, tzinfo=UTC)),
        ("20240820T0630+02:00", date(2024, 8, 20), datetime(2024, 8, 20, 4, 30, tzinfo=UTC)),
        ("2024.08.20 06:30:00", date(2024, 8, 20), datetime(2024, 8, 20, 6, 30, tzinfo=UTC)),
        ("2024/8/20", date(2024, 8, 20), None),
        (" 5-MAR-1987 09:07:01.50", date(1987, 3, 5), datetime(1987, 3, 5, 9, 7, 1, tzinfo=UTC)),
        (
            "Tue, 20 Aug 2024 06:30:00 +0200",
            date(2024, 8, 20),
            datetime(2024, 8, 20, 4, 30, tzinfo=UTC),
        ),
        ("3 JAN 90", date(1990, 1, 3), None),
        ("April 23, 1987", date(1987, 4, 23), None),
        ("Thursday, Sept. 4, 2003", date(2003, 9, 4), None),
        ("4th July 2003", date(2003, 7, 4), None),
        ("05/03/1987", date(1987, 5, 3), None),
        ("25/03/1987", date(1987, 3, 25), None),
        ("25-03-1987", date(1987, 3, 25), None),
        ("03.05.1987", date(1987, 5, 3), None),
        ("Last updated 05/03/1987", date(1987, 5, 3), None),
        ("1724135400", date(2024, 8, 20), datetime(2024, 8, 20, 6, 30, tzinfo=UTC)),
        (
            "11 January 2010 9:30 pm EST",
            date(2010, 1, 11),
            datetime(2010, 1, 12, 2, 30, tzinfo=UTC),
        ),
        ("11 Jan 2010 21:30 +0200", date(2010, 1, 11), datetime(2010, 1, 11, 19, 30, tzinfo=UTC)),
        ("11 Jan 2010 09:30 GMT", date(2010, 1, 11), datetime(2010, 1, 11, 9, 30, tzinfo=UTC)),
        (
            "May 07, 2025 at 9:15 a.m. EDT",
            date(2025, 5, 7),
            datetime(2025, 5, 7, 13, 15, tzinfo=UTC),
        ),
    ],
)
def test_dates(text: str, day: date, instant: datetime | None) -> None:
    when = parse_date(text)
    assert when is not None
    assert (when.day, when.instant) == (day, instant)
    assert when.plausible


@pytest.mark.parametrize(
    "text",
    [
        "11. Januar 2010 Montag",
        "Montag 11.Januar 2010",
        "lundi 11 janvier 2010",
        "janvier 11 2010",
        "11 janv. 2010",
        "11 de enero de 2010 lunes",
        "enero 11, 2010 lunes",
        "maandag 11 januari 2010",
        "11 gennaio 2010",
        "11 de janeiro de 2010",
        "11 января 2010",
        "11 stycznia 2010",
        "2010年1月11日",
        "2010년 1월 11일",
    ],
)
def test_months_in_other_languages(text: str) -> None:
    when = parse_date(text)
    assert when is not None
    assert (when.day, when.instant) == (date(2010, 1, 11), None)


@pytest.mark.parametrize(
    "text",
    ["11 janvier 2010 lundi 3:05 PM GMT", "11. Januar 2010 15:05 Uhr", "11 janv. 2010 15h05"],
)
def test_times_beside_dates_in_other_languages(text: str) -> None:
    when = parse_date(text)
    assert when is not None
    assert when.instant == datetime(2010, 1, 11, 15, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["31 de febrero de 2010", "märz 2010", "31. November 2010", "32 mai"]
)
def test_what_is_no_date_in_another_language(text: str) -> None:
    assert parse_date(text) is None


@pytest.mark.parametrize(
    "text",
    [None, "", "yesterday", "12:30", "May 2024", "2024", "31/31/2024", "2024-13-45", "page 3"],
)
def test_what_is_no_full_date_stays_none(text: str | None) -> None:
    assert parse_date(text) is None


def test_two_digit_years_are_not_in_the_future() -> None:
    late = parse_date("3 JAN 31", not_after=date(2024, 8, 20))
    assert late is not None
    assert late.day == date(1931, 1, 3)


@pytest.mark.parametrize(
    "text",
    ["1455-02-23", "2031-01-01", "0001-01-01", "1970-01-01T00:00:00Z", "1899-12-30 00:00:00.000"],
)
def test_implausible_dates_are_marked(text: str) -> None:
    when = parse_date(text, not_after=date(2024, 8, 20))
    assert when is not None
    assert not when.plausible


@pytest.mark.parametrize("text", ["1970-01-01", "1970-01-01T08:30:00Z", "1970-01-01 00:00:01"])
def test_the_first_day_of_computers_may_be_meant(text: str) -> None:
    when = parse_date(text, not_after=date(2024, 8, 20))
    assert when is not None
    assert when.plausible


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2024-08-20 10:00 PM", 22),
        ("2024-08-20 10:00 EST", 15),
        ("1724191200", 22),
        ("1724191200123", 22),
        ("1724191200123456", 22),
        ("1724191200123456789", 22),
    ],
)
def test_clocks_and_counted_seconds(text: str, hour: int) -> None:
    when = parse_date(text)
    assert when is not None
    assert when.instant is not None
    assert (when.day, when.instant.hour) == (date(2024, 8, 20), hour)


@given(st.text(max_size=60))
def test_any_text_is_taken(text: str) -> None:
    parse_date(text, not_after=date(2024, 1, 1))


@given(st.dates(date(1700, 1, 1), date(2100, 1, 1)))
def test_written_dates_come_back(day: date) -> None:
    for form in ("%Y-%m-%d", "%d %B %Y", "%B %d, %Y", "%d-%b-%Y"):
        when = parse_date(day.strftime(form))
        assert when is not None
        assert when.day == day


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("/in/2024-08-20/a.txt", date(2024, 8, 20)),
        ("wire_20240820.jsonl.gz", date(2024, 8, 20)),
        ("2024/08/20/x.txt", date(2024, 8, 20)),
        ("a.zip!2023-01-02/2024-08-20.txt", date(2024, 8, 20)),
        ("2024-08-20_to_2024-08-27.txt", None),
        ("2024-08-20/20240821-20240822.zip!2024-08-20.txt", date(2024, 8, 20)),
        ("20240820_2024-08-20.txt", date(2024, 8, 20)),
        ("000_3f0073ed29cd2b7d.txt", None),
        ("20241399.txt", None),
        ("12024082099.txt", None),
    ],
)
def test_paths_carry_dates(path: str, day: date | None) -> None:
    assert path_date(path) == day


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("25/03/1987", "day"),
        ("03/25/87 10:00", "month"),
        ("3-4-1987", "either"),
        ("4/4/1987", None),
        ("03.04.1987", None),
        ("1987-03-04", None),
        ("3 April 1987", None),
        ("192.168.1.10", None),
        ("0/4/1987", None),
        (None, None),
    ],
)
def test_what_comes_first(text: str | None, order: str | None) -> None:
    assert day_month_order(text) == order


def test_day_first_where_asked() -> None:
    when = parse_date("03/04/1987", day_first=True)
    assert when is not None
    assert when.day == date(1987, 4, 3)


@pytest.mark.parametrize(
    ("zone", "hour"), [("EST", 14), ("+0200", 7), ("+9999", 9), ("QXZ", 9), ("UTC", 9)]
)
def test_zones_that_are_none_are_passed_over(zone: str, hour: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        when = parse_date(f"January 11, 2010 9:30 AM {zone}")
    assert when is not None
    assert when.instant == datetime(2010, 1, 11, hour, 30, tzinfo=UTC)
