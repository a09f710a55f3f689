"""A real Prefect server for tests, and how to ask it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def process(command: list[str], log: Path, environment: dict[str, str]) -> Iterator[None]:
    with log.open("w") as output:
        started = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=environment, cwd=log.parent
        )
    try:
        yield
    finally:
        started.send_signal(signal.SIGTERM)
        try:
            started.wait(timeout=30)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def until(what: str, ready: Callable[[], Any], seconds: float, log: Path | None = None) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = ready()
        if found:
            return found
        time.sleep(0.2)
    written = "" if log is None else f":\n{log.read_text()[-3000:]}"
    raise AssertionError(f"{what} did not happen in {seconds} s{written}")


@contextmanager
def running(folder: Path) -> Iterator[dict[str, str]]:
    """Run a server with a database of its own; give the environment that reaches it."""
    port = free_port()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("NEWSMILL_")} | {
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "NEWSMILL_WORKERS": "1",
    }
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1"]
    log = folder / "server.log"

    def healthy() -> bool:
        try:
            return httpx.get(f"{environment['PREFECT_API_URL']}/health", timeout=2).is_success
        except httpx.HTTPError:
            return False

    with process([*command, "--port", str(port)], log, environment):
        until("a healthy server", healthy, 240, log)
        yield environment


def ask(server: dict[str, str], path: str, body: dict[str, Any] | None = None) -> Any:
    url = f"{server['PREFECT_API_URL']}/{path}"
    answer = httpx.get(url) if body is None else httpx.post(url, json=body)
    answer.raise_for_status()
    return answer.json()
