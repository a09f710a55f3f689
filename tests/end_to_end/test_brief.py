"""The briefing as the last step of a run, of a backfill, and by hand."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from flows.inputs import SAMPLES
from tests.conftest import Call


@pytest.fixture
def copied(samples: Path, tmp_path: Path) -> Path:
    """The warehouse of the samples, to be changed."""
    path = tmp_path / "news.duckdb"
    shutil.copy(samples, path)
    return path


def page(text: str) -> str:
    """Return what a page says, without markup and blanks at will."""
    body = re.sub(r"<style>.*?</style>|<script>.*?</script>", " ", text, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", body).split())


def test_a_run_writes_the_pages_of_its_days_and_an_index(
    samples: Path, first_run: dict[str, Any]
) -> None:
    folder = Path(f"{samples}.briefings")
    assert {each.name for each in folder.iterdir()} == {
        "2024-05-13.html", "2024-05-14.html", "2024-05-15.html", "index.html",
    }  # fmt: skip
    assert first_run["briefing"] == str(folder / "2024-05-15.html")
    assert first_run["counts"]["pages"] == 3
    assert first_run["seconds"]["brief"] > 0
    said = page((folder / "2024-05-14.html").read_text("utf-8"))
    assert "Tuesday 14 May 2024" in said
    assert "Bolivia threatens to halt gas exports to Argentina" in said
    assert "Bolivia (government) → Argentina (government)" in said
    assert "agency.jsonl, characters 1,787–2,309" in said
    assert "alofa, Tonga" in said


def test_a_run_without_pages(newsmill: Call, tmp_path: Path) -> None:
    path = tmp_path / "news.duckdb"
    done = newsmill("run", SAMPLES / "2024-05-13", "--warehouse", path, "--no-brief", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["briefing"] is None
    assert not Path(f"{path}.briefings").exists()
    folder = tmp_path / "elsewhere"
    done = newsmill("brief", "--warehouse", path, "--json",
                    environment={"NEWSMILL_BRIEFINGS": str(folder)})  # fmt: skip
    assert json.loads(done.stdout) == {
        "state": "completed", "days": ["2024-05-13"], "page": str(folder / "2024-05-13.html"),
        "index": str(folder / "index.html"), "pages_written": 1, "is_empty": False,
    }  # fmt: skip


def test_a_run_publishes_though_its_pages_cannot_be_written(newsmill: Call, tmp_path: Path) -> None:
    path, blocked = tmp_path / "news.duckdb", tmp_path / "file"
    blocked.write_text("no folder")
    done = newsmill("run", SAMPLES / "2024-05-13", "--warehouse", path, "--json", "--brief",
                    environment={"NEWSMILL_BRIEFINGS": str(blocked)})  # fmt: skip
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["state"] == "completed"
    assert any("the briefing could not be written" in warning for warning in record["warnings"])
    assert path.exists()
    done = newsmill("brief", "--warehouse", path, environment={"NEWSMILL_BRIEFINGS": str(blocked)})
    assert done.returncode == 1
    assert str(blocked) in done.stderr


def test_a_later_night_rewrites_the_pages_that_it_changes(
    newsmill: Call, copied: Path, tmp_path: Path
) -> None:
    newsmill("brief", "--all", "--warehouse", copied)
    folder = Path(f"{copied}.briefings")
    before = {each.name: each.read_text("utf-8") for each in folder.iterdir()}
    late = tmp_path / "late.jsonl"
    record = {
        "title": "Peru recalls ambassador from Ecuador",
        "maintext": "Peru recalled its ambassador from Ecuador on Tuesday. Police arrested "
        "six protesters in Lima on Tuesday.",
        "date_publish": "2024-05-14 09:00:00", "source_domain": "late.example",
    }  # fmt: skip
    late.write_text(json.dumps(record))
    done = newsmill("run", late, "--warehouse", copied, "--json", "--brief")
    assert done.returncode == 0, done.stderr
    after = {each.name: each.read_text("utf-8") for each in folder.iterdir()}
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {"2024-05-14.html", "2024-05-15.html", "index.html"}
    assert "Peru recalls ambassador from Ecuador" in page(after["2024-05-14.html"])


def test_a_backfill_rewrites_what_it_changes_once(newsmill: Call, copied: Path) -> None:
    newsmill("brief", "--all", "--warehouse", copied)
    folder = Path(f"{copied}.briefings")
    before = {each.name: each.read_text("utf-8") for each in folder.iterdir()}
    call = ("backfill", "--reextract", "--brief", "--warehouse", copied, "--json")
    done = newsmill(*call, "--force")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["briefing"] == str(folder / "index.html")
    # The same coder gives the same pages; nothing is rewritten.
    assert {each.name: each.read_text("utf-8") for each in folder.iterdir()} == before
    mine = copied.with_name("verbs.tsv")
    mine.write_text("-\t\t\t1\ts>o\tthreaten [inf]; threaten\n")
    done = newsmill(*call, "--since", "2024-05-14", "--until", "2024-05-14", "--knowledge", mine)
    assert done.returncode == 0, done.stderr
    after = {each.name: each.read_text("utf-8") for each in folder.iterdir()}
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"2024-05-14.html", "2024-05-15.html", "index.html"}
    assert "Threaten" in page(before["2024-05-14.html"])
    assert "Threaten:" not in page(after["2024-05-14.html"])


@pytest.mark.parametrize("day", ["2024-05-13", "2024-05-15"])
def test_a_page_by_hand(newsmill: Call, copied: Path, tmp_path: Path, day: str) -> None:
    out = tmp_path / "page.html"
    done = newsmill("brief", day, "--out", out, "--warehouse", copied)
    assert done.returncode == 0, done.stderr
    assert str(out) in done.stdout
    assert f"Briefing of {day}" in out.read_text("utf-8")
    assert not Path(f"{copied}.briefings").exists()


def test_the_newest_day_is_the_default_and_an_empty_one_is_said(
    newsmill: Call, copied: Path
) -> None:
    done = newsmill("brief", "--warehouse", copied, "--json")
    assert json.loads(done.stdout)["days"] == ["2024-05-15"]
    done = newsmill("brief", "2020-01-01", "--warehouse", copied, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["is_empty"]
    done = newsmill("brief", "--since", "2024-05-14", "--warehouse", copied, "--json")
    assert json.loads(done.stdout)["days"] == ["2024-05-14", "2024-05-15"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("2024-05-14", "--all"), "give one DAY, or --all"),
        (("--since", "2024-05-15", "--until", "2024-05-14"), "exchange them"),
        (("yesterday",), "is not a date"),
    ],
)
def test_wrong_calls(newsmill: Call, copied: Path, options: tuple[str, ...], said: str) -> None:
    done = newsmill("brief", *options, "--warehouse", copied)
    assert done.returncode == 2
    assert said in done.stderr


def test_without_a_warehouse_it_says_what_to_do(newsmill: Call, tmp_path: Path) -> None:
    done = newsmill("brief", "--warehouse", tmp_path / "none.duckdb", "--json")
    assert done.returncode == 1
    assert "newsmill run" in json.loads(done.stdout)["error"]
