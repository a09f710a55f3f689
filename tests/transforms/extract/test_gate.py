"""The gate lets every sentence through in which an event is found, and holds back the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.extract import gate, pipeline


@pytest.fixture(scope="module")
def doorman() -> gate.Gate:
    return gate.gate(pipeline.load())


@pytest.mark.parametrize(
    "text",
    [
        "Rebels shelled the port of Aldania overnight.",
        "The ministers met in Tarsk.",
        "Talks between the two sides broke down.",
        "Police held two suspects.",
        "The army took control of the airfield.",
        "Borovia's envoy was expelled.",
        "WORKERS STRIKE AT TARSK STEEL PLANT",
    ],
)
def test_sentences_with_events_pass(doorman: gate.Gate, text: str) -> None:
    assert doorman.passes(text)


@pytest.mark.parametrize(
    "text",
    [
        "It is a long river with many small villages beside it.",
        "Shr 12 cts vs 9 cts Net 1.2 mln vs 0.9 mln Revs 33.4 mln vs 28.1 mln",
        "His hair is grey and his eyes are blue.",
        "",
    ],
)
def test_sentences_without_events_do_not(doorman: gate.Gate, text: str) -> None:
    assert not doorman.passes(text)


@given(st.text(max_size=300))
def test_any_text_is_judged(text: str) -> None:
    assert gate.gate(pipeline.load()).passes(text) in (True, False)
