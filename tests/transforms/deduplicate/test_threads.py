"""Threads: what is tied, what is not, and what nights and their order change."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.benchmarks.quality.threads import by_night
from transforms.deduplicate import memory, threads
from transforms.keys import content_id
from transforms.schemas import Articles, frame

DAY = datetime(2024, 5, 6, 6, tzinfo=UTC)

EVENTS = {
    "ferry": ("Aurelia Star", "Tolvane", "Vellmar Lines", "ferry fire lifeboats coastguard tugs"),
    "dam": ("Osk Reservoir", "Brenmoor", "Hydra Norvik", "dam crack spillway evacuated valley"),
    "takeover": ("Candlewick Foods", "Pryderi Holdings", "Oswin Marl", "bid tender board hostile"),
    "strike": ("Grenholm Tramways", "Sable Nyquist", "Transit Guild", "strike drivers walkout pay"),
    "trial": ("Corvin Adeyo", "Judge Hallam Trew", "Larkspur Bank", "fraud verdict jury testimony"),
}
VERBS = ("said", "told", "warned", "denied", "agreed", "asked", "ruled", "began", "ended", "urged")
FILLER = ("Quenby", "Sorn", "Ellery", "Talvik", "Ombria", "Peverell", "Dunmarrow", "Ysgard")


def text(event: str, number: int) -> tuple[str, str]:
    """Return an invented headline and body of a story about one of `EVENTS`."""
    rng = random.Random(f"{event} {number}")
    one, two, three, words = EVENTS[event]
    said = rng.sample(words.split(), 3)
    fresh = rng.sample(FILLER, 2)
    title = f"{one} {said[0]}: {two} {rng.choice(VERBS)} {fresh[0]}"
    body = (
        f"The {said[0]} at {one} grew on the {number + 1}th day as {two} {rng.choice(VERBS)} "
        f"that {three} had known of the {said[1]} for weeks.\n"
        f"In {fresh[1]} officials {rng.choice(VERBS)} the {said[2]} and {three} "
        f"{rng.choice(VERBS)} {rng.randrange(100, 999)} people."
    )
    return title, body


def lone(number: int) -> tuple[str, str]:
    """Return a story that has nothing to do with any other."""
    rng = random.Random(f"lone {number}")
    name = "".join(rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(4)).title()
    other = "".join(rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(4)).title()
    return (
        f"{name} council opens {rng.choice(['library', 'bridge', 'garden', 'school'])}",
        f"Residents of {name} gathered on the square as mayor {other} cut a ribbon.\n"
        f"The work took {rng.randrange(2, 90)} months, a spokesman for {name} said.",
    )


def rate(number: int) -> tuple[str, str]:
    """Return one day's notice of a series that comes every day."""
    return (
        f"Talvik central bank sets repo rate at {number}.{number % 7}",
        f"The Bank of Talvik said that governor Ostrava Lindquist allotted {number * 37} million "
        "crowns at the Talvik repo tender to member banks of the Ombria Clearing House.",
    )


def row(name: str, title: str, body: str, hours: float | None) -> dict[str, object]:
    at = None if hours is None else DAY + timedelta(hours=hours)
    return {
        "article_id": content_id("article", name),
        "dump_id": content_id("dump"),
        "ordinal": 0,
        "char_start": 0,
        "char_end": 10,
        "title": title,
        "source": "Ellery Wire",
        "published_at": at,
        "publish_date": None if at is None else at.date(),
        "publish_date_source": "none" if at is None else "field",
        "body": body,
        "text_hash": content_id("text", title, body),
        "segment_confidence": 1.0,
    }


def vectors(*rows: dict[str, object]) -> pl.DataFrame:
    stories = frame(Articles, list(rows)).with_columns(story_id=pl.col("article_id"))
    return memory.remember(stories)


def corpus() -> pl.DataFrame:
    rows = []
    for start, event in enumerate(EVENTS):
        for number in range(5):
            hours = 30 * start + 20 * number
            rows.append(row(f"{event}-{number}", *text(event, number), hours))
    for number in range(60):
        rows.append(row(f"lone-{number}", *lone(number), 4 * number))
    for number in range(12):
        rows.append(row(f"rate-{number}", *rate(number), 24 * number))
    parts = [text("ferry", 9)[1], text("dam", 9)[1]]
    rows.append(row("digest", "The week as we saw it", "\n".join(parts), 60))
    return vectors(*rows)


CORPUS = corpus()


def ids(event: str, numbers: int = 5) -> set[str]:
    return {content_id("article", f"{event}-{number}") for number in range(numbers)}


def groups(thread: dict[str, str]) -> set[frozenset[str]]:
    found: dict[str, set[str]] = {}
    for story, at in thread.items():
        found.setdefault(at, set()).add(story)
    return {frozenset(stories) for stories in found.values()}


def once(frame: pl.DataFrame) -> dict[str, str]:
    found = threads.link(frame, *threads.nothing())
    return dict(found.select("story_id", "thread_id").rows())


ONCE = once(CORPUS)


@pytest.mark.parametrize("event", EVENTS)
def test_stories_about_one_event_are_a_thread(event: str) -> None:
    digest = content_id("article", "digest")
    assert frozenset(ids(event)) in {group - {digest} for group in groups(ONCE)}


