"""Lines a second that the segmenter takes on one core.

    python -m tests.benchmarks.segment_speed [--megabytes 100] [--profile]

Two texts: all dumps of the gold set `segment` (where there is one) one behind the other, and an
invented dump. Two figures for each: finding where stories start, and the whole stage, from pieces
to articles with their headlines, dates and languages. Libraries are held to one thread; seconds
are those of the processor. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

GOLD = Path(__file__).resolve().parents[3] / "shared" / "gold" / "segment"
THREADS = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def boundaries(text: str) -> int:
    """Find the starts in `text` block by block; return how many lines it has."""
    from transforms.segment.articles import BLOCK_LINES
    from transforms.segment.boundaries import choose, judge
    from transforms.segment.units import split_lines, units_of, width_of

    count = 0
    for part in _parts(text, BLOCK_LINES):
        lines = split_lines(part)
        width = width_of(lines)
        units = units_of(lines, width)
        choose(units, judge(units, wrapped=width is not None))
        count += len(lines)
    return count


def _parts(text: str, size: int) -> Iterator[str]:
    lines = text.splitlines(keepends=True)
    for low in range(0, len(lines), size):
        yield "".join(lines[low : low + size])


def whole(path: Path) -> int:
    """Run the stage over the dump at `path`; return how many articles it has."""
    from transforms.read import open_source
    from transforms.segment import segment

    return sum(
        len(articles)
        for dump in open_source(path)
        for articles, _ in segment(dump.pieces(), dump_path=dump.path)
    )


def measure(path: Path, profile: bool) -> None:
    """Time both on one text and print a row of the table."""
    from transforms.segment.language import detect

    text = path.read_text(encoding="utf-8")
    # Load what is loaded once.
    boundaries(text[:20_000])
    detect("Die Regierung hat am Montag neue Regeln vorgestellt, sagte der Minister.")
    with tempfile.TemporaryDirectory() as folder:
        few = Path(folder) / "few.txt"
        few.write_text(text[:20_000], encoding="utf-8")
        whole(few)
    profiler = cProfile.Profile()
    begun = time.process_time()
    lines = boundaries(text)
    found = time.process_time() - begun
    begun = time.process_time()
    if profile:
        profiler.enable()
    articles = whole(path)
    profiler.disable()
    stage = time.process_time() - begun
    print(
        f"| {path.stem} | {lines:,} | {articles:,} | {lines / found:,.0f} | {lines / stage:,.0f} |",
        flush=True,
    )
    if profile:
        pstats.Stats(profiler).sort_stats("tottime").print_stats(30)


def main() -> int:
    """Make the texts and measure them, each in a process of its own."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.segment_speed")
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--profile", action="store_true", help="say what takes the time")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        measure(asked.one, asked.profile)
        return 0
    from tests.benchmarks.memory import write

    print("| text | lines | articles | starts, lines/s | whole stage, lines/s |")
    print("| --- | ---: | ---: | ---: | ---: |", flush=True)
    environment = {**os.environ, **dict.fromkeys(THREADS, "1")}
    with tempfile.TemporaryDirectory() as folder:
        texts = []
        if GOLD.is_dir():
            texts.append(Path(folder, "gold.txt"))
            with texts[0].open("w", encoding="utf-8") as out:
                for path in sorted(GOLD.glob("*.txt")):
                    out.write(path.read_text(encoding="utf-8").rstrip() + "\n")
        texts.append(Path(folder, f"invented-{asked.megabytes}MB.txt"))
        write(texts[-1], asked.megabytes, "txt")
        for path in texts:
            command = [sys.executable, "-m", "tests.benchmarks.segment_speed", "--one", str(path)]
            subprocess.run(command + ["--profile"] * asked.profile, env=environment, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
