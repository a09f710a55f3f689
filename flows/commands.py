"""What the commands do that run, read, code, sum up and restore; `flows.cli` parses the call."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import typer

from flows import environment, inputs, report, tracking
from flows.ending import DONE, FAILED, WRONG_CALL, fail, stopping_cleanly
from flows.settings import Settings

STANDARD_INPUT = Path("-")

STOPPED = (
    "stopped. The warehouse is as it was; what was coded is kept, and the next run goes on from it"
)


@contextmanager
def plain_errors(*, as_json: bool = False) -> Iterator[None]:
    """Turn the errors that a user can do something about into one line and an exit code."""
    from warehouse import connect

    try:
        yield
    except inputs.InputError as error:
        fail(str(error), WRONG_CALL, as_json=as_json)
    except connect.WarehouseError as error:
        fail(str(error), FAILED, as_json=as_json)
    except OSError as error:
        fail(f"{error.strerror or error}: {error.filename or ''}", FAILED, as_json=as_json)
    except Exception as error:
        said = connect.database_error(error)
        if said is None:
            raise
        fail(f"the warehouse cannot be used: {said}", FAILED, as_json=as_json)


def run(
    chosen: Settings,
    paths: list[str],
    *,
    since: date | None,
    until: date | None,
    force: bool,
    verbose: bool,
    as_json: bool,
) -> None:
    """Run the nightly flow in this process and print what it did."""
    from warehouse import connect

    with plain_errors(as_json=as_json), stopping_cleanly(STOPPED, as_json=as_json):
        given = inputs.given_or_default(paths, chosen.inbox)
        inputs.check_names(given)
        files = inputs.within(inputs.expand(given, may_be_empty=not paths), since, until)
        # What is new is found before the flow engine starts, which alone takes seconds.
        new = files
        if files and not force and connect.exists(chosen.warehouse):
            new = _new_files(files, chosen.warehouse)
        if not new:
            if chosen.brief and connect.exists(chosen.warehouse):
                _keep_pages(chosen)
            report.print_nothing_new(len(files), chosen.warehouse, as_json=as_json)
            raise typer.Exit(DONE)
        _need_model(chosen.model, as_json=as_json)
        _use_knowledge(chosen, as_json=as_json)
        from flows import coding

        coding.prepare(chosen, new)
        tracking.leave_dead_server()
        for_people = not (verbose or chosen.log_json)  # bars, and no log but warnings
        environment.prepare(quiet=for_people, json_logs=chosen.log_json)
        if not (as_json or chosen.log_json):
            report.print_beginning(files, given, chosen.warehouse)

        from flows import executor, nightly, progress, running

        try:
            with progress.shown(wanted=for_people) as shown, progress.reporting(shown):
                record = tracking.run(
                    nightly.nightly,
                    paths=given,
                    warehouse=chosen.warehouse,
                    since=since,
                    until=until,
                    force=force,
                    dump_date=chosen.dump_date,
                    model=chosen.model,
                    batch_articles=chosen.batch_articles,
                    strict=chosen.strict,
                    lock_wait=chosen.lock_wait,
                    keep=chosen.keep,
                    format=chosen.format,
                    knowledge=list(chosen.knowledge),
                    executor=chosen.executor,
                    workers=chosen.workers,
                    batch_seconds=chosen.batch_seconds,
                    worker_memory=chosen.worker_memory,
                    brief=chosen.brief,
                )
        except (running.RunFailedError, executor.ExecutorError) as error:
            fail(str(error), FAILED, as_json=as_json)
        report.print_run(record, chosen.warehouse, as_json=as_json)


def _keep_pages(chosen: Settings) -> None:
    """Write what a run before has not come to, or what has been restored since."""
    from flows import progress
    from flows.briefing import upkeep

    with progress.shown() as shown:
        done = upkeep.write_pages(chosen, shown)
    if isinstance(done, str):
        report.note(done)


def backfill(
    chosen: Settings,
    paths: list[str],
    *,
    since: date | None,
    until: date | None,
    reextract: bool,
    force: bool,
    verbose: bool,
    as_json: bool,
) -> None:
    """Run past days again in this process and print what became of each."""
    from flows import past_days

    with plain_errors(as_json=as_json), stopping_cleanly(STOPPED, as_json=as_json):
        try:
            past_days.check(since, until, reextract=reextract)
        except past_days.RangeError as error:
            fail(str(error), WRONG_CALL, as_json=as_json)
        given = inputs.given_or_default(paths, chosen.inbox)
        inputs.check_names(given)
        _need_model(chosen.model, as_json=as_json)
        _use_knowledge(chosen, as_json=as_json)
        # What is done is found before the flow engine starts, which alone takes seconds.
        plan = past_days.plan(given, since, until, chosen, reextract=reextract, force=force)
        if plan.is_done():
            days = [past_days.untouched(plan, day) for day in plan.days]
            told = [day for day in days if day is not None]
            record = past_days.record(since, until, told)
            report.print_backfill(record, chosen.warehouse, as_json=as_json)
            raise typer.Exit(DONE)
        tracking.leave_dead_server()
        for_people = not (verbose or chosen.log_json)  # bars, and no log but warnings
        environment.prepare(quiet=for_people, json_logs=chosen.log_json)

        from flows import backfill as backfilling
        from flows import executor, progress

        try:
            with progress.shown(wanted=for_people) as shown, progress.reporting(shown):
                record = tracking.run(
                    backfilling.backfill,
                    paths=given,
                    since=since,
                    until=until,
                    reextract=reextract,
                    force=force,
                    warehouse=chosen.warehouse,
                    dump_date=chosen.dump_date,
                    model=chosen.model,
                    batch_articles=chosen.batch_articles,
                    strict=chosen.strict,
                    lock_wait=chosen.lock_wait,
                    keep=chosen.keep,
                    format=chosen.format,
                    knowledge=list(chosen.knowledge),
                    executor=chosen.executor,
                    workers=chosen.workers,
                    batch_seconds=chosen.batch_seconds,
                    worker_memory=chosen.worker_memory,
                    brief=chosen.brief,
                )
        except executor.ExecutorError as error:
            fail(str(error), FAILED, as_json=as_json)
        except backfilling.DayFailedError as error:
            failed = {**error.record, "error": str(error)}
            report.print_backfill(failed, chosen.warehouse, as_json=as_json)
            fail(str(error), FAILED)
        report.print_backfill(record, chosen.warehouse, as_json=as_json)


def _new_files(files: list[Path], warehouse: Path) -> list[Path]:
    """Return which files are new, without starting Prefect."""
    from flows.new import new_files

    return new_files(files, warehouse, force=False)


def _need_model(model: str, *, as_json: bool) -> None:
    from transforms.extract.pipeline import MissingModelError, require

    try:
        require(model)
    except MissingModelError as error:
        fail(str(error), FAILED, as_json=as_json)


def _use_knowledge(chosen: Settings, *, as_json: bool) -> None:
    """Read the user's own knowledge; what does not fit ends the call."""
    from transforms.extract import additions

    try:
        additions.use(chosen.knowledge)
        additions.check()
    except ValueError as error:
        fail(str(error), WRONG_CALL, as_json=as_json)


