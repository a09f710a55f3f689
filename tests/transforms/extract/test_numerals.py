"""Numerals, quantifiers, hedges and ranges as bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.extract import numerals, pipeline
from transforms.extract.numerals import Bounds


@pytest.mark.parametrize(
    ("spelt", "number"),
    [
        (["12"], 12), (["1,200"], 1200), (["two", "hundred"], 200), (["twenty-one"], 21),
        (["a", "hundred"], 100), (["2.5"], None),
        (["2.5", "million"], 2_500_000), ([], None), (["many"], None),
        (["99999999999"], None),
    ],
)  # fmt: skip
def test_words_to_int(spelt: list[str], number: int | None) -> None:
    assert numerals.words_to_int(spelt) == number


@pytest.mark.parametrize(
    ("phrase", "least", "most"),
    [
        ("Twelve people", 12, 12),
        ("At least 12 people", 12, None),
        ("More than 1,200 people", 1200, None),
        ("Up to 30 people", None, 30),
        ("Fewer than 30 people", None, 30),
        ("About 30 people", 30, 30),
        ("Between 10 and 15 people", 10, 15),
        ("10 to 15 people", 10, 15),
        ("10-15 people", 10, 15),
        ("Two or three people", 2, 3),
        ("Dozens of people", 24, 99),
        ("Hundreds of people", 200, 999),
        ("Several people", 3, 9),
        ("A man", 1, 1),
        ("Nobody", 0, 0),
    ],
)
def test_bounds(phrase: str, least: int | None, most: int | None) -> None:
    doc = pipeline.load()(f"{phrase} fled the city.")
    subject = next(t for t in doc if t.dep_ in ("nsubj", "nsubjpass"))
    assert numerals.people([subject]) == Bounds(least, most)


def test_a_plural_without_a_number_is_unknown() -> None:
    doc = pipeline.load()("The soldiers fled.")
    assert numerals.people([doc[1]]) is None


BOUNDS = st.builds(
    Bounds, st.integers(0, 99), st.one_of(st.none(), st.integers(100, 999))
) | st.builds(Bounds, st.none(), st.integers(0, 99))


@given(BOUNDS, BOUNDS)
def test_sums_do_not_depend_on_order_and_keep_the_bounds(left: Bounds, right: Bounds) -> None:
    total = left.plus(right)
    assert total == right.plus(left)
    if total.least is not None and total.most is not None:
        assert total.least <= total.most
    assert left.plus(None) == left
