"""Factiva as text, with codes and without: articles, their fields and bodies, bad neighbours."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.read.exports import Row, both, in_small_chunks, pieces
from tests.transforms.read.wire import chosen, reasons
from transforms.read import open_source, parse_date
from transforms.read.factiva import accession_of, coded, is_count, sniff, total_of

BODY = (
    "The harbour council of Port Ellery voted on Monday to shut the old quay for repairs that "
    "are to last until the spring, when the ferries come back.",
    "Ann Lee, who leads the council, said that the money had been set aside two years ago and "
    "that nobody would lose a mooring.",
    "IN the spring it opens.",
)
NUMBER = "ELPO000020100111e61b0000{}"


def with_codes(
    title: str = "Quay shut, ferries stranded",
    number: int = 1,
    *,
    body: tuple[str, ...] = BODY[:2],
    gap: str = "   ",
    date: str = "11 January 2010",
    width: int | None = None,
) -> str:
    """An article with indexing, as the vendor's text and older terminals have it."""

    def text(lines: tuple[str, ...]) -> str:
        return "\n\n".join(textwrap.fill(one, width) if width else one for one in lines)

    fields = [
        ("SE", "News"), ("HD", title), ("BY", "By Ann Lee"), ("WC", "52 words"), ("PD", date),
        ("ET", "09:30"), ("SN", "The Ellery Post"), ("SC", "ELPO"), ("PG", "6"),
        ("LA", "English"), ("CY", "(c) 2010 Ellery Media Ltd."),
    ]  # fmt: skip
    tail = [
        ("CO", "ellmed : Ellery Media Ltd"), ("NS", "gcat : Political/General News"),
        ("RE", "elly : Port Ellery"), ("IPC", "HAR | FER"), ("PUB", "Ellery Media Ltd."),
        ("AN", f"Document {NUMBER.format(number)}"),
    ]  # fmt: skip

    def lines(given: list[tuple[str, str]]) -> str:
        return "".join(f"{code}{gap}{value}\n" for code, value in given)

    return (
        f"{lines(fields)}\nLP{gap}\n{text(body[:1])}\n\nTD{gap}\n{text(body[1:])}\n\n{lines(tail)}"
    )


def displayed(
    title: str = "Quay shut, ferries stranded",
    number: int = 1,
    *,
    body: tuple[str, ...] = BODY,
    above: str = "",
    author: str = "By Ann Lee\n",
    count: str = "52 words",
    date: str = "11 January 2010",
    head: str = "The Ellery Post\nELPO\nLate Edition - Final\n6\nEnglish\n",
    rights: str = "(c) 2010 Ellery Media Ltd.",
    document: str = "Document",
) -> str:
    """An article without indexing."""
    text = "\n\n".join(body)
    return (
        f"{above}{title}\n{author}{count}\n{date}\n{head}{rights}\n\n{text}\n\n"
        f"Ellery Media Ltd.\n\n{document} {NUMBER.format(number)}\n\n\n"
    )


SUMMARY = (
    "Search Summary\nText\tquay\nDate\tAll Dates\nSource\tAll Sources\nResults Found\t{}\n"
    "Timestamp\t12 January 2010 1:01 PM\n\n(c) 2010 Factiva, Inc. All rights reserved.\n"
)
CODED = f"{with_codes()}\n\n{with_codes('Ferries back', 2)}\n{SUMMARY.format(2)}"
DISPLAYED = displayed() + displayed("Ferries back", 2) + SUMMARY.format(2)


def seeds() -> list[bytes]:
    """Small valid dumps, to be damaged."""
    german = displayed(
        count="52 Wörter", date="11 Januar 2010", head="Ellery Post\nELPO\nDeutsch\n",
        document="Dokument",
    )  # fmt: skip
    tabs = with_codes(gap="\t")
    return [CODED.encode(), DISPLAYED.encode(), german.encode(), tabs.encode()]


def rows(text: str, limit: int = 1 << 20) -> list[Row]:
    return pieces("factiva-txt", text, limit)


