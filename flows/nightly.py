"""The nightly flow: ingest what is new, code its events, publish the warehouse, say what was done.

Runs in three ways: `newsmill run`, a deployment (`newsmill serve`, `prefect.yaml`), or as a plain
function. With `PREFECT_API_URL` set it reports to that server, else Prefect starts a private one
for the length of the run.
"""

# No postponed annotations here: a server loads the flow by its path and must be able to evaluate
# the types of its parameters.
import itertools
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.utilities.annotations import opaque
from pydantic import Field

from flows import coding, form, inputs, naming, progress, settings
from flows import executor as executors
from flows.new import new_files
from flows.run_record import RunRecord
from flows.running import (
    MOST_ATTEMPTS,
    RunFailedError,
    begin,
    code_batches,
    keep_parses,
    look_at,
    staged,
    tell,
    write_briefing,
)
from flows.stage import Stage
from flows.tasks import (
    AGAIN,
    cut_batches,
    deduplicate_articles,
    drop_doubles,
    load_and_publish,
    read_sources,
    remember_older,
    thread_stories,
)
from flows.watching import watched

WORTH_SPREADING_BYTES = 16_000_000
"""Below this size one process reads dumps sooner than several that have to start first."""

ONE_WORKER = {"executor": "processes", "workers": 1}


find_new = task(name="find what is new", cache_policy=NO_CACHE, **AGAIN)(new_files)


@flow(name="nightly", flow_run_name=naming.run_name, log_prints=False)
def nightly(
    paths: list[Path] | None = None,
    warehouse: Path | None = None,
    since: date | None = None,
    until: date | None = None,
    force: bool = False,
    dump_date: date | None = None,
    model: Annotated[str | None, Field(max_length=200)] = None,
    batch_articles: Annotated[int | None, Field(ge=1, le=20_000)] = None,
    strict: bool | None = None,
    lock_wait: Annotated[float | None, Field(ge=0)] = None,
    keep: Annotated[float | None, Field(ge=0, le=3650)] = None,
    format: Annotated[str | None, Field(max_length=40)] = None,
    knowledge: list[Path] | None = None,
    executor: Annotated[str | None, Field(max_length=200)] = None,
    workers: Annotated[int | None, Field(ge=1, le=256)] = None,
    batch_seconds: Annotated[float | None, Field(ge=0)] = None,
    worker_memory: Annotated[float | None, Field(ge=0)] = None,
    brief: bool | None = None,
) -> dict[str, Any]:
    """Ingest new dumps, code their events and publish the warehouse.

    What is left empty is taken from the settings (`newsmill doctor` prints them).

    Args:
        paths: Files, folders or globs to read. Empty: the inbox, else the sample dumps.
        warehouse: The DuckDB file to publish, or a .lake file that names a lake.
        since: Leave out dumps of days before this one (the day in their path, else their
            modification day).
        until: Leave out dumps of days after this one.
        force: Read dumps again that the warehouse already holds.
        dump_date: Publication date of articles whose dump gives none.
        model: The spaCy pipeline.
        batch_articles: How many articles a task codes.
        strict: Fail, and load nothing, when anything is rejected.
        lock_wait: Seconds to wait for another run on the same warehouse to end.
        keep: Days for which replaced nights stay beside the warehouse, to be restored.
        format: Read every dump as this format (`newsmill formats`) instead of recognising it.
        knowledge: Files, or folders of files, of your own terms, actors and event types.
        executor: What reads and codes: processes, threads, dask or dask:tcp://HOST:PORT.
        workers: How many processes or threads read dumps and code articles.
        batch_seconds: Seconds that coding a batch may take, before the article that holds it up
            is sought and rejected. 0: no limit.
        worker_memory: GiB of memory that a worker's process may take. 0: no limit.
        brief: Write the daily briefing at the end.

    Returns:
        The run's record: id, state, counts and seconds by stage, warnings, versions.

    Raises:
        ValueError: for files of the user's knowledge that cannot be used.
        flows.inputs.InputError: for paths that cannot be read.
        warehouse.connect.WarehouseError: when another run holds the warehouse, or the file is
            not one that this version can write.
        RunFailedError: with `strict`, when something was rejected.
    """
    from warehouse import connect, publish

    chosen = settings.load(
        warehouse=warehouse,
        dump_date=dump_date,
        model=model,
        batch_articles=batch_articles,
        strict=strict,
        lock_wait=lock_wait,
        keep=keep,
        format=format,
        knowledge=knowledge and tuple(knowledge),
        executor=executor,
        workers=workers,
        batch_seconds=batch_seconds,
        worker_memory=worker_memory,
        brief=brief,
    )
    run = begin(
        "nightly",
        chosen,
        {
            "paths": [str(path) for path in inputs.given_or_default(paths, chosen.inbox)],
            "since": since and since.isoformat(),
            "until": until and until.isoformat(),
            "force": force,
            "dump_date": chosen.dump_date and chosen.dump_date.isoformat(),
            "batch_articles": chosen.batch_articles,
            "strict": chosen.strict,
            "keep": chosen.keep,
            "format": chosen.format,
            "knowledge": [str(path) for path in chosen.knowledge],
        },
    )
    reporter = progress.current() or progress.for_server(f"nightly {naming.day()}")
    with (
        watched(run, chosen) as watch,
        publish.lock(chosen.warehouse, wait=chosen.lock_wait, holder=run.run_id) as held,
    ):
        with run.timed("find"):
            given = inputs.given_or_default(paths, chosen.inbox)
            files = inputs.within(inputs.expand(given, may_be_empty=not paths), since, until)
            new = find_new(files, chosen.warehouse, force=force)
            run.add(files=len(files), new_files=len(new))
        if not new:
            if chosen.brief and connect.exists(chosen.warehouse):
                write_briefing(run, chosen, reporter)  # a run before it may not have come to it
            run.finish("nothing_new")
            return run.as_dict()
        coding.prepare(chosen, new)
        with staged(run, chosen, held, watch) as stage:
            _ingest(run, stage, new, chosen, reporter, held, force=force)
        if chosen.brief:
            write_briefing(run, chosen, reporter)
    return run.as_dict()


