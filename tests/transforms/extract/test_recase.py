from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from transforms.extract import recase
from transforms.extract.model import Sentence


def restore(text: str, article: str = "", *, headline: bool = False) -> str:
    return recase.restore(Sentence(0, 0, len(text), text, headline), article or text)


@given(
    st.text(max_size=200)
    | st.lists(
        st.sampled_from(["REBELS", "Attack", "U.S.", "[FMLN]", "San", "ß", "İ", "<ABC>", "MAY 3"]),
        max_size=12,
    ).map(" ".join),
    st.booleans(),
)
@settings(max_examples=300, deadline=None)
@example("µ:A0:A0", True)
def test_same_length_and_same_letters(text: str, headline: bool) -> None:
    restored = restore(text, "Some rebels attacked San Pedro.", headline=headline)
    assert len(restored) == len(text)
    for before, after in zip(text, restored, strict=True):
        assert after == " " if before.isspace() else before.lower() == after.lower()


@pytest.mark.parametrize(
    "text",
    [
        "The rebels of San Pedro attacked a bridge, President Ruiz said.",
        "IBM said it would not comment.",
        "U.S. and EU officials met.",
    ],
)
def test_ordinary_text_is_unchanged(text: str) -> None:
    assert restore(text) == text
    assert restore(text, headline=True) == text


@pytest.mark.parametrize(
    ("headline", "body", "expected"),
    [
        (
            "Rebels Attack Bridge Near Oroville",
            "A bridge near Oroville was hit when rebels launched an attack.",
            "Rebels attack bridge near Oroville",
        ),
        ("US Orders Inspections Of Ferries", "", "US orders inspections of ferries"),
        (
            "France And Germany Sign Pact With Iran",
            "",
            "France and Germany sign pact with Iran",
        ),
        (
            "Baker Quits As Head Of Inquiry",
            "The head of the inquiry, Jim Baker, left. Asked why, Baker gave no answer.",
            "Baker quits as head of inquiry",
        ),
        ("TREMONT <TRMT> SIGNS CONTRACT WITH NAVY", "", "Tremont <TRMT> signs contract with navy"),
    ],
)
def test_headlines(headline: str, body: str, expected: str) -> None:
    assert restore(headline, f"{headline}\n{body}", headline=True) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "THE GUERRILLAS OF THE PEOPLE'S FRONT [PFX] HIT A U.S. CONVOY IN COLOMBIA ON 3 MAY.",
            "The guerrillas of the people's front [PFX] hit a U.S. convoy in Colombia on 3 May.",
        ),
        (
            "PRESIDENT RENE QUIROGA MAY MEET COLONEL OTTO BAKER IN SAN TELMO, HE SAID.",
            "President Rene Quiroga may meet Colonel Otto Baker in San Telmo, he said.",
        ),
        ("I BELIEVE WE CAN WIN, SAID THE MINISTER.", "I believe we can win, said the minister."),
        ("HAMAS AND THE FMLN SIGNED IT ON MONDAY.", "Hamas and the FMLN signed it on Monday."),
    ],
)
def test_capitals(text: str, expected: str) -> None:
    assert restore(text) == expected


def test_capital_after_us_is_undone() -> None:
    text = "The U.S. Officials met the U.S. Congress and the U.S. Army."
    assert restore(text) == "The U.S. officials met the U.S. Congress and the U.S. Army."


def test_line_breaks_become_blanks() -> None:
    assert restore("rebels\nattacked\tthe town") == "rebels attacked the town"
