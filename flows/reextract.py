"""The flow that codes the stories of a day anew, without their dumps.

For another model, another ontology or knowledge of one's own: what these make of the stored texts
takes the place of what was coded of them, as if they had coded them from the start.
"""

# No postponed annotations here: see flows.nightly.
import itertools
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

import polars as pl
from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.utilities.annotations import opaque
from pydantic import Field

from flows import logs, progress, settings
from flows.run_record import RunRecord
from flows.running import (
    MOST_ATTEMPTS,
    begin,
    code_batches,
    keep_parses,
    look_at,
    staged,
    write_briefing,
)
from flows.stage import Stage
from flows.tasks import AGAIN, keep_mentions, load_and_publish
from flows.watching import watched
from transforms.schemas import Articles


@flow(name="reextract", flow_run_name="reextract {day}", log_prints=False)
def reextract(
    day: date,
    warehouse: Path | None = None,
    model: Annotated[str | None, Field(max_length=200)] = None,
    batch_articles: Annotated[int | None, Field(ge=1, le=20_000)] = None,
    lock_wait: Annotated[float | None, Field(ge=0)] = None,
    keep: Annotated[float | None, Field(ge=0, le=3650)] = None,
    knowledge: list[Path] | None = None,
    executor: Annotated[str | None, Field(max_length=200)] = None,
    workers: Annotated[int | None, Field(ge=1, le=256)] = None,
    batch_seconds: Annotated[float | None, Field(ge=0)] = None,
    worker_memory: Annotated[float | None, Field(ge=0)] = None,
    brief: bool | None = None,
) -> dict[str, Any]:
    """Code the stories of a day anew, without their dumps, and publish the warehouse.

    What is left empty is taken from the settings (`newsmill doctor` prints them). Stories in
    languages that the model does not cover stay as they are.

    Args:
        day: The day on which the canonical articles were published, or loaded where they have no
            date.
        warehouse: The DuckDB file to publish, or a .lake file that names a lake.
        model: The spaCy pipeline.
        batch_articles: How many articles a task codes.
        lock_wait: Seconds to wait for another run on the same warehouse to end.
        keep: Days for which replaced nights stay beside the warehouse, to be restored.
        knowledge: Files, or folders of files, of your own terms, actors and event types.
        executor: What reads and codes: processes, threads, dask or dask:tcp://HOST:PORT.
        workers: How many processes or threads read dumps and code articles.
        batch_seconds: Seconds that coding a batch may take, before the article that holds it up
            is sought and rejected. 0: no limit.
        worker_memory: GiB of memory that a worker's process may take. 0: no limit.
        brief: Write the pages of the daily briefing anew that this changes.

    Returns:
        The run's record: id, state, counts and seconds by stage, warnings, versions.

    Raises:
        ValueError: for files of the user's knowledge that cannot be used.
        warehouse.connect.WarehouseError: when there is no warehouse, another run holds it, or it
            is not one that this version can write.
    """
    from warehouse import publish

    chosen = settings.load(
        warehouse=warehouse,
        model=model,
        batch_articles=batch_articles,
        lock_wait=lock_wait,
        keep=keep,
        knowledge=knowledge and tuple(knowledge),
        executor=executor,
        workers=workers,
        batch_seconds=batch_seconds,
        worker_memory=worker_memory,
        brief=brief,
    )
    run = begin(
        "reextract",
        chosen,
        {
            "day": day.isoformat(),
            "batch_articles": chosen.batch_articles,
            "keep": chosen.keep,
            "knowledge": [str(path) for path in chosen.knowledge],
        },
    )
    reporter = progress.current() or progress.for_server(f"reextract {day}")
    with (
        watched(run, chosen) as watch,
        publish.lock(chosen.warehouse, wait=chosen.lock_wait, holder=run.run_id) as held,
    ):
        with staged(run, chosen, held, watch) as stage:
            _recode(run, stage, day, chosen, reporter, held)
        if chosen.brief:
            write_briefing(run, chosen, reporter)
    return run.as_dict()


def _recode(
    run: RunRecord,
    stage: Stage,
    day: date,
    chosen: settings.Settings,
    reporter: progress.Reporter,
    held: Any,
) -> None:
    """Cut the day's stories into batches, code them, load and publish.

    Where another machine has loaded into the same lake meanwhile, only what came to represent a
    story since is coded in the next attempt.
    """
    from warehouse import connect

    for attempt in itertools.count(1):
        seen = look_at(chosen.warehouse)
        with run.timed("extract"):
            cut = cut_day(stage, chosen.warehouse, day, chosen.batch_articles, chosen.languages)
            batches = cut.pop("batches")
            run.counts.update(cut)
            code_batches(run, stage, batches, chosen, reporter, seen_before=True)
        try:
            with run.timed("load"), progress.stage(reporter, "load", None, ""):
                loaded = load_and_publish(
                    stage,
                    chosen.warehouse,
                    opaque(run),
                    opaque(held),
                    replace=False,
                    keep=timedelta(days=chosen.keep),
                    seen=opaque(seen),
                )
            break
        except connect.MovedError:
            if attempt == MOST_ATTEMPTS:
                raise
            logs.tell("another machine has loaded meanwhile: looking again")
    keep_parses(run, stage, chosen)
    run.counts.update(loaded)
    run.finish("completed")


@task(name="cut day", cache_policy=NO_CACHE, **AGAIN)
def cut_day(
    stage: Stage, warehouse: Path, day: date, batch_articles: int, languages: tuple[str, ...]
) -> dict[str, Any]:
    """Stage the stories of a day to be coded in batches, and which articles that makes anew.

    What earlier batches have coded is left out; staged mentions of articles that no longer
    represent the story they were coded for go. Returns `{"batches", "stories", "other_language"}`:
    (part, articles) of each batch, stories coded anew, and stories left as they are.
    """
    from warehouse import days

    keys = ["article_id", "story_id"]
    coded = stage.read("coded", keys)
    first = stage.next_number("to_code")
    wanted: list[pl.DataFrame] = []
    batches: list[tuple[Path, int]] = []
    for articles in days.canonical_articles(warehouse, day, languages, rows=batch_articles):
        wanted.append(articles.select(keys))
        new = articles.select([*Articles.column_names(), "story_id"])
        if coded is not None:
            new = new.join(coded, on=keys, how="anti", maintain_order="left")
        if new.height:
            part = stage.write("to_code", f"{first + len(batches):05d}", new)
            batches.append((part, new.height))
    schema = dict.fromkeys(keys, pl.String)
    canonical = pl.concat(wanted) if wanted else pl.DataFrame(schema=schema)
    keep_mentions(stage, canonical)
    stage.write("recoded", "all", canonical.select("article_id"))
    others = sum(each.others for each in days.story_days(warehouse, day, day, languages))
    return {"batches": batches, "stories": canonical.height, "other_language": others}
