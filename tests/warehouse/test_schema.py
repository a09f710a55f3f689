"""What users' SQL relies on: tables, columns, views, comments, and the versions of the schema."""

from __future__ import annotations

import csv
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.warehouse.stages import SCHEMAS, night, one_article
from tests.warehouse.test_load import TABLES as LOADED
from tests.warehouse.versions import added_since, bring_back, columns_since
from warehouse import connect, load, migrate, publish, query

# The contract's tables and the columns that it names.
CONTRACT = {
    "dumps": (
        "dump_id path sha256 bytes format encoding article_count reject_count run_id loaded_at"
    ),
    "articles": (
        "article_id dump_id ordinal char_start char_end title byline source url external_id"
        " language published_at publish_date publish_date_source body story_id is_canonical"
        " similarity"
    ),
    "stories": (
        "story_id canonical_article_id title first_published last_published article_count"
        " source_count"
    ),
    "event_mentions": (
        "mention_id event_id story_id article_id sentence_index sentence_text sentence_start"
        " sentence_end trigger_text trigger_start trigger_end actor_text recipient_text actor_name"
        " actor_country actor_sector recipient_name recipient_country recipient_sector event_type"
        " event_mode cameo_code event_date date_precision date_text place_text place_name country"
        " admin1 latitude longitude time polarity certainty attributed_to deaths injuries"
        " confidence"
    ),
    "events": (
        "event_id actor_name actor_country actor_sector recipient_name recipient_country"
        " recipient_sector event_type event_mode event_date place_name country admin1 contexts"
        " quad_class goldstein mention_count story_count article_count source_count"
        " first_published last_published"
    ),
    "rejects": "dump_id char_start char_end reason detail excerpt run_id",
    "runs": (
        "run_id flow started_at finished_at state counts seconds program_version model ontology"
    ),
    "event_types": "event_type event_mode name description source quad_class goldstein",
    "actors": "name country sector",
    "places": "name country admin1 latitude longitude",
    "calendar": "day",
    "daily_events": "day",
    "daily_dyads": "day",
    "daily_actors": "day",
    "daily_places": "day",
    "daily_stories": "day",
    "daily_ingest": "day",
}
VIEWS = {"gdelt_events": 61, "icews_events": 20, "polecat_events": 40}

ACTOR = (
    "Code Name CountryCode KnownGroupCode EthnicCode Religion1Code Religion2Code Type1Code"
    " Type2Code Type3Code"
)
GEO = "Type FullName CountryCode ADM1Code ADM2Code Lat Long FeatureID"
GDELT = (
    "GLOBALEVENTID SQLDATE MonthYear Year FractionDate"
    + "".join(f" Actor{n}{part}" for n in (1, 2) for part in ACTOR.split())
    + " IsRootEvent EventCode EventBaseCode EventRootCode QuadClass GoldsteinScale NumMentions"
    " NumSources NumArticles AvgTone"
    + "".join(f" {who}Geo_{part}" for who in ("Actor1", "Actor2", "Action") for part in GEO.split())
    + " DATEADDED SOURCEURL"
).split()


@pytest.fixture
def con(new_warehouse: Path) -> duckdb.DuckDBPyConnection:
    return connect.open_published(new_warehouse)


