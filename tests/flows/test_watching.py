"""What a real Prefect server, and whoever it alerts, is told of runs."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest

from flows.inputs import SAMPLES
from tests.server import ask, until
from warehouse import publish

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

AUTOMATIONS = SAMPLES.parent / "automations.yaml"
BLOCK = """
from prefect.blocks.notifications import CustomWebhookNotificationBlock as Webhook
block = Webhook(name="newsmill", url={url!r},
                json_data={{"subject": "{{{{subject}}}}", "text": "{{{{body}}}}"}})
print(block.save("newsmill-alerts", overwrite=True))
"""


class Alerts:
    """A local HTTP server that takes notifications."""

    def __init__(self) -> None:
        self.subjects: list[str] = []
        self.texts: list[str] = []
        alerts = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                said = json.loads(self.rfile.read(int(self.headers["content-length"])))
                alerts.subjects.append(said["subject"])
                alerts.texts.append(said["text"])
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Keep standard error clean."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, daemon=True).start()

    def about(self, what: str) -> str | None:
        """Return the text of the first alert whose subject has these words."""
        found = zip(self.subjects, self.texts, strict=False)
        return next((text for subject, text in found if what in subject), None)


@pytest.fixture(scope="module")
def alerts(server: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alerts]:
    """The project's automations on the server, and who gets their alerts."""
    listening = Alerts()
    url = f"http://127.0.0.1:{listening.server.server_port}/alerts"

    def python(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments], capture_output=True, text=True, env=server, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    block = python("-c", BLOCK.format(url=url)).split()[-1]
    file = tmp_path_factory.mktemp("automations") / "automations.yaml"
    file.write_text(AUTOMATIONS.read_text(encoding="utf-8").replace("BLOCK_ID", block))
    said = python("-m", "prefect", "automation", "create", "--from-file", str(file))
    assert "Created 4 automation(s)" in said
    yield listening
    for automation in ask(server, "automations/filter", {}):
        python("-m", "prefect", "automation", "delete", "--id", automation["id"])
    listening.server.shutdown()
    listening.server.server_close()


def run(server: dict[str, str], *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "flows", "run", *map(str, arguments)],
        capture_output=True,
        text=True,
        env=server,
        check=False,
    )


def events(server: dict[str, str], *names: str) -> list[dict[str, Any]]:
    wanted = {"filter": {"event": {"name": list(names)}}, "limit": 50}
    found: list[dict[str, Any]] = ask(server, "events/filter", wanted)["events"]
    return found


def artifact(server: dict[str, str]) -> str:
    """The text of the last run's artifact."""
    found = ask(server, "artifacts/latest/filter", {"artifacts": {"key": {"any_": ["nightly"]}}})
    text: str = found[0]["data"]
    return text


def test_a_run_tells_where_its_tables_come_from(server: dict[str, str], tmp_path: Path) -> None:
    done = run(server, SAMPLES, "--warehouse", tmp_path / "lineage.duckdb")
    assert done.returncode == 0, done.stderr
    key = "newsmill://lineage.duckdb/"

    def materialized() -> Any:
        found = events(server, "prefect.asset.materialization.succeeded")
        found = [e for e in found if e["resource"]["prefect.resource.id"].startswith(key)]
        return found if len(found) >= 9 else None

    by_table = {
        event["resource"]["prefect.resource.id"].removeprefix(key): event
        for event in until("nine materializations", materialized, 60)
    }

    def roles(table: str, role: str) -> set[str]:
        related = by_table[table]["related"]
        return {
            one["prefect.resource.id"] for one in related if one["prefect.resource.role"] == role
        }

    assert roles("stories", "asset") == {f"{key}articles"}
    assert roles("events", "asset") == {f"{key}stories"}
    assert roles("daily_events", "asset") == {f"{key}events"}
    assert {name.rsplit("/", 1)[1] for name in roles("articles", "asset")} == {
        "evening-wire.txt", "agency.jsonl", "archive.csv",
    }  # fmt: skip
    assert by_table["articles"]["payload"]["articles"] == 17
    assert by_table["events"]["payload"]["mentions"] == 46
    assert roles("events", "task-run"), "the task that made it is not named"
    assert roles("events", "flow-run")

    text = artifact(server)
    assert "completed" in text
    assert "## 2 rejects" in text
    assert "[" in text and f"](file://{SAMPLES}/2024-05-14/agency.jsonl)" in text
    assert "## Top events of 2024-05-15" in text
    names = {each["name"] for each in ask(server, "flow_runs/filter", {})}
    assert any(re.fullmatch(r"nightly \d{4}-\d\d-\d\d samples", name) for name in names)
    tasks = {each["name"] for each in ask(server, "task_runs/filter", {})}
    assert {"read evening-wire.txt and 2 more", "extract batch 00000"} <= tasks
    assert "load and publish lineage.duckdb" in tasks


def test_who_watches_is_alerted_of_a_run_that_fails(
    server: dict[str, str], alerts: Alerts, tmp_path: Path
) -> None:
    done = run(server, SAMPLES, "--strict", "--warehouse", tmp_path / "w.duckdb")
    assert done.returncode == 1
    text = until("an alert", lambda: alerts.about("samples failed"), 60)
    assert "2 rejects and --strict" in text
    assert "# newsmill" in artifact(server)
    assert ": failed" in artifact(server)
    assert "| bad_record |" in artifact(server).replace("\\_", "_")


def test_who_watches_is_alerted_of_a_night_without_articles_and_of_many_rejects(
    server: dict[str, str], alerts: Alerts, tmp_path: Path
) -> None:
    dump = tmp_path / "broken.jsonl"
    dump.write_text('{"title": "Kenya thanks Mala\n' * 3)
    done = run(server, dump, "--json", "--warehouse", tmp_path / "w.duckdb")
    assert done.returncode == 0, done.stderr
    assert until("an alert", lambda: alerts.about("is empty"), 60) == "no article in 1 new file"
    text = until("another", lambda: alerts.about("rejected much"), 60)
    assert "more than 20%" in text
    assert text in json.loads(done.stdout)["warnings"]


def test_a_killed_run_is_marked_and_alerted(
    server: dict[str, str], alerts: Alerts, tmp_path: Path
) -> None:
    """With a shorter time without signs of life than in our file, to save the test's."""
    automation = next(
        each for each in ask(server, "automations/filter", {}) if each["name"] == "newsmill-killed"
    )
    url = f"{server['PREFECT_API_URL']}/automations/{automation['id']}"
    automation["trigger"]["within"] = 15.0
    keys = ("name", "description", "enabled", "trigger", "actions")
    httpx.put(url, json={key: automation[key] for key in keys}).raise_for_status()
    warehouse = tmp_path / "w.duckdb"
    with publish.lock(warehouse, holder="the test"):  # so that the run lasts
        waiting = subprocess.Popen(
            [sys.executable, "-m", "flows", "run", "--warehouse", str(warehouse)],
            env=server | {"NEWSMILL_LOCK_WAIT": "300"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        before = len(events(server, "prefect.flow-run.heartbeat"))
        until("a heartbeat", lambda: len(events(server, "prefect.flow-run.heartbeat")) > before, 60)
        waiting.send_signal(signal.SIGKILL)
        waiting.wait()
    assert "killed" in until("an alert", lambda: alerts.about("crashed"), 120)
