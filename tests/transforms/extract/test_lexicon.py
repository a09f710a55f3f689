"""The lexicon's file formats: what patterns mean, user files, and errors that name the line."""

from __future__ import annotations

import pytest

from transforms.extract import lexicon
from transforms.extract.lexicon.forms import inflections


def test_the_lexicon_is_large_and_sorted_by_specificity() -> None:
    loaded = lexicon.load()
    assert sum(map(len, loaded.verbs.values())) > 3000
    assert sum(map(len, loaded.nouns.values())) > 1000
    for entries in loaded.verbs.values():
        asked = [entry.specificity for entry in entries]
        assert asked == sorted(asked, reverse=True)


def test_pattern_parts() -> None:
    entry = next(e for e in lexicon.load().verbs["crack"] if e.pattern.startswith("crack down on"))
    assert [kind for kind, _ in entry.parts] == ["word", "word"]
    entry = next(e for e in lexicon.load().verbs["lay"] if e.pattern == "lay {siege} to")
    assert [kind for kind, _ in entry.parts] == ["object", "word"]


@pytest.mark.parametrize(
    ("word", "form"),
    [("stop", "stopped"), ("deny", "denied"), ("tie", "tying"), ("raze", "razing"),
     ("gunman", "gunmen"), ("clash", "clashes"), ("stage", "staged")],
)  # fmt: skip
def test_inflections(word: str, form: str) -> None:
    assert form in inflections(word)
