"""The console script `newsmill`.

Only what parsing the call needs is imported here; each command imports its work when it runs, so
that `newsmill --help` answers at once.
"""

from __future__ import annotations

import sys
from datetime import date, datetime
from enum import StrEnum
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.ending import DONE, WRONG_CALL, fail

app = typer.Typer(
    name="newsmill",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="Turn raw dumps of news articles into a DuckDB warehouse of coded events: who did what "
    "to whom, when, where, according to which story.\n\n"
    "First time? Run `newsmill run` without anything: it works on the sample dumps. Then "
    '`newsmill sql "SELECT * FROM daily_events"`.',
    epilog="Settings come from options, then NEWSMILL_* variables, then newsmill.toml; "
    "`newsmill doctor` prints the effective ones.",
)


class Format(StrEnum):
    """How `newsmill sql` prints a result."""

    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError as error:
        raise typer.BadParameter(
            f"'{text}' is not a date: write it as YEAR-MONTH-DAY, for example 2024-08-20"
        ) from error


Warehouse = Annotated[
    Path | None,
    typer.Option(
        "--warehouse",
        metavar="FILE",
        help="The warehouse file. [default: newsmill.duckdb]",
        show_default=False,
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on standard output, nothing else.")
]

DumpDate = Annotated[
    date | None,
    typer.Option(
        "--date",
        parser=_day,
        metavar="DATE",
        show_default=False,
        help="Publication date of articles whose dump gives none.",
    ),
]


Knowledge = Annotated[
    list[Path] | None,
    typer.Option(
        "--knowledge",
        metavar="PATH",
        show_default=False,
        help="A file, or a folder of files, of your own terms, actors and event types (README, "
        "Your own knowledge). May be given several times.",
    ),
]
AsFormat = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="NAME",
        show_default=False,
        help="Read every dump as this format (`newsmill formats` lists them) instead of "
        "recognising it by its content.",
    ),
]
Brief = Annotated[
    bool | None,
    typer.Option(
        "--brief/--no-brief",
        show_default=False,
        help="Write the daily briefing at the end, or not. [default: brief]",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        min=1, max=256, help="Worker processes. [default: one a core]", show_default=False
    ),
]
Executor = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        show_default=False,
        help="What reads and codes: processes, threads, dask, or dask:tcp://HOST:PORT. "
        "[default: processes]",
    ),
]


def _settings(**options: Any) -> Any:
    """Load the settings, or end with what is wrong with them."""
    import tomllib

    from pydantic import ValidationError

    from flows import settings

    try:
        return settings.load(**options)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        fail(
            f"setting {name}: {first['msg']} (given: {first['input']!r}). "
            f"Correct the option, NEWSMILL_{name.upper()} or {settings.config_file()}",
            WRONG_CALL,
        )
    except tomllib.TOMLDecodeError as error:
        fail(f"{settings.config_file()} is not valid TOML: {error}", WRONG_CALL)


@app.command()
def init(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="[FOLDER]", help="Where to write. [default: here]", show_default=False
        ),
    ] = Path(),
    force: Annotated[bool, typer.Option("--force", help="Overwrite what exists.")] = False,
    systemd: Annotated[
        bool,
        typer.Option("--systemd", help="Write a systemd user unit for `newsmill serve` too."),
    ] = False,
) -> None:
    """Begin: write a newsmill.toml that explains every setting, and make an inbox beside it."""
    from flows import beginning

    beginning.begin(folder, force=force, systemd=systemd)


