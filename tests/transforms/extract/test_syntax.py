"""The plain parse says what spaCy's says."""

from __future__ import annotations

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokens import Doc as SpacyDoc

from tests.transforms.extract.test_inference import TEXTS
from transforms.extract import pipeline
from transforms.extract.syntax import Doc


@pytest.fixture(scope="module")
def nlp() -> Language:
    return pipeline.load()


def numbers(tokens: object) -> list[int]:
    return [token.i for token in tokens]  # type: ignore[attr-defined]


def check(source: SpacyDoc) -> None:
    doc = Doc.of(source)
    assert len(doc) == len(source) and doc.text == source.text
    for ours, theirs in zip(doc, source, strict=True):
        for name in ("i", "idx", "text", "lower_", "lemma_", "pos_", "tag_", "dep_", "ent_type_",
                     "ent_iob_", "like_num", "is_alpha", "is_punct"):  # fmt: skip
            assert getattr(ours, name) == getattr(theirs, name), (ours, name)
        for name in ("children", "lefts", "rights", "ancestors", "subtree", "conjuncts"):
            assert numbers(getattr(ours, name)) == numbers(getattr(theirs, name)), (ours, name)
        for name in ("head", "left_edge", "right_edge"):
            assert getattr(ours, name).i == getattr(theirs, name).i, (ours, name)
        assert len(ours) == len(theirs)
    assert [(e.start, e.end, e.label_, e.text) for e in doc.ents] == [
        (e.start, e.end, e.label_, e.text) for e in source.ents
    ]
    assert list(doc.noun_chunks()) == [(c.start, c.end) for c in source.noun_chunks]
    for start in range(len(source)):
        for end in range(start + 1, min(start + 5, len(source) + 1)):
            ours_span, theirs_span = doc[start:end], source[start:end]
            assert ours_span.text == theirs_span.text
            assert ours_span.root.i == theirs_span.root.i
            assert (ours_span.start_char, ours_span.end_char) == (
                theirs_span.start_char,
                theirs_span.end_char,
            )
            assert ours_span[-1].i == theirs_span[-1].i


@pytest.mark.parametrize("text", TEXTS)
def test_a_parse_is_that_of_spacy(nlp: Language, text: str) -> None:
    check(nlp(text))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(" ".join(TEXTS).split()), min_size=1, max_size=40))
def test_whatever_the_words(nlp: Language, words: list[str]) -> None:
    check(nlp(" ".join(words)))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 80), st.integers(1, 30))
def test_what_covers_characters(nlp: Language, start: int, length: int) -> None:
    source = nlp(TEXTS[0])
    doc = Doc.of(source)
    end = min(start + length, len(doc.text))
    text = doc.text[start:end]
    span = doc.covering(start, end)
    if not text.strip():
        assert span is None
        return
    assert span is not None
    theirs = source.char_span(
        start + len(text) - len(text.lstrip()),
        end - len(text) + len(text.rstrip()),
        alignment_mode="expand",
    )
    assert theirs is not None and (span.start, span.end) == (theirs.start, theirs.end)


def test_a_pipeline_without_a_parser_is_told() -> None:
    with pytest.raises(ValueError, match="has no parser"):
        Doc.of(spacy.blank("en")("Rebels met."))
    assert not Doc.of(spacy.blank("en")(""))


def test_neighbours_ancestors_and_entities_known_later(nlp: Language) -> None:
    source = nlp(TEXTS[0])
    doc = Doc.of(source, source.text)
    assert doc[1].nbor().i == 2 and doc[1].nbor(-1).i == 0
    with pytest.raises(IndexError):
        doc[0].nbor(-1)
    root = doc[:].root
    assert all(root.is_ancestor(token) for token in doc if token is not root)
    assert not doc[0].is_ancestor(root)
    assert doc[1:3] == doc[1:3] != doc[1:4] and len({doc[1:3], doc[1:3]}) == 1
    unnamed = source.copy()
    unnamed.set_ents([])
    later = Doc.of(unnamed)
    assert not later.ents
    later.name(source)
    assert [e.text for e in later.ents] == [e.text for e in source.ents]
    assert "police" in later.vocabulary and "arrest" in later.vocabulary
