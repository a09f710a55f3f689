"""How a command ends: its exit codes, and the one way to say what went wrong."""

from __future__ import annotations

import json
from typing import NoReturn

import typer

DONE, FAILED, WRONG_CALL = 0, 1, 2


def fail(message: str, code: int, *, as_json: bool = False) -> NoReturn:
    """End the process with a message on standard error and, if asked, as JSON besides."""
    if as_json:
        typer.echo(json.dumps({"state": "failed", "error": message}))
    typer.secho(f"newsmill: {message}", fg=typer.colors.RED, err=True)
    raise typer.Exit(code)
