"""What a run tells automations of: events beside those that Prefect itself emits.

`automations.yaml` has automations that make notifications of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from flows import server
from flows.artifact import Rejected
from flows.run_record import RunRecord

EMPTY = "newsmill.night.empty"
MANY_REJECTS = "newsmill.rejects.high"


class Alert(NamedTuple):
    """An event that somebody should know of: its name, a sentence for people, and the numbers."""

    event: str
    message: str
    payload: dict[str, Any]


def judge(
    run: RunRecord, refused: Rejected, *, reject_limit: float, is_scheduled: bool
) -> list[Alert]:
    """Return what is wrong with a run that has ended.

    Empty is a run whose new dumps held no article, and one that was `is_scheduled` and found
    nothing new. Rejects are many where they are more than `reject_limit` of articles and rejects,
    those that are no article left out.
    """
    found = []
    articles, files = run.counts.get("articles", 0), run.counts.get("new_files", 0)
    numbers = {"run_id": run.run_id, "files": files, "articles": articles}
    if run.state == "completed" and files and not articles:
        noun = "file" if files == 1 else "files"
        found.append(Alert(EMPTY, f"no article in {files:,} new {noun}", numbers))
    elif run.state == "nothing_new" and is_scheduled:
        found.append(Alert(EMPTY, "the scheduled run found nothing new", numbers))
    pieces = articles + refused.faults
    rate = refused.faults / pieces if pieces else 0.0
    if rate > reject_limit:
        message = (
            f"{refused.faults:,} of {pieces:,} articles and rejects are rejects: "
            f"{rate:.0%}, more than {reject_limit:.0%}"
        )
        numbers = {**numbers, "rejects": refused.faults}
        payload = {**numbers, "rate": round(rate, 4), "limit": reject_limit}
        found.append(Alert(MANY_REJECTS, message, payload))
    return found


def emit(alert: Alert, warehouse: Path) -> None:
    """Send an alert to the server that tracks the run; Prefect adds the flow run to it."""
    if not server.is_there():
        return
    from prefect.events import emit_event

    emit_event(
        event=alert.event,
        resource=_resource(alert.payload, warehouse),
        payload={"message": alert.message, **alert.payload},
    )


def _resource(payload: Mapping[str, Any], warehouse: Path) -> dict[str, str]:
    run_id = str(payload["run_id"])
    return {
        "prefect.resource.id": f"newsmill.run.{run_id}",
        "prefect.resource.name": run_id,
        "newsmill.warehouse": str(warehouse.absolute()),
    }