@pytest.mark.parametrize("gap", ["   ", "\t", "  \t", "\xa0\xa0", " "])
@pytest.mark.parametrize("width", [None, 70])
def test_articles_with_codes(gap: str, width: int | None) -> None:
    second = with_codes("Ferries back", 2, gap=gap, width=width)
    text = f"{with_codes(gap=gap, width=width)}\n\n{second}"
    first, last = rows(text)
    assert first["title"] == "Quay shut, ferries stranded"
    assert first["byline"] == "By Ann Lee"
    assert first["source"] == "The Ellery Post"
    assert first["language"] == "en"
    assert first["date_text"] == "11 January 2010 09:30"
    assert first["external_id"] == NUMBER.format(1)
    assert first["text"].split("\n") == list(BODY[:2])
    assert (last["title"], last["external_id"]) == ("Ferries back", NUMBER.format(2))
    assert text[last["char_start"] :].startswith("SE")


@pytest.mark.parametrize("text", [CODED, DISPLAYED])
def test_it_reads_the_same_in_small_chunks(text: str) -> None:
    in_small_chunks("factiva-txt", text)


def test_values_on_lines_of_their_own() -> None:
    """As tables come out of documents whose cells are paragraphs."""
    text = with_codes(gap="\n")
    (row,) = rows(text)
    assert row["title"] == "Quay shut, ferries stranded"
    assert row["external_id"] == NUMBER.format(1)
    assert row["text"].split("\n") == list(BODY[:2])
    assert len(rows(f"{text}\n{text}")) == 2


def test_rich_text(tmp_path: Path) -> None:
    """Fields in the rows of a table; each paragraph is a line, however short."""
    short = ("The quay at Port Ellery was shut on Monday.", "It opens again in the month of May.")
    fields = [
        ("HD", "Quay shut"), ("PD", "11 January 2010"), ("SN", "The Ellery Post"),
        ("LP", r"\par ".join(short)), ("TD", r"\par ".join(short[::-1])),
        ("AN", f"Document {NUMBER.format(1)}"),
    ]  # fmt: skip
    table = "".join(
        rf"\trowd\cellx800\cellx9000\pard\intbl\b {code}\b0\cell\pard\intbl {value}\cell\row"
        for code, value in fields
    )
    path = tmp_path / "a.rtf"
    path.write_text(rf"{{\rtf1\ansi {table}\pard\par\page {table}\pard\par }}")
    (dump,) = open_source(path)
    assert (dump.format, dump.encoding) == ("factiva-txt", "rtf")
    found = list(dump.rows())
    assert [row["title"] for row in found] == ["Quay shut"] * 2
    assert found[0]["text"].split("\n") == [*short, *short[::-1]]


def test_lines_that_start_like_codes_stay_in_the_text() -> None:
    body = (BODY[0], "BY   then it was dark.", BODY[1], "IN THE SPRING it opens.")
    (row,) = rows(with_codes(body=body))
    assert row["text"].split("\n") == [BODY[0], "BY then it was dark.", *body[2:]]
    (row,) = rows(with_codes(body=(BODY[0], BODY[1], body[3]), gap=" "))
    assert row["text"].split("\n")[-1] == body[3]


def test_articles_without_codes() -> None:
    (first, last), counts = both("factiva-txt", DISPLAYED)
    assert counts == [2]
    assert first["title"] == "Quay shut, ferries stranded"
    assert first["byline"] == "By Ann Lee"
    assert first["source"] == "The Ellery Post"
    assert first["date_text"] == "11 January 2010"
    assert first["language"] == "en"
    assert first["external_id"] == NUMBER.format(1)
    assert first["text"].split("\n") == list(BODY)
    assert last["title"] == "Ferries back"


