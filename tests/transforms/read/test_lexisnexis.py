"""LexisNexis and Nexis Uni: documents, their fields and bodies, covers, counts, bad neighbours."""

from __future__ import annotations

import io
import textwrap
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.read import open_source, parse_date
from transforms.read.lexisnexis import count_of, counter_of, labelled, read, sniff
from transforms.read.registry import choose
from transforms.read.text import TextSource

Row = dict[str, Any]

BODY = (
    "The harbour council of Port Ellery voted on Monday to shut the old quay for repairs that "
    "are to last until the spring, when the ferries come back.",
    "Ann Lee, who leads the council, said that the money had been set aside two years ago and "
    "that nobody would lose a mooring.",
)


def wrapped(*paragraphs: str, width: int = 80) -> str:
    return "\n\n".join(textwrap.fill(paragraph, width) for paragraph in paragraphs)


def centred(*lines: str) -> str:
    return "\n".join(line.center(80).rstrip() for line in lines)


def counted(
    number: int,
    total: int,
    title: str | None = "Quay shut",
    *,
    body: tuple[str, ...] = BODY,
    labels: str = "BYLINE: Ann Lee\n\nSECTION: NEWS; Pg. 6\n\nLENGTH: 52 words",
    tail: str = "LOAD-DATE: January 12, 2010\n\nLANGUAGE: ENGLISH\n\nPUBLICATION-TYPE: Newspaper",
    date: str = "January 11, 2010 Monday",
) -> str:
    """A document as European editions write them."""
    head = centred(f"{number} of {total} DOCUMENTS") + "\n\n\n\n" + centred("The Ellery Post")
    parts = [head, centred(date, "Late Edition"), *([title] if title else []), labels]
    end = centred("Copyright 2010 Ellery Media Ltd.", "All Rights Reserved")
    return "\n\n".join([*parts, wrapped(*body), tail]) + "\n\n\n" + end + "\n\n"


COVER = (
    "\n\n\nDownload Request: Selected Items: 1-2\n"
    "Time Of Request: Friday, March 19, 2010  16:51:31\n\nSend To:\nCOUNTY LIBRARY\nPORT ELLERY\n"
    "\n\nTerms: (DATE(>=2010-01-01) and quay)\n\nSource: The Ellery Post\nProject ID: None\n\n\n\n"
)
ACADEMIC = f"""

                               1 of 1 DOCUMENTS


     Copyright 2015 Ellery Interactive Company, LLC d/b/a
                            Ellery Post Digital
                              All Rights Reserved

                                The Ellery Post

                             July 1, 2015 Wednesday
                                 Met 2 Edition

SECTION: A-SECTION; Pg. A01

LENGTH: 52 words

HEADLINE: QUAY shut, ferries
stranded

BYLINE: Ann Lee;Bo Day

DATELINE: PORT ELLERY

BODY:

{wrapped(*BODY)}

LANGUAGE: ENGLISH

GRAPHIC: A ferry at the old quay.

The same, from above.

URL: http://ellery.example/news/quay

SUBJECT: HARBORS (90%); FERRIES (89%); CITY COUNCILS
(78%)

LOAD-DATE: July 1, 2015
"""
UNI_COVER = """
Date and Time: Friday, 5. July 2019 09:31:00 CEST
Job Number: 00000001
Documents (2)
1. Quay shut
Client/Matter: -None-
Search Terms: quay
Search Type: Natural Language\x20
Narrowed by:\x20

Content Type\tNarrowed by
News\tSources: The Ellery Post

2. Ferries back
Client/Matter: -None-
Search Terms: quay

Content Type\tNarrowed by
News\tSources: The Ellery Post



"""


def uni(title: str = "Quay shut", *, date: str = "July 1, 2019 Monday 9:20 AM GMT") -> str:
    """A document of Nexis Uni."""
    return f"""{title}
The Ellery Post(Port Ellery)
{date}


Copyright 2019 Ellery Media Ltd. All Rights Reserved


Section:\xa0POLITICS; Version:28
Length:\xa052 words
Byline:\xa0Ann Lee (now), Bo Day (earlier)
Highlight:\xa0The ferries must wait.
Body


{BODY[0]}

{BODY[1]}
Classification


Language:\xa0ENGLISH

Publication-Type:\xa0Newspaper

Journal Code:\xa0ELP

Subject:\xa0HARBORS (89%); FERRIES (88%)

Load-Date:\xa0July 4, 2019


End of Document


"""


