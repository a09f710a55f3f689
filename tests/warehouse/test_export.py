"""Exports: what other programs read equals what the warehouse holds."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pytest
from polars.testing import assert_frame_equal

from tests.warehouse.stages import night
from warehouse import query
from warehouse.export import DEFAULT, UnknownTableError, export


@pytest.fixture
def path(path: Path, publish_night: Any) -> Path:
    publish_night(night(3, 40))
    return path


def held(path: Path, table: str, where: str = "true") -> pl.DataFrame:
    return query.run(path, f"SELECT * FROM {table} WHERE {where} ORDER BY ALL")


def test_parquet_by_day_holds_every_row(path: Path, tmp_path: Path) -> None:
    done = {each.table: each.rows for each in export(path, tmp_path / "out")}
    assert list(done) == list(DEFAULT)
    for table in DEFAULT:
        expected = held(path, table)
        assert done[table] == expected.height > 0
    with duckdb.connect() as con:
        events = con.execute(
            f"SELECT * FROM read_parquet('{tmp_path}/out/events/*/*.parquet',"
            " hive_partitioning := true) ORDER BY event_id"
        ).pl()
    expected = held(path, "events").sort("event_id")
    assert_frame_equal(events.select(expected.columns), expected, check_dtypes=False)
    undated = "events/day=__HIVE_DEFAULT_PARTITION__"
    assert (tmp_path / "out" / undated).exists() == (expected["day"].null_count() > 0)


def test_csv_and_arrow_hold_every_row(path: Path, tmp_path: Path) -> None:
    for format in ("csv", "arrow"):
        list(export(path, tmp_path / format, ["daily_events", "actors"], format=format))
    csv = pl.read_csv(tmp_path / "csv" / "actors" / "data_0.csv").sort("actor_id")
    expected = held(path, "actors").sort("actor_id")
    assert csv["actor_id"].to_list() == expected["actor_id"].to_list()
    with pa.ipc.open_file(tmp_path / "arrow" / "daily_events.arrow") as reader:
        daily = pl.from_arrow(reader.read_all())
    assert isinstance(daily, pl.DataFrame)
    expected = held(path, "daily_events")
    assert_frame_equal(daily.sort(daily.columns), expected.sort(daily.columns))


def test_bounds_replace_only_the_days_within(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    list(export(path, out, ["daily_events"]))
    every = {part.name for part in (out / "daily_events").iterdir()}
    days = sorted(name.removeprefix("day=") for name in every if name.startswith("day=2"))
    marks = {part: part.stat().st_mtime_ns for part in (out / "daily_events").rglob("*.parquet")}
    day = date.fromisoformat(days[1])
    [done] = export(path, out, ["daily_events"], since=day, until=day)
    assert done.rows == held(path, "daily_events", f"day = '{day}'").height
    assert {part.name for part in (out / "daily_events").iterdir()} == every
    for part, mark in marks.items():
        assert (part.stat().st_mtime_ns != mark) == (part.parent.name == f"day={day}")


def test_exporting_again_leaves_nothing_of_before(path: Path, tmp_path: Path) -> None:
    stray = tmp_path / "out" / "events" / "day=1900-01-01"
    stray.mkdir(parents=True)
    (stray / "data_0.parquet").write_bytes(b"old")
    list(export(path, tmp_path / "out", ["events"]))
    assert not stray.exists()


def test_a_table_that_is_not_there_is_refused_before_anything_is_written(
    path: Path, tmp_path: Path
) -> None:
    with pytest.raises(UnknownTableError, match=r"no table or view evnts.*There are:.*events"):
        list(export(path, tmp_path / "out", ["events", "evnts"]))
    assert not (tmp_path / "out").exists()


def test_a_view_that_reads_files_brings_none_along(path: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("password\n1234\n")
    with duckdb.connect(path) as con:
        con.execute(f"CREATE VIEW innocent AS SELECT * FROM read_csv('{secret}')")
    with pytest.raises(duckdb.Error, match=r"disabled|permission"):
        list(export(path, tmp_path / "out", ["innocent"]))
    assert "1234" not in "".join(
        part.read_text(errors="replace") for part in (tmp_path / "out").rglob("*.parquet")
    )


def test_files_of_somebody_s_own_stay(path: Path, tmp_path: Path) -> None:
    own = tmp_path / "out" / "articles" / "mine" / "notes.txt"
    own.parent.mkdir(parents=True)
    own.write_text("mine")
    for _ in range(2):
        list(export(path, tmp_path / "out", ["articles"]))
    assert own.read_text() == "mine"


def test_a_macro_of_the_warehouse_opens_no_folder(path: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("1234")
    with duckdb.connect(path) as con:
        con.execute("CREATE MACRO list_value(x) AS string_split('/', ';')")
        con.execute(f"CREATE VIEW innocent AS SELECT * FROM read_text('{secret}')")
    with pytest.raises(duckdb.Error):
        list(export(path, tmp_path / "out", ["innocent"]))
