"""The lake: the same rows as a file, whole nights, writers that take turns, clear errors."""

from __future__ import annotations

import contextlib
import signal
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from polars.testing import assert_frame_equal

from tests.postgres import Postgres
from tests.warehouse.stages import RUN, Stage, event_types, night, one_article
from tests.warehouse.test_load import contents
from tests.warehouse.test_publish import line, python, tell
from warehouse import aggregate, connect, export, lake, load, publish, query
from warehouse.load import Loaded


@pytest.fixture
def path(postgres: Postgres, tmp_path: Path) -> Path:
    return postgres.lake(tmp_path)


def loaded_into(
    path: Path, stage: Path, number: int, *, keep: timedelta | None = None, **more: Any
) -> Loaded:
    with publish.writing(path, keep=keep) as con:
        if number == 1:
            load.replace_event_types(con, event_types())
        loaded = load.load(con, stage, RUN | {"run_id": f"run-{number}"}, **more)
        aggregate.refresh(con, loaded.days)
        load.record_run(con, RUN | {"run_id": f"run-{number}", "state": "completed"})
    return loaded


def count(path: Path, table: str = "articles") -> int:
    return int(query.run(path, f"SELECT count(*) FROM {table}").item())


def test_a_lake_holds_the_same_rows_as_a_file(path: Path, tmp_path: Path) -> None:
    file = tmp_path / "news.duckdb"
    nights: list[Stage] = []
    for number in (1, 2, 3):
        nights.append(night(number, articles=30, earlier=nights))
        stage = nights[-1].write(tmp_path / f"stage-{number}")
        counts = [loaded_into(each, stage, number) for each in (path, file)]
        assert counts[0] == counts[1]
    # The second night's dumps once more, in place of what there is.
    for each in (path, file):
        loaded_into(each, tmp_path / "stage-2", 4, replace=True)
    in_lake, in_file = contents(path), contents(file)
    for table, rows in in_file.items():
        assert rows.height or table in ("boilerplate", "containers")
        assert_frame_equal(in_lake[table], rows)
    for view in ("gdelt_events", "icews_events", "polecat_events"):
        asked = f"SELECT * FROM {view} ORDER BY ALL"
        assert_frame_equal(query.run(path, asked), query.run(file, asked))
    event = query.run(path, "SELECT event_id FROM events ORDER BY 1 LIMIT 1").item()
    for asked in (
        f"SELECT * FROM evidence('{event}') ORDER BY ALL",
        "SELECT * FROM search('harbour') ORDER BY ALL",
    ):
        found = query.run(path, asked)
        assert found.height
        assert_frame_equal(found, query.run(file, asked))
    assert connect.size(path) > 0
    assert query.status(path)["rows"] == query.status(file)["rows"]


def test_tables_and_columns_are_commented(path: Path, tmp_path: Path) -> None:
    loaded_into(path, one_article().write(tmp_path / "stage"), 1)
    with connect.open_published(path) as con:
        bare = con.execute(
            "SELECT table_name, column_name FROM duckdb_columns()"
            " WHERE database_name = current_database() AND comment IS NULL AND table_name IN"
            " (SELECT table_name FROM duckdb_tables() WHERE database_name = current_database())"
        ).fetchall()
    assert not bare


def test_a_reader_sees_whole_nights(path: Path, tmp_path: Path) -> None:
    loaded_into(path, one_article().write(tmp_path / "stage-1"), 1)
    stage = night(1, articles=20).write(tmp_path / "stage-2")
    with connect.open_published(path) as reader:
        seen = "SELECT (SELECT count(*) FROM articles), (SELECT sum(articles) FROM daily_ingest)"
        before = reader.execute(seen).fetchone()
        with publish.writing(path) as con:
            loaded = load.load(con, stage, RUN | {"run_id": "run-2"})
            assert reader.execute(seen).fetchone() == before
            aggregate.refresh(con, loaded.days)
            reader.execute("BEGIN")
            assert reader.execute(seen).fetchone() == before
        assert reader.execute(seen).fetchone() == before  # its transaction began before
        reader.execute("COMMIT")
        assert reader.execute(seen).fetchone() == (21, 21)