TXT = COVER + counted(1, 2) + counted(2, 2, "Ferries back")
UNI = UNI_COVER + uni() + "\n\n" + uni("Ferries back")


def seeds() -> list[bytes]:
    """Small valid dumps, to be damaged."""
    german = counted(1, 1).replace("1 of 1 DOCUMENTS", "Dokument 1 von 1")
    return [TXT.encode(), UNI.encode(), ACADEMIC.encode(), german.encode()]


def source_of(text: str, max_record: int = 10_000_000) -> TextSource:
    return TextSource(
        io.BytesIO(text.encode("utf-8", "replace")).read, "utf-8", "a.txt", max_record=max_record
    )


def rows(text: str, max_record: int = 10_000_000) -> list[Row]:
    return list(read(source_of(text, max_record)))


def pieces(text: str, max_record: int = 10_000_000) -> list[Row]:
    return [row for row in rows(text, max_record) if row["kind"] != "declared"]


def assert_tiles(text: str, found: list[Row]) -> None:
    """Spans are in order, inside the text, and only blanks stand between them."""
    end = 0
    for row in found:
        assert end <= row["char_start"] <= row["char_end"] <= len(text)
        assert not text[end : row["char_start"]].strip()
        end = row["char_end"]
    assert not text[end:].strip()


def declared_of(text: str) -> list[int]:
    return [row["count"] for row in rows(text) if row["kind"] == "declared"]


def test_documents_with_counters() -> None:
    first, second = pieces(TXT)
    assert_tiles(TXT, [first, second])
    assert first["title"] == "Quay shut"
    assert first["source"] == "The Ellery Post"
    assert first["byline"] == "Ann Lee"
    assert first["date_text"] == "January 11, 2010 Monday"
    assert first["language"] == "ENGLISH"
    assert first["text"].split("\n") == list(BODY)
    assert second["title"] == "Ferries back"
    assert TXT[second["char_start"] :].lstrip().startswith("2 of 2 DOCUMENTS")
    assert "1 of 2" in TXT[first["char_start"] : first["char_end"]]
    assert declared_of(TXT) == [2]


def test_the_american_layout() -> None:
    (row,) = pieces(ACADEMIC)
    assert_tiles(ACADEMIC, [row])
    assert row["title"] == "QUAY shut, ferries stranded"
    assert row["byline"] == "Ann Lee;Bo Day"
    assert row["source"] == "The Ellery Post"
    assert row["dateline"] == "PORT ELLERY"
    assert row["date_text"] == "July 1, 2015 Wednesday"
    assert row["url"] == "http://ellery.example/news/quay"
    assert row["text"].split("\n") == list(BODY)


@pytest.mark.parametrize(
    "lines",
    [
        ("Copyright 2015 Ellery Media", "All Rights Reserved", "The Quay (Ellery)"),
        ("Copyright 2015 Ellery Media", "The Quay (Ellery)", "", "Distributed by A News Agency"),
        ("Copyright 2015 Ellery Media", "(Pty) Ltd", "", "The Quay (Ellery)"),
    ],
)
def test_the_papers_name_beside_the_copyright(lines: tuple[str, ...]) -> None:
    start = ACADEMIC.index("     Copyright")
    stop = ACADEMIC.index("                             July")
    text = ACADEMIC[:start] + centred(*lines) + "\n\n" + ACADEMIC[stop:]
    (row,) = pieces(text)
    assert row["source"] == "The Quay (Ellery)"
    assert row["title"] == "QUAY shut, ferries stranded"


def test_nexis_uni() -> None:
    first, second = pieces(UNI)
    assert_tiles(UNI, [first, second])
    assert first["title"] == "Quay shut"
    assert first["source"] == "The Ellery Post(Port Ellery)"
    assert first["byline"] == "Ann Lee (now), Bo Day (earlier)"
    when = parse_date(first["date_text"])
    assert when is not None
    assert when.instant is not None
    assert when.instant.isoformat() == "2019-07-01T09:20:00+00:00"
    assert first["text"].split("\n") == ["The ferries must wait.", *BODY]
    assert first["language"] == "ENGLISH"
    assert "Job Number" in UNI[first["char_start"] : first["char_end"]]
    assert UNI[: second["char_end"]].endswith("End of Document")
    assert declared_of(UNI) == [2]


def test_nexis_uni_without_a_cover_or_classification() -> None:
    text = uni().replace("Classification\n", "")
    (row,) = pieces(text)
    assert row["title"] == "Quay shut"
    assert row["text"].split("\n") == ["The ferries must wait.", *BODY]
    assert row["language"] == "ENGLISH"
    assert declared_of(text) == []


