"""The nightly flow: ingest what is new, code its events, publish the warehouse, say what was done.

Runs in three ways: `newsmill run`, a deployment (`newsmill serve`, `prefect.yaml`), or as a plain
function. With `PREFECT_API_URL` set it reports to that server, else Prefect starts a private one
for the length of the run.
"""

# No postponed annotations here: a server loads the flow by its path and must be able to evaluate
# the types of its parameters.
import itertools
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.futures import as_completed
from prefect.task_runners import ProcessPoolTaskRunner, TaskRunner, ThreadPoolTaskRunner
from prefect.utilities.annotations import opaque
from pydantic import Field

from flows import inputs, logs, naming, progress, settings
from flows.new import new_files
from flows.run_record import RunRecord
from flows.stage import Stage
from flows.tasks import (
    AGAIN,
    code_batch,
    cut_batches,
    deduplicate_articles,
    drop_doubles,
    load_and_publish,
    read_sources,
    remember_older,
    thread_stories,
)
from flows.watching import watched
from warehouse import query

WORTH_SPREADING_BYTES = 16_000_000
"""Below this size one process reads dumps sooner than several that have to start first."""


MOST_ATTEMPTS = 20
"""How often a run matches anew because another machine has loaded into the same lake."""


class RunFailedError(RuntimeError):
    """A run ended without what it was asked for; the message says what to do."""


def _task_runner() -> TaskRunner[Any]:
    """Processes, because spaCy gains nothing from threads; one worker needs no second process."""
    workers = settings.load().workers
    if workers == 1:
        return ThreadPoolTaskRunner(max_workers=1)
    return ProcessPoolTaskRunner(max_workers=workers)


find_new = task(name="find what is new", cache_policy=NO_CACHE, **AGAIN)(new_files)
look_at = task(name="look at the warehouse", cache_policy=NO_CACHE, **AGAIN)(query.last_change)


@flow(name="nightly", flow_run_name=naming.run_name, task_runner=_task_runner(), log_prints=False)
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

    Returns:
        The run's record: id, state, counts and seconds by stage, warnings, versions.

    Raises:
        ValueError: for files of the user's knowledge that cannot be used.
        flows.inputs.InputError: for paths that cannot be read.
        warehouse.connect.WarehouseError: when another run holds the warehouse, or the file is
            not one that this version can write.
        RunFailedError: with `strict`, when something was rejected.
    """
    from transforms.extract import additions, ontology
    from warehouse import publish

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
    )
    additions.use(chosen.knowledge)
    additions.check()
    run = RunRecord(
        flow="nightly",
        model=chosen.model,
        ontology_version=ontology.version(),
        parameters={
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
            files = inputs.within(
                inputs.expand(inputs.given_or_default(paths, chosen.inbox)), since, until
            )
            new = find_new(files, chosen.warehouse, force=force)
            run.add(files=len(files), new_files=len(new))
        if not new:
            run.finish("nothing_new")
            return run.as_dict()
        stage = Stage.create(chosen.warehouse, run.run_id)
        try:
            _ingest(run, stage, new, chosen, reporter, held, force=force)
        except Exception as error:
            run.finish("failed", f"{type(error).__name__}: {error}")
            _record_failure(run, chosen.warehouse, held)
            raise
        finally:
            watch.keep(stage)
            stage.remove()
    return run.as_dict()


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
        size = sum(file.stat().st_size for file in new)
        calls = [
            (files, stage, number, chosen.dump_date, chosen.format, chosen.fields)
            for number, files in enumerate(inputs.bundles(new))
        ]
        for done in _fan_out(read_sources, calls, spread=size >= WORTH_SPREADING_BYTES):
            _tell(run, done)
            reporter.advance(done["files"], f"{run.counts['articles']:,} articles")
        seen = look_at(chosen.warehouse)
        _tell(run, drop_doubles(stage, chosen.warehouse, replace=force))
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
            _tell(run, drop_doubles(stage, chosen.warehouse, replace=force))
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
        cut = cut_batches(stage, chosen.warehouse, chosen.batch_articles, chosen.languages)
        batches = cut.pop("batches")
        run.counts["other_language"] = cut.pop("other_language")
        _tell(run, cut)
        total = sum(articles for _, articles in batches)
        with progress.stage(reporter, "extract", total, "articles"):
            calls = [(part, stage, chosen.model, chosen.knowledge) for part, _ in batches]
            for done in _fan_out(code_batch, calls, spread=True):
                _tell(run, done)
                logs.tell("batch coded", counts=_counted(done))
                reporter.advance(done["coded"] + done["failed"])


def _fan_out(
    step: Any, calls: Sequence[tuple[Any, ...]], *, spread: bool
) -> Iterable[dict[str, Any]]:
    """Run a task for every call and yield the results as they come.

    Without `spread` the calls run here, one after the other: what is done in seconds is not worth
    processes that each have to load everything first. With it, at most a few calls a worker are
    handed out ahead, so that a long run holds no long queue.
    """
    if not spread or len(calls) == 1:
        for call in calls:
            yield step(*call)
        return
    waiting = iter(calls)
    window = 4 * settings.load().workers
    under_way = {step.submit(*call) for call in itertools.islice(waiting, window)}
    while under_way:
        finished = next(iter(as_completed(list(under_way))))
        under_way.discard(finished)
        under_way.update(step.submit(*call) for call in itertools.islice(waiting, 1))
        yield finished.result()


def _counted(done: dict[str, Any]) -> dict[str, int]:
    return {name: count for name, count in done.items() if name not in ("warnings", "files")}


def _tell(run: RunRecord, done: dict[str, Any]) -> None:
    run.add(**_counted(done))
    for warning in done["warnings"]:
        run.warn(warning)
