"""Articles that bring the extractor down: the night goes on without them, and says which."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb
import pytest

from tests import poison
from tests.conftest import REPOSITORY, Call

HARMLESS = [
    ("Kenya thanks Malawi", "Kenya thanked Malawi on Friday for the maize that it had sent."),
    ("Fiji signs accord with Tonga", "Fiji signed a fishing accord with Tonga on Friday in Suva."),
    ("Dockers arrested in Lisbon", "Police arrested nine dock workers in Lisbon on Friday."),
    ("Chad expels envoy", "Chad expelled the ambassador of Germany on Friday."),
]
POISONED = {
    "quicksand": ("Police arrested a man who sold quicksand in Oslo on Friday.", "SIGSEGV"),
    "molasses": ("Police arrested a man who sold molasses in Turin on Friday.", "took more than"),
    "landslide": ("Police arrested a man after a landslide in Quito on Friday.", "MemoryError"),
}


@pytest.mark.slow
def test_what_crashes_hangs_or_takes_all_memory_is_found_and_rejected(
    newsmill_anew: Call, tmp_path: Path
) -> None:
    records = [
        *HARMLESS[:2],
        *((f"A {word} tale", text) for word, (text, _) in POISONED.items()),
        *HARMLESS[2:],
    ]
    dump = tmp_path / "wire.jsonl"
    dump.write_text(
        "".join(
            json.dumps({"title": title, "maintext": text, "date_publish": "2024-05-18"}) + "\n"
            for title, text in records
        )
    )
    path = [str(poison.install(tmp_path / "packages")), str(REPOSITORY)]
    warehouse = tmp_path / "w.duckdb"
    done = newsmill_anew(
        "run", dump, "--warehouse", warehouse, "--json",
        environment={
            "NEWSMILL_MODEL": poison.NAME,
            "NEWSMILL_EXECUTOR": "processes",
            "NEWSMILL_BATCH_SECONDS": "60",  # three for these few
            "PYTHONPATH": ":".join([*path, *filter(None, sys.path)]),
        },
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["counts"]["failed"] == 3
    assert record["counts"]["coded"] == 4
    with duckdb.connect(str(warehouse), read_only=True) as con:
        rejects = con.execute("SELECT reason, detail, excerpt FROM rejects").fetchall()
        coded = con.execute(
            "SELECT DISTINCT title FROM event_mentions JOIN articles USING (article_id)"
        )
        assert {title for (title,) in coded.fetchall()} == {title for title, _ in HARMLESS}
    assert {reason for reason, _, _ in rejects} == {"extract_failed"}
    for word, (_, why) in POISONED.items():
        assert [why in detail for _, detail, excerpt in rejects if word in excerpt] == [True]