def test_paragraphs_that_start_like_labels_stay_in_the_body() -> None:
    said = ("Note: the quay is 300 years old.", "Photo: bring a camera.", "Person: unknown.")
    text = uni().replace(BODY[1], "\n\n".join((BODY[1], *said)))
    (row,) = pieces(text)
    assert row["text"].split("\n")[1:] == [*BODY, *said]
    old = counted(1, 1, body=(*BODY, "WASHINGTON: nobody came.", BODY[0]))
    (row,) = pieces(old)
    assert row["text"].split("\n") == [*BODY, "WASHINGTON: nobody came.", BODY[0]]


def test_captions_and_corrections_are_no_body() -> None:
    graphic = "GRAPHIC: A ferry.\n\nAnother ferry.\n\nCORRECTION: It was a boat.\n\nNot a ferry."
    tail = f"LANGUAGE: ENGLISH\n\n{graphic}\n\nLOAD-DATE: January 12, 2010"
    (row,) = pieces(counted(1, 1, tail=tail))
    assert row["text"].split("\n") == list(BODY)
    text = uni().replace("Classification\n", "Graphic\n\nA ferry.\n\nA boat.\nClassification\n")
    (row,) = pieces(text)
    assert row["text"].split("\n")[1:] == list(BODY)


@pytest.mark.parametrize(
    ("counter", "labels", "tail", "date"),
    [
        (
            "Dokument 1 von 1",
            "AUTOR: Ann Lee\n\nRUBRIK: LOKALES; S. 3\n\nLÄNGE: 52 Wörter",
            "UPDATE: 12. Januar 2010\n\nSPRACHE: GERMAN; DEUTSCH\n\nPUBLICATION-TYPE: Zeitung",
            "Montag 11. Januar 2010",
        ),
        (
            "Document 1 de 1",
            "AUTEUR: Ann Lee\n\nRUBRIQUE: LOCAL; Pg. 3\n\nLONGUEUR: 52 mots",
            "DATE-CHARGEMENT: 12 janvier 2010\n\nLANGUE: FRENCH; FRANÇAIS\n\n"
            "TYPE-PUBLICATION: Journal",
            "lundi 11 janvier 2010",
        ),
        (
            "1 de 1 DOCUMENTOS",
            "AUTOR: Ann Lee\n\nSECCIÓN: LOCAL\n\nLONGITUD: 52 palabras",
            "FECHA-CARGA: 12 de enero de 2010\n\nIDIOMA: SPANISH; ESPAÑOL",
            "11 de enero de 2010 lunes",
        ),
        (
            "1 of 1 DOCUMENT",
            "BYLINE: Ann Lee\n\nLENGTH: 52 woorden",
            "LOAD-DATE: 12 januari 2010\n\nLANGUAGE: DUTCH",
            "11 januari 2010 maandag",
        ),
    ],
)
def test_other_languages(counter: str, labels: str, tail: str, date: str) -> None:
    text = counted(1, 1, labels=labels, tail=tail, date=date).replace("1 of 1 DOCUMENTS", counter)
    reader = choose(text, "a.txt")
    assert reader is not None
    assert reader.name == "lexisnexis"
    (row,) = pieces(text)
    assert row["title"] == "Quay shut"
    assert row["byline"] == "Ann Lee"
    assert row["text"].split("\n") == list(BODY)
    when = parse_date(row["date_text"])
    assert when is not None
    assert when.day.isoformat() == "2010-01-11"


def test_a_document_without_a_headline() -> None:
    (row,) = pieces(counted(1, 1, None))
    assert row["title"] is None
    assert row["source"] == "The Ellery Post"
    assert row["text"].split("\n") == list(BODY)


def test_headlines_that_look_like_labels_or_dates() -> None:
    for title in ("COUNTRY: a quay is shut", "The flood of January 5, 2009 recalled"):
        (row,) = pieces(counted(1, 1, title))
        assert row["title"] == title
        assert row["date_text"] == "January 11, 2010 Monday"
        (row,) = pieces(uni(title))
        assert row["title"] == title
        assert row["date_text"] == "July 1, 2019 Monday 9:20 AM GMT"
        assert row["source"] == "The Ellery Post(Port Ellery)"


