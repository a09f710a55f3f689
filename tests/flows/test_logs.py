"""What a run's log says, for people and for machines."""

from __future__ import annotations

import json
import logging
import sys
from contextvars import copy_context
from pathlib import Path
from typing import Any

import pytest

from flows import logs
from flows.run_record import RunRecord
from tests.conftest import Call


def told(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(logs.JsonFormatter().format(record)) for record in caplog.records]


def in_a_run(caplog: pytest.LogCaptureFixture, *arguments: Any, **options: Any) -> None:
    caplog.set_level(logging.INFO)

    def tell() -> None:
        logs.enter("20240514T023000-ab12cd", "read")
        logs.tell(*arguments, **options)

    copy_context().run(tell)


def test_a_line_says_run_stage_dump_and_counts(caplog: pytest.LogCaptureFixture) -> None:
    counts = {"articles": 1_007, "rejects": 1}
    in_a_run(caplog, "read", dump="in/a.jsonl", counts=counts, seconds=1.25)
    assert caplog.messages == [
        "[20240514T023000-ab12cd read] in/a.jsonl: read: articles 1,007, rejects 1, 1.2 s"
    ]
    (line,) = told(caplog)
    assert tuple(line) == logs.FIELDS
    assert line.pop("timestamp").endswith("+00:00")
    assert line == {
        "level": "INFO", "logger": "newsmill", "message": "read",
        "run_id": "20240514T023000-ab12cd", "stage": "read", "dump": "in/a.jsonl",
        "counts": counts, "seconds": 1.25,
    }  # fmt: skip


def test_no_name_of_a_dump_breaks_a_line(caplog: pytest.LogCaptureFixture) -> None:
    name = 'a\n{"level": "ERROR"}\r\u2028ü\udcff%s:skull:'
    in_a_run(caplog, "read", dump=name)
    assert len(caplog.messages[0].splitlines()) == 1
    text = logs.JsonFormatter().format(caplog.records[0])
    assert text.isascii()
    assert len(text.splitlines()) == 1
    assert json.loads(text)["dump"] == name


def test_lines_of_others_know_their_place_and_errors_their_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail() -> str:
        logs.enter("the-run")
        with logs.stage("load"):
            try:
                raise OSError("disk full")
            except OSError:
                record = logging.LogRecord(
                    "prefect.task_runs", logging.ERROR, "", 0, "Task %s", ("died",), sys.exc_info()
                )
                record.task_run_name = "load and publish w.duckdb"
                return logs.JsonFormatter().format(record)

    line = json.loads(copy_context().run(fail))
    assert (line["run_id"], line["stage"]) == ("the-run", "load")
    assert line["message"] == "load and publish w.duckdb: Task died"
    assert "OSError: disk full" in line["error"]


def test_a_stage_says_what_it_counted_and_how_it_ended(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    run = RunRecord(flow="nightly", counts={"articles": 5})
    with run.timed("read"):
        run.add(articles=3)
    with pytest.raises(ValueError, match="no"), run.timed("load"):
        raise ValueError("no")
    lines = told(caplog)
    assert [line["message"] for line in lines] == [
        "read begins", "read ended", "load begins", "load failed",
    ]  # fmt: skip
    assert lines[1]["counts"] == {"articles": 3}
    assert lines[1]["seconds"] >= 0
    assert lines[1]["stage"] == "read"


@pytest.mark.slow
def test_the_log_is_json_where_asked_and_silent_where_not(
    newsmill_anew: Call, tmp_path: Path
) -> None:
    (tmp_path / "newsmill.toml").write_text("log_json = true\n")
    (tmp_path / "a.jsonl").write_text('{"title": "Kenya thanks Malawi"}\n{"maintext": \n')
    done = newsmill_anew("run", "a.jsonl", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert all(tuple(line) == logs.FIELDS for line in lines)
    read = next(line for line in lines if line["dump"])
    assert read["counts"] == {"articles": 1, "rejects": 1}
    assert read["stage"] == "read"
    stages = [line["stage"] for line in lines if line["message"].endswith(" ended")]
    assert stages == ["find", "read", "deduplicate", "thread", "extract", "load"]
    assert lines[-1]["run_id"] == read["run_id"]
    (tmp_path / "newsmill.toml").unlink()
    done = newsmill_anew("run", "--force", "a.jsonl", cwd=tmp_path)
    assert "50%" in done.stdout  # the alert is a warning of the summary, not a line of the log
    assert done.stderr.splitlines()[0] == "Reading a.jsonl (1 file) into newsmill.duckdb"
    assert len(done.stderr.splitlines()) == 1, done.stderr
