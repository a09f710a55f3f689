"""How a command ends: its exit codes, and the one way to say what went wrong."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import typer

DONE, FAILED, WRONG_CALL = 0, 1, 2


def fail(message: str, code: int, *, as_json: bool = False) -> NoReturn:
    """End the process with a message on standard error and, if asked, as JSON besides."""
    if as_json:
        typer.echo(json.dumps({"state": "failed", "error": message}))
    typer.secho(f"newsmill: {message}", fg=typer.colors.RED, err=True)
    raise typer.Exit(code)


@contextmanager
def stopping_cleanly(message: str, *, as_json: bool = False) -> Iterator[None]:
    """End the process with `message` when it is told to stop inside the block: SIGTERM or ^C.

    What the block holds is left as any error leaves it first. The exit code is 128 and the signal's
    number, as shells have it.
    """

    def told(number: int, _frame: Any) -> NoReturn:
        raise _ToldError(number)

    before = signal.signal(signal.SIGTERM, told)
    try:
        yield
    except KeyboardInterrupt:
        fail(message, 128 + signal.SIGINT, as_json=as_json)
    except _ToldError as error:
        fail(message, 128 + error.args[0], as_json=as_json)
    finally:
        signal.signal(signal.SIGTERM, before)


class _ToldError(BaseException):
    """Told to stop; none of the exceptions that code on the way may take for an error."""
