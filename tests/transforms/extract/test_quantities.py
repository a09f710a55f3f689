"""What a clause counts, with bounds and units."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.extract import coder, pipeline, quantities
from transforms.schemas import MEASURES


def counted(text: str) -> list[list[tuple[Any, ...]]]:
    record = coder.Record("q", None, text, date(2031, 3, 5))
    found = next(iter(coder.annotate([record], pipeline.load()))).mentions
    return [[tuple(q.values()) for q in mention["quantities"]] for mention in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Police arrested dozens of protesters in Lima.", ("arrests", 24, 99, "people")),
        ("About 10,000 people marched in the capital.", ("protesters", 10000, 10000, "people")),
        ("Gunmen kidnapped three engineers.", ("abducted", 3, 3, "people")),
        ("Floods displaced at least 40,000 people.", ("displaced", 40000, None, "people")),
        ("The earthquake left 100,000 people homeless.", ("displaced", 100000, 100000, "people")),
        ("France sent 500 soldiers to Chad.", ("troops", 500, 500, "people")),
        ("The blast killed 10-15 people.", ("deaths", 10, 15, "people")),
        ("Rebels wounded up to 30 soldiers.", ("injuries", None, 30, "people")),
        ("Brazil gave Peru $5.5 million in aid.", ("money", 5.5e6, 5.5e6, "USD")),
        (
            "Japan pledged at least 300 mln Swiss francs in aid to Kenya.",
            ("money", 3e8, None, "CHF"),
        ),
    ],
)
def test_measures(text: str, expected: tuple[Any, ...]) -> None:
    assert any(expected in mention for mention in counted(text)), counted(text)


def test_one_who_flees_is_no_number_of_displaced() -> None:
    assert all(not mention for mention in counted("The suspect fled the area on Sunday."))


def test_what_another_clause_counts_stays_there() -> None:
    text = "The envoy met the king, and the bank lent the town 3 million euros."
    for mention in counted(text)[:1]:
        assert mention == []


@pytest.mark.parametrize(
    ("text", "least", "most", "unit"),
    [
        ("£2bn", 2e9, 2e9, "GBP"),
        ("two million euros", 2e6, 2e6, "EUR"),
        ("300 mln dlrs", 3e8, 3e8, "USD"),
        ("from $5 million to $7 million", 5e6, 7e6, "USD"),
        ("between $5 and $7 million", 5e6, 7e6, "USD"),
        ("40 to 50 billion Canadian dollars", 4e10, 5e10, "CAD"),
        ("less than 90,000 yen", None, 90000, "JPY"),
        ("1,200 pesos", 1200, 1200, "peso"),
        ("US$750", 750, 750, "USD"),
        ("Rs 5 crore", 5e7, 5e7, "INR"),
    ],
)
def test_money(text: str, least: float | None, most: float | None, unit: str) -> None:
    found = [q for _, _, q in quantities.money(f"They paid {text} in May.")]
    assert found[:1] == [quantities.Quantity("money", least, most, unit)], found


@pytest.mark.parametrize(
    "text", ["a real fight", "one mark on the wall", "25 pct", "7 May 1990", "12 dlrs a barrel"]
)
def test_no_money(text: str) -> None:
    assert list(quantities.money(text)) == []


def test_every_currency_has_a_code_of_iso_4217_or_none() -> None:
    for word, code in quantities.currencies().items():
        assert word == word.casefold()
        assert code == "" or (len(code) == 3 and code.isupper())


@given(st.text(max_size=60))
def test_any_text_is_read_and_bounds_are_in_order(text: str) -> None:
    for start, end, quantity in quantities.money(text):
        assert 0 <= start < end <= len(text)
        assert quantity.measure in MEASURES
        if quantity.least is not None and quantity.most is not None:
            assert quantity.least <= quantity.most
