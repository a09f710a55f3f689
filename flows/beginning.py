"""`newsmill init`: a settings file that says everything, an inbox, and what to do next."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import typer

from flows.ending import FAILED, WRONG_CALL, fail
from flows.settings import CONFIG_NAME, ENV_PREFIX, Settings

INBOX = "inbox"
UNIT = "newsmill.service"

_EXAMPLES: dict[str, object] = {
    "inbox": "inbox",
    "dump_date": date(2024, 5, 13),
    "format": "jsonl",
    "briefings": "briefings",
    "knowledge": ("my-knowledge",),
    "workers": 4,
}
"""What a setting without a default that could be written looks like."""

_TABLES = {"fields": 'title = ["Überschrift"]'}
"""Settings that are a table of TOML, which has to stand at the end, with an example of an entry."""


def begin(folder: Path, *, force: bool, systemd: bool) -> None:
    """Write `newsmill.toml` and an inbox into a folder, and say what to do next.

    With `systemd` a user unit with the real paths besides. Nothing that exists is overwritten
    unless `force`.
    """
    config, unit = folder / CONFIG_NAME, folder / UNIT
    written = [(config, settings_file())] + ([(unit, unit_file(folder))] if systemd else [])
    there = [str(path) for path, _ in written if path.exists()]
    if there and not force:
        fail(f"{' and '.join(there)} exists: --force overwrites", WRONG_CALL)
    try:
        (folder / INBOX).mkdir(parents=True, exist_ok=True)
        for path, text in written:
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}", FAILED)
    for path, _ in written:
        typer.echo(f"Wrote {path}")
    typer.echo("\nNext:")
    if folder.resolve() != Path.cwd():
        typer.echo(f"  cd {shlex.quote(str(folder))}")
    for command, what in (
        ("newsmill doctor", "is everything there?"),
        (f"cp … {INBOX}/", "drop dumps: files, folders or archives of any format"),
        ("newsmill run", "the first night, now"),
        ("newsmill serve", "every night; the UI is on http://127.0.0.1:4200"),
    ):
        typer.echo(f"  {command:<18} # {what}")
    if systemd:
        typer.echo(f"  systemctl --user link {shlex.quote(str(unit.resolve()))}")
        typer.echo("  systemctl --user enable --now newsmill && loginctl enable-linger")


def settings_file() -> str:
    """Return a `newsmill.toml` of every setting: what it means and, commented out, its default.

    Only the inbox is set, to the folder beside the file.
    """
    lines = [
        f"# Settings of newsmill. A variable {ENV_PREFIX}<NAME> or an option takes precedence;",
        "# `newsmill doctor` prints what is in effect. What is commented out is the default, or an",
        "# example where there is none. Paths are taken from the folder where newsmill is called.",
        "",
    ]
    names = [name for name in Settings.model_fields if name not in _TABLES]
    for name in [*names, *_TABLES]:
        lines += [f"# {Settings.model_fields[name].description}", *_assignment(name), ""]
    return "\n".join(lines)


def _assignment(name: str) -> Iterator[str]:
    field = Settings.model_fields[name]
    default = None if field.default_factory is not None else field.default
    if name in _TABLES:
        yield f"# [{name}]"
        yield f"# {_TABLES[name]}"
    elif name == "inbox":
        yield f"{name} = {_toml(_EXAMPLES[name])}"
    elif default is None or default == ():
        yield f"# {name} = {_toml(_EXAMPLES[name])}"
    else:
        yield f"# {name} = {_toml(default)}"


def _toml(value: Any) -> str:
    """Return a value as TOML writes it; strings are those of JSON."""
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(part) for part in value)}]"
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(str(value) if isinstance(value, Path) else value, ensure_ascii=False)


def unit_file(folder: Path) -> str:
    """Return a systemd user unit that serves from `folder` with the Python that runs now."""
    here = str(folder.resolve()).replace("%", "%%")
    python = sys.executable.replace("%", "%%")
    return f"""\
[Unit]
Description=newsmill: every night, dumps into the warehouse

[Service]
WorkingDirectory={here}
ExecStart="{python}" -m flows serve
Restart=always
RestartSec=10
# A run under way may end first; killed, it loses nothing but time.
KillMode=mixed
KillSignal=SIGTERM
TimeoutStopSec=15min
# Environment=PREFECT_API_URL=http://127.0.0.1:4200/api

[Install]
WantedBy=default.target
"""
