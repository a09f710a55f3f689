"""The flow that runs past days again, one after the other, each published before the next begins.

A day is a run of its own: of the nightly flow, which reads the day's dumps again, or of
`reextract`, which codes the day's stories anew. What is done is in the warehouse's `runs`, so a
backfill that was interrupted goes on with the first day not done.
"""

# No postponed annotations here: see flows.nightly.
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

from prefect import flow, get_run_logger
from prefect.runtime import flow_run
from pydantic import Field

from flows import naming, past_days, progress, settings
from flows.briefing import upkeep
from flows.nightly import nightly
from flows.reextract import reextract as reextract_day
from flows.run_record import noting


class DayFailedError(RuntimeError):
    """A day of a backfill failed; the message says which and what to do, `record` what was done."""

    def __init__(self, message: str, record: dict[str, Any]) -> None:
        super().__init__(message)
        self.record = record


def _run_name() -> str:
    given = flow_run.parameters
    days = f"{given.get('since') or 'first day'} to {given.get('until') or 'last day'}"
    return f"{'reextract' if given.get('reextract') else 'backfill'} {days}"


@flow(name="backfill", flow_run_name=_run_name, log_prints=False)
def backfill(
    paths: list[Path] | None = None,
    since: date | None = None,
    until: date | None = None,
    reextract: bool = False,
    force: bool = False,
    warehouse: Path | None = None,
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
    """Run past days again, one after the other; days that are done already are left out.

    What is left empty is taken from the settings (`newsmill doctor` prints them).

    Args:
        paths: Files, folders or globs that hold the dumps. Empty: the inbox, else the sample
            dumps. Not used by reextract.
        since: The first day (of dumps the day in their path, else their modification day).
        until: The last day. Without reextract both are needed.
        reextract: Code the stored stories of each day anew instead, without their dumps: for
            another model, ontology or knowledge. The day is that on which they were published.
        force: Do days again that are done already.
        warehouse: The DuckDB file to publish, or a .lake file that names a lake.
        dump_date: Publication date of articles whose dump gives none.
        model: The spaCy pipeline.
        batch_articles: How many articles a task codes.
        strict: Fail, and load nothing, when anything of a day is rejected.
        lock_wait: Seconds to wait for another run on the same warehouse to end.
        keep: Days for which the night before the backfill stays, to be restored.
        format: Read every dump as this format (`newsmill formats`) instead of recognising it.
        knowledge: Files, or folders of files, of your own terms, actors and event types.
        executor: What reads and codes: processes, threads, dask or dask:tcp://HOST:PORT.
        workers: How many processes or threads read dumps and code articles.
        batch_seconds: Seconds that coding a batch may take, before the article that holds it up
            is sought and rejected. 0: no limit.
        worker_memory: GiB of memory that a worker's process may take. 0: no limit.
        brief: Write the pages of the daily briefing that this changes, once at the end.

    Returns:
        The backfill's record: state, since, until, days (day, state, run_id, counts, seconds of
        each), the counts of all days together, and where the briefing is.

    Raises:
        ValueError: for dates that are no range, and files of the user's knowledge that cannot be
            used.
        flows.inputs.InputError: for paths that cannot be read.
        warehouse.connect.WarehouseError: when stories are to be coded and there is no warehouse.
        DayFailedError: when a day fails; those before it are published.
    """
    from transforms.extract import additions

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
    additions.use(chosen.knowledge)
    additions.check()
    plan = past_days.plan(paths, since, until, chosen, reextract=reextract, force=force)
    log = get_run_logger()
    reporter = progress.current() or progress.for_server(f"backfill {naming.day()}")
    begun = datetime.now(UTC)
    days: list[dict[str, Any]] = []
    with (
        progress.reporting(reporter),
        progress.stage(reporter, "days", len(plan.days), "days"),
    ):
        for day in plan.days:
            reporter.advance(0, f"{day.day}")
            told = past_days.untouched(plan, day)
            if told is None:
                try:
                    told = past_days.entry(day, "completed", _run(day, plan, paths))
                except Exception as error:
                    _brief(chosen, days, reporter)  # of the days that are done
                    days.append(past_days.entry(day, "failed", error=str(error)))
                    raise DayFailedError(
                        f"{day.day} failed: {error}\nThe days before it are done; the same command "
                        f"goes on with {day.day}.",
                        past_days.record(since, until, days),
                    ) from error
                _let_go(chosen, begun)
            log.info("%s: %s", day.day, told["state"].replace("_", " "))
            days.append(told)
            reporter.advance(1)
    record = past_days.record(since, until, days)
    record["briefing"] = _brief(chosen, days, reporter)
    return record


def _brief(
    chosen: settings.Settings, days: Sequence[Mapping[str, Any]], reporter: progress.Reporter
) -> str | None:
    """Write the pages that these days change; return the page over all days, None for none."""
    if not chosen.brief or not any(told["state"] == "completed" for told in days):
        return None
    done = upkeep.write_pages(chosen, reporter)
    if isinstance(done, str):
        get_run_logger().warning(done)
        return None
    return str(done.index)


def _run(day: past_days.Day, plan: past_days.Plan, paths: list[Path] | None) -> dict[str, Any]:
    """Run a day again, as a flow run of its own, and return its record."""
    chosen = plan.chosen
    common: dict[str, Any] = {
        "warehouse": chosen.warehouse,
        "model": chosen.model,
        "batch_articles": chosen.batch_articles,
        "lock_wait": chosen.lock_wait,
        "keep": chosen.keep,
        "knowledge": list(chosen.knowledge),
        "executor": chosen.executor,
        "workers": chosen.workers,
        "batch_seconds": chosen.batch_seconds,
        "worker_memory": chosen.worker_memory,
        "brief": False,  # once, when all days are done
    }
    told = {"kind": day.kind, "day": day.day.isoformat(), "key": plan.key(day)}
    with noting(backfill=told):
        if day.kind == past_days.STORIES:
            record: dict[str, Any] = reextract_day(day=day.day, **common)
            return record
        named = nightly.with_options(flow_run_name=f"nightly of {day.day}")
        record = named(
            paths=paths,
            since=day.day,
            until=day.day,
            force=True,
            dump_date=chosen.dump_date,
            strict=chosen.strict,
            format=chosen.format,
            **common,
        )
    return record


def _let_go(chosen: settings.Settings, begun: datetime) -> None:
    """Keep the night before the backfill, but not one for each of its days.

    Where another run holds the warehouse, that is left to the next day.
    """
    from warehouse import publish

    with suppress(publish.WarehouseBusyError):
        publish.thin(chosen.warehouse, begun)
