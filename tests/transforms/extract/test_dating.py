"""An event told twice has the date of the mention that states it."""

from __future__ import annotations

from datetime import date

import pytest

from tests.transforms.extract.test_times import TUESDAY, article, dated
from transforms.extract import times
from transforms.extract.model import EventDate, Trigger
from transforms.extract.times import happenings


def test_a_lead_takes_the_day_on_which_a_noun_for_it_took_place() -> None:
    text = "The army says that forty miners have been abducted.\nThe abduction took place on May 9."
    assert dated(text, "abducted") == EventDate(date(2019, 5, 9), "day", "May 9")


def test_an_incident_stands_for_the_event_before_it() -> None:
    text = "Gunmen fired at a bus in Karsk.\nThe incident occurred on May 9 near the market."
    assert dated(text, "fired") == EventDate(date(2019, 5, 9), "day", "May 9")


def test_a_noun_with_a_party_of_its_own_stands_for_nothing_else() -> None:
    text = "Gunmen have fired at a bus in Karsk.\nThe attack on the bank took place on May 9."
    assert dated(text, "fired") == EventDate(TUESDAY, "day", None)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("The murder on 7 March of Judge Olmedo shook Velm.\nPolice said that Olmedo was murdered"
         " by his driver.", "murdered"),
        ("Nobody knows who killed Judge Olmedo.\nTwo men assassinated Olmedo on 7 March.",
         "killed"),
    ],
)  # fmt: skip
def test_one_person_is_killed_once(text: str, word: str) -> None:
    assert dated(text, word).date == date(2019, 3, 7)


def test_two_victims_are_two_events() -> None:
    text = "Two men murdered Judge Olmedo on 7 March.\nNobody has said who murdered Mayor Tarn."
    assert dated(text, "murdered").date == date(2019, 3, 7)
    other = text.split("\n")
    assert dated("\n".join(reversed(other)), "murdered").date == TUESDAY


def test_a_death_is_dated_by_the_killing() -> None:
    text = "Judge Olmedo was killed on 7 March.\nThe mayor has spoken of Olmedo's death."
    assert dated(text, "death").date == date(2019, 3, 7)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("The envoy met Olmedo on 7 March.\nRebel leaders will meet Olmedo in Velm.", "meet"),
        ("Gunmen robbed a bank on 7 March.\nSome men are robbing a bank in Velm.", "robbing"),
    ],
)  # fmt: skip
def test_what_is_only_alike_is_another_happening(text: str, word: str) -> None:
    assert dated(text, word).date == TUESDAY


def test_a_report_of_an_event_does_not_date_it() -> None:
    text = "The minister reported on Sunday on the murder of Judge Olmedo."
    assert dated(text, "murder") == EventDate(TUESDAY, "day", None)


def test_what_is_admitted_was_known_before() -> None:
    text = "On Sunday the general admitted that soldiers killed Judge Olmedo."
    assert dated(text, "killed") == EventDate(TUESDAY, "day", None)


def test_who_witnesses_an_event_is_there() -> None:
    text = "On Sunday a boy witnessed the murder of Judge Olmedo."
    assert dated(text, "murder") == EventDate(date(2019, 5, 12), "day", "Sunday")


def test_the_time_by_another_clock_dates_nothing() -> None:
    text = "The raid took place at 2100 on May 9 [0100 GMT on May 10].\nRebels burned two trucks."
    assert dated(text, "burned") == EventDate(date(2019, 5, 9), "day", "May 9")


def test_a_date_before_a_noun_dates_it() -> None:
    text = "The ministry denied a part in the 7 March killing of Judge Olmedo."
    assert dated(text, "killing").date == date(2019, 3, 7)


@pytest.mark.parametrize(
    ("text", "left", "right", "expected"),
    [
        ("They kidnapped Olmedo before the kidnapping of Olmedo ended.", "kidnapped",
         "kidnapping", True),
        ("They robbed Olmedo before the murder of Olmedo.", "robbed", "murder", False),
        ("They killed Olmedo and the massacre of Tarn began.", "killed", "massacre", False),
        ("They killed Olmedo and the murderer of Olmedo fled.", "killed", "murderer", False),
    ],
)  # fmt: skip
def test_same_happening(text: str, left: str, right: str, expected: bool) -> None:
    doc = article(text).sentences[0].doc
    assert doc is not None
    tokens = {token.text: token for token in doc}
    assert happenings.same(tokens[left], tokens[right]) is expected


def test_a_light_verb_has_the_date_of_its_noun() -> None:
    text = "The raid began on May 9.\nThe shop shut on Monday.\nThe raid was staged by six."
    built = article(text)
    built.times = times.find(built)
    sentence = built.sentences[2]
    assert sentence.doc is not None
    trigger = Trigger(sentence.doc[3], 4, 19, "ASSAULT", None, None, 1.0, "test")
    assert times.date_event(trigger, sentence, built).date == date(2019, 5, 9)


def test_a_sentence_without_a_parse_states_nothing() -> None:
    built = article("Gunmen have killed Judge Olmedo.\nOlmedo was killed on May 9.")
    built.sentences[1].doc = None
    built.times = times.find(built)
    sentence = built.sentences[0]
    assert sentence.doc is not None
    trigger = Trigger(sentence.doc[2], 12, 18, "ASSAULT", None, None, 1.0, "test")
    assert times.date_event(trigger, sentence, built) == EventDate(TUESDAY, "day", None)
