"""`newsmill doctor`: what is wrong with this installation, and what to do about it."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

import typer

from flows import inputs, schedule_checks, settings
from flows.finding import Finding, State

LOW_DISK = 2 * 1024**3


def doctor(chosen: settings.Settings, *, as_json: bool) -> None:
    """Print all findings and the effective settings; exit code 1 when there is a problem."""
    findings = list(examine(chosen))
    effective = settings.origins(chosen)
    if as_json:
        rows = [
            {"name": name, "value": value, "origin": origin} for name, value, origin in effective
        ]
        sys.stdout.write(
            json.dumps({"checks": [asdict(finding) for finding in findings], "settings": rows})
            + "\n"
        )
    else:
        _print(findings, effective)
    if any(finding.state == "problem" for finding in findings):
        raise typer.Exit(1)


def examine(chosen: settings.Settings) -> Iterator[Finding]:
    """Yield the findings: Python, packages, model, knowledge, paths, warehouse, schedule."""
    yield _python()
    yield from _packages()
    yield _model(chosen.model)
    yield _knowledge(chosen.knowledge)
    yield _inbox(chosen.inbox)
    yield from _warehouse(chosen.warehouse)
    yield from schedule_checks.examine(chosen)


def _python() -> Finding:
    from packaging.specifiers import SpecifierSet

    version = ".".join(str(part) for part in sys.version_info[:3])
    needed = metadata.metadata("newsmill")["Requires-Python"]
    if SpecifierSet(needed).contains(version):
        return Finding("Python", "ok", version)
    return Finding("Python", "problem", version, f"newsmill needs Python {needed}")


def _packages() -> Iterator[Finding]:
    """Compare the installed versions with what newsmill asks for."""
    from packaging.requirements import Requirement

    wrong = []
    required = [Requirement(text) for text in metadata.requires("newsmill") or ()]
    needed = [r for r in required if r.marker is None or r.marker.evaluate({"extra": ""})]
    for requirement in needed:
        try:
            installed = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            wrong.append(f"{requirement} is not installed")
            continue
        if not requirement.specifier.contains(installed, prereleases=True):
            wrong.append(f"{requirement.name} {installed} instead of {requirement.specifier}")
    if wrong:
        yield Finding("packages", "problem", "; ".join(wrong), "pip install -c constraints.txt .")
    else:
        yield Finding("packages", "ok", f"{len(needed)} of {len(needed)} as required")


def _model(name: str) -> Finding:
    from transforms.extract import pipeline

    try:
        nlp = pipeline.load(name)
    except pipeline.MissingModelError as error:
        return Finding("model", "problem", str(error), "install it, or set NEWSMILL_MODEL")
    return Finding("model", "ok", f"{name} {nlp.meta['version']}: {', '.join(nlp.pipe_names)}")


def _knowledge(paths: tuple[Path, ...]) -> Finding:
    from transforms.extract import additions

    try:
        additions.use(paths)
        found = additions.check()
    except ValueError as error:
        return Finding("knowledge", "problem", str(error), "mend the file, or leave it out")
    told = ", ".join(f"{kind} ({count})" for kind, count in found.items())
    return Finding("knowledge", "ok", f"yours beside ours: {told}" if told else "ours alone")


def _inbox(inbox: Path | None) -> Finding:
    if inbox is None:
        return Finding(
            "inbox",
            "warning",
            "none is configured: without PATH, runs read the sample dumps",
            "set NEWSMILL_INBOX, or inbox = … in newsmill.toml",
        )
    try:
        files = inputs.expand([inbox])
    except inputs.InputError as error:
        return Finding("inbox", "problem" if not inbox.is_dir() else "warning", str(error))
    return Finding("inbox", "ok", f"{inbox}: {len(files)} files")


def _warehouse(path: Path) -> Iterator[Finding]:
    from warehouse import connect, query

    try:
        where = list(_lake(path) if connect.is_lake(path) else _file(path))
        yield from where
        if any(finding.check == "warehouse" for finding in where) and not connect.exists(path):
            return
        if not connect.exists(path):
            yield Finding("warehouse", "warning", f"{path} does not exist yet", "newsmill run")
            return
        rows = query.status(path)["rows"]
    except connect.WarehouseError as error:
        yield Finding("warehouse", "problem", str(error))
        return
    except Exception as error:
        said = connect.database_error(error)
        if said is None:
            raise
        yield Finding("warehouse", "problem", f"{path}: {said}", "newsmill restore")
        return
    yield Finding(
        "warehouse", "ok", f"{path}: {rows['articles']:,} articles, {rows['events']:,} events"
    )


def _file(path: Path) -> Iterator[Finding]:
    """Yield the findings on where a file is to lie."""
    folder = path.resolve().parent
    if not folder.is_dir():
        yield Finding("warehouse", "problem", f"{folder} does not exist", f"mkdir -p {folder}")
        return
    if not os.access(folder, os.W_OK):
        yield Finding(
            "warehouse", "problem", f"{folder} may not be written", "change its permissions"
        )
    free = shutil.disk_usage(folder).free
    size = path.stat().st_size if path.exists() else 0
    # A run works on a copy: it needs the file's size again, and room for what is staged.
    state: State = "ok" if free > size + LOW_DISK else "problem" if free < size else "warning"
    advice = "" if state == "ok" else "make room, or move the warehouse to a larger disk"
    yield Finding("disk", state, f"{free / 1024**3:.1f} GiB free in {folder}", advice)
    wal = path.with_name(path.name + ".wal")
    if wal.exists():
        yield Finding(
            "warehouse",
            "problem",
            f"{wal} lies beside the warehouse: another program wrote to it",
            "close that program; newsmill's readers never leave one",
        )


def _lake(path: Path) -> Iterator[Finding]:
    """Yield the findings on where a lake's data are to lie."""
    from warehouse import lake

    data = lake.described(path).data
    if not data.is_dir():
        yield Finding("lake", "warning", f"{data} does not exist yet: the first run makes it")
        return
    if not os.access(data, os.W_OK):
        yield Finding("lake", "problem", f"{data} may not be written", "change its permissions")
    free = shutil.disk_usage(data).free
    state: State = "ok" if free > LOW_DISK else "warning"
    yield Finding("disk", state, f"{free / 1024**3:.1f} GiB free in {data}")


def _print(findings: list[Finding], effective: list[tuple[str, str, str]]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False, soft_wrap=True)
    signs = {"ok": "[green]✓[/]", "warning": "[yellow]![/]", "problem": "[red]✗[/]"}
    for finding in findings:
        console.print(f"{signs[finding.state]} {finding.check}: {escape(finding.detail)}")
        if finding.advice:
            console.print(f"    → {escape(finding.advice)}")
    table = Table(title="\nSettings", title_justify="left", box=None, padding=(0, 2, 0, 0))
    for heading in ("name", "value", "from"):
        table.add_column(heading)
    for name, value, origin in effective:
        table.add_row(name, escape(value) or "—", origin)
    console.print(table)
