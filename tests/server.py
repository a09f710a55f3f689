"""Real Prefect servers for tests, how to ask them, and what they serve."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.conftest import environment


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def process(
    command: Sequence[str | Path], log: Path, environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command, in the folder of its log, for the length of the block."""
    with log.open("a") as output:
        started = subprocess.Popen(
            list(map(str, command)),
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=log.parent,
        )
    try:
        yield started
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
    """Run a server with a database of its own; give the variables that reaches it."""
    port = free_port()
    variables = {k: v for k, v in os.environ.items() if not k.startswith("NEWSMILL_")} | {
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
            return httpx.get(f"{variables['PREFECT_API_URL']}/health", timeout=2).is_success
        except httpx.HTTPError:
            return False

    with process([*command, "--port", str(port)], log, variables):
        until("a healthy server", healthy, 240, log)
        yield variables


def ask(server: dict[str, str], path: str, body: dict[str, Any] | None = None) -> Any:
    url = f"{server['PREFECT_API_URL']}/{path}"
    answer = httpx.get(url) if body is None else httpx.post(url, json=body)
    answer.raise_for_status()
    return answer.json()


ENDED = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


class Server:
    """A Prefect server with a database and a port of its own, which may be killed and started."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.page = f"http://127.0.0.1:{port}"
        self.api = f"{self.page}/api"
        self.log = folder / "server.log"
        self.environment = environment(
            folder / "prefect",
            PREFECT_API_URL=self.api,
            PREFECT_SERVER_ANALYTICS_ENABLED="false",
            DO_NOT_TRACK="1",
        )
        command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1"]
        self._command = [*command, "--port", str(port)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("a") as output:
            self._process = subprocess.Popen(
                self._command,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self.environment,
                cwd=self.log.parent,
                start_new_session=True,  # the server is a child of the command
            )
        until("a healthy server", self._healthy, 240, self.log)

    def _healthy(self) -> bool:
        try:
            return httpx.get(f"{self.api}/health", timeout=2).is_success
        except httpx.HTTPError:
            return False

    def kill(self) -> None:
        """End the server at once, as a power cut would."""
        assert self._process
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        assert self._process
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.kill()

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        url = f"{self.api}/{path}"
        answer = httpx.get(url, timeout=30) if body is None else httpx.post(url, json=body)
        answer.raise_for_status()
        return answer.json()

    @contextmanager
    def serving(self, warehouse: Path, *options: str, **settings: str) -> Iterator[Served]:
        """Serve the nightly flow into a warehouse for the length of the block."""
        log = warehouse.parent / "serve.log"
        command = [sys.executable, "-m", "flows", "serve", "--warehouse", warehouse, *options]
        polling = {"PREFECT_RUNNER_POLL_FREQUENCY": "1"}
        with process(command, log, self.environment | polling | settings) as started:

            def registered() -> Any:
                try:
                    return self.ask("deployments/name/nightly/newsmill")
                except httpx.HTTPError:
                    return None

            deployment = until("a deployment", registered, 240, log)
            yield Served(self, log, started, deployment)
        # Else the next test would meet this deployment before its own is registered.
        httpx.delete(f"{self.api}/deployments/{deployment['id']}").raise_for_status()


class Served:
    """The deployment that a process serves."""

    def __init__(
        self,
        server: Server,
        log: Path,
        process: subprocess.Popen[bytes],
        deployment: dict[str, Any],
    ) -> None:
        self.server = server
        self.log = log
        self.process = process
        self.deployment = deployment
        self.page = f"{server.page}/v2/deployments/deployment/{deployment['id']}"

    def start(self, **parameters: Any) -> str:
        """Start a run by hand and return its id."""
        path = f"deployments/{self.deployment['id']}/create_flow_run"
        run: str = self.server.ask(path, {"parameters": parameters})["id"]
        return run

    def run(self, run: str) -> dict[str, Any]:
        found: dict[str, Any] = self.server.ask(f"flow_runs/{run}")
        return found

    def runs(self) -> list[dict[str, Any]]:
        """Return the runs of the deployment, those that were started by hand first."""
        wanted = {"deployments": {"id": {"any_": [self.deployment["id"]]}}}
        found: list[dict[str, Any]] = self.server.ask("flow_runs/filter", wanted)
        return sorted(found, key=lambda run: run["auto_scheduled"])

    def ended(self, run: str, seconds: float = 120) -> dict[str, Any]:
        """Return a run once it has ended."""

        def ready() -> dict[str, Any] | None:
            found = self.run(run)
            return found if found["state_type"] in ENDED else None

        return until("the end of the run", ready, seconds, self.log)
