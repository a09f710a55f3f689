"""The backfill: past days again, one after the other, each published before the next begins.

Days are read again from their dumps, or with `reextract` coded anew from the stories that the
warehouse has. What is done is seen from the warehouse's runs, so a backfill that was interrupted
goes on where it was when it is called again.
"""

# No postponed annotations here: see `flows.nightly`.
import itertools
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

from prefect import flow, get_run_logger
from prefect.runtime import flow_run
from prefect.utilities.annotations import opaque
from pydantic import Field

from flows import inputs, naming, progress, settings
from flows.new import new_files
from flows.nightly import nightly
from flows.running import MOST_ATTEMPTS, RunFailedError, begin, code_staged, look_at, staged
from flows.tasks import load_and_publish, stage_stories
from flows.watching import watched

REEXTRACT = "reextract"
VERSIONS = ("program_version", "model", "ontology")


def _run_name() -> str:
    given = flow_run.parameters
    what = REEXTRACT if given.get("reextract") else "backfill"
    since, until = given.get("since"), given.get("until")
    return f"{what} {since or 'the first day'} to {until or 'the last'}"


@flow(name="backfill", flow_run_name=_run_name, log_prints=False)
def backfill(
    since: date | None = None,
    until: date | None = None,
    paths: list[Path] | None = None,
    reextract: bool = False,
    force: bool = False,
    warehouse: Path | None = None,
    model: Annotated[str | None, Field(max_length=200)] = None,
    knowledge: list[Path] | None = None,
    executor: Annotated[str | None, Field(max_length=200)] = None,
    workers: Annotated[int | None, Field(ge=1, le=256)] = None,
) -> dict[str, Any]:
    """Run past days again, day by day; what is done already is left as it is.

    Args:
        since: The first day. Empty: the first that there is.
        until: The last day. Empty: the last that there is.
        paths: Files, folders or globs whose dumps of those days are read again. Empty: the inbox,
            else the sample dumps.
        reextract: Do not read dumps; code the stories that the warehouse has anew, with the model,
            ontology and knowledge of now.
        force: Do days again that are done.
        warehouse: The DuckDB file to publish, or a .lake file that names a lake.
        model: The spaCy pipeline.
        knowledge: Files, or folders of files, of your own terms, actors and event types.
        executor: What reads and codes: processes, threads, dask or dask:tcp://HOST:PORT.
        workers: How many processes or threads read dumps and code articles.

    Returns:
        `{"state", "since", "until", "days", "counts"}`; a day has `day`, `state` (`completed`,
        `already_done`), and of a completed one `run_id`, `counts` and `seconds`.

    Raises:
        RunFailedError: when a day failed; the days before it are published.
        Whatever `flows.nightly.nightly` raises before it begins.
    """
    chosen = settings.load(
        warehouse=warehouse,
        model=model,
        knowledge=knowledge and tuple(knowledge),
        executor=executor,
        workers=workers,
    )
    log = get_run_logger()
    versions = _versions(chosen)
    if reextract:
        days = _stored_days(chosen, since, until, versions, force=force)
    else:
        days = _dumped_days(chosen, paths, since, until, versions, force=force)
    found: list[dict[str, Any]] = []
    reporter = progress.current() or progress.for_server(f"backfill {naming.day()}")
    with progress.stage(reporter, "days", len(days), "days"):
        for day, is_done in days:
            record: dict[str, Any] = {"state": "already_done"}
            if not is_done:
                reporter.advance(0, f"{day}")
                try:
                    if reextract:
                        record = recode(day, **_passed(chosen))
                    else:
                        record = nightly(
                            paths=paths, since=day, until=day, force=True, **_passed(chosen)
                        )
                except Exception as error:
                    raise RunFailedError(
                        f"{day} failed: {error}. The days before it are done; the same command "
                        "goes on there."
                    ) from error
            log.info("%s: %s", day, record["state"])
            kept = ("state", "run_id", "counts", "seconds")
            found.append({"day": day.isoformat()} | {k: record[k] for k in kept if k in record})
            reporter.advance(1, f"{day}")
    counts: dict[str, int] = {}
    for each in found:
        for name, count in each.get("counts", {}).items():
            counts[name] = counts.get(name, 0) + count
    done = any(each["state"] == "completed" for each in found)
    return {
        "state": "completed" if done else "nothing_new",
        "since": found[0]["day"] if found else None,
        "until": found[-1]["day"] if found else None,
        "days": found,
        "counts": counts,
    }


