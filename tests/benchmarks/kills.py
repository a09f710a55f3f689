"""Kill loads at random moments: `python -m tests.benchmarks.kills [kills] [articles] [seed]`, of a
lake with a real PostgreSQL `python -m tests.benchmarks.kills lake [kills] [articles] [seed]`.

A night is loaded over another one by a process that is killed (SIGKILL) at a random moment between
its start and a little after its end. Whatever it left must be one whole night, the old or the new
one, in every table; the next load must complete it to what an uninterrupted one gives; and nothing
may lie beside the warehouse but nights that are kept. The private copy is made both ways in turn.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.postgres import PASSWORD, server
from tests.warehouse.stages import RUN, event_types, night
from warehouse import aggregate, copies, load, publish
from warehouse.connect import open_published

_WRITER = """
import sys
from datetime import datetime, timedelta
from pathlib import Path
from warehouse import aggregate, copies, load, publish
path, stage, forward = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] == "forward"
copies._UNTOUCHED_SECONDS = 0.0
publish._SPARE_ABOVE = 0
when = datetime(2026, 3, 2, 1, 30)
run = {"run_id": "run-2", "flow": "nightly", "started_at": when, "loaded_at": when,
       "state": "running", "program_version": "0.0"}
print("ready", flush=True)
sys.stdin.readline()
with publish.writing(path, keep=timedelta(0) if forward else None) as con:
    loaded = load.load(con, stage, run)
    aggregate.refresh(con, loaded.days)
print("published", flush=True)
"""
_MOMENT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
_SECOND = RUN | {"run_id": "run-2", "started_at": _MOMENT, "loaded_at": _MOMENT}


Content = dict[str, tuple[int, int]]


def content(path: Path) -> Content:
    """Return, for every table, the number of its rows and a hash of them all."""
    with open_published(path) as con:
        tables = con.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database()"
            " AND table_name <> 'schema_version' ORDER BY 1"
        ).fetchall()
        found = {}
        for (table,) in tables:
            row = con.execute(
                f"SELECT count(*), coalesce(bit_xor(hash(t)), 0) FROM {table} AS t"
            ).fetchone()
            assert row is not None
            found[table] = row
    return found


def _load(path: Path, stage: Path, run: dict[str, object], keep: timedelta | None) -> None:
    with publish.writing(path, keep=keep) as con:
        aggregate.refresh(con, load.load(con, stage, run).days)


def _started(path: Path, stage: Path, way: str) -> subprocess.Popen[str]:
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path), str(stage), way],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdin is not None and writer.stdout is not None
    assert writer.stdout.readline() == "ready\n"
    writer.stdin.write("go\n")
    writer.stdin.flush()
    return writer


def _killed(path: Path, stage: Path, way: str, seconds: float) -> bool:
    """Kill a load after so many seconds; return whether it had ended by then."""
    with _started(path, stage, way) as writer:
        time.sleep(seconds)
        ended = writer.poll() is not None
        writer.send_signal(signal.SIGKILL)
    return ended


def _outcome(path: Path, before: Content, after: Content, ended: bool) -> str:
    """Return what a kill left, which must be one whole night."""
    found = content(path)
    assert found in (before, after), "neither the old night nor the new one"
    return "ended before" if ended else "new night" if found == after else "old night"


def _complete(path: Path, stage: Path, keep: timedelta | None, after: Content) -> None:
    """Load once more, which must give what an uninterrupted load gives."""
    _load(path, stage, dict(_SECOND), keep)
    assert content(path) == after, "the next load did not complete the night"


def main(kills: int = 200, articles: int = 400, seed: int = 1) -> None:
    """Kill so many loads; raises AssertionError at the first that left anything but a night."""
    copies._UNTOUCHED_SECONDS = 0.0
    publish._SPARE_ABOVE = 0
    draw = random.Random(seed)
    outcomes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        path, older, old = (folder / name for name in ("w.duckdb", "older", "old"))
        first = night(1, articles)
        second = night(2, articles, earlier=[first]).write(folder / "second")
        with publish.writing(path) as con:
            load.replace_event_types(con, event_types())
        shutil.copy(path, older)
        _load(path, first.write(folder / "first"), dict(RUN), None)
        shutil.copy(path, old)
        before = content(path)
        with _started(path, second, "copy") as writer:
            started = time.perf_counter()
            writer.wait()
        whole = time.perf_counter() - started
        after = content(path)
        assert before != after
        spare = folder / "w.duckdb.20200101T000000000000Z.kept"
        for number in range(kills):
            way = ("forward", "copy")[number % 2]
            for file in folder.glob("w.duckdb*"):
                if file.is_file():
                    file.unlink()
            shutil.copy(old, path)
            if way == "forward":
                shutil.copy(older, spare)
            ended = _killed(path, second, way, draw.uniform(0, 1.2 * whole))
            outcomes[_outcome(path, before, after, ended)] += 1
            outcomes["private files left"] += bool(list(folder.glob(".w.duckdb.next-*")))
            _complete(path, second, timedelta(0), after)
            left = {f.name for f in folder.glob("*w.duckdb*")} - {
                f.name for _, f, _ in publish.kept(path)
            }
            assert left <= {path.name, f"{path.name}.lock", f"{path.name}.holder"}, left
            if (number + 1) % 20 == 0:
                print(f"  {number + 1} kills: {dict(outcomes)}", flush=True)
    print(f"{kills} kills within {whole:.2f} s loads of {articles} articles: {dict(outcomes)}")


def of_a_lake(kills: int = 60, articles: int = 100, seed: int = 1) -> None:
    """Kill so many loads of a lake, each after the old night was restored."""
    draw = random.Random(seed)
    outcomes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as place, server() as postgres:
        os.environ["PGPASSWORD"] = PASSWORD
        folder = Path(place)
        path = postgres.lake(folder)
        first = night(1, articles)
        second = night(2, articles, earlier=[first]).write(folder / "second")
        with publish.writing(path) as con:
            load.replace_event_types(con, event_types())
            aggregate.refresh(con, load.load(con, first.write(folder / "first"), dict(RUN)).days)
        before = content(path)
        with _started(path, second, "copy") as writer:
            started = time.perf_counter()
            writer.wait()
        whole = time.perf_counter() - started
        after = content(path)
        old = publish.kept(path)[0].version
        for number in range(kills):
            publish.restore(path, old)
            assert content(path) == before
            ended = _killed(path, second, "copy", draw.uniform(0, 1.2 * whole))
            outcomes[_outcome(path, before, after, ended)] += 1
            _complete(path, second, None, after)
            if (number + 1) % 20 == 0:
                print(f"  {number + 1} kills: {dict(outcomes)}", flush=True)
    print(f"{kills} kills within {whole:.2f} s loads into a lake: {dict(outcomes)}")


if __name__ == "__main__":
    kill = of_a_lake if sys.argv[1:2] == ["lake"] else main
    kill(*(int(argument) for argument in sys.argv[1:] if argument != "lake"))
