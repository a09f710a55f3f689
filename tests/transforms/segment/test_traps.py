"""Layouts that mislead a segmenter, each set from invented stories."""

from __future__ import annotations

import random
import textwrap
from collections.abc import Sequence

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.segment.test_articles import assert_conserved, text_run

Story = tuple[str, list[str]]

STORIES: list[Story] = [
    (
        "Harbour bridge opens after two-year repair",
        [
            "The harbour bridge at Port Ellery opened to traffic on Monday after repairs that took"
            " two years and closed half of the old town to lorries.",
            "Engineers from the Weller yard said the bridge would carry twenty thousand cars a day"
            " across the harbour, a third more than before the repair.",
            '"We have waited long enough for this," said Mayor Dora Holm, who crossed the bridge on'
            " foot with children of the harbour school.",
            "The repair cost the town 41 million crowns, of which the state will pay half.",
        ],
    ),
    (
        "Ferry crews vote to end strike on Lowmere line",
        [
            "Ferry crews on the Lowmere line voted on Tuesday to end a strike that began in spring"
            " and left the islands without mail for weeks.",
            "Their union said crews had won shorter shifts and an inspection of every ferry each"
            " month, which the owner had refused until last week.",
            "Passengers have travelled to Lowmere in fishing boats since the strike began, at four"
            " times the price of a ferry ticket.",
            "Sailings are to start again on Friday morning, the shipping company announced.",
        ],
    ),
    (
        "Court clears former minister of bribery",
        [
            "A court in Vantova cleared former minister Ilse Brandt of bribery on Wednesday and"
            " ordered the state to pay for her defence.",
            "Judges found that prosecutors had not shown that Brandt knew of payments made by a"
            " builder of schools to members of her staff.",
            "Brandt left the courtroom through a side door and did not speak to reporters.",
            "Prosecutors have thirty days to take the verdict to a higher court.",
        ],
    ),
    (
        "Drought empties reservoirs of the southern plain",
        [
            "Reservoirs on the southern plain have fallen to a fifth of what they hold, water"
            " officials said on Thursday after the driest winter for forty years.",
            "Farmers at Tolland were told to stop watering maize, and three villages now get their"
            " drinking water by lorry twice a week.",
            "Meteorologists expect no rain on the plain before October.",
        ],
    ),
    (
        "Chess champion loses title to seventeen-year-old",
        [
            "Yusuf Rahman, seventeen, became the youngest chess champion of the country on Sunday"
            " when he beat Gus Petrov in a final of eleven games.",
            "Petrov had held the title for nine years and offered a draw in the last game, which"
            " the teenager refused with a smile.",
            '"He plays as if nobody had ever told him what is impossible," Petrov said.',
        ],
    ),
    (
        "Museum returns bronze bell to mountain village",
        [
            "The national museum has returned a bronze bell to Quist, a mountain village whose"
            " people had asked for it since soldiers took it away in 1911.",
            "Villagers carried the bell up from the railway on their shoulders on Saturday, as"
            " their great-grandparents had when it was cast.",
            "Museum director Pia Moreau said other objects would follow the bell home.",
        ],
    ),
]

SAME_EVENT: list[Story] = [
    (
        "Barge strikes harbour bridge at Port Ellery",
        [
            "A barge loaded with gravel struck the harbour bridge at Port Ellery early on Monday"
            " and tore away two of its pillars, police said.",
            "Nobody was on the bridge when the barge hit it. Its captain, Stig Dahl, was taken to"
            " hospital with a broken arm.",
            "The town closed the harbour until divers have looked at the wreck, Mayor Dora Holm"
            " told reporters at the quay.",
            "Dahl's employer said the barge had lost its steering in the fog.",
        ],
    ),
    (
        "Captain hurt as gravel barge hits Port Ellery bridge",
        [
            "The captain of a gravel barge was hurt on Monday when his ship ran into the harbour"
            " bridge at Port Ellery in thick fog.",
            "Stig Dahl, 54, broke an arm in the accident, which destroyed two pillars of the"
            " bridge and blocked the harbour.",
            "Mayor Dora Holm asked drivers to take the road by Tolland, a detour of forty minutes.",
            "Engineers will decide this week whether the bridge can be saved.",
        ],
    ),
    (
        "Port Ellery harbour shut after bridge accident",
        [
            "Port Ellery's harbour was closed to all ships on Monday after a barge carrying gravel"
            " brought down part of the bridge across it.",
            "Eleven ships were waiting outside the harbour by noon, harbour master Fay Sorel said.",
            "Police questioned the crew of the barge, whose captain Stig Dahl is in hospital.",
            "Sorel expects the harbour to stay shut until Thursday.",
        ],
    ),
]


def set_text(
    stories: Sequence[Story], *, between: str = "\n", inside: str = "\n", case: str = "sentence"
) -> str:
    """Write stories one behind the other."""
    cased = {"sentence": str, "upper": str.upper, "title": str.title}[case]
    return between.join(inside.join([cased(head), *body]) for head, body in stories) + "\n"


