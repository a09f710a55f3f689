"""Publishing: readers see whole nights, runs that die leave the last one, one run at a time."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import ExitStack, nullcontext
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from polars.testing import assert_frame_equal

from tests.warehouse.stages import RUN, Stage, night, one_article
from tests.warehouse.test_load import contents
from warehouse import aggregate, connect, copies, load, publish, query

REPOSITORY = Path(__file__).resolve().parents[2]


def python(code: str, *arguments: Path | str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    )


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def tell(process: subprocess.Popen[str], text: str) -> None:
    assert process.stdin is not None
    process.stdin.write(text + "\n")
    process.stdin.flush()


def beside(path: Path) -> set[str]:
    """What lies beside the warehouse, but for the lock file and staged folders."""
    return {
        entry.name
        for entry in path.parent.iterdir()
        if not entry.name.startswith("stage-") and entry.name != f"{path.name}.lock"
    }


READER = """
    import sys
    from pathlib import Path
    from warehouse.connect import open_published
    con = open_published(Path(sys.argv[1]))
    count = lambda: con.execute("SELECT count(*) FROM articles").fetchone()[0]
    print(count(), flush=True)
    sys.stdin.readline()
    print(count(), flush=True)
"""


def test_an_open_reader_keeps_its_night(path: Path, publish_night: Any) -> None:
    publish_night(one_article())
    with python(READER, path) as reader:
        assert line(reader) == "1"
        publish_night(night(1, articles=20))  # not blocked by the reader
        tell(reader, "again")
        assert line(reader) == "1"
    with python(READER, path) as reader:
        assert line(reader) == "21"
        tell(reader, "again")


def test_readers_open_while_a_run_loads(path: Path, tmp_path: Path, publish_night: Any) -> None:
    publish_night(one_article())
    stage = night(1, articles=20).write(tmp_path / "stage-x")
    with publish.writing(path) as con:
        load.load(con, stage, RUN | {"run_id": "run-x"})
        with python(READER, path) as reader:
            assert line(reader) == "1"
            tell(reader, "again")
            assert line(reader) == "1"
    assert query.run(path, "SELECT count(*) FROM articles").item() == 21


def test_an_error_leaves_the_published_night(path: Path, publish_night: Any) -> None:
    publish_night(one_article())
    before = path.read_bytes()
    with pytest.raises(ZeroDivisionError), publish.writing(path) as con:
        con.execute("DELETE FROM articles")
        raise ZeroDivisionError
    assert path.read_bytes() == before
    assert beside(path) == {path.name}


def test_an_error_in_the_first_run_leaves_nothing(path: Path) -> None:
    with pytest.raises(ZeroDivisionError), publish.writing(path):
        raise ZeroDivisionError
    assert beside(path) == set()


# Without an import of Polars, so that it starts fast.
WRITER = """
    import sys
    from datetime import datetime
    from pathlib import Path
    from warehouse import aggregate, load, publish
    path, stage = map(Path, sys.argv[1:3])
    when = datetime(2026, 3, 2, 1, 30)
    run = {"run_id": "run-2", "flow": "nightly", "started_at": when, "loaded_at": when}
    print("ready", flush=True)
    sys.stdin.readline()
    with publish.writing(path) as con:
        loaded = load.load(con, stage, run)
        aggregate.refresh(con, loaded.days)
    print("published", flush=True)
