"""Reading in shares: what several processes read of an archive is what one reads."""

from __future__ import annotations

import random
import tarfile
from pathlib import Path

import polars as pl
import pytest

from flows import inputs, reading
from flows.stage import Stage
from tests.stories import story


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    path = folder / "week.tar.gz"
    draw = random.Random(3)
    with tarfile.open(path, "w:gz") as packed:
        for day in range(5):
            file = folder / f"2024-05-{13 + day}.txt"
            file.write_text("\n\n\n".join("\n\n".join(story(draw)) for _ in range(day + 1)))
            packed.add(file, file.name)
        (folder / "empty.txt").touch()
        packed.add(folder / "empty.txt", "empty.txt")
    return path


def rows(stage: Stage, table: str) -> list[tuple[object, ...]]:
    found = stage.read(table)
    return [] if found is None else sorted(found.sort(pl.all()).rows(), key=repr)


@pytest.mark.parametrize("count", [2, 3, 9])
def test_shares_together_are_the_whole(tmp_path: Path, archive: Path, count: int) -> None:
    whole, shared = Stage(tmp_path / "whole"), Stage(tmp_path / "shared")
    whole.folder.mkdir()
    shared.folder.mkdir()
    at_once = reading.read([archive], whole, "00000-00000", None)
    done = [
        reading.read([archive], shared, f"{k:05d}-00000", None, share=(k, count))
        for k in range(count)
    ]
    for table in ("dumps", "articles", "rejects", "fingerprints"):
        assert rows(shared, table) == rows(whole, table), table
    for name in ("files", "dumps", "articles", "rejects"):
        assert sum(each[name] for each in done) == at_once[name], name
    assert at_once["dumps"] == 6 and at_once["rejects"] >= 1


def test_a_share_that_nobody_survives_is_told(tmp_path: Path, archive: Path) -> None:
    stage = Stage(tmp_path / "run")
    stage.folder.mkdir()
    done = reading.read([archive], stage, "00001-00000", None, ended="crashed", share=(1, 2))
    assert done["rejects"] == 1
    assert rows(stage, "rejects")


def test_only_large_archives_are_shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["a.tar.gz", "b.zip", "c.TGZ", "d.jsonl.gz", "e.txt"]
    files = [tmp_path / name for name in names]
    for file in files:
        file.write_bytes(b"x" * 10)
    assert [len(inputs.shares([file], 3)) for file in files] == [1] * 5
    monkeypatch.setattr(inputs, "SHARED_BYTES", 10)
    assert [len(inputs.shares([file], 3)) for file in files] == [3, 3, 3, 1, 1]
    assert inputs.shares(files[:2], 3) == [(0, 1)]
    assert inputs.shares([tmp_path / "gone.zip"], 3) == [(0, 1)]
