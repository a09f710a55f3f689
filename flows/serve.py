"""`newsmill serve`: schedule the nightly flow on this machine, and keep the schedule alive."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, cast

import typer

from flows import environment, tracking
from flows.ending import FAILED, WRONG_CALL, fail
from flows.own_server import OwnServer, ServerError, port
from flows.schedule import Schedule, ScheduleError
from flows.settings import Settings

if TYPE_CHECKING:
    from uuid import UUID

    from prefect.runner import Runner

DEPLOYMENT = "newsmill"
LOOK_SECONDS = 2.0
"""How often the server is looked after."""


def serve(chosen: Settings, *, own_server: bool) -> None:
    """Register the deployment `nightly/newsmill` and run its scheduled and manual runs.

    Blocks until stopped. One run at a time; the schedule stays active when this process stops, so
    that a restart loses no night. Without PREFECT_API_URL it has a server of its own, as
    `own_server` allows.
    """
    url, own = _server(own_server)
    # Prefect reads it when it is imported. The runs are processes of their own: what was given
    # here reaches them by the environment.
    os.environ[tracking.API_URL] = url
    os.environ["NEWSMILL_WORKERS"] = str(chosen.workers)
    if chosen.inbox is not None:
        os.environ["NEWSMILL_INBOX"] = str(chosen.inbox.resolve())
    environment.prepare(json_logs=chosen.log_json)
    schedule = Schedule(chosen.cron, chosen.timezone)
    try:
        schedule.check()
    except ScheduleError as error:
        fail(str(error), WRONG_CALL)
    signal.signal(signal.SIGTERM, _end)  # until the runner takes over
    keeper = _Keeper(url, own)
    try:
        keeper.ready()
        keeper.start()
        _tell_schedule(schedule, chosen, url, own)
        _serve(schedule, Path(chosen.warehouse).resolve(), keeper)
    except ServerError as error:
        fail(str(error), FAILED)
    except KeyboardInterrupt:
        _say("stopped")
    finally:
        keeper.stop()


def _end(_signal: int, _frame: object) -> NoReturn:
    sys.exit(0)


def _say(message: str) -> None:
    typer.echo(f"newsmill: {message}", err=True)


def _server(own_server: bool) -> tuple[str, OwnServer | None]:
    """Return the address of the server to use, and that server where it is to be started here."""
    url = os.environ.get(tracking.API_URL)
    if url:
        return url, None
    if not own_server:
        fail(
            "no Prefect server is configured. Set PREFECT_API_URL, or leave --no-server out to "
            "have one started",
            WRONG_CALL,
        )
    own = OwnServer(port())
    return own.api_url, own


class _Keeper:
    """Looks after the server while `serve` runs: starts our own again when it dies, and calls
    `back` when a server that was lost answers again."""

    def __init__(self, url: str, own: OwnServer | None) -> None:
        self.url = url
        self.back: Callable[[], None] = lambda: None
        self._own = own
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="keep server", daemon=True)

    def ready(self) -> None:
        """Return when the server answers; one of our own is started first, unless one does."""
        if tracking.answers(self.url):
            return
        if self._own is not None:
            self._own.start()
            self._own.wait_until_ready()
            return
        _say(f"the Prefect server at {self.url} does not answer yet: waiting for it")
        self.wait()

    def wait(self) -> None:
        """Return when the server answers."""
        while not tracking.answers(self.url):
            self._stopped.wait(LOOK_SECONDS)

    def start(self) -> None:
        """Begin to look after the server."""
        self._thread.start()

    def stop(self) -> None:
        """End looking after the server, and the server where it is ours."""
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join()
        if self._own is not None:
            self._own.stop()

    def _keep(self) -> None:
        is_lost = False
        while not self._stopped.wait(LOOK_SECONDS):
            if tracking.answers(self.url):
                if is_lost:
                    is_lost = False
                    _say("the Prefect server answers again")
                    self.back()
                continue
            if not is_lost:
                is_lost = True
                _say(f"the Prefect server at {self.url} does not answer")
            if self._own is not None and not self._own.is_alive():
                self._own.start()


def _tell_schedule(schedule: Schedule, chosen: Settings, url: str, own: OwnServer | None) -> None:
    due = schedule.due_after(datetime.now(UTC), 3)
    shown = "; ".join(
        f"{at:%a %Y-%m-%d %H:%M} ({at.astimezone(UTC):%H:%M} UTC)"
        if schedule.timezone != "UTC"
        else f"{at:%a %Y-%m-%d %H:%M}"
        for at in due
    )
    whose = "" if own is None else ", ended with this process"
    ui = url.rstrip("/").removesuffix("/api")
    typer.echo(
        f"Serving nightly/{DEPLOYMENT} on {chosen.warehouse}: {schedule.cron} {schedule.timezone}\n"
        f"Next runs: {shown}\n"
        f"Prefect server and UI: {ui}{whose}. Stop with Ctrl-C.",
        err=True,
    )


def _serve(schedule: Schedule, warehouse: Path, keeper: _Keeper) -> None:
    """Serve until stopped, through outages of the server, however long."""
    import httpx

    is_start = True
    while True:
        keeper.wait()
        try:
            runner, catch_up = _registered(schedule, warehouse)
            catch_up(is_start=is_start)
            keeper.back = partial(catch_up, is_start=False)
            is_start = False
            asyncio.run(_until_ended(runner))
            return
        except (httpx.HTTPError, RuntimeError, ExceptionGroup) as error:
            if tracking.answers(keeper.url) and not tracking.is_of_client(error):
                raise
            _say("the connection to the Prefect server was lost: serving again when it is back")


async def _until_ended(runner: Runner) -> None:
    """Let the runner work until SIGTERM or Ctrl-C, and end both quietly.

    Prefect's own handler of SIGTERM exits amidst the event loop, with a trace for every task.
    """
    loop, work = asyncio.get_running_loop(), asyncio.ensure_future(runner.start())
    is_ended = False

    def end(*_: object) -> None:
        nonlocal is_ended
        is_ended = True
        loop.call_soon_threadsafe(work.cancel)

    runner.handle_sigterm = end  # type: ignore[method-assign]
    try:
        await work
    except asyncio.CancelledError:
        if not is_ended:
            raise
        _say("stopped")


def _registered(schedule: Schedule, warehouse: Path) -> tuple[Runner, Callable[..., None]]:
    """Register the deployment. Returns its runner, and what to call after an outage."""
    from prefect.runner import Runner
    from prefect.schedules import Cron

    from flows import catching_up
    from flows.nightly import nightly

    runner = Runner(name=DEPLOYMENT, limit=1, pause_on_shutdown=False)
    added = runner.add_flow(
        nightly,
        name=DEPLOYMENT,
        schedule=Cron(schedule.cron, timezone=schedule.timezone),
        parameters={"warehouse": str(warehouse)},
        description="Ingest new dumps, code their events, publish the warehouse.",
    )

    deployment = cast("UUID", added)  # a coroutine only where called from one

    def catch_up(*, is_start: bool) -> None:
        try:
            for done in catching_up.catch_up(deployment, schedule, warehouse, is_start=is_start):
                _say(done)
        except Exception as error:  # the schedule goes on, whatever the past looks like
            _say(f"could not look for missed nights: {type(error).__name__}: {error}")

    return runner, catch_up
