"""The main job on the sample dumps: from files to SQL, as a first-time user meets it."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flows.inputs import SAMPLES
from tests.conftest import Call


def rows(newsmill: Call, warehouse: Path, query: str) -> list[dict[str, Any]]:
    done = newsmill("sql", query, "--warehouse", warehouse, "--format", "json")
    assert done.returncode == 0, done.stderr
    result: list[dict[str, Any]] = json.loads(done.stdout)
    return result


def test_the_run_says_what_it_did_in_one_json_object(first_run: dict[str, Any]) -> None:
    assert first_run["state"] == "completed"
    counts = first_run["counts"]
    assert counts["dumps"] == 3
    assert counts["rejects"] == 2
    assert counts["articles"] == 17
    assert counts["stories"] == 13
    assert counts["mentions"] >= counts["events"] >= 13
    assert set(first_run["seconds"]) >= {"read", "deduplicate", "extract", "load"}
    assert any("not JSON" in warning for warning in first_run["warnings"])


def test_running_again_changes_nothing(newsmill_anew: Call, samples: Path) -> None:
    before = hashlib.sha256(samples.read_bytes()).hexdigest()
    done = newsmill_anew("run", "--warehouse", samples, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["state"] == "nothing_new"
    assert hashlib.sha256(samples.read_bytes()).hexdigest() == before


def test_running_again_by_force_gives_the_same_rows(newsmill: Call, samples: Path) -> None:
    query = (
        "SELECT (SELECT string_agg(event_id, ' ' ORDER BY event_id) FROM events) AS events, "
        "(SELECT string_agg(mention_id, ' ' ORDER BY mention_id) FROM event_mentions) AS mentions, "
        "(SELECT string_agg(article_id || story_id, ' ' ORDER BY article_id) FROM articles) "
        "AS articles, (SELECT sum(events) FROM daily_events) AS daily, "
        "(SELECT count(*) FROM rejects) AS rejects"
    )
    before = rows(newsmill, samples, query)
    done = newsmill("run", "--warehouse", samples, "--json", "--force")
    assert done.returncode == 0, done.stderr
    assert rows(newsmill, samples, query) == before


def test_syndicated_copies_are_one_story(newsmill: Call, samples: Path) -> None:
    found = rows(
        newsmill,
        samples,
        "SELECT s.title, s.article_count, s.source_count FROM stories s "
        "WHERE s.article_count > 1 ORDER BY lower(s.title)",
    )
    headlines = [row["title"].lower().split()[0] for row in found]
    assert headlines == ["bolivia", "gunmen", "miners", "norway"]
    assert all(row["article_count"] == 2 for row in found)


def test_every_event_leads_back_to_a_byte_range_of_a_dump(newsmill: Call, samples: Path) -> None:
    found = rows(
        newsmill,
        samples,
        "SELECT m.sentence_text, m.sentence_start, m.sentence_end, m.trigger_text, "
        "m.trigger_start, m.trigger_end, a.title, a.body, a.char_start, a.char_end, d.path, "
        "d.encoding FROM event_mentions m JOIN articles a USING (article_id) "
        "JOIN dumps d USING (dump_id)",
    )
    assert found
    for row in found:
        text = f"{row['title']}\n{row['body']}" if row["title"] else row["body"]
        assert text[row["sentence_start"] : row["sentence_end"]] == row["sentence_text"]
        assert text[row["trigger_start"] : row["trigger_end"]] == row["trigger_text"]
        with Path(row["path"]).open(encoding=row["encoding"], newline="") as dump:
            assert row["title"][:20] in dump.read()[row["char_start"] : row["char_end"]]


def test_the_events_of_the_samples_are_the_ones_that_they_tell(
    newsmill: Call, samples: Path
) -> None:
    found = {
        (row["event_type"], row["actor_country"], row["recipient_country"])
        for row in rows(
            newsmill,
            samples,
            "SELECT event_type, actor_country, recipient_country FROM events",
        )
    }
    # PLOVER: to agree is AGREE, to sign what was agreed is SUPPORT.
    assert ("SUPPORT", "NOR", "ISL") in found or ("SUPPORT", "ISL", "NOR") in found
    assert ("AID", "KEN", "MWI") in found
    assert ("THREATEN", "BOL", "ARG") in found
    assert ("ACCUSE", "EST", "BLR") in found
    assert ("REJECT", "PER", "ECU") in found
    assert any(kind == "ASSAULT" and target == "MLI" for kind, _, target in found)
    assert any(kind == "PROTEST" and actor == "CHL" for kind, actor, _ in found)


def test_days_of_the_aggregates_are_those_of_the_events(newsmill: Call, samples: Path) -> None:
    [found] = rows(
        newsmill,
        samples,
        "SELECT (SELECT count(*) FROM events) AS events, "
        "(SELECT count(DISTINCT day) FROM daily_events) AS days, "
        "(SELECT sum(articles) FROM daily_ingest) AS ingested",
    )
    assert found["days"] >= 3
    assert found["ingested"] == 17


def test_read_prints_articles_and_rejects_as_json_lines(newsmill: Call, home: Path) -> None:
    done = newsmill("read", SAMPLES, "--jsonl")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    articles = [line for line in lines if "body" in line]
    rejects = [line for line in lines if "reason" in line]
    assert (len(articles), len(rejects)) == (17, 2)
    wanted = {"dump", "ordinal", "char_start", "char_end", "title", "byline", "source", "url"}
    assert wanted | {"published_at", "language", "body"} <= set(articles[0])
    assert {"dump", "char_start", "char_end", "reason"} <= set(rejects[0])


def test_code_annotates_a_text(newsmill: Call, home: Path) -> None:
    text = "Gunmen killed nine soldiers in Mali on Sunday."
    done = newsmill("code", text, "--date", "2024-05-13", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found) == {"id", "sentences", "times", "places", "mentions"}
    mention = found["mentions"][0]
    assert mention["event_type"] == "ASSAULT"
    assert mention["event_date"] == "2024-05-12"
    assert mention["deaths"] == 9
    assert mention["country"] == "MLI"
    assert mention["why"]
    assert text[mention["trigger_start"] : mention["trigger_end"]] == mention["trigger_text"]


def test_code_codes_the_pair_that_a_record_names_first(newsmill: Call, home: Path) -> None:
    record = {
        "id": "r1",
        "title": "Envoys meet",
        "maintext": "Peru condemned Chile. Brazil thanked Ecuador for its help.",
        "date_publish": "2024-05-13",
        "actor": "Brazil",
        "recipient": "Ecuador",
    }
    done = newsmill("code", "--jsonl", "-", input=json.dumps(record) + "\n")
    assert done.returncode == 0, done.stderr
    first = json.loads(done.stdout)["mentions"][0]
    assert (first["actor_text"], first["recipient_text"]) == ("Brazil", "Ecuador")


def test_status_and_doctor_answer(newsmill: Call, samples: Path) -> None:
    done = newsmill("status", "--warehouse", samples, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"]["articles"] == 17
    done = newsmill("doctor", "--warehouse", samples, "--json")
    assert done.returncode == 0, done.stdout
    checks = {check["check"]: check["state"] for check in json.loads(done.stdout)["checks"]}
    assert checks["model"] == checks["packages"] == checks["warehouse"] == "ok"


def test_sql_formats(newsmill: Call, samples: Path, home: Path) -> None:
    query = "SELECT DATE '2024-05-13' AS day, 1 AS n, NULL AS nothing"
    done = newsmill("sql", query, "--warehouse", samples, "--format", "csv")
    assert done.stdout.splitlines() == ["day,n,nothing", "2024-05-13,1,"]
    assert rows(newsmill, samples, query) == [{"day": "2024-05-13", "n": 1, "nothing": None}]
    out = home / "out.parquet"
    done = newsmill("sql", query, "--warehouse", samples, "--format", "parquet", "--out", out)
    assert done.returncode == 0, done.stderr
    assert out.read_bytes()[:4] == b"PAR1"
    done = newsmill("sql", "DELETE FROM events", "--warehouse", samples)
    assert done.returncode == 2
    assert "read-only" in done.stderr


def test_the_prompt_runs_statements_and_describes_tables(
    newsmill_anew: Call, samples: Path
) -> None:
    typed = "SELECT 40\n + 2 AS answer;\nSELECT nonsense;\n.describe daily_dyads\n.quit\n"
    done = newsmill_anew("sql", "--warehouse", samples, input=typed)
    assert done.returncode == 0, done.stderr
    assert "42" in done.stdout
    assert "nonsense" in done.stdout  # the error is shown and the prompt goes on
    assert "net_cooperation" in done.stdout


def test_a_night_can_be_taken_back(newsmill: Call, samples: Path, tmp_path: Path) -> None:
    warehouse = tmp_path / "w.duckdb"
    warehouse.write_bytes(samples.read_bytes())
    extra = tmp_path / "extra.jsonl"
    record = {"title": "Kenya thanks Malawi", "maintext": "Kenya thanked Malawi on Friday."}
    extra.write_text(json.dumps(record | {"date_publish": "2024-05-18"}) + "\n")
    done = newsmill("run", extra, "--warehouse", warehouse, "--keep", "2", "--json")
    assert done.returncode == 0, done.stderr
    count = "SELECT count(*) AS n FROM articles"
    assert rows(newsmill, warehouse, count) == [{"n": 18}]
    listed = json.loads(newsmill("restore", "--list", "--warehouse", warehouse, "--json").stdout)
    assert [night["bytes"] for night in listed["kept"]] == [samples.stat().st_size]
    for articles in (17, 18):
        done = newsmill("restore", "--warehouse", warehouse)
        assert done.returncode == 0, done.stderr
        assert "newsmill restore" in done.stdout
        assert rows(newsmill, warehouse, count) == [{"n": articles}]
    # Give the oldest kept night a day of its own: the second of May.
    oldest = min(tmp_path.glob("*.kept"))
    oldest = oldest.rename(tmp_path / "w.duckdb.20200504T013000000000Z.kept")
    written = datetime(2020, 5, 2, 1, 30, tzinfo=UTC).timestamp()
    os.utime(oldest, (written, written))
    for day in ("2020-05-01", "2999-01-01"):  # before it, and what is published now
        done = newsmill("restore", day, "--warehouse", warehouse)
        assert done.returncode == 1
        assert "newsmill restore --list" in done.stderr
        assert "the oldest day that can be restored is 2020-05-02" in done.stderr
        assert rows(newsmill, warehouse, count) == [{"n": 18}]
    done = newsmill("restore", "2020-05-02", "--warehouse", warehouse)
    assert done.returncode == 0, done.stderr
    assert rows(newsmill, warehouse, count) == [{"n": 17}]


def test_an_empty_inbox_is_a_night_with_nothing_new(newsmill: Call, tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    inbox = {"NEWSMILL_INBOX": str(tmp_path / "inbox")}
    done = newsmill("run", "--warehouse", tmp_path / "w.duckdb", environment=inbox)
    assert done.returncode == 0, done.stderr
    assert "Nothing new: no dump is there" in done.stdout
    assert not (tmp_path / "w.duckdb").exists()
