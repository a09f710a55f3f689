"""TIMEX3 expressions of MEANTIME: relaxed, strict and value F1, as TempEval-3 counts them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from tests.benchmarks.quality import _parsing
from tests.benchmarks.quality.figure import Figure
from transforms.extract import times
from transforms.extract.model import Article, TimeExpression

Gold = tuple[int, int, str]


def articles(gold: Path) -> list[tuple[Article, list[Gold], dict[str, object]]]:
    """The articles, cut behind the last annotated line, with their gold expressions."""
    docs = {}
    for line in (gold / "meantime_apple" / "docs.jsonl").open(encoding="utf-8"):
        record = json.loads(line)
        docs[record["id"]] = record
    result = []
    for line in (gold / "meantime_apple" / "gold.jsonl").open(encoding="utf-8"):
        record = json.loads(line)
        mentions = [m for m in record["mentions"].values() if m.get("span")]
        last = max(m["span"][1] for m in mentions)
        stop = record["text"].find("\n", last)
        text = record["text"][: stop if stop >= 0 else None]
        published = date.fromisoformat(docs[record["id"]]["date_publish"])
        built = _parsing.article(record["id"], text, published, text.index("\n"))
        built.times = times.find(built)
        expressions = [
            (*m["span"], m["value"]) for m in mentions if m["kind"] == "TIMEX3" and m["value"]
        ]
        result.append((built, sorted(expressions), record["mentions"]))
    return result


def score(gold: Path) -> list[Figure]:
    """Relaxed, strict and value F1 over all annotated sentences, datelines included."""
    found: list[list[TimeExpression]] = []
    wanted: list[list[Gold]] = []
    for built, expressions, _ in articles(gold):
        found.append(built.times)
        wanted.append(expressions)
    relaxed, strict, value = matches(found, wanted)
    n_found, n_gold = sum(map(len, found)), sum(map(len, wanted))
    best = {"relaxed": 0.907, "strict": 0.818, "value": 0.781}
    counts = {"relaxed": relaxed, "strict": strict, "value": value}
    return [
        Figure(
            "meantime_apple/timex",
            f"{name} F1",
            f1(counts[name], n_found, n_gold),
            n_gold,
            best[name],
            "HeidelTime on TempEval-3",
        )
        for name in counts
    ]


def f1(hits: int, found: int, wanted: int) -> float:
    """The F1 of `hits` among what was found and what was wanted."""
    return 2 * hits / (found + wanted) if found + wanted else 0.0


def matches(found: list[list[TimeExpression]], wanted: list[list[Gold]]) -> tuple[int, int, int]:
    """Expressions that overlap a gold one, that equal it in extent, and that have its value."""
    relaxed = strict = value = 0
    for ours, theirs in zip(found, wanted, strict=True):
        free = list(theirs)
        for time in ours:
            for each in free:
                if time.start < each[1] and each[0] < time.end:
                    free.remove(each)
                    relaxed += 1
                    strict += (time.start, time.end) == each[:2]
                    value += time.value == each[2]
                    break
    return relaxed, strict, value
