"""NITF, alone or wrapped, and what all of the IPTC's formats share."""

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
from transforms.read.iptc import (
    first_date,
    holder_name,
    place_line,
    plain,
    recognise,
    root_of,
    soft_lines,
    string_story,
    tree_of,
)

BODY = "<p>The quay at Port Ellery was shut.</p><p>It opens in May.</p>"


def nitf(
    body: str = BODY,
    title: str = "Quay shut",
    above: str = "<byline>By <person>Ann Lee</person><byttl>Harbour Writer</byttl></byline>"
    "<distributor>Ellery Wire</distributor><dateline><location><city>Port Ellery</city>"
    "<country>Varn</country></location><story.date norm='20210503'>20210503T100000Z</story.date>"
    "</dateline>",
    status: str = "usable",
    attributes: str = ' xml:lang="en-GB"',
) -> str:
    return (
        f"<nitf{attributes}>\n<head><title>EL-Quay</title>"
        f'<docdata management-status="{status}"><doc-id id-string="ew-17" regsrc="EW"/>'
        '<date.issue norm="20210503T100000+0200"/><doc.copyright holder="Ellery Wire Ltd"/>'
        '</docdata><pubdata ex-ref="https://ellery.example/17"/></head>\n<body><body.head>'
        f"<hedline><hl1>{escape(title)}</hl1><hl2>Second line</hl2></hedline>{above}</body.head>"
        f"<body.content>{body}</body.content><body.end/></body>\n</nitf>\n"
    )


TIMES = """<nitf version="-//IPTC//DTD NITF 3.3//EN"><head><title>Quay Shut</title>
<meta content="03" name="publication_day_of_month"/><meta content="5" name="publication_month"/>
<meta content="1988" name="publication_year"/><docdata><doc-id id-string="88"/></docdata>
<pubdata name="The Ellery Times" ex-ref="http://times.example/88.html"/></head>
<body><body.head><hedline><hl1>Quay Shut</hl1></hedline>
<byline class="print_byline">By ANN LEE, Special to the Times</byline>
<byline class="normalized_byline">Lee, Ann</byline></body.head>
<body.content><block class="lead_paragraph"><p>LEAD: The quay was shut today by order of the
board.</p></block><block class="full_text"><p>LEAD: The quay was shut today by order of the
board.</p><p>The quay was shut today by order of the board.</p><p>It opens in May.</p></block>
</body.content></body></nitf>
"""


def seeds() -> list[bytes]:
    """Small valid dumps, to be damaged."""
    table = "<table><tr><th>Club</th><th>P</th></tr><tr><td>Ellery</td><td>3</td></tr></table>"
    return [
        ('<?xml version="1.0"?>\n' + nitf()).encode(),
        ("<dump>" + nitf() + nitf(table, "Table") + nitf("<pre>A\nB</pre>") + "</dump>").encode(),
        TIMES.encode(),
        nitf("<p>One <br/>two.</p><media media-type='image'><media-caption>x</media-caption>"
             "</media>").encode(),
    ]  # fmt: skip


def test_a_document_has_every_field() -> None:
    text = (
        '<?xml version="1.0"?>\n<!-- from the wire -->\n<!DOCTYPE nitf SYSTEM "n.dtd">\n' + nitf()
    )
    [row] = rows("nitf", text)
    assert row["text"] == "The quay at Port Ellery was shut.\nIt opens in May."
    assert (row["title"], row["byline"]) == ("Quay shut", "Ann Lee")
    assert (row["dateline"], row["source"]) == ("Port Ellery, Varn", "Ellery Wire")
    assert (row["external_id"], row["language"]) == ("ew-17", "en-GB")
    assert row["date_text"] == "20210503T100000+0200"
    assert row["url"] == "https://ellery.example/17"
    assert row["char_end"] == len(text.rstrip())


def test_what_is_missing_is_looked_for_elsewhere() -> None:
    [row] = rows("nitf", nitf(title="", above="").replace("<hl2>Second line</hl2>", ""))
    assert (row["title"], row["source"]) == ("EL-Quay", "Ellery Wire Ltd")
    assert row["byline"] is None and row["dateline"] is None
    undated = nitf().replace("date.issue", "date.unknown")
    assert rows("nitf", undated)[0]["date_text"] == "20210503"
    [row] = rows("nitf", nitf("", above="<abstract><p>All of it.</p></abstract>"))
    assert row["text"] == "All of it."


