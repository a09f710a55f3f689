"""The artifact that sums a run up."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows import artifact, server
from flows.artifact import Rejected
from flows.run_record import RunRecord
from flows.stage import Stage
from tests.server import free_port
from transforms.schemas import Rejects, frame

HOSTILE = (
    "<script>alert(1)</script> | [link](http://x.example) ![i](x) `c` \\\n# heading\r\u2028*b* &lt;"
)
W = Path("/data/w.duckdb")


def run(state: str = "completed", error: str | None = None, **counts: int) -> RunRecord:
    record = RunRecord(flow="nightly", counts=counts)
    record.finish(state, error)
    return record


def day(**row: Any) -> dict[str, Any]:
    event = dict.fromkeys(
        ("event_type", "actor_name", "recipient_name", "place_name", "source_count",
         "sentence_text", "url")
    )  # fmt: skip
    story = {"title": HOSTILE, "articles": 2_000, "sources": 1, "mentions": 3}
    return {"day": "2024-05-14", "events": [event | row], "stories": [story]}


def harmless(text: str) -> None:
    assert "<" not in text
    assert "\n# heading" not in text
    assert not re.search(r"(?<!\\)\]\(http://x", text)
    assert "![" not in text
    assert not re.search(r"(?<!\\)`c", text)
    for line in text.splitlines():  # every row of a table has the cells of its head
        if line.startswith("|"):
            assert line.endswith("|")


def test_text_from_dumps_cannot_break_out_of_the_artifact() -> None:
    record = run("failed", HOSTILE)
    record.warn(HOSTILE)
    reject = {
        "path": HOSTILE, "file": "/in/" + HOSTILE, "char_start": 0, "char_end": 9,
        "reason": "bad_record", "detail": HOSTILE, "excerpt": HOSTILE,
    }  # fmt: skip
    summary = day(sentence_text=HOSTILE, actor_name=HOSTILE, url="http://a.example/" + HOSTILE)
    text = artifact.markdown(record, W, Rejected({"bad_record": 1}, [reject]), summary)
    harmless(text)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    cells = [len(re.split(r"(?<!\\)\|", row)) for row in rows]
    assert cells == [4] * 11 + [7] * 3 + [8] * 3 + [6] * 3


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://news.example/a?b=1&c=2#d", "[x](https://news.example/a?b=1&c=2#d)"),
        ("http://news.example/a (1).html", "[x](http://news.example/a%20%281%29.html)"),
        ("https://a.example/)<b>|\\", "[x](https://a.example/%29%3Cb%3E%7C%5C)"),
        ("HTTPS://a.example/ü", "[x](HTTPS://a.example/%C3%BC)"),
        ("javascript:alert(1)", "x"),
        ("data:text/html,x", "x"),
        ("file:///etc/passwd", "x"),
        (" https://a.example", "x"),
        ("https://", "x"),
        (None, "x"),
    ],
)
def test_only_web_addresses_become_links(url: str | None, expected: str) -> None:
    assert artifact.linked("x", url) == expected


def test_the_artifact_names_the_slowest_stage_and_the_counts() -> None:
    record = run(articles=1_017)
    record.seconds = {"read": 1.0, "extract": 9.0}
    text = artifact.markdown(record, W, Rejected())
    assert "Slowest stage: **extract**, 9.0 s of 10.0 s." in text
    assert "| articles | 1,017 |" in text
    assert "| read | 1.0 |" in text


def test_every_end_says_what_to_do_next() -> None:
    assert "newsmill doctor" in artifact.markdown(run("failed", "OSError: full"), W, Rejected())
    assert "OSError: full" in artifact.markdown(run("failed", "OSError: full"), W, Rejected())
    assert "run --force" in artifact.markdown(run("nothing_new"), W, Rejected())
    text = artifact.markdown(run(), W, Rejected({"bad_record": 1}, []))
    assert "FROM rejects r JOIN dumps" in text
    assert "newsmill restore --warehouse '/data/w.duckdb'" in text


def stage_with(tmp_path: Path, rejects: int, others: int = 0) -> Stage:
    stage = Stage.create(tmp_path / "w.duckdb", "run", {})
    row = {"dump_id": "0" * 16, "char_start": 0, "char_end": 1, "detail": None, "excerpt": "{"}
    rows = [{**row, "reason": "not_article"}] * others + [{**row, "reason": "bad_record"}] * rejects
    if rows:
        stage.write("rejects", "0", frame(Rejects, rows))
    dump = {"dump_id": "0" * 16, "path": "a.zip/a.jsonl", "container_path": "in/a.zip"}
    stage.write("dumps", "0", pl.DataFrame([dump]))
    return stage


def test_rejects_that_are_faults_come_first(tmp_path: Path) -> None:
    refused = artifact.rejected(stage_with(tmp_path, 3, others=500))
    assert refused.reasons == {"not_article": 500, "bad_record": 3}
    assert refused.faults == 3
    assert len(refused.first) == artifact.MOST_REJECTS
    assert [row["reason"] for row in refused.first[:4]] == ["bad_record"] * 3 + ["not_article"]
    text = artifact.markdown(run(), W, refused)
    assert "## 503 rejects" in text
    assert "500 not\\_article, 3 bad\\_record; the first 20." in text
    assert f"[a.zip/a.jsonl](file://{Path('in/a.zip').resolve()})" in text


def test_a_run_without_rejects_says_nothing_of_them(tmp_path: Path) -> None:
    assert artifact.rejected(stage_with(tmp_path, 0)) == Rejected()
    assert "reject" not in artifact.markdown(run(), W, Rejected()).replace("| rejects | 0 |", "")


def test_many_warnings_are_cut(tmp_path: Path) -> None:
    record = run()
    for number in range(50):
        record.warn(f"dump {number}")
    text = artifact.markdown(record, W, Rejected())
    assert "## 50 warnings" in text
    assert "- and 30 more" in text


def test_a_server_that_is_gone_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(artifact, "PATIENCE", 0.3)
    url = f"http://127.0.0.1:{free_port()}/api"
    with temporary_settings({PREFECT_API_URL: url}), server.harmless("publish the artifact"):
        artifact.publish(run("nothing_new"), W, Rejected())
        pytest.fail("it was published")
    assert "could not publish the artifact: ConnectError" in caplog.text
