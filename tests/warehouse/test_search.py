"""Full-text search: what is found, in which order, and that it follows every load."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.warehouse.stages import Stage, article, assignment, dump, night
from tests.warehouse.versions import bring_back
from warehouse import load, migrate, publish, query

TEXTS = {
    "Ferry burns off Vell": "A fire broke out on the ferry Aurelia. The ferry was towed to port.",
    "Harvest festival": "Farmers of Vell brought apples. A fire was lit in the evening.",
    "Cabinet meets": "Ministers met on Monday to discuss gas exports to the island.",
    "Gas leak": "Exports were halted after gas was smelt in the harbour.",
    "Élection à Córdoba": "Los candidatos hablaron en la plaza.",
}


@pytest.fixture
def path(path: Path, publish_night: Any) -> Path:
    rows = [article("a", n, body, title=title) for n, (title, body) in enumerate(TEXTS.items())]
    publish_night(Stage([dump("a", len(rows))], rows, assignments=[assignment(r) for r in rows]))
    return path


def titles(path: Path, words: str, more: str = "") -> list[str]:
    quoted = words.replace("'", "''")
    return query.run(path, f"SELECT title FROM search('{quoted}'{more})")["title"].to_list()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("ferry", ["Ferry burns off Vell"]),
        ("FERRIES", ["Ferry burns off Vell"]),  # the plural, in capitals
        ("ferry fire", ["Ferry burns off Vell", "Harvest festival"]),  # both before one
        ("gas export", ["Gas leak", "Cabinet meets"]),  # in the shorter text, and twice
        ('"gas exports"', ["Cabinet meets"]),  # the words as they stand
        ('"gas exports" ferry', ["Cabinet meets"]),
        ('"exports to" "on monday"', ["Cabinet meets"]),
        ('"exports gas"', []),
        ("election cordoba", ["Élection à Córdoba"]),  # without accents
        ("the of and", []),
        ('"in the"', ["Harvest festival", "Gas leak"]),  # stop words as they stand
        ('"in the" gas', ["Gas leak", "Harvest festival"]),
        ('"in the" "to the"', []),
        ('"IN THE" "after gas"', ["Gas leak"]),
        ('"s to the"', []),  # not within a word
        ("volcano", []),
        ("", []),
        ("o'clock; DROP TABLE articles --", []),
        ('"(", ".*"', []),  # no pattern
    ],
)
def test_what_is_found(path: Path, words: str, expected: list[str]) -> None:
    assert titles(path, words) == expected


def test_no_more_than_asked_for(path: Path) -> None:
    assert titles(path, "ferry fire", ", most := 1") == ["Ferry burns off Vell"]


def test_the_passage_shows_the_words(path: Path) -> None:
    found = query.run(path, "SELECT passage, score FROM search('towed')").row(0, named=True)
    assert "The ferry was towed to port." in found["passage"]
    assert found["score"] > 0


PASSAGES = {
    "Los candidatos hablaron. La elección en Córdoba fue tranquila.": {
        "eleccion": "Los candidatos hablaron. La elección en Córdoba fue tranquila.",
        "CÓRDOBA": "Los candidatos hablaron. La elección en Córdoba fue tranquila.",
        '"en cordoba"': "Los candidatos hablaron. La elección en Córdoba fue tranquila.",
    },
    # A letter and its accent apart, one that exists as one character and one that does not.
    "La eleccio\u0301n de ayer.": {"eleccion": "La elección de ayer."},
    "In X\u0301rona, a city, two ferries sank.": {"xrona": "in xrona, a city, two ferries sank."},
    "Паром у города загорелся.": {"ПАРОМ": "Паром у города загорелся."},
    f"{'A gasoline tanker. ' * 9}Two boys saw the gas burn. {'It was long. ' * 20}": {
        "gas": "ker. A gasoline tanker. A gasoline tanker. Two boys saw the gas burn."
        " It was long. It was long. It was long. It was long. It was long. It was long. It",
    },
    "Two cities and a party.": {
        "city": "Two cities and a party.",
        "parties": "Two cities and a party.",
        '"and a"': "Two cities and a party.",
    },
    "": {"headline": ""},  # only there
}


def test_the_passage_is_not_empty(path: Path, publish_night: Any) -> None:
    bodies = [body for body in PASSAGES if body]
    rows = [article("b", n, body, title="Headline") for n, body in enumerate(bodies)]
    publish_night(Stage([dump("b", len(rows))], rows, assignments=[assignment(r) for r in rows]))
    for row in rows:
        for words, expected in (PASSAGES[row["body"]] | PASSAGES[""]).items():
            found = query.run(
                path,
                f"SELECT passage FROM search('{words}') WHERE article_id = '{row['article_id']}'",
            )
            assert found["passage"].to_list() == [expected], words


def entries(path: Path) -> list[Any]:
    """Which articles hold which terms how often, however they are numbered and kept."""
    return query.run(
        path,
        "SELECT article_id, term, count, words FROM search_documents JOIN"
        " (FROM search_terms UNION ALL FROM search_recent) USING (doc) ORDER BY ALL",
    ).rows()


@pytest.mark.parametrize("long", [1, 3_000, 10**9])
def test_search_follows_every_load(
    path: Path, tmp_path: Path, publish_night: Any, monkeypatch: pytest.MonkeyPatch, long: int
) -> None:
    """Whether the terms of nights become one run at once, after some nights or never."""
    sql = load.sql

    def shorter(folder: str, name: str) -> str:
        text = sql(folder, name)
        if name == "search_terms":
            assert ">= 4000000" in text
        return text.replace(">= 4000000", f">= {long}")

    monkeypatch.setattr(load, "sql", shorter)
    first = night(1, 30)
    publish_night(first)
    publish_night(night(2, 30, earlier=[first]))
    publish_night(first, replace=True)
    before = entries(path)
    kept = query.run(path, "SELECT count(*) FROM search_recent").item()
    assert {1: kept == 0, 10**9: kept == len(before)}.get(long, True)
    assert query.run(path, "SELECT count(*) FROM search_documents").item() == 65
    with publish.writing(path) as con:
        load.rebuild(con)
    assert entries(path) == before


def test_a_dump_that_is_replaced_is_found_as_it_is_now(path: Path, publish_night: Any) -> None:
    new = article("a", 0, "A lighthouse was painted.", title="Lighthouse")
    publish_night(Stage([dump("a")], [new], assignments=[assignment(new)]), replace=True)
    assert titles(path, "ferry") == []
    assert titles(path, "lighthouse") == ["Lighthouse"]


def test_articles_of_an_older_warehouse_are_found_after_the_next_load(
    path: Path, publish_night: Any
) -> None:
    with duckdb.connect(path) as con:
        bring_back(con, 5, migrate.newest())
    publish_night(night(1, 5))
    assert titles(path, "ferry") == ["Ferry burns off Vell"]


def test_other_programs_search_too(path: Path) -> None:
    """Without newsmill, extensions or settings: a plain DuckDB on the file."""
    with duckdb.connect(str(path), read_only=True) as con:
        found = con.execute("SELECT title FROM search('ferry')").fetchall()
    assert found == [("Ferry burns off Vell",)]
