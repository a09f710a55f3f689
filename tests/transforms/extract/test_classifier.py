"""The classifier's inference: stable hashing, probabilities, splitting of yielding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.extract import classifier, pipeline
from transforms.extract.syntax import Doc


def test_buckets_are_the_same_on_every_machine() -> None:
    assert classifier.bucket("bias") == 10843  # CRC-32 modulo 2 to the 14


@given(st.lists(st.text(max_size=20), max_size=30))
def test_probabilities_sum_to_one(names: list[str]) -> None:
    found = classifier.load().probabilities(names)
    assert sum(found.values()) == pytest.approx(1, abs=1e-4)
    assert len(found) == 15


def test_plain_sentences_get_the_obvious_type() -> None:
    found = classifier.load().probabilities(["bias", "chosen=AID", "any=AID", "main=provide"])
    assert max(found, key=lambda kind: found[kind]) == "AID"


def test_yielding_without_an_entry_goes_by_its_words() -> None:
    nlp = pipeline.load()
    assert classifier.split_yield(None, Doc.of(nlp("They released him."))) == "RETREAT"
    assert classifier.split_yield(None, Doc.of(nlp("They gave in."))) == "CONCEDE"
