"""Time the whole pipeline on Reuters-21578 against a bare `nlp.pipe` over the same articles.

    python -m tests.benchmarks.speed [--dump FILE] [--workers 2] [--articles N]

Both run one after the other in one call, each in a process of its own, with the same model and
the same number of processes. Prints articles/s, their ratio and the peak memory of all processes
together (resident set sizes added up, sampled ten times a second). `--articles` cuts the bare
pipe's work to the first N articles (its speed does not depend on their number) to save time; the
whole pipeline always reads the whole dump, up to the published warehouse (`--no-brief`: the pages
come after that). Nothing is asserted.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

DUMP = Path(__file__).resolve().parents[3] / "shared" / "dumps" / "reuters21578.tar.gz"


@dataclass(frozen=True)
class Measured:
    """One timed command: wall seconds, CPU seconds of all its processes, peak bytes, output, and
    the bytes of all processes at any time after its begin."""

    wall: float
    cpu: float
    peak: int
    output: str
    samples: list[tuple[float, int]]


def measure(command: list[str], environment: dict[str, str]) -> Measured:
    """Run `command` and watch the memory of its whole process tree."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
    )
    samples: list[tuple[float, int]] = []
    ended = threading.Event()

    def watch() -> None:
        root = psutil.Process(process.pid)
        while not ended.wait(0.1):
            total = 0
            try:
                tree = [root, *root.children(recursive=True)]
            except psutil.Error:
                return
            for member in tree:
                try:
                    total += member.memory_info().rss
                except psutil.Error:
                    continue
            samples.append((time.perf_counter() - begun, total))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    output, _ = process.communicate()
    ended.set()
    watcher.join()
    if process.returncode:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}")
    wall = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(wall, cpu, max((size for _, size in samples), default=0), output, samples)


def bare_pipe(dump: Path, workers: int, articles: int | None) -> None:
    """Parse the articles of `dump` with a bare `nlp.pipe` and print `{"articles", "seconds"}`.

    Reading the dump and loading the model are not counted: the pipe gets every advantage.
    """
    from transforms.extract import pipeline
    from transforms.read import open_source
    from transforms.segment import Segmenter

    texts: list[str] = []
    for member in open_source(dump):
        for accepted, _ in Segmenter(dump_path=member.path).run(member.pieces()):
            texts += [
                "\n".join(part for part in (title, body) if part)
                for title, body in accepted.select("title", "body").iter_rows()
            ]
    texts = texts[:articles]
    nlp = pipeline.load()
    begun = time.perf_counter()
    for _ in nlp.pipe(texts, n_process=workers, batch_size=100):
        pass
    print(json.dumps({"articles": len(texts), "seconds": time.perf_counter() - begun}))


def main() -> int:
    """Measure both and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.speed")
    parser.add_argument("--dump", type=Path, default=DUMP)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--articles", type=int, default=None)
    parser.add_argument("--keep", type=Path, default=None, help="keep the warehouse here")
    parser.add_argument("--bare", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.bare:
        bare_pipe(asked.dump, asked.workers, asked.articles)
        return 0
    if not asked.dump.is_file():
        print(f"{asked.dump} does not exist: name a dump with --dump", file=sys.stderr)
        return 2
    environment = {"NEWSMILL_WORKERS": str(asked.workers), "OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as folder:
        environment["NEWSMILL_CONFIG"] = str(Path(folder, "none.toml"))
        newsmill = [sys.executable, "-m", "flows", "run", "--no-brief", str(asked.dump), "--json"]
        newsmill += ["--warehouse", str(Path(folder, "speed.duckdb"))]
        first = measure(newsmill, environment)
        again = measure(newsmill, environment)
        bare = measure(
            [
                *(sys.executable, "-m", "tests.benchmarks.speed", "--bare"),
                *("--dump", str(asked.dump), "--workers", str(asked.workers)),
                *(("--articles", str(asked.articles)) if asked.articles else ()),
            ],
            environment,
        )
        size = Path(folder, "speed.duckdb").stat().st_size
        if asked.keep:
            shutil.copy(Path(folder, "speed.duckdb"), asked.keep)
    record = json.loads(first.output)
    articles = record["counts"]["articles"]
    piped = json.loads(bare.output)
    ours, theirs = articles / first.wall, piped["articles"] / piped["seconds"]
    gib = 1024**3
    print("| what | articles | seconds | articles/s | peak memory |")
    print("| --- | ---: | ---: | ---: | ---: |")
    print(
        f"| newsmill run, dump to published warehouse | {articles:,} | {first.wall:.0f} | "
        f"{ours:.1f} | {first.peak / gib:.2f} GiB |"
    )
    print(
        f"| bare nlp.pipe(n_process={asked.workers}), parse only | {piped['articles']:,} | "
        f"{piped['seconds']:.0f} | {theirs:.1f} | {bare.peak / gib:.2f} GiB |"
    )
    print(
        f"| the same newsmill run again | {articles:,} | {again.wall:.1f} | | "
        f"{again.peak / gib:.2f} GiB |"
    )
    print(f"\nRatio newsmill / bare pipe: {ours / theirs:.2f}")
    cores = first.cpu / first.wall
    print(f"Warehouse: {size / 1024**2:.0f} MiB. CPU: {first.cpu:.0f} s, {cores:.2f} cores busy.")
    print("\nWhere each second of the run goes:\n")
    print("| stage | seconds | share |\n| --- | ---: | ---: |")
    stages = dict(record["seconds"])
    stages["to start and to end"] = first.wall - sum(stages.values())
    for stage, value in stages.items():
        print(f"| {stage} | {value:.1f} | {value / first.wall:.1%} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
