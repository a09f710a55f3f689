"""Peak memory of reading, segmenting and staging a dump, against the dump's size.

    python -m tests.benchmarks.memory [--sizes 10 100 1000] [--formats jsonl txt]
    python -m tests.benchmarks.memory --whole [--sizes 10 200] [--formats jsonl] [--workers 2]

Each size (in MB, of invented news) is read in a process of its own, through the same task that a
run uses; printed are the peak resident set, articles and seconds. Nothing is asserted.

With `--whole` each size is run from dump to published warehouse, and what is printed is the peak of
all processes together, by stage of the run too. Of these articles one in `TOLD` tells of events, as
a run's do; the others pass quickly, since memory does not depend on how long it takes to parse.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.speed import Measured, measure
from tests.stories import SYLLABLES, story

TOLD = 40
"""One article in so many tells of events where a whole run is measured."""


WORDS = ["".join(syllables) for syllables in itertools.product(SYLLABLES, repeat=3)]


def quiet(draw: random.Random) -> tuple[str, str]:
    """Return an invented headline and a body of about 2,000 characters in which nothing happens.

    Three words that follow each other hardly ever do so in another text: what deduplication needs
    grows with what texts have in common.
    """

    def sentence() -> str:
        first, second, third, fourth, fifth, *rest = draw.choices(WORDS, k=12)
        return (
            f"The {first} {second} of {third.capitalize()} and {fourth.capitalize()} was {fifth} "
            f"with {' '.join(rest)}."
        )

    body = "\n".join(" ".join(sentence() for _ in range(4)) for _ in range(5))
    return " ".join(draw.choices(WORDS, k=6)).capitalize(), body


def write(path: Path, megabytes: int, kind: str, *, whole: bool = False) -> None:
    """Write an invented dump of about `megabytes` million bytes."""
    draw = random.Random(megabytes)
    written = number = 0
    with path.open("w", encoding="utf-8") as dump:
        while written < megabytes * 1_000_000:
            number += 1
            title, body = quiet(draw) if whole and number % TOLD else story(draw)
            if kind == "jsonl":
                record = {"title": title, "maintext": body, "date_publish": "2024-05-13"}
                text = json.dumps(record) + "\n"
            else:
                text = f"{title}\n{body}\n"
            written += dump.write(text)


def read(path: Path) -> None:
    """Read one dump as a run does and print articles, seconds and peak memory (KiB)."""
    from flows.stage import Stage
    from flows.tasks import read_sources

    begun = time.perf_counter()
    stage = Stage.create(path.with_suffix(".duckdb"), "memory", {})
    done = read_sources.fn([path], stage, 0, None)
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"articles": done["articles"], "seconds": seconds, "kib": peak}))


def run_whole(path: Path, workers: int) -> None:
    """Run a dump to a published warehouse and print a row of the table of whole runs."""
    environment = {
        "NEWSMILL_WORKERS": str(workers),
        "NEWSMILL_CONFIG": str(path.with_name("none.toml")),
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "flows", "run", str(path), "--json"]
    command += ["--warehouse", str(path.with_suffix(".duckdb"))]
    done = measure(command, environment)
    record = json.loads(done.output)
    # The stages follow each other and come last, before what ends the run.
    peaks = ", ".join(
        f"{stage} {peak / 2**30:.2f}" for stage, peak in by_stage(done, record["seconds"]).items()
    )
    print(
        f"| {path.stat().st_size / 1e6:,.0f} MB | {record['counts']['articles']:,} | "
        f"{record['counts']['mentions']:,} | {done.wall:.0f} | {done.peak / 2**30:.2f} GiB | "
        f"{peaks} |",
        flush=True,
    )


def by_stage(done: Measured, seconds: dict[str, float]) -> dict[str, int]:
    """Return the peak of each stage: samples are counted back from the end of the run."""
    end, peaks = done.wall, {}
    for stage, lasted in reversed(seconds.items()):
        start = end - lasted
        peaks[stage] = max((size for at, size in done.samples if start <= at <= end), default=0)
        end = start
    return dict(reversed(peaks.items()))


def main() -> int:
    """Measure every size and format, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.memory")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 100])
    parser.add_argument("--formats", nargs="+", default=None)
    parser.add_argument("--whole", action="store_true", help="run to a published warehouse")
    parser.add_argument("--workers", type=int, default=2, help="of a whole run")
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.read:
        read(asked.read)
        return 0
    if asked.whole:
        print("| dump | articles | mentions | seconds | peak of all processes | by stage, GiB |")
        print("| ---: | ---: | ---: | ---: | ---: | --- |")
        for kind in asked.formats or ["jsonl"]:
            for megabytes in asked.sizes:
                with tempfile.TemporaryDirectory() as folder:
                    path = Path(folder, f"dump.{kind}")
                    write(path, megabytes, kind, whole=True)
                    run_whole(path, asked.workers)
        return 0
    print("| format | dump | articles | seconds | peak memory |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for kind in asked.formats or ["jsonl", "txt"]:
        for megabytes in asked.sizes:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, f"dump.{kind}")
                write(path, megabytes, kind)
                command = [sys.executable, "-m", "tests.benchmarks.memory", "--read", str(path)]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
            found = json.loads(done.stdout)
            print(
                f"| {kind} | {megabytes:,} MB | {found['articles']:,} | {found['seconds']:.0f} | "
                f"{found['kib'] / 1024:.0f} MiB |"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