def test_an_office_alone_is_a_byline() -> None:
    [row] = rows("nitf", nitf(above="<byline><byttl>Harbour Desk</byttl></byline>"))
    assert row["byline"] == "Harbour Desk"


def test_the_newspaper_corpus() -> None:
    [row] = rows("nitf", TIMES)
    assert row["text"] == "The quay was shut today by order of the board.\nIt opens in May."
    assert (row["title"], row["byline"]) == ("Quay Shut", "ANN LEE, Special to the Times")
    assert (row["source"], row["date_text"]) == ("The Ellery Times", "1988-5-03")
    assert row["url"] == "http://times.example/88.html"


@pytest.mark.parametrize("status", ["canceled", "withheld"])
def test_an_item_that_was_taken_back_is_no_article(status: str) -> None:
    [row] = rows("nitf", nitf(status=status))
    assert (row["reason"], status in row["detail"]) == ("not_article", True)


def test_an_embargo_is_no_reason_to_lose_an_item() -> None:
    assert reasons(rows("nitf", nitf(status="embargoed"))) == [None]


def test_a_picture_is_no_article() -> None:
    media = "<media media-type='image'><media-caption>The quay.</media-caption></media>"
    [row] = rows("nitf", nitf(media))
    assert (row["reason"], "image" in row["detail"]) == ("not_article", True)
    [row] = rows("nitf", nitf(f"<p>One.{media}Two.</p>"))
    assert row["text"] == "One.\nTwo."


def test_an_item_without_words_is_no_text() -> None:
    [row] = rows("nitf", "<nitf><head><docdata/></head><body><body.content/></body></nitf>")
    assert row["reason"] == "no_text"


def test_tables_lists_and_other_blocks() -> None:
    body = (
        "<hl2>Results</hl2><table><tr><th>Club</th><th>P</th></tr>\n<tr><td>Ellery</td>"
        "<td>3</td></tr></table><ul><li>One</li><li>Two</li></ul><p>___</p>"
        "<note type='npa'>For editors.</note><note>For all.</note><hr/>"
    )
    [row] = rows("nitf", nitf(body))
    assert row["text"] == "Results\nClub P\nEllery 3\nOne\nTwo\nFor all."


def test_lines_that_were_broken_at_a_column_are_joined() -> None:
    body = (
        "<p>   The harbour board has said that the quay at Port Ellery is to <br />be shut while"
        " divers look at the piles that hold it up from <br />below.</p><p/><p>Score:<br/>Ellery"
        " 3<br/>Varn 1</p>"
    )
    [row] = rows("nitf", nitf(body))
    first, *others = row["text"].split("\n")
    assert first.startswith("The harbour board") and first.endswith("from below.")
    assert others == ["Score:", "Ellery 3", "Varn 1"]


def test_the_headline_and_a_byline_are_not_text() -> None:
    body = f"<p>QUAY SHUT</p><p>By Bo Day</p>{BODY}"
    [row] = rows("nitf", nitf(body, above=""))
    assert row["text"].startswith("The quay at")
    assert row["byline"] == "Bo Day"
    body = f"<block><byline>By Bo Day</byline><dateline>VARN</dateline>{BODY}</block>"
    [row] = rows("nitf", nitf(body, above=""))
    assert (row["byline"], row["dateline"]) == ("Bo Day", "VARN")
    assert row["text"].startswith("The quay at")


@pytest.mark.parametrize("end", ["EWN ab", "ab/cde", "ends", "(Ellery Wire)", "© Ellery Wire 2021"])
def test_a_sign_off_is_not_text(end: str) -> None:
    [row] = rows("nitf", nitf(f"{BODY}<p>{end}</p>"))
    assert row["text"].endswith("It opens in May.")


def test_the_agency_is_no_writer() -> None:
    [row] = rows(
        "nitf", nitf(f"<p>By Ellery Wire</p>{BODY}", above="<distributor>Ellery Wire</distributor>")
    )
    assert (row["byline"], row["source"]) == (None, "Ellery Wire")
    assert row["text"].startswith("The quay at")


def test_many_documents_in_any_wrapper() -> None:
    text = (
        "<s:Envelope xmlns:s='soap'><s:Header><id>7</id></s:Header><s:Body>"
        + nitf(title="A") + "\n" + nitf(title="B").replace("<nitf", "<n:nitf").replace(
            "</nitf", "</n:nitf") + "</s:Body></s:Envelope>"
    )  # fmt: skip
    assert [row["title"] for row in rows("nitf", text)] == ["A", "B"]
    joined = "".join('<?xml version="1.0"?>\n' + nitf(title=one) for one in "ABC")
    assert [row["title"] for row in rows("nitf", joined)] == ["A", "B", "C"]
    assert [row["title"] for row in rows("nitf", joined, kind=Trickle)] == ["A", "B", "C"]


