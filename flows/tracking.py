"""The Prefect server that a run reports to: a night is worth more than its history.

A server that does not answer, or is lost half-way, costs entries in its history; what a run does
to the warehouse does not depend on it.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typer

from flows import run_record

API_URL = "PREFECT_API_URL"

PUBLISHED = frozenset({"completed", "nothing_new"})
"""States of a run's record after which nothing is left to do."""


def answers(url: str, *, seconds: float = 3.0) -> bool:
    """Whether a Prefect server answers at this API address, asked for at most so long."""
    return silence(url, seconds=seconds) is None


def silence(url: str, *, seconds: float = 3.0) -> str | None:
    """Return why the server at this API address does not answer; `None` where it does."""
    import httpx

    try:
        httpx.get(f"{url.rstrip('/')}/health", timeout=seconds).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return str(error) or type(error).__name__
    return None


def leave_dead_server() -> None:
    """Forget the configured server where it does not answer, and say so.

    To be called before Prefect is imported, which reads the address only then.
    """
    url = os.environ.get(API_URL)
    if url and not answers(url):
        _warn(f"the Prefect server at {url} does not answer: this run keeps its own history")
        del os.environ[API_URL]


def tell(call: Callable[..., Any], **arguments: Any) -> Any:
    """Call a function of Prefect's that writes to the server; `None` where the server is lost.

    The server is asked first, because Prefect's client tries for a minute to reach one that has
    gone, and a run tells many things.
    """
    import httpx
    from prefect.logging import get_logger
    from prefect.settings import PREFECT_API_URL

    url = PREFECT_API_URL.value()
    if url and not answers(url):
        return None
    try:
        return call(**arguments)
    except (httpx.HTTPError, RuntimeError) as error:
        get_logger("newsmill").warning("not told to the server: %s", error)
        return None


def run(flow: Callable[..., dict[str, Any]], **parameters: Any) -> dict[str, Any]:
    """Run a flow and return its record, also where its server is lost meanwhile.

    Where the warehouse was published before the server was missed, that is the result; else the
    flow runs again, with a private server. Without a configured server it has one from the start.
    """
    from flows import own_server

    url = os.environ.get(API_URL)
    if not url:
        with own_server.private():
            return flow(**parameters)
    with run_record.noted() as records, _without_traces():
        try:
            return flow(**parameters)
        except Exception as error:
            if not _is_lost(error, url):
                raise
    done = records[-1] if records else None
    if done is not None and done.state in PUBLISHED:
        _warn(f"the Prefect server at {url} was lost: the run is not in its history")
        return done.as_dict()
    _warn(f"the Prefect server at {url} was lost: running again without it")
    with own_server.private():
        return flow(**parameters)


def _is_lost(error: BaseException, url: str) -> bool:
    """Whether an error is that of a client without its server."""
    return is_of_client(error) or not answers(url)


def is_of_client(error: BaseException | None) -> bool:
    """Whether an error is one of a client's request, or was raised from one."""
    import httpx

    while error is not None:
        if isinstance(error, httpx.HTTPError):
            return True
        if isinstance(error, BaseExceptionGroup) and any(map(is_of_client, error.exceptions)):
            return True
        error = error.__cause__ or error.__context__
    return False


@contextmanager
def _without_traces() -> Iterator[None]:
    """Keep the traces of a lost server out of the log: one line says it."""

    def is_wanted(record: logging.LogRecord) -> bool:
        return not (record.exc_info and is_of_client(record.exc_info[1]))

    logger = logging.getLogger("prefect.flow_runs")
    logger.addFilter(is_wanted)
    try:
        yield
    finally:
        logger.removeFilter(is_wanted)


def _warn(message: str) -> None:
    typer.secho(f"newsmill: {message}", fg=typer.colors.YELLOW, err=True)
    sys.stderr.flush()
