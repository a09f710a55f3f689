"""What people see of a run, and the folder where a run stages its parts."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from flows import report
from flows.run_record import RunRecord
from flows.stage import Stage


def test_text_from_dumps_cannot_break_out_of_the_artifact() -> None:
    run = RunRecord(flow="nightly")
    run.warn("<script>alert(1)</script> | [link](http://x.example)\n# heading")
    rows = [{"title": "a | b <img src=x>", "articles": 2_000}]
    text = report.artifact_markdown(run, {"Stories": rows})
    assert "<script>" not in text
    assert "<img" not in text
    assert "\n# heading" not in text
    assert "[link](" not in text
    assert "| a \\| b &lt;img src=x\\> | 2,000 |" in text


def test_the_artifact_names_the_slowest_stage() -> None:
    run = RunRecord(flow="nightly", seconds={"read": 1.0, "extract": 9.0})
    run.add(articles=17)
    text = report.artifact_markdown(run, {})
    assert "Slowest stage: **extract**, 9.0 s." in text
    assert "| articles | 17 |" in text


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
    dead = Stage.create(warehouse, "dead")
    dead.write("articles", "0", pl.DataFrame({"n": [1]}))
    stage = Stage.create(warehouse, "alive")
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
