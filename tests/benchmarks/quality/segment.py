"""Segmentation of text dumps into stories, against the gold set `segment`.

A story start is right where its first non-blank character is. P_k (Beeferman, Berger and Lafferty,
1999) is taken over lines that are not blank, with k half the mean story length. A story is exact
where both ends are right, blanks at its ends aside. Dumps named `tiny` hold one to four stories,
`tiny_tail` end with a headline alone, `cluster` has same-event neighbours.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.quality.figure import Figure

Span = tuple[int, int]

BEST: dict[tuple[str, str], tuple[float, str]] = {
    ("all", "F1"): (0.946, "prototype, corpora left out of fitting"),
    ("all", "exact"): (0.892, "prototype, corpora left out of fitting"),
    ("seed_title", "F1"): (0.99, "prototype, clean corpora"),
    ("seed_title edited", "F1"): (0.992, "prototype, corpora left out of fitting"),
    ("tiny", "F1"): (0.88, "prototype, corpora left out of fitting"),
    ("cluster", "F1"): (0.857, "prototype, corpora left out of fitting"),
}


@dataclass
class Tally:
    """Counts over dumps."""

    hit: int = 0
    found: int = 0
    gold: int = 0
    right: int = 0
    windows: int = 0
    wrong_windows: int = 0

    def add(self, text: str, stories: list[dict[str, Any]], spans: list[Span]) -> None:
        """Count one dump: its gold stories against the spans found, in characters of `text`."""
        gold = {(story["start"], story["end"]) for story in stories}
        starts = {start for start, _ in gold}
        self.hit += len(starts & {start for start, _ in spans})
        self.found += len(spans)
        self.gold += len(gold)
        trimmed = {(start, start + len(text[start:end].rstrip())) for start, end in gold}
        self.right += len(trimmed & set(spans))
        lines = _line_starts(text)
        reference = np.searchsorted(sorted(starts), lines, "right")
        ours = np.searchsorted(sorted(start for start, _ in spans), lines, "right")
        k = max(2, round(len(lines) / max(len(gold), 1) / 2))
        if len(lines) > k:
            same = reference[k:] == reference[:-k]
            guess = ours[k:] == ours[:-k]
            self.windows += len(same)
            self.wrong_windows += int((same != guess).sum())

    @property
    def precision(self) -> float:
        """Share of the starts found that are right."""
        return self.hit / max(self.found, 1)

    @property
    def recall(self) -> float:
        """Share of the gold starts that were found."""
        return self.hit / max(self.gold, 1)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall of story starts."""
        return 2 * self.hit / max(self.found + self.gold, 1)

    @property
    def p_k(self) -> float:
        """Share of windows of k lines whose ends are wrongly put in one or in two stories."""
        return self.wrong_windows / max(self.windows, 1)

    @property
    def exact(self) -> float:
        """Share of gold stories found with both ends right."""
        return self.right / max(self.gold, 1)


def _line_starts(text: str) -> list[int]:
    out = []
    at = 0
    for line in text.splitlines(keepends=True):
        if line.strip():
            out.append(at)
        at += len(line)
    return out


def groups_of(name: str) -> list[str]:
    """Return the groups that the dump `corpus__variant__number` counts for."""
    corpus, variant, _ = name.split("__")
    groups = ["all", f"corpus {corpus}", f"variant {variant}"]
    if variant == "seed_title":
        groups.append("seed_title")
        if corpus in ("bbc", "reuters21578", "gum_wikinews", "fundus_tests"):
            groups.append("seed_title edited")
    if variant.startswith("tiny"):
        groups.append("tiny")
    if "cluster" in corpus:
        groups.append("cluster")
    return groups


def spans_of(path: Path) -> list[Span]:
    """Segment the dump at `path` with the shipped code; spans without blanks at their ends."""
    from transforms.read import open_source
    from transforms.segment import segment

    spans: list[Span] = []
    text = path.read_bytes().decode("utf-8")
    for dump in open_source(path):
        for articles, _ in segment(dump.pieces(), dump_path=dump.path):
            for start, end in articles.select("char_start", "char_end").iter_rows():
                piece = text[start:end]
                spans.append(
                    (start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip()))
                )
    return spans


def measure(gold: Path) -> dict[str, Tally]:
    """Score the shipped code on every dump of the set, by group."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    for path in sorted((gold / "segment").glob("*.txt")):
        text = path.read_bytes().decode("utf-8")
        stories = [json.loads(line) for line in path.with_suffix(".jsonl").open(encoding="utf-8")]
        spans = spans_of(path)
        for group in groups_of(path.stem):
            tallies[group].add(text, stories, spans)
    return tallies


def score(gold: Path) -> list[Figure]:
    """Return the figures for the table. The shipped parameters were fitted on these dumps.

    For figures on corpora that the model has not met, see `tests.benchmarks.fit_segment measure`.
    """
    tallies = measure(gold)
    out: list[Figure] = []
    for group in ("all", "seed_title", "seed_title edited", "tiny", "cluster"):
        tally = tallies[group]
        values = (("F1", tally.f1), ("P_k", tally.p_k), ("exact", tally.exact))
        for metric, value in values:
            best, by = BEST.get((group, metric), (None, ""))
            out.append(Figure(f"segment/{group}", metric, value, tally.gold, best, by))
    return out