def columns(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    return [row[0] for row in con.execute(f"DESCRIBE {table}").fetchall()]


@pytest.mark.parametrize("table", CONTRACT)
def test_contract_columns(con: duckdb.DuckDBPyConnection, table: str) -> None:
    found = columns(con, table)
    assert set(CONTRACT[table].split()) <= set(found)
    if table.startswith("daily_"):
        assert found[0] == "day"


@pytest.mark.parametrize("view", VIEWS)
def test_views_have_their_columns(con: duckdb.DuckDBPyConnection, view: str) -> None:
    assert len(columns(con, view)) == VIEWS[view]


def test_gdelt_columns_by_name_and_order(con: duckdb.DuckDBPyConnection) -> None:
    assert columns(con, "gdelt_events") == GDELT


def test_everything_has_a_comment(con: duckdb.DuckDBPyConnection) -> None:
    bare = con.execute(
        """
        SELECT table_name FROM duckdb_tables() WHERE coalesce(comment, '') = ''
        UNION ALL SELECT view_name FROM duckdb_views()
        WHERE NOT internal AND coalesce(comment, '') = ''
        UNION ALL SELECT table_name || '.' || column_name FROM duckdb_columns()
        WHERE NOT internal AND coalesce(comment, '') = ''
        UNION ALL SELECT function_name FROM duckdb_functions()
        WHERE NOT internal AND coalesce(comment, '') = ''
        """
    ).fetchall()
    assert bare == []


@pytest.mark.parametrize("folder", ["tables", "aggregates", "views"])
def test_first_line_names_the_object_and_its_grain(folder: str) -> None:
    for name, text in connect.sql_files(folder):
        first = text.splitlines()[0]
        assert first.startswith(f"-- {name}: "), name
        assert "one row" in first or name == "keys", name


@pytest.mark.parametrize("frame", SCHEMAS)
def test_every_column_of_the_frames_has_its_place(
    con: duckdb.DuckDBPyConnection, frame: str
) -> None:
    staged = set(SCHEMAS[frame].column_names())
    if frame == "assignments":
        assert staged == set(load.ASSIGNMENTS)
        assert (staged - {"reason"}) | {"story_reason"} <= set(columns(con, "articles"))
    elif frame == "threads":
        assert staged == set(load.THREADS)
    elif frame == "updates":
        assert staged == set(load.UPDATES)
        assert staged <= set(columns(con, "articles"))
    else:
        assert staged <= set(columns(con, load.FRAMES[frame]))


def test_country_codes() -> None:
    rows = query_countries()
    assert rows["ROU"] == ("RO", "ROM", "360")
    assert rows["CHE"] == ("SZ", "CHE", "225")
    assert rows["UKR"] == ("UP", "UKR", "369")
    assert all(len(key) == 3 for key in rows)
    for position in (0, 2):
        codes = [row[position] for row in rows.values() if row[position]]
        assert len(codes) == len(set(codes))


def query_countries() -> dict[str, tuple[str, str, str]]:
    file = Path(connect.__file__).parent / "reference" / "countries.csv"
    lines = [line for line in file.read_text("utf-8").splitlines() if not line.startswith("#")]
    return {r["country"]: (r["fips"], r["cameo"], r["cow"]) for r in csv.DictReader(lines)}


def test_a_new_file_has_the_newest_version(con: duckdb.DuckDBPyConnection) -> None:
    assert migrate.current(con) == migrate.newest()
    assert con.execute("SELECT count(*) FROM countries").fetchone() == (250,)


def test_a_newer_warehouse_is_refused(path: Path) -> None:
    with publish.writing(path) as con:
        con.execute(
            "INSERT INTO schema_version VALUES (?, 'future', ?, NULL, NULL)",
            [migrate.newest() + 1, datetime(2030, 1, 1)],
        )
    before = path.read_bytes()
    with pytest.raises(connect.NewerWarehouseError, match="Upgrade newsmill"):
        query.status(path)
    with pytest.raises(connect.NewerWarehouseError), publish.writing(path):
        pass
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.glob(".*")] == []


def test_other_files_are_refused(tmp_path: Path) -> None:
    text = tmp_path / "notes.duckdb"
    text.write_text("this is no database, but it is long enough to look like one " * 300)
    other = tmp_path / "other.duckdb"
    with duckdb.connect(str(other)) as con:
        con.execute("CREATE TABLE mine AS SELECT 1 AS x")
    for file in (text, other):
        before = file.read_bytes()
        with pytest.raises(connect.NotAWarehouseError, match="not a newsmill warehouse"):
            query.status(file)
        with pytest.raises(connect.NotAWarehouseError), publish.writing(file):
            pass
        assert file.read_bytes() == before
    with pytest.raises(connect.MissingWarehouseError, match="newsmill run"):
        query.status(tmp_path / "absent.duckdb")