"""


def test_a_run_that_is_killed_leaves_the_last_night(
    path: Path, tmp_path: Path, new_warehouse: Path
) -> None:
    """Kill loads at moments spread over a whole one; the next run must complete every time."""
    first = night(1, articles=25)
    second = night(2, articles=25, earlier=[first]).write(tmp_path / "stage-2")
    shutil.copy(new_warehouse, path)
    with publish.writing(path) as con:
        aggregate.refresh(con, load.load(con, first.write(tmp_path / "stage-1"), RUN).days)
    old = tmp_path / "stage-old"
    shutil.copy(path, old)
    with python(WRITER, path, second) as writer:
        line(writer)
        started = time.monotonic()
        tell(writer, "go")
        assert line(writer) == "published"
        whole = time.monotonic() - started
    finished = contents(path)
    outcomes = set()
    kills = 5
    for number in range(kills):
        shutil.copy(old, path)
        with python(WRITER, path, second) as writer:
            line(writer)
            tell(writer, "go")
            time.sleep(whole * number / (kills - 1))
            writer.send_signal(signal.SIGKILL)
        # Whichever night it is, it is whole.
        count = query.run(path, "SELECT count(*) FROM articles").item()
        assert count in (25, 50)
        outcomes.add(count)
        with publish.writing(path) as con:
            aggregate.refresh(con, load.load(con, second, RUN | {"run_id": "run-2"}).days)
        assert {name for name in beside(path) if not name.endswith(".holder")} == {path.name}
        for table, frame in contents(path).items():
            assert_frame_equal(frame, finished[table])
    assert 25 in outcomes


HOLDER = """
    import sys
    from pathlib import Path
    from warehouse import publish
    with publish.lock(Path(sys.argv[1]), holder="nightly brave-hare"):
        print("held", flush=True)
        sys.stdin.readline()
