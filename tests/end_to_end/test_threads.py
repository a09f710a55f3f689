"""Threads and updates over nights: from dumps to SQL."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Call
from tests.end_to_end.test_samples import rows

FIRE = (
    "A fire broke out on the car ferry Aurelia Star in the Strait of Vell on Monday and 214 "
    "passengers were taken off in lifeboats, the Lornish coastguard said.\n"
    "Captain Idris Tolvane sent a distress call at dawn, an hour out of Port Ellery.\n"
    "Two tugs from Port Ellery were trying to hold the Aurelia Star off the Sorn reefs."
)
GROWN = (
    f"{FIRE}\nNine people were treated for smoke at the Ellery infirmary, a nurse said.\n"
    "The owner, Vellmar Lines, said that the fire began on the lower car deck."
)
INQUIRY = (
    "Prosecutors in Port Ellery questioned Captain Idris Tolvane on Wednesday about the fire on "
    "the ferry Aurelia Star, in which 214 passengers had to leave the ship.\n"
    "Vellmar Lines had put off a check of the sprinklers on the car deck, the Lornish coastguard "
    "told the Strait of Vell inquiry."
)
TOW = (
    "Tugs towed the burnt-out ferry Aurelia Star into Port Ellery on Tuesday as the Lornish "
    "coastguard began an inquiry into the fire in the Strait of Vell.\n"
    "Captain Idris Tolvane and all 214 passengers were safe, Vellmar Lines said."
)
HARVEST = (
    "Apple growers in the Quenby hills expect their largest harvest in a decade after a mild "
    "spring, the growers' union said.\nPrices at the Quenby auction fell by a tenth."
)


def record(title: str, text: str, when: str, source: str = "Ellery Wire") -> dict[str, str]:
    return {"title": title, "maintext": text, "date_publish": when, "source_domain": source}


NIGHTS = (
    (
        record("Fire on ferry Aurelia Star, 214 taken off", FIRE, "2024-05-05T07:10:00Z"),
        record("UPDATE 1-Fire on ferry Aurelia Star, 214 taken off", GROWN, "2024-05-05T09:40:00Z"),
        record("Quenby apple growers expect large harvest", HARVEST, "2024-05-05T08:00:00Z"),
    ),
    (
        record(
            "Prosecutors question captain of ferry", INQUIRY, "2024-05-07T10:00:00Z", "Vell Post"
        ),
    ),
    (record("Burnt ferry towed to Port Ellery", TOW, "2024-05-06T11:00:00Z", "Sorn Times"),),
)


@pytest.fixture(scope="module")
def nights(newsmill: Call, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("threads")
    warehouse = folder / "news.duckdb"
    for number, night in enumerate(NIGHTS):
        (folder / f"{number}.jsonl").write_text("\n".join(json.dumps(row) for row in night))
        done = newsmill("run", folder / f"{number}.jsonl", "--warehouse", warehouse, "--json")
        assert done.returncode == 0, done.stderr
        assert "thread" in json.loads(done.stdout)["seconds"]
    return folder, warehouse


def threads(newsmill: Call, warehouse: Path) -> list[dict[str, Any]]:
    return rows(
        newsmill,
        warehouse,
        "SELECT t.thread_id, t.story_count, t.day_count, t.source_count, s.title FROM stories s "
        "JOIN threads t USING (thread_id) ORDER BY s.first_published",
    )


def test_a_thread_over_nights(newsmill: Call, nights: tuple[Path, Path]) -> None:
    found = threads(newsmill, nights[1])
    fire, harvest, tow, inquiry = found
    fire, harvest = sorted([fire, harvest], key=lambda row: "Quenby" in row["title"])
    assert harvest["story_count"] == 1
    # The tow came a night after the inquiry, though it was published before.
    assert fire["thread_id"] == tow["thread_id"] == inquiry["thread_id"]
    assert (fire["story_count"], fire["day_count"], fire["source_count"]) == (3, 3, 3)
    [daily] = rows(newsmill, nights[1], "SELECT count(DISTINCT thread_id) AS n FROM daily_stories")
    assert daily["n"] == 2


def test_versions_in_sequence(newsmill: Call, nights: tuple[Path, Path]) -> None:
    found = rows(
        newsmill,
        nights[1],
        "SELECT a.version, a.update_kind, a.update_marker, u.title AS updates FROM articles a "
        "LEFT JOIN articles u ON u.article_id = a.updates_article_id "
        "WHERE a.title LIKE '%214 taken off' ORDER BY a.version",
    )
    assert [row["version"] for row in found] == [1, 2]
    assert found[1]["update_kind"] == "update"
    assert found[1]["update_marker"] == "UPDATE 1-"
    assert found[1]["updates"] == "Fire on ferry Aurelia Star, 214 taken off"


def test_reading_a_night_again_changes_no_thread(newsmill: Call, nights: tuple[Path, Path]) -> None:
    folder, warehouse = nights
    before = threads(newsmill, warehouse)
    versions = "SELECT article_id, version, updates_article_id FROM articles ORDER BY ALL"
    numbered = rows(newsmill, warehouse, versions)
    for night in ("0.jsonl",):
        done = newsmill("run", folder / night, "--warehouse", warehouse, "--force", "--json")
        assert done.returncode == 0, done.stderr
        assert threads(newsmill, warehouse) == before
        assert rows(newsmill, warehouse, versions) == numbered
