"""Threads and updates over nights: from dumps to SQL."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.conftest import Call
from tests.end_to_end.test_samples import rows

NIGHTS = sorted((Path(__file__).parent / "nights").glob("*.jsonl"))
"""Dumps of three nights; the second story of the fire comes a night after the third."""


@pytest.fixture(scope="module")
def nights(newsmill: Call, tmp_path_factory: pytest.TempPathFactory) -> Path:
    warehouse = tmp_path_factory.mktemp("threads") / "news.duckdb"
    for night in NIGHTS:
        done = newsmill("run", night, "--warehouse", warehouse, "--json")
        assert done.returncode == 0, done.stderr
        assert "thread" in json.loads(done.stdout)["seconds"]
    return warehouse


def threads(newsmill: Call, warehouse: Path) -> list[dict[str, Any]]:
    return rows(
        newsmill,
        warehouse,
        "SELECT t.thread_id, t.story_count, t.day_count, t.source_count, s.title FROM stories s "
        "JOIN threads t USING (thread_id) ORDER BY s.first_published",
    )


def test_a_thread_over_nights(newsmill: Call, nights: Path) -> None:
    found = threads(newsmill, nights)
    fire, harvest, tow, inquiry = found
    fire, harvest = sorted([fire, harvest], key=lambda row: "Quenby" in row["title"])
    assert harvest["story_count"] == 1
    # The tow came a night after the inquiry, though it was published before.
    assert fire["thread_id"] == tow["thread_id"] == inquiry["thread_id"]
    assert (fire["story_count"], fire["day_count"], fire["source_count"]) == (3, 3, 3)
    [daily] = rows(newsmill, nights, "SELECT count(DISTINCT thread_id) AS n FROM daily_stories")
    assert daily["n"] == 2


def test_versions_in_sequence(newsmill: Call, nights: Path) -> None:
    found = rows(
        newsmill,
        nights,
        "SELECT a.version, a.update_kind, a.update_marker, u.title AS updates FROM articles a "
        "LEFT JOIN articles u ON u.article_id = a.updates_article_id "
        "WHERE a.title LIKE '%214 taken off' ORDER BY a.version",
    )
    assert [row["version"] for row in found] == [1, 2]
    assert found[1]["update_kind"] == "update"
    assert found[1]["update_marker"] == "UPDATE 1-"
    assert found[1]["updates"] == "Fire on ferry Aurelia Star, 214 taken off"


def test_reading_a_night_again_changes_no_thread(newsmill: Call, nights: Path) -> None:
    before = threads(newsmill, nights)
    versions = "SELECT article_id, version, updates_article_id FROM articles ORDER BY ALL"
    numbered = rows(newsmill, nights, versions)
    done = newsmill("run", NIGHTS[0], "--warehouse", nights, "--force", "--json")
    assert done.returncode == 0, done.stderr
    assert threads(newsmill, nights) == before
    assert rows(newsmill, nights, versions) == numbered


def test_a_warehouse_of_an_older_program_is_threaded_with_the_next_night(
    newsmill: Call, nights: Path, tmp_path: Path
) -> None:
    """Before threads were known, every story was in a thread of its own and nothing remembered."""
    older = tmp_path / "older.duckdb"
    done = newsmill("run", NIGHTS[0], "--warehouse", older, "--json")
    assert done.returncode == 0, done.stderr
    with duckdb.connect(str(older)) as con:
        con.execute("DELETE FROM story_terms")
        con.execute("DELETE FROM term_days")
    done = newsmill("run", NIGHTS[2], "--warehouse", older, "--json")
    assert done.returncode == 0, done.stderr
    assert max(row["story_count"] for row in threads(newsmill, older)) == 2