def heads(stories: Sequence[Story], case: str = "sentence") -> list[str]:
    cased = {"sentence": str, "upper": str.upper, "title": str.title}[case]
    return [cased(head) for head, _ in stories]


def titles(text: str) -> list[str | None]:
    articles, rejects, _ = text_run(text)
    assert_conserved(text, articles, rejects)
    return articles["title"].to_list()


@pytest.mark.parametrize("case", ["sentence", "upper", "title"])
@pytest.mark.parametrize(("between", "inside"), [("\n", "\n"), ("\n\n", "\n"), ("\n\n", "\n\n")])
def test_blank_lines_and_case_do_not_matter(case: str, between: str, inside: str) -> None:
    text = set_text(STORIES, between=between, inside=inside, case=case)
    assert titles(text) == heads(STORIES, case)


@pytest.mark.parametrize("clock", ["{h:02}:{m:02} GMT", "{h:02}:{m:02}", "Posted at {h:02}:{m:02}"])
@pytest.mark.parametrize("between", ["\n", "\n\n"])
@pytest.mark.parametrize("above", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_a_time_at_each_headline_makes_no_live_blog(
    clock: str, between: str, above: bool, seed: int
) -> None:
    draw = random.Random(seed)
    stories = draw.sample(STORIES, len(STORIES))
    timed = []
    for head, body in stories:
        time = clock.format(h=draw.randrange(24), m=draw.randrange(60))
        timed.append("\n".join([time, head, *body] if above else [head, time, *body]))
    assert titles(between.join(timed) + "\n") == heads(stories)


def test_stories_about_one_event_stand_next_to_each_other() -> None:
    assert titles(set_text(SAME_EVENT)) == heads(SAME_EVENT)
    mixed = [STORIES[1], *SAME_EVENT, STORIES[2]]
    assert titles(set_text(mixed)) == heads(mixed)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_tiny_dumps(count: int) -> None:
    assert titles(set_text(STORIES[:count])) == heads(STORIES[:count])
    assert titles(set_text(STORIES[-count:])) == heads(STORIES[-count:])


@pytest.mark.parametrize("count", [1, 2, 4, 6])
def test_a_last_story_is_cut_off_behind_its_headline(count: int) -> None:
    cut = [*STORIES[: count - 1], (STORIES[count - 1][0], [])] if count > 1 else STORIES[:1]
    articles, _, _ = text_run(set_text(cut))
    assert articles["title"].to_list() == heads(cut)
    if count > 1:
        assert articles["body"].to_list()[-1] == ""


@pytest.mark.parametrize("indent", ["", "    "])
@pytest.mark.parametrize("width", [65, 72, 80])
def test_wrapped_lines(width: int, indent: str) -> None:
    text = ""
    for head, body in STORIES:
        text += f"{head}\n"
        for paragraph in body:
            text += textwrap.fill(paragraph, width, initial_indent=indent) + "\n"
    assert titles(text) == heads(STORIES)


def test_sub_headings_stay_inside_their_story() -> None:
    long = [
        (STORIES[0][0], [*STORIES[0][1][:2], "Waiting mayor", *STORIES[0][1][2:]]),
        (STORIES[1][0], [*STORIES[1][1][:2], "Fishing boats", *STORIES[1][1][2:]]),
        (STORIES[2][0], [*STORIES[2][1][:2], "Side door", *STORIES[2][1][2:]]),
        STORIES[3],
    ]
    assert titles(set_text(long)) == heads(long)


def test_captions_and_links_stay_inside_their_story() -> None:
    others = ["Rain spoils wine harvest", "Wolves return to northern woods", "Old tram runs again"]
    noisy = [
        (
            head,
            [body[0], f"Image caption {others[k % 3]}", *body[1:], f"Read more: {others[k % 2]}"],
        )
        for k, (head, body) in enumerate(STORIES)
    ]
    assert titles(set_text(noisy)) == heads(noisy)


DECKS = [
    "Lorries from the quarries may cross again, but only by night and at walking pace.",
    "The islands' mail, held back since spring, will be sent on first. Owner pays half.",
    "The state is to pay for her defence.",
    "Wells run dry at Tolland; Villages wait for lorries. Maize is left to wither in the fields.",
    "A final of eleven games ends a reign of nine years.",
    "Soldiers had carried it off in 1911. People of Quist asked for it ever since.",
]


@pytest.mark.parametrize("width", [None, 72])
def test_decks_that_end_in_a_full_stop_are_the_headline_s(width: int | None) -> None:
    decked = [(f"{head}; {deck}", body) for (head, body), deck in zip(STORIES, DECKS, strict=False)]
    text = set_text(decked)
    if width:
        text = "\n".join(textwrap.fill(line, width) for line in text.split("\n"))
    assert titles(text) == heads(decked)


def test_a_deck_below_a_headline_starts_no_story() -> None:
    decked = [(head, [deck, *body]) for (head, body), deck in zip(STORIES, DECKS, strict=False)]
    assert titles(set_text(decked)) == heads(decked)


@pytest.mark.parametrize("at", range(6))
@pytest.mark.parametrize("stamp", ["{:02}:15", "{:02}:15 GMT", "{}.15pm"])
def test_time_stamped_entries_stay_inside_their_story(stamp: str, at: int) -> None:
    head, (lead, *entries) = STORIES[at]
    stamped = [line for k, entry in enumerate(entries) for line in (stamp.format(9 + k), entry)]
    live = [*STORIES[:at], (head, [lead, *stamped]), *STORIES[at + 1 : 6]]
    assert titles(set_text(live)) == heads(live)


def test_lists_stay_inside_their_story() -> None:
    listed = [
        (head, [*body[:2], *(f"* {text[:30].rsplit(' ', 1)[0]}" for text in body[:2]), *body[2:]])
        for head, body in STORIES
    ]
    assert titles(set_text(listed)) == heads(listed)


def test_bylines_and_dates_below_headlines_are_their_story_s() -> None:
    names = ["Ann Lee", "Bo Day", "Cy Fox", "Di Roe", "Ed Poe", "Flo Kay"]
    signed = [
        (head, [f"By {name}", "May 13, 2024", *body])
        for (head, body), name in zip(STORIES, names, strict=True)
    ]
    articles, _, _ = text_run(set_text(signed))
    assert articles["title"].to_list() == heads(signed)
    assert articles["byline"].to_list() == names
    assert {str(day) for day in articles["publish_date"]} == {"2024-05-13"}


def test_sections_above_headlines_are_their_story_s() -> None:
    text = ""
    for section, (head, body) in zip(
        ("World", "Business", "Politics", "World", "Sport", "Culture"), STORIES, strict=True
    ):
        text += "\n".join([section, head, *body]) + "\n"
    articles, _, _ = text_run(text)
    assert articles["title"].to_list() == heads(STORIES)
    starts = [text[start:].split("\n", 1)[0] for start in articles["char_start"]]
    assert starts == ["World", "Business", "Politics", "World", "Sport", "Culture"]


def test_datelines_are_read_and_kept_out_of_bodies() -> None:
    text = "".join(
        f"{head}\nPORT ELLERY, May {day} (NWA) - {' '.join(body)}\n"
        for day, (head, body) in enumerate(STORIES, 2)
    )
    articles, _, _ = text_run(text, dump_path="2024-05-20/a.txt")
    assert articles["title"].to_list() == heads(STORIES)
    assert articles["dateline"][0] == "PORT ELLERY, May 2 (NWA)"
    assert [day.day for day in articles["publish_date"]] == [2, 3, 4, 5, 6, 7]


def test_confidence_is_high_where_all_is_plain_and_the_dump_is_not_flagged() -> None:
    articles, _, segmenter = text_run(set_text(STORIES, between="\n\n"))
    assert articles["segment_confidence"].min() > 0.7
    assert "ambiguous_layout" not in segmenter.flags


def test_a_dump_whose_paragraphs_look_like_headlines_is_loaded_and_flagged() -> None:
    draw = random.Random(4)
    text = "\n".join(
        line
        for head, body in STORIES
        for line in (head, *(paragraph[: draw.randint(20, 60)] for paragraph in body))
    )
    articles, rejects, segmenter = text_run(text)
    assert_conserved(text, articles, rejects)
    assert "ambiguous_layout" in segmenter.flags
    assert articles["segment_confidence"].mean() < 0.7


@given(
    st.permutations(range(len(STORIES))),
    st.integers(1, len(STORIES)),
    st.sampled_from(["\n", "\n\n", "\n\n\n"]),
    st.sampled_from(["\n", "\n\n"]),
    st.sampled_from(["sentence", "upper", "title"]),
)
@settings(max_examples=40, deadline=None)
def test_any_order_of_stories_is_conserved_and_ids_are_stable(
    order: list[int], count: int, between: str, inside: str, case: str
) -> None:
    text = set_text([STORIES[k] for k in order[:count]], between=between, inside=inside, case=case)
    one, rejects, _ = text_run(text)
    assert_conserved(text, one, rejects)
    again, _, _ = text_run(text)
    assert one.equals(again)
    assert one["article_id"].is_unique().all()
    assert one.select(pl.col("segment_confidence").is_between(0, 1).all()).item()


def test_a_story_does_not_depend_on_how_its_text_is_cut_into_pieces() -> None:
    from tests.transforms.segment.test_articles import run_all
    from transforms.read.pieces import run

    text = set_text(STORIES)
    whole, _, _ = text_run(text)
    for step in (97, 500, 1500):
        rows = [run(at, text[at : at + step]) for at in range(0, len(text), step)]
        cut, _, _ = run_all(rows)
        assert cut.equals(whole)
