"""Two machines that run at the same time and load into one lake."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Call, environment
from tests.postgres import Postgres
from warehouse import connect, lake

TOLD = {
    "Kenya thanks Malawi": "Kenya thanked Malawi on Friday for the maize that it had sent.",
    "Fiji signs fishing accord with Tonga": "Fiji signed an accord with Tonga on Friday in Suva. "
    "The accord lets boats of both countries fish in the waters between the islands.",
    "Police arrest dock workers in Lisbon": "Police arrested nine dock workers in Lisbon on Friday "
    "after a strike closed the harbour. The union said that it would go to court.",
}
TABLES = ("articles", "stories", "event_mentions", "events", "daily_events", "daily_ingest")


def dump(folder: Path, name: str, titles: list[str], source: str) -> None:
    folder.mkdir(exist_ok=True)
    records = [
        {"title": title, "maintext": TOLD[title], "date_publish": "2024-05-18",
         "source_domain": source}
        for title in titles
    ]  # fmt: skip
    (folder / name).write_text("".join(json.dumps(record) + "\n" for record in records))


def rows(warehouse: Path) -> dict[str, list[tuple[Any, ...]]]:
    left_out = "('run_id', 'loaded_at', 'first_loaded', 'path', 'day_loaded')"
    with connect.open_published(warehouse) as con:
        return {
            table: con.execute(
                f"SELECT COLUMNS(c -> c NOT IN {left_out}) FROM {table} ORDER BY ALL"
            ).fetchall()
            for table in TABLES
        }


def start(inbox: Path, warehouse: Path, home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "flows", "run", str(inbox), "--warehouse", str(warehouse), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=inbox,
        env=environment(home),
    )


@pytest.mark.slow
def test_two_runs_at_once_give_what_one_after_the_other_gives(
    postgres: Postgres, newsmill: Call, tmp_path: Path
) -> None:
    first, second, third = TOLD
    dump(tmp_path / "one", "wire.jsonl", [first, second], "wire.example")
    dump(tmp_path / "two", "paper.jsonl", [third, second], "paper.example")
    for inbox in ("one", "two"):  # the same dump reaches both machines
        dump(tmp_path / inbox, "common.jsonl", [first], "common.example")
    machines = []
    for name in ("one", "two"):
        (tmp_path / f"machine-{name}").mkdir()
        machines.append(
            postgres.lake(
                tmp_path / f"machine-{name}", schema="shared_lake", data=str(tmp_path / "data")
            )
        )
    with pytest.raises(ZeroDivisionError), lake.writing(machines[0], holder="the test"):
        # Both have matched with an empty lake before either may load.
        runs = [
            start(tmp_path / name, machine, tmp_path / f"prefect-{name}")
            for name, machine in zip(("one", "two"), machines, strict=True)
        ]
        deadline = time.monotonic() + 240
        while not all(list(each.parent.glob("*.stage/*/to_code/*")) for each in machines):
            assert time.monotonic() < deadline, "the runs never came this far"
            assert all(run.poll() is None for run in runs), [run.communicate() for run in runs]
            time.sleep(0.05)
        raise ZeroDivisionError  # nothing is written; the lock is let go
    for run in runs:
        output, errors = run.communicate(timeout=240)
        assert run.returncode == 0, errors
        assert json.loads(output)["state"] == "completed"

    with connect.open_published(machines[0]) as con:
        order = con.execute(
            "SELECT any_value(r.parameters) FROM dumps AS d JOIN runs AS r ON r.run_id = d.run_id"
            " GROUP BY d.run_id ORDER BY min(d.loaded_at)"
        ).fetchall()
    file = tmp_path / "one-after-the-other.duckdb"
    for (parameters,) in order:
        done = newsmill("run", *json.loads(parameters)["paths"], "--warehouse", file, "--json")
        assert done.returncode == 0, done.stderr
    together, alone = rows(machines[1]), rows(file)
    for table in TABLES:
        assert together[table] == alone[table], table
    assert len(alone["articles"]) == 5
    assert len(alone["stories"]) == 3