def test_an_error_leaves_the_last_night(path: Path, tmp_path: Path) -> None:
    loaded_into(path, one_article().write(tmp_path / "stage-1"), 1)
    before = contents(path)
    with pytest.raises(ZeroDivisionError), publish.writing(path) as con:
        load.load(con, night(1, 20).write(tmp_path / "stage-2"), RUN | {"run_id": "run-2"})
        raise ZeroDivisionError
    for table, rows in contents(path).items():
        assert_frame_equal(rows, before[table])


def test_an_error_in_the_first_run_leaves_no_warehouse(path: Path) -> None:
    assert not connect.exists(path)
    with pytest.raises(ZeroDivisionError), publish.writing(path):
        raise ZeroDivisionError
    assert not connect.exists(path)
    with pytest.raises(connect.MissingWarehouseError, match="newsmill run"):
        connect.open_published(path)


WRITER = """
    import sys
    from datetime import datetime
    from pathlib import Path
    from warehouse import aggregate, lake, load
    path, stage, name = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    when = datetime(2026, 3, 2, 1, 30)
    run = {"run_id": name, "flow": "nightly", "started_at": when, "loaded_at": when}
    print("ready", flush=True)
    sys.stdin.readline()
    with lake.writing(path, holder=name) as con:
        loaded = load.load(con, stage, run)
        print("loaded", flush=True)
        aggregate.refresh(con, loaded.days)
    print("done", flush=True)
"""


def test_two_writers_at_once_both_land(path: Path, tmp_path: Path) -> None:
    """As on two machines: each in a process of its own, without a lock of the file system's."""
    nights = [night(seed, articles=40, earlier=[]) for seed in (1, 2)]
    stages = [each.write(tmp_path / f"stage-{number}") for number, each in enumerate(nights)]
    with (
        python(WRITER, path, stages[0], "first") as one,
        python(WRITER, path, stages[1], "second") as two,
    ):
        assert line(one) == line(two) == "ready"
        tell(one, "go")
        tell(two, "go")
        assert [line(one), line(one), line(two), line(two)] == ["loaded", "done"] * 2
    file = tmp_path / "news.duckdb"
    for number, stage in enumerate(stages, 2):
        loaded_into(file, stage, number)
    in_lake, in_file = (contents(each, ("run_id",)) for each in (path, file))
    for table, rows in in_file.items():
        assert_frame_equal(in_lake[table], rows)


def test_a_killed_writer_leaves_the_last_night_and_its_turn(path: Path, tmp_path: Path) -> None:
    loaded_into(path, one_article().write(tmp_path / "stage-1"), 1)
    before = contents(path)
    stage = night(1, articles=40).write(tmp_path / "stage-2")
    with python(WRITER, path, stage, "killed") as writer:
        assert line(writer) == "ready"
        tell(writer, "go")
        assert line(writer) == "loaded"
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        for table, rows in contents(path).items():
            assert_frame_equal(rows, before[table])
        loaded_into(path, stage, 2)  # nothing that the dead one held is in the way
    assert count(path) == 41


def test_a_writer_says_whom_it_waits_for(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lake, "TURN_SECONDS", 0.5)
    with (
        lake.writing(path, holder="run-of-another"),
        pytest.raises(connect.WarehouseBusyError, match=r"run-of-another, on 127\.0\.0\.1"),
        lake.writing(path),
    ):
        pass


