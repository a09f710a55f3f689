"""What goes wrong at night: killed runs, two runs at once, a reader that never lets go."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.inputs import SAMPLES
from tests.conftest import Call, environment
from warehouse import connect, publish

TABLES = ("articles", "stories", "event_mentions", "events", "rejects", "daily_events")


def content(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of the tables, without what names the run and its time."""
    columns = "COLUMNS(c -> c NOT IN ('run_id', 'loaded_at', 'first_loaded'))"
    with connect.open_published(path) as con:
        return {
            table: con.execute(f"SELECT {columns} FROM {table} ORDER BY ALL").fetchall()
            for table in TABLES
        }


def start(warehouse: Path, home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "flows", "run", str(SAMPLES), "--warehouse", str(warehouse)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=home,
        env=environment(home / "prefect"),
        start_new_session=True,
    )


def kill(process: subprocess.Popen[str]) -> None:
    """Kill the run and every process that it started, as a power cut would."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.mark.slow
def test_a_killed_run_leaves_the_old_night_and_the_next_run_finishes_the_work(
    newsmill: Call, samples: Path, home: Path, tmp_path: Path
) -> None:
    warehouse = tmp_path / "w.duckdb"
    stage = warehouse.with_name("w.duckdb.stage")
    # Kill at three moments of the work: at its start, while it stages, and just before it loads.
    for wanted in ("dumps", "assignments", "to_code"):
        dead = set(stage.glob("*"))  # what earlier kills left; this run is to remove it
        process = start(warehouse, home)
        deadline = time.monotonic() + 200
        while not any(part.parents[1] not in dead for part in stage.glob(f"*/{wanted}/*.parquet")):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline, "the run never came this far"
            time.sleep(0.02)
        kill(process)
        assert not warehouse.exists()
    done = newsmill("run", SAMPLES, "--warehouse", warehouse, "--json")
    assert done.returncode == 0, done.stderr
    assert content(warehouse) == content(samples)
    assert not stage.exists()
    assert not list(tmp_path.glob(".w.duckdb.next-*"))


def test_two_runs_never_overlap(newsmill: Call, home: Path, tmp_path: Path) -> None:
    warehouse = tmp_path / "w.duckdb"
    with publish.lock(warehouse, holder="another night"):
        done = newsmill("run", SAMPLES, "--warehouse", warehouse, "--json")
    assert done.returncode == 1
    assert "another night" in json.loads(done.stdout)["error"]
    assert not warehouse.exists()


def test_a_reader_that_holds_the_file_open_blocks_no_run(
    newsmill: Call, samples: Path, tmp_path: Path
) -> None:
    warehouse = tmp_path / "w.duckdb"
    warehouse.write_bytes(samples.read_bytes())
    extra = tmp_path / "extra.jsonl"
    record = {"title": "Kenya thanks Malawi", "maintext": "Kenya thanked Malawi on Friday."}
    extra.write_text(json.dumps(record | {"date_publish": "2024-05-18"}) + "\n")
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import duckdb, sys\n"
            f"con = duckdb.connect({str(warehouse)!r}, read_only=True)\n"
            "print('open', flush=True)\n"
            "sys.stdin.readline()\n"
            "print(con.execute('SELECT count(*) FROM articles').fetchone()[0], flush=True)\n",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdin and holder.stdout
    assert holder.stdout.readline() == "open\n"
    done = newsmill("run", extra, "--warehouse", warehouse, "--json")
    assert done.returncode == 0, done.stderr
    output, _ = holder.communicate("\n")
    with duckdb.connect(str(samples), read_only=True) as con:
        before = con.execute("SELECT count(*) FROM articles").fetchall()[0][0]
    assert int(output) == before
    with duckdb.connect(str(warehouse), read_only=True) as con:
        assert con.execute("SELECT count(*) FROM articles").fetchall()[0][0] == before + 1
