"""What a user sees when something is wrong: one line, what to do, and the right exit code."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import duckdb
import pytest

from tests.conftest import Call


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("run", "missing.txt"), 2, "does not exist"),
        (("run", "empty-folder"), 2, "holds no file to read"),
        (("run", "*.nothing"), 2, "no file matches"),
        (("run", "--since", "yesterday"), 2, "is not a date"),
        (("read", "missing.txt"), 2, "does not exist"),
        (("code", "--file", "missing.txt"), 2, "does not exist"),
        (("code", "a text", "--file", "b.txt"), 2, "not several"),
        (("sql", "SELECT 1", "--warehouse", "none.duckdb"), 1, "newsmill run"),
        (("status", "--warehouse", "none.duckdb"), 1, "newsmill run"),
        (("sql", "SELECT 1", "--warehouse", "text.duckdb"), 1, "not a newsmill warehouse"),
        (("nonsense",), 2, "No such command"),
    ],
)
def test_a_wrong_call_says_what_to_do(
    newsmill: Call, tmp_path: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    (tmp_path / "empty-folder").mkdir()
    (tmp_path / "text.duckdb").write_text("this is no database")
    done = newsmill(*arguments, cwd=tmp_path)
    assert done.returncode == code
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(("arguments", "code"), [(("run", "missing.txt"), 2), (("status",), 1)])
def test_a_process_ends_as_its_call_did(
    newsmill_anew: Call, tmp_path: Path, arguments: tuple[str, ...], code: int
) -> None:
    """Calls of the other tests share a process."""
    done = newsmill_anew(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith("newsmill: ")


def test_a_missing_model_says_how_to_install_it(newsmill: Call, tmp_path: Path) -> None:
    done = newsmill("run", cwd=tmp_path, environment={"NEWSMILL_MODEL": "xx_no_such_model"})
    assert done.returncode == 1
    assert "xx_no_such_model" in done.stderr
    assert "install" in done.stderr


def test_a_setting_that_does_not_fit_is_named(newsmill: Call, tmp_path: Path) -> None:
    done = newsmill("run", cwd=tmp_path, environment={"NEWSMILL_WORKERS": "many"})
    assert done.returncode == 2
    assert "NEWSMILL_WORKERS" in done.stderr
    (tmp_path / "newsmill.toml").write_text("workers = = 2")
    done = newsmill("status", cwd=tmp_path)
    assert done.returncode == 2
    assert "not valid TOML" in done.stderr


def test_a_warehouse_of_a_newer_version_is_refused(
    newsmill: Call, tmp_path: Path, samples: Path
) -> None:
    newer = tmp_path / "newer.duckdb"
    newer.write_bytes(samples.read_bytes())
    with duckdb.connect(str(newer)) as con:
        con.execute("UPDATE schema_version SET version = version + 1000")
    for arguments in (("status",), ("run",)):
        done = newsmill(*arguments, "--warehouse", newer, "--json", cwd=tmp_path)
        assert done.returncode == 1
        assert "newer" in json.loads(done.stdout)["error"]


def test_a_damaged_warehouse_is_one_line(newsmill: Call, tmp_path: Path, samples: Path) -> None:
    damaged = tmp_path / "damaged.duckdb"
    damaged.write_bytes(samples.read_bytes())
    with duckdb.connect(str(damaged)) as con:
        con.execute("CREATE TABLE lost AS SELECT 1 AS x")
        con.execute("CREATE VIEW damaged AS SELECT x FROM lost")
        con.execute("DROP TABLE lost")
        con.execute("DROP TABLE dumps")
    for arguments in (
        ("status",),
        ("export", tmp_path / "out", "--table", "damaged"),
        ("run",),
    ):
        done = newsmill(*arguments, "--warehouse", damaged, cwd=tmp_path)
        assert done.returncode == 1, done.stderr
        assert "Traceback" not in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert "does not exist" in done.stderr
    done = newsmill("doctor", "--warehouse", damaged, "--json", cwd=tmp_path)
    assert done.returncode == 1
    found = [each for each in json.loads(done.stdout)["checks"] if each["state"] == "problem"]
    assert [each["check"] for each in found] == ["warehouse"]
    assert "dumps does not exist" in found[0]["detail"]


def test_a_bad_dump_is_a_reject_and_with_strict_a_failure(newsmill: Call, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "noise.bin").write_bytes(bytes(range(256)) * 64)
    (inbox / "good.jsonl").write_text(
        json.dumps({"title": "Kenya thanks Malawi", "maintext": "Kenya thanked Malawi."}) + "\n"
    )
    warehouse = tmp_path / "w.duckdb"
    done = newsmill("run", inbox, "--warehouse", warehouse, "--json", "--strict", cwd=tmp_path)
    assert done.returncode == 1
    assert json.loads(done.stdout)["state"] == "failed"
    assert not warehouse.exists()
    done = newsmill("run", inbox, "--warehouse", warehouse, "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["counts"]["articles"] == 1
    assert record["counts"]["rejects"] == 1
    assert any("noise.bin" in warning for warning in record["warnings"])


def test_a_dump_and_its_packed_copy_are_loaded_once(newsmill: Call, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    record = {"title": "Kenya thanks Malawi", "maintext": "Kenya thanked Malawi on Friday."}
    text = json.dumps(record | {"date_publish": "2024-05-18"}) + "\n"
    (inbox / "dump.jsonl").write_text(text)
    (inbox / "dump.jsonl.gz").write_bytes(gzip.compress(text.encode()))
    warehouse = tmp_path / "w.duckdb"
    done = newsmill("run", inbox, "--warehouse", warehouse, "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    run = json.loads(done.stdout)
    assert run["counts"]["articles"] == run["counts"]["dumps"] == 1
    assert any("same content" in warning for warning in run["warnings"])
    # The other one is known, too: the next night has nothing to do.
    done = newsmill("run", inbox, "--warehouse", warehouse, "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["state"] == "nothing_new"


def test_articles_in_other_languages_are_kept_and_not_coded(newsmill: Call, tmp_path: Path) -> None:

    dump = tmp_path / "mixed.jsonl"
    records = [
        {"title": "Hafenbrücke eröffnet", "maintext": GERMAN, "date_publish": "2024-05-14"},
        {"title": "Bridge opens", "maintext": ENGLISH, "date_publish": "2024-05-14"},
    ]
    dump.write_text("\n".join(json.dumps(record) for record in records), "utf-8")
    warehouse = tmp_path / "w.duckdb"
    done = newsmill("run", dump, "--warehouse", warehouse, "--json")
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["counts"]["other_language"] == 1
    assert any("de 1" in warning for warning in record["warnings"])
    with duckdb.connect(warehouse, read_only=True) as con:
        found = con.execute(
            "SELECT language, count(m.mention_id) > 0 FROM articles LEFT JOIN event_mentions m"
            " USING (article_id) GROUP BY ALL ORDER BY 1"
        ).fetchall()
    assert found == [("de", False), ("en", True)]


GERMAN = (
    "Präsident Macron hat am Montag in Paris Bundeskanzler Scholz getroffen und die Regierung von "
    "Russland scharf kritisiert. Die Gespräche dauerten drei Stunden, und beide Seiten wollen sich "
    "im Herbst wieder treffen, sagte ein Sprecher."
)
ENGLISH = (
    "President Macron met Chancellor Scholz in Paris on Monday and criticised the government of "
    "Russia. The talks took three hours, and both sides will meet again, a spokesman said."
)