def test_nights_are_kept_restored_and_let_go(path: Path, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        stage = night(number, articles=10, earlier=[]).write(tmp_path / f"stage-{number}")
        loaded_into(path, stage, number)
    assert count(path) == 30
    newest = contents(path)
    nights = publish.kept(path)
    assert len(nights) == 2
    publish.restore(path, nights[0].version)
    assert count(path) == 10
    assert len(publish.kept(path)) == 3
    publish.restore(path, publish.kept(path)[-1].version)  # takes it back
    for table, rows in contents(path).items():
        assert_frame_equal(rows, newest[table])
    stage = night(4, articles=10, earlier=[]).write(tmp_path / "stage-4")
    loaded_into(path, stage, 4, keep=timedelta(0))
    assert count(path) == 40
    assert not publish.kept(path)


def test_small_nights_do_not_pile_up_files(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lake, "READERS_STAY", timedelta(0))
    files = []
    for number in range(1, 6):
        stage = night(number, articles=15, earlier=[]).write(tmp_path / f"stage-{number}")
        loaded_into(path, stage, number, keep=timedelta(0))
        files.append(sum(1 for _ in (path.parent / "data").rglob("*.parquet")))
    assert files[-1] <= files[2] + 3
    assert count(path) == 5 * 15


def test_a_reader_reaches_nothing_else_and_writes_nothing(path: Path, tmp_path: Path) -> None:
    loaded_into(path, one_article().write(tmp_path / "stage"), 1)
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with connect.open_published(path) as con:
        for refused in (
            f"FROM read_csv('{tmp_path}/secret.csv')",
            f"ATTACH '{tmp_path}/other.duckdb'",
            "DELETE FROM articles",
            "CREATE TABLE mine (a INTEGER)",
            "CALL postgres_execute('__ducklake_metadata_newsmill', 'CREATE TABLE hack (a int)')",
            "SET enable_external_access = true",
            "INSTALL httpfs",
        ):
            with pytest.raises(duckdb.Error):
                con.execute(refused).fetchall()
    assert count(path) == 1


@pytest.mark.parametrize("format", export.FORMATS)
def test_exports(path: Path, tmp_path: Path, format: str) -> None:
    loaded_into(path, night(1, articles=10).write(tmp_path / "stage"), 1)
    done = list(export.export(path, tmp_path / "out", ["events", "actors"], format=format))
    assert [each.rows for each in done] == [count(path, "events"), count(path, "actors")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("catalogue = ", "cannot be read as TOML"),
        ('data = "x"', "catalogue is missing"),
        ('catalogue = "x"\ndata = 3', "data is not a text"),
        ('catalogue = "x"\ndata = "y"\npassword = "z"', "password is not known"),
    ],
)
def test_a_description_that_is_none_is_refused(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "bad.lake").write_text(text)
    with pytest.raises(connect.NotAWarehouseError, match=told):
        connect.open_published(tmp_path / "bad.lake")


def test_without_a_description_the_error_says_what_one_is(tmp_path: Path) -> None:
    with pytest.raises(connect.MissingWarehouseError, match="catalogue = "):
        connect.open_published(tmp_path / "none.lake")


