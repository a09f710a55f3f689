"""`newsmill serve`: schedule the nightly flow on this machine."""

from __future__ import annotations

import os
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from flows import environment
from flows.ending import FAILED, WRONG_CALL, fail
from flows.settings import Settings

DEPLOYMENT = "newsmill"


def serve(chosen: Settings, *, cron: str, timezone: str) -> None:
    """Register the deployment `nightly/newsmill` and run its scheduled and manual runs.

    Blocks until stopped. One run at a time; the schedule stays active when this process stops, so
    that a restart loses no night.
    """
    if not os.environ.get("PREFECT_API_URL"):
        fail(
            "no Prefect server is configured. Start one with `prefect server start` and set "
            "PREFECT_API_URL=http://127.0.0.1:4200/api",
            FAILED,
        )
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        fail(f"'{timezone}' is not a time zone: use an IANA name such as Europe/Madrid", WRONG_CALL)
    os.environ["NEWSMILL_WORKERS"] = str(chosen.workers)
    environment.prepare(json_logs=chosen.log_json)

    from prefect.schedules import Cron

    from flows.nightly import nightly

    try:
        schedule = Cron(cron, timezone=timezone)
    except ValueError as error:
        fail(
            f"'{cron}' is not a cron expression (minute hour day month weekday): {error}",
            WRONG_CALL,
        )
    typer.echo(
        f"Serving nightly/{DEPLOYMENT}: {cron} {timezone}, warehouse {chosen.warehouse}. "
        "Stop with Ctrl-C.",
        err=True,
    )
    nightly.serve(
        name=DEPLOYMENT,
        schedule=schedule,
        parameters={"warehouse": str(Path(chosen.warehouse).resolve())},
        limit=1,
        pause_on_shutdown=False,
        description="Ingest new dumps, code their events, publish the warehouse.",
    )
