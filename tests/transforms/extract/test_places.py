"""Places: folding, the gazetteer, finding and resolving toponyms, the place of an event."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language

from transforms.extract import pipeline, places, recase, sentences
from transforms.extract.model import Actor, Article, Place, Trigger
from transforms.extract.places import build, gazetteer
from transforms.extract.places.build import Area, City, Division
from transforms.extract.places.fold import fold
from transforms.extract.places.resolve import domain_country
from transforms.extract.syntax import Doc


@pytest.fixture(scope="module")
def nlp() -> Language:
    return pipeline.load()


def article(nlp: Language | None, text: str, **facts: object) -> Article:
    """An article whose sentences are parsed, unless there is no parser; its places are found."""
    built = Article("a", text, **facts)  # type: ignore[arg-type]
    built.sentences = sentences.split(text, built.title_length)
    if nlp is not None:
        for sentence in built.sentences:
            sentence.doc = Doc.of(nlp(recase.restore(sentence, text)))
    built.places = places.find(built)
    return built


def found(nlp: Language | None, text: str, **facts: object) -> dict[str, Place]:
    return {place.text: place for place in article(nlp, text, **facts).places}


def event(nlp: Language, text: str, word: str, recipient: Actor | None = None) -> Place | None:
    """The place of the event whose trigger is `word` in `text`."""
    built = article(nlp, text)
    for sentence in built.sentences:
        assert sentence.doc is not None
        for token in sentence.doc:
            if token.text == word:
                trigger = Trigger(
                    token, token.idx, token.idx + len(word), "ASSAULT", None, None, 1.0, "test"
                )
                return places.place_event(trigger, sentence, built, recipient)
    raise AssertionError(word)


class TestFold:
    @pytest.mark.parametrize(
        ("name", "key"),
        [
            ("São Paulo", "sao paulo"),
            ("Sana'a", "sanaa"),
            ("St. Louis", "saint louis"),
            ("Port-au-Prince", "port au prince"),
            ("Łódź", "lodz"),
            ("FT. WORTH", "fort worth"),
            ("—", ""),
        ],
    )
    def test_key(self, name: str, key: str) -> None:
        assert fold(name) == key

    @given(st.text(max_size=40))
    def test_folding_twice_changes_nothing(self, name: str) -> None:
        assert fold(fold(name)) == fold(name)


class TestBuild:
    def test_a_division_gets_names_without_its_type_and_the_middle_of_its_towns(self) -> None:
        towns = [
            City(1, "Alta", "XXA", "XA.01", "XA.01.7", 10.0, 20.0, 5000, ["Altville", "ALT"]),
            City(2, "Bexo", "XXA", "XA.01", "XA.01.7", 12.0, 22.0, 3000),
        ]
        divisions = [
            Division(10, "Merska oblast", "XXA", "XA.01", 1),
            Division(11, "Vorn County", "XXA", "XA.01.7", 2),
            Division(12, "Empty County", "XXA", "XA.01.8", 2),
        ]
        country = Area(13, "Exland", "XXA", 11.0, 21.0, 9000, 100.0, ["Ex"], capital="Bexo")
        features, names = build.frames(towns, divisions, [country], [])
        row = features.filter(features["name"] == "Vorn County").row(0, named=True)
        assert (row["latitude"], row["longitude"], row["population"]) == (11.0, 21.0, 8000)
        assert features["name"].to_list().count("Empty County") == 0
        keys = set(names["key"])
        assert {"vorn", "vorn county", "mersk", "altville", "ex"} <= keys
        assert "alt" not in keys  # an airport code, not a name
        assert features.filter(features["capital"])["name"].to_list() == ["Bexo"]

    def test_names_are_sorted_and_each_stands_once_for_a_feature(self) -> None:
        town = City(1, "Alta", "XXA", "XA.01", None, 1.0, 2.0, 5000, ["Alta", "Álta"])
        _, names = build.frames([town], [], [], [])
        assert names.rows() == [("alta", 0, build.OWN)]


class TestGazetteer:
    def test_every_feature_is_on_the_globe_and_in_a_country_or_a_region(self) -> None:
        import polars as pl

        features = pl.read_parquet(gazetteer.FOLDER / "features.parquet")
        assert features["latitude"].is_between(-90, 90).all()
        assert features["longitude"].is_between(-180, 180).all()
        nowhere = features.filter(pl.col("country").is_null())
        assert set(nowhere["kind"]) == {gazetteer.REGION}
        assert features["country"].drop_nulls().str.contains("^[A-Z]{3}$").all()
        assert features.filter(pl.col("kind") == gazetteer.COUNTRY).height > 230

    def test_lookup_knows_only_names_it_has(self) -> None:
        known = gazetteer.load().lookup(["texas", "no such place at all", "texas"])
        assert list(known) == ["texas"]

    @settings(max_examples=60)
    @given(st.lists(st.text(max_size=20), max_size=8))
    def test_lookup_takes_any_text(self, keys: list[str]) -> None:
        assert set(gazetteer.load().lookup(keys)) <= set(keys)

    @pytest.mark.parametrize("code", ["UKR", "USA", "SLV", "XKX"])
    def test_country_by_code(self, code: str) -> None:
        feature = gazetteer.load().country(code)
        assert feature is not None and feature.country == code


class TestFind:
    def test_offsets_are_exact(self, nlp: Language) -> None:
        built = article(
            nlp, "Rain fell in Nairobi.\n\nOfficials in Kenya's capital met in Mombasa."
        )
        assert {p.text for p in built.places} >= {"Nairobi", "Kenya", "Mombasa"}
        for place in built.places:
            assert built.text[place.start : place.end] == place.text

    def test_a_state_after_a_comma_decides(self, nlp: Language) -> None:
        first = found(nlp, "The mayor of Paris, Texas, opened a school.")["Paris"]
        assert (first.country, first.admin1) == ("USA", "Texas")
        second = found(nlp, "She left Long Beach, CA, on Monday.")["Long Beach"]
        assert second.country == "USA" and second.precision == "city"

    def test_the_other_places_decide(self, nlp: Language) -> None:
        local = found(
            nlp,
            "Deputies from Rapides Parish searched a house in Alexandria. The suspect, from"
            " Pineville, Louisiana, was held in Alexandria.",
        )
        assert local["Alexandria"].admin1 == "Louisiana"
        world = found(nlp, "Crowds gathered in Cairo and in Alexandria, Egypt's second city.")
        assert world["Alexandria"].country == "EGY"

    def test_a_type_word_asks_for_the_division(self, nlp: Language) -> None:
        text = "Shells hit houses in the Donetsk region and in Kursk region on Monday."
        places_found = found(nlp, text)
        assert places_found["Donetsk"].precision == "admin1"
        assert places_found["Donetsk"].country == "UKR"
        assert places_found["Kursk"].country == "RUS"

    @pytest.mark.parametrize("name", ["Qxarvonia", "Qaxam Belu"])
    def test_an_unknown_village_gets_what_holds_it(self, nlp: Language, name: str) -> None:
        text = f"The army took the village of {name} in the Donetsk region of Ukraine."
        village = found(nlp, text)[name]
        assert (village.name, village.country) == (name, "UKR")
        assert village.precision == "admin1"
        assert village.geonames_id is None

    def test_nationalities_and_people_are_no_places(self, nlp: Language) -> None:
        text = "Russian and Turkish ministers met Paris Hilton and Mr. Houston."
        assert found(nlp, text) == {}

    def test_capitals_work(self, nlp: Language) -> None:
        text = "SAN SALVADOR, 3 JAN 90 -- REBELS ATTACKED A BARRACKS IN MORAZAN DEPARTMENT."
        places_found = found(nlp, text)
        assert places_found["SAN SALVADOR"].country == "SLV"
        assert places_found["MORAZAN"].country == "SLV"

    def test_sentences_without_a_parse_are_matched_too(self) -> None:
        places_found = found(None, "A bus left Nairobi for Mombasa, in Kenya, on Friday.")
        assert places_found["Mombasa"].country == "KEN"

    def test_washington_is_the_capital_unless_the_state_is_meant(self, nlp: Language) -> None:
        text = "The minister flew to Washington for talks with the United States."
        assert found(nlp, text)["Washington"].latitude == pytest.approx(38.9, abs=0.2)

    @settings(max_examples=60, deadline=None)
    @given(st.text(alphabet="ABab'’.,-–() \nÉSt", max_size=120))
    def test_any_text_gives_spans_in_order_that_do_not_overlap(self, text: str) -> None:
        built = article(None, text)
        last = 0
        for place in built.places:
            assert last <= place.start < place.end <= len(text)
            last = place.end
            assert place.latitude is not None and -90 <= place.latitude <= 90

    def test_hostile_text_is_read_in_linear_time(self) -> None:
        import time

        begun = time.perf_counter()
        article(None, "Paris, " * 3000)
        article(None, "A" * 50_000)
        article(None, "A-" * 20_000)
        assert time.perf_counter() - begun < 20

    def test_a_company_is_no_town(self, nlp: Language) -> None:
        text = "Hoover Corp said profit rose. Hoover has plants in Dayton, Ohio."
        assert set(found(nlp, text)) == {"Dayton", "Ohio"}


class TestDomain:
    @pytest.mark.parametrize(
        ("source", "code"),
        [("standardmedia.co.ke", "KEN"), ("bbc.co.uk", "GBR"), ("example.com", None), (None, None)],
    )
    def test_country_of_a_source(self, source: str | None, code: str | None) -> None:
        assert domain_country(source, gazetteer.load()) == code


class TestPlaceEvent:
    def test_the_preposition_beats_the_actor(self, nlp: Language) -> None:
        place = event(nlp, "Turkey bombed rebel camps in northern Iraq on Sunday.", "bombed")
        assert place is not None and place.country == "IRQ"

    def test_the_finer_place(self, nlp: Language) -> None:
        place = event(nlp, "Gunmen killed two men in Mosul, Iraq, on Sunday.", "killed")
        assert place is not None and place.text == "Mosul"

    def test_the_place_of_another_clause_does_not_win(self, nlp: Language) -> None:
        text = "Gunmen killed two men in Mosul, officials in Washington said."
        place = event(nlp, text, "killed")
        assert place is not None and place.text == "Mosul"

    def test_the_dateline_stands_in(self, nlp: Language) -> None:
        text = "NAIROBI, March 3 (Agency) - Gunmen killed two policemen, an official said."
        built = article(nlp, text, dateline="NAIROBI, March 3 (Agency) -")
        sentence = next(s for s in built.sentences if "killed" in s.text)
        assert sentence.doc is not None
        token = next(t for t in sentence.doc if t.text == "killed")
        trigger = Trigger(token, token.idx, token.idx + 6, "ASSAULT", None, None, 1.0, "test")
        place = places.place_event(trigger, sentence, built, None)
        assert place is not None and place.country == "KEN"

    def test_then_the_country_of_the_recipient(self, nlp: Language) -> None:
        recipient = Actor("Peru", "PER", "GOV")
        place = event(nlp, "Rebels attacked an army patrol.", "attacked", recipient)
        assert place is not None
        assert (place.country, place.precision) == ("PER", "country")
        assert event(nlp, "Rebels attacked an army patrol.", "attacked") is None


@pytest.mark.gold
def test_lgl_keeps_its_level(shared: Path) -> None:
    """The first hundred articles: a guard against a broken gazetteer or resolver, not a target."""
    from tests.benchmarks.quality import geo

    documents = list(geo.read_lgl(shared / "gold" / "geo" / "lgl.xml"))[:100]
    figures = {f.metric: f.value for f in geo.evaluate("geo/lgl", documents, {})}
    assert figures["accuracy within 161 km, found"] > 0.7
    assert figures["country accuracy, found"] > 0.9
