"""NewsML 1 and the items of Reuters' corpora."""

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
LINES = (
    "<NewsLines><HeadLine>Quay shut</HeadLine><SubHeadLine>For a month</SubHeadLine>"
    "<ByLine>By Ann Lee</ByLine><DateLine>PORT ELLERY, May 3, 2021 (EW) -</DateLine>"
    "<SlugLine>Varn-Quay</SlugLine></NewsLines>"
)


def content(data: str = BODY, kind: str = "Text") -> str:
    return (
        f'<ContentItem><MediaType FormalName="{kind}"/><DataContent>{data}</DataContent>'
        "</ContentItem>"
    )


def item(
    inside: str | None = None, lines: str = LINES, status: str = "Usable", attributes: str = ""
) -> str:
    return (
        f'<NewsItem xml:lang="en"><Identification><NewsIdentifier><ProviderId>ellery.example'
        "</ProviderId><DateId>20210503</DateId><NewsItemId>EW17</NewsItemId><PublicIdentifier>"
        "urn:newsml:ellery.example:20210503:EW17:1</PublicIdentifier></NewsIdentifier>"
        "<NameLabel>Varn-label</NameLabel></Identification><NewsManagement><NewsItemType "
        'FormalName="News"/><FirstCreated>20210502T080000Z</FirstCreated><ThisRevisionCreated>'
        f'20210503T100000+0200</ThisRevisionCreated><Status FormalName="{status}"/>'
        f"</NewsManagement><NewsComponent{attributes}>{lines}<AdministrativeMetadata><Provider>"
        '<Party FormalName="EW"/></Provider></AdministrativeMetadata><DescriptiveMetadata>'
        f'<Language FormalName="en-GB"/></DescriptiveMetadata>{inside or content()}'
        "</NewsComponent></NewsItem>\n"
    )


def newsml(*items: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<NewsML Version="1.2"><Catalog Href="c.xml"/>'
        "<NewsEnvelope><DateAndTime>20210503T100000Z</DateAndTime></NewsEnvelope>"
        f"{''.join(items)}</NewsML>\n"
    )


CORPUS = """<?xml version="1.0" encoding="iso-8859-1" ?>
<newsitem itemid="2286" id="root" date="1996-08-20" xml:lang="en">
<title>VARN: Quay shut.</title><headline>Quay shut.</headline><byline>Ann Lee</byline>
<dateline>PORT ELLERY 1996-08-20</dateline>
<text><p>The quay was shut.</p>
<p>It opens in May.</p></text>
<copyright>(c) Ellery Wire 1996</copyright>
<metadata><dc element="dc.date.created" value="1996-08-19"/>
<dc element="dc.publisher" value="Ellery Wire Plc"/>
<dc element="dc.date.published" value="1996-08-20"/></metadata></newsitem>
"""


def seeds() -> list[bytes]:
    """Small valid dumps, to be damaged."""
    nitf = f"<nitf><body><body.content>{BODY}</body.content></body></nitf>"
    photo = content("<p>Caption</p>", "Photo")
    return [
        newsml(item(), item(content(nitf)), item(photo)).encode(),
        newsml(item(content(f"<![CDATA[{BODY}]]>"))).encode(),
        CORPUS.encode(),
    ]


def test_an_item_has_every_field() -> None:
    text = newsml(item())
    [row] = rows("newsml1", text)
    assert row["text"] == "The quay at Port Ellery was shut.\nIt opens in May."
    assert (row["title"], row["byline"]) == ("Quay shut", "Ann Lee")
    assert row["dateline"] == "PORT ELLERY, May 3, 2021 (EW)"
    assert (row["source"], row["language"]) == ("EW", "en-GB")
    assert row["external_id"] == "urn:newsml:ellery.example:20210503:EW17:1"
    assert row["date_text"] == "20210503T100000+0200"
    assert (row["char_start"], row["char_end"]) == (0, len(text))


