"""NewsML-G2: items alone, in messages, in wrappers; what is no text."""

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
from transforms.read.iptc import recognise

BODY = "<p>The quay at Port Ellery was shut.</p>\n<p>It opens in May.</p>"
HTML = f'<html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body>{BODY}</body></html>'
ABOUT = (
    "<contentCreated>2021-05-03T10:00:00+02:00</contentCreated><creator literal='EW'/>"
    "<language tag='en-GB'/><slugline separator='-'>VARN-QUAY/</slugline>"
    "<headline role='hld:subHeadline'>For a month</headline><headline>Quay shut</headline>"
    "<by>By Ann Lee</by><dateline>PORT ELLERY, May 3 (EW) -</dateline>"
    "<creditline>Ellery Wire–</creditline>"
)


def inline(data: str = HTML, type_: str = "application/xhtml+xml", form: str = "inlineXML") -> str:
    return f'<contentSet><{form} contenttype="{type_}">{data}</{form}></contentSet>'


def item(
    content: str | None = None,
    about: str = ABOUT,
    status: str = "stat:usable",
    kind: str = "ninat:text",
) -> str:
    return (
        '<newsItem guid="urn:newsml:ellery.example:20210503:17" version="2" standard="NewsML-G2" '
        f'xml:lang="en"><catalogRef href="c.xml"/><itemMeta><itemClass qcode="{kind}"/>'
        '<provider literal="ellery.example"/><versionCreated>2021-05-04T09:00:00Z'
        f'</versionCreated><firstCreated>2021-05-01T09:00:00Z</firstCreated><pubStatus qcode="'
        f'{status}"/><edNote>Not for radio.</edNote></itemMeta><contentMeta>{about}</contentMeta>'
        f"{inline() if content is None else content}</newsItem>\n"
    )


PACKAGE = (
    '<packageItem guid="p"><itemMeta><itemClass qcode="ninat:composite"/></itemMeta><contentMeta>'
    '<headline>Top stories</headline></contentMeta><groupSet root="g"><group id="g"><itemRef '
    'residref="a"><title>A story</title></itemRef><itemRef residref="b"/></group></groupSet>'
    "</packageItem>\n"
)


def message(*items: str, space: str = "http://iptc.org/std/nar/2006-10-01/") -> str:
    return (
        f'<?xml version="1.0"?>\n<newsMessage xmlns="{space}"><header><sent>2021-05-04T09:01:00Z'
        "</sent><sender>ellery.example</sender><destination>ALL</destination></header>\n<itemSet>"
        f"{''.join(items)}</itemSet></newsMessage>\n"
    )


NITF = (
    '<nitf xmlns="http://iptc.org/std/NITF/2006-10-18/"><body><body.head><hedline><hl1>Inner</hl1>'
    "</hedline><byline>By Bo Day<byttl>Writer</byttl></byline></body.head><body.content>"
    f"{BODY}</body.content></body></nitf>"
)


def seeds() -> list[bytes]:
    """Small valid dumps, to be damaged."""
    return [
        message(item(), PACKAGE, item(inline(NITF))).encode(),
        item(inline(f"<![CDATA[{BODY}]]>", "text/plain", "inlineData")).encode(),
        message(item(kind="icls:picture", content="<contentSet/>"), item()).replace(
            "<newsItem", "<ns0:newsItem").replace("</newsItem", "</ns0:newsItem").encode(),
    ]  # fmt: skip


def test_an_item_has_every_field() -> None:
    text = message(item())
    [row] = rows("newsml-g2", text)
    assert row["text"] == "The quay at Port Ellery was shut.\nIt opens in May."
    assert (row["title"], row["byline"]) == ("Quay shut", "Ann Lee")
    assert row["dateline"] == "PORT ELLERY, May 3 (EW)"
    assert (row["source"], row["language"]) == ("Ellery Wire", "en-GB")
    assert row["external_id"] == "urn:newsml:ellery.example:20210503:17"
    assert row["date_text"] == "2021-05-03T10:00:00+02:00"
    assert (row["char_start"], row["char_end"]) == (0, len(text))