def _versions(chosen: settings.Settings) -> dict[str, Any]:
    """Return the versions with which a day must have been done to count as done."""
    row = begin("backfill", chosen, {}).as_row()
    return {name: row[name] for name in VERSIONS}


def _passed(chosen: settings.Settings) -> dict[str, Any]:
    return {
        "warehouse": chosen.warehouse,
        "model": chosen.model,
        "knowledge": list(chosen.knowledge),
        "executor": chosen.executor,
        "workers": chosen.workers,
    }


def _dumped_days(
    chosen: settings.Settings,
    paths: list[Path] | None,
    since: date | None,
    until: date | None,
    versions: dict[str, Any],
    *,
    force: bool,
) -> list[tuple[date, bool]]:
    """Return the days that have dumps, and whether each is done.

    It is when all its dumps are loaded and a backfill of just that day has completed with these
    versions.
    """
    from warehouse import query

    given = inputs.given_or_default(paths, chosen.inbox)
    files: dict[date, list[Path]] = {}
    for file in inputs.within(inputs.expand(given), since, until):
        files.setdefault(inputs.day_of(file), []).append(file)
    done = set()
    for parameters, _ in query.completed_runs(chosen.warehouse, "nightly", versions):
        if parameters.get("force") and parameters.get("since") == parameters.get("until"):
            done.add(parameters.get("since"))
    return [
        (
            day,
            not force
            and day.isoformat() in done
            and not new_files(files[day], chosen.warehouse, force=False),
        )
        for day in sorted(files)
    ]


def _stored_days(
    chosen: settings.Settings,
    since: date | None,
    until: date | None,
    versions: dict[str, Any],
    *,
    force: bool,
) -> list[tuple[date, bool]]:
    """Return the days of stories in the warehouse, and whether each is done.

    It is when its stories were coded anew with these versions after the last was loaded.
    """
    from warehouse import connect, query

    if not connect.exists(chosen.warehouse):
        raise connect.WarehouseError(
            f"{chosen.warehouse} does not exist yet: make it with `newsmill run`"
        )
    ended: dict[str, datetime] = {}
    for parameters, end in query.completed_runs(chosen.warehouse, REEXTRACT, versions):
        ended[parameters["day"]] = end
    loaded = query.canonical_days(chosen.warehouse, since, until)
    never = datetime.min
    return [
        (day, not force and ended.get(day.isoformat(), never) >= last)
        for day, last in loaded.items()
    ]


@flow(name=REEXTRACT, flow_run_name="reextract {day}", log_prints=False)
def recode(
    day: date,
    warehouse: Path | None = None,
    model: Annotated[str | None, Field(max_length=200)] = None,
    knowledge: list[Path] | None = None,
    executor: Annotated[str | None, Field(max_length=200)] = None,
    workers: Annotated[int | None, Field(ge=1, le=256)] = None,
) -> dict[str, Any]:
    """Code the stories of one day anew, without their dumps, and publish the warehouse.

    Args:
        day: The day of the stories: that of publication, else that on which they were loaded.
        warehouse: The DuckDB file to publish, or a .lake file that names a lake.
        model: The spaCy pipeline.
        knowledge: Files, or folders of files, of your own terms, actors and event types.
        executor: What codes: processes, threads, dask or dask:tcp://HOST:PORT.
        workers: How many processes or threads code articles.

    Returns:
        The run's record, as `flows.nightly.nightly` gives it.
    """
    from warehouse import connect, publish

    chosen = settings.load(
        warehouse=warehouse,
        model=model,
        knowledge=knowledge and tuple(knowledge),
        executor=executor,
        workers=workers,
    )
    run = begin(
        REEXTRACT,
        chosen,
        {"day": day.isoformat(), "knowledge": [str(path) for path in chosen.knowledge]},
    )
    reporter = progress.current() or progress.for_server(f"{REEXTRACT} {day}")
    with (
        watched(run, chosen) as watch,
        publish.lock(chosen.warehouse, wait=chosen.lock_wait, holder=run.run_id) as held,
        staged(run, chosen, held, watch) as stage,
    ):
        for attempt in itertools.count(1):
            seen = look_at(chosen.warehouse)
            run.counts["articles"] = stage_stories(stage, chosen.warehouse, day)
            code_staged(run, stage, chosen, reporter)
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
        run.counts.update(loaded)
        run.finish("completed")
    return run.as_dict()
