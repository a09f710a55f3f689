"""Events and states that no type covers, on invented sentences."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from transforms.extract import coder, ontology, pipeline
from transforms.extract.coreference import UNTYPED

Told = tuple[str, str, str | None, str | None]


def annotate(text: str, title: str | None = None, background: bool = True) -> coder.Annotation:
    record = coder.Record("t", title, text, date(2021, 3, 5))
    return next(iter(coder.annotate([record], pipeline.load(), background)))


def told(text: str) -> list[Told]:
    return [
        (m["trigger_text"], m["event_type"], m["actor_text"], m["recipient_text"])
        for m in annotate(text).mentions
    ]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("The bakery polished its windows.",
         ("polished", "OCCURRENCE", "The bakery", "its windows")),
        ("The windows were polished by the baker.",
         ("polished", "OCCURRENCE", "the baker", "The windows")),
        ("The baker, who polished the windows, left early.",
         ("polished", "OCCURRENCE", "The baker", "the windows")),
        ("The old clock has three hands.", ("has", "STATE", "The old clock", "three hands")),
        ("The clock is older than the tower.", ("is", "STATE", None, "The clock")),
        ("There were 40 clocks in the tower.", ("were", "STATE", None, "40 clocks in the tower")),
        ("The bell fell into the river.", ("fell", "OCCURRENCE", None, "The bell")),
        ("The baker began polishing the windows.",
         ("began", "OCCURRENCE", "The baker", None)),
        ("The ship's launch drew a crowd.", ("launch", "OCCURRENCE", None, "The ship")),
        ("They watched the launch of the ship by its builders.",
         ("launch", "OCCURRENCE", "its builders", "the ship")),
        ("Guests enjoyed the Lowmere Marathon.", ("Marathon", "OCCURRENCE", None, None)),
    ],
)  # fmt: skip
def test_roles(text: str, wanted: Told) -> None:
    assert wanted in told(text)


@pytest.mark.parametrize(
    "text",
    [
        "The baker has polished it.",  # an auxiliary
        "Windows were cleaned, including those of the tower.",  # a preposition
        "He lives in a furnished room.",  # a modifier
    ],
)
def test_what_tells_nothing_is_no_event(text: str) -> None:
    words = {trigger for trigger, *_ in told(text)}
    assert words.isdisjoint({"has", "were", "including", "furnished", "is"})


def test_coordinated_parties_are_told_each() -> None:
    found = {(a, r) for word, _, a, r in told("The baker and the cook polished pots and pans.")
             if word == "polished"}  # fmt: skip
    assert found == {
        (actor, thing) for actor in ("The baker", "the cook") for thing in ("pots", "pans")
    }


def test_what_has_a_type_comes_first_and_once() -> None:
    text = "The envoy, who owned a boat, was expelled by Peru and painted a fence."
    mentions = annotate(text).mentions
    assert mentions[0]["event_type"] == "SANCTION"
    spans = sorted({(m["trigger_start"], m["trigger_end"]) for m in mentions})
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    typed = [m for m in mentions if m["event_type"] not in UNTYPED]
    assert typed == annotate(text, background=False).mentions
    assert max(m["confidence"] for m in mentions if m not in typed) < min(
        m["confidence"] for m in typed
    )


def test_two_events_without_a_type_are_not_one() -> None:
    text = "The baker polished the window. The baker painted the window."
    mentions = [m for m in annotate(text).mentions if m["event_type"] == "OCCURRENCE"]
    assert len({m["event_id"] for m in mentions}) == len(mentions) == 2


def test_their_types_are_in_the_ontology() -> None:
    for event_type in UNTYPED:
        row = ontology.lookup(event_type, None)
        assert (row.origin, row.quad_class, row.goldstein) == ("newsmill", 0, None)
