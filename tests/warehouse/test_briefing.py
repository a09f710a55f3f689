"""What the warehouse says of a day, reckoned by hand."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from tests.warehouse.stages import (
    Stage,
    article,
    assignment,
    dump,
    mention,
    sketch,
    story_terms,
    thread,
)
from warehouse import briefing

DAY = date(2026, 3, 29)


def told(
    name: str, day: date, sources: list[str | None], copies_of: str | None = None
) -> tuple[Stage, list[dict[str, Any]]]:
    """Return a stage of one article a source, each a story of its own, or copies of the first."""
    stage = Stage(dumps=[dump(name, len(sources))])
    at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    for number, source in enumerate(sources):
        row = article(
            name, number, f"Text {name} {number}.", source=source, published_at=at,
            publish_date=day, url=f"https://example.org/{name}/{number}",
        )  # fmt: skip
        is_copy = copies_of is not None and number > 0
        own = assignment(row)
        if is_copy:
            own = assignment(row, "x") | {"story_id": stage.assignments[0]["story_id"]}
        stage.articles.append(row)
        stage.sketches.append(sketch(row, [hash((name, number)) % 2**31]))
        stage.assignments.append(own)
    return stage, stage.assignments


def threaded(stage: Stage, threads: list[str | None]) -> None:
    """Put the stories of a stage into these threads; None: into one of its own."""
    for row, own, into in zip(stage.articles, stage.assignments, threads, strict=True):
        stage.story_terms.append(story_terms(row, own["story_id"], [1, 2]))
        stage.threads.append(thread(own["story_id"], into))


def joined(*stages: Stage) -> Stage:
    whole = Stage()
    for stage in stages:
        for name in Stage.__dataclass_fields__:
            getattr(whole, name).extend(getattr(stage, name))
    return whole


def busy(day: date, protests: int, articles: int = 10, country: str = "KEN") -> Stage:
    stage, own = told(f"busy-{day}-{country}", day, [f"Post {n}" for n in range(articles)])
    for number in range(protests):
        at = number % articles
        stage.mentions.append(
            mention(
                stage.articles[at], own[at]["story_id"], number // articles, event_date=day,
                event_type="PROTEST", event_mode=None, actor_name=f"Group {number}",
                country=country, deaths=None,
            )
        )  # fmt: skip
    return stage


def test_copies_of_one_text_are_one_independent_source(path: Path, publish_night: Any) -> None:
    syndicated, _ = told("wire", DAY, ["Wire", "Post A", "Post B", "Post C"], copies_of="wire")
    own_texts, own = told("local", DAY, ["Herald", "Courier"])
    first = own[0]["story_id"]
    threaded(own_texts, [first, first])
    publish_night(joined(syndicated, own_texts))
    rows = briefing.look(path, DAY).found["top_stories"]
    assert [(r["independent_sources"], r["sources"], r["stories"]) for r in rows] == [
        (2, 2, 2),
        (1, 4, 1),
    ]
    assert rows[0]["thread_id"] == first
    assert rows[1]["source_names"] == ["Post A", "Post B", "Post C", "Wire"]


def test_a_story_whose_first_text_has_no_source_counts_for_a_copy(
    path: Path, publish_night: Any
) -> None:
    stage, _ = told("anonymous", DAY, [None, "Post A"], copies_of="anonymous")
    publish_night(stage)
    [row] = briefing.look(path, DAY).found["top_stories"]
    assert (row["independent_sources"], row["sources"]) == (1, 1)


def test_top_stories_tell_their_events_with_evidence(path: Path, publish_night: Any) -> None:
    stage, own = told("local", DAY, ["Herald"])
    stage.mentions = [
        mention(stage.articles[0], own[0]["story_id"], 0, event_date=DAY - timedelta(days=1)),
        mention(stage.articles[0], own[0]["story_id"], 1, event_date=DAY, event_type="AID"),
        mention(stage.articles[0], own[0]["story_id"], 2, event_date=DAY - timedelta(days=300)),
        mention(stage.articles[0], own[0]["story_id"], 3, event_date=DAY, event_type="REJECT",
                polarity="negative"),
    ]  # fmt: skip
    publish_night(stage)
    found = briefing.look(path, DAY)
    ids = [row["event_id"] for row in stage.mentions]
    assert set(found.stories[own[0]["story_id"]]) == set(ids[:2])  # near the day, and factual
    assert {row["event_id"] for row in found.events} == set(ids[:2])
    [evidence] = found.evidence[ids[0]]
    sentence = evidence["sentence_text"]
    assert sentence[evidence["trigger_start"] : evidence["trigger_end"]] == "shelled"
    assert (evidence["dump_path"], evidence["char_start"], evidence["char_end"]) == (
        "inbox/local.txt", 0, 90,
    )  # fmt: skip


def test_evidence_is_three_different_stories_with_the_leading_one_first(
    path: Path, publish_night: Any
) -> None:
    stage, own = told("many", DAY, [f"Post {n}" for n in range(5)])
    stage.mentions = [
        mention(row, of["story_id"], n % 2, event_date=DAY, confidence=0.5 + n / 10)
        for n, (row, of) in enumerate(zip(stage.articles, own, strict=True))
    ]
    publish_night(stage)
    found = briefing.look(path, DAY)
    [event] = found.events
    evidence = found.evidence[event["event_id"]]
    assert len(evidence) == 3
    assert len({row["article_id"] for row in evidence}) == 3
    assert [round(row["confidence"], 1) for row in evidence] == [0.9, 0.8, 0.7]


def test_of_the_tolls_in_one_thread_the_highest_counts(path: Path, publish_night: Any) -> None:
    stage, own = told("battle", DAY, ["A", "B", "C"])
    first = own[0]["story_id"]
    threaded(stage, [first, first, None])
    for number, deaths in enumerate((9, 12, 5)):
        stage.mentions.append(
            mention(
                stage.articles[number], own[number]["story_id"], event_date=DAY, deaths=deaths,
                actor_name=f"Side {number}", country="ROU",
            )
        )  # fmt: skip
    stage.mentions.append(  # what a war took in a year is nothing of the day
        mention(stage.articles[0], first, 3, event_date=date(2026, 1, 1), date_precision="year",
                deaths=4000, actor_name="War")
    )  # fmt: skip
    publish_night(stage)
    found = briefing.look(path, DAY)
    assert found.overview["deaths"] == 12 + 5
    [row] = found.found["countries"]
    assert (row["country"], row["deaths_in_violence"], row["other_deaths"]) == ("ROU", 17, 0)


def test_equal_tolls_in_one_country_are_taken_for_one(path: Path, publish_night: Any) -> None:
    stage, own = told("crash", DAY, ["A", "B", "C", "D", "E"])
    for number, (deaths, country) in enumerate(
        ((7, "GBR"), (7, "GBR"), (7, "FRA"), (2, "GBR"), (2, "GBR"))
    ):
        stage.mentions.append(
            mention(
                stage.articles[number], own[number]["story_id"], event_date=DAY, deaths=deaths,
                event_type="ACCIDENT", actor_name=f"Tram {number}", country=country,
            )
        )  # fmt: skip
    publish_night(stage)
    found = briefing.look(path, DAY)
    assert {r["country"]: r["other_deaths"] for r in found.found["countries"]} == {
        "GBR": 7 + 2 + 2, "FRA": 7,
    }  # fmt: skip
    assert found.overview["deaths"] == 18


def anscombe(count: float) -> float:
    return 2 * math.sqrt(count + 0.375)


def nights(publish_night: Any, counts: dict[int, tuple[int, int]]) -> None:
    """Publish nights, by how long before the day: protests, and other events."""
    for back, (protests, others) in counts.items():
        day = DAY - timedelta(days=back)
        stage = busy(day, protests)
        for number in range(others):
            at = number % 10
            stage.mentions.append(
                mention(
                    stage.articles[at], stage.assignments[at]["story_id"], 50 + number,
                    event_date=day, event_type="AID", actor_name=f"Agency {number}", country=None,
                    place_name=None, deaths=None,
                )
            )  # fmt: skip
        publish_night(stage)


def test_the_score_of_a_change_is_a_robust_z_at_the_day_s_volume(
    path: Path, publish_night: Any
) -> None:
    before = [2, 3, 2, 4, 3, 2, 3, 5, 2, 3]
    past = {back: (protests, 40 - protests) for back, protests in enumerate(before, 1)}
    # The day has twice as many events; of another too few were reported to compare.
    nights(publish_night, past | {20: (10, 0), 0: (20, 60)})
    rows = briefing.look(path, DAY).found["changes"]
    row = next(r for r in rows if r["event_type"] == "PROTEST" and r["country"] == "KEN")
    scaled = [2 * count for count in before]
    moved = [anscombe(count) for count in scaled]
    middle = median(moved)
    spread = max(1.0, 1.4826 * median(abs(value - middle) for value in moved))
    assert row["days"] == len(before)
    assert row["count"] == 20
    assert row["median_28"] == median(scaled)
    assert row["median_7"] == median(scaled[:7])
    assert row["score"] == pytest.approx((anscombe(20) - middle) / spread)
    # Events without a place are in the counts of types and in no country.
    assert {r["country"] for r in rows if r["event_type"] == "AID"} == {None}


def test_a_half_empty_night_is_not_taken_for_peace(path: Path, publish_night: Any) -> None:
    nights(publish_night, dict.fromkeys(range(1, 12), (20, 20)) | {0: (6, 6)})
    rows = briefing.look(path, DAY).found["changes"]
    assert rows
    assert max(abs(row["score"]) for row in rows) < 1


def test_what_stopped_is_a_change_too(path: Path, publish_night: Any) -> None:
    nights(publish_night, dict.fromkeys(range(1, 12), (20, 20)) | {0: (0, 40)})
    rows = briefing.look(path, DAY).found["changes"]
    row = next(r for r in rows if r["event_type"] == "PROTEST" and r["country"] == "KEN")
    assert row["count"] == 0
    assert row["score"] < -3.5


def test_what_is_told_later_or_dated_to_a_month_changes_nothing(
    path: Path, publish_night: Any
) -> None:
    nights(publish_night, dict.fromkeys(range(1, 12), (5, 5)) | {0: (5, 5)})
    before = briefing.look(path, DAY)
    stage, own = told("later", DAY + timedelta(days=1), ["Post 1"])
    for number in range(30):  # the day after tells of the day
        stage.mentions.append(
            mention(
                stage.articles[0], own[0]["story_id"], number, event_date=DAY,
                event_type="PROTEST", actor_name=f"Late {number}", country="KEN",
            )
        )  # fmt: skip
    publish_night(stage)
    stage, own = told("monthly", DAY, ["Post 1"])
    for number in range(30):
        stage.mentions.append(
            mention(
                stage.articles[0], own[0]["story_id"], number, event_date=DAY.replace(day=1),
                date_precision="month", event_type="PROTEST", actor_name=f"Monthly {number}",
                country="KEN",
            )
        )  # fmt: skip
    publish_night(stage)
    after = briefing.look(path, DAY)
    assert after.found["changes"] == before.found["changes"]
    assert after.overview["events_then"] == before.overview["events_then"] == 10
    assert after.overview["events"] == 40  # but the page tells of what is known now
    assert after.found["quality"][0]["approximate"] == 30


def test_too_few_days_before_say_nothing_of_what_is_usual(path: Path, publish_night: Any) -> None:
    for back in range(1, 7):
        publish_night(busy(DAY - timedelta(days=back), 20))
    publish_night(busy(DAY, 80))
    found = briefing.look(path, DAY)
    assert found.found["changes"] == []
    assert found.overview["days_before"] == 6


def test_the_overview_beside_the_median_of_days_that_have_articles(
    path: Path, publish_night: Any
) -> None:
    for back, protests in ((1, 4), (2, 8), (20, 6), (29, 100)):
        publish_night(busy(DAY - timedelta(days=back), protests))
    publish_night(busy(DAY, 3, articles=7))
    o = briefing.look(path, DAY).overview
    assert (o["articles"], o["stories"], o["sources"], o["events"]) == (7, 7, 7, 3)
    assert (o["days_before"], o["usual_events"], o["usual_articles"]) == (3, 6, 10)


def test_a_day_without_anything(path: Path, publish_night: Any) -> None:
    publish_night(busy(DAY, 3))
    found = briefing.look(path, date(2020, 1, 1))
    assert found.events == []
    assert found.overview["articles"] == found.overview["events"] == 0
    assert found.overview["usual_events"] is None


def test_quality_counts_what_an_analyst_should_doubt(path: Path, publish_night: Any) -> None:
    stage, own = told("mixed", DAY, ["A", None])
    stage.articles[0]["title"] = None
    stage.articles[1]["publish_date_source"] = "path"
    stage.mentions = [
        mention(stage.articles[0], own[0]["story_id"], 0, event_date=DAY, confidence=0.6),
        mention(stage.articles[1], own[1]["story_id"], 1, event_date=None, date_precision="none",
                country=None, place_name=None, admin1=None, event_type="AID"),
    ]  # fmt: skip
    publish_night(stage)
    [row] = briefing.look(path, DAY).found["quality"]
    assert (row["articles"], row["untitled"], row["without_source"], row["date_inferred"]) == (
        2, 1, 1, 1,
    )  # fmt: skip
    assert (row["events"], row["low_confidence"], row["undated"], row["without_place"]) == (
        2, 1, 1, 1,
    )  # fmt: skip
    [load] = briefing.look(path, DAY).found["loads"]
    assert load["articles"] == 2


def test_days_and_states(path: Path, publish_night: Any) -> None:
    for back in (0, 1, 30):
        publish_night(busy(DAY - timedelta(days=back), 2))
    listed = briefing.days(path)
    assert [row["day"] for row in listed] == [DAY - timedelta(days=b) for b in (30, 1, 0)]
    assert [row["events"] for row in listed] == [2, 2, 2]
    before = briefing.states(path, [row["day"] for row in listed])
    publish_night(busy(DAY, 1, country="FRA"))
    after = briefing.states(path, [row["day"] for row in listed])
    assert [day for day in before if before[day] != after[day]] == [DAY]
    assert briefing.states(path, []) == {}


def test_days_loaded_lately(path: Path, publish_night: Any) -> None:
    for run, back in ((0, 30), (1, 3), (8, 0), (9, 1)):
        at = datetime(2026, 4, 1, tzinfo=UTC) + timedelta(days=run)
        publish_night(
            busy(DAY - timedelta(days=back), 1), state="completed", finished_at=at, loaded_at=at
        )
    # The last run is of the tenth of April; that of the first was more than a week before.
    assert briefing.published_lately(path, days=7) == [
        DAY, DAY - timedelta(days=1),
    ]  # fmt: skip
    assert briefing.published_lately(path, days=1) == [DAY]
    assert len(briefing.published_lately(path, days=7, within=30)) == 4


def test_what_stands_on_a_page_changes_its_state(path: Path, publish_night: Any) -> None:
    publish_night(busy(DAY, 2))
    before = briefing.states(path, [DAY])
    stage = busy(DAY, 2)
    for row in stage.mentions:
        row["certainty"] = "claimed"
    publish_night(stage, replace=True)
    assert briefing.states(path, [DAY]) != before


@pytest.mark.parametrize("name", briefing.QUESTIONS)
def test_every_query_says_what_it_asks_and_runs_as_shown(
    path: Path, publish_night: Any, name: str
) -> None:
    publish_night(busy(DAY, 1))
    assert len(briefing.question(name)) > 20
    text = briefing.query_text(name, DAY)
    assert "$" not in text
    with briefing.connected(path) as con:
        assert con.execute(text).fetchall() is not None
        assert not text.startswith("--")  # `newsmill sql` would take it for an option
