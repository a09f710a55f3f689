"""XML and SGML of no known format: which element is an article, and what is in it."""

from __future__ import annotations

from html import escape
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.read.wire import (
    SENTENCES,
    Trickle,
    chosen,
    paragraphs,
    reasons,
    rows,
    sample,
)
from transforms.read import open_source
from transforms.segment import segment

GIGAWORD = """<DOC id="EWR_ENG_20240501.0001" type="story" >
<HEADLINE>
Harbour Bridge Opens After
Two-Year Repair
</HEADLINE>
<DATELINE>
PORT ELLERY, May 1 (EW)
</DATELINE>
<TEXT>
<P>
The harbour bridge at Port Ellery opened to traffic on Monday
after repairs.
</P>
<P>
Tolls &amp; queues are back.
</P>
</TEXT>
</DOC>
<DOC id="EWR_ENG_20240502.0002" type="other" >
<TEXT>
Ferry crews voted to end a strike.
</TEXT>
</DOC>
"""
TREC = """<DOC>
<DOCNO> EW880212-0001 </DOCNO>
<FILEID>EW-NR-02-12-88 2344EST</FILEID>
<HEAD>Bridge Opens</HEAD>
<BYLINE>By ANN LEE</BYLINE>
<DATELINE>PORT ELLERY (EW) </DATELINE>
<TEXT>
   The harbour bridge opened on
Monday. It was long.
   Many came to
see it.
</TEXT>
<TEXT>
   Tolls are back.
</TEXT>
</DOC>
<DOC>
<DOCNO> EW880213-0002 </DOCNO>
<HEAD>Ferry Stops</HEAD>
<TEXT>
   The ferry stopped.
</TEXT>
</DOC>
"""
OWN = """<?xml version="1.0"?>
<archive><title>The Ellery Archive</title><language>en</language>
<article id="7"><meta><headline>Bridge Opens</headline><published>2024-05-01</published>
<author><name>Ann Lee</name></author><author><name>Bo Lundby Ray</name></author></meta>
<body><section><title>Before</title><text>There was a ferry.</text></section>
<section><title>Now</title><text>There is a bridge.</text></section></body></article>
<article id="8"><meta><headline>Ferry &amp; Crew</headline><published>2024-05-02</published></meta>
<body><section><title>Past</title><text>The ferry was old.</text></section></body></article>
</archive>
"""
ATTRIBUTES = """<doc id="1" url="https://ellery.example/1" title="Bridge Opens">
Bridge Opens

The bridge opened on Monday.

Many came.
</doc>
<doc id="2" url="https://ellery.example/2" title="Ferry">
The ferry stopped.
</doc>
"""
ESCAPED = (
    "<news><story><article><title>A</title><text><![CDATA[<p>One.</p><p>Two <b>x</b>.</p>]]></text>"
    "<date>2024-05-03</date></article></story><story><article><title>B</title>"
    "<text>&lt;p&gt;Three.&lt;/p&gt;</text></article></story></news>"
)


def seeds() -> dict[str, list[bytes]]:
    return {"xml": [one.encode() for one in (GIGAWORD, TREC, OWN, ATTRIBUTES, ESCAPED)]}


@pytest.mark.parametrize("text", [GIGAWORD, TREC, OWN, ATTRIBUTES, ESCAPED])
def test_it_is_recognised(text: str) -> None:
    assert chosen(text, "dump") == "xml"


@pytest.mark.parametrize(
    "text",
    [
        "<html><body><article><title>A</title><text>B</text></article></body></html>",
        "<places><place><name>Ellery</name><lat>1</lat></place><place><name>B</name></place></places>",
        "<TEI><teiHeader/><facsimile><surface/></facsimile></TEI>",
        "A headline\nwith <title> and <body> in its <text>.\n",
        "<" * 5000,
        "<a>" * 5000,
    ],
)
def test_what_has_no_articles_is_left_to_others(text: str) -> None:
    assert chosen(text, "dump.xml") != "xml"


def test_gigaword() -> None:
    one, two = rows("xml", GIGAWORD)
    assert one["title"] == "Harbour Bridge Opens After Two-Year Repair"
    assert one["dateline"] == "PORT ELLERY, May 1 (EW)"
    assert one["external_id"] == "EWR_ENG_20240501.0001"
    assert one["date_text"] == "2024-05-01"
    assert one["text"].split("\n") == [
        "The harbour bridge at Port Ellery opened to traffic on Monday after repairs.",
        "Tolls & queues are back.",
    ]
    assert two["title"] is None
    assert two["text"] == "Ferry crews voted to end a strike."
    assert GIGAWORD[two["char_start"] :].startswith('<DOC id="EWR_ENG_20240502')


