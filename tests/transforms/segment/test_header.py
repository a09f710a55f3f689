"""Headline, byline, dateline and body of a story."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.segment.header import find_dateline, is_byline, is_date_line, take_apart


@pytest.mark.parametrize(
    ("text", "dateline"),
    [
        ("PORT ELLERY, Aug 20 (NWA) - The bridge", "PORT ELLERY, Aug 20 (NWA)"),
        ("PORT ELLERY, 3 JAN 90 -- [TEXT] THE", "PORT ELLERY, 3 JAN 90"),
        ("ELLERY (NORTHLAND), 3 JAN 90 (TV 1) -- A", "ELLERY (NORTHLAND), 3 JAN 90 (TV 1)"),
        ("PORT ELLERY — The bridge", "PORT ELLERY"),
        ("LOWMERE, Vantova (NWA) — The ferry", "LOWMERE, Vantova (NWA)"),
        ("Lowmere, Aug. 20, 2024 (Xinhua) -- The ferry", "Lowmere, Aug. 20, 2024 (Xinhua)"),
        ("LOWMERE, Aug 20", "LOWMERE, Aug 20"),
    ],
)  # fmt: skip
def test_datelines(text: str, dateline: str) -> None:
    found = find_dateline(text)
    assert found is not None
    assert found.text == dateline


@pytest.mark.parametrize(
    "text",
    [
        "The bridge - which opened on Monday - is long.",
        "Mayor Ann Lee – a former teacher – said so.",
        "IT",
        "Bridge opens",
        "A well-known ferry-man said",
        "",
    ],
)
def test_what_is_no_dateline(text: str) -> None:
    assert find_dateline(text) is None


@pytest.mark.parametrize(
    ("reference", "day"),
    [
        (date(2024, 8, 21), date(2024, 8, 20)),
        (date(2024, 8, 19), date(2024, 8, 20)),
        (date(2025, 1, 2), date(2024, 8, 20)),
        (None, None),
    ],
)
def test_a_missing_year_is_the_latest_that_fits(reference: date | None, day: date | None) -> None:
    found = find_dateline("LOWMERE, Aug 20 (NWA) - The ferry")
    assert found is not None
    assert found.on(reference) == day


@pytest.mark.parametrize(
    "text", ["By Ann Lee", "BY ANN LEE AND BO DAY", "By Ann Lee, staff writer"]
)
def test_bylines(text: str) -> None:
    assert is_byline(text)


@pytest.mark.parametrize("text", ["By noon the bridge was open", "By 2024 it will close", "Bypass"])
def test_what_is_no_byline(text: str) -> None:
    assert not is_byline(text)


@pytest.mark.parametrize(
    "text", ["April 3, 2021", "Last updated 05/03/1987", "Friday, May 7, 2021"]
)
def test_date_lines(text: str) -> None:
    assert is_date_line(text)


def test_a_sentence_with_a_date_is_no_date_line() -> None:
    assert not is_date_line("April 3, 2021 was the day on which the bridge opened.")


def test_parts_of_a_story() -> None:
    parts = take_apart(
        ["Sport", "May 4, 2021"],
        "Lowmere Wins Regatta",
        ["By Ann Lee", "LOWMERE, May 3 - The home crew won.", "By Sunday all had gone home."],
    )
    assert (parts.title, parts.byline, parts.when) == (
        "Lowmere Wins Regatta",
        "By Ann Lee",
        "May 4, 2021",
    )
    assert parts.body == "The home crew won.\nBy Sunday all had gone home."


@given(st.text(max_size=300))
def test_any_text_is_taken_apart(text: str) -> None:
    parts = take_apart([text], text, [text, text])
    assert parts.title == text