def test_fields_have_a_second_place() -> None:
    [row] = rows("newsml-g2", item(inline(NITF), about="<slugline>VARN-QUAY</slugline>"))
    assert (row["title"], row["byline"]) == ("Inner", "Bo Day")
    assert (row["source"], row["language"]) == ("ellery.example", "en")
    assert row["date_text"] == "2021-05-04T09:00:00Z"
    [row] = rows("newsml-g2", item(about="<slugline>VARN-QUAY</slugline>"))
    assert (row["title"], row["byline"]) == ("VARN-QUAY", None)
    people = "<creator type='cpnat:person'><name>Ann Lee</name></creator><creator literal='X'/>"
    assert rows("newsml-g2", item(about=people))[0]["byline"] == "Ann Lee"


@pytest.mark.parametrize(
    "content",
    [
        inline(NITF, "application/nitf+xml"),
        inline(f"<body xmlns='http://www.w3.org/1999/xhtml'>{BODY}</body>"),
        inline(f"<![CDATA[{BODY}]]>", "text/plain", "inlineData"),
        inline(escape(BODY), "text/html", "inlineData"),
        inline("The quay at Port Ellery was shut.\n\nIt opens in May.", "text/plain", "inlineData"),
        inline(HTML.replace("<", "<h:").replace("<h:/", "</h:")),
        "<contentSet><inlineXML><html><body><p>The quay.</p></body></html></inlineXML>"
        f"<remoteContent href='a.jpg'/><inlineXML>{HTML}</inlineXML></contentSet>",
    ],
)
def test_content_in_any_form(content: str) -> None:
    [row] = rows("newsml-g2", item(content))
    assert row["text"] == "The quay at Port Ellery was shut.\nIt opens in May."


def test_a_story_in_one_paragraph_with_indents() -> None:
    text = (
        "<html><body><p>(Adds detail)\n    * Quay to open in May\n\n    By Bo Day\n    PORT ELLERY,"
        " May 3 (EW) - The harbour board shut the\nquay on Monday so that divers can see to the "
        "piles.\n    It opens in May.\n</p></body></html>"
    )
    [row] = rows("newsml-g2", item(inline(text), about="<headline>Quay</headline>"))
    assert row["byline"] == "Bo Day"
    assert row["text"].split("\n") == [
        "(Adds detail)",
        "* Quay to open in May",
        "PORT ELLERY, May 3 (EW) - The harbour board shut the quay on Monday so that divers can see"
        " to the piles.",
        "It opens in May.",
    ]


def test_what_stands_around_a_story_is_not_in_it() -> None:
    page = (
        "<html><head><title>Quay shut</title></head><body><header><ul><li>Varn</li></ul><h1>Quay "
        f"shut</h1></header><section>{BODY}<figure><figcaption>The quay.</figcaption></figure>"
        "</section>51 77 CRO01 1113 APE4800 GEST03 QBXB</body></html>"
    )
    [row] = rows("newsml-g2", item(inline(page), about=""))
    assert row["text"] == "The quay at Port Ellery was shut.\nIt opens in May."
    assert row["title"] == "Quay shut"


@pytest.mark.parametrize(
    "status",
    ["stat:canceled", "stat:withheld", "http://cv.iptc.org/newscodes/pubstatusg2/canceled"],
)
def test_an_item_that_was_taken_back_is_no_article(status: str) -> None:
    [row] = rows("newsml-g2", item(status=status))
    assert (row["reason"], row["detail"]) == (
        "not_article", f"an item of status {status.replace('/', ':').split(':')[-1]}",
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["picture", "video", "graphic", "audio"])
def test_what_holds_no_text_says_what_it_is(kind: str) -> None:
    about = ABOUT + "<description role='drol:caption'>The quay.</description>"
    [row] = rows("newsml-g2", item("<contentSet/>", about, kind=f"ninat:{kind}"))
    assert (row["reason"], kind in row["detail"]) == ("not_article", True)
    assert reasons(rows("newsml-g2", item(kind=f"ninat:{kind}"))) == [None]