@app.command()
def run(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH]...",
            help="Files, folders or globs. Without: the configured inbox, else the sample dumps.",
            show_default=False,
        ),
    ] = None,
    warehouse: Warehouse = None,
    since: Annotated[
        date | None,
        typer.Option(
            parser=_day,
            metavar="DATE",
            help="Leave out dumps of days before DATE (the day in "
            "their path, else when they were last changed).",
            show_default=False,
        ),
    ] = None,
    until: Annotated[
        date | None,
        typer.Option(
            parser=_day,
            metavar="DATE",
            help="Leave out dumps of days after DATE.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Read dumps again that are already loaded.")
    ] = False,
    dump_date: DumpDate = None,
    format: AsFormat = None,
    knowledge: Knowledge = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail, and load nothing, when anything is rejected.")
    ] = False,
    keep: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=3650,
            metavar="DAYS",
            help="For how many days replaced nights stay, to be restored. [default: 1]",
            show_default=False,
        ),
    ] = None,
    workers: Workers = None,
    executor: Executor = None,
    brief: Brief = None,
    verbose: Annotated[
        bool,
        typer.Option("--verbose", "-v", help="Show the log: stages, dumps, batches, counts."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run the nightly flow now: ingest what is new, code it, publish the warehouse.

    A dump that is already in the warehouse is not read again, whatever its name; running twice
    changes nothing. A dump that cannot be used becomes a reject and a warning.
    """
    from flows import commands

    chosen = _settings(
        warehouse=warehouse,
        dump_date=dump_date,
        format=format,
        knowledge=knowledge,
        strict=strict or None,
        keep=keep,
        workers=workers,
        executor=executor,
        brief=brief,
    )
    commands.run(
        chosen,
        paths or [],
        since=since,
        until=until,
        force=force,
        verbose=verbose,
        as_json=as_json,
    )


@app.command()
def backfill(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH]...",
            help="Files, folders or globs that hold the dumps. Without: the configured inbox, "
            "else the sample dumps.",
            show_default=False,
        ),
    ] = None,
    since: Annotated[
        date | None,
        typer.Option(
            parser=_day,
            metavar="DATE",
            help="The first day: of dumps the day in their path, else when they were last "
            "changed; with --reextract the day on which stories were published.",
            show_default=False,
        ),
    ] = None,
    until: Annotated[
        date | None,
        typer.Option(
            parser=_day,
            metavar="DATE",
            help="The last day. Without --reextract both days are needed.",
            show_default=False,
        ),
    ] = None,
    reextract: Annotated[
        bool,
        typer.Option(
            "--reextract",
            help="Code the stored stories of each day anew, without their dumps: for another "
            "model, a new version, or knowledge of your own.",
        ),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Do days again that are done already.")
    ] = False,
    warehouse: Warehouse = None,
    dump_date: DumpDate = None,
    format: AsFormat = None,
    knowledge: Knowledge = None,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Fail at the first day of which anything is rejected."),
    ] = False,
    keep: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=3650,
            metavar="DAYS",
            help="For how many days the night before the backfill stays, to be restored. "
            "[default: 1]",
            show_default=False,
        ),
    ] = None,
    workers: Workers = None,
    executor: Executor = None,
    brief: Brief = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show the flow engine's log.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run past days again, day by day, each published before the next begins.

    Reads the dumps of these days again and replaces what the warehouse has of them:
    `newsmill backfill --since 2024-05-13 --until 2024-05-15 /data/inbox`

    With --reextract only codes the stored stories again; without dates, all of them:
    `newsmill backfill --reextract --knowledge my-terms/`

    A backfill that was interrupted goes on with the first day not done when it is called again.
    """
    from flows import commands

    reading = [
        name
        for name, given in (
            ("PATH", paths), ("--date", dump_date), ("--format", format), ("--strict", strict)
        )
        if given
    ]  # fmt: skip
    if reextract and reading:
        fail(
            f"--reextract reads no dumps, so it goes without {', '.join(reading)}",
            WRONG_CALL,
            as_json=as_json,
        )
    commands.backfill(
        _settings(
            warehouse=warehouse,
            dump_date=dump_date,
            format=format,
            knowledge=knowledge,
            strict=strict or None,
            keep=keep,
            workers=workers,
            executor=executor,
            brief=brief,
        ),
        paths or [],
        since=since,
        until=until,
        reextract=reextract,
        force=force,
        verbose=verbose,
        as_json=as_json,
    )


@app.command()
def read(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files, folders or globs.")],
    jsonl: Annotated[
        bool,
        typer.Option("--jsonl", help="One JSON line an article and one a reject."),
    ] = False,
    dump_date: DumpDate = None,
    format: AsFormat = None,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify",
            help="Cut every article out of its dump again, check that its words stand there and "
            "that nothing was lost in between; end with exit code 1 at the first that differs.",
        ),
    ] = False,
) -> None:
    """Only read and segment: show the articles in dumps, and what was rejected.

    Nothing is written. Spans count characters of the decoded dump (bytes of a WARC file, rows of
    a Parquet file).
    """
    from flows import commands

    chosen = _settings(dump_date=dump_date, format=format)
    if verify:
        commands.verify(chosen, paths)
    else:
        commands.read(chosen, paths, jsonl=jsonl or not sys.stdout.isatty())


