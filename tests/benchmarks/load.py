"""Time a night: `python -m tests.benchmarks.load [articles] [mentions an article]`; with `lake`
before the numbers, in a lake with a real PostgreSQL.

Loads an invented night into a new warehouse, then a small second night, then the first one again,
and prints seconds by step and the size of the file.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path

from tests.postgres import PASSWORD, server
from tests.warehouse.stages import RUN, Stage, event_types, night
from transforms import deduplicate
from transforms.schemas import Remembered, frame
from warehouse import aggregate, connect, history, load, publish, query


@contextmanager
def timed(what: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    print(f"  {what:<34}{time.perf_counter() - started:8.2f} s", flush=True)


def publish_night(path: Path, stage: Path, name: str) -> None:
    """Load, aggregate and publish a staged night, with seconds by step."""
    started = time.perf_counter()
    with publish.writing(path) as con:
        print(f"  {'copy, open, migrate':<34}{time.perf_counter() - started:8.2f} s")
        load.replace_event_types(con, event_types())
        with timed("load"):
            loaded = load.load(con, stage, RUN | {"run_id": name})
        with timed(f"aggregates of {len(loaded.days)} days"):
            aggregate.refresh(con, loaded.days)
        started_publishing = time.perf_counter()
    print(f"  {'checkpoint, sync, rename':<34}{time.perf_counter() - started_publishing:8.2f} s")
    print(f"  {'whole':<34}{time.perf_counter() - started:8.2f} s   {loaded.counts}")


def main(articles: int = 20_000, mentions: float = 4.0, *, lake: bool = False) -> None:
    """Make the nights, load them, and print."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        path = Path(folder) / "news.duckdb"
        if lake:
            os.environ["PGPASSWORD"] = PASSWORD
            path = running.enter_context(server()).lake(Path(folder))
        first = night(1, articles, mentions, words=250)
        second = night(2, articles // 20, mentions, date(2026, 3, 2), [first], words=250)
        nights: list[tuple[str, Stage]] = [("first night", first), ("second night", second)]
        for name, stage in nights:
            print(f"{name}: {len(stage.articles):,} articles, {len(stage.mentions):,} mentions")
            publish_night(path, stage.write(Path(folder) / name), name)
            print(f"  {'size':<34}{connect.size(path) / 1e6:8.1f} MB")
        print("first night again (as a rerun):")
        publish_night(path, Path(folder) / "second night", "again")
        with timed("known_containers"):
            query.known_containers(path)
        kept = frame(Remembered, second.sketches)
        keys = kept.rename({"keys": "key"}).explode("key")
        with timed(f"promising by {keys.height:,} keys"):
            history.promising(path, keys, deduplicate.SEARCH)
        with timed("status"):
            query.status(path)
        with timed("day_summary"):
            query.day_summary(path, date(2026, 3, 1))
        with publish.writing(path) as con, timed("rebuild of derived tables"):
            load.rebuild(con)
        with publish.writing(path) as con, timed("rebuild of aggregates"):
            aggregate.refresh(con, None)


if __name__ == "__main__":
    given = [argument for argument in sys.argv[1:] if argument != "lake"]
    main(*(int(argument) for argument in given), lake="lake" in sys.argv)