def test_a_headline_or_a_summary_alone_is_an_article() -> None:
    [row] = rows("newsml-g2", item("<contentSet/>"))
    assert (row["title"], row["text"]) == ("Quay shut", "")
    about = ABOUT + "<description role='drol:summary'>All of it.</description>"
    assert rows("newsml-g2", item("<contentSet/>", about))[0]["text"] == "All of it."
    [row] = rows("newsml-g2", item("<contentSet/>", ""))
    assert row["reason"] == "no_text"


def test_packages_and_concepts_are_no_articles() -> None:
    concept = "<conceptItem guid='c'><concept><name>Varn</name></concept></conceptItem>"
    found = rows("newsml-g2", message(PACKAGE, item(), concept))
    assert reasons(found) == ["not_article", None, "not_article"]
    assert "2 items" in found[0]["detail"]


def test_messages_in_any_wrapper() -> None:
    text = "<env:Envelope><env:Body>" + message(item()) + message(item(), item()) + "</env:Body>"
    assert reasons(rows("newsml-g2", text + "</env:Envelope>")) == [None, None, None]
    assert reasons(rows("newsml-g2", text, kind=Trickle)) == [None, None, None]


def test_headers_between_items_are_no_lost_text() -> None:
    long = message(item()).replace("ALL", "ALL " * 200)
    assert reasons(rows("newsml-g2", long * 3)) == [None, None, None]


def test_broken_items_cost_no_neighbour() -> None:
    lost = item()[: item().index("It opens")]
    found = rows("newsml-g2", message(item(), lost, item(), "<newsItem/>", item()))
    assert reasons(found) == [None, "bad_record", None, "no_text", None]
    cut = message(item(), item())
    found = rows("newsml-g2", cut[: cut.rindex("opens")])
    assert reasons(found) == [None, "bad_record"]


def test_an_item_over_the_limit_is_too_large() -> None:
    found = rows("newsml-g2", message(item(), item(inline("x" * 9000)), item()), 2500, Trickle)
    assert reasons(found) == [None, "too_large", None]


@pytest.mark.parametrize(
    "head",
    [
        message(item()),
        item(),
        PACKAGE,
        item(inline(NITF)),
        "<ns0:newsMessage xmlns:ns0='http://iptc.org/std/nar/2006-10-01/'>",
        "<soap:Envelope><soap:Body>" + message(item()),
        "<planningItem standard='EventsML-G2'>",
    ],
)
def test_newsml_g2_is_sniffed(head: str) -> None:
    assert chosen(head) == "newsml-g2"
    assert recognise(head, "x")[1] >= 0.95


@pytest.mark.parametrize("head", ["<newsItem><title>", "<news><newsItem id='1'/>", "newsItem"])
def test_what_is_not_newsml_g2(head: str) -> None:
    assert recognise(head, "dump.xml") == ("", 0.0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(SENTENCES, st.lists(SENTENCES, min_size=1, max_size=4)), max_size=5))
def test_items_come_back(stories: list[tuple[str, list[str]]]) -> None:
    text = message(
        *(
            item(
                inline("<html><body>" + paragraphs([f"It was {line} there." for line in lines])
                       + "</body></html>"),
                f"<headline>Title {title}</headline>",
            )
            for title, lines in stories
        )
    )  # fmt: skip
    found = rows("newsml-g2", text)
    if not stories:
        assert reasons(found) == ["no_text"]
        return
    assert [row["title"] for row in found] == [f"Title {title}" for title, _ in stories]
    for row, (_, lines) in zip(found, stories, strict=True):
        assert row["text"].split("\n") == [f"It was {line} there." for line in lines]


@settings(max_examples=40, deadline=None)
@given(st.text(st.sampled_from("<>/! -[]&;newsItm.\n\t'\"=xA"), max_size=200), st.integers(0, 1500))
def test_any_text_is_tiled(noise: str, at: int) -> None:
    text = message(item(), item())
    assert rows("newsml-g2", text[:at] + noise + text[at:], kind=Trickle)


