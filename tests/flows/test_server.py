"""The nightly flow on a real Prefect server: scheduled, triggered, tracked."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import REPOSITORY
from tests.server import ask, process, until

pytestmark = pytest.mark.slow


@pytest.mark.timeout(900)
def test_a_served_flow_is_scheduled_and_can_be_triggered(
    server: dict[str, str], tmp_path: Path
) -> None:
    warehouse = tmp_path / "served.duckdb"
    log = tmp_path / "serve.log"
    command = [sys.executable, "-m", "flows", "serve", "--cron", "0 3 * * *"]
    command += ["--timezone", "Europe/Madrid", "--warehouse", str(warehouse)]
    with process(command, log, server | {"NEWSMILL_LOG_JSON": "1", "NEWSMILL_WORKERS": "2"}):

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
        progress = [entry for entry in artifacts if entry["type"] == "progress"]
        assert {entry["key"] for entry in progress} >= {"nightly-read", "nightly-extract"}
        read = next(entry for entry in progress if entry["key"] == "nightly-read")
        assert read["data"] == 100
        assert re.match(
            r"nightly \d{4}-\d\d-\d\d, read: 3 of 3 files \(100 %\), 17 articles",
            read["description"],
        )
    told = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    begin = next(n for n, line in enumerate(told) if line["message"].startswith("run begins"))
    end = next(n for n, line in enumerate(told) if line["message"] == "run ends: completed")
    assert {line["run_id"] for line in told[begin : end + 1]} == {told[begin]["run_id"]}
    coded = next(line for line in told if line["message"] == "batch coded")
    assert (coded["stage"], coded["counts"]["coded"]) == ("extract", 13)
    in_another_process = next(line for line in told if line["message"].startswith("extract batch"))
    assert in_another_process["stage"] == "extract"
    assert " | INFO" not in log.read_text().partition("run begins")[2]
    logged = ask(server, "logs/filter", {"logs": {"flow_run_id": {"any_": [run["id"]]}}})
    assert any(
        re.fullmatch(r"\[\S+ read\] \S+agency.jsonl: read: articles 7, rejects 1", line["message"])
        for line in logged
    )


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
