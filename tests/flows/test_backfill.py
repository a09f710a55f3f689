"""The backfill: which days, what is done, what interrupts it, and how it is called."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from flows import past_days, progress, settings
from flows.inputs import SAMPLES
from flows.run_record import RunRecord, noting
from tests.conftest import Call, environment
from tests.faults.test_killed_run import content, kill
from warehouse import query

DAYS = ("--since", "2024-05-13", "--until", "2024-05-16")


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SAMPLES, tmp_path / "inbox"))


def states(record: dict[str, Any]) -> dict[str, str]:
    return {day["day"][-2:]: day["state"] for day in record["days"]}


def test_a_failed_day_ends_it_and_the_same_call_goes_on_there(
    newsmill: Call, inbox: Path, tmp_path: Path
) -> None:
    warehouse = tmp_path / "w.duckdb"
    call = ("backfill", inbox, *DAYS, "--warehouse", warehouse, "--json")
    failed = newsmill(*call, "--strict")  # one article of the second day is rejected
    assert failed.returncode == 1
    record = json.loads(failed.stdout)
    assert record["state"] == "failed"
    assert states(record) == {"13": "completed", "14": "failed"}
    assert "strict" in record["days"][1]["error"]
    assert "2024-05-14 failed" in failed.stderr
    assert "goes on with 2024-05-14" in failed.stderr

    record = json.loads(newsmill(*call).stdout)
    assert states(record) == {
        "13": "already_done", "14": "completed", "15": "completed", "16": "nothing",
    }  # fmt: skip
    assert record["state"] == "completed"
    assert record["counts"]["articles"] == 13
    assert (record["since"], record["until"]) == ("2024-05-13", "2024-05-16")
    runs = query.run(warehouse, "SELECT run_id, flow, state FROM runs ORDER BY started_at").rows()
    assert [state for _, _, state in runs] == ["completed", "failed", "completed", "completed"]
    assert {flow for _, flow, _ in runs} == {"nightly"}
    assert record["days"][1]["run_id"] == runs[2][0]

    # Another dump of a day makes that day one that is not done.
    shutil.copy(inbox / "2024-05-15" / "archive.csv", inbox / "2024-05-13" / "copy.csv")
    record = json.loads(newsmill(*call).stdout)
    assert states(record) == {
        "13": "completed", "14": "already_done", "15": "already_done", "16": "nothing",
    }  # fmt: skip
    shown = newsmill(*call[:-1])
    assert shown.returncode == 0
    assert "already done" in shown.stdout
    assert "--force" in shown.stdout
    record = json.loads(newsmill(*call, "--force").stdout)
    assert list(states(record).values()) == ["completed"] * 3 + ["nothing"]
    assert record["counts"]["dumps_replaced"] >= 3
    # The night before that call is kept, and those that its days replaced are not.
    kept = list(tmp_path.glob("w.duckdb.*.kept"))
    assert len(kept) < 5


def test_stories_on_which_the_extractor_fails(
    newsmill: Call, samples: Path, tmp_path: Path
) -> None:
    """A model without a parser fails on every article: rejects, and no event is left."""
    import spacy

    broken = tmp_path / "broken"
    nlp = spacy.blank("en")
    nlp.to_disk(broken)
    warehouse = tmp_path / "w.duckdb"
    shutil.copy(samples, warehouse)
    call = ("backfill", "--reextract", "--warehouse", warehouse, "--json")
    record = json.loads(newsmill(*call, environment={"NEWSMILL_MODEL": str(broken)}).stdout)
    assert record["state"] == "completed"
    assert record["counts"]["failed"] > 0
    refused = "SELECT count(*) FROM rejects WHERE reason = 'extract_failed'"
    assert query.run(warehouse, refused).item() == record["counts"]["failed"]
    day = ("--since", "2024-05-13", "--until", "2024-05-13")
    assert json.loads(newsmill(*call, *day).stdout)["counts"]["mentions"] > 0
    still = query.run(warehouse, refused).item()
    assert 0 < still < record["counts"]["failed"]
    assert json.loads(newsmill(*call).stdout)["state"] == "completed"
    assert content(warehouse) == content(samples)


def started(home: Path, *arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "flows", "backfill", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=home,
        env=environment(home / "prefect"),
        start_new_session=True,
    )


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("reextract", [False, True])
def test_a_killed_backfill_goes_on_with_the_first_day_not_done(
    newsmill: Call, samples: Path, home: Path, inbox: Path, tmp_path: Path, reextract: bool
) -> None:
    warehouse = tmp_path / "w.duckdb"
    what: tuple[str | Path, ...] = ("--reextract",) if reextract else (inbox, *DAYS)
    arguments = (*what, "--warehouse", warehouse)
    if reextract:
        shutil.copy(samples, warehouse)

    def days_done() -> int:
        if not warehouse.exists():
            return 0
        counted = (
            "SELECT count(*) FROM runs WHERE state = 'completed'"
            " AND (parameters ->> '$.backfill.key') IS NOT NULL"
        )
        return int(query.run(warehouse, counted).item())

    def comes_to(process: subprocess.Popen[str], reached: Any) -> None:
        deadline = time.monotonic() + 200
        while not reached():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline, "the backfill never came this far"
            time.sleep(0.01)

    # Within the first day, then as soon as it is published, which is between days or in the next.
    stage = warehouse.with_name("w.duckdb.stage")
    process = started(home, *arguments)
    comes_to(process, lambda: list(stage.glob("*/*/*.parquet")))
    kill(process)
    assert days_done() == 0
    process = started(home, *arguments)
    comes_to(process, lambda: days_done() >= 1)
    kill(process)
    done = days_done()
    record = json.loads(newsmill("backfill", *arguments, "--json").stdout)
    found = [state for state in states(record).values() if state != "nothing"]
    assert found == ["already_done"] * done + ["completed"] * (3 - done)
    assert done >= 1
    assert not stage.exists()
    if reextract:
        assert content(warehouse) == content(samples)
    else:
        whole = tmp_path / "whole.duckdb"
        newsmill("backfill", *what, "--warehouse", whole)
        assert content(warehouse) == content(whole)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--since", "2024-05-14"), 2, "--until DATE"),
        (("--since", "2024-05-14", "--until", "2024-05-13"), 2, "exchange them"),
        (("--reextract", "--since", "2024-05-14", "--until", "2024-05-13"), 2, "exchange them"),
        (("--reextract",), 1, "does not exist yet"),
        (("--reextract", "inbox", "--strict"), 2, "without PATH, --strict"),
        (("nowhere", *DAYS), 2, "does not exist"),
        ((*DAYS, "--knowledge", "nowhere"), 2, "nowhere"),
        (("--since", "yesterday"), 2, "is not a date"),
    ],
)
def test_wrong_calls(
    newsmill: Call, tmp_path: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = newsmill("backfill", *arguments, cwd=tmp_path)
    assert done.returncode == code
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_a_missing_model(newsmill: Call, tmp_path: Path) -> None:
    model = {"NEWSMILL_MODEL": "no_such_model"}
    done = newsmill("backfill", *DAYS, "--json", cwd=tmp_path, environment=model)
    assert done.returncode == 1
    assert "pip install no-such-model" in json.loads(done.stdout)["error"]


@pytest.fixture
def in_samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[settings.Settings]:
    monkeypatch.chdir(tmp_path)
    yield settings.load()


def test_what_the_key_of_a_day_depends_on(
    in_samples: settings.Settings, inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, last = date(2024, 5, 13), date(2024, 5, 16)

    def planned(**more: Any) -> past_days.Plan:
        chosen = in_samples.model_copy(update=more)
        return past_days.plan([inbox], first, last, chosen, reextract=False, force=False)

    days = planned().days
    assert [day.is_empty for day in days] == [False, False, False, True]
    keys = [planned().key(day) for day in days]
    assert len(set(keys)) == 4
    assert [planned(workers=7, keep=9).key(day) for day in days] == keys
    for more in ({"dump_date": first}, {"format": "csv"}, {"languages": ("en", "de")}):
        assert not set(keys) & {planned(**more).key(day) for day in days}
    stories = replace(days[0], kind=past_days.STORIES, files=(), stories="digest")
    assert planned(format="csv").key(stories) == planned().key(stories)
    (inbox / "2024-05-13" / "more.txt").write_text("More.")
    assert [planned().key(day) == key for day, key in zip(planned().days, keys, strict=True)] == [
        False, True, True, True,
    ]  # fmt: skip
    monkeypatch.setattr("flows.past_days.version", lambda _: "9.9")
    assert not set(keys) & {planned().key(day) for day in days}


def test_runs_are_noted_as_part_of_what_is_under_way() -> None:
    with noting(backfill={"day": "2024-05-13"}):
        assert RunRecord(flow="nightly", parameters={"a": 1}).parameters == {
            "a": 1,
            "backfill": {"day": "2024-05-13"},
        }
    assert RunRecord(flow="nightly").parameters == {}


def test_the_flow_explains_its_parameters_and_refuses_what_does_not_fit() -> None:
    from prefect.exceptions import ParameterTypeError

    from flows.backfill import backfill
    from flows.nightly import nightly

    properties = backfill.parameters.properties
    assert all(entry.get("description") for entry in properties.values())
    assert set(properties) == set(nightly.parameters.properties) | {"reextract"}
    with pytest.raises(ParameterTypeError, match="since"):
        backfill.validate_parameters({"since": "yesterday"})


def test_bars_of_days_and_of_their_stages() -> None:
    bars = progress.Bars()
    with progress.stage(bars, "days", 2, "days"):
        for number in range(2):
            bars.advance(0, f"2024-05-1{number}")
            for stage in ("read", "load"):
                with progress.stage(bars, stage, 3, "files"):
                    bars.advance(2)
            shown = {task.description: task for task in bars._progress.tasks}
            assert len(bars._progress.tasks) == 3
            assert shown["read"].completed == 3
            assert shown["days"].completed == number
            assert shown["days"].fields["rate"] == f"2024-05-1{number}"
            bars.advance(1)
            assert not shown["read"].visible
    bars.close()
    assert [task.finished for task in bars._progress.tasks if task.visible] == [True]
