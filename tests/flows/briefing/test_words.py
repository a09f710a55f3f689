"""What a briefing says, and what it never lets through."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.briefing import words

NAMES = words.Names(
    {"KEN": "Kenya", "FRA": "France"},
    {("ASSAULT", None): "Assault", ("ASSAULT", "heavy-weapons"): "Heavy weapons"},
)


@given(st.text())
def test_clean_text_is_one_line_without_signs_that_hide_or_turn_it(text: str) -> None:
    shown = words.clean(text)
    assert not any(unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} for sign in shown)
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200f\ufeff") & set(
        shown
    )
    assert words.clean(shown) == shown
    shown.encode()


@given(st.text(), st.integers(1, 50))
def test_clean_text_is_cut_to_length(text: str, most: int) -> None:
    assert len(words.clean(text, most)) <= most


@pytest.mark.parametrize(
    ("value", "said"),
    [(None, "–"), (0, "0"), (1204, "1,204"), (3.5, "3.5"), (2.0, "2"), (1234.5, "1,234")],
)
def test_numbers(value: float | None, said: str) -> None:
    assert words.number(value) == said


def test_who_takes_part() -> None:
    assert NAMES.who("Kenya", "KEN", "GOV") == "Kenya (government)"
    assert NAMES.who(None, "KEN", "MIL") == "military of Kenya"
    assert NAMES.who(None, None, "XYZ") == "XYZ"
    assert NAMES.who(None, "ZZZ", None) == "ZZZ"
    assert NAMES.who(None, None, None) == ""
    assert NAMES.who("French Navy", "FRA", "MIL") == "French Navy"


def test_what_and_where() -> None:
    assert NAMES.what("ASSAULT", "heavy-weapons") == "Assault: heavy weapons"
    assert NAMES.what("ASSAULT", "unheard-of") == "Assault"
    assert NAMES.what("PROTEST") == "Protest"
    assert NAMES.place("Nairobi", "KEN") == "Nairobi, Kenya"
    assert NAMES.place("Kenya", "KEN") == NAMES.place(None, "KEN") == "Kenya"
    assert NAMES.place("Red Sea", None) == "Red Sea"
    assert NAMES.place(None, None) == ""


@pytest.mark.parametrize(
    ("score", "said"),
    [(0.0, "as usual"), (-3.4, "as usual"), (3.5, "more than usual"), (-4, "fewer than usual"),
     (9, "far more than usual")],
)  # fmt: skip
def test_how_unusual(score: float, said: str) -> None:
    assert words.verdict(score) == said


@pytest.mark.parametrize(
    ("count", "middle", "said"),
    [
        (0, 0, "the median is 0"),
        (3, 0, "the median is 0"),
        (10, 10, "about the median of 10"),
        (30, 10, "3 times the median of 10"),
        (12, 10, "20% above the median of 10"),
        (5, 10, "50% below the median of 10"),
    ],
)
def test_counts_beside_a_median(count: float, middle: float, said: str) -> None:
    assert words.against(count, middle) == said


def test_a_day_is_named_in_full() -> None:
    assert words.day(date(2026, 3, 1)) == "Sunday 1 March 2026"
    assert words.listed(["a", "b", "c"]) == "a, b and c"
    assert words.listed([]) == ""