def test_a_headline_before_the_papers_name() -> None:
    text = counted(1, 1, None).replace(
        centred("The Ellery Post"), "Quay shut\n\n" + centred("The Ellery Post")
    )
    (row,) = pieces(text)
    assert (row["title"], row["source"]) == ("Quay shut", "The Ellery Post")


def test_a_bare_host_is_no_address_of_an_article() -> None:
    tail = "LANGUAGE: ENGLISH\n\nURL: http://ellery.example/\n\nLOAD-DATE: January 12, 2010"
    (row,) = pieces(counted(1, 1, tail=tail))
    assert row["url"] is None


def test_an_error_message_costs_no_neighbour() -> None:
    message = (
        "We are sorry but there is an error in this document and it is not possible to display it."
    )
    bad = centred("2 of 3 DOCUMENTS") + "\n\n\n" + message + "\n\n"
    text = counted(1, 3) + bad + counted(3, 3, "Ferries back")
    first, reject, last = pieces(text)
    assert_tiles(text, [first, reject, last])
    assert (reject["kind"], reject["reason"]) == ("reject", "bad_record")
    assert [first["title"], last["title"]] == ["Quay shut", "Ferries back"]
    assert declared_of(text) == [3]


def test_a_counter_without_a_document() -> None:
    text = counted(1, 2) + centred("2 of 2 DOCUMENTS") + "\n\n\n"
    first, second = pieces(text)
    assert first["kind"] == "record"
    assert second["reason"] == "no_text"


def test_a_document_that_is_too_large_costs_no_neighbour() -> None:
    long = counted(2, 3, "Long", body=("A long sentence about a quay. " * 400,))
    text = counted(1, 3) + long + counted(3, 3, "Ferries back")
    first, reject, last = pieces(text, max_record=5000)
    assert_tiles(text, [first, reject, last])
    assert reject["reason"] == "too_large"
    assert [first["title"], last["title"]] == ["Quay shut", "Ferries back"]
    one_line = counted(1, 2) + centred("2 of 2 DOCUMENTS") + "\n" + "x" * 9000
    first, reject = pieces(one_line, max_record=5000)
    assert_tiles(one_line, [first, reject])
    assert reject["reason"] == "too_large"


def test_what_is_cut_off_is_kept() -> None:
    text = TXT[: TXT.rindex("LOAD-DATE")]
    first, second = pieces(text)
    assert_tiles(text, [first, second])
    assert second["text"].split("\n") == list(BODY)
    text = UNI[: UNI.rindex("Classification")]
    first, second = pieces(text)
    assert_tiles(text, [first, second])
    assert (second["title"], second["text"].split("\n")[1:]) == ("Ferries back", list(BODY))


def test_text_in_no_document_is_a_reject() -> None:
    text = "A story that no counter starts. " * 40 + "\n\n" + counted(1, 1)
    reject, row = pieces(text)
    assert_tiles(text, [reject, row])
    assert (reject["kind"], reject["reason"]) == ("reject", "not_article")
    assert row["title"] == "Quay shut"


def test_several_downloads_in_one_file_add_up() -> None:
    text = TXT + TXT + UNI
    found = pieces(text)
    assert_tiles(text, found)
    titles = ["Quay shut", "Ferries back"]
    assert [row["title"] for row in found] == titles * 3
    assert declared_of(text) == [2, 2, 2]
    assert all(row["text"].endswith(BODY[1]) for row in found)


def test_lost_documents_are_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(COVER + counted(1, 2))
    (dump,) = open_source(path)
    assert dump.format == "lexisnexis"
    for _ in dump.pieces():
        pass
    assert dump.flags == ["declared_count_differs"]
    assert dump.warnings == ["declares 2 articles (2 documents on the cover), 1 were read"]


@pytest.mark.parametrize(
    ("numbers", "total", "count"),
    [
        ((1, 2, 3), 3, 3),
        ((1, 3), 3, 3),  # one is missing
        ((1, 2), 3, 3),  # cut off
        ((2001, 2002), 2002, 2),  # a later part
        ((49, 50), 2146, 2),  # downloads are limited to round numbers
    ],
)
def test_counters_declare_how_many(numbers: tuple[int, ...], total: int, count: int) -> None:
    assert declared_of("".join(counted(n, total) for n in numbers)) == [count]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("                 1 of 10 DOCUMENTS   ", (1, 10)),
        ("1,001 of 2,146 DOCUMENTS", (1001, 2146)),
        ("FOCUS - 3 of 8 DOCUMENTS", (3, 8)),
        ("Dokument 3 von 1.204", (3, 1204)),
        ("Document 3 de 7", (3, 7)),
        ("3 of 10 documents", None),
        ("He signed 3 of 10 DOCUMENTS", None),
        ("3 of 10", None),
    ],
)
def test_counters(text: str, numbers: tuple[int, int] | None) -> None:
    assert counter_of(text) == numbers