WIRE = {
    # by file: paragraphs of each article, rejects
    "LISTING 1 A NewsML-G2 News Item.xml": ([0], 0),
    "LISTING 6 Simple NewsML-G2 Package.xml": ([], 1),
    "ansa-newsmlg2-text.xml": ([4], 0), "ansa_culture.xml": ([1], 0), "ap.xml": ([9, 10, 6], 0),
    "dpa.xml": ([3], 0), "picture.xml": ([], 1), "scoop.xml": ([8], 1), "snep.xml": ([], 1),
    "stt1.xml": ([4], 0), "stt_archive_newsml_created_date_test.xml": ([27], 0),
    "stt_archive_newsml_test.xml": ([27], 0), "stt_newsml_abstract_test.xml": ([1], 0),
    "stt_newsml_endash.xml": ([4], 0), "stt_newsml_location_rich.xml": ([2], 0),
    "stt_newsml_location_test.xml": ([9], 0), "stt_newsml_no_truncated_text_test.xml": ([52], 0),
    "stt_newsml_note_test.xml": ([20], 0), "stt_newsml_subject_test.xml": ([9], 0),
    "stt_newsml_test.xml": ([40], 0), "stt_newsml_test_no_hl.xml": ([40], 0), "text.xml": ([0], 0),
    "video.xml": ([5], 4), "tag_reuters.com,0000_newsml_ISS149709_1618095828": ([36], 0),
    "tag_reuters.com,0000_newsml_L4N1FL0N0_1132689232": ([17], 0),
    "tag_reuters.com,2018_newsml_MTZXEE13ZXCZES_2": ([2], 0),
    "tag_reuters.com_0000_newsml_GM1EA7M13RP01_version_484616934": ([], 1),
    "tag_reuters.com_2014_newsml_KBN0FL0NM_version_10": ([], 1),
    "tag_reuters.com_2014_newsml_KBN0FL0NN_version_5": ([25], 0),
    "tag_reuters.com_2014_newsml_KBN0FL0ZP_version_2": ([4], 0),
    "tag_reuters.com_2014_newsml_LYNXMPEA6F0MS_version_2": ([], 1),
    "tag_reuters.com_2016_newsml_L1N14N0FF_version_1542761538": ([], 1),
    "tag_reuters.com_2016_newsml_L1N14N0FF_version_978556838": ([19], 0),
}  # fmt: skip
EXAMPLES = {
    "LISTING_1_A_NewsML-G2_News_Item.xml": ([0], 0),
    "LISTING_22_Sports_story_in_NewsML-G2NITF.xml": ([6], 0),
    "LISTING_24_News_Message_conveying_a_complete_News_Package.xml": ([], 5),
    "LISTING_2_NewsML-G2_Text_Document.xml": ([2], 0),
    "LISTING_6_Simple_NewsML-G2_Package.xml": ([], 1),
}
SAMPLES = [("superdesk_wire_fixtures", name) for name in WIRE]
SAMPLES += [("newsml_g2_examples", name) for name in EXAMPLES]


@pytest.mark.parametrize(("folder", "name"), SAMPLES)
def test_real_items(folder: str, name: str, shared: Path) -> None:
    lines, rejected = (WIRE | EXAMPLES)[name]
    format, articles, rejects = sample(shared / "dumps" / "formats" / folder / name)
    assert format == "newsml-g2"
    assert [len(row["body"].split("\n")) if row["body"] else 0 for row in articles] == lines
    assert len(rejects) == rejected
    for row in articles:
        assert row["external_id"] and row["published_at"] and row["source"] and row["language"]
        assert "<" not in row["body"]


def test_most_real_items_have_a_headline(shared: Path) -> None:
    folder = shared / "dumps" / "formats" / "superdesk_wire_fixtures"
    found = [row for name in WIRE for row in sample(folder / name)[1]]
    titled = sum(1 for row in found if row["title"])
    assert titled >= 0.85 * len(found)
    assert sum(1 for row in found if row["byline"]) >= 6