def test_the_thread_is_named_after_its_earliest_story() -> None:
    for event in EVENTS:
        assert {ONCE[story] for story in ids(event)} == {content_id("article", f"{event}-0")}


def test_strangers_and_series_are_alone() -> None:
    sizes = {story: len(group) for group in groups(ONCE) for story in group}
    assert {sizes[content_id("article", f"lone-{number}")] for number in range(60)} == {1}
    assert {sizes[content_id("article", f"rate-{number}")] for number in range(12)} == {1}


def test_a_digest_joins_no_two_threads() -> None:
    assert ONCE[content_id("article", "ferry-0")] != ONCE[content_id("article", "dam-0")]


def test_time_parts_what_words_tie() -> None:
    title, body = text("dam", 1)
    pair = [row("a", title, body, 0), row("b", *text("dam", 2), 6)]
    near = once(vectors(*pair))
    assert len(set(near.values())) == 1
    pair[1] = row("b", *text("dam", 2), 24 * 30)
    assert len(set(once(vectors(*pair)).values())) == 2


def test_undated_stories_of_one_night_can_be_tied() -> None:
    pair = [row("a", *text("dam", 1), None), row("b", *text("dam", 2), None)]
    assert len(set(once(vectors(*pair)).values())) == 1
    known = vectors(pair[0]).with_columns(thread_id=pl.col("story_id"))
    _, frequencies, totals, headings = threads.nothing()
    later = threads.link(vectors(pair[1]), known, frequencies, totals, headings)
    assert later["thread_id"].to_list() == [content_id("article", "b")]


@given(st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_order_of_rows(seed: int) -> None:
    assert once(CORPUS.sample(fraction=1, shuffle=True, seed=seed)) == ONCE


def test_no_stories() -> None:
    assert threads.link(CORPUS.clear(), *threads.nothing()).is_empty()


DAYS = CORPUS["published_at"].dt.date().unique().sort().to_list()


def test_a_run_a_night_gives_the_same_threads() -> None:
    assert by_night(CORPUS) == ONCE


@given(st.permutations(DAYS))
@settings(max_examples=20, deadline=None)
def test_nights_in_any_order_give_threads_of_the_same_events(order: list[object]) -> None:
    """Words that come every day are known for what they are only once some days are at hand, and
    two threads of one event that meet late may stay apart; but no thread ever holds two events.
    """
    digest = content_id("article", "digest")
    for group in groups(by_night(CORPUS, order)):
        events = {event for event in EVENTS if ids(event) & group}
        assert len(events) <= 1
        if events:
            assert group - {digest} <= ids(events.pop())


@given(st.permutations(DAYS))
@settings(max_examples=15, deadline=None)
def test_threads_only_grow_and_merge(order: list[object]) -> None:
    """What is together stays together, and an id that goes is that of a thread that was joined."""
    before: dict[str, str] = {}
    for count in range(1, len(order) + 1):
        after = by_night(CORPUS, order[:count])
        moved = {}
        for story, thread in before.items():
            assert moved.setdefault(thread, after[story]) == after[story]
        for old, new in moved.items():
            if old != new:
                assert new in before.values()
        before = after


def test_a_late_older_story_changes_no_id() -> None:
    late = CORPUS.filter(pl.col("story_id") == content_id("article", "dam-0"))
    rest = CORPUS.join(late, on="story_id", how="anti")
    thread = once(rest)
    known = rest.with_columns(
        thread_id=pl.col("story_id").replace_strict(thread, return_dtype=pl.String)
    )
    _, frequencies, totals, headings = threads.nothing()
    found = threads.link(late, known, frequencies, totals, headings)
    assert found.select("story_id", "thread_id").rows() == [
        (content_id("article", "dam-0"), content_id("article", "dam-1"))
    ]


def test_two_threads_that_turn_out_to_be_one_keep_the_older_id() -> None:
    both = CORPUS.filter(pl.col("story_id").is_in(list(ids("strike"))))
    first, second = (content_id("article", f"strike-{number}") for number in (0, 3))
    half = pl.col("story_id").is_in(
        [content_id("article", f"strike-{number}") for number in (0, 1)]
    )
    last = content_id("article", "strike-4")
    known = both.filter(pl.col("story_id") != last).with_columns(
        thread_id=pl.when(half).then(pl.lit(first)).otherwise(pl.lit(second))
    )
    _, frequencies, totals, headings = threads.nothing()
    new = both.filter(pl.col("story_id") == last)
    found = threads.link(new, known, frequencies, totals, headings)
    named = dict(found.select("story_id", "thread_id").rows())
    assert set(named.values()) == {first}
    assert set(named) == {last, content_id("article", "strike-2"), second}


def test_what_looks_like_a_template() -> None:
    looks = [
        ("Ellery market report", "Wheat 12.5 13.1\nBarley 9.4 9.9\nOats 7.1 7.4\nRye 6.2 6.0"),
        ("Your morning briefing", "Good morning from the newsroom of the Ellery Wire."),
        ("Stocks drift lower in late trading", "The Ellery index lost a little, brokers said."),
        ("Minister resigns over canal contract", "The minister of works resigned on Monday."),
    ]
    rows = [row(title, title, body, 0) for title, body in looks]
    built = vectors(*rows)
    found = dict(built.select("story_id", "is_template").rows())
    assert [found[content_id("article", title)] for title, _ in looks] == [True, True, True, False]