@pytest.mark.parametrize(
    ("above", "author", "title", "byline"),
    [
        ("", "", "Quay shut, ferries stranded", None),
        ("International\n", "", "Quay shut, ferries stranded", None),
        ("News\n\n", "Ann Lee and Bo Day\n", "Quay shut, ferries stranded", "Ann Lee and Bo Day"),
        ("", "Lee, Ann\n", "Quay shut, ferries stranded", "Lee, Ann"),
        ("The quay that everyone in Port Ellery has feared for\n", "", None, None),
    ],
)
def test_a_section_a_headline_and_an_author(
    above: str, author: str, title: str | None, byline: str | None
) -> None:
    (row,) = rows(displayed(above=above, author=author))
    wrapped = f"{above.strip()} Quay shut, ferries stranded"
    assert (row["title"], row["byline"]) == (title or wrapped, byline)


@pytest.mark.parametrize(
    ("count", "date", "language", "rights", "document", "code"),
    [
        ("1,052 words", "11 January 2010", "English", "Copyright 2010 X. All Rights Reserved",
         "Document", "en"),
        ("52 mots", "11 janvier 2010", "Français", "(c) 2010 Ellery Média", "Document", "fr"),
        ("1.052 Wörter", "11 Januar 2010", "Deutsch", "© 2010 Ellery Medien", "Dokument", "de"),
        ("52 palabras", "11 enero 2010", "Español", "(c) 2010 Ellery", "Documento", "es"),
        ("52 parole", "11 gennaio 2010", "Italiano", "(c) 2010 Ellery", "Documento", "it"),
        ("52 palavras", "11 janeiro 2010", "Português", "(c) 2010 Ellery", "Documento", "pt"),
        ("52 слов", "11 января 2010", "Русский", "(c) 2010 Ellery", "Документ", "ru"),
        ("52 字", "2010 年 1 月 11 日", "英文", "Copyright 2010 Ellery", "文件", "en"),
        ("52 語", "2010 年 1 月 11 日", "日本語", "(c) 2010 Ellery", "文書", "ja"),
    ],
)  # fmt: skip
def test_the_languages_of_its_pages(
    count: str, date: str, language: str, rights: str, document: str, code: str
) -> None:
    head = f"The Ellery Post\nELPO\n{language}\n"
    text = displayed(count=count, date=date, head=head, rights=rights, document=document)
    assert chosen(text, "a.txt") == "factiva-txt"
    (row,) = rows(text)
    assert (row["title"], row["language"]) == ("Quay shut, ferries stranded", code)
    assert row["text"].split("\n") == list(BODY)
    when = parse_date(row["date_text"])
    assert when is not None
    assert when.day.isoformat() == "2010-01-11"


def test_a_publisher_below_the_text_is_no_text() -> None:
    for publisher, kept in (("Ellery Media Ltd.", 0), ("Nobody came.", 1), ("Ellery", 0)):
        text = displayed(rights="(c) 2010 Ellery").replace("Ellery Media Ltd.", publisher)
        (row,) = rows(text)
        assert len(row["text"].split("\n")) == len(BODY) + kept


def test_footers_of_pages_are_no_text() -> None:
    footer = "Page 3 of 20 © 2010 Factiva, Inc. All rights reserved."
    (row,) = rows(displayed(body=(BODY[0], footer, BODY[1])))
    assert row["text"].split("\n") == list(BODY[:2])
    (row,) = rows(with_codes(body=(BODY[0], BODY[1], footer)))
    assert row["text"].split("\n") == list(BODY[:2])


def test_the_summary_of_a_search(tmp_path: Path) -> None:
    for found, counts in ((2, [2]), (100, [100]), (1771, [])):
        assert both("factiva-txt", displayed() + SUMMARY.format(found))[1] == counts
    articles, counts = both("factiva-txt", CODED + DISPLAYED)
    assert (len(articles), counts) == (4, [2, 2])
    path = tmp_path / "a.txt"
    path.write_text(with_codes() + SUMMARY.format(2))
    (dump,) = open_source(path)
    assert sum(frame.height for frame in dump.pieces()) == 1
    assert dump.warnings == ["declares 2 articles (2 results found), 1 were read"]


def test_an_article_whose_number_is_lost_ends_where_the_next_starts() -> None:
    text = with_codes()
    first, last = rows(text[: text.rindex("PUB")] + with_codes("Ferries back", 2))
    assert first["text"].split("\n") == list(BODY[:2])
    assert last["title"] == "Ferries back"


