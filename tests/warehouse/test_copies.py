"""Cheap private copies: an older night brought forward is the published file, byte by byte."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from polars.testing import assert_frame_equal

from tests.warehouse.stages import RUN, Stage, night
from tests.warehouse.test_load import contents
from tests.warehouse.test_publish import beside, leave_a_wal
from warehouse import aggregate, copies, load, publish, query
from warehouse.connect import open_published

BLOCK = 262_144


@pytest.fixture
def always(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have small files and nights just replaced brought forward too, without clones."""
    with (tmp_path / "leased").open("wb") as file:
        if not copies._lease(file.fileno()):
            pytest.skip("no leases here, so nothing is ever brought forward")
    (tmp_path / "leased").unlink()
    monkeypatch.setattr(copies, "_clone", lambda *_: False)
    monkeypatch.setattr(copies, "_UNTOUCHED_SECONDS", 0.0)
    monkeypatch.setattr(publish, "_SPARE_ABOVE", 0)


def changed(path: Path, name: str, rows: int) -> None:
    with duckdb.connect(str(path)) as con:
        con.execute(
            f"CREATE OR REPLACE TABLE {name} AS SELECT md5(range::VARCHAR) FROM range({rows})"
        )
        con.execute("CHECKPOINT")


@pytest.mark.parametrize("rows", [10, 100_000, 400_000])
def test_what_differs_is_written(always: None, tmp_path: Path, rows: int) -> None:
    """The older file is smaller, equal in size or larger than the newer one."""
    older, newer, target = (tmp_path / name for name in ("older", "newer", "target"))
    changed(older, "a", 100_000)
    newer.write_bytes(older.read_bytes())
    changed(newer, "a", rows)
    changed(newer, "b", 1_000)
    assert copies.bring_forward(older, newer, target, BLOCK)
    assert target.read_bytes() == newer.read_bytes()
    assert not older.exists()


def test_most_of_it_is_not_written(
    always: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older, newer, target = (tmp_path / name for name in ("older", "newer", "target"))
    changed(older, "a", 900_000)
    newer.write_bytes(older.read_bytes())
    changed(newer, "b", 1_000)
    written = 0

    def counted(descriptor: int, content: bytes, at: int) -> None:
        nonlocal written
        written += len(content)
        os.pwrite(descriptor, content, at)

    monkeypatch.setattr(copies, "_write", counted)
    assert copies.bring_forward(older, newer, target, BLOCK)
    assert target.read_bytes() == newer.read_bytes()
    assert written < newer.stat().st_size / 4


def test_a_night_that_somebody_reads_is_left_alone(always: None, tmp_path: Path) -> None:
    older, newer, target = (tmp_path / name for name in ("older", "newer", "target"))
    changed(older, "a", 1_000)
    newer.write_bytes(older.read_bytes())
    changed(newer, "b", 1_000)
    before = older.read_bytes()
    with duckdb.connect(str(older), read_only=True):
        assert not copies.bring_forward(older, newer, target, BLOCK)
    code = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True)"
        "; print(1, flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(older)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as reader:  # fmt: skip
        assert reader.stdout is not None
        reader.stdout.readline()
        assert not copies.bring_forward(older, newer, target, BLOCK)
        reader.communicate("\n")
    os.link(older, tmp_path / "backup")
    assert not copies.bring_forward(older, newer, target, BLOCK)
    (tmp_path / "backup").unlink()
    assert older.read_bytes() == before
    assert not target.exists()
    assert copies.bring_forward(older, newer, target, BLOCK)


PLAIN_READER = """
import sys
file = open(sys.argv[1], "rb")
print(1, flush=True)
sys.stdin.readline()
sys.stdout.write(str(len(file.read())))
"""

WRITER = """
import duckdb, sys
try:
    duckdb.connect(sys.argv[1])
except duckdb.IOException as error:
    print(error)
"""


def pair(tmp_path: Path) -> tuple[Path, Path, Path]:
    """An older file, a newer one and the name for what the older one becomes."""
    older, newer, target = (tmp_path / name for name in ("older", "newer", "target"))
    changed(older, "a", 1_000)
    newer.write_bytes(older.read_bytes())
    changed(newer, "b", 1_000)
    return older, newer, target


def is_locked(path: Path) -> bool:
    """Whether another process is kept from writing a file."""
    done = subprocess.run(
        [sys.executable, "-c", WRITER, str(path)], capture_output=True, text=True, check=True
    )
    return "Could not set lock" in done.stdout