def _dumps(
    chosen: Settings, paths: list[str], *, watched: bool
) -> Iterator[tuple[Any, Any, Callable[[int], None]]]:
    """Yield every dump under `paths` with what segments it, and what to tell of its articles.

    `watched`: show on standard error how far it is, where that is a terminal.
    """
    from flows import progress
    from transforms.read import open_source
    from transforms.segment import Segmenter

    not_after = inputs.newest_plausible_date()
    with plain_errors():
        files = inputs.expand(paths)
    read = 0
    with (
        progress.shown(wanted=watched) as reporter,
        progress.stage(reporter, "Read", len(files), "files"),
    ):

        def tell(articles: int) -> None:
            nonlocal read
            read += articles
            reporter.advance(0, f"{read:,} articles")

        for file in files:
            for dump in open_source(file, format=chosen.format, fields=chosen.fields):
                yield dump, Segmenter(dump.path, chosen.dump_date, not_after), tell
            reporter.advance(1, f"{read:,} articles")


def read(chosen: Settings, paths: list[str], *, jsonl: bool) -> None:
    """Print the articles and rejects of dumps, as JSON lines or as a table for people."""
    totals = [0, 0, 0]
    watched = not sys.stdout.isatty()
    for dump, segmenter, tell in _dumps(chosen, paths, watched=watched):
        encoding = f", {dump.encoding}" if dump.encoding else ""
        first, before = True, totals[2]
        for articles, rejects in segmenter.run(dump.pieces()):
            if jsonl:
                report.write_jsonl(dump.path, dump.unit, articles, rejects)
            else:
                title = f"{dump.path} ({dump.format}{encoding})"
                report.print_read(title, articles, rejects, first=first)
            first = False
            totals[1] += articles.height
            totals[2] += rejects.height
            tell(articles.height)
        totals[0] += 1
        flags = {*dump.flags, *segmenter.flags}
        sentences = [*dump.warnings, *segmenter.warnings]
        for line in report.remarks(dump.path, flags, sentences, totals[2] - before):
            typer.secho(line, fg="yellow", err=True)
    if not jsonl:
        report.print_read_total(*totals)


