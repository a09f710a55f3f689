"""How long threading a night takes beside a month of history.

    python -m tests.benchmarks.threads_speed [--history 300000] [--night 10000]

The stories are those of Reuters-21578, repeated with other rare terms each time, so that common
terms are as common and rare ones as rare as they are there, spread over thirty days.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from tests.benchmarks.quality.__main__ import GOLD
from tests.benchmarks.quality.deduplicate import articles, reuters
from transforms.deduplicate import memory, threads
from transforms.keys import content_id

START = datetime(2024, 5, 1, tzinfo=UTC)
DAYS = 30
OFTEN = 60
"""A term of so many stories of the collection is common, and the same in every repetition."""


def stories(count: int) -> pl.DataFrame:
    """Return so many vectors, in a thread of their own each, spread over `DAYS` days."""
    docs = reuters(GOLD.parent / "dumps" / "reuters21578.tar.gz")
    ready = articles(docs).with_columns(story_id=pl.col("article_id"))
    base = memory.remember(ready).sort("published_at", "story_id", nulls_last=True)
    flat = base.with_row_index("row").select("row", term="terms", weight="weights")
    flat = flat.explode("term", "weight")
    common = flat.group_by("term").len().filter(pl.col("len") >= OFTEN)["term"].to_numpy()
    rare = ~np.isin(flat["term"].to_numpy(), common)
    made: list[pl.DataFrame] = []
    for number in range(-(-count // base.height)):
        term = flat["term"].to_numpy().astype(np.uint64)
        other = (term * np.uint64(2 * number + 1) + np.uint64(2 * number)) & np.uint64(0xFFFFFFFF)
        lists = (
            flat.with_columns(term=pl.Series(np.where(rare, other, term).astype(np.uint32)))
            .sort("row", "term")
            .group_by("row", maintain_order=True)
            .agg(terms="term", weights="weight")
        )
        held = base.with_row_index("row").drop("terms", "weights").join(lists, on="row")
        place = (np.arange(held.height) + number * 7919) % held.height
        when = [START + timedelta(days=DAYS * at / held.height) for at in place.tolist()]
        ids = [content_id("speed", number, row) for row in held["row"].to_list()]
        made.append(
            held.with_columns(
                heading=pl.col("heading") + number,
                story_id=pl.Series(ids),
                published_at=pl.Series(when, dtype=pl.Datetime("us", "UTC")),
            ).drop("row")
        )
    return pl.concat(made).head(count).select(base.columns)


def main() -> None:
    """Fill a warehouse with history, thread a night, and print the seconds of each step."""
    from warehouse import connect, migrate, query

    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.threads_speed")
    parser.add_argument("--history", type=int, default=300_000)
    parser.add_argument("--night", type=int, default=10_000)
    asked = parser.parse_args()
    every = stories(asked.history + asked.night).sort("published_at", "story_id")
    past, tonight = every.head(asked.history), every.tail(asked.night)
    folder = Path(tempfile.mkdtemp())
    con = connect.open_private(folder / "speed.duckdb")
    con.execute("SET threads = 1")
    migrate.migrate(con, folder / "speed.duckdb")
    con.register("past", past.to_arrow())
    con.execute(
        "INSERT INTO story_terms BY NAME SELECT *, story_id AS thread_id FROM past"
        " ORDER BY published_at"
    )
    con.execute(
        "INSERT INTO term_days BY NAME SELECT day, term, count(*) AS stories FROM"
        " (SELECT CAST(published_at AS DATE) AS day, unnest(terms) AS term FROM story_terms)"
        " GROUP BY ALL ORDER BY day, term"
    )
    con.unregister("past")
    con.execute("CHECKPOINT")
    size = (folder / "speed.duckdb").stat().st_size
    begun, cpu = time.perf_counter(), time.process_time()
    known = query.known_threads(
        con,
        tonight,
        window=threads.WINDOW,
        history=threads.HISTORY,
        shared=threads.RARE_SHARED,
        common=threads.COMMON,
    )
    asked_for, asked_cpu = time.perf_counter(), time.process_time()
    found = threads.link(tonight, *known)
    done, done_cpu = time.perf_counter(), time.process_time()
    several = found.filter(pl.col("similarity").is_not_null()).height
    print(f"history {past.height:,} stories, {size / 2**20:.0f} MiB")
    print(f"tonight {tonight.height:,} stories, {several:,} of them in threads with others")
    print(f"look up {asked_for - begun:.1f} s ({asked_cpu - cpu:.1f} s of CPU)", end=", ")
    print(f"{known.known.height:,} known stories")
    print(f"link {done - asked_for:.1f} s ({done_cpu - asked_cpu:.1f} s of CPU)")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
