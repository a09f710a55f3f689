"""Environment that Prefect must find before it is imported.

`flows/__init__.py` calls `prepare()`, so whoever imports a flow has it.
"""

from __future__ import annotations

import logging
import os

from flows.logs import JSON_ENVIRONMENT

_DEFAULTS = {
    # No telemetry from machines that may not, or should not, talk to the outside.
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    # Without a server Prefect starts a private one, which takes longer than its default of 20 s
    # on a busy machine.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "90",
    "DASK_LOGGING__DISTRIBUTED": "warning",
    # spaCy is single-threaded; idle BLAS threads only fight over the cores.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    # A server notices by these that a run was killed (flows/automations.yaml).
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
}

_TRUE = {"1", "true", "t", "yes", "y", "on"}  # as pydantic reads them


def prepare(*, quiet: bool = False, json_logs: bool = False) -> None:
    """Set what is not set yet. `quiet` leaves only warnings of the log, `json_logs` makes it JSON.

    A run that a server starts imports Prefect with its flow, so the variable counts here too.
    """
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    if quiet:
        logging.raiseExceptions = False  # that the log itself cannot be sent is no news either
        os.environ.setdefault("PREFECT_LOGGING_LEVEL", "WARNING")
        # Prefect tries five times, for a minute, to reach a server that has gone; somebody waits.
        os.environ.setdefault("PREFECT_CLIENT_MAX_RETRIES", "2")
    if json_logs or os.environ.get("NEWSMILL_LOG_JSON", "").lower() in _TRUE:
        for name, value in JSON_ENVIRONMENT.items():
            os.environ.setdefault(name, value)