def test_views_are_rewritten_when_their_text_changed(path: Path) -> None:
    with publish.writing(path) as con:
        con.execute("CREATE OR REPLACE VIEW icews_events AS SELECT 1 AS old")
        con.execute("UPDATE schema_version SET definitions = 'of an older program'")
    with publish.writing(path):
        pass
    assert query.run(path, "SELECT * FROM icews_events").width == 20


def test_query_starts_light() -> None:
    code = "import sys, warehouse.query; print('polars' in sys.modules, 'pyarrow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


@pytest.mark.parametrize("version", range(1, migrate.newest()))
def test_an_older_warehouse_comes_to_the_same_schema(
    new_warehouse: Path, tmp_path: Path, version: int
) -> None:
    older = tmp_path / "older.duckdb"
    older.write_bytes(new_warehouse.read_bytes())
    shape = (
        "SELECT table_name, column_name, data_type, is_nullable, comment FROM duckdb_columns()"
        " WHERE NOT internal ORDER BY ALL"
    )
    with duckdb.connect(older) as con:
        newest = con.execute(shape).fetchall()
        bring_back(con, version, migrate.newest())
    with duckdb.connect(older) as con:
        migrate.migrate(con, older)
        assert con.execute(shape).fetchall() == newest
        assert migrate.current(con) == migrate.newest()


def test_what_was_counted_before_is_kept(path: Path, publish_night: Any, tmp_path: Path) -> None:
    """Version 4 knew the dead and the injured only."""
    stage = one_article()
    stage.mentions[0] |= {"deaths": 7, "injuries": None}
    publish_night(stage)
    older = tmp_path / "older.duckdb"
    older.write_bytes(path.read_bytes())
    with duckdb.connect(older) as con:
        bring_back(con, 4, migrate.newest())
    with duckdb.connect(older) as con:
        migrate.migrate(con, older)
        for table in ("event_mentions", "events"):
            found = con.execute(f"SELECT quantities FROM {table} WHERE deaths = 7").fetchall()
            dead = {"measure": "deaths", "least": 7.0, "most": None, "unit": "people"}
            assert found and all(row == ([dead],) for row in found)


@pytest.mark.parametrize("version", range(1, migrate.newest()))
def test_nothing_of_an_older_warehouse_is_lost(
    path: Path, publish_night: Any, tmp_path: Path, version: int
) -> None:
    """Migrated, it holds what it held; and the next night loads, with all derived tables right."""
    first = night(1, 30)
    publish_night(first)

    def held() -> dict[str, list[Any]]:
        gone = ["none.none", *columns_since(version)]
        with connect.open_published(path) as con:
            return {
                table: con.execute(
                    f"SELECT COLUMNS(c -> concat('{table}.', c) NOT IN {gone})"
                    f" FROM {table} ORDER BY ALL"
                ).fetchall()
                for table in LOADED.split()
                if table not in added_since(version)
            }

    before = held()
    with duckdb.connect(path) as con:
        bring_back(con, version, migrate.newest())
    with publish.writing(path):
        pass
    assert held() == before
    publish_night(night(2, 30, earlier=[first] if version >= 3 else []))
    with publish.writing(path) as con:
        derived = ("stories", "events", "actors", "places", "threads")
        orders = [f"SELECT * FROM {table} ORDER BY ALL" for table in derived]
        loaded = [con.execute(order).fetchall() for order in orders]
        load.rebuild(con)
        assert [con.execute(order).fetchall() for order in orders] == loaded
        assert con.execute("SELECT count(*) FROM search_documents").fetchone() == (60,)
