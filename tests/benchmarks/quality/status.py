"""Certainty, polarity and future of MEANTIME's event mentions, given their spans."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.benchmarks.quality import timex
from tests.benchmarks.quality.figure import Figure
from transforms.extract import status
from transforms.extract.model import Article, Status, Trigger

BEST = {"certainty": 0.888, "polarity": 0.911, "future": 0.775}


def score(gold: Path) -> list[Figure]:
    """Accuracy of each attribute over the mentions that carry it."""
    totals = {name: [0, 0] for name in BEST}
    for record, found, _ in outcomes(gold):
        for name, right in judged(record, found).items():
            totals[name][0] += right
            totals[name][1] += 1
    return [
        Figure("meantime_apple/status", f"{name} accuracy", hits / n, n, BEST[name], "majority")
        for name, (hits, n) in totals.items()
    ]


def judged(record: dict[str, Any], found: Status) -> dict[str, bool]:
    """Whether each attribute that the gold mention has is right.

    MEANTIME has no "claimed": what is reported as fact is CERTAIN there. Hypothetical events are
    UNDERSPECIFIED or POSSIBLE. Attributes that are UNDERSPECIFIED otherwise say nothing.
    """
    result = {}
    certainty, polarity, time = (record.get(k) for k in ("certainty", "polarity", "time"))
    if certainty:
        ours = "CERTAIN" if found.certainty in ("certain", "claimed") else "OTHER"
        result["certainty"] = (certainty == "CERTAIN") == (ours == "CERTAIN")
    if polarity in ("POS", "NEG"):
        result["polarity"] = (polarity == "NEG") == (found.polarity == "negative")
    if time in ("FUTURE", "NON_FUTURE"):
        result["future"] = (time == "FUTURE") == (found.time == "future")
    return result


def outcomes(gold: Path) -> list[tuple[dict[str, Any], Status, Article]]:
    """Every gold event mention with our judgement of it."""
    rows = []
    for article, _, mentions in timex.articles(gold):
        for record in mentions.values():
            if not isinstance(record, dict) or record["kind"] != "EVENT_MENTION":
                continue
            if not record.get("span"):
                continue
            trigger, sentence = _trigger(record, article)
            rows.append((record, status.judge(trigger, sentence, article), article))
    return rows


def _trigger(record: dict[str, Any], article: Article) -> tuple[Trigger, Any]:
    start, end = record["span"]
    for sentence in article.sentences:
        if sentence.start <= start < sentence.end and sentence.doc is not None:
            low = start - sentence.start
            span = sentence.doc.covering(low, end - sentence.start)
            assert span is not None
            made = Trigger(span.root, low, end - sentence.start, "ASSAULT", None, None, 1.0, "gold")
            return made, sentence
    raise AssertionError(f"no sentence holds {record['span']}")
