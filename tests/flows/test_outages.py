"""Servers that are dead, die or come back; machines that were off: no night is lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import httpx
import psutil
import pytest

from flows.schedule import Schedule
from tests.conftest import REPOSITORY, Call, environment
from tests.server import free_port, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One database for all servers here: making its tables takes longer than starting."""
    return tmp_path_factory.mktemp("outages") / "not yet there" / "prefect"


class Server:
    """A Prefect server on a port of its own, to be killed and started again."""

    def __init__(self, home: Path, log: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/api"
        self._home, self._log = home, log

    def start(self) -> None:
        self._home.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "flows.own_server", str(self.port)]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=self._log.open("w"),
            stderr=subprocess.STDOUT,
            cwd=REPOSITORY,
            env=environment(self._home, PREFECT_API_URL=self.url, PREFECT__SERVER_FINAL="1"),
        )
        until("a healthy server", self.is_up, 240, self._log)

    def is_up(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health", timeout=2).is_success
        except httpx.HTTPError:
            return False

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def server(prefect_home: Path, tmp_path: Path) -> Iterator[Server]:
    running = Server(prefect_home, tmp_path / "server.log")
    running.start()
    yield running
    running.kill()


def test_a_dead_server_does_not_lose_the_night(tmp_path: Path, newsmill_anew: Call) -> None:
    url = f"http://127.0.0.1:{free_port()}/api"
    done = newsmill_anew(
        "run", "--warehouse", tmp_path / "w.duckdb", "--json", environment={"PREFECT_API_URL": url}
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["counts"]["articles"] == 17
    assert done.stderr.splitlines() == [
        f"newsmill: the Prefect server at {url} does not answer: this run keeps its own history"
    ]


# Kills the server with this process id before a function is called for the first time.
KILLS = """
import importlib, os, sys
import flows
module, _, name = sys.argv[1].rpartition(".")
module, pid = importlib.import_module(module), int(sys.argv[2])
real = getattr(module, name)
def killing(*arguments, **named):
    setattr(module, name, real)
    os.kill(pid, 9)
    return real(*arguments, **named)
setattr(module, name, killing)
sys.argv[1:3] = []
from flows.cli import main
main()
"""


@pytest.mark.parametrize(
    "moment", ["flows.settings.load", "warehouse.publish.lock", "flows.artifact.publish"]
)
def test_a_server_that_dies_half_way_does_not_lose_the_night(
    moment: str, server: Server, prefect_home: Path, tmp_path: Path
) -> None:
    warehouse = tmp_path / "w.duckdb"
    arguments = [moment, str(server.process.pid), "run", "--warehouse", str(warehouse), "--json"]
    done = subprocess.run(
        [sys.executable, "-c", KILLS, *arguments],
        env=environment(prefect_home, PREFECT_API_URL=server.url),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["state"] == "completed"
    assert record["counts"]["articles"] == 17
    assert warehouse.exists()
    assert server.process.wait(10) == -signal.SIGKILL
    said = [line for line in done.stderr.splitlines() if line.startswith("newsmill: ")]
    assert len(said) == 1, done.stderr
    assert f"{server.url} was lost" in said[0] or "does not answer" in said[0]
    assert "Traceback" not in done.stderr


def test_a_killed_run_leaves_no_server_behind(prefect_home: Path, tmp_path: Path) -> None:
    run = psutil.Popen(
        [sys.executable, "-m", "flows", "run", "--warehouse", str(tmp_path / "w.duckdb")],
        env=environment(prefect_home, PYTHONPATH=str(REPOSITORY)),
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while not (servers := [child for child in run.children() if _is_server(child)]):
        assert run.poll() is None and time.monotonic() < deadline
        time.sleep(0.1)
    run.kill()
    run.wait()
    gone, alive = psutil.wait_procs(servers, timeout=20)
    assert gone and not alive


def _is_server(process: psutil.Process) -> bool:
    try:
        return "flows.own_server" in process.cmdline()
    except psutil.Error:
        return False


def ask(url: str, path: str, body: dict[str, Any] | None = None) -> Any:
    answer = httpx.get(f"{url}/{path}") if body is None else httpx.post(f"{url}/{path}", json=body)
    answer.raise_for_status()
    return answer.json()


def test_serve_keeps_a_server_of_its_own(prefect_home: Path, tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "serve.log"
    url = f"http://127.0.0.1:{port}/api"
    with log.open("w") as output:
        serving = psutil.Popen(
            [sys.executable, "-m", "flows", "serve", "--warehouse", str(tmp_path / "w.duckdb")],
            env=environment(
                prefect_home,
                PREFECT_SERVER_API_PORT=str(port),
                PYTHONPATH=str(REPOSITORY),
                NEWSMILL_TIMEZONE="Europe/Madrid",
            ),
            cwd=tmp_path,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        until("the schedule", lambda: "Next runs: " in log.read_text(), 240, log)
        assert f"UI: http://127.0.0.1:{port}" in log.read_text()

        def deployment() -> Any:
            try:
                return ask(url, "deployments/name/nightly/newsmill")
            except httpx.HTTPError:
                return None

        found = until("a deployment", deployment, 60, log)
        assert found["schedules"][0]["schedule"]["timezone"] == "Europe/Madrid"
        first = next(child for child in serving.children() if _is_server(child))
        first.kill()
        first.wait(10)
        again = until("the deployment on a new server", deployment, 120, log)
        assert again["id"] == found["id"]

        def triggered() -> Any:
            try:  # a server that has just started answers 503 while its database is busy
                return ask(url, f"deployments/{found['id']}/create_flow_run", {"parameters": {}})
            except httpx.HTTPStatusError:
                return None

        run = until("a triggered run", triggered, 60, log)

        def ended() -> Any:
            state = ask(url, f"flow_runs/{run['id']}")["state_type"]
            return state if state in {"COMPLETED", "FAILED", "CRASHED"} else None

        assert until("the end of the run", ended, 120, log) == "COMPLETED"
        assert serving.poll() is None
        servers = [child for child in serving.children() if _is_server(child)]
        serving.send_signal(signal.SIGTERM)
        assert serving.wait(60) == 0
        gone, alive = psutil.wait_procs(servers, timeout=20)
        assert gone and not alive
        assert "Traceback" not in log.read_text()
    finally:
        if serving.is_running():
            serving.kill()


def test_a_power_cut_during_a_due_night_is_made_up_for(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "serve.log"
    url, warehouse = f"http://127.0.0.1:{port}/api", tmp_path / "w.duckdb"

    def serve() -> psutil.Popen:
        with log.open("a") as output:
            return psutil.Popen(
                [sys.executable, "-m", "flows", "serve", "--warehouse", str(warehouse)],
                env=environment(
                    tmp_path / "prefect",
                    PREFECT_SERVER_API_PORT=str(port),
                    PREFECT_RUNNER_POLL_FREQUENCY="2",
                    PYTHONPATH=str(REPOSITORY),
                    NEWSMILL_CRON="* * * * *",
                ),
                cwd=tmp_path,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def runs(*states: str) -> list[str]:
        wanted = {"flow_runs": {"state": {"type": {"any_": list(states)}}}}
        try:
            answer = httpx.post(f"{url}/flow_runs/filter", json=wanted, timeout=10)
            answer.raise_for_status()
        except httpx.HTTPError:  # not yet up, or busy
            return []
        return [run["id"] for run in answer.json() if run["auto_scheduled"]]

    serving = serve()
    try:
        (killed, *_) = until("a due run at work", lambda: runs("RUNNING"), 240, log)
        everything = [serving, *serving.children(recursive=True)]
        for process in everything:
            process.kill()
        psutil.wait_procs(everything, timeout=20)
        serving = serve()
        until("the end of a later run", lambda: runs("COMPLETED"), 240, log)
        assert ask(url, f"flow_runs/{killed}")["state_type"] == "CRASHED"
        with duckdb.connect(str(warehouse), read_only=True) as con:
            states = con.execute("SELECT state, count(*) FROM runs GROUP BY ALL").fetchall()
            events = con.execute("SELECT count(*) FROM events").fetchall()
        assert dict(states)["completed"] == 1
        assert events[0][0] > 20
    finally:
        for process in [*serving.children(recursive=True), serving]:
            process.kill()


def test_the_past_is_brought_in_order(server: Server, tmp_path: Path, samples: Path) -> None:
    """On a real server: orphans, late runs and a missed night of a deployment."""
    from prefect.client.orchestration import get_client
    from prefect.settings import PREFECT_API_URL, temporary_settings
    from prefect.states import Running, Scheduled

    from flows.catching_up import catch_up
    from flows.nightly import nightly
    from warehouse import publish

    missing = tmp_path / "none.duckdb"
    secondly, yearly = Schedule("* * * * * *", "UTC"), Schedule("0 0 1 1 *", "UTC")
    now = datetime.now(UTC)
    with temporary_settings({PREFECT_API_URL: server.url}), get_client(sync_client=True) as client:
        flow = client.create_flow(nightly)
        made = client.create_deployment(flow_id=flow, name=f"test-{os.getpid()}", parameters={})

        def states() -> dict[str, str]:
            runs = ask(
                server.url, "flow_runs/filter", {"deployments": {"id": {"any_": [str(made)]}}}
            )
            return {run["name"]: run["state_name"] for run in runs}

        # Nothing was due since the deployment was made, so nothing was missed.
        assert catch_up(made, yearly, missing, is_start=True) == []
        assert states() == {}

        running = client.create_flow_run_from_deployment(made, name="orphan")
        client.set_flow_run_state(running.id, Running(), force=True)
        for hours, parameters in ((30, {}), (6, {}), (5, {"force": True})):
            client.create_flow_run_from_deployment(
                made,
                name=f"late {hours} {'forced' if parameters else ''}".strip(),
                parameters=parameters,
                state=Scheduled(scheduled_time=now - timedelta(hours=hours)),
            )
        with publish.lock(missing):  # somebody really runs
            assert catch_up(made, yearly, missing, is_start=True) == ["a run is under way"]
        assert states()["orphan"] == "Running"
        catch_up(made, yearly, missing, is_start=False)  # it may just be starting
        assert states()["orphan"] == "Running"

        catch_up(made, yearly, missing, is_start=True)
        after = states()
        assert after.pop("orphan") == "Crashed"
        # The one with parameters of its own does other work.
        assert after == {
            "late 30": "Cancelled",
            "late 6": "Scheduled",
            "late 5 forced": "Scheduled",
        }

        waiting = ask(server.url, "flow_runs/filter", {"flow_runs": {"name": {"any_": ["late 6"]}}})
        client.delete_flow_run(waiting[0]["id"])
        time.sleep(1)  # so that something was due since the deployment was made
        said = catch_up(made, secondly, missing, is_start=True)
        assert len(said) == 1 and said[0].endswith("was missed: catching up")
        started = set(states()) - set(after) - {"orphan"}
        assert len(started) == 1
        # The run that was started is the late one now, not one more.
        catch_up(made, secondly, missing, is_start=True)
        assert set(states()) - set(after) - {"orphan"} == started


def test_the_warehouse_knows_when_its_last_run_ended(samples: Path) -> None:
    from warehouse import query

    end = query.last_run_end(samples)
    assert end is not None
    assert timedelta(0) <= datetime.now(UTC) - end < timedelta(hours=1)


def test_doctor_says_what_is_wrong_with_the_schedule(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prefect.client.orchestration import get_client
    from prefect.settings import PREFECT_API_URL, temporary_settings
    from prefect.states import Scheduled

    from flows import schedule_checks, settings
    from flows.nightly import nightly

    def problems(**options: Any) -> dict[str, str]:
        """The advice by what was found, of all that is not fine."""
        found = schedule_checks.examine(settings.load(warehouse=tmp_path / "w.duckdb", **options))
        return {each.detail: each.advice for each in found if each.state != "ok"}

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PREFECT_API_URL", server.url)
    assert any("not a cron expression" in found for found in problems(cron="at night"))
    assert any("not a time zone" in found for found in problems(timezone="Madrid"))
    name = f"doctor-{os.getpid()}"
    with temporary_settings({PREFECT_API_URL: server.url}), get_client(sync_client=True) as client:
        flow = client.create_flow(nightly)
        made = client.create_deployment(flow_id=flow, name=name, parameters={})
        for _ in range(2):
            past = Scheduled(scheduled_time=datetime.now(UTC) - timedelta(hours=1))
            client.create_flow_run_from_deployment(made, state=past)
        found = [line for line in problems() if name in line]
        assert [line.split(name)[-1] for line in found] == [
            " is paused or has no active schedule: no night starts",
            " are late",
            "",
        ]
        assert "nobody carries out" in found[2]
        client.delete_deployment(made)
    server.kill()
    advice = next(advice for found, advice in problems().items() if "does not answer" in found)
    assert "prefect server start" in advice


def test_a_missing_folder_is_one_finding(newsmill: Call, tmp_path: Path) -> None:
    done = newsmill("doctor", "--warehouse", tmp_path / "none" / "w.duckdb", "--json")
    found = [each for each in json.loads(done.stdout)["checks"] if each["check"] == "warehouse"]
    assert [each["advice"] for each in found] == [f"mkdir -p {tmp_path / 'none'}"]
