"""LexisNexis's HTML: documents between comments, their fields, counts, bad neighbours."""

from __future__ import annotations

import html
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.read import open_source, parse_date
from transforms.read.lexisnexis_html import read, sniff
from transforms.read.registry import choose
from transforms.read.text import TextSource

Row = dict[str, Any]

STYLE = '<STYLE TYPE="text/css"><!--\n.c0 { text-align: center; }\n--></STYLE>'
FIELD = '<BR><DIV CLASS="c5"><P CLASS="c6"><SPAN CLASS="c8">{}: </SPAN><SPAN>{}</SPAN></P>\n</DIV>'


def page(*documents: str, count: int | None = None) -> str:
    count = len(documents) if count is None else count
    return (
        f"<HTML>\n<HEAD>\n{STYLE}\n<!-- LXNComment 17:4711 -->\n<TITLE>&nbsp;</TITLE>\n"
        f'<META TOPIC="null" DOCUMENTS="{count}" UPDATED="March 19, 2010" /></HEAD>\n<BODY>\n'
        '<DIV CLASS="c5"><P>Download Request: Selected Items: 1-2<BR>Send To:</P></DIV>\n'
        + '\n<DIV CLASS="c28">&nbsp;</DIV>\n'.join(documents)
        + "\n</BODY></HTML>\n"
    )


def document(
    number: int = 1,
    title: str = "Quay shut",
    body: str = "<P>The quay was\nshut.</P>\n<P>&quot;Sad&quot;, said <B>Ann</B> Lee.</P>",
    *,
    name: bool = True,
    content: str | None = None,
) -> str:
    if content is None:
        content = (
            f'<BR><DIV CLASS="c0"><P CLASS="c1"><SPAN>{number} of 2 DOCUMENTS</SPAN></P>\n</DIV>\n'
            '<BR><DIV CLASS="c0"><BR><P CLASS="c1"><style> .r { width:auto; } </style>'
            '<IMG SRC="logo.gif"><BR><SPAN>The Ellery Post</SPAN></P>\n</DIV>\n'
            '<BR><DIV CLASS="c3"><P><SPAN CLASS="c4">January</SPAN><SPAN> 11, 2010 Monday&nbsp;<BR>'
            "Late Edition</SPAN></P>\n</DIV>\n"
            f'<BR><DIV CLASS="c5"><P><SPAN CLASS="c7">{title}</SPAN></P>\n</DIV>\n'
            + FIELD.format("BYLINE", "Ann Lee")
            + FIELD.format("LENGTH", "8 words")
            + f'<BR><DIV CLASS="c5">{body}</DIV>\n'
            + FIELD.format("LOAD-DATE", "January 12, 2010")
            + FIELD.format("LANGUAGE", "ENGLISH")
            + FIELD.format("GRAPHIC", "A ferry &amp; a boat")
            + '<BR><DIV CLASS="c3"><P>Copyright 2010 Ellery Media<BR>All Rights Reserved</P></DIV>'
        )
    mark = f'<A NAME="DOC_ID_0_{number - 1}"></A>' if name else ""
    return (
        f"{mark}<!-- Hide XML section from browser\n<DOC NUMBER={number}>\n<DOCFULL> -->\n"
        f"{content}\n<!-- Hide XML section from browser\n</DOCFULL>\n</DOC> -->"
    )


ERROR = document(
    2,
    content="<BR><DIV><P><SPAN>We are sorry but there is an error in this document and it is not "
    "possible to display it.</SPAN></P></DIV>",
)
TWO = page(document(), document(2, "Ferries back;<BR>all is well"))


def seeds() -> list[bytes]:
    """Small valid dumps, to be damaged."""
    table = "<TABLE><TR><TD><P>Rank</P></TD><TD>City</TD></TR><TR><TD>1</TD></TR></TABLE>"
    return [TWO.encode(), page(document(), ERROR, document(3, body=table)).encode()]


class Trickle(TextSource):
    """Hands out its text a few characters at a time."""

    def chunks(self) -> Iterator[str]:
        text = "".join(super().chunks())
        self._done = False
        for at in range(0, len(text), 7):
            self._done = at + 7 >= len(text)
            yield text[at : at + 7]
        self._done = True