"""


def test_a_second_run_is_told_who_holds_the_warehouse(path: Path) -> None:
    with python(HOLDER, path) as holder:
        assert line(holder) == "held"
        started = time.monotonic()
        told = f"nightly brave-hare, process {holder.pid} on"
        with (
            pytest.raises(connect.WarehouseBusyError, match=told),
            publish.writing(path, wait=0.3),
        ):
            pass
        assert time.monotonic() - started >= 0.3
        tell(holder, "release")
    with publish.writing(path, wait=60):
        pass


def test_a_killed_holder_releases_the_lock(path: Path) -> None:
    with python(HOLDER, path) as holder:
        line(holder)
        holder.send_signal(signal.SIGKILL)
    with publish.lock(path, wait=60):
        pass


def test_a_run_may_hold_the_lock_and_write_twice(path: Path) -> None:
    with publish.lock(path, holder="run") as held:
        for number in range(2):
            with publish.writing(path, held=held) as con:
                load.record_run(con, RUN | {"run_id": str(number)})
        with pytest.raises(connect.WarehouseBusyError), publish.lock(path):
            pass
    with (
        pytest.raises(connect.WarehouseError, match="does not hold"),
        publish.writing(path, held=held),
    ):
        pass
    assert query.run(path, "SELECT count(*) FROM runs").item() == 2


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        folder = tmp_path / "file"
        folder.write_text("a file where a folder should be")
    else:
        folder = tmp_path / "closed"
        folder.mkdir(mode=0o500)
    with (
        pytest.raises(connect.WarehouseError, match="can be written"),
        publish.writing(folder / "news.duckdb"),
    ):
        pass


def test_a_link_stays_a_link(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere" / "real.duckdb"
    with publish.writing(target):
        pass
    path.symlink_to(target)
    with publish.writing(path) as con:
        load.record_run(con, RUN)
    assert path.is_symlink()
    assert query.run(target, "SELECT count(*) FROM runs").item() == 1


def test_a_program_that_writes_the_file_is_noticed(path: Path, publish_night: Any) -> None:
    publish_night(one_article())
    code = """
        import sys, duckdb
        con = duckdb.connect(sys.argv[1])
        con.execute("CREATE TABLE notes AS SELECT 1 AS x")
        print("open", flush=True)
        sys.stdin.readline()
        import os
        os._exit(0)
    """
    with python(code, path) as other:
        line(other)
        for attempt in (lambda: publish_night(night(1, 5)), lambda: query.status(path)):
            with pytest.raises(connect.WarehouseBusyError, match="open for writing in another"):
                attempt()
        tell(other, "exit without a checkpoint")
    assert Path(f"{path}.wal").exists()
    publish_night(night(1, 5))
    assert beside(path) == {path.name}
    # What the other program had committed is not lost.
    assert query.run(path, "SELECT x FROM notes").item() == 1


def test_of_many_nights_in_a_row_only_the_one_before_them_is_kept(
    path: Path, publish_night: Any
) -> None:
    publish_night(one_article())
    with publish.writing(path, keep=timedelta(days=1)):
        pass
    older = publish.kept(path)
    begun = datetime.now(UTC)
    for number in range(3):
        with publish.writing(path, keep=timedelta(days=1)) as con:
            con.execute(f"CREATE TABLE night_{number} (n INTEGER)")
        publish.thin(path, begun)
        nights = publish.kept(path)
        assert nights[:-1] == older
        tables = query.run(nights[-1].version, "SELECT table_name FROM duckdb_tables()")
        assert not tables["table_name"].str.starts_with("night_").any()
    publish.thin(path, datetime.now(UTC))
    assert publish.kept(path) == nights
    with publish.lock(path, holder="a run"), pytest.raises(publish.WarehouseBusyError):
        publish.thin(path, begun)


def test_old_nights_are_kept_and_restored(path: Path, publish_night: Any) -> None:
    publish_night(one_article())
    with publish.writing(path, keep=timedelta(days=7)) as con:
        con.execute("DELETE FROM rejects")
        load.record_run(con, RUN | {"run_id": "second"})
    ((_, file, _),) = publish.kept(path)
    publish.restore(path, file)
    assert query.run(path, "SELECT count(*) FROM runs").item() == 1
    assert len(publish.kept(path)) == 2
    with publish.writing(path):
        pass
    assert len(publish.kept(path)) == 2
    with publish.writing(path, keep=timedelta(0)):
        pass
    assert publish.kept(path) == []
    with pytest.raises(connect.MissingWarehouseError):
        publish.restore(path, path.with_name("none"))


def test_the_night_of_a_day(path: Path) -> None:
    """Replaced at these times; the first was published in the night of the third."""

    def at(day: int, hour: int = 2) -> datetime:
        return datetime(2026, 11, day, hour, tzinfo=UTC)

    def keep(until: datetime, written: datetime) -> Path:
        file = path.with_name(f"{path.name}.{until:%Y%m%dT%H%M%S%f}Z.kept")
        file.write_bytes(b"")
        os.utime(file, (written.timestamp(), written.timestamp()))
        return file

    assert publish.oldest_day(path) is None
    first = keep(at(5), at(3))
    second, third = keep(at(6), at(5)), keep(at(6, 9), at(6))
    assert publish.oldest_day(path) == date(2026, 11, 3)

    def night_of(day: int) -> Path | None:
        found = publish.kept_of(path, date(2026, 11, day))
        return None if found is None else found[1]

    assert [night_of(day) for day in range(2, 7)] == [None, first, first, second, None]
    last = publish.kept_of(path)
    assert last is not None
    assert last[:2] == (at(6, 9), third)
    # Copied from elsewhere later: only the day before it was replaced is sure.
    os.utime(first)
    assert publish.oldest_day(path) == date(2026, 11, 4)
    assert [night_of(day) for day in (3, 4)] == [None, first]
    for file in (first, second):
        file.unlink()
    assert publish.oldest_day(path) is None  # it was published and replaced on one day
    assert [night_of(day) for day in (5, 6)] == [None, None]


def leave_a_wal(path: Path, statement: str) -> None:
    """Write as another program does that ends without a checkpoint."""
    code = """
        import duckdb, os, sys
        con = duckdb.connect(sys.argv[1])
        con.execute("SET checkpoint_threshold = '1TB'")
        con.execute(sys.argv[2])
        os._exit(0)
    """
    with python(code, path, statement) as other:
        other.communicate()
    assert Path(f"{path}.wal").exists()


@pytest.mark.parametrize("links", [True, False])
def test_a_night_is_kept_with_what_another_program_changed(
    path: Path, publish_night: Any, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    publish_night(one_article())
    if not links:
        monkeypatch.setattr(os, "link", lambda *_: (path / "nothing").stat())
    for number in range(3):
        leave_a_wal(path, f"CREATE OR REPLACE TABLE notes AS SELECT {number} AS x")
        with publish.writing(path, keep=timedelta(days=1)) as con:
            con.execute("DROP TABLE notes")
    for number, (_, file, _) in enumerate(publish.kept(path)):
        assert query.run(file, "FROM notes").item() == number
        assert query.run(file, "SELECT count(*) FROM articles").item() == 1
    leave_a_wal(path, "CREATE TABLE later AS SELECT 9 AS x")
    publish.restore(path, publish.kept(path)[1][1])
    assert query.run(path, "FROM notes").item() == 1
    assert not Path(f"{path}.wal").exists()
    assert query.run(publish.kept(path)[-1][1], "FROM later").item() == 9
    # Nothing of them stays when they go, nor of one that was never kept for good.
    path.with_name(f"{path.name}.20200101T000000000000Z.kept.wal").write_bytes(b"")
    with publish.writing(path, keep=timedelta(0)):
        pass
    assert beside(path) == {path.name}


@pytest.mark.parametrize("fails", [False, True])
def test_without_links_a_night_is_kept_once_its_copy_is_whole(
    path: Path, publish_night: Any, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    publish_night(one_article())
    before = path.read_bytes()
    calls: list[str] = []

    def no_links(*_: Any) -> None:
        raise OSError(1, "Operation not permitted")

    def synced(file: Path) -> None:
        if file.is_file() and file.read_bytes() == before:
            calls.append(f"synced {len(publish.kept(path))}")
            if fails:
                raise OSError(5, "Input/output error")
        sync(file)

    sync = copies.sync
    monkeypatch.setattr(os, "link", no_links)
    monkeypatch.setattr(copies, "sync", synced)
    with (
        pytest.raises(OSError, match="Input") if fails else nullcontext(),
        publish.writing(path, keep=timedelta(days=1)) as con,
    ):
        load.record_run(con, RUN | {"run_id": "second"})
    assert calls == ["synced 0"]
    assert [file.read_bytes() for _, file, _ in publish.kept(path)] == [before] * (not fails)
    assert (path.read_bytes() == before) == fails
    assert not [name for name in beside(path) if ".next-" in name]


def test_a_name_may_hold_what_globs_mean(tmp_path: Path) -> None:
    one, other = tmp_path / "news[12].duckdb", tmp_path / "news1.duckdb"
    for path in (one, other):
        for _ in range(2):
            with publish.writing(path, keep=timedelta(days=1)):
                pass
    assert [len(publish.kept(path)) for path in (one, other)] == [1, 1]
    left = [path.with_name(f".{path.name}.next-dead") for path in (one, other)]
    for folder in left:
        folder.mkdir()
    with publish.writing(one, keep=timedelta(0)):
        pass
    assert [len(publish.kept(path)) for path in (one, other)] == [0, 1]
    assert [folder.exists() for folder in left] == [False, True]


def test_a_file_with_much_free_space_is_written_anew(path: Path, publish_night: Any) -> None:
    publish_night(one_article())
    with publish.writing(path) as con:
        con.execute(
            "CREATE TABLE big AS SELECT md5(CAST(range AS VARCHAR)) AS x FROM range(900000)"
        )
    large = path.stat().st_size
    with publish.writing(path) as con:
        con.execute("DROP TABLE big")
    before = contents(path)
    with publish.writing(path):
        pass
    assert path.stat().st_size < large / 2
    for table, frame in contents(path).items():
        assert_frame_equal(frame, before[table])
    with connect.open_published(path) as con:
        assert con.execute("SELECT count(*) FROM evidence('x')").fetchone() == (0,)
        comments = con.execute(
            "SELECT count(*) FROM duckdb_columns() WHERE NOT internal AND comment IS NULL"
        ).fetchone()
    assert comments == (0,)


def test_a_full_disk_leaves_the_last_night(
    path: Path, publish_night: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_night(one_article())
    before = path.read_bytes()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(copies, "_clone", lambda *_: False)
    monkeypatch.setattr(os, "copy_file_range", full)
    with pytest.raises(OSError, match="No space left"):
        publish_night(Stage())
    assert path.read_bytes() == before
    assert beside(path) == {path.name}


LIMITED = """
    import resource, signal, sys
    from pathlib import Path
    from warehouse import publish
    path = Path(sys.argv[1])
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 300_000,) * 2)
    try:
        with publish.writing(path) as con:
            con.execute(
                "CREATE TABLE big AS SELECT md5(CAST(range AS VARCHAR)) AS x FROM range(900000)"
            )
    except Exception as error:
        print(type(error).__name__, flush=True)
