"""Which mentions of an article tell the same event."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from transforms.extract.coreference import event_id, merge

Row = dict[str, Any]


def mention(trigger: int, **columns: Any) -> Row:
    row: Row = {
        "mention_id": f"{trigger:016x}",
        "story_id": "0" * 16,
        "sentence_index": 0,
        "trigger_start": trigger,
        "event_type": "ASSAULT",
        "event_mode": None,
        "event_date": date(2024, 5, 13),
        "date_precision": "day",
        "date_text": None,
        "time": "past",
        "polarity": "positive",
        "certainty": "certain",
        "confidence": 0.9,
    }
    for role in ("actor", "recipient"):
        row |= {f"{role}_{part}": None for part in ("text", "name", "country", "sector")}
    row |= dict.fromkeys(("place_text", "place_name", "country", "admin1", "latitude"))
    row |= dict.fromkeys(("longitude", "geonames_id", "place_precision"))
    return row | columns


def test_a_headline_takes_date_and_place_of_the_lead_that_tells_it_again() -> None:
    headline = mention(5, actor_name="Gunmen", recipient_country="MLI", recipient_sector="MIL")
    lead = mention(
        70,
        sentence_index=1,
        actor_name="Gunmen",
        recipient_country="MLI",
        recipient_sector="MIL",
        event_date=date(2024, 5, 12),
        date_text="on Sunday",
        place_name="Menaka",
        country="MLI",
        geonames_id=1,
        place_precision="city",
    )
    merge([headline, lead])
    assert headline["event_id"] == lead["event_id"] == event_id(lead)
    assert headline["event_date"] == date(2024, 5, 12)
    assert headline["place_name"] == "Menaka"


def test_two_verbs_of_one_attack_are_one_event_and_two_mentions() -> None:
    attacked = mention(9, actor_name="Gunmen", recipient_name="Malian military")
    wounding = mention(60, actor_name="Gunmen")
    merge([attacked, wounding])
    assert attacked["event_id"] == wounding["event_id"]
    assert attacked["mention_id"] != wounding["mention_id"]


def test_what_contradicts_is_not_one_event() -> None:
    one = mention(9, actor_name="Norway", recipient_name="Iceland", recipient_country="ISL")
    others: list[Row] = [
        {"recipient_name": "Peru", "recipient_country": "PER"},
        {"actor_name": "Chile", "recipient_name": "Iceland"},
        {"recipient_name": "Iceland", "polarity": "negative"},
        {"recipient_name": "Iceland", "time": "future"},
        {"recipient_name": "Iceland", "certainty": "hypothetical"},
        {"recipient_name": "Iceland", "event_type": "ACCUSE"},
        {"recipient_name": "Iceland", "sentence_index": 9},
        {"recipient_name": "Iceland", "event_date": date(2024, 5, 1), "date_text": "May 1"},
        {"recipient_name": "Iceland", "geonames_id": 7, "place_name": "Oslo", "country": "NOR"},
    ]
    place = {"geonames_id": 8, "place_name": "Bergen", "country": "NOR", "place_precision": "city"}
    for number, columns in enumerate(others):
        first = one | place
        second = mention(100 + number, actor_name="Norway") | columns
        merge([first, second])
        assert first["event_id"] != second["event_id"], columns


def test_parties_of_one_trigger_stay_events_of_their_own() -> None:
    rows = [
        mention(9, mention_id="1" * 16, actor_name="Norway", recipient_name=None),
        mention(9, mention_id="2" * 16, actor_name="Norway", recipient_name="Peru"),
    ]
    merge(rows)
    assert rows[0]["event_id"] != rows[1]["event_id"]


names = st.sampled_from([None, "Norway", "Peru"])
rows_of = st.lists(
    st.tuples(names, names, st.sampled_from([None, "May 1"]), st.integers(0, 6)), max_size=8
)


@given(rows_of, st.randoms())
def test_the_order_of_the_rows_does_not_matter(drawn: list[Any], shuffled: Any) -> None:
    def build() -> list[Row]:
        return [
            mention(
                10 * number,
                actor_name=actor,
                recipient_name=recipient,
                date_text=text,
                sentence_index=sentence,
            )
            for number, (actor, recipient, text, sentence) in enumerate(drawn)
        ]

    straight, mixed = build(), build()
    shuffled.shuffle(mixed)
    merge(straight)
    merge(mixed)
    by_id = {row["mention_id"]: row["event_id"] for row in mixed}
    assert {row["mention_id"]: row["event_id"] for row in straight} == by_id