def source_of(text: str, kind: type[TextSource] = TextSource, limit: int = 1_000_000) -> TextSource:
    data = text.encode("utf-8", "replace")
    return kind(io.BytesIO(data).read, "utf-8", "a.html", max_record=limit)


def pieces(text: str, kind: type[TextSource] = TextSource, limit: int = 1_000_000) -> list[Row]:
    return [row for row in read(source_of(text, kind, limit)) if row["kind"] != "declared"]


def assert_tiles(text: str, found: list[Row]) -> None:
    end = 0
    for row in found:
        assert end <= row["char_start"] <= row["char_end"] <= len(text)
        assert not text[end : row["char_start"]].strip()
        end = row["char_end"]
    assert not text[end:].strip()


def test_documents() -> None:
    first, second = pieces(TWO)
    assert_tiles(TWO, [first, second])
    assert first["title"] == "Quay shut"
    assert first["byline"] == "Ann Lee"
    assert first["source"] == "The Ellery Post"
    assert first["date_text"] == "January 11, 2010 Monday"
    assert first["language"] == "ENGLISH"
    assert first["text"] == 'The quay was shut.\n"Sad", said Ann Lee.'
    assert second["title"] == "Ferries back; all is well"
    span = TWO[second["char_start"] : second["char_end"]].lstrip()
    assert span.startswith('<DIV CLASS="c28">')
    assert 'NAME="DOC_ID_0_1"' in span


def test_it_reads_the_same_in_small_chunks() -> None:
    assert pieces(TWO, Trickle) == pieces(TWO)


def test_a_last_document_of_few_words_in_a_large_dump() -> None:
    """The marks are close to the end, behind the first chunk."""
    short = document(2, content="<DIV><P>A</P></DIV><DIV><P>B.</P></DIV>", name=False)
    text = page(document(1, body="<P>The quay was shut.</P>\n" * 4000), short)
    assert len(text) > 80_000
    found = pieces(text)
    assert [row["kind"] for row in found] == ["record", "record"]
    assert text[found[1]["char_start"] :].lstrip().startswith(("<DIV", "<!--"))
    assert_tiles(text, found)


def test_documents_without_names_or_comments() -> None:
    bare = page(document(name=False), document(2, "Ferries back", name=False))
    assert [row["title"] for row in pieces(bare)] == ["Quay shut", "Ferries back"]
    named = "".join(
        line
        for line in TWO.splitlines(keepends=True)
        if "Hide XML" not in line and "DOCFULL" not in line and "DOC NUMBER" not in line
    ).replace("</DOC> -->", "")
    assert_tiles(named, pieces(named))
    found = pieces(TWO.replace("<!-- Hide XML section from browser\n<DOC NUMBER=", "<!-- "))
    assert [row["title"] for row in found] == ["Quay shut", "Ferries back; all is well"]


def test_an_error_message_costs_no_neighbour(tmp_path: Path) -> None:
    text = page(document(), ERROR, document(3, "Ferries back"))
    first, reject, last = pieces(text)
    assert_tiles(text, [first, reject, last])
    assert reject["reason"] == "bad_record"
    assert [first["title"], last["title"]] == ["Quay shut", "Ferries back"]
    path = tmp_path / "a.html"
    path.write_text(text)
    (dump,) = open_source(path)
    assert dump.format == "lexisnexis-html"
    assert sum(frame.height for frame in dump.pieces()) == 3
    assert dump.warnings == ["declares 3 articles (3 documents in its head), 2 were read"]


def test_a_document_that_is_too_large_costs_no_neighbour() -> None:
    long = document(2, "Long", "<P>A long sentence about a quay.</P>" * 900)
    text = page(document(), long, document(3, "Ferries back"))
    for kind in (TextSource, Trickle):
        first, reject, last = pieces(text, kind, 12_000)
        assert_tiles(text, [first, reject, last])
        assert reject["reason"] == "too_large"
        assert [first["title"], last["title"]] == ["Quay shut", "Ferries back"]


def test_what_is_cut_off_is_kept() -> None:
    text = TWO[: TWO.rindex("LOAD-DATE") - 60]
    first, second = pieces(text)
    assert_tiles(text, [first, second])
    assert second["text"] == first["text"]


