"""ProQuest as text: documents, their fields and texts, covers, quoted mails, bad neighbours."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.read.exports import Row, both, in_small_chunks, pieces
from tests.transforms.read.wire import chosen, reasons, sample
from transforms.read import open_source
from transforms.read.proquest import labelled, sniff

RULE = "_" * 60
BODY = ("The quay was shut.", 'It "opens" in May, said Ann Lee.')
ADDRESS = "https://www.proquest.com/newspapers/quay/docview/310739662{}/se-2"


def document(
    title: str = "Quay shut",
    number: int = 1,
    total: int | None = 2,
    *,
    body: tuple[str, ...] = BODY,
    author: str | None = "Lee, Ann; Day, Bo",
    abstract: str = "None available.",
    text: str | None = None,
    again: bool = True,
    more: str = "",
    source: str = "The Ellery Post, Late Edition (East Coast); Ellery",
    date: str = "Publication date: Sep 20, 2024\n\n",
) -> str:
    address = ADDRESS.format(number)
    full = "\n".join(body) if text is None else text
    return (
        f"{RULE}\n\n"
        + (f"Document {number} of {total}\n\n" if total else "")
        + f"{title}\n\nhttps://library.example/login?url={address}?accountid=15090\n\n"
        + (f"Author: {author}\n\n" if author else "")
        + f"Abstract: {abstract}\n\nLinks: https://library.example/openurl?a=b\n\n"
        + f"Full text: {full}\n\nSubject: Harbors; Ferries\n\n"
        + f"Business indexing term: Subject: Harbors\n\n{f'Title: {title}{chr(10) * 2}' * again}"
        + f"Publication title: {source}\n\nPages: A.1\n\nPublication year: 2024\n\n{date}"
        + f"Dateline: PORT ELLERY\n\nSection: local\n\nLanguage of publication: English\n\n{more}"
        + f"ProQuest document ID: 310739662{number}\n\n"
        + f"Document URL: https://library.example/login?url={address}?accountid=15090\n\n"
        + "Copyright: Copyright 2024 Ellery\n\nLast updated: 2024-09-22\n\n"
        + "Database: Ellery Newsstream\n\n"
    )


TAIL = (
    f"{RULE}\n\nContact us at: https://about.proquest.com/go/contact\n\nDatabase copyright © 2024 "
    "ProQuest LLC. All rights reserved.\n\nTerms and Conditions: https://www.proquest.com/terms\n"
)
COVER = f"{RULE}\n\nReport Information from ProQuest\n\nSeptember 23 2024\n\n{RULE}\n\n"
TWO = f"{COVER}{document()}{document('Ferries back', 2)}{TAIL}"


def quoted(text: str, mark: str = "> ") -> str:
    return "".join(f"{mark}{line}\n" for line in text.split("\n"))


def mailed(*titles: str) -> str:
    """What a mail program makes of a mail of documents that is sent on."""
    documents = "".join(
        f" <>\n{title}\nAuthor: Lee, Ann\nPublication info: The Ellery Post ; Ellery, Ell. "
        f"[Ellery, Ell]21 Apr 2007: 18.\nProQuest document link <{ADDRESS.format(at)}?a=1>\n"
        "Abstract:\n\nThe quay.\n\n\nLinks:UC-eLinks <http://links.example/a?b=c>\nFull text:\n"
        "The quay <http://quay.example/> was shut.\n\nIt opens in May.\n\n----------\n\n"
        "annlee@ellery.example\n\nIllustration\nCaption: Photo (color): The quay.\n\n"
        "Credit: By Ann Lee, staff reporter\n\n\nPublication title: The Ellery Post; Ellery, Ell.\n"
        "Pages: 18\nPublication year: 2007\nPublication date: Apr 21, 2007\n"
        f"ProQuest document ID: 42057053{at}\nDocument URL: {ADDRESS.format(at)} "
        f"<{ADDRESS.format(at)}>\nDatabase: Ellery Dailies\n"
        for at, title in enumerate(titles)
    )
    return (
        "See below.\n\n----\nAnn Lee\n"
        + quoted(f"\nAll documents are reproduced with permission.\nEmail 4 of 5\n\n{documents}")
        + "> Contact ProQuest <https://about.proquest.com/go/contact>\n"
    )


def seeds() -> list[bytes]:
    """Small valid dumps, to be damaged."""
    return [TWO.encode(), mailed("Quay shut", "Ferries back: [Final Edition]").encode()]


def rows(text: str, limit: int = 1 << 20) -> list[Row]:
    return pieces("proquest-txt", text, limit)


def test_documents() -> None:
    (first, last), counts = both("proquest-txt", TWO)
    assert counts == [2]
    assert first["title"] == "Quay shut"
    assert first["byline"] == "Lee, Ann; Day, Bo"
    assert first["source"] == "The Ellery Post"
    assert first["date_text"] == "Sep 20, 2024"
    assert first["dateline"] == "PORT ELLERY"
    assert first["language"] == "English"
    assert first["external_id"] == "3107396621"
    assert first["url"] == ADDRESS.format(1)
    assert first["text"].split("\n") == list(BODY)
    assert last["title"] == "Ferries back"
    assert TWO[last["char_start"] :].startswith(f"{RULE}\n\nDocument 2")


@pytest.mark.parametrize("text", [TWO, mailed("Quay shut", "Ferries back")])
def test_it_reads_the_same_in_small_chunks(text: str) -> None:
    in_small_chunks("proquest-txt", text)


@pytest.mark.parametrize("title", ["Quay shut", "Location: a quay", "Subject: the quay", "Quay?"])
@pytest.mark.parametrize("total", [None, 1])
@pytest.mark.parametrize("again", [True, False])
def test_headlines(title: str, total: int | None, again: bool) -> None:
    (row,) = rows(document(title, total=total, again=again) + TAIL)
    assert row["title"] == title
    assert row["text"].split("\n") == list(BODY)


@pytest.mark.parametrize("suffix", [": [Final Edition]", ": [National Desk]", " [With graphic(s)]"])
def test_what_the_archive_adds_to_headlines(suffix: str) -> None:
    (row,) = rows(document(f"Quay shut{suffix}"))
    assert row["title"] == "Quay shut"
    (row,) = rows(document("Quay [not] shut [sic]"))
    assert row["title"] == "Quay [not] shut [sic]"


def test_paragraphs_that_start_like_labels_stay_in_the_text() -> None:
    body = (BODY[0], "Location: nobody knows.", "People: many.", BODY[1])
    (row,) = rows(document(body=body))
    assert row["text"].split("\n") == list(body)


def test_a_text_at_the_end() -> None:
    text = (
        f"{RULE}\n\nTitle: Quay shut\n\nPublication title: The Ellery Post\n\nPublication date: "
        "Sep 20, 2024\n\nProQuest document ID: 1\n\nFull Text: The quay.\nIt opens.\n\n"
    )
    (row,) = rows(text * 2)[:1]
    assert (row["title"], row["text"]) == ("Quay shut", "The quay.\nIt opens.")


def test_an_abstract_stands_in_for_a_text() -> None:
    (row,) = rows(document(text="Not available.", abstract="The quay\nwas shut."))
    assert row["text"] == "The quay\nwas shut."
    (row,) = rows(document(text="Not available."))
    assert (row["title"], row["text"]) == ("Quay shut", "")


def test_what_the_archive_prints_below_a_text() -> None:
    below = (
        "--", "ann.lee@ellery.example", "Illustration", "Caption: The quay.",
        "Credit: By Ann Lee, staff reporter",
    )  # fmt: skip
    (row,) = rows(document(body=(*BODY, *below), author=None))
    assert row["text"].split("\n") == list(BODY)
    assert row["byline"] == "By Ann Lee, staff reporter"
    (row,) = rows(document(author="Anonymous"))
    assert row["byline"] is None


def test_dates_and_datelines() -> None:
    info = "Publication info: The Ellery Post ; Ellery [Ellery]21 Apr 2007: 18.\n\n"
    (row,) = rows(document(date=info))
    assert row["date_text"] == "21 Apr 2007"
    (row,) = rows(document().replace("PORT ELLERY", "2022-03-10 @ 20:51"))
    assert row["dateline"] is None


def test_a_mail_that_was_sent_on() -> None:
    text = mailed("Quay shut: [Final Edition]", "Ferries back")
    assert chosen(text, "00001") == "proquest-txt"
    first, last = rows(text)
    assert [first["title"], last["title"]] == ["Quay shut", "Ferries back"]
    assert first["text"] == "The quay was shut.\nIt opens in May."
    assert (first["byline"], first["source"]) == ("Lee, Ann", "The Ellery Post")
    assert (first["date_text"], first["url"]) == ("Apr 21, 2007", ADDRESS.format(0))
    assert [row["title"] for row in rows(quoted(quoted(text, ">"), "> "))] == [
        "Quay shut", "Ferries back",
    ]  # fmt: skip


def test_lists_of_what_was_exported_are_no_articles() -> None:
    listed = "".join(
        f"{at}. A headline that is listed before the documents\n\n" for at in range(30)
    )
    other, row = rows(f"{RULE}\n\nTable of contents\n\n{listed}{document()}")
    assert (other["reason"], row["title"]) == ("not_article", "Quay shut")


def test_lost_documents_are_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(document(total=3) + document("Ferries back", 2, 3))
    (dump,) = open_source(path)
    assert dump.format == "proquest-txt"
    assert sum(frame.height for frame in dump.pieces()) == 2
    assert dump.warnings == ["declares 3 articles (2 of 3 DOCUMENTS), 2 were read"]


def test_bad_neighbours() -> None:
    long = document("Long", 2, body=("A long sentence about a quay.",) * 400)
    found = rows(document() + long + document("Ferries back", 3), 5000)
    assert reasons(found) == [None, "too_large", None]
    line = document("Long", 2, body=("A long sentence about a quay. " * 400,))
    found = rows(document() + line + document("Ferries back", 3), 5000)
    assert reasons(found) == [None, "too_large", None]
    cut = TWO[: TWO.rindex(BODY[1]) + len(BODY[1])]
    assert [row["text"].split("\n") for row in rows(cut)] == [list(BODY)] * 2
    other = "A story that is no document of an export. " * 40
    assert reasons(rows(f"{other}\n{document()}")) == ["not_article", None]


def test_labels() -> None:
    assert labelled("Full text: The quay") == ("body", "Full text", "The quay")
    assert labelled("Language ofpublication: English") == (
        "language", "Language ofpublication", "English",
    )  # fmt: skip
    assert labelled("Document URL:https://a.example") == (
        "address",
        "Document URL",
        "https://a.example",
    )
    assert labelled("He said: no") is None
    assert labelled("Title:no") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Author: Ann Lee\n\nTitle: Quay\n\nA story with labels.\n",
        "<p>ProQuest document ID: 1</p>\nFull text: x\nPublication title: y\n",
        "ProQuest document ID: 1\n\nThat is all.\n",
    ],
)
def test_other_texts_are_not_claimed(text: str) -> None:
    assert sniff(text, "a.txt") == 0


def test_counters_alone_do_not_make_it_another_vendors() -> None:
    assert chosen(TWO, "a.txt") == "proquest-txt"


TITLE = st.text("abcdefgh ", min_size=3, max_size=60).map(lambda t: f"T{' '.join(t.split())}x")
PARAGRAPH = st.lists(st.text("abcdefgh:", min_size=2, max_size=9), min_size=2, max_size=60).map(
    lambda words: f"A{' '.join(words)}."
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(TITLE, st.lists(PARAGRAPH, min_size=1, max_size=4)), max_size=4))
def test_generated_documents_come_back(documents: list[tuple[str, list[str]]]) -> None:
    total = len(documents)
    text = "".join(
        document(title, at, total, body=tuple(body))
        for at, (title, body) in enumerate(documents, 1)
    )
    found, counts = both("proquest-txt", text)
    assert [(row["title"], row["text"].split("\n")) for row in found] == documents
    assert counts == ([total] if total else [])


LINES = st.sampled_from(
    [
        RULE, "Document 1 of 2", "Full text: x", "Full text:", "Database: x", "Title: y", "", "> ",
        "ProQuest document ID: 1", "Publication title: z", "Subject: a", "> Author: b", " <>",
        "A line of text.", "Abstract:", "https://www.proquest.com/docview/1", "\x0c", "> > ISSN: 1",
    ]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(LINES | st.text(max_size=30), max_size=40), st.sampled_from([60, 10_000]))
def test_any_lines_tile(lines: list[str], limit: int) -> None:
    rows("\n".join(lines).encode("utf-8", "replace").decode().removeprefix("\ufeff"), limit)


def test_a_real_mail_that_was_sent_on(shared: Path) -> None:
    format, articles, rejects = sample(shared / "dumps/formats/proquest_eml_samples/forwarded.eml")
    assert (format, len(articles), rejects) == ("proquest-txt", 100, [])
    for row in articles:
        assert row["title"]
        assert "ProQuest" not in row["title"]
        assert row["source"] == "Chicago Tribune"
        assert str(row["url"]).startswith("https://search.proquest.com/docview/")
        assert row["publish_date"].year == 2007
        assert row["body"]
        assert "Publication" not in row["body"]
    assert sum(row["byline"] is not None for row in articles) > 80