def test_broken_documents_cost_no_neighbour() -> None:
    lost = nitf(title="Lost")[: nitf(title="Lost").index("It opens")]
    text = "<a>" + nitf(title="A") + lost + nitf(title="B") + "<nitf/>" + nitf(title="C") + "</a>"
    found = rows("nitf", text)
    assert reasons(found) == [None, "bad_record", None, "no_text", None]
    assert [row.get("title") for row in found] == ["A", None, "B", None, "C"]


def test_a_document_without_its_end_tag_has_its_text() -> None:
    whole = nitf(title="Whole").replace("</nitf>", "")
    found = rows("nitf", "<a>" + whole + nitf(title="B"))
    assert [row.get("title") for row in found] == ["Whole", "B"]


def test_a_dump_that_is_cut_off_keeps_its_whole_documents() -> None:
    text = "<a>" + nitf(title="A") + nitf(title="B")
    found = rows("nitf", text[: text.rindex("opens")])
    assert reasons(found) == [None, "bad_record"]


def test_text_that_no_document_holds_is_not_passed_over() -> None:
    stray = "<note>" + "Words that no item holds. " * 20 + "</note>"
    assert reasons(rows("nitf", "<a>" + nitf() + stray + nitf() + "</a>")) == [
        None, "bad_record", None,
    ]  # fmt: skip


def test_a_document_over_the_limit_is_too_large() -> None:
    text = nitf(title="A") + nitf("<p>" + "x" * 9000 + "</p>") + nitf(title="C")
    found = rows("nitf", text, 2500, Trickle)
    assert reasons(found) == [None, "too_large", None]


def test_depth_is_a_reject_and_says_so() -> None:
    [row] = rows("nitf", nitf("<b>" * 3000 + "deep" + "</b>" * 3000))
    assert (row["reason"], "deep" in row["detail"]) == ("bad_record", True)


def test_entities_are_not_expanded() -> None:
    bomb = "<!DOCTYPE nitf [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;'>]>"
    [row] = rows("nitf", bomb + nitf("<p>&b; &eacute; &#0; &#xD800; one</p>"))
    assert "aaa" not in row["text"]
    assert row["text"].endswith("one") and "é" in row["text"]


def test_signs_that_are_no_mark_up_are_kept() -> None:
    [row] = rows("nitf", nitf("<p>Profit < 5 % & falling; ask <ann@ellery.example> now</p><br>"))
    assert row["text"] == "Profit < 5 % & falling; ask <ann@ellery.example> now"
    [row] = rows("nitf", nitf("<p>It&amp;#39;s &amp;quot;shut&amp;quot;</p>"))
    assert row["text"] == 'It\'s "shut"'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one", ["one"]),
        ("   \n  ", []),
        ("One two\n      three\n      four", ["One two three four"]),
        (
            "    The board said on Monday that it would shut the\nquay at Port Ellery for a month."
            "\n    It opens in May.",
            ["The board said on Monday that it would shut the quay at Port Ellery for a month.",
             "It opens in May."],
        ),
        ("Ellery      2 Varn   0\nOsk         5 Daln   1", ["Ellery 2 Varn 0", "Osk 5 Daln 1"]),
        ("A first one.\n\nA second one.", ["A first one.", "A second one."]),
    ],
)  # fmt: skip
def test_line_ends_in_text(text: str, expected: list[str]) -> None:
    assert soft_lines(text) == expected


def test_content_that_is_a_string() -> None:
    assert string_story("Plain.\n\nText.").lines == ["Plain.", "Text."]
    assert string_story("<P>One<P>Two &amp; three<BR>").lines == ["One", "Two & three"]
    assert string_story(
        "<nitf><body><body.content><p>In.</p></body.content></body></nitf>"
    ).lines == ["In."]
    deep = "<div>" * 5000 + "deep" + "</div>" * 5000
    assert string_story(f"<p>One</p>{deep}").lines[0] == "One"


