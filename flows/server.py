"""The Prefect server that tracks a run, which may be slow or gone: nothing may depend on it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import UUID

from flows import logs

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

PATIENCE = 2.0
"""Seconds that a run waits for an answer that it can do without."""


def is_there() -> bool:
    """Return whether a server is configured that outlives the run, so that somebody can look."""
    from prefect.settings import get_current_settings

    return bool(get_current_settings().api.url)


@contextmanager
def asked(patience: float | None = None) -> Iterator[SyncPrefectClient]:
    """Give a client that waits `patience` seconds, else `PATIENCE`, and does not ask twice."""
    from prefect.client.orchestration import get_client
    from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings

    with (
        temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}),
        get_client(httpx_settings={"timeout": patience or PATIENCE}, sync_client=True) as client,
    ):
        yield client


def create_artifact(
    kind: str, key: str, data: str | float, description: str, *, patience: float | None = None
) -> UUID:
    """Create an artifact of the run that is under way and return its id.

    `kind` is `markdown` or `progress`. Raises `httpx.HTTPError` where the server does not answer.
    """
    from prefect.client.schemas.actions import ArtifactCreate
    from prefect.context import FlowRunContext

    context = FlowRunContext.get()
    run = context.flow_run if context else None
    wanted = ArtifactCreate(
        type=kind, key=key, data=data, description=description, flow_run_id=run.id if run else None
    )
    with asked(patience) as client:
        return client.create_artifact(wanted).id


def update_artifact(artifact_id: UUID, data: float, description: str) -> None:
    """Give an artifact other data and another description; raises as `create_artifact` does."""
    from prefect.client.schemas.actions import ArtifactUpdate

    with asked() as client:
        client.update_artifact(artifact_id, ArtifactUpdate(data=data, description=description))


@contextmanager
def harmless(what: str) -> Iterator[None]:
    """Log a failure of the block as a warning and go on: it is nothing that a run is for."""
    try:
        yield
    except Exception as error:
        logs.tell(
            f"could not {what}: {type(error).__name__}: {error}; the run goes on",
            level=logging.WARNING,
        )
