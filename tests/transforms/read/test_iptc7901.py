"""Wire messages between control characters: IPTC 7901 and ANPA 1312."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.read.wire import SENTENCES, Trickle, chosen, reasons, rows, sample

LEAD = "The harbour board shut the quay on Monday so that divers can see to the piles below it."


def dpa(
    title: str = "Quay shut at Port Ellery",
    above: str = "1ST LEAD\r\n",
    by: str = "By Ann Lee, dpa",
    slug: str = "Varn/harbour/",
    end: str = "\r\n\x03031137 GMT Mai 21 \r\n\x7f\n\x7f\x04",
) -> str:
    return (
        f"\x01eca062 4 i 211 ccccb   dpa 061\r\n\n{slug}\r\n\x02{above}{title}\r\n{by} =\r\n\n"
        "   Port Ellery (dpa) - The harbour board shut the quay on Monday so\r\n"
        "that divers can see to the piles below it, which are older than the\r\n"
        "town and lean to the east, as its own engineers had warned in the\r\n"
        "spring.\r\n\n   It opens in May, when the ferries to the islands come\r\n"
        "back from the yard and the season of the fair begins again, said\r\n"
        "the board.\r\n\n# Notebook\r\n\n* * * *\r\n"
        "The following information is not for publication\r\n- Tel: +49 1\r\n\n"
        f"dpa wsz npr\r\n{end}"
    )


def anpa(
    slug: str = "BC-VA--Quay, 1st Ld-Writethru,466",
    title: str = "Divers go down at Port Ellery",
    lines: tuple[str, ...] = ("", "It opens in May, said ``the board.''", "___", "Bo Day helped."),
    cr: str = "\r",
) -> str:
    text = (
        "\x16\x16\x01W2870\x1fasian\nf l\x13\x11 BC-VA--Quay     05-03 1049\n"
        f"\x02^{slug}<\n^{title}<\n^AP Photo XNP101, XNP102<\n^Eds: With AP Photos.<\n"
        f"^By ANN LEE=\n^Associated Press=\n\t   PORT ELLERY, Varn (AP) _ {LEAD} \n \n"
        + "".join(f"\t   {line} \n" for line in lines if line)
        + "\n\t   \x03AP-WF-05-03-21 1509GMT<\n\n\x0c\n\x04"
    )
    return text.replace("\n", f"{cr}\n")


def seeds() -> list[bytes]:
    """Small valid dumps, to be damaged."""
    return [(dpa() + dpa(above="")).encode(), (anpa() + anpa(cr="")).encode(), dpa().encode()]


def test_a_message_of_iptc_7901() -> None:
    text = dpa()
    [row] = rows("iptc7901", text)
    assert (row["title"], row["byline"]) == ("Quay shut at Port Ellery", "Ann Lee, dpa")
    assert (row["dateline"], row["source"]) == ("Port Ellery (dpa)", "dpa")
    assert (row["external_id"], row["date_text"]) == ("eca062", "2021-05-03T11:37:00Z")
    first, second = row["text"].split("\n")
    assert first.startswith("The harbour board") and first.endswith("in the spring.")
    assert second.startswith("It opens") and second.endswith("the board.")
    assert (row["char_start"], row["char_end"]) == (0, len(text))


def test_a_message_of_anpa_1312() -> None:
    text = anpa()
    [row] = rows("iptc7901", text)
    assert (row["title"], row["byline"]) == ("Divers go down at Port Ellery", "ANN LEE")
    assert (row["dateline"], row["source"]) == ("PORT ELLERY, Varn (AP)", "AP")
    assert (row["external_id"], row["date_text"]) == ("W2870", "2021-05-03T15:09:00Z")
    assert row["text"].split("\n") == [LEAD, 'It opens in May, said "the board."', "Bo Day helped."]


def test_many_messages() -> None:
    text = dpa() + "\r\n\n" + anpa() + dpa(above="", by="") + anpa(cr="")
    found = rows("iptc7901", text, kind=Trickle)
    assert reasons(found) == [None] * 4
    assert [row["source"] for row in found] == ["dpa", "AP", "dpa", "AP"]


@pytest.mark.parametrize(
    "signs", [{1: "␁", 2: "␂", 3: "␃", 4: "␄"}, {1: "<SOH>", 2: "<STX>", 3: "<ETX>", 4: "<EOT>"}]
)
def test_control_characters_made_visible(signs: dict[int, str]) -> None:
    text = (dpa() + anpa()).translate(signs)
    assert chosen(text, "dump") == "iptc7901"
    found = rows("iptc7901", text, kind=Trickle)
    assert [row["title"] for row in found] == [
        "Quay shut at Port Ellery", "Divers go down at Port Ellery"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        anpa(slug="BC-VA--Quay-KILL,40"),
        anpa(slug="BC-VA--Quay, Mandatory Kill"),
        anpa(slug="BC-VA--ADVISORY"),
        dpa(slug="Impressum/"),
        dpa(slug="Varn/quay/ADVISORY/"),
    ],
)
def test_messages_to_editors_are_no_articles(text: str) -> None:
    assert reasons(rows("iptc7901", text + dpa())) == ["not_article", None]


def test_words_of_headlines_make_no_message_to_editors() -> None:
    text = dpa("Two killed in an advisory role") + anpa(title="Fans kill time at a daybook show")
    assert reasons(rows("iptc7901", text)) == [None, None]


def test_a_message_without_a_headline_has_its_slug() -> None:
    [row] = rows("iptc7901", anpa().replace("^Divers go down at Port Ellery<", "^Eds: x<"))
    assert row["title"] == "BC-VA--Quay, 1st Ld-Writethru"


def test_broken_messages_cost_no_neighbour() -> None:
    lost = anpa()[:200]
    found = rows("iptc7901", anpa() + lost + dpa() + "stray words\n" + dpa())
    assert reasons(found) == [None, "bad_record", None, "bad_record", None]
    assert reasons(rows("iptc7901", dpa() + dpa(end="")[:-80])) == [None, "bad_record"]
    [row] = rows("iptc7901", dpa(end="\x03\x04"))
    assert row["date_text"] is None


def test_a_message_over_the_limit_is_too_large() -> None:
    long = anpa(lines=("x " * 5000,))
    found = rows("iptc7901", anpa() + long + anpa(), 2000, Trickle)
    assert reasons(found)[0] is None
    assert set(reasons(found)[1:-1]) == {"too_large"}
    assert reasons(found)[-1] is None


@pytest.mark.parametrize(
    "head", ["PORT ELLERY, May 3 (EW) -- It opened.", "\x01\x02", "SOH STX", "a \x01b 4 i\x02c"]
)
def test_what_is_no_wire_message(head: str) -> None:
    assert chosen(head, "dump") != "iptc7901"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(SENTENCES, SENTENCES), min_size=1, max_size=4))
def test_messages_come_back(stories: list[tuple[str, str]]) -> None:
    text = "".join(anpa(title=f"T {title} t", lines=(f"It {line}.",)) for title, line in stories)
    found = rows("iptc7901", text)
    assert [row["title"] for row in found] == [f"T {title} t" for title, _ in stories]
    assert [row["text"].split("\n")[1] for row in found] == [f"It {line}." for _, line in stories]


@settings(max_examples=40, deadline=None)
@given(
    st.text(st.sampled_from("\x01\x02\x03\x04^<=\n\r\t A1-"), max_size=200), st.integers(0, 1500)
)
def test_any_text_is_tiled(noise: str, at: int) -> None:
    text = dpa() + anpa()
    assert rows("iptc7901", text[:at] + noise + text[at:], kind=Trickle)


REAL = {
    # by file: paragraphs of each article, rejects
    "IPTC7901.txt": ([5], 0), "IPTC7901_odd_charset.txt": ([21], 0), "anpa-1.tst": ([14], 0),
    "anpa-2.tst": ([33], 0), "anpa-3.tst": ([115], 0), "anpa-4.tst": ([11], 0),
    "ap_anpa-1.tst": ([18], 0), "ap_anpa-2.tst": ([120], 0), "ap_anpa-3.tst": ([1], 0),
    "ap_anpa-4.tst": ([25], 0), "ap_anpa-5.tst": ([1], 0), "ap_anpa-6.tst": ([95], 0),
    "ap_anpa-7.tst": ([22], 0), "dpa_copyright.txt": ([], 1), "dpa_four_line.txt": ([15], 0),
    "dpa_two_by_line.txt": ([35], 0), "dpa_two_line.txt": ([4], 0),
}  # fmt: skip


@pytest.mark.parametrize("name", REAL)
def test_real_messages(name: str, shared: Path) -> None:
    lines, rejected = REAL[name]
    format, articles, rejects = sample(
        shared / "dumps" / "formats" / "superdesk_wire_fixtures" / name
    )
    assert format == "iptc7901"
    assert [len(row["body"].split("\n")) for row in articles] == lines
    assert len(rejects) == rejected
    for row in articles:
        assert row["external_id"] and row["published_at"] and row["source"] and row["title"]
        assert "^" not in row["body"] and "``" not in row["body"]