def verify(chosen: Settings, paths: list[str]) -> None:
    """Cut every article out of its dump again; end with exit code 1 at the first that differs."""
    from transforms.read.verify import Verifier

    checked = dumps = 0
    for dump, segmenter, tell in _dumps(chosen, paths, watched=True):
        verifier = Verifier(dump)
        for articles, rejects in segmenter.run(dump.pieces()):
            for difference in verifier.batch(articles, rejects):
                _differs(difference)
            tell(articles.height)
        for difference in verifier.finish():
            _differs(difference)
        checked += verifier.checked
        dumps += 1
    typer.echo(f"{checked:,} articles of {dumps:,} dumps stand where their spans say; nothing lost")


def _differs(difference: Any) -> None:
    fail(
        f"{difference.dump}, {difference.char_start} to {difference.char_end}: {difference.what}",
        FAILED,
    )


def code(
    chosen: Settings,
    text: str | None,
    file: Path | None,
    jsonl: Path | None,
    *,
    published: date | None,
    background: bool | None,
    as_json: bool,
) -> None:
    """Annotate a text, or the records of a JSON-lines file, and print what was found and why.

    `background` says whether events without a type are told too; None: where the output is JSON.
    """
    from transforms.extract import coder, pipeline

    _use_knowledge(chosen, as_json=as_json)
    try:
        nlp = pipeline.load(chosen.model)
    except pipeline.MissingModelError as error:
        fail(str(error), FAILED, as_json=as_json)
    if jsonl is not None:
        records: Any = _records(jsonl, published)
    else:
        if text is None:
            text = _text(file or STANDARD_INPUT)
        records = [coder.Record(id="text", title=None, maintext=text, published=published)]
    as_json = as_json or jsonl is not None
    everything = as_json if background is None else background
    for annotation in coder.annotate(records, nlp, everything):
        if as_json:
            sys.stdout.write(json.dumps(annotation.as_dict(), ensure_ascii=False) + "\n")
        else:
            report.print_annotation(annotation)


def _text(file: Path) -> str:
    if file == STANDARD_INPUT:
        if sys.stdin.isatty():
            fail("give a TEXT, --file F or --jsonl F (see newsmill code --help)", WRONG_CALL)
        return sys.stdin.read()
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        fail(f"{file} does not exist: check the spelling", WRONG_CALL)
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{file} cannot be read as UTF-8 text: {error}", WRONG_CALL)


def _records(file: Path, published: date | None) -> Iterator[Any]:
    """Yield the records of a JSON-lines file; a line that is no record ends the call."""
    from transforms.extract import coder

    lines = sys.stdin if file == STANDARD_INPUT else _text(file).splitlines()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield coder.Record.from_json(json.loads(line), default_published=published)
        except (ValueError, TypeError, AttributeError) as error:
            fail(f"{file}, line {number}: not a record: {error}", WRONG_CALL)


