"""Daily aggregates: what they count, and that nights kept up equal a rebuild."""

from __future__ import annotations

import shutil
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.warehouse.stages import (
    RUN,
    Stage,
    article,
    assignment,
    dump,
    mention,
    night,
    one_article,
)
from tests.warehouse.test_load import two_mentions
from warehouse import aggregate, connect, load, query

DAILY = [name for name, _ in connect.sql_files("aggregates")]


def daily(con: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    return {name: con.execute(f"FROM {name} ORDER BY ALL").pl() for name in DAILY}


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    seeds=st.lists(st.integers(0, 9999), min_size=2, max_size=4, unique=True),
    articles=st.integers(1, 25),
)
def test_incremental_equals_rebuild(new_warehouse: Path, seeds: list[int], articles: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        con = connect.open_private(Path(shutil.copy(new_warehouse, folder)))
        nights: list[Stage] = []
        for number, seed in enumerate(seeds):
            nights.append(
                night(seed, articles, 2, day=date(2026, 3, 1) + timedelta(number), earlier=nights)
            )
            loaded = load.load(
                con,
                nights[-1].write(Path(folder) / str(seed)),
                RUN | {"run_id": str(seed), "loaded_at": RUN["loaded_at"] + timedelta(number)},
            )
            aggregate.refresh(con, loaded.days)
        kept_up = daily(con)
        aggregate.refresh(con, None)
        for name, rebuilt in daily(con).items():
            assert_frame_equal(kept_up[name], rebuilt)
        con.close()


def test_every_column_is_filled_by_someone(path: Path, publish_night: Any) -> None:
    """A name misspelt in an INSERT BY NAME would leave its column empty without a word."""
    nights: list[Stage] = []
    for seed in range(3):
        nights.append(night(seed, 60, day=date(2026, 3, 1 + seed), earlier=nights))
        publish_night(nights[-1])
    with query.connected(path) as con:
        for table in [*DAILY, "stories", "events", "actors", "places", "calendar"]:
            filled = con.execute(f"SELECT count(COLUMNS(*)) FROM {table}").pl()
            empty = [name for name in filled.columns if filled[name].item() == 0]
            # No random mention is attributed to anybody.
            assert set(empty) <= {"attributed_to"}, table


def several(*mentions: dict[str, Any]) -> Stage:
    """One article with a mention each."""
    stage = one_article()
    story = stage.assignments[0]["story_id"]
    stage.mentions = [
        mention(stage.articles[0], story, number, event_id=f"{number:016x}", **more)
        for number, more in enumerate(mentions)
    ]
    return stage


def test_daily_events_count_what_happened(path: Path, publish_night: Any) -> None:
    publish_night(
        several(
            {"deaths": 3},
            {"certainty": "claimed", "deaths": 2, "injuries": 4},
            {"certainty": "possible", "date_precision": "month"},
            {"polarity": "negative", "deaths": 100},
            {"polarity": "negative", "certainty": "hypothetical"},
            {"certainty": "hypothetical", "time": "future"},
            {"time": "future"},
            {"time": "ongoing", "goldstein": None},
        )
    )
    row = query.run(path, "FROM daily_events").row(0, named=True)
    assert (row["events"], row["deaths"], row["injuries"]) == (4, 5, 4)
    assert (row["claimed"], row["possible"], row["approximate"]) == (1, 1, 1)
    assert (row["denied"], row["hypothetical"], row["planned"]) == (2, 1, 1)
    assert row["events"] + row["denied"] + row["hypothetical"] + row["planned"] == 8
    assert (row["stories"], row["articles"], row["sources"], row["mentions"]) == (1, 1, 1, 4)
    assert row["mean_goldstein"] == -10


def test_a_toll_told_twice_counts_once(path: Path, publish_night: Any) -> None:
    stage = several({"deaths": 9}, {"deaths": 9}, {"deaths": 2})
    other = two_mentions(deaths=9, event_id="f" * 16)
    stage.dumps.append(other.dumps[1])
    stage.articles.append(other.articles[1])
    stage.assignments.append(other.assignments[1])
    stage.mentions.append(other.mentions[1] | {"recipient_country": "KEN"})
    for row in stage.mentions:
        row["recipient_country"] = "KEN"
    publish_night(stage)
    for table in ("daily_events", "daily_dyads", "daily_places"):
        # Nine and two in one story, nine in another.
        assert query.run(path, f"SELECT sum(deaths) FROM {table}").item() == 20


def test_dyads(path: Path, publish_night: Any) -> None:
    pair = {"actor_country": "FRA", "recipient_country": "KEN"}
    publish_night(
        several(
            pair | {"quad_class": 1, "goldstein": 4.0},
            pair | {"quad_class": 2, "goldstein": 7.0},
            pair | {"quad_class": 4, "goldstein": -10.0, "deaths": 2},
            pair | {"quad_class": 0, "goldstein": None},
            pair | {"polarity": "negative"},
            {"actor_country": "FRA", "recipient_country": None},
            {"actor_country": "KEN", "recipient_country": "KEN", "quad_class": 3},
        )
    )
    first, second = query.run(path, "FROM daily_dyads").rows(named=True)
    assert (first["actor_country"], first["recipient_country"]) == ("FRA", "KEN")
    assert first["events"] == 4
    assert first["net_cooperation"] == pytest.approx(1 / 3)
    assert first["mean_goldstein"] == pytest.approx(1 / 3)
    assert first["deaths"] == 2
    assert (second["actor_country"], second["verbal_conflict"]) == ("KEN", 1)
    assert second["net_cooperation"] == -1


def test_an_actor_on_both_sides_counts_once(path: Path, publish_night: Any) -> None:
    same = {
        "recipient_name": "French Navy",
        "recipient_country": "FRA",
        "recipient_sector": "MIL",
    }
    publish_night(several(same, {}))
    row = query.run(path, "FROM daily_actors").row(0, named=True)
    assert (row["events"], row["as_actor"], row["as_recipient"]) == (2, 2, 1)
    assert query.run(
        path, "FROM daily_actors AS d SEMI JOIN actors AS a ON a.actor_id = d.actor_id"
    ).height


def test_stories_grow(path: Path, publish_night: Any) -> None:
    stage = one_article()
    story = stage.assignments[0]["story_id"]
    for number, (day, source) in enumerate(
        [(1, "Harbour Post"), (2, "Wire One"), (2, "Harbour Post"), (4, None)]
    ):
        copy = article(
            "b", number, source=source, publish_date=date(2026, 3, day), published_at=None
        )
        stage.articles.append(copy)
        stage.assignments.append(assignment(copy, "x") | {"story_id": story})
    stage.dumps.append(dump("b", 4))
    publish_night(stage)
    rows = query.run(
        path,
        "SELECT day(day), articles, sources, articles_to_date, sources_to_date, new_sources,"
        " growth, age_days FROM daily_stories ORDER BY day",
    ).rows()
    assert rows == [
        (1, 2, 1, 2, 1, 1, None, 0),
        (2, 2, 2, 4, 2, 1, 1.0, 1),
        (4, 1, 0, 5, 2, 0, 0.25, 3),
    ]


def test_ingest(path: Path, publish_night: Any) -> None:
    stage = one_article()
    stage.dumps.append(dump("b", 1, 2, flags=["nothing_found", "ambiguous_layout"]))
    stage.articles.append(
        article("b", 0, title=None, publish_date=None, published_at=None, body="Short.")
    )
    stage.assignments.append(
        assignment(stage.articles[1], "x") | {"story_id": stage.assignments[0]["story_id"]}
    )
    base = {"dump_id": stage.dumps[1]["dump_id"], "detail": None, "excerpt": "?"}
    stage.rejects = [
        base | {"char_start": 0, "char_end": 5, "reason": "no_text"},
        base | {"char_start": 5, "char_end": 9, "reason": "no_text"},
    ]
    publish_night(stage)
    row = query.run(path, "FROM daily_ingest").row(0, named=True)
    assert row["day"] == date(2026, 3, 2)
    assert (row["dumps"], row["bytes"], row["flagged_dumps"]) == (2, 2000, 1)
    assert (row["articles"], row["duplicates"], row["duplicate_share"]) == (2, 1, 0.5)
    assert (row["undated"], row["untitled"], row["stories"]) == (1, 1, 1)
    assert (row["rejects"], row["rejected_characters"]) == (2, 9)
    assert (row["coded_articles"], row["coded_article_share"], row["coded_sentences"]) == (1, 1, 1)
    with query.connected(path) as con:
        maps = con.execute("SELECT flags, rejects_by_reason FROM daily_ingest").fetchone()
    assert maps == ({"ambiguous_layout": 1, "nothing_found": 1}, {"no_text": 2})
