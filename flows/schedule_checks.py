"""What `newsmill doctor` finds about the schedule: times, the server, deployments, pools."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from flows import own_server, tracking
from flows.finding import Finding
from flows.schedule import Schedule, ScheduleError
from flows.settings import Settings

LOW_DISK = 1024**3
MOST_SKEW = timedelta(minutes=1)
GRACE = timedelta(hours=1)
"""So long after its due time a night may still be under way."""

START = "newsmill serve, or a worker: prefect worker start --pool newsmill --limit 1"


def examine(chosen: Settings) -> Iterator[Finding]:
    """Yield the findings on the schedule of the settings, and on the server that would keep it."""
    yield _due(Schedule(chosen.cron, chosen.timezone))
    yield from _home()
    configured = os.environ.get(tracking.API_URL)
    url = configured or f"http://{own_server.HOST}:{own_server.port()}/api"
    said = tracking.silence(url, seconds=5)
    if said is None:
        yield from _server(url.rstrip("/"), chosen.warehouse)
    elif configured:
        yield Finding(
            "Prefect",
            "problem",
            f"{url} does not answer: {said}",
            "start it (prefect server start), or unset PREFECT_API_URL: newsmill serve has its own",
        )
    else:
        yield Finding("Prefect", "ok", "no server configured: runs start a private one")


def _due(schedule: Schedule) -> Finding:
    try:
        schedule.check()
    except ScheduleError as error:
        return Finding("schedule", "problem", str(error), "mend cron or timezone in the settings")
    due = schedule.due_after(datetime.now(UTC), 1)[0]
    told = f"{due:%Y-%m-%d %H:%M} {schedule.timezone}"
    if due.utcoffset():
        told += f", {due.astimezone(UTC):%H:%M} UTC"
    return Finding("schedule", "ok", f"newsmill serve would run next at {told}")


def _home() -> Iterator[Finding]:
    """Yield a finding where the disk of Prefect's database is nearly full, or not ours to write."""
    home = own_server.prefect_home()
    there = next(folder for folder in (home, *home.absolute().parents) if folder.exists())
    if not os.access(there, os.W_OK):
        yield Finding("Prefect", "problem", f"{home} may not be written", "set PREFECT_HOME")
        return
    free = shutil.disk_usage(there).free
    if free < LOW_DISK:
        yield Finding(
            "disk",
            "warning",
            f"{free / 1024**3:.1f} GiB free for Prefect's database in {home}",
            "make room, or set PREFECT_HOME to a folder on a larger disk",
        )


def _server(url: str, warehouse: Path) -> Iterator[Finding]:
    import httpx

    with httpx.Client(base_url=url, timeout=10) as client:
        try:
            yield from _version_and_clock(client, url)
            found = _ask(client, "deployments/filter", {"flows": {"name": {"any_": ["nightly"]}}})
            if not found:
                yield Finding(
                    "schedule",
                    "warning",
                    f"the server at {url} has no deployment of the flow nightly",
                    "newsmill serve, or prefect deploy --all",
                )
            for deployment in found:
                yield from _deployment(client, deployment, warehouse)
        except httpx.HTTPError as error:
            yield Finding("Prefect", "problem", f"{url}: {error}", "look at the server's log")


def _ask(client: Any, path: str, body: dict[str, Any] | None = None) -> Any:
    answer = client.get(path) if body is None else client.post(path, json=body)
    answer.raise_for_status()
    return answer.json()


def _version_and_clock(client: Any, url: str) -> Iterator[Finding]:
    answer = client.get("admin/version")
    answer.raise_for_status()
    theirs, ours = str(answer.json()), metadata.version("prefect")
    if theirs == ours:
        yield Finding("Prefect", "ok", f"the server at {url} answers, version {theirs}")
    else:
        yield Finding(
            "Prefect",
            "warning",
            f"the server at {url} is Prefect {theirs}, this is {ours}",
            "run the same version on both sides",
        )
    if "date" in answer.headers:
        skew = abs(datetime.now(UTC) - parsedate_to_datetime(answer.headers["date"]))
        if skew > MOST_SKEW:
            yield Finding(
                "clock",
                "warning",
                f"the server's clock and this one differ by {skew.total_seconds():,.0f} s",
                "set both by NTP: nights are due by the server's clock",
            )


def _deployment(client: Any, deployment: dict[str, Any], warehouse: Path) -> Iterator[Finding]:
    """Yield what is wrong with one deployment, or that nothing is."""
    name = f"nightly/{deployment['name']}"
    wrong = list(_wrong(client, deployment, name))
    active = [entry["schedule"] for entry in deployment["schedules"] if entry["active"]]
    for schedule in active:
        if "cron" in schedule and not wrong:
            kept = Schedule(schedule["cron"], schedule.get("timezone") or "UTC")
            wrong += _missed(kept, deployment, name, warehouse)
    shown = ", ".join(f"{s.get('cron', 'not by cron')} {s.get('timezone')}" for s in active)
    yield from wrong or [Finding("schedule", "ok", f"{name}: {shown}, and somebody carries it out")]


def _wrong(client: Any, deployment: dict[str, Any], name: str) -> Iterator[Finding]:
    mine = {"deployments": {"id": {"any_": [deployment["id"]]}}}
    now = datetime.now(UTC).isoformat()

    def scheduled(**when: str) -> int:
        state = {"state": {"type": {"any_": ["SCHEDULED"]}}, "expected_start_time": when}
        count: int = _ask(client, "flow_runs/count", {**mine, "flow_runs": state})
        return count

    if deployment["paused"] or not any(entry["active"] for entry in deployment["schedules"]):
        yield Finding(
            "schedule",
            "warning",
            f"{name} is paused or has no active schedule: no night starts",
            f"prefect deployment schedule resume {name}, or newsmill serve again",
        )
    elif not scheduled(after_=now):
        yield Finding(
            "schedule",
            "problem",
            f"{name} has no runs ahead: the server's scheduler does not work",
            "start the server again; read its log",
        )
    late = scheduled(before_=now)
    if late > 1:
        yield Finding("schedule", "warning", f"{late} runs of {name} are late", f"start {START}")
    pool = deployment.get("work_pool_name")
    if pool and not _ask(
        client, f"work_pools/{pool}/workers/filter", {"workers": {"status": {"any_": ["ONLINE"]}}}
    ):
        yield Finding(
            "schedule",
            "problem",
            f"no worker of the pool {pool} is online: {name} does not run",
            f"prefect worker start --pool {pool} --limit 1",
        )
    elif not pool and deployment.get("status") == "NOT_READY":
        yield Finding(
            "schedule", "problem", f"nobody carries out {name}", "newsmill serve, or delete it"
        )


def _missed(
    schedule: Schedule, deployment: dict[str, Any], name: str, warehouse: Path
) -> Iterator[Finding]:
    """Yield a finding where the last night that should be over left no run in the warehouse."""
    from warehouse import connect, query

    due = schedule.due_before(datetime.now(UTC) - GRACE)
    if due is None or datetime.fromisoformat(deployment["created"]) > due:
        return
    try:
        last = query.last_run_end(warehouse) if connect.exists(warehouse) else None
    except connect.WarehouseError:  # told by the checks of the warehouse
        return
    if last is None or last < due:
        yield Finding(
            "schedule",
            "warning",
            f"no run has changed {warehouse} since {name} was due at {due:%Y-%m-%d %H:%M %Z}",
            "nothing new is fine; else newsmill run, and see the run in the Prefect UI",
        )