@app.command()
def formats(as_json: AsJson = False) -> None:
    """List the formats of dumps that can be read, and what each is.

    A dump's format is recognised by its content; `--format NAME` overrides that. Every format may
    come compressed (.gz, .bz2, .xz, .zst), in a .zip or .tar archive, or attached to mail.
    """
    from flows import report
    from transforms.read import formats

    report.print_formats(formats(), as_json=as_json)


@app.command()
def code(
    text: Annotated[
        str | None,
        typer.Argument(help="The text to code. Without: standard input.", show_default=False),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", metavar="F", help="Read the text from a file.", show_default=False),
    ] = None,
    jsonl: Annotated[
        Path | None,
        typer.Option(
            "--jsonl",
            metavar="F",
            show_default=False,
            help="Code each record of a JSON-lines file (title, maintext, date_publish, "
            "source_domain; optionally actor and recipient). `-`: standard input.",
        ),
    ] = None,
    published: Annotated[
        date | None,
        typer.Option(
            "--date",
            parser=_day,
            metavar="DATE",
            show_default=False,
            help="When the text was published; relative dates resolve against it.",
        ),
    ] = None,
    model: Annotated[str | None, typer.Option(help="spaCy pipeline.", show_default=False)] = None,
    knowledge: Knowledge = None,
    background: Annotated[
        bool | None,
        typer.Option(
            "--background/--no-background",
            show_default=False,
            help="Tell also what has no event type, as OCCURRENCE or STATE, behind what has one. "
            "Unset: with --json and --jsonl. A run never keeps these.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Only extract: annotate a text and show what was found, and why.

    Example: `newsmill code "Gunmen killed nine soldiers in Mali on Sunday." --date 2024-05-13`
    """
    from flows import commands

    if sum(given is not None for given in (text, file, jsonl)) > 1:
        fail("give one of TEXT, --file and --jsonl, not several", WRONG_CALL)
    commands.code(
        _settings(model=model, knowledge=knowledge),
        text,
        file,
        jsonl,
        published=published,
        background=background,
        as_json=as_json,
    )


@app.command()
def sql(
    query: Annotated[
        str | None,
        typer.Argument(metavar="[SQL]", help="One query. Without: a prompt.", show_default=False),
    ] = None,
    warehouse: Warehouse = None,
    output: Annotated[
        Format, typer.Option("--format", help="How to print the result.")
    ] = Format.table,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="Write to FILE instead of standard output.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Query the published warehouse, read-only.

    Example: `newsmill sql "SELECT day, event_type, events FROM daily_events ORDER BY ALL"`
    """
    from flows import shell

    shell.sql(_settings(warehouse=warehouse).warehouse, query, output.value, out)


class ExportFormat(StrEnum):
    """What `newsmill export` writes."""

    parquet = "parquet"
    csv = "csv"
    arrow = "arrow"


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to write the files.")],
    tables: Annotated[
        list[str] | None,
        typer.Option(
            "--table",
            metavar="NAME",
            help="A table or view, such as gdelt_events. May be given several times. "
            "[default: events, mentions, stories, articles, dimensions, daily tables]",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        ExportFormat, typer.Option("--format", help="How to write them.")
    ] = ExportFormat.parquet,
    since: Annotated[
        date | None,
        typer.Option(parser=_day, metavar="DATE", help="From this day on.", show_default=False),
    ] = None,
    until: Annotated[
        date | None,
        typer.Option(parser=_day, metavar="DATE", help="Up to this day.", show_default=False),
    ] = None,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Write tables to files for other programs: Parquet or CSV by day, or Arrow.

    Example: `newsmill export out --table events --since 2024-05-01`, then in Python
    `polars.scan_parquet("out/events/", hive_partitioning=True)`.
    """
    from flows import commands

    commands.export(
        _settings(warehouse=warehouse),
        folder,
        tables,
        output.value,
        since=since,
        until=until,
        as_json=as_json,
    )


@app.command()
def brief(
    day: Annotated[
        date | None,
        typer.Argument(
            metavar="DAY",
            parser=_day,
            help="The day. Without: the newest one that has articles.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="Write this one page to FILE, without links to those of other days.",
            show_default=False,
        ),
    ] = None,
    since: Annotated[
        date | None,
        typer.Option(
            parser=_day,
            metavar="DATE",
            help="Write the pages of all days from DATE on that have articles.",
            show_default=False,
        ),
    ] = None,
    until: Annotated[
        date | None,
        typer.Option(
            parser=_day, metavar="DATE", help="The last of these days.", show_default=False
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Write the pages of all days that have articles.")
    ] = False,
    show: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Write the daily briefing: a page that says what happened, and leads to the evidence.

    One HTML file that needs no network: top stories by independent sources, a map, who did what to
    whom, what is unusual, actors, protests and casualties, the quality of the night; each with its
    data, the SQL behind it, and links to the sentences. It is written beside the warehouse, with an
    index of all days; every run does so at its end.

    Example: `newsmill brief 2024-05-14 --open`
    """
    from flows import commands

    several = everything or since is not None or until is not None
    if several and (day is not None or out is not None):
        fail("give one DAY, or --all, --since and --until; --out goes with one", WRONG_CALL)
    if since is not None and until is not None and since > until:
        fail(f"--since {since} is after --until {until}: exchange them", WRONG_CALL)
    commands.brief(
        _settings(warehouse=warehouse),
        day,
        out,
        several=several,
        since=since,
        until=until,
        show=show,
        as_json=as_json,
    )


@app.command()
def status(warehouse: Warehouse = None, as_json: AsJson = False) -> None:
    """Show the last runs, the backlog, rejects and sizes."""
    from flows import commands

    commands.status(_settings(warehouse=warehouse), as_json=as_json)


@app.command()
def restore(
    day: Annotated[
        date | None,
        typer.Argument(
            metavar="DAY",
            parser=_day,
            help="The day (UTC) at whose end the night was published. Without: the last one kept.",
            show_default=False,
        ),
    ] = None,
    warehouse: Warehouse = None,
    listing: Annotated[
        bool, typer.Option("--list", help="Only list the nights that are kept.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Publish an older night again, such as the one before a bad run.

    Nights that a run replaced stay beside the warehouse for as many days as the setting `keep`
    says (1). The night that is replaced by restoring is kept too, so this can be taken back.
    """
    from flows import commands

    commands.restore(_settings(warehouse=warehouse), day, listing=listing, as_json=as_json)


@app.command()
def doctor(warehouse: Warehouse = None, as_json: AsJson = False) -> None:
    """Check the installation, the model, the paths and the warehouse; say what to do."""
    from flows import doctor as checks

    checks.doctor(_settings(warehouse=warehouse), as_json=as_json)


@app.command()
def serve(
    cron: Annotated[
        str | None,
        typer.Option(
            metavar="EXPR",
            help="When to run, as a cron expression. [default: 30 2 * * *]",
            show_default=False,
        ),
    ] = None,
    timezone: Annotated[
        str | None,
        typer.Option(
            metavar="ZONE",
            help="Time zone of the cron expression (IANA name). [default: UTC]",
            show_default=False,
        ),
    ] = None,
    own_server: Annotated[
        bool,
        typer.Option(
            "--server/--no-server",
            help="Without PREFECT_API_URL, start a Prefect server and keep it running, or refuse.",
        ),
    ] = True,
    warehouse: Warehouse = None,
) -> None:
    """Schedule the nightly flow on this machine and keep it running.

    Uses the Prefect server that PREFECT_API_URL names; without one it starts its own, on port 4200
    of this machine, and ends it at the end. A night that was missed is caught up at the start. The
    deployment is called `nightly/newsmill`: trigger it by hand from the Prefect UI, or with
    `prefect deployment run nightly/newsmill`.
    """
    from flows import serve as serving

    serving.serve(
        _settings(warehouse=warehouse, cron=cron, timezone=timezone), own_server=own_server
    )


@app.callback(invoke_without_command=True)
def _version(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"newsmill {installed('newsmill')}")
        raise typer.Exit(DONE)
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(DONE)


def main() -> None:
    """Run the command line; ends the process with 0 done, 1 failed, 2 wrong call."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # names of files may be bytes that are no text
            stream.reconfigure(errors="backslashreplace")
    app()
