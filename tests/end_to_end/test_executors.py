"""The same rows whatever carries the work out, and a run that goes on from one that was stopped."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import polars as pl
import pytest

from flows.stage import Stage, read_part
from tests.conftest import REPOSITORY, Call, environment
from tests.rows import rows

COUNTRIES = ("Kenya", "Chad", "Peru", "Fiji", "Mali", "Cuba", "Laos", "Oman", "Togo", "Iran")
VERBS = ("accused", "blamed", "criticised", "threatened", "thanked", "sued", "condemned", "praised")
ARTICLES = 400


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Hundreds of short invented articles, no two of one story."""
    file = tmp_path_factory.mktemp("dump") / "wire.jsonl"
    lines = []
    for number in range(ARTICLES):
        one, other = COUNTRIES[number % 10], COUNTRIES[(number // 10 + number % 10 + 1) % 10]
        sentences = []
        for verb in VERBS:
            words = " ".join(f"{letter}{verb[:2]}{number}" for letter in "abcdefghijkl")
            sentences.append(f"{one} {verb} {other} on Friday. The papers of that are {words}.")
        text = " ".join(sentences)
        record = {"title": f"Papers {number} of {one} {words}", "maintext": text}
        lines.append(json.dumps(record | {"date_publish": "2024-05-18"}) + "\n")
    file.write_text("".join(lines))
    return file


@pytest.fixture(scope="module")
def expected(dump: Path, newsmill: Call, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The warehouse that a run in threads makes."""
    warehouse = tmp_path_factory.mktemp("threads") / "w.duckdb"
    done = newsmill("run", dump, "--warehouse", warehouse, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["counts"]["coded"] == ARTICLES
    return warehouse


@pytest.mark.slow
def test_processes_give_the_same_rows(
    dump: Path, expected: Path, newsmill_anew: Call, tmp_path: Path
) -> None:
    warehouse = tmp_path / "w.duckdb"
    done = newsmill_anew(
        "run", dump, "--warehouse", warehouse, "--json", "--executor", "processes",
        "--workers", "2",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert rows(warehouse) == rows(expected)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[str]:
    """A Dask scheduler with two workers, each a process of its own; yields its address."""
    pytest.importorskip("distributed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
    dask = [sys.executable, "-m", "distributed.cli"]
    commands = [
        ["dask_scheduler", "--host", address, "--dashboard-address", ":0", "--no-show"],
        *2 * [["dask_worker", address, "--nthreads", "1", "--no-dashboard"]],
    ]
    environ = environment(tmp_path / "prefect") | {"PYTHONPATH": str(REPOSITORY)}
    with ExitStack() as stack:
        for number, (module, *options) in enumerate(commands):
            log = stack.enter_context((tmp_path / f"dask-{number}.log").open("w"))
            started = subprocess.Popen(
                [*dask[:-1], f"{dask[-1]}.{module}", *options],
                stdout=log, stderr=subprocess.STDOUT, cwd=tmp_path, env=environ,
            )  # fmt: skip
            stack.callback(_end, started)
        yield address


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.mark.slow
def test_a_dask_cluster_gives_the_same_rows(
    dump: Path, expected: Path, cluster: str, newsmill_anew: Call, tmp_path: Path
) -> None:
    warehouse = tmp_path / "w.duckdb"
    done = newsmill_anew(
        "run", dump, "--warehouse", warehouse, "--json", "--executor", f"dask:{cluster}",
        "--workers", "2",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert rows(warehouse) == rows(expected)


def test_a_cluster_that_is_not_there_is_told_before_anything_is_done(
    dump: Path, newsmill: Call, tmp_path: Path
) -> None:
    pytest.importorskip("distributed")
    done = newsmill(
        "run", dump, "--warehouse", tmp_path / "w.duckdb", "--json", "--executor",
        "dask:tcp://127.0.0.1:9", environment={"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "2s"},
    )  # fmt: skip
    assert done.returncode == 1
    assert "No Dask scheduler answers at tcp://127.0.0.1:9" in json.loads(done.stdout)["error"]


def start(dump: Path, warehouse: Path, home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "flows", "run", str(dump), "--warehouse", str(warehouse), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=home,
        env=environment(home / "prefect", NEWSMILL_EXECUTOR="processes"),
        start_new_session=True,
    )


def until_something_is_coded(run: subprocess.Popen[str], warehouse: Path) -> int:
    """Wait until a batch is coded; return how many articles that are."""
    deadline = time.monotonic() + 200
    while True:
        coded = list(warehouse.parent.glob("*.stage/*/coded/*.parquet"))
        if coded:
            return sum(read_part(part).height for part in coded)
        assert run.poll() is None, run.communicate()
        assert time.monotonic() < deadline, "nothing was coded"
        time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_run_goes_on_from_what_a_stopped_one_has_coded(
    how: signal.Signals,
    dump: Path,
    expected: Path,
    newsmill: Call,
    tmp_path: Path,
) -> None:
    warehouse = tmp_path / "w.duckdb"
    environ = {"NEWSMILL_BATCH_ARTICLES": "50"}
    os.environ.update(environ)
    try:
        run = start(dump, warehouse, tmp_path)
    finally:
        del os.environ["NEWSMILL_BATCH_ARTICLES"]
    least = until_something_is_coded(run, warehouse)
    if how is signal.SIGKILL:
        os.killpg(run.pid, how)
    else:
        run.send_signal(how)
    output, errors = run.communicate(timeout=60)
    if how is not signal.SIGKILL:
        assert run.returncode == 128 + how, errors
        assert "the next run goes on" in json.loads(output)["error"]
        assert "Traceback" not in errors
    assert not warehouse.exists()
    _nothing_runs(run.pid)

    done = newsmill("run", dump, "--warehouse", warehouse, "--json", environment=environ)
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)["counts"]
    assert counts["resumed"] >= least
    assert counts["resumed"] + counts.get("coded", 0) == ARTICLES
    assert rows(warehouse) == rows(expected)
    assert not list(tmp_path.glob("*.stage"))


def _nothing_runs(group: int) -> None:
    """Wait until no process of the run's group is left."""
    deadline = time.monotonic() + 30
    while True:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        assert time.monotonic() < deadline, "the run left a process behind"
        time.sleep(0.1)


def test_what_another_model_has_coded_is_not_used(tmp_path: Path) -> None:
    warehouse = tmp_path / "w.duckdb"
    stage = Stage.create(warehouse, "dead", {"model": "another"})
    coded = {"article_id": ["a"], "story_id": ["s"], "failed": [False]}
    stage.write("coded", "00000-00000", pl.DataFrame(coded))
    assert Stage.create(warehouse, "alive", {"model": "another"}).parts("coded")
    assert not Stage.create(warehouse, "third", {"model": "this"}).parts("coded")