def test_a_catalogue_that_does_not_answer(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = postgres.lake(tmp_path, catalogue="postgresql://news:secret@127.0.0.1:1/postgres")
    with pytest.raises(connect.WarehouseError, match="cannot be reached") as raised:
        connect.open_published(silent)
    assert "secret" not in str(raised.value)
    monkeypatch.setenv("PGPASSWORD", "wrong")
    with pytest.raises(connect.WarehouseError, match=r"password .* PGPASSWORD"):
        connect.open_published(postgres.lake(tmp_path))


def test_without_the_extensions_the_error_says_what_to_install(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lake, "_EXTENSIONS", ("no_such_extension",))
    with pytest.raises(connect.WarehouseError, match=r"pip install 'newsmill\[lake\]'"):
        connect.exists(path)


def test_another_folder_for_the_same_data(path: Path, tmp_path: Path) -> None:
    """Machines may see the shared folder under different names."""
    loaded_into(path, one_article().write(tmp_path / "stage-1"), 1)
    elsewhere = tmp_path / "elsewhere"
    (tmp_path / "data").rename(elsewhere)
    path.write_text(path.read_text().replace('"data"', f'"{elsewhere}"'))
    loaded_into(path, night(1, articles=5).write(tmp_path / "stage-2"), 2)
    assert count(path) == 6
    assert not (tmp_path / "data").exists()


def test_files_of_others_in_the_folder_stay(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lake, "READERS_STAY", timedelta(0))
    lakes = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        lakes.append(postgres.lake(tmp_path / name, data=str(tmp_path / "data")))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mine.parquet").write_bytes(b"not of a lake")
    stage = night(1, articles=20).write(tmp_path / "stage")
    for each in (*lakes, lakes[0]):
        loaded_into(each, stage, 1, keep=timedelta(0))
    assert (tmp_path / "data" / "mine.parquet").exists()
    for each in lakes:
        assert query.run(each, "SELECT sum(length(body)) FROM articles").item() > 0


def test_a_lake_is_not_made_in_a_folder_in_use(path: Path, tmp_path: Path) -> None:
    folder = lake.described(path).data
    folder.mkdir(parents=True)
    (folder / "other.parquet").write_bytes(b"of another lake")
    with pytest.raises(connect.WarehouseError, match="is not empty"), publish.writing(path):
        pass


def test_a_night_is_kept_from_when_it_was_replaced(path: Path, tmp_path: Path) -> None:
    for number in (1, 2):
        stage = night(number, articles=5, earlier=[]).write(tmp_path / f"stage-{number}")
        loaded_into(path, stage, number, keep=timedelta(hours=1))
    told = lake.described(path)
    first = publish.kept(path)[0].version
    with duckdb.connect() as con:
        lake._load(con, "postgres_scanner")
        con.execute(f"ATTACH '{told.catalogue}' AS pg (TYPE postgres)")
        con.execute(
            f"CALL postgres_execute('pg', 'UPDATE {told.schema}.ducklake_snapshot"
            " SET snapshot_time = snapshot_time - interval ''3 days''"
            f" WHERE snapshot_id <= {first}')"
        )
    stage = night(3, articles=5, earlier=[]).write(tmp_path / "stage-3")
    loaded_into(path, stage, 3, keep=timedelta(hours=1))
    assert len(publish.kept(path)) == 2  # the first was published long ago, and replaced just now


def test_a_lost_turn_writes_nothing(path: Path, tmp_path: Path) -> None:
    loaded_into(path, one_article().write(tmp_path / "stage-1"), 1)
    stage = night(1, 10).write(tmp_path / "stage-2")
    told = lake.described(path)
    with (
        pytest.raises(connect.UnreachableError, match="turn"),
        lake.writing(path, holder="lost") as con,
    ):
        load.load(con, stage, RUN | {"run_id": "run-2"})
        with duckdb.connect() as other:
            lake._load(other, "postgres_scanner")
            other.execute(f"ATTACH '{told.catalogue}' AS pg (TYPE postgres)")
            other.execute(
                "FROM postgres_query('pg', 'SELECT pg_terminate_backend(pid) AS gone"
                " FROM pg_stat_activity WHERE application_name = ''newsmill lost''')"
            ).fetchall()
    assert count(path) == 1


def test_what_fails_after_the_night_fails_no_night(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: Any) -> list[int]:
        raise duckdb.IOException("no room")

    monkeypatch.setattr(lake, "_expired", fails)
    loaded_into(path, one_article().write(tmp_path / "stage"), 1, keep=timedelta(0))
    assert count(path) == 1
    assert "no room" in caplog.text


def test_a_part_that_failed_is_not_kept(path: Path, tmp_path: Path) -> None:
    loaded_into(path, one_article().write(tmp_path / "stage-1"), 1)
    twice = one_article()
    twice.assignments = []
    twice.articles = night(1, 3).articles
    stage = twice.write(tmp_path / "stage-2")
    with (
        pytest.raises(connect.WarehouseError, match="none of it is kept"),
        publish.writing(path) as con,
        contextlib.suppress(connect.StageError),
    ):
        load.load(con, stage, RUN | {"run_id": "run-2"})
    assert count(path) == 1


def test_a_description_behind_a_link(path: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    target = path.rename(elsewhere / "where.toml")
    path.symlink_to(target)
    loaded_into(path, one_article().write(tmp_path / "stage"), 1)
    assert count(path) == 1
    assert (elsewhere / "data").is_dir()
