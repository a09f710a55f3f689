"""Peak memory of reading, segmenting and staging a dump, against the dump's size.

    python -m tests.benchmarks.memory [--sizes 10 100 1000] [--formats jsonl txt]

Each size (in MB, of invented news) is read in a process of its own, through the same task that a
run uses; printed are the peak resident set, articles and seconds. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.stories import story


def write(path: Path, megabytes: int, kind: str) -> None:
    """Write an invented dump of about `megabytes` million bytes."""
    draw = random.Random(megabytes)
    written = 0
    with path.open("w", encoding="utf-8") as dump:
        while written < megabytes * 1_000_000:
            title, body = story(draw)
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


def main() -> int:
    """Measure every size and format, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.memory")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 100])
    parser.add_argument("--formats", nargs="+", default=["jsonl", "txt"])
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.read:
        read(asked.read)
        return 0
    print("| format | dump | articles | seconds | peak memory |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for kind in asked.formats:
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
