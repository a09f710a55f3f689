"""The hastened pipeline says what spaCy says, token for token."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokens import Doc as SpacyDoc
from thinc.api import set_dropout_rate

from transforms.extract import inference, pipeline

TEXTS = [
    "Police in Lima arrested three leaders of the strike on Tuesday, the union said.",
    "There were clashes. There's no deal: they ain't gonna sign it, and you've got to wait.",
    "Let's go, said the co-founder of Acme Corp. to Mr. O'Neil's aides in the U.S.",
    "",
    " ",
    "Rebels",
    "\u201cWe won\u2019t talk,\u201d he said \u2014 twice.",
    "C'm on y'all, it's gotta be 3.5 mln dlrs vs 2.1 mln.",
    "The minister, who had been criticised by MPs, resigned; her successor will be named today.",
]


@pytest.fixture(scope="module")
def plain() -> Language:
    return pipeline.load.__wrapped__()


@pytest.fixture(scope="module")
def parser() -> inference.Parser:
    return inference.Parser(pipeline.load.__wrapped__())


def told(docs: Iterable[Any]) -> list[list[tuple[Any, ...]]]:
    return [
        [(t.text, t.tag_, t.pos_, t.lemma_, t.dep_, t.head.i, t.ent_type_, t.ent_iob_) for t in doc]
        for doc in docs
    ]


def test_annotations_are_those_of_spacy(plain: Language, parser: inference.Parser) -> None:
    assert told(parser(TEXTS)) == told(plain.pipe(TEXTS))


def test_names_can_be_left_for_later(plain: Language, parser: inference.Parser) -> None:
    parsed = parser.syntax(TEXTS)
    assert not any(each.doc.ents for each in parsed)
    parser.names(parsed[:1])
    assert [e.text for e in parsed[0].doc.ents] == [e.text for e in plain(TEXTS[0]).ents] != []
    assert not any(each.doc.ents for each in parsed[1:])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.sampled_from(" ".join(TEXTS).split()), max_size=30), max_size=6))
def test_whatever_the_words_and_however_often(
    plain: Language, parser: inference.Parser, sentences: list[list[str]]
) -> None:
    texts = [" ".join(words) for words in sentences]
    assert told(parser(texts)) == told(plain.pipe(texts))


def test_every_step_of_the_shipped_model_is_hastened(parser: inference.Parser) -> None:
    assert [name for name, _ in parser.steps] == ["tok2vec", "tagger", "parser"]
    assert parser.reader[0] == "attribute_ruler and lemmatizer"
    assert parser.recogniser is not None and parser.recogniser[0] == "ner"
    for name in ("tok2vec", "ner"):
        nodes = parser.nlp.get_pipe(name).model.walk()
        assert any(node._func.__module__ == inference.__name__ for node in nodes)


@pytest.mark.parametrize("memory", ["MOST_WORDS", "MOST_PRODUCTS"])
def test_vectors_are_those_of_the_network_even_when_memory_is_full(
    plain: Language, parser: inference.Parser, memory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inference, memory, 5)
    docs = [plain.make_doc(text) for text in TEXTS]
    wanted = plain.get_pipe("tok2vec").model.predict(docs)
    for _ in range(2):
        found = parser.nlp.get_pipe("tok2vec").model.predict(docs)
        for ours, theirs in zip(found, wanted, strict=True):
            assert ours.shape == theirs.shape
            np.testing.assert_allclose(ours, theirs, atol=1e-4)


@Language.component("all roots")
def all_roots(doc: SpacyDoc) -> SpacyDoc:
    for token in doc:
        token.head, token.dep_ = token, "ROOT"
    return doc


def test_a_pipeline_of_another_build_runs_as_it_is() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("all roots")
    ruler = nlp.add_pipe("attribute_ruler")
    ruler.add([[{"TAG": "X", "OP": "+"}]], {"POS": "NOUN"})  # type: ignore[attr-defined]
    nlp.add_pipe("lemmatizer", config={"mode": "lookup"})
    nlp.get_pipe("lemmatizer").lookups.add_table("lemma_lookup", {"talks": "talk"})
    parser = inference.Parser(nlp)
    assert [name for name, _ in parser.steps] == ["all roots", "attribute_ruler", "lemmatizer"]
    (doc,) = parser(["The talks ended. Nobody spoke."])
    assert [token.lemma_ for token in doc][:3] == ["The", "talk", "ended"]


def test_training_goes_through_the_network_as_it_was(parser: inference.Parser) -> None:
    model = parser.nlp.get_pipe("tok2vec").model
    docs = [parser.nlp.make_doc(TEXTS[0])]
    set_dropout_rate(model, 0.0)
    vectors, backward = model.begin_update(docs)
    np.testing.assert_allclose(vectors[0], model.predict(docs)[0], atol=1e-4)
    assert backward([np.ones_like(vectors[0])]) is not None
