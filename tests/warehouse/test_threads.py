"""Threads and versions in the warehouse: what loading keeps, and what the next night is told."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from tests.warehouse.stages import (
    Stage,
    article,
    assignment,
    dump,
    mention,
    story_terms,
    thread,
    update,
)
from transforms.keys import content_id
from warehouse import connect, migrate, query

TERMS = [10, 12, 14, 16, 17]


def story(name: str, day: int, terms: list[int], of: str | None = None, **more: Any) -> Stage:
    """A night of one story, in a thread of its own or in that of the story `of`."""
    only = article(
        name,
        0,
        f"Text of {name}.",
        published_at=datetime(2026, 3, day, 9, 0, tzinfo=UTC),
        publish_date=date(2026, 3, day),
        **more,
    )
    own = assignment(only)
    at = None if of is None else story_id(of)
    return Stage(
        dumps=[dump(name)],
        articles=[only],
        assignments=[own],
        story_terms=[story_terms(only, own["story_id"], terms)],
        threads=[thread(own["story_id"], at)],
        updates=[update(only)],
    )


def story_id(name: str) -> str:
    return content_id("story", content_id("article", name, 0))


def known(path: Path, terms: list[int], day: int, **more: Any) -> query.Past:
    tonight = pl.DataFrame(
        {
            "story_id": ["f" * 16],
            "published_at": [datetime(2026, 3, day, tzinfo=UTC)],
            "heading": [len("Story 0 of a")],
            "is_template": [False],
            "terms": [terms],
        },
        schema={
            "story_id": pl.String,
            "published_at": pl.Datetime("us", "UTC"),
            "heading": pl.UInt64,
            "is_template": pl.Boolean,
            "terms": pl.List(pl.UInt32),
        },
    )
    bounds = {"window": 6, "history": 30, "shared": 2, "common": 100} | more
    return query.known_threads(path, tonight, **bounds)


def test_a_thread_sums_up_its_stories(path: Path, publish_night: Any) -> None:
    first = story("a", 1, TERMS)
    first.mentions = [mention(first.articles[0], story_id("a"), number) for number in range(2)]
    publish_night(first)
    second = story("b", 3, TERMS, of="a", source="Wire One")
    second.updates[0] |= {"update_kind": "correction", "update_marker": "CORRECTED-"}
    second.mentions = [mention(second.articles[0], story_id("b"), country="KEN")]
    publish_night(second)
    row = query.run(path, "FROM threads").row(0, named=True)
    assert query.run(path, "SELECT count(*) FROM threads").item() == 1
    assert row["thread_id"] == story_id("a")
    assert (row["story_count"], row["article_count"], row["day_count"]) == (2, 2, 2)
    assert row["sources"] == ["Harbour Post", "Wire One"]
    assert (row["mention_count"], row["correction_count"]) == (3, 1)
    assert row["countries"] == ["ROU", "KEN"]
    assert row["leading_story_id"] == story_id("a")
    assert (row["first_published"].day, row["last_published"].day) == (1, 3)
    found = query.run(path, "SELECT DISTINCT thread_id FROM stories")["thread_id"].to_list()
    assert found == [story_id("a")]
    daily = query.run(path, "SELECT DISTINCT thread_id FROM daily_stories")["thread_id"].to_list()
    assert daily == [story_id("a")]


def test_threads_that_become_one_take_along_what_was_not_staged(
    path: Path, publish_night: Any
) -> None:
    for number, (name, of) in enumerate([("a", None), ("b", None), ("c", "b")], 1):
        publish_night(story(name, number, TERMS, of=of))
    bridge = story("d", 4, TERMS, of="a")
    bridge.threads.append(thread(story_id("b"), story_id("a")))
    loaded = publish_night(bridge)
    assert loaded.counts["stories_threaded"] == 3
    assert query.run(path, "SELECT thread_id, story_count FROM threads").rows() == [
        (story_id("a"), 4)
    ]
    assert query.run(path, "SELECT DISTINCT thread_id FROM daily_stories").height == 1


def test_a_thread_that_splits_is_refused(path: Path, publish_night: Any) -> None:
    publish_night(story("a", 1, TERMS))
    publish_night(story("b", 2, TERMS, of="a"))
    wrong = story("c", 3, TERMS)
    wrong.threads += [thread(story_id("a"), story_id("c")), thread(story_id("b"), story_id("b"))]
    with pytest.raises(connect.StageError, match="thread that splits"):
        publish_night(wrong)


def test_a_story_that_is_gone_leaves_its_thread(path: Path, publish_night: Any) -> None:
    publish_night(story("a", 1, TERMS))
    publish_night(story("b", 2, TERMS, of="a"))
    publish_night(Stage(dumps=[dump("a", 0)]), replace=True)
    row = query.run(path, "SELECT thread_id, story_count, leading_story_id FROM threads").rows()
    assert row == [(story_id("a"), 1, story_id("b"))]
    assert (
        query.run(path, "SELECT count(*) FROM term_days WHERE day = DATE '2026-03-01'").item() == 0
    )


def test_what_updates_an_article_that_is_gone_says_so(path: Path, publish_night: Any) -> None:
    publish_night(story("a", 1, TERMS))
    later = story("b", 1, TERMS, of="a")
    later.updates = [update(later.articles[0], 2, updates_article_id=content_id("article", "a", 0))]
    publish_night(later)
    publish_night(Stage(dumps=[dump("a", 0)]), replace=True)
    found = query.run(path, "SELECT version, updates_article_id FROM articles").rows()
    assert found == [(2, None)]


def test_what_the_next_night_is_told(path: Path, publish_night: Any) -> None:
    publish_night(story("a", 1, TERMS))
    publish_night(story("b", 2, [10, 12, 99], of="a"))
    publish_night(story("far", 1, [400, 402]))
    told = known(path, TERMS, day=3)
    assert set(told.known["story_id"]) == {story_id("a"), story_id("b")}
    assert set(told.known["thread_id"]) == {story_id("a")}
    assert told.known.schema["published_at"] == pl.Datetime("us", "UTC")
    counted = told.frequencies.filter(pl.col("term") == 10).sort("day")
    assert counted["stories"].to_list() == [1, 1]
    assert told.totals.sort("day")["stories"].to_list() == [2, 1]
    assert told.headings["day"].to_list() == [date(2026, 3, 1), date(2026, 3, 2)]
    # Too common, too few shared terms, too long ago, or about to be replaced.
    assert known(path, TERMS, day=3, common=1, shared=4).known.is_empty()
    assert known(path, [10], day=3).known.is_empty()
    assert known(path, TERMS, day=20).known.is_empty()
    without = known(path, TERMS, day=3, without_dumps=[content_id("dump", "a")])
    assert without.known["story_id"].to_list() == [story_id("b")]
    assert without.frequencies.filter(pl.col("term") == 10)["stories"].to_list() == [1]
    assert without.totals["stories"].sum() == 2


def test_a_pair_of_names_finds_no_story(path: Path, publish_night: Any) -> None:
    publish_night(story("a", 1, [17, 19, 21]))
    assert known(path, [17, 19, 21], day=2).known.is_empty()


def test_earlier_versions_come_with_the_ends_of_their_text(path: Path, publish_night: Any) -> None:
    publish_night(story("a", 1, TERMS))
    headings = pl.DataFrame(
        {"heading": [len("Story 0 of a")], "published_at": [datetime(2026, 3, 2, tzinfo=UTC)]},
        schema_overrides={"heading": pl.UInt64},
    )
    found = query.known_versions(path, [], headings, hours=48, characters=7)
    assert found.row(0, named=True)["head"] == "Text of"
    assert found["words"].to_list() == [3]
    assert query.known_versions(path, [], headings, hours=2, characters=7).is_empty()
    of_story = query.known_versions(path, [story_id("a")], headings.clear(), hours=0, characters=7)
    assert of_story.height == 1


def test_an_older_warehouse_has_its_stories_in_threads_of_their_own(
    path: Path, publish_night: Any
) -> None:
    publish_night(story("a", 1, TERMS))
    publish_night(story("b", 2, TERMS, of="a"))
    with duckdb.connect(path) as con:
        kept = con.execute(
            "SELECT table_name FROM duckdb_tables() WHERE table_name IN"
            " ('threads', 'story_terms', 'term_days')"
        ).fetchall()
        assert len(kept) == 3
        for (table,) in kept:
            con.execute(f"DROP TABLE {table}")
        for column in ("version", "update_kind", "update_marker", "updates_article_id"):
            con.execute(f"ALTER TABLE articles DROP COLUMN {column}")
        con.execute("ALTER TABLE stories DROP COLUMN thread_id")
        con.execute("ALTER TABLE daily_stories DROP COLUMN thread_id")
        con.execute({n: t for n, _, t in migrate.migrations()}[3])
    rows = query.run(path, "SELECT thread_id = story_id FROM stories").to_series()
    assert rows.all() and len(rows) == 2
    assert query.run(path, "SELECT sum(story_count) FROM threads").item() == 2
    assert query.run(path, "SELECT sum(version) FROM articles").item() == 2
    [waiting] = query.unthreaded_articles(path, date(2026, 3, 1), date(2026, 3, 1))
    assert waiting["story_id"].to_list() == [story_id("a")]
    assert list(query.unthreaded_articles(path, date(2026, 3, 9), date(2026, 3, 9))) == []
