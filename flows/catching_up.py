"""After an outage: what a deployment's runs on the server are, and what they should be.

A machine that was off, or a server that was dead, leaves runs that nobody carries out any more,
late runs that all want to do the same work, or a night without any run.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flows.schedule import Schedule

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun

MOST = 200
"""So many of a deployment's runs the server gives at once."""


def catch_up(deployment: UUID, schedule: Schedule, warehouse: Path, *, is_start: bool) -> list[str]:
    """Bring a deployment's runs in order, and start one where a night was missed.

    Runs that nobody carries out are crashed, late runs that would do the same are one, and when
    the last due time passed without a run one is started. Returns what was done, as sentences.

    Only at the start of who carries them out (`is_start`) a run without the warehouse's lock is
    known to be dead; later it may just be starting.
    """
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        return list(_steps(client, deployment, schedule, warehouse, is_start=is_start))


def _steps(
    client: SyncPrefectClient,
    deployment: UUID,
    schedule: Schedule,
    warehouse: Path,
    *,
    is_start: bool,
) -> Iterator[str]:
    if not is_free(warehouse):
        yield "a run is under way"
        return
    under_way = _runs(client, deployment, ["RUNNING", "PENDING", "CANCELLING"])
    if is_start:
        yield from _crash(client, under_way)
    elif under_way:
        return
    known = client.read_deployment(deployment)
    now = datetime.now(UTC)
    late = [
        run
        for run in _runs(client, deployment, ["SCHEDULED"])
        if run.expected_start_time is not None
        and run.expected_start_time <= now
        and (run.auto_scheduled or run.parameters == known.parameters)
    ]
    if late:
        yield from _keep_newest(client, late)
        return
    due = schedule.due_before(now)
    if known.paused or due is None:
        return
    last = _last_run(client, deployment, warehouse) or known.created
    if last is None or last >= due:
        return
    client.create_flow_run_from_deployment(deployment, tags=["catch-up"])
    yield f"the night due {due:%Y-%m-%d %H:%M} {schedule.timezone} was missed: catching up"


def is_free(warehouse: Path) -> bool:
    """Whether no run works on the warehouse: its lock, which ends with its process, is free."""
    from warehouse import connect, publish

    try:
        with publish.lock(warehouse, holder="serve"):
            return True
    except connect.WarehouseBusyError:
        return False


def _runs(client: SyncPrefectClient, deployment: UUID, states: list[str]) -> list[FlowRun]:
    """Return the deployment's runs in states of these types, the latest first."""
    from prefect.client.schemas.filters import DeploymentFilter, FlowRunFilter
    from prefect.client.schemas.sorting import FlowRunSort

    return client.read_flow_runs(
        deployment_filter=DeploymentFilter.model_validate({"id": {"any_": [deployment]}}),
        flow_run_filter=FlowRunFilter.model_validate({"state": {"type": {"any_": states}}}),
        sort=FlowRunSort.EXPECTED_START_TIME_DESC,
        limit=MOST,
    )


def _crash(client: SyncPrefectClient, orphans: list[FlowRun]) -> Iterator[str]:
    """Mark runs that are said to be under way, although nobody holds the warehouse, as crashed."""
    from prefect.states import Crashed

    for run in orphans:
        state: Any = Crashed(message="Its process is gone: nobody holds the warehouse's lock.")
        client.set_flow_run_state(run.id, state, force=True)
        yield f"the run {run.name} is marked as crashed: its process is gone"


def _keep_newest(client: SyncPrefectClient, late: list[FlowRun]) -> Iterator[str]:
    """Cancel all late runs but the newest: one run ingests whatever is new."""
    from prefect.states import Cancelled

    newest, *others = late
    for run in others:
        state: Any = Cancelled(
            message=f"Late; the run {newest.name} does the same work, once for all late ones."
        )
        client.set_flow_run_state(run.id, state, force=True)
    more = f"; {len(others)} more late run(s) are cancelled, it does their work" if others else ""
    yield f"the late run {newest.name} starts now{more}"


def _last_run(client: SyncPrefectClient, deployment: UUID, warehouse: Path) -> datetime | None:
    """Return when the last run ended: as the warehouse or, where it loaded nothing, the server
    says."""
    from warehouse import connect, query

    ends: list[datetime | None] = [
        run.end_time for run in _runs(client, deployment, ["COMPLETED"])[:1]
    ]
    if connect.exists(warehouse):
        ends.append(query.last_run_end(warehouse))
    return max((end for end in ends if end is not None), default=None)
