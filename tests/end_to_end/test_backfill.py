"""Past days again: from their dumps, and from the stories that the warehouse has."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from flows.inputs import SAMPLES
from tests.conftest import Call, environment
from warehouse import connect

MINE = "PROTEST\tobstruct\t144\t.9\ts>o\tthank\nPROTEST\tdemo\t141\t.9\ts>o\tarrest\n"


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Terms that code the samples otherwise."""
    file = tmp_path_factory.mktemp("knowledge") / "verbs.tsv"
    file.write_text(MINE)
    return file


def rows(warehouse: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of every table, without what names the run and its time.

    What search knows goes by numbers of its own.
    """
    names = "('run_id', 'loaded_at', 'first_loaded')"
    with connect.open_published(warehouse) as con:
        tables = con.execute(
            "SELECT table_name FROM duckdb_tables() WHERE NOT internal"
            " AND table_name NOT IN ('runs', 'schema_version') AND table_name NOT LIKE 'search%'"
        ).fetchall()
        return {
            table: con.execute(
                f"SELECT COLUMNS(c -> c NOT IN {names}) FROM {table} ORDER BY ALL"
            ).fetchall()
            for (table,) in tables
        }


def states(done: subprocess.CompletedProcess[str]) -> list[str]:
    assert done.returncode == 0, done.stderr
    return [day["state"] for day in json.loads(done.stdout)["days"]]


@pytest.fixture
def loaded(samples: Path, tmp_path: Path) -> Path:
    """A copy of the samples' warehouse."""
    warehouse = tmp_path / "w.duckdb"
    warehouse.write_bytes(samples.read_bytes())
    return warehouse


def test_stories_coded_anew_give_what_loading_with_the_new_coder_gives(
    newsmill: Call, samples: Path, loaded: Path, knowledge: Path, tmp_path: Path
) -> None:
    from_the_start = tmp_path / "start.duckdb"
    options = ("--knowledge", knowledge, "--json")
    done = newsmill("run", SAMPLES, "--warehouse", from_the_start, *options)
    assert done.returncode == 0, done.stderr
    expected = rows(from_the_start)
    assert expected["events"] != rows(samples)["events"]

    done = newsmill("backfill", "--reextract", "--warehouse", loaded, *options)
    assert set(states(done)) == {"completed"}
    found = rows(loaded)
    for table, held in expected.items():
        assert found[table] == held, table

    # Done is done; another range of it too, and --force does it again.
    again = newsmill("backfill", "--reextract", "--warehouse", loaded, *options)
    assert set(states(again)) == {"already_done"}
    first = json.loads(done.stdout)["since"]
    dates = ("--since", first, "--until", first)
    one = newsmill("backfill", "--reextract", "--force", *dates, "--warehouse", loaded, *options)
    assert states(one) == ["completed"]
    assert rows(loaded) == expected

    # Without the knowledge everything is as it was.
    back = newsmill("backfill", "--reextract", "--warehouse", loaded, "--json")
    assert set(states(back)) == {"completed"}
    assert rows(loaded) == rows(samples)


def test_days_are_read_again_from_their_dumps(newsmill: Call, samples: Path, loaded: Path) -> None:
    dates = ("--since", "2024-05-13", "--until", "2024-05-14")
    call = ("backfill", SAMPLES, *dates, "--warehouse", loaded, "--json")
    done = newsmill(*call)
    assert states(done) == ["completed", "completed"]
    assert json.loads(done.stdout)["counts"]["dumps_replaced"] >= 2
    assert rows(loaded) == rows(samples)
    assert states(newsmill(*call)) == ["already_done", "already_done"]
    assert states(newsmill(*call, "--force")) == ["completed", "completed"]


@pytest.mark.slow
def test_a_killed_backfill_goes_on_with_the_day_that_is_not_done(
    newsmill: Call, samples: Path, loaded: Path, knowledge: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "flows", "backfill", "--reextract", "--json"]
    run = subprocess.Popen(
        [*command, "--warehouse", str(loaded), "--knowledge", str(knowledge)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=environment(tmp_path / "prefect"),
        start_new_session=True,
    )
    published = loaded.stat().st_ino
    deadline = time.monotonic() + 200
    while loaded.stat().st_ino == published:  # until the first day is there
        assert run.poll() is None, run.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.killpg(run.pid, signal.SIGKILL)
    run.communicate()
    done = newsmill(
        "backfill", "--reextract", "--warehouse", loaded, "--knowledge", knowledge, "--json"
    )
    assert states(done)[0] == "already_done"
    assert states(done)[-1] == "completed"
    uninterrupted = tmp_path / "other.duckdb"
    uninterrupted.write_bytes(samples.read_bytes())
    newsmill(
        "backfill", "--reextract", "--warehouse", uninterrupted, "--knowledge", knowledge, "--json"
    )
    assert rows(loaded) == rows(uninterrupted)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--since", "2024-05-14", "--until", "2024-05-13"), 2, "swap them"),
        (("--since", "2024-05-14"), 2, "give --since and --until"),
        (("--reextract", "somewhere"), 2, "reads no dumps"),
        (("--reextract",), 1, "does not exist yet"),
    ],
)
def test_calls_that_cannot_be_meant_are_told_what_is_wrong(
    arguments: tuple[str, ...], code: int, said: str, newsmill: Call, tmp_path: Path
) -> None:
    done = newsmill("backfill", *arguments, "--warehouse", tmp_path / "none.duckdb", "--json")
    assert done.returncode == code, done.stderr
    assert said in json.loads(done.stdout)["error"]


def test_a_range_without_dumps_has_nothing_to_do(newsmill: Call, tmp_path: Path) -> None:
    dates = ("--since", "1999-01-01", "--until", "1999-01-02")
    done = newsmill("backfill", *dates, "--warehouse", tmp_path / "none.duckdb")
    assert done.returncode == 0, done.stderr
    assert "No day in that range" in done.stdout


def test_a_day_that_fails_is_named_and_the_days_before_stay(
    newsmill: Call, loaded: Path, tmp_path: Path
) -> None:
    before = rows(loaded)
    done = newsmill(
        "backfill", SAMPLES, "--since", "2024-05-13", "--until", "2024-05-14", "--warehouse",
        loaded, "--json", environment={"NEWSMILL_STRICT": "1"},
    )  # fmt: skip
    assert done.returncode == 1
    assert "failed" in json.loads(done.stdout)["error"]
    assert "the same command goes on there" in json.loads(done.stdout)["error"]
    assert rows(loaded) == before