"""


def test_a_write_that_fails_midway_leaves_the_last_night(path: Path, publish_night: Any) -> None:
    """The system refuses to let the private file grow, as a full disk does."""
    publish_night(one_article())
    before = path.read_bytes()
    with python(LIMITED, path) as writer:
        assert line(writer)  # it failed, and said so
    assert path.read_bytes() == before
    assert beside(path) == {path.name}
    publish_night(night(1, 5))
    assert query.run(path, "SELECT count(*) FROM articles").item() == 6


def test_a_connection_of_one_s_own_in_the_same_process(path: Path, publish_night: Any) -> None:
    publish_night(one_article())
    with (
        duckdb.connect(str(path), read_only=True),
        pytest.raises(connect.WarehouseBusyError, match="other settings"),
    ):
        query.status(path)


def articles(con: duckdb.DuckDBPyConnection) -> int:
    row = con.execute("SELECT count(*) FROM articles").fetchone()
    assert row is not None
    return int(row[0])


def test_nights_are_opened_in_one_process_while_older_ones_are_open(
    path: Path, publish_night: Any
) -> None:
    """DuckDB has one instance a path in a process, which would show the oldest to everybody."""
    open_: list[tuple[duckdb.DuckDBPyConnection, int]] = []
    with ExitStack() as stack:
        for number in range(4):
            publish_night(night(number, articles=10))
            for _ in range(2):  # a second one shares it
                con = stack.enter_context(connect.open_published(path))
                open_.append((con, 10 * (number + 1)))
            # A run opens what is published, too.
            assert query.status(path)["rows"]["articles"] == 10 * (number + 1)
        for con, expected in open_:
            assert articles(con) == articles(con.cursor()) == expected
            assert con.execute("SELECT current_setting('TimeZone')").fetchone() == ("UTC",)
            for attempt in ("FROM read_csv('/etc/passwd')", "SET enable_external_access = true"):
                with pytest.raises(duckdb.Error):
                    con.execute(attempt)
        for con, _ in open_[:4]:
            con.close()
        with connect.open_published(path) as con:
            assert articles(con) == 40
        assert articles(open_[4][0]) == 30


def test_a_file_replaced_while_it_is_opened(
    path: Path, publish_night: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_night(one_article())
    instance = connect._instance

    def late(*arguments: Any) -> Any:
        con = instance(*arguments)
        monkeypatch.undo()
        publish_night(night(1, articles=5))
        return con

    with connect.open_published(path) as first:
        monkeypatch.setattr(connect, "_instance", late)
        monkeypatch.setattr(connect, "_OPENING", nullcontext())
        with connect.open_published(path) as con:
            assert articles(con) == 6
        assert articles(first) == 1


def test_published_files_are_read_safely(path: Path, tmp_path: Path, publish_night: Any) -> None:
    publish_night(one_article())
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    for attempt in (
        f"FROM read_csv('{secret}')",
        f"COPY articles TO '{tmp_path}/out.csv'",
        f"ATTACH '{tmp_path}/new.duckdb' AS new",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "DELETE FROM articles",
    ):
        with pytest.raises(duckdb.Error):
            query.run(path, attempt)
    assert query.run(path, "SELECT count(*) FROM articles").item() == 1
