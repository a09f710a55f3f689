"""A user's own terms, actors and types, on invented countries and people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from transforms.extract import additions, coder, lexicon, ontology, pipeline
from transforms.extract.actors import tables

TYPES = (
    "event_type,event_mode,name,description,origin,quad_class,goldstein,cameo_root,cameo_code,"
    "intensity\n"
)
LEADERS = "name,aliases,country,office,sector,from,to,gender\n"


@pytest.fixture(autouse=True)
def ours_alone_afterwards() -> Iterator[None]:
    yield
    additions.use([])


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def first(text: str) -> dict[str, object]:
    record = coder.Record("t", None, text, date(2031, 3, 5))
    return next(iter(coder.annotate([record], pipeline.load()))).mentions[0]


def test_a_pattern_takes_the_place_of_ours_whatever_its_weight(tmp_path: Path) -> None:
    own = write(tmp_path, "verbs-mine.tsv", "# mine\nACCUSE\tdisapprove\t111\t.1\ts>o\tattack\n")
    additions.use([own])
    plain = [entry for entry in lexicon.load().verbs["attack"] if entry.pattern == "attack"]
    assert [entry.event_type for entry in plain] == ["ACCUSE"]
    asked = [entry.specificity for entry in lexicon.load().verbs["attack"]]
    assert max(asked) > 0 and asked == sorted(asked, reverse=True)  # what asks for more is first


def test_a_pattern_of_no_type_is_taken_away(tmp_path: Path) -> None:
    assert "surrender" in {entry.pattern for entry in lexicon.load().nouns["surrender"]}
    additions.use([write(tmp_path, "nouns.tsv", "-\t\t\t1\tof=s\tsurrender\n")])
    assert "surrender" not in {e.pattern for e in lexicon.load().nouns.get("surrender", ())}


def test_a_new_type_with_its_verbs_and_actors_is_coded(tmp_path: Path) -> None:
    write(tmp_path, "event_types.csv", TYPES + "CARNIVAL,,Carnival,People dance,mine,0,,,,\n")
    write(tmp_path, "verbs.tsv", "CARNIVAL\t\t\t.9\ts>o\tserenade\n")
    write(tmp_path, "leaders.csv", LEADERS + "Orla Vantongeren,,NOR,president,GOV,2030,,f\n")
    before = ontology.version()
    text = "Orla Vantongeren serenaded the crowd in Oslo."
    additions.use([tmp_path])
    assert additions.check() == {"verbs": 1, "event_types": 1, "leaders": 1}
    found = first(text)
    assert (found["event_type"], found["actor_name"]) == ("CARNIVAL", "Orla Vantongeren")
    assert (found["actor_country"], found["actor_sector"]) == ("NOR", "GOV")
    assert ontology.event_types().filter(event_type="CARNIVAL").height == 1
    assert ontology.version() != before
    additions.use([])
    assert ontology.version() == before
    assert ("CARNIVAL", None) not in ontology.table()


def test_a_name_takes_the_place_of_ours(tmp_path: Path) -> None:
    assert {e.country for e in tables.knowledge().entries["bill clinton"]} == {"USA"}
    row = "Bill Clinton,,ISL,prime minister,GOV,2030,,\n"
    additions.use([write(tmp_path, "leaders_mine.csv", LEADERS + row)])
    assert {e.country for e in tables.knowledge().entries["bill clinton"]} == {"ISL"}


def test_files_are_read_again_when_they_change(tmp_path: Path) -> None:
    own = write(tmp_path, "verbs.tsv", "ACCUSE\t\t\t.9\ts>o\tserenade\n")
    additions.use([own])
    assert lexicon.load().verbs["serenade"][0].event_type == "ACCUSE"
    own.write_text("SUPPORT\t\t\t.9\ts>o\tserenade loudly\n", encoding="utf-8")
    additions.use([own])
    assert lexicon.load().verbs["serenade"][0].event_type == "SUPPORT"


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("verbs.tsv", "ASSAULT\t\t190\tmuch\ts>o\tattack", "verbs.tsv:1"),
        ("verbs.tsv", "ASSAULT\t\t190", "verbs.tsv:1: fewer columns"),
        ("verbs.tsv", "ATTACK\t\t190\t.9\ts>o\tattack", "ATTACK is not in the ontology"),
        ("verbs.tsv", "ASSAULT\tsoft\t190\t.9\ts>o\tattack", "ASSAULT/soft is not"),
        ("nouns.tsv", "ASSAULT\t\t190\t.9\tof=o\tattack [mod=@nothing]", "nouns.tsv:1"),
        ("words.tsv", "ASSAULT", "must start with one of"),
        ("verbs.csv", "ASSAULT", "ends in .tsv"),
        ("leaders.csv", "name,country\nAnn Lee,NOR", "columns name,aliases"),
        ("event_types.csv", TYPES + "X,,X,x,mine,many,,,,", "event_types.csv: X"),
        ("event_types.csv", TYPES + "X,m,X,x,mine,0,,,,", "mode before its row"),
    ],
)
def test_errors_say_what_to_mend(tmp_path: Path, name: str, text: str, told: str) -> None:
    own = write(tmp_path, name, text + "\n")
    with pytest.raises(ValueError, match=told):
        additions.use([own])
        additions.check()


def test_a_missing_path_is_told(tmp_path: Path) -> None:
    with pytest.raises(additions.AdditionError, match="does not exist"):
        additions.use([tmp_path / "nowhere.tsv"])
