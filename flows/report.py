"""What people see of a run: summaries for a terminal, and JSON lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.inputs import SAMPLES

if TYPE_CHECKING:
    import polars as pl
    from rich.console import Console

    from transforms.extract.coder import Annotation
    from warehouse.export import Exported
    from warehouse.publish import Night

COUNTS = (
    ("new_files", "files"),
    ("dumps", "dumps"),
    ("articles", "articles"),
    ("rejects", "rejects"),
    ("stories", "stories"),
    ("copies", "copies of a story"),
    ("other_language", "stories in other languages, not coded"),
    ("mentions", "event mentions"),
    ("events", "events"),
)
"""The counts that a summary shows, in the order of the stages, and what they are called."""


def _console() -> Console:
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True)


def _emit(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")


def note(message: str) -> None:
    """Say something on standard error that is no failure."""
    sys.stderr.write(f"newsmill: {message}\n")


def print_beginning(files: Sequence[Path], given: Sequence[Path], warehouse: Path) -> None:
    """Say on standard error what is about to be read, and where it will land."""
    what = "the sample dumps" if list(given) == [SAMPLES] else ", ".join(str(p) for p in given)
    noun = "file" if len(files) == 1 else "files"
    sys.stderr.write(f"Reading {what} ({len(files)} {noun}) into {warehouse}\n")


def print_nothing_new(files: int, warehouse: Path, *, as_json: bool) -> None:
    """Say that every dump is in the warehouse already."""
    if as_json:
        _emit(
            {
                "state": "nothing_new",
                "warehouse": str(warehouse),
                "counts": {"files": files, "new_files": 0},
                "warnings": [],
            }
        )
        return
    if not files:
        _console().print("Nothing new: no dump is there, or none of the days asked for.")
        return
    noun = "file is" if files == 1 else "files are"
    _console().print(
        f"Nothing new: {files} {noun} already in [bold]{warehouse}[/]. Read again with --force."
    )


def print_run(record: dict[str, Any], warehouse: Path, *, as_json: bool) -> None:
    """Print what a run loaded, where it is, and what to try next."""
    if as_json:
        _emit({**record, "warehouse": str(warehouse)})
        return
    from rich.markup import escape
    from rich.table import Table

    console = _console()
    if record["state"] == "nothing_new":
        print_nothing_new(record["counts"].get("files", 0), warehouse, as_json=False)
        return
    counts, seconds = record["counts"], record["seconds"]
    console.print()
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right", style="bold")
    for name, label in COUNTS:
        if counts.get(name) or name != "other_language":
            table.add_row(f"{counts.get(name, 0):,}", label)
    console.print(table)
    took = ", ".join(f"{stage} {value:.1f} s" for stage, value in seconds.items() if value >= 0.05)
    console.print(f"\nTook {sum(seconds.values()):.1f} s: {took}")
    if record["warnings"]:
        console.print(f"\n[yellow]{len(record['warnings'])} warnings[/], the first of them:")
        for warning in record["warnings"][:5]:
            console.print(f"  [yellow]·[/] {escape(warning)}")
        console.print('  all: newsmill sql "SELECT * FROM rejects"')
    option = "" if str(warehouse) == "newsmill.duckdb" else f" --warehouse {warehouse}"
    from warehouse import connect

    console.print(f"\nWarehouse: [bold]{warehouse}[/] ({_size(connect.size(warehouse))})")
    if record.get("briefing"):
        console.print(f"Briefing:  [bold]{record['briefing']}[/]")
    console.print("Next, try:")
    if record.get("briefing"):
        console.print(f"  newsmill brief{option} --open", style="cyan")
    console.print(
        f'  newsmill sql{option} "SELECT event_date, event_type, actor_name, recipient_name, '
        'place_name FROM events ORDER BY ALL LIMIT 20"',
        style="cyan",
    )
    console.print(f"  newsmill status{option}", style="cyan")


_BY_DAY = ("dumps", "articles", "rejects", "stories", "mentions", "events")


def print_backfill(record: dict[str, Any], warehouse: Path, *, as_json: bool) -> None:
    """Print what a backfill did, a line a day on which there was something to do."""
    if as_json:
        _emit({**record, "warehouse": str(warehouse)})
        return
    from rich.table import Table

    console = _console()
    shown = [day for day in record["days"] if day["state"] != "nothing"]
    narrow = console.width < 90
    table = Table(box=None, padding=(0, 1 if narrow else 2, 0, 0), header_style="dim")
    counted = [name for name in _BY_DAY if record["counts"].get(name)]
    table.add_column("day", no_wrap=True)
    table.add_column("state", no_wrap=True)
    for heading in (*counted, "seconds"):
        table.add_column(heading, justify="right", no_wrap=True)
    for day in shown:
        counts = [f"{day['counts'].get(name, 0):,}" if day["counts"] else "" for name in counted]
        seconds = f"{day['seconds']:.1f}" if day["counts"] else ""
        table.add_row(day["day"], day["state"].replace("_", " "), *counts, seconds)
    if shown:
        console.print(table)
    empty = len(record["days"]) - len(shown)
    if empty or not shown:
        noun = "day" if empty == 1 else "days"
        console.print(f"{empty:,} {noun} with nothing to do")
    if record["state"] == "already_done":
        console.print("Everything is done already. Do it again with --force.")
    console.print(f"Warehouse: [bold]{warehouse}[/]")
    if record.get("briefing"):
        console.print(f"Briefing:  [bold]{record['briefing']}[/]")


def print_brief(
    days: Sequence[date],
    page: Path,
    index: Path | None,
    written: int,
    *,
    is_there: bool,
    as_json: bool,
) -> None:
    """Say which pages have been written, and where they are."""
    if as_json:
        _emit(
            {
                "state": "completed",
                "days": [day.isoformat() for day in days],
                "page": str(page),
                "index": str(index) if index else None,
                "pages_written": written,
                "is_empty": not is_there,
            }
        )
        return
    console = _console()
    if not is_there:
        console.print(f"[yellow]The warehouse holds nothing of {days[0]}[/]: the page says so.")
    if len(days) > 1:
        console.print(f"{len(days):,} days, {written:,} pages written.")
    console.print(f"Briefing: [bold]{page}[/] ({_size(page.stat().st_size)})")
    if index is not None and index != page:
        console.print(f"All days: [bold]{index}[/]")


def _many(count: int, plural: str) -> str:
    """Return "1 run", "2 runs"."""
    noun = plural if count != 1 else "story" if plural == "stories" else plural.removesuffix("s")
    return f"{count:,} {noun}"


def _size(bytes_: float) -> str:
    size = float(bytes_)
    for unit in ("bytes", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"


def print_formats(formats: dict[str, str], *, as_json: bool) -> None:
    """Print the formats of dumps and what each is."""
    if as_json:
        _emit(formats)
        return
    from rich.table import Table

    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    for name, about in formats.items():
        table.add_row(name, about)
    _console().print(table)


READ_COLUMNS = (
    "ordinal",
    "char_start",
    "char_end",
    "title",
    "byline",
    "dateline",
    "source",
    "url",
    "external_id",
    "published_at",
    "publish_date",
    "publish_date_source",
    "language",
    "segment_confidence",
    "body",
)


def write_jsonl(dump: str, unit: str, articles: pl.DataFrame, rejects: pl.DataFrame) -> None:
    """Write one JSON line an article (`"kind": "article"`) and one a reject.

    `unit` says what spans in the dump count.
    """
    for row in articles.select(READ_COLUMNS).iter_rows(named=True):
        for name in ("published_at", "publish_date"):
            row[name] = row[name].isoformat() if row[name] is not None else None
        row["published_at"] = row["published_at"] or row["publish_date"]
        _emit({"kind": "article", "dump": dump, **row, "unit": unit})
    for row in rejects.drop("dump_id").iter_rows(named=True):
        _emit({"kind": "reject", "dump": dump, **row, "unit": unit})


def remarks(path: str, flags: Iterable[str], sentences: Iterable[str], rejects: int) -> list[str]:
    """Return what an operator should know of a dump: its warnings, and flags that have none.

    Where `rejects` say why nothing was found, that is not said again.
    """
    said = {*_SAID_IN_FULL, *(["nothing_found"] if rejects else [])}
    found = [f"{path}: {sentence}" for sentence in sentences]
    found += [f"{path}: {flag.replace('_', ' ')}" for flag in sorted(flags) if flag not in said]
    return found


_SAID_IN_FULL = (
    "declared_count_differs", "changed", "implausible_date", "unread_date",
    "ambiguous_dates",
)  # fmt: skip
"""Flags that come with a sentence of their own."""


def print_read(
    title: str, articles: pl.DataFrame, rejects: pl.DataFrame, *, first: bool = True
) -> None:
    """Print the articles and rejects of a batch as a table, in the order of the dump."""
    from rich.markup import escape
    from rich.table import Table

    console = _console()
    if first:
        console.print(f"[bold]{escape(title)}[/]")
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=first)
    width = max(4, *(len(f"{end}-{end}") for end in (*articles["char_end"], *rejects["char_end"])))
    table.add_column("span", justify="right", no_wrap=True, min_width=width)
    table.add_column("published", no_wrap=True, min_width=10)
    table.add_column("words", justify="right", no_wrap=True, min_width=5)
    left = console.width - width - 10 - 5 - 8  # the other columns and what lies between
    wide = left >= _TWO_COLUMNS
    table.add_column("headline", overflow="ellipsis", no_wrap=True, max_width=max(20, left))
    if wide:
        table.columns[-1].max_width = left - _SOURCE - 2
        table.add_column("source", overflow="ellipsis", no_wrap=True, max_width=_SOURCE)
    lines: list[tuple[tuple[int, int], list[str]]] = []
    for row in articles.iter_rows(named=True):
        title_ = (
            escape(row["title"] or "") or f"[dim]{escape(' '.join(row['body'][:80].split()))}[/]"
        )
        cells = [str(row["publish_date"] or "—"), f"{len(row['body'].split()):,}", title_]
        lines.append(((row["char_start"], row["char_end"]), [*cells, escape(row["source"] or "")]))
    for row in rejects.iter_rows(named=True):
        why = f"[yellow]{escape(row['reason'])}[/] {escape((row['detail'] or '')[:200])}"
        lines.append(((row["char_start"], row["char_end"]), ["[yellow]reject[/]", "", why, ""]))
    for (start, end), cells in sorted(lines, key=lambda line: line[0]):
        table.add_row(f"{start}-{end}", *cells[: 4 if wide else 3])
    if lines:
        console.print(table)


_TWO_COLUMNS = 70
_SOURCE = 22


def print_read_total(dumps: int, articles: int, rejects: int) -> None:
    """Print how much was read, and what to do next."""
    counts = ", ".join(
        f"{count:,} {name}" + ("" if count == 1 else "s")
        for count, name in ((dumps, "dump"), (articles, "article"), (rejects, "reject"))
    )
    _console().print(f"\n{counts}. Load them with [cyan]newsmill run PATH[/]")


def print_annotation(annotation: Annotation) -> None:
    """Print the event mentions of a text, each with its sentence and the reason."""
    from rich.markup import escape

    console = _console()
    found = annotation.as_dict()
    if not found["mentions"]:
        console.print("No event found.")
    for mention in found["mentions"]:
        mode = f"/{mention['event_mode']}" if mention["event_mode"] else ""
        console.print(
            f"[bold]{mention['event_type']}{mode}[/]  "
            f"[cyan]{escape(mention['actor_text'] or '—')}[/] ({_who(mention, 'actor')}) → "
            f"[cyan]{escape(mention['recipient_text'] or '—')}[/] ({_who(mention, 'recipient')})"
        )
        when = mention["event_date"] or "undated"
        where = mention["place_name"] or "no place"
        console.print(
            f"  {when} ({mention['date_precision']}), {escape(str(where))}"
            f"{' ' + mention['country'] if mention['country'] else ''}; "
            f"{mention['time']}, {mention['polarity']}, {mention['certainty']}"
            + (f", says {escape(mention['attributed_to'])}" if mention["attributed_to"] else "")
        )
        if mention["quantities"]:
            console.print("  " + escape("; ".join(map(_counted, mention["quantities"]))))
        console.print(f"  [dim]{escape(mention['sentence_text'])}[/]")
        console.print(
            f"  [dim]why: {escape(mention['why'])}; confidence {mention['confidence']:.2f}[/]\n"
        )
    for kind in ("times", "places"):
        if found[kind]:
            console.print(
                f"{kind}: "
                + escape(
                    "; ".join(
                        f"{item['text']} = {item.get('value') or item.get('name')}"
                        for item in found[kind]
                    )
                )
            )


def _counted(quantity: dict[str, Any]) -> str:
    """ "deaths 12 or more", "money 300,000,000 CHF"."""
    least, most = quantity["least"], quantity["most"]
    if least is None:
        number = f"up to {most:,.0f}"
    elif most is None:
        number = f"{least:,.0f} or more"
    else:
        number = f"{least:,.0f}" if least == most else f"{least:,.0f} to {most:,.0f}"
    unit = "" if quantity["unit"] == "people" else f" {quantity['unit']}"
    return f"{quantity['measure']} {number}{unit}"


def _who(mention: dict[str, Any], role: str) -> str:
    parts = (mention[f"{role}_name"], mention[f"{role}_country"], mention[f"{role}_sector"])
    return " ".join(part for part in parts if part) or "unknown"


def print_status(facts: dict[str, Any], warehouse: Path, *, as_json: bool) -> None:
    """Print the state of the warehouse."""
    if as_json:
        _emit({"warehouse": str(warehouse), **facts})
        return
    from rich.markup import escape
    from rich.table import Table

    console = _console()
    rows = facts["rows"]
    console.print(
        f"[bold]{warehouse}[/] ({_size(facts['bytes'])}), schema {facts['schema_version']}"
    )
    for names in (
        ("dumps", "articles", "stories", "event_mentions", "events"),
        ("actors", "places", "rejects", "runs"),
    ):
        console.print("  " + ", ".join(_many(rows[name], name.replace("_", " ")) for name in names))
    for name, undated in (("published", "undated_articles"), ("events", "undated_events")):
        first, last = facts["days"][name]
        console.print(
            f"  {name}: {first or '—'} to {last or '—'}, {facts['days'][undated]:,} undated"
        )
    if facts["rejects"]:
        reasons = ", ".join(f"{count:,} {name}" for name, count in facts["rejects"].items())
        console.print(f"  rejects: {reasons}")
    if facts["briefing"]["pages"]:
        pages = _many(facts["briefing"]["pages"], "pages")
        console.print(
            f"  briefing: {pages}, the newest of {facts['briefing']['newest']}, in "
            f"{escape(facts['briefing']['folder'])}"
        )
    if facts["backlog"] is not None:
        console.print(f"  backlog: {facts['backlog']:,} new files in the inbox")
    table = Table(
        title="\nLast runs",
        title_justify="left",
        title_style="bold",
        box=None,
        padding=(0, 2, 0, 0),
    )
    counted = ("dumps", "articles", "rejects", "mentions", "events")
    table.padding = (0, 1 if console.width < 90 else 2, 0, 0)
    for heading in ("started (UTC)", "state", "seconds", *counted):
        table.add_column(heading, justify="left" if heading[0] == "s" else "right", no_wrap=True)
    for run in facts["runs"]:
        counts = dict(run["counts"] or {})
        table.add_row(
            run["started_at"][:16].replace("T", " "),
            escape(run["state"]),
            f"{sum(dict(run['seconds'] or {}).values()):.0f}",
            *(f"{counts.get(name, 0):,}" for name in counted),
        )
    console.print(table)


def print_exported(done: Sequence[Exported], folder: Path, output: str, *, as_json: bool) -> None:
    """Say what was written where, and how to read it."""
    if as_json:
        tables = {each.table: {"rows": each.rows, "files": each.files} for each in done}
        _emit({"folder": str(folder), "format": output, "tables": tables})
        return
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("table")
    table.add_column("rows", justify="right")
    table.add_column("files", justify="right")
    for each in done:
        table.add_row(each.table, f"{each.rows:,}", f"{each.files:,}")
    _console().print(table)
    first = next((each.table for each in done if each.files > 1), None)
    if output == "parquet" and first is not None:
        _console().print(
            f'Read it with: polars.scan_parquet("{folder}/{first}/", hive_partitioning=True)',
            style="cyan",
        )


def print_kept(nights: Sequence[Night], warehouse: Path, *, as_json: bool) -> None:
    """List the nights that are kept of a warehouse, newest first."""
    if as_json:
        rows = []
        for until, version, _ in reversed(nights):
            what: dict[str, Any] = {"snapshot": version}
            if isinstance(version, Path):
                what = {"file": str(version), "bytes": version.stat().st_size}
            rows.append({"until": until.isoformat(timespec="seconds")} | what)
        _emit({"warehouse": str(warehouse), "kept": rows})
        return
    if not nights:
        _console().print(f"No night is kept of [bold]{warehouse}[/] (see the setting keep).")
        return
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("was published until (UTC)")
    table.add_column("size", justify="right")
    table.add_column("kept as")
    for until, version, _ in reversed(nights):
        size, name = "", f"snapshot {version}"
        if isinstance(version, Path):
            size, name = _size(version.stat().st_size), version.name
        table.add_row(f"{until:%Y-%m-%d %H:%M:%S}", size, name)
    _console().print(table)
    _console().print("Publish one again: newsmill restore [DAY], the last one without DAY")


def print_restored(until: datetime, warehouse: Path, *, as_json: bool) -> None:
    """Say which night is published again, and how to take that back."""
    if as_json:
        _emit({"warehouse": str(warehouse), "restored": until.isoformat(timespec="seconds")})
        return
    _console().print(
        f"[bold]{warehouse}[/] is again what it was until {until:%Y-%m-%d %H:%M:%S} UTC. What it "
        "replaced is kept: `newsmill restore` takes this back."
    )
