"""What is told of a run to whoever watches: log, artifact and alerts, from its begin to its end."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from prefect.context import FlowRunContext

from flows import alerts, artifact, logs, progress, server
from flows.run_record import RunRecord
from flows.settings import Settings
from flows.stage import Stage


class Watch:
    """Keeps of a run what is told when it ends."""

    def __init__(self) -> None:
        self.refused = artifact.Rejected()

    def keep(self, stage: Stage) -> None:
        """Look at what is staged, before it goes; also of a run that fails and loads nothing."""
        with server.harmless("read the staged rejects"):
            self.refused = artifact.rejected(stage)


@contextmanager
def watched(run: RunRecord, chosen: Settings) -> Iterator[Watch]:
    """Tell of the run that the block is: that it begins, and when it ends, how.

    Nothing that goes wrong in telling makes the run fail.
    """
    if chosen.log_json:
        logs.use_json()
    logs.enter(run.run_id)
    what = ", ".join(run.parameters.get("paths", []))
    logs.tell(f"run begins: {what} into {chosen.warehouse}")
    watch = Watch()
    try:
        yield watch
    except Exception as error:
        if run.state != "failed":
            run.finish("failed", f"{type(error).__name__}: {error}")
        _tell_end(run, chosen, watch)
        raise
    _tell_end(run, chosen, watch)


def _tell_end(run: RunRecord, chosen: Settings, watch: Watch) -> None:
    context = FlowRunContext.get()
    is_scheduled = bool(context and context.flow_run and context.flow_run.auto_scheduled)
    found = alerts.judge(
        run, watch.refused, reject_limit=chosen.reject_limit, is_scheduled=is_scheduled
    )
    # Whoever has called the command reads it in what the command prints at its end.
    is_printed = progress.current() is not None and not chosen.log_json
    for alert in found:
        run.warn(alert.message)
        logs.tell(alert.message, level=logging.INFO if is_printed else logging.WARNING)
        with server.harmless(f"emit {alert.event}"):
            alerts.emit(alert, chosen.warehouse)
    with server.harmless("publish the run's artifact"):
        artifact.publish(run, chosen.warehouse, watch.refused)
    logs.tell(
        f"run ends: {run.state.replace('_', ' ')}",
        counts=run.counts,
        seconds=round(sum(run.seconds.values()), 3),
    )
