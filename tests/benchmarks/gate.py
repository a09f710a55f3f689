"""What the gates cost: mentions and gold figures with them against without.

    python -m tests.benchmarks.gate [--articles 1000] [--seed 1]

Without gates every sentence is parsed and the names of every parsed one are recognised. Codes
articles of Reuters-21578 both ways as a run does, then measures the gold sets of events both ways.
Prints how many mentions are the same, how long either took, and the gold figures that differ.
Nothing is asserted.
"""

from __future__ import annotations

import argparse
import io
import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any
from unittest.mock import patch

import polars as pl

from tests.benchmarks.parts import DUMP, row
from tests.benchmarks.quality import __main__ as quality
from tests.benchmarks.quality.deduplicate import reuters
from transforms.extract import coder, gate, pipeline

SETS = ("plover_gsr", "plv", "meantime", "timeline", "muc4")


@contextmanager
def no_gates() -> Iterator[None]:
    """Parse every sentence with a word in it, and recognise the names of all."""

    def passes(_: gate.Gate, text: str, everything: bool = False) -> bool:
        return gate.WORD.search(text) is not None

    def all_heads(doc: Any, _: Any) -> list[int]:
        return list(range(len(doc)))

    with patch.object(gate.Gate, "passes", passes), patch.object(coder, "heads", all_heads):
        yield


def coded(articles: pl.DataFrame) -> tuple[pl.DataFrame, float]:
    """Return the mentions of articles and the CPU seconds that coding them took."""
    begun = time.process_time()
    mentions = coder.code(articles, pipeline.load()).mentions
    return mentions, time.process_time() - begun


def figures() -> list[str]:
    """Return the lines of the table of gold figures."""
    printed = io.StringIO()
    with redirect_stdout(printed), patch.object(sys, "argv", ["quality", "--only", *SETS]):
        quality.main()
    return [line for line in printed.getvalue().splitlines() if line.startswith("| ")]


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.gate")
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-gold", dest="gold", action="store_false")
    given = parser.parse_args()
    wire = [item for item in reuters(DUMP).to_dicts() if item["maintext"]]
    chosen = random.Random(given.seed).sample(wire, given.articles)
    articles = pl.DataFrame([row(coder.Record.from_json(item)) for item in chosen])
    with no_gates():
        coded(articles)  # words are known from here on
        every, longer = coded(articles)
    ours, seconds = coded(articles)
    kept = every.join(ours, on="mention_id", how="semi").height
    print("| | mentions | CPU seconds |\n| --- | ---: | ---: |")
    print(f"| without gates | {every.height:,} | {longer:.1f} |")
    print(f"| with gates | {ours.height:,} | {seconds:.1f} |")
    print(f"\nOf the mentions without gates {kept / every.height:.4f} are found with them.")
    gated = figures() if given.gold else []
    with no_gates():
        free = figures() if given.gold else []
    print(f"Gold figures: {len(gated)}, of which these differ:")
    for one, other in zip(gated, free, strict=True):
        if one != other:
            print(f"with    {one}\nwithout {other}")


if __name__ == "__main__":
    main()