setattr(nightly, "__signature__", form.signature(nightly.fn))  # noqa: B010 - no such attribute yet


def _ingest(
    run: RunRecord,
    stage: Stage,
    new: Sequence[Path],
    chosen: settings.Settings,
    reporter: progress.Reporter,
    held: Any,
    *,
    force: bool,
) -> None:
    """Run the stages in order: read and segment, deduplicate, extract, load and publish.

    Of a lake other machines may load meanwhile: then everything from deduplicating on is done
    again, which codes only the articles that represent another story now.
    """
    from warehouse import connect

    with run.timed("read"), progress.stage(reporter, "read", len(new), "files"):
        size = inputs.weight(new)
        limits = executors.limits(chosen)
        reading = chosen.dump_date, chosen.format, chosen.fields, limits
        portions = [
            (files, share)
            for files in inputs.bundles(new)
            for share in inputs.shares(files, chosen.workers)
        ]
        calls = [
            (files, stage, number, *reading, share)
            for number, (files, share) in enumerate(portions)
        ]
        spread = size >= WORTH_SPREADING_BYTES or any(of > 1 for _, (_, of) in portions)
        alone = chosen if spread else chosen.model_copy(update=ONE_WORKER)
        for done in executors.fan_out(alone, read_sources, calls):
            tell(run, done)
            reporter.advance(done["files"], f"{run.counts['articles']:,} articles")
        seen = look_at(chosen.warehouse)
        tell(run, drop_doubles(stage, chosen.warehouse, replace=force))
    if chosen.strict and run.counts.get("rejects"):
        raise RunFailedError(
            f"{run.counts['rejects']} rejects and --strict: nothing was loaded. "
            + "; ".join(run.warnings[:5])
        )
    for attempt in itertools.count(1):
        _match_and_code(run, stage, chosen, reporter, held, force=force)
        try:
            with run.timed("load"), progress.stage(reporter, "load", None, ""):
                loaded = load_and_publish(
                    stage,
                    chosen.warehouse,
                    opaque(run),
                    opaque(held),
                    replace=force,
                    keep=timedelta(days=chosen.keep),
                    seen=opaque(seen),
                )
            break
        except connect.MovedError:
            if attempt == MOST_ATTEMPTS:
                raise
            get_run_logger().info("another machine has loaded meanwhile: matching again")
            seen = look_at(chosen.warehouse)
            tell(run, drop_doubles(stage, chosen.warehouse, replace=force))
    keep_parses(run, stage, chosen)
    run.counts.update(loaded)
    run.finish("completed")


def _match_and_code(
    run: RunRecord,
    stage: Stage,
    chosen: settings.Settings,
    reporter: progress.Reporter,
    held: Any,
    *,
    force: bool,
) -> None:
    """Match what is staged with the warehouse as it is now, and code what is not coded yet."""
    with run.timed("deduplicate"), progress.stage(reporter, "deduplicate", None, ""):
        keep = timedelta(days=chosen.keep)
        remember_older(chosen.warehouse, opaque(held), keep=keep)
        run.counts.update(deduplicate_articles(stage, chosen.warehouse, replace=force))
    with run.timed("thread"), progress.stage(reporter, "thread", None, ""):
        run.counts.update(thread_stories(stage, chosen.warehouse, replace=force))
    with run.timed("extract"):
        cut = cut_batches(
            stage, chosen.warehouse, chosen.batch_articles, chosen.languages, chosen.workers
        )
        batches = cut.pop("batches")
        run.counts["other_language"] = cut.pop("other_language")
        tell(run, cut)
        code_batches(run, stage, batches, chosen, reporter, seen_before=force)
