"""Runs of a served deployment that wait, are cancelled, or lose their worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from flows.inputs import SAMPLES
from tests.conftest import REPOSITORY, Call
from tests.rows import rows
from tests.server import Served, Server, until
from warehouse import publish

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def served(site: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    settings = {"NEWSMILL_LOCK_WAIT": "300", "NEWSMILL_EXECUTOR": "processes"}
    with site.serving(folder / "night.duckdb", **settings) as deployment:
        yield deployment


def running(served: Served, run: str) -> bool:
    return bool(served.run(run)["state_type"] == "RUNNING")


def children(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def working(process: subprocess.Popen[bytes]) -> list[list[str]]:
    """Return the command lines of the children, without the tracker that Python itself keeps."""
    found = []
    for child in children(process):
        try:
            command = child.cmdline()
        except psutil.NoSuchProcess:
            continue
        if command and not any("resource_tracker" in part for part in command):
            found.append(command)
    return found


def test_runs_wait_for_each_other_and_one_can_be_cancelled(
    served: Served, samples: Path, newsmill: Call
) -> None:
    warehouse = served.log.with_name("night.duckdb")
    with publish.lock(warehouse, holder="another night"):
        first = served.start()
        until("the first run", lambda: running(served, first), 120, served.log)
        second = served.start()  # limit 1: it is not even begun
        beside = newsmill("run", SAMPLES, "--warehouse", warehouse, "--json")
        assert beside.returncode == 1
        assert "another night" in beside.stdout
        assert not running(served, second)
        served.server.ask(
            f"flow_runs/{first}/set_state", {"state": {"type": "CANCELLING"}, "force": False}
        )
        assert served.ended(first)["state_type"] == "CANCELLED"
        assert not warehouse.exists()
    # The one that waited begins now, and does what `newsmill run` does.
    assert served.ended(second)["state_type"] == "COMPLETED", served.log.read_text()[-3000:]
    assert rows(warehouse) == rows(samples)
    # Nothing of either run stays behind.
    deadline = time.monotonic() + 30
    while working(served.process):
        assert time.monotonic() < deadline, working(served.process)
        time.sleep(0.2)
    third = served.start()
    assert served.ended(third)["state_type"] == "COMPLETED"  # nothing new
    assert rows(warehouse) == rows(samples)


def test_a_worker_killed_half_way_blocks_no_later_run(
    site: Server, samples: Path, tmp_path: Path
) -> None:
    warehouse = tmp_path / "pool.duckdb"
    variables = site.environment | {
        "NEWSMILL_WAREHOUSE": str(warehouse),
        "NEWSMILL_LOCK_WAIT": "300",
        "PWD": str(REPOSITORY),
        "PREFECT_WORKER_QUERY_SECONDS": "1",
    }
    log = tmp_path / "worker.log"

    def prefect(*arguments: str) -> list[str]:
        return [sys.executable, "-m", "prefect", *arguments]

    def call(*arguments: str) -> None:
        done = subprocess.run(
            prefect(*arguments), cwd=REPOSITORY, env=variables, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr + done.stdout

    @contextmanager
    def worker() -> Iterator[subprocess.Popen[bytes]]:
        with log.open("a") as output:
            started = subprocess.Popen(
                prefect("worker", "start", "--pool", "newsmill", "--limit", "1"),
                cwd=tmp_path, env=variables, stdout=output, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip
        try:
            yield started
        finally:
            started.terminate()
            try:
                started.wait(30)
            except subprocess.TimeoutExpired:
                started.kill()
                started.wait()

    call("work-pool", "create", "newsmill", "--type", "process")
    call("deploy", "--name", "nightly")
    deployment = site.ask("deployments/name/nightly/nightly")

    def start() -> str:
        run: str = site.ask(f"deployments/{deployment['id']}/create_flow_run", {})["id"]
        return run

    with worker() as first, publish.lock(warehouse, holder="the test"):
        run = start()
        until(
            "the run",
            lambda: site.ask(f"flow_runs/{run}")["state_type"] == "RUNNING",
            120,
            log,
        )
        dead = [first.pid, *(child.pid for child in children(first))]
        for pid in dead:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(1)
    with worker():
        again = start()
        ended = until(
            "the end of the next run",
            lambda: site.ask(f"flow_runs/{again}")["state_type"] in ("COMPLETED", "FAILED"),
            240,
            log,
        )
        assert ended
        assert site.ask(f"flow_runs/{again}")["state_type"] == "COMPLETED", log.read_text()[-3000:]
    assert rows(warehouse) == rows(samples)
