"""Terms of stories: stems, names and hashes that are the same everywhere."""

from __future__ import annotations

import polars as pl
import pytest

from transforms.deduplicate import memory, terms


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("strikes", "strike"), ("studies", "study"), ("crashes", "crash"), ("warned", "warn"),
        ("warning", "warn"), ("stopped", "stop"), ("stopping", "stop"), ("ellery's", "ellery"),
        ("closed", "close"),
    ],
)  # fmt: skip
def test_forms_of_a_word_have_one_stem(one: str, other: str) -> None:
    stems = pl.DataFrame({"word": [one, other]}).select(terms.stem(pl.col("word"))).to_series()
    assert stems[0] == stems[1]


@pytest.mark.parametrize("word", ["bus", "gas", "ring", "bed", "news", "crisis"])
def test_short_words_keep_their_ends(word: str) -> None:
    stem = pl.DataFrame({"word": [word]}).select(terms.stem(pl.col("word"))).item()
    assert stem in (word, word.rstrip("s")) and len(stem) >= 3


def test_hashes_are_fixed_for_good() -> None:
    """What a warehouse remembers is worth nothing once these change."""
    assert terms.term(pl.Series(["ferry", "dam", "é"])).tolist() == [
        1563714574,
        2666024186,
        4280762746,
    ]
    assert terms.term(pl.Series([], dtype=pl.String)).tolist() == []


def occurrences(title: str | None, body: str) -> pl.DataFrame:
    frame = pl.DataFrame(
        {"title": [title], "body": [body]}, schema={"title": pl.String, "body": pl.String}
    )
    return terms.occurrences(frame)


def held(found: pl.DataFrame, word: str) -> dict[str, object] | None:
    rows = found.filter(pl.col("term") == terms.term(pl.Series([word]))[0])
    return rows.row(0, named=True) if rows.height else None


def test_names_are_found_within_sentences_only() -> None:
    found = occurrences("STRIKE AT VELLMAR", "Drivers of Vellmar struck. Buses stood in Sorn.")
    for word, name, in_title in (
        ("vellmar", True, True), ("sorn", True, False), ("driver", False, False),
        ("strik", False, True),
    ):  # fmt: skip
        row = held(found, word)
        assert row is not None and (row["name"], row["in_title"]) == (name, in_title), word


def test_text_of_capitals_has_no_names() -> None:
    found = occurrences(None, "THE FERRY AURELIA BURNED OFF SORN ON MONDAY")
    assert not found["name"].any()


def test_two_names_in_a_row_are_a_term_besides() -> None:
    found = occurrences(None, "The ferry Aurelia Star burned.")
    assert found.filter(pl.col("term") % 2 == 1).height == 1
    assert (
        occurrences(None, "Aurelia burned. Star fell.").filter(pl.col("term") % 2 == 1).height == 0
    )


def test_nothing_to_read() -> None:
    assert occurrences(None, "").is_empty()
    assert occurrences("", "… --- 12").height <= 1


def test_a_story_remembers_a_bounded_number_of_terms() -> None:
    body = " ".join(f"{a}o{b}u{a}t {b}i{a}lm" for a in "bdfgklmnpr" for b in "bdfgklmnpr")
    frame = pl.DataFrame(
        {
            "story_id": ["0" * 16], "title": ["Many words"], "body": [body], "source": [None],
            "published_at": [None], "publish_date": [None],
        },
        schema={
            "story_id": pl.String, "title": pl.String, "body": pl.String, "source": pl.String,
            "published_at": pl.Datetime("us", "UTC"), "publish_date": pl.Date,
        },
    )  # fmt: skip
    found = memory.remember(frame).row(0, named=True)
    assert len(found["terms"]) == len(found["weights"]) == memory.TERMS
    assert found["terms"] == sorted(found["terms"])
