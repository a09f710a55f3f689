"""Score the current code on every gold set and print one table.

    python -m tests.benchmarks.quality [--gold ../shared/gold] [--only SET ...] [--markdown]

Each module of this package with a function `score(gold)` is a set. Nothing here asserts.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
import time
from pathlib import Path

from tests.benchmarks import quality
from tests.benchmarks.quality.figure import Figure

GOLD = Path(__file__).resolve().parents[4] / "shared" / "gold"


def sets() -> list[str]:
    """Return the names of the modules that score a gold set."""
    names = [info.name for info in pkgutil.iter_modules(quality.__path__)]
    return [
        name
        for name in names
        if name not in {"__main__", "figure"}
        and hasattr(importlib.import_module(f"{quality.__name__}.{name}"), "score")
    ]


def markdown(figures: list[Figure]) -> str:
    """Return the figures as a markdown table."""
    lines = [
        "| set | metric | newsmill | best known | by | n |",
        "| --- | --- | ---: | ---: | --- | ---: |",
    ]
    for figure in figures:
        best = "—" if figure.best is None else f"{figure.best:.3f}"
        lines.append(
            f"| {figure.part} | {figure.metric} | {figure.value:.3f} | {best} | {figure.by} | "
            f"{figure.n:,} |"
        )
    return "\n".join(lines)


def main() -> int:
    """Score the sets named on the command line, or all; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.quality")
    parser.add_argument("--gold", type=Path, default=GOLD)
    parser.add_argument("--only", nargs="*", default=None, metavar="SET")
    asked = parser.parse_args()
    if not asked.gold.is_dir():
        print(f"no gold data in {asked.gold}: name its folder with --gold", file=sys.stderr)
        return 2
    figures: list[Figure] = []
    for name in asked.only or sets():
        begun = time.perf_counter()
        module = importlib.import_module(f"{quality.__name__}.{name}")
        figures += module.score(asked.gold)
        print(f"{name}: {time.perf_counter() - begun:.0f} s", file=sys.stderr)
    print(markdown(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