def test_requests_name_ranges() -> None:
    assert count_of("Download Request: Selected Items: 1-8, 12, 15") == 10
    assert count_of("Print Request: All Documents: 1-161") == 161
    assert count_of("Download Request: All Documents") == 0


def test_labels() -> None:
    assert labelled("BYLINE: Ann Lee") == ("BYLINE", "byline")
    assert labelled("Journal Code:\xa0ELP") == ("Journal Code", "class")
    assert labelled("byline: Ann Lee") is None
    assert labelled("Byline: Ann Lee", capitals=True) is None
    assert labelled("He said: no") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Quay shut\n\nThe harbour council voted.\n",
        "<html><body>1 of 10 DOCUMENTS\nLENGTH: 3 words</body></html>",
        "Byline: Ann Lee\n\nA story with a byline.\n",
    ],
)
def test_other_texts_are_not_claimed(text: str) -> None:
    assert sniff(text, "a.txt") < 0.1


PARAGRAPH = st.lists(st.text("abcdefgh", min_size=2, max_size=9), min_size=15, max_size=60).map(
    lambda words: " ".join(words).capitalize() + "."
)
TITLE = st.text("abcdefgh ", min_size=3, max_size=60).map(lambda t: f"T{' '.join(t.split())}x")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(TITLE, st.lists(PARAGRAPH, min_size=1, max_size=4)), max_size=4))
def test_generated_documents_come_back(articles: list[tuple[str, list[str]]]) -> None:
    total = len(articles)
    text = "".join(
        counted(n, total, title, body=tuple(body)) for n, (title, body) in enumerate(articles, 1)
    )
    found = pieces(text)
    assert_tiles(text, found)
    assert [(row["title"], row["text"].split("\n")) for row in found] == articles
    assert declared_of(text) == ([total] if total else [])


LINES = st.sampled_from(
    [
        "                       1 of 2 DOCUMENTS", "End of Document", "Body", "Classification",
        "LENGTH: 3 words", "Length:\xa03 words", "Download Request: Selected Items: 1-2",
        "Documents (2)", "January 11, 2010 Monday", "Copyright 2010 X", "", "", "A line of text.",
        "GRAPHIC: a", "Job Number: 1", "\x0c", "LOAD-DATE: January 11, 2010", "Graphic", "1. One",
    ]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(LINES | st.text(max_size=30), max_size=40), st.sampled_from([60, 10_000]))
def test_any_lines_tile(lines: list[str], max_record: int) -> None:
    text = "\n".join(lines).encode("utf-8", "replace").decode().removeprefix("\ufeff")
    assert_tiles(text, pieces(text, max_record))


SAMPLES = "dumps/formats/lexisnexis_samples"


def sample(path: Path) -> tuple[list[Row], list[str]]:
    (dump,) = open_source(path)
    found = list(dump.rows())
    assert dump.format == "lexisnexis"
    return found, dump.warnings


def words_declared(text: str, row: Row) -> int:
    span = text[row["char_start"] : row["char_end"]]
    (line,) = [one for one in span.splitlines() if one.lower().startswith("length:")]
    return int("".join(filter(str.isdigit, line)))


@pytest.mark.parametrize(("name", "close"), [("sample.TXT", 9), ("sample.DOCX", 3)])
def test_real_exports(shared: Path, name: str, close: int) -> None:
    path = shared / SAMPLES / name
    (dump,) = open_source(path)
    text = "".join(dump.text())
    found, warnings = sample(path)
    assert not warnings
    assert len(found) == 10
    assert_tiles(text, found)
    for row in found:
        assert row["kind"] == "record"
        assert row["title"]
        assert row["source"]
        assert parse_date(row["date_text"]) is not None
        assert "\nLoad-Date" not in row["text"]
        assert "LOAD-DATE" not in row["text"]
        assert "Copyright 20" not in row["text"].splitlines()[-1]
    # Some bodies of the samples were replaced by others of another length.
    near = [
        row for row in found if abs(len(row["text"].split()) / words_declared(text, row) - 1) < 0.05
    ]
    assert len(near) >= close
    assert sum(row["byline"] is not None for row in found) == (9 if name.endswith("TXT") else 10)
