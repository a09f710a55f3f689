"""What each executor does with the same batches: articles a second, and the overhead of a batch.

    python -m tests.benchmarks.executors [ARTICLES]

Codes articles of Reuters-21578 in batches of 500 through the nightly flow's own tasks, on threads,
on one and two child processes, and on Dask clusters of one and two workers. Models are loaded
before the clock runs. The overhead of a batch is that of batches of one article without an event.
Prints a table; nothing is asserted.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import flows  # noqa: F401  sets what Prefect must find before it is imported

# isort: split
import polars as pl
from prefect import flow

from flows import child, executor, settings
from flows.stage import Stage
from flows.tasks import code_batch
from transforms.read import open_source
from transforms.segment import Segmenter

DUMP = Path(__file__).resolve().parents[3] / "shared" / "dumps" / "reuters21578.tar.gz"
BATCH = 500
SMALL = 40
SETUPS = (("threads", 1), ("processes", 1), ("processes", 2), ("dask", 1), ("dask", 2))


def articles(wanted: int) -> pl.DataFrame:
    """Return the first articles of Reuters-21578, each as a story of its own."""
    found: list[pl.DataFrame] = []
    for dump in open_source(DUMP):
        for some, _ in Segmenter(dump.path, None, None).run(dump.pieces()):
            found.append(some)
        if sum(frame.height for frame in found) >= wanted:
            break
    return pl.concat(found).head(wanted).with_columns(story_id="article_id")


def staged(stage: Stage, name: str, frame: pl.DataFrame, size: int) -> list[tuple[Path, int]]:
    """Stage a frame in batches."""
    return [
        (stage.write(name, f"{number:05d}", part), part.height)
        for number, part in enumerate(frame.iter_slices(size))
    ]


@contextmanager
def cluster(kind: str, workers: int) -> Iterator[str]:
    """Give the executor's setting; of Dask a cluster that is there before the clock runs."""
    if kind != "dask":
        yield kind
        return
    from distributed import LocalCluster

    with LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=":0") as running:
        yield f"dask:{running.scheduler_address}"


@flow(name="executors")
def measure(
    kind: str, workers: int, large: list[tuple[Path, int]], small: list[tuple[Path, int]]
) -> tuple[float, float]:
    """Return the seconds that the large batches take, and those of a small one."""
    with cluster(kind, workers) as name, child.children():
        chosen = settings.load(executor=name, workers=workers)
        stage = Stage(Path(tempfile.mkdtemp()))

        def seconds(batches: list[tuple[Path, int]]) -> float:
            calls: list[tuple[Any, ...]] = [
                (part, count, BATCH, stage, chosen.model, (), executor.limits(chosen))
                for part, count in batches
            ]
            begun = time.perf_counter()
            for _ in executor.fan_out(chosen, code_batch, calls):
                pass
            return time.perf_counter() - begun

        for _ in range(2):
            seconds(small[: 4 * workers])  # every worker loads its model
        return seconds(large), seconds(small) / len(small)


def main() -> None:
    """Print a table of executors."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 4000
    stage = Stage(Path(tempfile.mkdtemp()))
    found = articles(wanted)
    large = staged(stage, "large", found, BATCH)
    quiet = found.head(SMALL).with_columns(title=pl.lit("Notice"), body=pl.lit("No news."))
    small = staged(stage, "small", quiet, 1)
    print("| executor | workers | articles/s | of one process | a batch more |")
    print("| --- | ---: | ---: | ---: | ---: |")
    one = 0.0
    for kind, workers in SETUPS:
        took, overhead = measure(kind, workers, large, small)
        rate = found.height / took
        one = rate if (kind, workers) == ("processes", 1) else one
        print(
            f"| {kind} | {workers} | {rate:.1f} | {f'{rate / one:.2f}' if one else ''} | "
            f"{1000 * overhead:.0f} ms |",
            flush=True,
        )


if __name__ == "__main__":
    main()
