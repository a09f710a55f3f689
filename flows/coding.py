"""Code a batch of articles, and stage its mentions: the work of one task, without Prefect."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from flows import child, inputs
from flows.parses import TABLE, Store
from flows.settings import PROCESSES, Settings
from flows.stage import Stage, read_part
from transforms.schemas import Rejects, frame

EXTRACTED = "extract-"
"""Parts of rejects that extraction makes are called so; others begin with their source's number."""


BYTES_WORTH_A_WORKER = 500_000
"""Of dumps, as they are stored: fewer are coded in less time than a process takes to load."""


def prepare(chosen: Settings, files: Sequence[Path]) -> None:
    """Have child processes load what coding needs, while the run begins and reads these files.

    There are fewer of them than `workers` where the dumps are too small to occupy all.
    """
    if chosen.executor == PROCESSES:
        count = min(chosen.workers, 1 + inputs.weight(files) // BYTES_WORTH_A_WORKER)
        child.warm(count, load, chosen.model, chosen.knowledge, memory=chosen.worker_memory)


def load(model: str, knowledge: tuple[Path, ...]) -> None:
    """Load what coding needs, once a process."""
    from transforms.extract import additions, coder, pipeline

    additions.use(knowledge)
    coder.extractor(pipeline.load(model))
    _spare_the_collector()


@cache
def _spare_the_collector() -> None:
    """Keep the garbage collector, once a process, from what is loaded for good, and let it come
    less often: parses are thousands of small objects that are all dropped together."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


def code(
    batch: Path,
    start: int,
    count: int,
    stage: Stage,
    model: str,
    knowledge: tuple[Path, ...],
    store: Store | None = None,
) -> dict[str, Any]:
    """Code `count` articles of a staged batch, from the one at `start` on, and stage the mentions.

    `knowledge` are the files of the user's own terms, actors and types. With `store`, what it keeps
    is not parsed, and what is parsed is staged to be kept.

    Returns `{"coded", "mentions", "failed", "warnings"}`.
    """
    from transforms.extract import coder, pipeline

    load(model, knowledge)
    articles = read_part(batch).slice(start, count)
    parses = store.find(articles) if store is not None else None
    result = coder.code(articles, pipeline.load(model), parses)
    part = f"{batch.stem}-{start:05d}"
    if result.parses is not None and result.parses.height:
        stage.write(TABLE, part, result.parses)
    if result.mentions.height:
        stage.write("mentions", part, result.mentions)
    return finish(stage, part, articles, result.failures) | {"mentions": result.mentions.height}


def finish(
    stage: Stage, part: str, articles: pl.DataFrame, failures: dict[str, str]
) -> dict[str, Any]:
    """Stage which articles are coded, and as rejects those that could not be.

    `failures` says why, by `article_id`. Comes after their mentions are staged: a run that goes on
    from another one believes it. Returns `{"coded", "mentions": 0, "failed", "warnings"}`.
    """
    has_failed = pl.col("article_id").is_in(list(failures))
    rows = [
        {
            "dump_id": row["dump_id"],
            "char_start": row["char_start"],
            "char_end": row["char_end"],
            "reason": "extract_failed",
            "detail": failures[row["article_id"]],
            "excerpt": (row["title"] or row["body"])[:200],
        }
        for row in articles.filter(has_failed).iter_rows(named=True)
    ]
    if rows:
        stage.write("rejects", f"{EXTRACTED}{part}", frame(Rejects, rows))
    stage.write("coded", part, articles.select("article_id", "story_id", failed=has_failed))
    return {
        "coded": articles.height - len(rows),
        "mentions": 0,
        "failed": len(rows),
        "warnings": [f"not coded: {row['detail']}: {row['excerpt'][:60]}" for row in rows[:3]],
    }