@pytest.mark.parametrize(
    "data",
    [
        f"<nitf><body><body.content>{BODY}</body.content></body></nitf>",
        f"<html xmlns='http://www.w3.org/1999/xhtml'><head><title/></head><body>{BODY}</body></html>",
        f"<![CDATA[{BODY}]]>",
        escape(f"<div>{BODY}</div>"),
        "<![CDATA[The quay at Port Ellery was shut.\n\nIt opens in May.]]>",
    ],
)  # fmt: skip
def test_content_in_any_form(data: str) -> None:
    [row] = rows("newsml1", newsml(item(content(data))))
    assert row["text"] == "The quay at Port Ellery was shut.\nIt opens in May."


def test_fields_of_the_content_fill_what_the_item_leaves_out() -> None:
    nitf = (
        "<nitf><body><body.head><hedline><hl1>Inner</hl1></hedline><byline>By Bo Day</byline>"
        f"</body.head><body.content>{BODY}</body.content></body></nitf>"
    )
    [row] = rows("newsml1", newsml(item(content(nitf), lines="")))
    assert (row["title"], row["byline"]) == ("Inner", "Bo Day")
    [row] = rows("newsml1", newsml(item(lines="<NewsLines><SlugLine>Varn</SlugLine></NewsLines>")))
    assert row["title"] == "Varn"
    [row] = rows("newsml1", newsml(item(lines="")))
    assert row["title"] == "Varn-label"


def test_a_date_is_no_dateline() -> None:
    lines = LINES.replace("PORT ELLERY, May 3, 2021 (EW) -", "3/5/2021")
    assert rows("newsml1", newsml(item(lines=lines)))[0]["dateline"] is None


def test_components_within_components() -> None:
    inner = (
        '<NewsComponent><Role FormalName="Main"/>' + content() + "</NewsComponent>"
        '<NewsComponent><Role FormalName="Caption"/>' + content("<p>A caption.</p>")
        + "</NewsComponent><NewsComponent>" + content("<p>Of a photo.</p>", "Photo")
        + "</NewsComponent><NewsComponent><NewsLines><HeadLine>Box</HeadLine></NewsLines>"
        + content("<p>More.</p>") + "</NewsComponent>"
    )  # fmt: skip
    [row] = rows("newsml1", newsml(item(inner)))
    assert row["text"] == "The quay at Port Ellery was shut.\nIt opens in May.\nBox\nMore."


def test_one_of_equivalent_components_is_enough() -> None:
    inner = "".join(
        f"<NewsComponent>{content(one)}</NewsComponent>"
        for one in (BODY, "<p>The quay was shut.</p>")
    )
    [row] = rows("newsml1", newsml(item(inner, attributes=' EquivalentsList="yes"')))
    assert row["text"].endswith("It opens in May.")


@pytest.mark.parametrize("status", ["Canceled", "Withheld"])
def test_an_item_that_was_taken_back_is_no_article(status: str) -> None:
    [row] = rows("newsml1", newsml(item(status=status)))
    assert (row["reason"], status in row["detail"]) == ("not_article", True)


def test_what_holds_no_text_says_what_it_is() -> None:
    photo = '<ContentItem Href="a.jpg"><MediaType FormalName="Photo"/></ContentItem>'
    package = '<NewsItemRef NewsItem="urn:newsml:a"/>'
    coded = (
        '<ContentItem><Encoding Notation="Base64"><DataContent>AAAA</DataContent></Encoding>'
        "</ContentItem>"
    )
    found = rows(
        "newsml1", newsml(item(photo), item(package), item(coded, lines=""), "<NewsItem/>")
    )
    assert reasons(found) == ["not_article", "not_article", None, "no_text"]
    assert "photo" in found[0]["detail"] and "package" in found[1]["detail"]
    assert (found[2]["title"], found[2]["text"]) == ("Varn-label", "")


