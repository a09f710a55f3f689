"""Deaths and injuries that a clause states."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.extract import casualties, pipeline
from transforms.extract.model import Sentence, Trigger
from transforms.extract.times.lexicon import words

PIECES = sorted(
    words(
        """
    killed dead wounded 12 two dozens of hundred people and were left no one injured toll death rose
    to , who million 9999999999
    """
    )
)


def counted(text: str, word: str, event_type: str = "ASSAULT") -> tuple[int | None, int | None]:
    doc = pipeline.load()(text)
    sentence = Sentence(0, 0, len(text), text, False, doc)
    for token in doc:
        if token.text == word:
            trigger = Trigger(
                token, token.idx, token.idx + len(token), event_type, None, None, 1.0, "test"
            )
            deaths, injuries = casualties.tolls(trigger, sentence)
            return deaths and deaths.stated, injuries and injuries.stated
    raise AssertionError(word)


@pytest.mark.parametrize(
    ("text", "word", "expected"),
    [
        ("Gunmen killed 12 people and wounded 30 in the north.", "killed", (12, 30)),
        ("Gunmen ambushed a patrol near the town on Sunday, killing nine soldiers and wounding"
         " fourteen, the ministry said.", "ambushed", (9, 14)),
        ("The bombing left three dead and at least ten wounded.", "bombing", (3, 10)),
        ("The death toll from the quake rose to 45 on Monday.", "quake", (45, None)),
        ("A bomb exploded outside a market, killing dozens of civilians.", "exploded", (24, None)),
        ("A woman and several others were hurt when police fired on them.", "fired", (None, 4)),
        ("Twenty-one soldiers died in the ambush.", "ambush", (21, None)),
        ("At least 17 people were killed and more than 200 injured in the blast.", "blast",
         (17, 200)),
        ("Five policemen and a guard were killed, and at least 24 soldiers injured when a bomb"
         " exploded.", "exploded", (6, 24)),
        ("The crash injured 5, two of them badly.", "crash", (None, 5)),
        ("The driver and 14 passengers were injured when the bus overturned.", "overturned",
         (None, 15)),
        ("The famine killed at least 1.2 million people.", "killed", (1_200_000, None)),
        ("The collapse caused the deaths of 12 miners.", "collapse", (12, None)),
        ("The attack, which killed six people, lasted an hour.", "attack", (6, None)),
        ("Troops shelled the village, killing a man and injuring two girls.", "shelled", (1, 2)),
        ("No one was killed in the attack.", "attack", (0, None)),
        ("12 killed in market blast", "blast", (12, None)),
        ("The blast claimed 40 lives.", "blast", (40, None)),
        ("The crash killed 1,200 people.", "crash", (1200, None)),
        ("A man who was killed in the raid was a teacher.", "killed", (1, None)),
        ("Rebels did not kill 12 people.", "kill", (None, None)),
        ("The firm cut 300 jobs.", "cut", (None, None)),
        ("Soldiers attacked the camp.", "attacked", (None, None)),
        ("The murder of six priests and two women shocked all.", "murder", (8, None)),
        ("Two clerks were shot to death on Monday.", "shot", (2, None)),
        ("They listed 57 people who were killed and 18 who are missing.", "killed", (57, None)),
        ("Soldiers burned several houses.", "burned", (None, None)),
        ("10 to 15 guards were killed.", "killed", (10, None)),
        ("More than 200 people died when the ferry sank.", "sank", (200, None)),
    ],
)  # fmt: skip
def test_count(text: str, word: str, expected: tuple[int | None, int | None]) -> None:
    assert counted(text, word) == expected


def test_reported_numbers_of_another_clause_stay_there() -> None:
    text = "The envoy met the king, and rebels killed five guards."
    assert counted(text, "met") == (None, None)


def test_nobody_dies_of_a_statement() -> None:
    text = "The army announced killing 12 rebels."
    assert counted(text, "announced", "STATEMENT") == (None, None)
    assert counted(text, "killing") == (12, None)


def test_an_unparsed_sentence_states_nothing() -> None:
    doc = pipeline.load()("Rebels killed two.")
    trigger = Trigger(doc[1], 7, 13, "ASSAULT", None, None, 1.0, "test")
    sentence = Sentence(0, 0, 18, doc.text)
    assert casualties.tolls(trigger, sentence) == (None, None)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.sampled_from(PIECES),
        min_size=1,
        max_size=20,
    ).map(" ".join)
)
def test_counts_fit_their_columns(text: str) -> None:
    doc = pipeline.load()(text)
    sentence = Sentence(0, 0, len(text), text, False, doc)
    for token in doc:
        trigger = Trigger(
            token, token.idx, token.idx + len(token), "ASSAULT", None, None, 1.0, "test"
        )
        for bounds in casualties.tolls(trigger, sentence):
            number = bounds and bounds.stated
            assert number is None or 0 <= number < 2**31
