"""Environment that Prefect must find before it is imported.

`flows/__init__.py` calls `prepare()`, so whoever imports a flow has it.
"""

from __future__ import annotations

import logging
import os

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
}


def prepare(*, quiet: bool = False, json_logs: bool = False) -> None:
    """Set what is not set yet. `quiet` leaves only warnings of Prefect's own log."""
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    if quiet:
        logging.raiseExceptions = False  # that the log itself cannot be sent is no news either
        os.environ.setdefault("PREFECT_LOGGING_LEVEL", "WARNING")
        # Prefect tries five times, for a minute, to reach a server that has gone; somebody waits.
        os.environ.setdefault("PREFECT_CLIENT_MAX_RETRIES", "2")
    if json_logs:
        os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_FORMATTER", "json")