def test_trec() -> None:
    one, two = rows("xml", TREC)
    assert (one["title"], one["byline"], one["external_id"]) == (
        "Bridge Opens", "ANN LEE", "EW880212-0001",
    )  # fmt: skip
    assert one["date_text"] == "02/12/88"
    assert one["text"].split("\n") == [
        "The harbour bridge opened on Monday. It was long.",
        "Many came to see it.",
        "Tolls are back.",
    ]
    assert two["text"] == "The ferry stopped."


def test_the_element_that_holds_one_headline_and_one_body_is_the_article() -> None:
    one, two = rows("xml", OWN)
    assert (one["title"], one["byline"]) == ("Bridge Opens", "Ann Lee, Bo Lundby Ray")
    assert one["text"].split("\n") == ["Before", "There was a ferry.", "Now", "There is a bridge."]
    assert two["title"] == "Ferry & Crew"
    assert [row["external_id"] for row in (one, two)] == ["7", "8"]
    assert [row["date_text"] for row in (one, two)] == ["2024-05-01", "2024-05-02"]


def test_fields_in_attributes() -> None:
    one, two = rows("xml", ATTRIBUTES)
    assert (one["title"], one["url"]) == ("Bridge Opens", "https://ellery.example/1")
    assert one["text"].split("\n") == ["The bridge opened on Monday.", "Many came."]
    assert two["text"] == "The ferry stopped."


def test_mark_up_quoted_in_a_field_is_undone() -> None:
    one, two = rows("xml", ESCAPED)
    assert one["text"] == "One.\nTwo x."
    assert two["text"] == "Three."


def test_a_record_without_its_end_costs_no_neighbour() -> None:
    broken = GIGAWORD.replace("</TEXT>\n</DOC>\n<DOC id", "<DOC id", 1)
    found = rows("xml", broken)
    assert reasons(found) == ["bad_record", None]
    found = rows("xml", GIGAWORD.replace("</DOC>\n<DOC", "<DOC", 1))
    assert reasons(found) == [None, None]


def test_a_users_own_names_count(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(
        "<r><x><kop>Brug open</kop><verhaal>De brug is open.</verhaal></x>"
        "<x><kop>Veer stopt</kop><verhaal>Het veer stopt.</verhaal></x></r>"
    )
    [dump] = open_source(path)
    assert dump.failure is not None
    assert dump.failure[0] == "unsupported"
    fields = {"title": ["kop"], "body": ["verhaal"]}
    [dump] = open_source(path, format="xml", fields=fields)
    [(articles, _)] = segment(dump.pieces(), dump_path="a.xml")
    assert articles["title"].to_list() == ["Brug open", "Veer stopt"]
    [dump] = open_source(path, format="xml")
    [row] = dump.rows()
    assert row["reason"] == "unsupported"


@given(st.lists(st.tuples(SENTENCES, st.lists(SENTENCES, min_size=1, max_size=4)), min_size=1))
@settings(max_examples=40, deadline=None)
def test_what_is_written_is_read(stories: list[tuple[str, list[str]]]) -> None:
    text = "<set>" + "".join(
        f"<item><headline>{escape(title)}</headline><story>{paragraphs(body)}</story></item>\n"
        for title, body in stories
    )
    found = rows("xml", text + "</set>")
    assert [row["title"] for row in found] == [title for title, _ in stories]
    for row, (title, body) in zip(found, stories, strict=True):
        if body[-1].casefold() != title.casefold():
            assert row["text"].split("\n")[-1] == body[-1]


@given(st.integers(0, len(OWN)), st.integers(0, len(OWN)))
@settings(max_examples=60, deadline=None)
def test_nothing_is_lost_of_a_damaged_dump(start: int, stop: int) -> None:
    rows("xml", OWN[:start] + OWN[stop:] or "<a/>")


def test_chunks_change_nothing() -> None:
    for text in (GIGAWORD, TREC, OWN):
        assert rows("xml", text, kind=Trickle) == rows("xml", text)


@pytest.mark.gold
def test_an_agency_s_own_format(shared: Path) -> None:
    folder = shared / "dumps" / "formats" / "superdesk_wire_fixtures"
    for name, count in (("ritzau_feed.xml", 2), ("ritzau_news.xml", 1)):
        format, articles, rejects = sample(folder / name)
        assert format == "xml"
        assert len(articles) == count
        assert not rejects
        assert all(len(row["body"]) > 200 and row["publish_date"] for row in articles)