def test_a_list_of_topics_is_no_article() -> None:
    topics = "<NewsItem><Identification/><TopicSet><Topic>Names</Topic></TopicSet></NewsItem>"
    assert reasons(rows("newsml1", newsml(topics, item()))) == ["not_article", None]


def test_items_in_items() -> None:
    outer = item("<!--here-->" + item() + item())
    assert reasons(rows("newsml1", newsml(outer)))[1:] == [None, None]


def test_broken_items_cost_no_neighbour() -> None:
    lost = item()[: item().index("It opens")]
    found = rows("newsml1", newsml(item(), lost, item(), "<NewsItem></NewsItem>", item()))
    assert reasons(found) == [None, "bad_record", None, "no_text", None]
    cut = newsml(item(), item())
    found = rows("newsml1", cut[: cut.rindex("opens")], kind=Trickle)
    assert reasons(found) == [None, "bad_record"]


def test_a_corpus_item() -> None:
    found = rows("newsml1", CORPUS + CORPUS)
    assert len(found) == 2
    row = found[0]
    assert row["text"] == "The quay was shut.\nIt opens in May."
    assert (row["title"], row["byline"]) == ("Quay shut.", "Ann Lee")
    assert (row["dateline"], row["external_id"]) == ("PORT ELLERY 1996-08-20", "2286")
    assert (row["date_text"], row["source"]) == ("1996-08-20", "Ellery Wire Plc")
    assert row["language"] == "en"


@pytest.mark.parametrize(
    "head", [newsml(item()), "<NewsML>", item(), "<a:Envelope>" + item(), CORPUS, newsml(item(
        content("<nitf><body><body.content/></body></nitf>")))],
)  # fmt: skip
def test_newsml_is_sniffed(head: str) -> None:
    assert chosen(head) == "newsml1"
    assert recognise(head, "x")[1] >= 0.95


@pytest.mark.parametrize("head", ["<NewsItem><Title>", "<newsitem><title>", "<x><NewsItem/></x>"])
def test_what_is_not_newsml(head: str) -> None:
    assert recognise(head, "dump.xml") == ("", 0.0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(SENTENCES, st.lists(SENTENCES, min_size=1, max_size=4)), max_size=5))
def test_items_come_back(stories: list[tuple[str, list[str]]]) -> None:
    text = newsml(
        *(
            item(
                content(paragraphs([f"It was {line} there." for line in lines])),
                lines=f"<NewsLines><HeadLine>Title {title}</HeadLine></NewsLines>",
            )
            for title, lines in stories
        )
    )
    found = rows("newsml1", text)
    if not stories:
        assert reasons(found) == ["no_text"]
        return
    assert [row["title"] for row in found] == [f"Title {title}" for title, _ in stories]
    for row, (_, lines) in zip(found, stories, strict=True):
        assert row["text"].split("\n") == [f"It was {line} there." for line in lines]


@settings(max_examples=40, deadline=None)
@given(
    st.text(st.sampled_from("<>/! -[]&;NewsItmL.\n\t'\"=xA"), max_size=200), st.integers(0, 1500)
)
def test_any_text_is_tiled(noise: str, at: int) -> None:
    text = newsml(item(), item())
    assert rows("newsml1", text[:at] + noise + text[at:], kind=Trickle)


SAMPLES = {"afp.xml": (9, "en"), "afp20.xml": (2, "fr"), "ana1.xml": (3, "en")}


@pytest.mark.parametrize("name", SAMPLES)
def test_real_items(name: str, shared: Path) -> None:
    lines, language = SAMPLES[name]
    format, [row], rejects = sample(shared / "dumps" / "formats" / "superdesk_wire_fixtures" / name)
    assert (format, rejects) == ("newsml1", [])
    assert row["body"].count("\n") + 1 == lines
    assert row["language"] == language
    assert row["title"] and row["source"] and row["published_at"]
    assert row["external_id"].startswith("urn:newsml:")
    assert (row["dateline"] is None) == (name == "ana1.xml")
