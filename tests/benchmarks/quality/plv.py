"""PLOVER root types on sentences with one marked source and target."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path

from tests.benchmarks.quality.figure import Figure
from transforms.extract import coder, pipeline

YIELD = frozenset(("CONCEDE", "RETREAT"))


def _root(event_type: str | None) -> str:
    return "YIELD" if event_type in YIELD else event_type or "-"


def _macro_f1(pairs: list[tuple[str, str]]) -> float:
    gold, ours, both = Counter[str](), Counter[str](), Counter[str]()
    for wanted, given in pairs:
        gold[wanted] += 1
        ours[given] += 1
        both[wanted] += wanted == given
    return sum(2 * both[t] / (gold[t] + ours[t]) for t in gold) / len(gold)


def predictions(folder: Path, given: bool) -> tuple[list[tuple[str, str]], float]:
    """Gold and our root for each sentence, and how often any of our mentions is right.

    Ours is the type of the first mention: of the marked pair where it is `given`, else of the
    mention that we are surest of.
    """
    gold = {g["id"]: g for g in map(json.loads, (folder / "gold.jsonl").open(encoding="utf-8"))}
    records = []
    for item in map(json.loads, (folder / "docs.jsonl").open(encoding="utf-8")):
        if given:
            item |= {
                "actor": gold[item["id"]]["source"],
                "recipient": gold[item["id"]]["target"] or None,
            }
        records.append(coder.Record.from_json(item))
    pairs, anywhere = [], 0
    for annotation in coder.annotate(records, pipeline.load(), background=True):
        wanted = _root(gold[annotation.id]["event_type"])
        mentions = annotation.mentions
        if not given:
            mentions = sorted(mentions, key=lambda m: -m["confidence"])
        pairs.append((wanted, _root(mentions[0]["event_type"] if mentions else None)))
        anywhere += any(_root(m["event_type"]) == wanted for m in mentions)
    return pairs, anywhere / len(pairs)


def score(gold: Path) -> list[Figure]:
    """Score `newsmill code` on `plv`; `gold` is the folder of gold sets.

    With source and target given, the classifier decides, and its weights were fitted on these
    sentences: so that figure is of five-fold cross-validation, and left out where scikit-learn is
    not installed.
    """
    folder = gold / "plv"
    pairs, anywhere = predictions(folder, given=False)
    part = "plv/not given"
    accuracy = sum(a == b for a, b in pairs) / len(pairs)
    by = "UniversalPetrarch"
    figures = [
        Figure(part, "root accuracy, surest mention", accuracy, len(pairs), 0.470, by),
        Figure(part, "root macro F1", _macro_f1(pairs), len(pairs), 0.452, by),
        Figure(part, "root among all mentions", anywhere, len(pairs)),
    ]
    try:
        from tests.benchmarks.fit_classifier import cross_validated
    except ImportError:
        return figures
    accuracy, macro = cross_validated(folder)
    part, by = "plv/given, 5-fold", "RoBERTa-large on a GPU"
    return [
        *figures,
        Figure(part, "root accuracy", accuracy, len(pairs), 0.835, by),
        Figure(part, "root macro F1", macro, len(pairs), 0.821, by),
    ]


def confusions(gold: Path, given: bool) -> dict[str, Counter[str]]:
    """What each gold root was taken for: for reading, not for the table."""
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for wanted, ours in predictions(gold / "plv", given)[0]:
        table[wanted][ours] += 1
    return table
