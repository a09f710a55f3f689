"""Loading: new rows, changed stories, events from mentions, and what makes a load fail."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.warehouse.stages import (
    RUN,
    Stage,
    article,
    assignment,
    dump,
    event_types,
    mention,
    night,
    one_article,
    sketch,
)
from transforms.keys import content_id
from warehouse import connect, load, publish, query

TABLES = (
    "dumps articles stories event_mentions events rejects event_types actors places calendar"
    " countries sketches story_terms term_days threads boilerplate containers daily_events"
    " daily_dyads daily_actors daily_places daily_stories daily_ingest"
)


def contents(path: Path, leave_out: tuple[str, ...] = ()) -> dict[str, pl.DataFrame]:
    with query.connected(path) as con:
        found = {}
        for table in TABLES.split():
            kept = [
                row[0]
                for row in con.execute(f"DESCRIBE {table}").fetchall()
                if row[0] not in leave_out
            ]
            columns = ", ".join(kept)
            found[table] = con.execute(f"SELECT {columns} FROM {table} ORDER BY ALL").pl()
        return found


def event(path: Path) -> dict[str, Any]:
    frame = query.run(path, "SELECT * FROM events")
    assert frame.height == 1
    return frame.row(0, named=True)


def test_one_article(path: Path, publish_night: Any) -> None:
    loaded = publish_night(one_article())
    assert loaded.counts == {
        "dumps": 1,
        "articles": 1,
        "rejects": 0,
        "dumps_replaced": 0,
        "articles_reassigned": 0,
        "mentions": 1,
        "mentions_removed": 0,
        "stories": 1,
        "stories_touched": 1,
        "events": 1,
        "events_touched": 1,
        "stories_threaded": 0,
    }
    assert loaded.days == [date(2026, 3, 1), date(2026, 3, 2)]
    found = event(path)
    assert found["actor_name"] == "French Navy"
    assert found["day"] == date(2026, 3, 1)
    assert found["first_published"] == datetime(2026, 3, 1, 9, 0)
    assert found["first_loaded"] == datetime(2026, 3, 2, 1, 30)
    assert found["contexts"] == ["military"]
    evidence = query.run(path, f"SELECT * FROM evidence('{found['event_id']}')").row(0, named=True)
    assert evidence["sentence_text"].startswith("The French navy")
    assert (evidence["dump_path"], evidence["article_start"]) == ("inbox/a.txt", 0)
    assert evidence["article_end"] == 90
    assert query.run(path, "SELECT count(*) FROM evidence('none')").item() == 0
    calendar = query.run(path, "FROM calendar WHERE day = DATE '2026-03-01'").row(0, named=True)
    assert (calendar["weekday"], calendar["iso_week"], calendar["is_weekend"]) == (7, 9, True)
    assert query.run(path, "SELECT count(*) FROM calendar").item() == 365


def test_moments_with_a_zone_become_utc(path: Path, publish_night: Any) -> None:
    stage = one_article()
    from zoneinfo import ZoneInfo

    when = datetime(2026, 3, 1, 23, 30, tzinfo=ZoneInfo("America/New_York"))
    stage.articles[0]["published_at"] = when
    publish_night(stage)
    assert query.run(path, "SELECT published_at FROM articles").item() == datetime(
        2026, 3, 2, 4, 30
    )


@pytest.mark.parametrize("parts", [1, 3])
def test_loading_twice_changes_nothing(
    path: Path, tmp_path: Path, publish_night: Any, parts: int
) -> None:
    first = night(1)
    second = night(2, earlier=[first]).write(tmp_path / "second", parts)
    publish_night(first)
    publish_night(second)
    before = contents(path)
    again = publish_night(second, loaded_at=datetime(2026, 4, 1, tzinfo=UTC))
    assert set(again.counts.values()) == {0}
    assert again.days == []
    for table, frame in contents(path).items():
        assert_frame_equal(frame, before[table])


def test_an_empty_stage_loads(path: Path, tmp_path: Path, publish_night: Any) -> None:
    assert publish_night(tmp_path / "nothing").counts["articles"] == 0


def test_derived_tables_equal_a_rebuild(path: Path, publish_night: Any) -> None:
    nights: list[Stage] = []
    for seed in range(4):
        nights.append(night(seed, day=date(2026, 3, 1 + seed), earlier=nights))
        publish_night(nights[-1])
    before = contents(path)
    assert before["events"].height > 300
    with publish.writing(path) as con:
        load.rebuild(con)
    for table, frame in contents(path).items():
        assert_frame_equal(frame, before[table], check_row_order=True)


def test_order_of_nights_within_a_stage_does_not_matter(tmp_path: Path, path: Path) -> None:
    """One stage with all rows gives the same tables as the rows in two stages."""
    whole = night(7, articles=40)
    ids = {row["article_id"] for row in whole.articles[:20]}
    split = [Stage(), Stage()]
    for name in ("articles", "mentions"):
        for row in getattr(whole, name):
            getattr(split[row["article_id"] not in ids], name).append(row)
    split[0].sketches, split[1].sketches = whole.sketches[:20], whole.sketches[20:]
    # The first half cannot know stories that only the second half makes canonical.
    stories = {
        row["story_id"]
        for row in whole.assignments
        if row["is_canonical"] and row["article_id"] in ids
    }
    for row in whole.assignments:
        first = row["article_id"] in ids and row["story_id"] in stories
        if not first and row["article_id"] in ids:
            split[0].assignments.append(
                assignment({"article_id": row["article_id"]}) | {"similarity": 1.0}
            )
        split[not first].assignments.append(row)
    split[0].dumps, split[0].rejects = whole.dumps, whole.rejects
    for name in ("story_terms", "threads", "updates"):
        setattr(split[1], name, getattr(whole, name))
    other = tmp_path / "other.duckdb"
    with publish.writing(path) as con:
        load.load(con, whole.write(tmp_path / "whole"), RUN)
    with publish.writing(other) as con:
        for number, half in enumerate(split):
            load.load(con, half.write(tmp_path / f"half-{number}"), RUN)
    one, two = contents(path), contents(other)
    for table in (
        "articles", "stories", "threads", "event_mentions", "events", "actors", "places",
    ):  # fmt: skip
        assert_frame_equal(one[table], two[table])


def story_of_two() -> tuple[Stage, dict[str, Any], dict[str, Any]]:
    """An article that states an event, and a later copy in another source."""
    stage = one_article()
    first = stage.articles[0]
    copy = article(
        "b", 0, source="Wire One", published_at=datetime(2026, 3, 3, 8, 0, tzinfo=UTC),
        publish_date=date(2026, 3, 3),
    )  # fmt: skip
    second = Stage(
        dumps=[dump("b")],
        articles=[copy],
        sketches=[sketch(copy, [1, 2])],
        assignments=[assignment(copy, "x") | {"story_id": stage.assignments[0]["story_id"]}],
    )
    return second, first, copy


def test_a_copy_raises_the_counts_of_its_events(path: Path, publish_night: Any) -> None:
    second, _, _ = story_of_two()
    publish_night(one_article())
    loaded = publish_night(second, loaded_at=datetime(2026, 3, 4, tzinfo=UTC))
    found = event(path)
    assert (found["article_count"], found["source_count"], found["story_count"]) == (2, 2, 1)
    assert found["mention_count"] == 1
    assert found["last_published"] == datetime(2026, 3, 3, 8, 0)
    story = query.run(path, "FROM stories").row(0, named=True)
    assert story["article_count"] == 2
    assert story["sources"] == ["Harbour Post", "Wire One"]
    assert loaded.days == [date(2026, 3, 1), date(2026, 3, 3), date(2026, 3, 4)]


def test_a_story_that_another_article_takes_over(path: Path, publish_night: Any) -> None:
    second, first, copy = story_of_two()
    new = content_id("story", "merged")
    second.assignments = [
        assignment(copy) | {"story_id": new},
        assignment(first, "x") | {"story_id": new, "similarity": 0.7},
    ]
    second.mentions = [mention(copy, new, event_type="AID", quad_class=2, goldstein=7.0)]
    publish_night(one_article())
    loaded = publish_night(second)
    assert loaded.counts["articles_reassigned"] == 1
    assert loaded.counts["mentions_removed"] == 1
    assert event(path)["event_type"] == "AID"
    assert query.run(path, "SELECT story_id, canonical_article_id FROM stories").rows() == [
        (new, copy["article_id"])
    ]
    assert query.run(path, "SELECT sum(events) FROM daily_events").item() == 1
    assert query.run(path, "SELECT name FROM actors").rows() == [("French Navy",)]
    assert query.run(path, "SELECT duplicates FROM daily_ingest").item() == 1


def test_mentions_follow_an_article_to_another_story(path: Path, publish_night: Any) -> None:
    second, first, copy = story_of_two()
    new = content_id("story", "merged")
    second.assignments = [
        assignment(first) | {"story_id": new},
        assignment(copy, "x") | {"story_id": new},
    ]
    publish_night(one_article())
    publish_night(second)
    assert query.run(path, "SELECT story_id FROM event_mentions").item() == new
    assert event(path)["story_id"] == new


def two_mentions(**second: Any) -> Stage:
    """One event stated by two articles of two stories; `second` differs so."""
    stage = one_article()
    later = article(
        "b", 0, "Another telling.", source="Wire One",
        published_at=datetime(2026, 3, 2, 8, 0, tzinfo=UTC), publish_date=date(2026, 3, 2),
    )  # fmt: skip
    own = assignment(later)
    same = {"event_id": stage.mentions[0]["event_id"]}
    stage.dumps.append(dump("b"))
    stage.articles.append(later)
    stage.sketches.append(sketch(later, [9]))
    stage.assignments.append(own)
    stage.mentions.append(mention(later, own["story_id"], **(same | second)))
    return stage


def test_an_event_takes_its_columns_from_one_mention(path: Path, publish_night: Any) -> None:
    publish_night(
        two_mentions(
            confidence=0.9, country="KEN", place_name="Vell", contexts=["election", "military"]
        )
    )
    found = event(path)
    assert (found["country"], found["place_name"]) == ("KEN", "Vell")
    assert found["confidence"] == pytest.approx(0.9)
    assert found["contexts"] == ["election", "military"]
    assert (found["mention_count"], found["story_count"], found["source_count"]) == (2, 2, 2)


@pytest.mark.parametrize(
    "status",
    [{"polarity": "negative"}, {"certainty": "hypothetical"}, {"time": "future"}],
)
def test_a_reported_fact_outranks_confidence(
    path: Path, publish_night: Any, status: dict[str, str]
) -> None:
    publish_night(two_mentions(confidence=0.99, country="KEN", **status))
    found = event(path)
    assert found["country"] == "ROU"
    assert found["is_factual"]


def test_the_latest_toll_counts(path: Path, publish_night: Any) -> None:
    stage = two_mentions(deaths=7, injuries=None, confidence=0.1)
    stage.mentions[0] |= {"deaths": 40, "injuries": 3}
    publish_night(stage)
    found = event(path)
    assert (found["deaths"], found["injuries"]) == (7, 3)


def test_of_each_measure_the_latest_story_counts(path: Path, publish_night: Any) -> None:
    arrests = {"measure": "arrests", "least": 24.0, "most": 99.0, "unit": "people"}
    dead = {"measure": "deaths", "least": 7.0, "most": None, "unit": "people"}
    stage = two_mentions(quantities=[dead], confidence=0.1)
    stage.mentions[0] |= {"quantities": [dead | {"least": 40.0}, arrests]}
    publish_night(stage)
    assert event(path)["quantities"] == [arrests, dead]


@pytest.mark.parametrize(
    ("when", "precision", "reported", "day"),
    [
        (date(2026, 2, 20), "day", date(2026, 3, 1), date(2026, 2, 20)),
        (date(2026, 4, 1), "day", date(2026, 3, 1), date(2026, 4, 1)),
        (None, "none", date(2026, 3, 1), date(2026, 3, 1)),
        (date(2026, 2, 16), "week", date(2026, 3, 1), date(2026, 2, 22)),
        (date(2026, 3, 1), "month", date(2026, 3, 9), date(2026, 3, 9)),
        (date(2026, 2, 1), "month", date(2026, 3, 9), date(2026, 2, 28)),
        (date(2025, 10, 1), "quarter", date(2026, 3, 1), date(2025, 12, 31)),
        (date(1991, 1, 1), "year", date(2026, 3, 1), date(1991, 12, 31)),
        (date(2027, 1, 1), "year", date(2026, 3, 1), date(2027, 1, 1)),
        (date(1991, 1, 1), "year", None, date(1991, 1, 1)),
        (None, "none", None, None),
    ],
)
def test_the_day_of_an_event(
    path: Path,
    publish_night: Any,
    when: date | None,
    precision: str,
    reported: date | None,
    day: date | None,
) -> None:
    stage = one_article()
    stage.articles[0] |= {"published_at": None, "publish_date": reported}
    stage.mentions[0] |= {"event_date": when, "date_precision": precision}
    publish_night(stage)
    assert event(path)["day"] == day


def broken(stage: Stage, what: str) -> str:
    """Break a stage; return what the error says."""
    if what == "no story":
        stage.assignments.clear()
        return "Articles have no story"
    if what == "two stories":
        stage.assignments.append(stage.assignments[0] | {"story_id": "0" * 16})
        return "Articles have two stories"
    if what == "article twice":
        stage.articles.append(stage.articles[0])
        return "article loaded twice"
    if what == "dump twice":
        stage.dumps.append(stage.dumps[0])
        return "dump loaded twice"
    if what == "mention twice":
        stage.mentions.append(stage.mentions[0])
        return "mention loaded twice"
    if what == "sketch twice":
        stage.sketches.append(stage.sketches[0])
        return "sketch loaded twice"
    if what == "no dump":
        stage.dumps.clear()
        return "article of an unknown dump"
    if what == "not canonical":
        stage.assignments[0]["is_canonical"] = False
        return "story without exactly one canonical article"
    if what == "mention of no article":
        stage.mentions[0]["article_id"] = "0" * 16
        return "mention of an article that does not represent its story"
    stage.assignments.append(stage.assignments[0] | {"article_id": "0" * 16})
    return "assignment of an unknown article"


@pytest.mark.parametrize(
    "what",
    [
        "no story", "two stories", "article twice", "dump twice", "mention twice", "sketch twice",
        "no dump", "not canonical", "mention of no article", "assignment of no article",
    ],
)  # fmt: skip
def test_a_stage_that_contradicts_itself_loads_nothing(
    path: Path, tmp_path: Path, publish_night: Any, what: str
) -> None:
    publish_night(night(3, articles=10))
    before = path.read_bytes()
    stage = one_article()
    message = broken(stage, what)
    # In parts, so that no frame alone breaks its schema.
    folder = stage.write(tmp_path / "broken", parts=2)
    with pytest.raises(connect.StageError, match=message):
        publish_night(folder)
    assert path.read_bytes() == before


def test_columns_that_do_not_fit_are_errors(tmp_path: Path, publish_night: Any) -> None:
    folder = one_article().write(tmp_path / "stage")
    part = folder / "mentions" / "0000.parquet"
    mentions = pl.read_parquet(part)
    mentions.drop("goldstein").write_parquet(part)
    with pytest.raises(connect.StageError, match="missing goldstein"):
        publish_night(folder)
    mentions.with_columns(tone=pl.lit(1)).write_parquet(part)
    with pytest.raises(connect.StageError, match="unknown tone"):
        publish_night(folder)


def test_event_types(path: Path) -> None:
    with publish.writing(path) as con:
        assert load.replace_event_types(con, event_types()) == event_types().height
        assert load.replace_event_types(con, event_types().head(3)) == 3
        load.replace_event_types(con, event_types())
        with pytest.raises(connect.StageError, match="quad_class"):
            load.replace_event_types(con, event_types().drop("quad_class"))
        with pytest.raises(connect.StageError, match="twice"):
            load.replace_event_types(con, pl.concat([event_types(), event_types()]))
    rows = query.run(path, "FROM event_types WHERE event_type = 'CONSULT' ORDER BY event_mode")
    assert rows["name"].to_list() == ["Consult: visit", "Consult"]
    assert rows.schema["event_type"] == pl.String
    assert json.loads(rows["properties"][0]) == {"plover_note": "kept aside"}


def test_runs_are_written_once(path: Path) -> None:
    finished = RUN | {
        "state": "completed",
        "finished_at": datetime(2026, 3, 2, 2, 0, tzinfo=UTC),
        "counts": {"articles": 3},
        "seconds": {"read": 0.5},
        "parameters": {"paths": ["inbox"]},
        "ontology": "1",
    }
    with publish.writing(path) as con:
        load.record_run(con, RUN)
        load.record_run(con, finished)
        load.record_run(con, finished | {"run_id": "another"})
    assert query.run(path, "SELECT count(*) FROM runs").item() == 2
    last = query.status(path)["runs"][0]
    assert last["counts"] == {"articles": 3}
    assert last["seconds"] == {"read": 0.5}
    assert last["finished_at"] == "2026-03-02T02:00:00Z"
    assert json.loads(last["parameters"]) == {"paths": ["inbox"]}


def test_replacing_a_dump_by_itself_changes_only_its_run(path: Path, publish_night: Any) -> None:
    stage = night(4, articles=40)
    publish_night(stage)
    before = contents(path, leave_out=("run_id",))
    loaded = publish_night(stage, replace=True)
    assert loaded.counts["dumps_replaced"] == len(stage.dumps)
    assert loaded.uncoded == []
    for table, frame in contents(path, leave_out=("run_id",)).items():
        assert_frame_equal(frame, before[table])


def test_a_dump_read_differently_leaves_nothing_behind(path: Path, publish_night: Any) -> None:
    """The night that a better program makes of a dump equals one that it loads first."""
    old, new = night(5, articles=30), night(5, articles=30, mentions_each=1.5)
    gone = {row["article_id"] for row in old.articles[10:20]}
    old.rejects.append(old.rejects[0] | {"char_start": 500, "char_end": 510})
    for row in new.articles:
        if row["article_id"] in gone:
            row["article_id"] = content_id("resegmented", row["article_id"])
    for rows in (new.assignments, new.mentions, new.updates):
        for row in rows:
            for name in ("article_id", "updates_article_id"):
                if row.get(name) in gone:
                    row[name] = content_id("resegmented", row[name])
    for row in new.mentions:
        row["mention_id"] = content_id("recoded", row["mention_id"])
    publish_night(old, loaded_at=datetime(2026, 2, 1, tzinfo=UTC))
    publish_night(new, replace=True)
    twice = contents(path, leave_out=("run_id",))
    path.unlink()
    with publish.writing(path) as con:
        load.replace_event_types(con, event_types())
    publish_night(new)
    for table, frame in contents(path, leave_out=("run_id",)).items():
        assert_frame_equal(twice[table], frame)


def test_a_story_whose_canonical_article_is_gone(path: Path, publish_night: Any) -> None:
    second, first, copy = story_of_two()
    publish_night(one_article())
    publish_night(second)
    again = Stage(dumps=[dump("a")])
    loaded = publish_night(again, replace=True)
    assert loaded.uncoded == [copy["article_id"]]
    assert query.run(path, "SELECT canonical_article_id, article_count FROM stories").rows() == [
        (copy["article_id"], 1)
    ]
    for table in ("events", "event_mentions", "actors", "places", "daily_events"):
        assert query.run(path, f"SELECT count(*) FROM {table}").item() == 0
    assert query.run(path, "SELECT sum(duplicates) FROM daily_ingest").item() == 0
    assert first["article_id"] not in query.run(path, "FROM articles")["article_id"]
