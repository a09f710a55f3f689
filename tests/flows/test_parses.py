"""The store of parses beside a warehouse: found again, never in the way."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from flows import parses
from flows.parses import Store
from flows.stage import Stage
from transforms.schemas import Parses

IDS = [f"{number:016x}" for number in range(40)]


def rows(ids: list[str], packed: bytes = b"x") -> pl.DataFrame:
    return Parses.validate(
        pl.DataFrame(
            {
                "article_id": ids,
                "sentences": [[1, 2]] * len(ids),
                "named": [[True, False]] * len(ids),
                "parses": [[packed, b""]] * len(ids),
            }
        ),
        cast=True,
    )


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage.create(tmp_path / "w.duckdb", "run1", {})


def store(tmp_path: Path, *, look_up: bool = True) -> Store:
    return Store.beside(tmp_path / "w.duckdb", "model 1.0", look_up=look_up)


def test_what_runs_have_parsed_is_found(
    tmp_path: Path, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parses, "FILE_ARTICLES", 8)
    for part in range(4):
        stage.write("parses", f"{part:05d}", rows(IDS[part * 5 : part * 5 + 5]))
    store(tmp_path).take(stage)
    files = sorted(path.name for path in store(tmp_path).folder.iterdir())
    assert files == ["run1-0000.parquet", "run1-0001.parquet"]
    wanted = pl.DataFrame({"article_id": [IDS[3], IDS[17], IDS[30]]})
    found = store(tmp_path).find(wanted)
    assert found["article_id"].to_list() == [IDS[3], IDS[17]]
    assert store(tmp_path, look_up=False).find(wanted).is_empty()
    other = Store.beside(tmp_path / "w.duckdb", "model 2.0", look_up=True)
    assert other.find(wanted).is_empty()


def test_a_run_without_parses_leaves_no_file(tmp_path: Path, stage: Stage) -> None:
    store(tmp_path).take(stage)
    assert not list(store(tmp_path).folder.iterdir())


def test_a_broken_or_missing_store_stops_nobody(tmp_path: Path, stage: Stage) -> None:
    wanted = pl.DataFrame({"article_id": IDS[:2]})
    assert store(tmp_path).find(wanted).is_empty()
    stage.write("parses", "00000", rows(IDS[:5]))
    store(tmp_path).take(stage)
    (store(tmp_path).folder / "run0-0000.parquet").write_bytes(b"PAR1 cut short")
    assert store(tmp_path).find(wanted).is_empty()
    blocked = Store(tmp_path / "w.duckdb.parses" / "file" / "below", look_up=True)
    blocked.folder.parent.write_text("no folder")
    blocked.take(stage)
    assert blocked.find(wanted).is_empty()


def test_parses_of_a_run_that_died_are_not_lost(tmp_path: Path) -> None:
    key = {"model": "m"}
    dead = Stage.create(tmp_path / "w.duckdb", "run1", key)
    dead.write("coded", "00000-00000", pl.DataFrame({"article_id": IDS[:1], "story_id": IDS[:1],
                                                    "failed": [False]}))  # fmt: skip
    dead.write("parses", "00000-00000", rows(IDS[:1]))
    dead.leave()
    nextone = Stage.create(tmp_path / "w.duckdb", "run2", key)
    kept = nextone.read("parses")
    assert kept is not None and kept["article_id"].to_list() == IDS[:1]