def brief(
    chosen: Settings,
    day: date | None,
    out: Path | None,
    *,
    several: bool,
    since: date | None,
    until: date | None,
    show: bool,
    as_json: bool,
) -> None:
    """Write the page of a day, or those of several, and say where it is."""
    from flows import progress
    from flows.briefing import pages
    from flows.briefing.folder import folder_of

    warehouse = chosen.warehouse
    with plain_errors(as_json=as_json):
        if several:
            first, last = since or date.min, until or date.max
            days = pages.days_with_articles(warehouse, first, last)
        else:
            chosen_day = day or pages.newest_day(warehouse, datetime.now(UTC).date())
            days = [chosen_day] if chosen_day else []
        if not days:
            fail(
                "no article in the warehouse has a date"
                + (" in these days" if several else "")
                + ", so there is no day to brief. `newsmill status` shows what is there",
                FAILED,
                as_json=as_json,
            )
        if out is not None:
            is_there = pages.write_one(warehouse, days[0], out)
            report.print_brief([days[0]], out, None, 1, is_there=is_there, as_json=as_json)
            page = out
        else:
            folder = folder_of(warehouse, chosen.briefings)
            with progress.shown() as shown:
                done = pages.refresh(warehouse, folder, days, anew=True, reporter=shown)
            page = done.index if several else folder / f"{days[0].isoformat()}.html"
            is_there = several or pages.has(warehouse, days[0])
            report.print_brief(
                days, page, done.index, len(done.pages), is_there=is_there, as_json=as_json
            )
    if show:
        import webbrowser

        if not webbrowser.open(page.absolute().as_uri()):
            report.note(f"no browser on this machine: open {page.absolute()} in one")


def status(chosen: Settings, *, as_json: bool) -> None:
    """Print the last runs, what waits in the inbox, rejects and sizes."""
    from warehouse import connect, query

    with plain_errors(as_json=as_json):
        if not connect.exists(chosen.warehouse):
            fail(
                f"{chosen.warehouse} does not exist yet: make it with `newsmill run`",
                FAILED,
                as_json=as_json,
            )
        facts: dict[str, Any] = dict(query.status(chosen.warehouse))
        facts["briefing"] = _briefing(chosen)
        facts["backlog"] = None
        if chosen.inbox is not None and chosen.inbox.is_dir():
            from flows.new import new_files

            try:
                waiting = inputs.expand([chosen.inbox])
            except inputs.InputError:
                waiting = []
            facts["backlog"] = len(new_files(waiting, chosen.warehouse, force=False))
    report.print_status(facts, chosen.warehouse, as_json=as_json)


def _briefing(chosen: Settings) -> dict[str, Any]:
    """Return where the briefing's pages are, how many, and the newest day."""
    from flows.briefing.folder import existing, folder_of

    folder = folder_of(chosen.warehouse, chosen.briefings)
    found = existing(folder)
    return {
        "folder": str(folder),
        "pages": len(found),
        "newest": max(found).isoformat() if found else None,
    }


def restore(chosen: Settings, day: date | None, *, listing: bool, as_json: bool) -> None:
    """Publish a kept night again, the last one or that of `day`; or list the kept nights."""
    from warehouse import publish

    warehouse = chosen.warehouse
    with plain_errors(as_json=as_json):
        if listing:
            report.print_kept(publish.kept(warehouse), warehouse, as_json=as_json)
            return
        found = publish.kept_of(warehouse, day)
        if found is None:
            which = "night is kept" if day is None else f"kept night is the one of {day}"
            oldest = publish.oldest_day(warehouse)
            if day is not None and oldest is not None:
                which += f" (the oldest day that can be restored is {oldest})"
            fail(
                f"No {which} beside {warehouse}. `newsmill restore --list` shows what there is; "
                "the setting keep says for how many days nights are kept.",
                FAILED,
                as_json=as_json,
            )
        publish.restore(warehouse, found.version, wait=chosen.lock_wait)
    report.print_restored(found.until, warehouse, as_json=as_json)


def export(
    chosen: Settings,
    folder: Path,
    tables: list[str] | None,
    output: str,
    *,
    since: date | None,
    until: date | None,
    as_json: bool,
) -> None:
    """Write tables of the published warehouse into a folder, with progress on standard error."""
    from flows import progress
    from warehouse import export as exporting

    wanted = list(tables or exporting.DEFAULT)
    done = []
    with (
        plain_errors(as_json=as_json),
        progress.shown() as reporter,
        progress.stage(reporter, "Export", len(wanted), "tables"),
    ):
        for each in exporting.export(
            chosen.warehouse, folder, wanted, format=output, since=since, until=until
        ):
            done.append(each)
            reporter.advance(1, f"{each.table}, {each.rows:,} rows")
    report.print_exported(done, folder, output, as_json=as_json)
