"""Reading the published warehouse: what runs, the status page and the briefing ask for."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.warehouse.stages import article, assignment, dump, mention, night, one_article
from transforms.keys import content_id
from warehouse import connect, query


def test_known_containers(path: Path, publish_night: Any) -> None:
    assert query.known_containers(path) == set()
    publish_night(one_article())
    assert query.known_containers(path) == {"sha-a"}
    with query.connected(path) as con:
        assert query.known_containers(con) == {"sha-a"}


def test_articles_by_id(path: Path, publish_night: Any) -> None:
    stage = night(1, articles=10)
    publish_night(stage)
    wanted = [row["article_id"] for row in stage.articles[:3]]
    found = query.articles_by_id(path, [*wanted, "0" * 16])
    assert sorted(found["article_id"]) == sorted(wanted)
    assert found.schema["published_at"] == pl.Datetime("us", "UTC")


def test_status_is_plain(path: Path, publish_night: Any) -> None:
    stage = night(1, articles=30)
    publish_night(stage)
    found = query.status(path)
    assert json.loads(json.dumps(found)) == found
    assert found["rows"]["articles"] == 30
    assert sum(found["rejects"].values()) == len(stage.rejects)
    assert found["bytes"] == path.stat().st_size
    assert found["last_load"] == "2026-03-02T01:30:00Z"
    assert found["runs"][0]["run_id"] == "run-1"
    assert found["days"]["undated_articles"] == sum(
        row["publish_date"] is None and row["published_at"] is None for row in stage.articles
    )


def test_day_summary(path: Path, publish_night: Any) -> None:
    stage = one_article()
    story = stage.assignments[0]["story_id"]
    widely = mention(
        stage.articles[0], story, 1, actor_country="KEN", recipient_country="FRA", deaths=4
    )
    copy = article("b", 0, source="Wire One")
    denied = mention(stage.articles[0], story, 2, event_type="AID", polarity="negative")
    stage.dumps.append(dump("b"))
    stage.articles.append(copy)
    stage.assignments.append(assignment(copy, "x") | {"story_id": story})
    stage.mentions += [widely, denied]
    publish_night(stage)
    found = query.day_summary(path, date(2026, 3, 1))
    assert json.loads(json.dumps(found, default=float)) is not None
    assert found["totals"]["events"] == 2
    assert found["totals"]["deaths"] == 4
    assert {row["event_id"] for row in found["events"]} == {
        widely["event_id"], stage.mentions[0]["event_id"],
    }  # fmt: skip
    assert found["types"] == [
        {"event_type": "ASSAULT", "events": 2, "mean_events_week_before": 0.0}
    ]
    assert found["stories"][0]["articles"] == 2
    assert found["dyads"][0]["actor_country"] == "KEN"
    assert query.day_summary(path, date(2020, 1, 1))["events"] == []


@pytest.fixture
def coded(path: Path, publish_night: Any) -> Path:
    """One assault of the French navy on a Romanian town; views as their users know them."""
    stage = one_article()
    story = stage.assignments[0]["story_id"]
    stage.articles[0]["url"] = "https://example.org/1"
    stage.mentions[0]["recipient_country"] = "ROU"
    stage.mentions += [
        mention(
            stage.articles[0], story, 1, event_type="DISASTER", event_mode="flood", quad_class=0,
            cameo_code=None,
        ),
        mention(stage.articles[0], story, 2, event_type="AID", polarity="negative"),
        mention(
            stage.articles[0], story, 3, event_type="THREATEN", quad_class=3, cameo_code=None,
            event_mode=None, actor_country=None, actor_sector=None, place_name="Kenya",
            country="KEN", admin1=None, place_precision="country",
        ),
    ]  # fmt: skip
    publish_night(stage)
    return path


def test_gdelt_view(coded: Path) -> None:
    rows = query.run(coded, "FROM gdelt_events ORDER BY EventRootCode DESC NULLS LAST").rows(
        named=True
    )
    assert len(rows) == 2
    first, second = rows
    assert first["GLOBALEVENTID"] > 0
    assert (first["SQLDATE"], first["MonthYear"], first["Year"]) == (20260301, 202603, 2026)
    assert first["FractionDate"] == pytest.approx(2026 + 61 / 365, abs=1e-4)
    assert (first["Actor1Code"], first["Actor1Name"]) == ("FRAMIL", "FRENCH NAVY")
    assert first["Actor2CountryCode"] == "ROM"
    assert (first["EventCode"], first["EventBaseCode"], first["EventRootCode"]) == (
        "194", "194", "19",
    )  # fmt: skip
    assert (first["QuadClass"], first["GoldsteinScale"], first["NumArticles"]) == (4, -10, 1)
    assert (first["ActionGeo_Type"], first["ActionGeo_CountryCode"]) == (4, "RO")
    assert first["ActionGeo_FullName"] == "Larnia, Coast, Romania"
    assert first["DATEADDED"] == 20260302013000
    assert first["SOURCEURL"] == "https://example.org/1"
    assert first["IsRootEvent"] == 1
    assert (second["ActionGeo_Type"], second["ActionGeo_FullName"]) == (1, "Kenya")
    assert second["ActionGeo_ADM1Code"] == "KE"
    assert second["Actor1Code"] is None


def test_a_gdelt_query_runs_as_it_is(coded: Path) -> None:
    """The query that introductions to GDELT begin with: conflict by month and country."""
    rows = query.run(
        coded,
        "SELECT MonthYear, ActionGeo_CountryCode, COUNT(*) AS n, AVG(GoldsteinScale) AS tone"
        " FROM gdelt_events WHERE EventRootCode = '19' AND QuadClass = 4"
        " GROUP BY MonthYear, ActionGeo_CountryCode",
    ).rows()
    assert rows == [(202603, "RO", 1, -10.0)]


def test_icews_view(coded: Path) -> None:
    row = query.run(coded, "FROM icews_events WHERE \"CAMEO Code\" = '194'").row(0, named=True)
    assert (row["Source Name"], row["Source Country"]) == ("French Navy", "France")
    assert (row["Event Text"], row["Sentence Number"]) == ("Assault: aerial", 1)
    assert (row["City"], row["Province"], row["Country"]) == ("Larnia", "Coast", "Romania")


def test_polecat_view(coded: Path) -> None:
    row = query.run(coded, "FROM polecat_events WHERE \"Event Type\" = 'ASSAULT'").row(
        0, named=True
    )
    assert (row["Quad Code"], row["Contexts"]) == ("MATERIAL CONFLICT", "military")
    assert (row["Actor COW"], row["Recipient COW"]) == (220, 360)
    assert row["Actor Name Raw"] == "The French navy"
    assert (row["Publication Date"], row["Feature Type"]) == (date(2026, 3, 1), "PPL")
    assert len(row["Event ID"]) == len(content_id("x"))


def test_the_views_leave_out_nothing_that_happened(path: Path, publish_night: Any) -> None:
    """Dated or not: a view that is dated by the calendar holds every factual event."""
    publish_night(night(5, 60))
    with connect.open_published(path) as con:
        facts = con.execute(
            "SELECT count(*), count(*) FILTER (day IS NULL), count(*) FILTER (quad_class > 0)"
            " FROM events WHERE is_factual"
        ).fetchall()[0]
        found = [
            con.execute(f"SELECT count(*) FROM {view}").fetchall()[0][0]
            for view in ("polecat_events", "icews_events", "gdelt_events")
        ]
    assert facts[1] > 0
    assert found[0] == facts[2]
    assert facts[2] <= found[2] <= facts[0]
    assert facts[2] <= found[1] <= facts[0]