def test_what_is_cut_off_is_kept() -> None:
    for text, body in ((CODED, BODY[:2]), (DISPLAYED, BODY[:2])):
        cut = text[: text.rindex(BODY[1]) + len(BODY[1])]
        _, last = rows(cut)
        assert last["text"].split("\n") == list(body)


def test_text_in_no_article_is_a_reject() -> None:
    text = "A story that is no article of an export. " * 40 + "\n\n" + with_codes()
    other, row = rows(text)
    assert (other["reason"], row["title"]) == ("not_article", "Quay shut, ferries stranded")
    many = "\n".join(["A story that is no article of an export."] * 40) + "\n"
    other, row = rows(many + displayed())
    assert (other["reason"], row["title"]) == ("not_article", "Quay shut, ferries stranded")
    assert reasons(rows(f"Document {NUMBER.format(1)}\n")) == ["no_text"]


def test_an_article_that_is_too_large_costs_no_neighbour() -> None:
    long = displayed("Long", 2, body=("A long sentence about a quay. " * 400,))
    found = rows(displayed() + long + displayed("Ferries back", 3), 5000)
    assert reasons(found) == [None, "too_large", None]
    assert found[2]["title"] == "Ferries back"
    lines = displayed("Long", 2, body=("A long sentence about a quay.",) * 400)
    found = rows(displayed() + lines + displayed("Ferries back", 3), 5000)
    assert reasons(found) == [None, "too_large", None]


def test_parts_of_lines() -> None:
    assert coded("HD   Quay shut") == ("HD", "Quay shut")
    assert coded("AN") == ("AN", "")
    assert coded("IN the spring") is None
    assert coded("IN the spring", wide=False) == ("IN", "the spring")
    assert coded("HDX   y") is None
    assert is_count("1,513 words")
    assert is_count("664 Wörter")
    assert not is_count("He said 513 words")
    assert accession_of("Dokument elp0000020010926du4i003v3") == "elp0000020010926du4i003v3"
    assert accession_of("Document one of the quay") is None
    assert total_of("Results Found\t1,771") == 1771


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Quay shut\n\nThe harbour council voted.\n52 words\n",
        "<html><body>HD  Quay\nWC  3 words\nPD  x\nLP  y</body></html>",
        "RE elections\nIN the spring\nBY train\n",
        "HD\tBody\nQuay\tIt was shut.\n",
    ],
)
def test_other_texts_are_not_claimed(text: str) -> None:
    assert sniff(text, "a.txt") == 0


TITLE = st.text("abcdefgh ", min_size=3, max_size=60).map(lambda t: f"T{' '.join(t.split())}x")
PARAGRAPH = st.lists(st.text("abcdefgh", min_size=2, max_size=9), min_size=15, max_size=60).map(
    lambda words: " ".join(words).capitalize() + "."
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(TITLE, st.lists(PARAGRAPH, min_size=2, max_size=4)), max_size=4),
    st.booleans(),
)
def test_generated_articles_come_back(articles: list[tuple[str, list[str]]], codes: bool) -> None:
    write = with_codes if codes else displayed
    text = "\n".join(
        write(title, number, body=tuple(body)) for number, (title, body) in enumerate(articles)
    )
    found = [(row["title"], row["text"].split("\n")) for row in rows(text)]
    assert found == articles


LINES = st.sampled_from(
    [
        "HD   Quay", "SE   News", "LP   ", "TD", "AN   Document " + NUMBER.format(1), "AN", "",
        "Document " + NUMBER.format(2), "52 words", "11 January 2010", "Search Summary", "BY  x",
        "Results Found\t2", "(c) 2010 Factiva, Inc.", "A line of text.", "NS  a : b", "\x0c",
    ]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(LINES | st.text(max_size=30), max_size=40), st.sampled_from([60, 10_000]))
def test_any_lines_tile(lines: list[str], limit: int) -> None:
    rows("\n".join(lines).encode("utf-8", "replace").decode().removeprefix("\ufeff"), limit)