def test_a_reader_without_locks_is_seen(always: None, tmp_path: Path) -> None:
    """Such as a backup or rsync, in another process or in this one."""
    older, newer, target = pair(tmp_path)
    before = older.read_bytes()
    with subprocess.Popen(
        [sys.executable, "-c", PLAIN_READER, str(older)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as reader:  # fmt: skip
        assert reader.stdout is not None
        reader.stdout.readline()
        assert not copies.bring_forward(older, newer, target, BLOCK)
        assert reader.communicate("\n")[0] == str(len(before))
    with older.open("rb"):
        assert not copies.bring_forward(older, newer, target, BLOCK)
    assert older.read_bytes() == before
    assert not target.exists()
    assert copies.bring_forward(older, newer, target, BLOCK)


def test_a_reader_that_opens_it_meanwhile_is_seen(
    always: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older, newer, target = pair(tmp_path)
    before = older.read_bytes()

    def opens(_: Path) -> None:
        with pytest.raises(BlockingIOError):  # without O_NONBLOCK it would wait
            os.open(target, os.O_RDONLY | os.O_NONBLOCK)

    monkeypatch.setattr(copies, "sync", opens)
    assert not copies.bring_forward(older, newer, target, BLOCK)
    assert older.read_bytes() == before
    assert not target.exists()


def test_without_leases_nothing_is_brought_forward(
    always: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as over NFS, or of a file that somebody else owns."""
    import fcntl

    def refused(*_: Any) -> int:
        raise OSError(errno.EINVAL, "Invalid argument")

    older, newer, target = pair(tmp_path)
    before = older.read_bytes()
    monkeypatch.setattr(fcntl, "fcntl", refused)
    assert not copies.bring_forward(older, newer, target, BLOCK)
    assert older.read_bytes() == before


def test_a_reader_in_this_process_keeps_its_lock(always: None, tmp_path: Path) -> None:
    """Closing a file would end the locks that this process has on it."""
    older, newer, target = pair(tmp_path)
    with duckdb.connect(str(older), read_only=True) as con:
        assert not copies.bring_forward(older, newer, target, BLOCK)
        copies.copy(older, tmp_path / "copy")
        assert is_locked(older)
        assert con.execute("SELECT count(*) FROM a").fetchone() == (1_000,)
    assert not is_locked(older)
    assert copies.bring_forward(older, newer, target, BLOCK)


@pytest.mark.parametrize("forward", [False, True])
def test_nobody_can_write_the_published_file_while_it_is_copied(
    always: None, path: Path, publish_night: Any, monkeypatch: pytest.MonkeyPatch, forward: bool
) -> None:
    publish_night(night(1, 5))
    if forward:
        with publish.writing(path, keep=timedelta(0)):
            pass
    locked: list[bool] = []

    def last(source: Any, target: Path) -> None:
        locked.append(is_locked(path))
        assert target.read_bytes() == path.read_bytes()  # it is whole by now
        copy_mode(source, target)

    copy_mode = copies._copy_mode
    monkeypatch.setattr(copies, "_copy_mode", last)
    nights = len(publish.kept(path))
    with publish.writing(path, keep=timedelta(0)):
        assert len(publish.kept(path)) == nights - forward  # it became the copy
    assert locked == [True]
    assert not is_locked(path)


@pytest.mark.parametrize("compacted", [False, True])
def test_a_night_leaves_a_reader_in_this_process_its_lock(
    always: None, path: Path, publish_night: Any, monkeypatch: pytest.MonkeyPatch, compacted: bool
) -> None:
    publish_night(night(1, 5))
    for statement in (
        "CREATE TABLE big AS SELECT md5(range::VARCHAR) FROM range(900_000)",
        "CREATE TABLE behind AS SELECT md5(range::VARCHAR) FROM range(200_000)",
        "DROP TABLE big",
    ):
        if compacted:
            with publish.writing(path) as con:
                con.execute(statement)
    large = path.stat().st_size
    with open_published(path) as reader:
        with publish.writing(path, keep=timedelta(days=1)) as con:
            load.record_run(con, RUN | {"run_id": "next"})
        assert (path.stat().st_size < large / 2) == compacted
        ((_, older, _),) = publish.kept(path)
        assert is_locked(older)
        assert reader.execute("SELECT count(*) FROM articles").fetchone() == (5,)
        publish.restore(path, older)
        assert is_locked(older)
    assert not is_locked(older)


def test_a_night_replaced_a_moment_ago_is_left_alone(tmp_path: Path) -> None:
    older, newer = tmp_path / "older", tmp_path / "newer"
    changed(older, "a", 1_000)
    newer.write_bytes(older.read_bytes())
    assert not copies.bring_forward(older, newer, tmp_path / "target", BLOCK)


@pytest.mark.parametrize("foreign", [b"no database at all", b"\0" * 40_000])
def test_a_layout_that_is_not_known_is_left_alone(
    always: None, tmp_path: Path, foreign: bytes
) -> None:
    older, newer = tmp_path / "older", tmp_path / "newer"
    changed(newer, "a", 1_000)
    older.write_bytes(foreign)
    assert not copies.bring_forward(older, newer, tmp_path / "target", BLOCK)
    assert older.read_bytes() == foreign


def test_nights_brought_forward_equal_nights_copied(
    always: None, tmp_path: Path, new_warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nights: list[Stage] = []
    for seed in range(6):
        nights.append(night(seed, 20, earlier=list(nights)))
    stages = [each.write(tmp_path / f"stage-{n}") for n, each in enumerate(nights)]
    ways: dict[str, int] = {"forward": 0}

    def spied(*arguments: Any) -> bool:
        done = bring_forward(*arguments)
        ways["forward"] += done
        return done

    bring_forward = copies.bring_forward
    monkeypatch.setattr(copies, "bring_forward", spied)
    cheap, plain = tmp_path / "cheap.duckdb", tmp_path / "plain.duckdb"
    for path, keep in ((cheap, timedelta(0)), (plain, None)):
        path.write_bytes(new_warehouse.read_bytes())
        for number, stage in enumerate(stages):
            with publish.writing(path, keep=keep) as con:
                loaded = load.load(con, stage, RUN | {"run_id": f"run-{number}"})
                aggregate.refresh(con, loaded.days)
    assert ways["forward"] == len(stages) - 1
    assert len(publish.kept(cheap)) == 1
    assert publish.kept(plain) == []
    other = contents(plain)
    for table, frame in contents(cheap).items():
        assert_frame_equal(frame, other[table])


def test_a_night_brought_forward_leaves_no_wal_of_its_own(
    always: None, path: Path, publish_night: Any
) -> None:
    publish_night(night(1, 5))
    leave_a_wal(path, "CREATE TABLE notes AS SELECT 1 AS x")
    for number in range(3):
        with publish.writing(path, keep=timedelta(0)) as con:
            con.execute(f"CREATE TABLE t{number} AS SELECT 1 AS x")
        assert len(publish.kept(path)) == 1
        if number == 0:
            assert query.run(publish.kept(path)[0][1], "FROM notes").item() == 1
    assert len(beside(path)) == 2
    assert query.run(path, "FROM t0, t1, t2, notes").height == 1


@pytest.mark.parametrize("way", ["range", "plain"])
def test_ways_to_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    source = tmp_path / "source"
    source.write_bytes(os.urandom(3_000_001))
    monkeypatch.setattr(copies, "_clone", lambda *_: False)
    if way == "plain":

        def unsupported(*_: Any) -> int:
            raise OSError(18, "Invalid cross-device link")

        monkeypatch.setattr(os, "copy_file_range", unsupported)
    copies.copy(source, tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == source.read_bytes()


def test_blocks_that_differ_behind_the_same_checksum_are_written(
    always: None, tmp_path: Path
) -> None:
    """Changes that cancel out in DuckDB's checksum, night after night from two nights before."""
    older, newer = tmp_path / "older", tmp_path / "newer"
    with duckdb.connect(str(newer)) as con:
        con.execute("SET force_compression = 'uncompressed'")
        con.execute("CREATE TABLE t AS SELECT i, random() AS v FROM range(60000) AS r(i)")
        con.execute("CHECKPOINT")
    nights = [newer.read_bytes()]
    for number in range(6):
        with duckdb.connect(str(newer)) as con:
            con.execute("SET force_compression = 'uncompressed'")
            con.execute(f"UPDATE t SET v = -v WHERE i IN ({9000 + number}, {9500 + number})")
            con.execute("CHECKPOINT")
        nights.append(newer.read_bytes())
        older.write_bytes(nights[-3] if len(nights) > 2 else nights[0])
        target = tmp_path / f"target-{number}"
        assert copies.bring_forward(older, newer, target, BLOCK)
        assert target.read_bytes() == nights[-1]
