"""The date of event mentions in Wikinews articles (timeline task of SemEval 2015)."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from tests.benchmarks.quality import _parsing
from tests.benchmarks.quality.figure import Figure
from transforms.extract import times
from transforms.extract.model import Article, EventDate, Sentence, Trigger


def score(gold: Path) -> list[Figure]:
    """Share of mentions with the right date; a gold date of a month wants that month."""
    rows = outcomes(gold)
    right = sum(matches(found, record["date"]) for record, found, _ in rows)
    return [
        Figure("timeline", "event date accuracy", right / len(rows), len(rows), 0.565, "HeidelTime")
    ]


def outcomes(gold: Path) -> list[tuple[dict[str, str], EventDate, Article]]:
    """Every gold mention with the date that we give it."""
    built: dict[str, Article] = {}
    for line in (gold / "timeline" / "docs.jsonl").open(encoding="utf-8"):
        record = json.loads(line)
        text = record["title"] + "\n" + record["maintext"]
        article = _parsing.article(
            record["id"], text, date.fromisoformat(record["date_publish"]), len(record["title"])
        )
        article.times = times.find(article)
        built[record["id"]] = article
    rows = []
    for line in (gold / "timeline" / "gold.jsonl").open(encoding="utf-8"):
        record = json.loads(line)
        article = built[record["id"]]
        rows.append((record, _date(record, article), article))
    return rows


def _date(record: dict[str, str], article: Article) -> EventDate:
    for sentence in article.sentences:
        if sentence.text.split() != record["sentence_text"].split():
            continue
        trigger = find_trigger(sentence, record["event_text"].split("_")[0])
        if trigger is not None:
            return times.date_event(trigger, sentence, article)
    return EventDate(article.published, "day", None)


def find_trigger(sentence: Sentence, word: str) -> Trigger | None:
    """The trigger at the first token of a sentence that is, or starts with, a word."""
    assert sentence.doc is not None
    for token in sentence.doc:
        if token.text == word or (len(word) > 3 and token.text.startswith(word.split("-")[0])):
            return Trigger(
                token, token.idx, token.idx + len(token), "ASSAULT", None, None, 1.0, "gold"
            )
    return None


def matches(found: EventDate, wanted: str) -> bool:
    """Whether a date equals a gold one; a coarser gold date wants its month or year only."""
    wanted = wanted.replace("-XX", "")
    if found.date is None:
        return False
    text = found.date.isoformat()
    if len(wanted) == 10:
        return found.precision == "day" and text == wanted
    return text.startswith(wanted)