def test_tables_have_a_line_a_row() -> None:
    table = (
        "<P>Banks:</P></DIV><TABLE><TR><TD><P>Rank</P>\n</TD><TD><P>City</P></TD></TR>"
        "<TR><TD>1</TD><TD>Port<BR>Ellery</TD></TR></TABLE><DIV>"
    )
    (row,) = pieces(page(document(body=table)))
    assert row["text"] == "Banks:\nRank City\n1 Port Ellery"


def test_counters_declare_where_the_head_does_not() -> None:
    text = TWO.replace('DOCUMENTS="2"', "")
    declared = [row["count"] for row in read(source_of(text)) if row["kind"] == "declared"]
    assert declared == [2]


def test_french_labels() -> None:
    text = page(document())
    for english, french in (
        ("BYLINE", "AUTEUR"),
        ("LENGTH", "LONGUEUR"),
        ("LOAD-DATE", "DATE-CHARGEMENT"),
        ("LANGUAGE", "LANGUE"),
        ("GRAPHIC", "LOCALISATION-GEO"),
    ):
        text = text.replace(english, french)
    (row,) = pieces(text)
    assert (row["byline"], row["language"]) == ("Ann Lee", "ENGLISH")
    assert row["text"].endswith("said Ann Lee.")


def test_nesting_beyond_reason_is_read() -> None:
    text = page(document(body="<div>" * 30_000 + "Deep." + "</div>" * 30_000))
    (row,) = pieces(text)
    assert_tiles(text, [row])
    assert "Deep." in row["text"]


def test_sniffing() -> None:
    reader = choose(TWO, "a.html")
    assert reader is not None
    assert reader.name == "lexisnexis-html"
    assert sniff("<html><body><p>1 of 2 DOCUMENTS</p></body></html>", "a.html") == 0
    assert sniff("no mark-up", "a.html") == 0


WORDS = st.lists(st.text('abcdefgh&<"é', min_size=1, max_size=9), min_size=1, max_size=20).map(
    lambda words: f"A{' '.join(words)}."
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(WORDS, min_size=1, max_size=3), max_size=4))
def test_generated_documents_come_back(bodies: list[list[str]]) -> None:
    text = page(
        *(
            document(n, body="".join(f"<P>{html.escape(p)}</P>" for p in body))
            for n, body in enumerate(bodies, 1)
        )
    )
    found = pieces(text)
    assert_tiles(text, found)
    if bodies:
        assert [row["text"].split("\n") for row in found] == bodies


PARTS = st.sampled_from(
    [
        '<A NAME="DOC_ID_0_1"></A>', "<!-- Hide XML\n<DOC NUMBER=1>\n<DOCFULL> -->",
        "</DOCFULL>\n</DOC> -->", "<!--", "<P>Text.</P>", "<DIV>", "</DIV>", "1 of 2 DOCUMENTS",
        '<META DOCUMENTS="3">', "\n", "<TD>", "<style>", "LENGTH: 3 words", "January 11, 2010",
    ]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(PARTS | st.text(max_size=20), max_size=40), st.sampled_from([80, 100_000]))
def test_any_parts_tile(parts: list[str], limit: int) -> None:
    text = "".join(parts).encode("utf-8", "replace").decode()
    assert_tiles(text, pieces(text, limit=limit))
    assert_tiles(text, pieces(text, Trickle, limit))


@pytest.mark.parametrize(
    ("name", "records", "rejects", "titles"),
    [("en", 2, 0, 2), ("fr", 3, 0, 3), ("copyright_error", 1, 1, 0)],
)
def test_real_exports(shared: Path, name: str, records: int, rejects: int, titles: int) -> None:
    folder = shared / "dumps/formats/lexisnexis_html_samples"
    (dump,) = open_source(folder / f"lexisnexis_test_{name}.html")
    assert dump.format == "lexisnexis-html"
    found = list(dump.rows())
    assert_tiles("".join(dump.text()), found)
    good = [row for row in found if row["kind"] == "record"]
    assert (len(good), len(found) - len(good)) == (records, rejects)
    assert sum(row["title"] is not None for row in good) == titles
    for row in good:
        assert row["source"]
        assert row["language"]
        assert row["text"]
        assert "Copyright" not in row["text"]
        assert ":" not in row["text"].splitlines()[-1][:20]
        assert parse_date(row["date_text"]) is not None
