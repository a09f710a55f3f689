"""What people see of a run, and the folder where a run stages its parts."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from flows import report
from flows.run_record import RunRecord
from flows.stage import Stage


def test_a_record_times_its_stages_also_when_they_fail() -> None:
    run = RunRecord(flow="nightly")
    with pytest.raises(ValueError, match="no"), run.timed("read"):
        raise ValueError("no")
    assert run.seconds["read"] >= 0
    run.finish("failed", "ValueError: no")
    record = run.as_dict()
    assert record["state"] == "failed"
    assert json.loads(json.dumps(record))["finished_at"] > record["started_at"]


def test_ids_of_runs_differ() -> None:
    assert len({RunRecord(flow="nightly").run_id for _ in range(50)}) == 50


def test_a_stage_shows_whole_parts_only_and_removes_what_dead_runs_left(tmp_path: Path) -> None:
    warehouse = tmp_path / "w.duckdb"
    dead = Stage.create(warehouse, "dead", {})
    dead.write("articles", "0", pl.DataFrame({"n": [1]}))
    stage = Stage.create(warehouse, "alive", {})
    assert not dead.folder.exists()
    stage.write("articles", "1", pl.DataFrame({"n": [2]}))
    stage.write("articles", "0", pl.DataFrame({"n": [1]}))
    (stage.folder / "articles" / "2.unfinished").write_bytes(b"half")
    assert [part.name for part in stage.parts("articles")] == ["0.parquet", "1.parquet"]
    found = stage.read("articles")
    assert found is not None
    assert found["n"].to_list() == [1, 2]
    assert stage.read("mentions") is None
    assert [frame.height for frame in stage.frames("articles")] == [1, 1]
    stage.remove()
    assert not (tmp_path / "w.duckdb.stage").exists()


def _rows() -> tuple[pl.DataFrame, pl.DataFrame]:
    row = {
        **dict.fromkeys(report.READ_COLUMNS), "ordinal": 0, "char_start": 0, "char_end": 90,
        "title": "Bridge [b]opens[/b]", "body": "It opened. " * 300,
        "publish_date": date(2024, 5, 1),
    }  # fmt: skip
    other = {**row, "ordinal": 1, "char_start": 120, "char_end": 190, "title": None}
    gone = {
        "dump_id": "0" * 16, "char_start": 91, "char_end": 119, "reason": "bad_record",
        "detail": "no [json]", "excerpt": "{",
    }  # fmt: skip
    return pl.DataFrame([row, other]), pl.DataFrame([gone])


@pytest.mark.parametrize("columns", ["80", "120"])
def test_what_is_read_is_shown_in_the_order_of_the_dump(
    columns: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    report.print_read("a.jsonl (jsonl, utf-8)", *_rows())
    title, header, *lines = capsys.readouterr().out.splitlines()
    assert title == "a.jsonl (jsonl, utf-8)"
    assert ("source" in header) == (columns == "120")
    assert [line.split()[0] for line in lines] == ["0-90", "91-119", "120-190"]
    assert "Bridge [b]opens[/b]" in lines[0]
    assert "bad_record no [json]" in lines[1]
    assert all(len(line.rstrip()) <= int(columns) for line in lines)
    report.print_read_total(1, 1, 0)
    assert "1 dump, 1 article, 0 rejects." in capsys.readouterr().out


def test_json_lines_say_what_their_spans_count(capsys: pytest.CaptureFixture[str]) -> None:
    report.write_jsonl("a.parquet", "rows", *_rows())
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["kind"] for line in lines] == ["article", "article", "reject"]
    assert {line["unit"] for line in lines} == {"rows"}
    assert lines[0]["published_at"] == "2024-05-01"
    assert lines[2]["reason"] == "bad_record"


def test_a_flag_with_a_sentence_of_its_own_is_said_once() -> None:
    found = report.remarks("a", {"changed", "replaced_characters"}, ["its content changed"], 0)
    assert found == ["a: its content changed", "a: replaced characters"]
    assert report.remarks("a", {"nothing_found"}, [], 0) == ["a: nothing found"]
    assert report.remarks("a", {"nothing_found"}, [], 1) == []
