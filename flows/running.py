"""What every flow that codes does: its record, its stage, its coding, and how it fails."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE

from flows import child, executor, logs, progress
from flows.briefing import upkeep
from flows.parses import Store
from flows.run_record import RunRecord
from flows.settings import Settings
from flows.stage import Stage
from flows.tasks import AGAIN, code_batch
from flows.watching import Watch
from warehouse import query

look_at = task(name="look at the warehouse", cache_policy=NO_CACHE, **AGAIN)(query.last_change)

MOST_ATTEMPTS = 20
"""How often a run matches anew because another machine has loaded into the same lake."""


class RunFailedError(RuntimeError):
    """A run ended without what it was asked for; the message says what to do."""


def begin(flow: str, chosen: Settings, parameters: dict[str, Any]) -> RunRecord:
    """Check the user's knowledge, and return the record of a new run.

    Raises `ValueError` for knowledge that cannot be used.
    """
    from transforms.extract import additions, ontology, pipeline

    additions.use(chosen.knowledge)
    additions.check()
    return RunRecord(
        flow=flow,
        model=pipeline.identity(chosen.model),
        ontology_version=ontology.version(),
        parameters=parameters,
    )


@contextmanager
def staged(run: RunRecord, chosen: Settings, held: Any, watch: Watch) -> Iterator[Stage]:
    """Give the run's stage, and in the block children that work; `held` is the warehouse's lock.

    `watch` looks at what is staged before it goes.

    Where the block fails or is stopped the run is kept as failed, and what it has coded for the
    next one.
    """
    stage = Stage.create(chosen.warehouse, run.run_id, _coded_by(run, chosen))
    coded = stage.read("coded", ["article_id"])
    if coded is not None:
        run.add(resumed=coded.height)
        logs.tell("coded by a run that did not end", counts={"articles": coded.height})
    try:
        with child.children():
            yield stage
    except BaseException as error:  # being stopped is none of the exceptions
        watch.keep(stage)
        stage.leave() if not isinstance(error, RunFailedError) else stage.remove()
        run.finish("failed", f"{type(error).__name__}: {error}")
        if isinstance(error, Exception):
            _record_failure(run, chosen.warehouse, held)
        raise
    watch.keep(stage)
    stage.remove()


def _coded_by(run: RunRecord, chosen: Settings) -> dict[str, Any]:
    """Return what decides how an article is coded: what the same coded need not be coded again."""
    return {
        "program": run.program_version,
        "model": run.model,
        "ontology": run.ontology_version,
        "reading": [str(chosen.dump_date), chosen.format, sorted(map(str, chosen.fields.items()))],
    }


def _record_failure(run: RunRecord, warehouse: Path, held: Any) -> None:
    """Keep the failed run in `runs`, where there is a warehouse and it can be written."""
    from warehouse import connect, load, publish

    try:
        if not connect.exists(warehouse):
            return
        with publish.writing(warehouse, held=held) as con:
            load.record_run(con, run.as_row())
    except Exception:  # what made the run fail may well make this fail too; that error counts
        get_run_logger().exception("the failed run could not be recorded")


def code_batches(
    run: RunRecord,
    stage: Stage,
    batches: Sequence[tuple[Path, int]],
    chosen: Settings,
    reporter: progress.Reporter,
    *,
    seen_before: bool,
) -> None:
    """Code staged batches on the executor: the part of each, and how many articles it has.

    `seen_before` says whether their articles may have been parsed by an earlier run.
    """
    total = sum(articles for _, articles in batches)
    with progress.stage(reporter, "extract", total, "articles"):
        limits, store = executor.limits(chosen), _store(run, chosen, look_up=seen_before)
        calls = [
            (
                part,
                count,
                chosen.batch_articles,
                stage,
                chosen.model,
                chosen.knowledge,
                limits,
                store,
            )
            for part, count in batches
        ]
        for done in executor.fan_out(chosen, code_batch, calls):
            tell(run, done)
            logs.tell("batch coded", counts=counted(done))
            reporter.advance(done["coded"] + done["failed"])
    child.close()  # loading needs the memory that they hold


def keep_parses(run: RunRecord, stage: Stage, chosen: Settings) -> None:
    """Keep what a published run has parsed, for who codes the same articles again."""
    store = _store(run, chosen, look_up=False)
    if store is not None:
        store.take(stage)


def write_briefing(run: RunRecord, chosen: Settings, reporter: progress.Reporter) -> None:
    """Write the pages of the days of which articles have been loaded lately, and what is old.

    What goes wrong is a warning: `newsmill brief` writes the pages at any time.
    """
    with run.timed("brief"):
        done = upkeep.write_pages(chosen, reporter)
    if isinstance(done, str):
        logs.tell(done, level=logging.WARNING)
        run.warn(done)
    else:
        run.briefing = str(done.pages[-1] if done.pages else done.index)
        run.add(pages=len(done.pages))


def _store(run: RunRecord, chosen: Settings, *, look_up: bool) -> Store | None:
    if not chosen.parses or run.model is None:
        return None
    return Store.beside(chosen.warehouse, run.model, look_up=look_up)


def counted(done: dict[str, Any]) -> dict[str, int]:
    """Return the counts of what a task has done."""
    return {name: count for name, count in done.items() if name not in ("warnings", "files")}


def tell(run: RunRecord, done: dict[str, Any]) -> None:
    """Add what a task has done to the run's record."""
    run.add(**counted(done))
    for warning in done["warnings"]:
        run.warn(warning)
