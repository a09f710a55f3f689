"""Stories coded anew give the warehouse that the new coder would have made from the start."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flows.inputs import SAMPLES
from tests.conftest import Call
from tests.postgres import Postgres
from warehouse import connect, query

STORIES = (
    ("Dock workers picket ministry", "2024-05-14", "en", "coast.example",
     "Dock workers picketed the ministry in Lisbon on Monday. Police arrested nine of them."),
    ("Kenya thanks Malawi", "2024-05-16", "en", "wire.example",
     "Kenya thanked Malawi on Thursday for the maize that it had sent."),
    ("Kenya thanks Malawi", "2024-05-17", "en", "paper.example",
     "Kenya thanked Malawi on Thursday for the maize that it had sent."),
    ("Crowds hail singer", None, "en", "wire.example",
     "President Orla Vantongeren of Norway met the king of Spain. Soldiers attacked a village in "
     "Mali in 1987, she said."),
    ("Hafen geschlossen", "2024-05-16", "de", "hafen.example",
     "Die Polizei hat am Donnerstag neun Arbeiter im Hafen von Hamburg festgenommen, nachdem sie "
     "gestreikt hatten. Die Gewerkschaft will vor Gericht gehen."),
)  # fmt: skip

DAILY = (
    "daily_events", "daily_dyads", "daily_actors", "daily_places", "daily_stories", "daily_ingest",
)  # fmt: skip

VERBS = """\
PROTEST\tobstruct\t144\t.9\ts>o\tpicket {parliament|ministry}
-\t\t\t1\ts>o\tthank
-\t\t\t1\ts>o\tattack
"""

LEADERS = """\
name,aliases,country,office,sector,from,to,gender
Orla Vantongeren,,NOR,president,GOV,2020,,f
"""


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inbox")
    shutil.copytree(SAMPLES, folder, dirs_exist_ok=True)
    records = [
        {"title": title, "maintext": text, "language": language, "source_domain": source}
        | ({"date_publish": day} if day else {})
        for title, day, language, source, text in STORIES
    ]
    for number, each in enumerate(records):  # apart, since an undated one follows its neighbours
        (folder / f"{number}.jsonl").write_text(json.dumps(each) + "\n")
    return folder


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("knowledge")
    (folder / "verbs.tsv").write_text(VERBS)
    (folder / "leaders.csv").write_text(LEADERS)
    return folder


@pytest.fixture(scope="module")
def plain(newsmill: Call, inbox: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The warehouse of the inbox, coded without knowledge of one's own."""
    warehouse = tmp_path_factory.mktemp("plain") / "w.duckdb"
    run(newsmill, "run", inbox, "--warehouse", warehouse)
    return warehouse


def run(newsmill: Call, *arguments: Any) -> dict[str, Any]:
    done = newsmill(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    record: dict[str, Any] = json.loads(done.stdout)
    return record


def whole(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of every table, without what names a run and its time."""
    left_out = "('run_id', 'loaded_at', 'first_loaded')"
    with query.connected(path) as con:
        tables = con.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database()"
            " AND table_name NOT IN ('runs', 'schema_version')"
        ).fetchall()
        return {
            table: con.execute(
                f"SELECT COLUMNS(c -> c NOT IN {left_out}) FROM {table} ORDER BY ALL"
            ).fetchall()
            for (table,) in tables
        }


def same(found: Path, wanted: Path) -> None:
    left, right = whole(found), whole(wanted)
    assert left.keys() == right.keys()
    for table, rows in right.items():
        assert left[table] == rows, table


@pytest.mark.slow
def test_coding_anew_equals_coding_so_from_the_start(
    newsmill: Call, inbox: Path, knowledge: Path, plain: Path, tmp_path: Path
) -> None:
    started, recoded = tmp_path / "started.duckdb", tmp_path / "recoded.duckdb"
    run(newsmill, "run", inbox, "--warehouse", started, "--knowledge", knowledge)
    shutil.copy(plain, recoded)
    own = ("--reextract", "--knowledge", knowledge, "--warehouse", recoded)
    before = whole(recoded)
    done = run(newsmill, "backfill", *own)
    assert whole(recoded)["event_mentions"] != before["event_mentions"]
    same(recoded, started)

    # Every story once: also the undated one, on the day on which it was loaded; not the German one.
    stories = query.run(recoded, "SELECT count(*) FROM stories").item()
    german = query.run(recoded, "SELECT count(*) FROM stories WHERE language = 'de'").item()
    assert german == 1
    assert done["counts"]["stories"] + done["counts"]["other_language"] == stories
    assert done["counts"]["other_language"] == german
    assert done["days"][-1]["day"] == datetime.now(UTC).date().isoformat()
    assert {day["state"] for day in done["days"]} == {"completed"}
    # What only the old coding was dated in is gone.
    assert any(row[0].year == 1987 for row in before["calendar"])
    assert query.run(recoded, "SELECT min(year) FROM calendar").item() == 2024

    again = run(newsmill, "backfill", *own)
    assert again["state"] == "already_done"
    assert [day["run_id"] for day in again["days"]] == [day["run_id"] for day in done["days"]]

    # Back to what is shipped: what was done with other knowledge does not count, nor hereafter.
    run(newsmill, "backfill", "--reextract", "--warehouse", recoded)
    same(recoded, plain)
    assert run(newsmill, "backfill", *own)["state"] == "completed"
    same(recoded, started)


@pytest.mark.slow
def test_coding_anew_with_the_same_coder_changes_only_runs(
    newsmill: Call, plain: Path, tmp_path: Path
) -> None:
    warehouse = tmp_path / "w.duckdb"
    shutil.copy(plain, warehouse)
    done = run(newsmill, "backfill", "--reextract", "--warehouse", warehouse)
    assert done["counts"]["mentions"] == done["counts"]["mentions_removed"] > 0
    same(warehouse, plain)
    # Reading the dumps again does not either.
    days = ("--since", "2024-05-13", "--until", "2024-05-15")
    done = run(newsmill, "backfill", SAMPLES, *days, "--warehouse", warehouse)
    assert done["counts"]["articles"] == 17
    left, right = whole(warehouse), whole(plain)
    for table in ("articles", "stories", "event_mentions", "events", "rejects", *DAILY):
        assert left[table] == right[table], table
    # Which makes their stories another load's, of which coding anew knows nothing yet.
    again = run(newsmill, "backfill", "--reextract", "--warehouse", warehouse)
    assert {day["state"] for day in again["days"]} == {"already_done", "completed"}


@pytest.mark.slow
def test_a_lake_is_coded_anew(
    newsmill: Call, inbox: Path, knowledge: Path, postgres: Postgres, tmp_path: Path
) -> None:
    lake = postgres.lake(tmp_path)
    file = tmp_path / "file.duckdb"
    run(newsmill, "run", inbox, "--warehouse", lake)
    run(newsmill, "run", inbox, "--warehouse", file, "--knowledge", knowledge)
    own = ("--reextract", "--knowledge", knowledge, "--warehouse", lake)
    assert run(newsmill, "backfill", *own)["state"] == "completed"
    same(lake, file)
    assert run(newsmill, "backfill", *own)["state"] == "already_done"
    assert connect.exists(lake)
