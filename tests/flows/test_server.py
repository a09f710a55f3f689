"""The nightly flow on a real Prefect server: scheduled, triggered, tracked."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import REPOSITORY

pytestmark = pytest.mark.slow


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


def until(what: str, ready: Any, seconds: float, log: Path) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = ready()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"{what} did not happen in {seconds} s:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A Prefect server with a database of its own; yields the environment that reaches it."""
    folder = tmp_path_factory.mktemp("server")
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


@pytest.mark.timeout(900)
def test_a_served_flow_is_scheduled_and_can_be_triggered(
    server: dict[str, str], tmp_path: Path
) -> None:
    warehouse = tmp_path / "served.duckdb"
    log = tmp_path / "serve.log"
    command = [sys.executable, "-m", "flows", "serve", "--cron", "0 3 * * *"]
    command += ["--timezone", "Europe/Madrid", "--warehouse", str(warehouse)]
    with process(command, log, server):

        def deployment() -> Any:
            try:
                return ask(server, "deployments/name/nightly/newsmill")
            except httpx.HTTPError:
                return None

        found = until("a deployment", deployment, 240, log)
        assert found["schedules"][0]["schedule"]["timezone"] == "Europe/Madrid"
        properties = found["parameter_openapi_schema"]["properties"]
        assert {"paths", "warehouse", "since", "until", "force", "strict"} <= set(properties)
        assert all(entry.get("description") for entry in properties.values())

        def scheduled() -> Any:
            wanted = {"deployments": {"id": {"any_": [found["id"]]}}}
            return ask(server, "flow_runs/filter", wanted)

        # The scheduler creates runs ahead of their time: proof that its loop works.
        assert until("scheduled runs", scheduled, 240, log)[0]["auto_scheduled"]

        run = ask(server, f"deployments/{found['id']}/create_flow_run", {"parameters": {}})

        def ended() -> Any:
            state = ask(server, f"flow_runs/{run['id']}")
            return state if state["state_type"] in {"COMPLETED", "FAILED", "CRASHED"} else None

        finished = until("the end of the run", ended, 240, log)
        assert finished["state_type"] == "COMPLETED", log.read_text()[-3000:]
        assert finished["name"].startswith("nightly ")
        assert warehouse.exists()
        artifacts = ask(server, "artifacts/filter", {"sort": "KEY_ASC"})
        summary = next(entry for entry in artifacts if entry["key"] == "nightly")
        assert "| articles | 17 |" in summary["data"].replace("**", "")
        assert any(entry["type"] == "progress" for entry in artifacts)


def test_parameters_that_do_not_fit_are_refused_before_the_run(
    server: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prefect.exceptions import ParameterTypeError

    from flows.nightly import nightly

    with pytest.raises(ParameterTypeError, match="batch_articles"):
        nightly.validate_parameters({"batch_articles": 0})
    with pytest.raises(ParameterTypeError, match="since"):
        nightly.validate_parameters({"since": "yesterday"})
    assert nightly.validate_parameters({"since": "2024-05-13"})["since"].isoformat() == "2024-05-13"
    assert asyncio.iscoroutinefunction(nightly.fn) is False


def test_the_deployment_of_a_work_pool_reads_the_code_where_it_lies(
    server: dict[str, str],
) -> None:
    def prefect(*arguments: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "prefect", *arguments],
            cwd=REPOSITORY,
            env=server | {"PWD": str(REPOSITORY)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    prefect("work-pool", "create", "newsmill", "--type", "process")
    prefect("deploy", "--all")
    found = ask(server, "deployments/name/nightly/nightly")
    step = {"prefect.deployments.steps.set_working_directory": {"directory": str(REPOSITORY)}}
    assert found["pull_steps"] == [step]
    assert found["schedules"][0]["schedule"]["timezone"] == "UTC"
    assert found["global_concurrency_limit"] is None and found["concurrency_limit"] is None