def test_the_root_of_a_document() -> None:
    prolog = "\ufeff<?xml v?> <!-- <x> -->\n<!DOCTYPE a [<!ENTITY b 'c>'>]>\n"
    assert root_of(f"{prolog}<n:a b='c'>") == ("a", len(prolog))
    assert root_of("words <a>") is None
    assert root_of("<!-- without an end") is None


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (nitf(), "nitf"),
        ("<?xml version='1.0'?><nitf>", "nitf"),
        ("<soap:Envelope>" + nitf(), "nitf"),
        ("<contentSet><inlineXML>" + nitf(), "nitf"),
    ],
)
def test_nitf_is_sniffed(head: str, expected: str) -> None:
    assert chosen(head) == expected
    assert recognise(head, "x")[1] >= 0.95


@pytest.mark.parametrize(
    "head",
    ["<html><body><nitf>", "<rss><channel><item><nitf><body>", "Text about <nitf> and <body>",
     '{"a": "<nitf><body>"}', "<nitfx><body>", "<a><nitf><b>"],
)  # fmt: skip
def test_what_is_not_nitf(head: str) -> None:
    assert recognise(head, "dump") == ("", 0.0)


def test_fields() -> None:
    assert place_line("PORT ELLERY, May 3 (EW) --") == "PORT ELLERY, May 3 (EW)"
    assert place_line("MAY 04, 2021") is None
    assert place_line("4/4/2018") is None
    assert holder_name("(c) Copyright 2021 Ellery Wire. All rights reserved.") == "Ellery Wire"
    assert first_date([None, "YYYYMMDD", "20210503T1000Z", "20210504"]) == "20210503T1000Z"


def test_a_section_without_an_end_costs_no_time() -> None:
    tree, _ = tree_of("<a>" + "<![CDATA[" * 40_000 + "</a>")
    assert tree is None or tree.tag == "a"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(SENTENCES, st.lists(SENTENCES, min_size=1, max_size=5)), max_size=6))
def test_documents_come_back(stories: list[tuple[str, list[str]]]) -> None:
    text = "<all>" + "".join(
        nitf(paragraphs([f"It was {line} there." for line in lines]), f"Title {title}", above="")
        for title, lines in stories
    )
    found = rows("nitf", text + "</all>")
    if not stories:
        assert reasons(found) == ["no_text"]
        return
    assert [row["title"] for row in found] == [f"Title {title}" for title, _ in stories]
    for row, (_, lines) in zip(found, stories, strict=True):
        assert row["text"].split("\n") == [f"It was {line} there." for line in lines]


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("<>/! -[]&;nitfbody.\n\t'\"=xA"), max_size=200), st.integers(0, 900))
def test_any_text_is_tiled(noise: str, at: int) -> None:
    text = "<a>" + nitf() + nitf() + "</a>"
    found = rows("nitf", text[:at] + noise + text[at:], kind=Trickle)
    assert found


def test_plain_undoes_mark_up() -> None:
    assert plain("<byline>By Ann<byttl>Writer</byttl></byline>").split() == ["By", "Ann"]
    assert plain("<b>R&amp;D</b>").split() == ["R&D"]


SAMPLES = {
    # by file: articles, paragraphs of the first, whether it has title and byline
    "aap-1.xml": (1, 1, True), "aap-cyber.xml": (1, 1, True), "aap-finance-lite.xml": (0, 0, False),
    "aap-finance.xml": (1, 13, False), "aap-finance1.xml": (1, 17, False),
    "aap-sports.xml": (1, 5, False), "aap.xml": (1, 12, True), "ap-nitf.xml": (1, 27, True),
    "ap_media_text_nitf.xml": (1, 19, False), "efe_nitf.xml": (1, 1, True),
    "handle_invalid_fields.xml": (1, 27, True), "mapping_test.xml": (1, 3, False),
    "nitf-fishing.xml": (0, 0, False), "nitf-ntb.xml": (1, 56, True), "pa1.xml": (1, 42, False),
    "pa2.xml": (1, 6, False), "pa3.xml": (1, 1, True), "pa4.xml": (1, 20, True),
    "pa5.xml": (1, 18, True),
}  # fmt: skip


@pytest.mark.parametrize("name", SAMPLES)
def test_real_documents(name: str, shared: Path) -> None:
    count, lines, byline = SAMPLES[name]
    format, articles, rejects = sample(
        shared / "dumps" / "formats" / "superdesk_wire_fixtures" / name
    )
    assert format == "nitf"
    assert (len(articles), len(rejects)) == (count, 1 - count)
    for row in articles:
        assert row["body"].count("\n") + 1 == lines
        assert (row["byline"] is not None) == byline
        assert row["title"] and row["source"] and row["published_at"]
        assert "<" not in row["body"]
