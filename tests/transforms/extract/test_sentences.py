from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.extract import sentences

PIECES = st.sampled_from(
    (
        *("Gen.", "U.S.", "Mr.", "rebels", "Rebels", "fell", ".", "?", "!", "\n", "\n\n", "   "),
        *(
            " ",
            '"',
            "3.5",
            "(CNN) --",
            "LONDON, March 3 -",
            "...",
            "\u201d",
            "A",
            "said",
            "\t",
            "é",
        ),
        "x" * 900,
    )
)


def texts(text: str, title_length: int = 0) -> list[str]:
    return [sentence.text for sentence in sentences.split(text, title_length)]


@given(st.lists(PIECES, max_size=60).map("".join) | st.text(max_size=400), st.integers(0, 60))
@settings(max_examples=300, deadline=None)
def test_spans_are_ordered_disjoint_and_cover_every_character(text: str, title: int) -> None:
    found = sentences.split(text, min(title, len(text)))
    covered = [0] * len(text)
    last = 0
    for index, sentence in enumerate(found):
        assert sentence.index == index
        assert last <= sentence.start < sentence.end <= len(text)
        assert sentence.text == text[sentence.start : sentence.end]
        assert len(sentence.text) <= sentences.MAX_LENGTH
        assert not sentence.text[0].isspace() and not sentence.text[-1].isspace()
        last = sentence.end
        for position in range(sentence.start, sentence.end):
            covered[position] = 1
    assert all(covered[i] or character.isspace() for i, character in enumerate(text))


def test_headline_is_sentence_zero() -> None:
    title = "Dam fails in Oroland. Hundreds flee"
    found = sentences.split(f"{title}\nThe dam failed. People fled.", len(title))
    assert [(s.text, s.is_headline) for s in found] == [
        (title, True),
        ("The dam failed.", False),
        ("People fled.", False),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Gen. Ana Ruiz of the U.S. Army met Lt. Col. J. R. Osei at No. 10 on Jan. 5.",
        "Prices rose 3.5 percent to 1.2 mln dlrs at 5 p.m. Monday.",
        "Acme Inc. Chairman Lee Wu spoke to Rep. Kim Day and Sen. Roy Poe.",
        '"Why?" he asked the crowd.',
        "The minister ... declined to answer.",
        "GEN. RAUL PENA SAID COL. OTTO DIAZ HAD LEFT.",
        "He was born in St. Louis, Mo., and moved to Washington, D.C. in 1990.",
        "Smith vs. Jones was decided by the U.N. Security Council.",
    ],
)
def test_stays_whole(text: str) -> None:
    assert texts(text) == [text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("They left at 6 a.m. The road was shut.", 2),
        ("He said no. Nobody left.", 2),
        ("Troops left the U.S. The talks failed.", 2),
        ('"We won." The crowd cheered.', 2),
        ("Fire! Help! Run.", 3),
        ("He fell… Then he rose.", 2),
        ("It reached a critical mass. Protesters left.", 2),
        ("The army ended it.The rebels fled at once.", 2),
        ("THE POLICE SAID NO. THE REBELS FLED.", 2),
    ],
)
def test_is_cut(text: str, expected: int) -> None:
    assert len(texts(text)) == expected


@pytest.mark.parametrize(
    "dateline",
    [
        "LONDON, March 3 (Reuters) -",
        "SANTA ANA, 3 JAN 90 (RADIO UNO) -- [TEXT]",
        "(CNN) --",
        "Cairo (AP) —",
        "WASHINGTON, D.C. --",
        "GENEVA, 17 February 2020 –",
    ],
)
def test_dateline_stands_alone(dateline: str) -> None:
    assert texts(f"{dateline} Rebels attacked a village.") == [
        dateline,
        "Rebels attacked a village.",
    ]


def test_capitals_between_dashes_are_no_dateline() -> None:
    text = "THE ARMY -- LED BY GENERAL PENA -- LEFT THE TOWN AND THE PEOPLE CHEERED."
    assert texts(text) == [text]


def test_newline_ends_a_sentence_unless_the_text_is_wrapped() -> None:
    assert texts("A list of names\nAnother line without an end\nThird") == [
        "A list of names",
        "Another line without an end",
        "Third",
    ]
    wrapped = (
        "   The governor of the northern province told reporters on Tuesday that\n"
        "three villages had been cut off by the flood and that the army would send\n"
        "boats.  He asked for patience.\n"
        "   A second storm is expected at the end of the week, according to the\n"
        "weather service.\n"
    )
    found = texts(wrapped)
    assert len(found) == 3
    assert found[0].startswith("The governor") and found[0].endswith("boats.")


def test_short_first_line_of_wrapped_text_runs_on() -> None:
    text = (
        "Oro Mining Corp said\n"
        "Douglas Reed has resigned as president and chief executive officer of\n"
        "the holding company and its bank subsidiary to pursue other interests.\n"
    )
    assert len(texts(text)) == 1


def test_run_on_is_cut_at_a_clause() -> None:
    text = "the rebels came, " * 300
    found = texts(text)
    assert len(found) > 2
    assert all(piece.endswith("came,") for piece in found)


def test_hostile_text_is_linear() -> None:
    started = time.perf_counter()
    for text in ("." * 200_000, "A. " * 60_000, "[" * 200_000, "A, A" * 50_000, "(A" * 90_000):
        sentences.split(text, 0)
    assert time.perf_counter() - started < 10
