"""Factiva's XML: articles in responses and other wrappers, their paragraphs, bad neighbours."""

from __future__ import annotations

from html import escape
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.read.exports import Row, both, in_small_chunks, pieces
from tests.transforms.read.wire import SENTENCES, Trickle, chosen, reasons, sample
from transforms.read import open_source

LEAD = "<paragraph display='Proportional'>The <hlt>quay</hlt>s were\n  shut.</paragraph>"
TAIL = "<paragraph display='Proportional'>They open &amp; close in May.</paragraph>"


def article(
    title: str = "Quay <hlt>shut</hlt>",
    *,
    lead: str = LEAD,
    tail: str = TAIL,
    date: str = "<dateTime>2021-05-03T01:35:58Z</dateTime>",
    more: str = "",
) -> str:
    return (
        "<ppsarticle>\n<article>\n<accessionNo>ELPO000020210503e61b00001</accessionNo>"
        "<reference>distdoc:archive/ArchiveDoc::Article/ELPO000020210503e61b00001</reference>"
        f"<baseLanguage>EN</baseLanguage><copyright>(c) 2021 Ellery Media</copyright>{more}"
        f"<headline><paragraph lang='EN'>\n  {title}</paragraph></headline>"
        f"<leadParagraph>{lead}</leadParagraph><pages><page>6</page></pages>"
        f"<publicationDate>{date}</publicationDate><publisherName>Ellery Media</publisherName>"
        "<sourceName>The Ellery Post</sourceName><region code='elly'><name>Ellery</name></region>"
        f"<sourceCode>ELPO</sourceCode><tailParagraphs>{tail}</tailParagraphs>"
        "<wordCount>9</wordCount></article>\n</ppsarticle>\n"
    )


def response(*articles: str, count: int | None = None) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<PPSResponse><ppsArticleResponse '
        'xmlns="http://global.factiva.com/pps/2.0">'
        f'<ppsarticleResultSet count="{len(articles) if count is None else count}">'
        f"{''.join(articles)}</ppsarticleResultSet></ppsArticleResponse></PPSResponse>\n"
    )


def seeds() -> list[bytes]:
    """Small valid dumps, to be damaged."""
    wrapped = "\nThe quay was shut by the harbour council,\nsaid Ann.\n    It opens in May.\n"
    plain = article(lead=wrapped, tail="", date="<date>2021-05-03</date>")
    return [response(article(), plain).encode(), f"<NLAResponse>{plain}</NLAResponse>".encode()]


def rows(text: str, limit: int = 1 << 20) -> list[Row]:
    return pieces("factiva-xml", text, limit)


def test_an_article_has_every_field() -> None:
    text = response(article(more="<byline><paragraph>By Ann Lee</paragraph></byline>"))
    [row], counts = both("factiva-xml", text)
    assert counts == [1]
    assert row["text"] == "The quays were shut.\nThey open & close in May."
    assert (row["title"], row["byline"]) == ("Quay shut", "Ann Lee")
    assert (row["source"], row["language"]) == ("The Ellery Post", "EN")
    assert row["external_id"] == "ELPO000020210503e61b00001"
    assert row["date_text"] == "2021-05-03T01:35:58Z"
    assert (row["char_start"], row["char_end"]) == (0, len(text))


def test_dates_in_parts() -> None:
    [row] = rows(response(article(date="<date>2021-05-03</date>")))
    assert row["date_text"] == "2021-05-03"
    clock = "<publicationTime>09:30</publicationTime>"
    [row] = rows(response(article(date="<date>2021-05-03</date>", more=clock)))
    assert row["date_text"] == "2021-05-03 09:30"


def test_text_without_paragraphs_and_tables() -> None:
    lead = (
        "\nThe quay at Port Ellery was shut on Monday by the council of\nthe harbour, said Ann "
        "Lee.\n    It opens in May.\n   "
    )
    table = "<paragraph display='Fixed'>Rank  City\n1     Port\n</paragraph>"
    [row] = rows(response(article(lead=lead, tail=table)))
    assert row["text"].split("\n") == [
        "The quay at Port Ellery was shut on Monday by the council of the harbour, said Ann Lee.",
        "It opens in May.", "Rank City", "1 Port",
    ]  # fmt: skip


@pytest.mark.parametrize("wrapper", ["NLAResponse", "ArticleResponse", "archive"])
def test_other_wrappers(wrapper: str) -> None:
    inner = (article() + article("Ferries back")).replace("ppsarticle", "result")
    text = f"<{wrapper} xmlns='urn:x'><set>{inner}</set></{wrapper}>"
    assert chosen(text, "a.xml") == "factiva-xml"
    assert [row["title"] for row in rows(text)] == ["Quay shut", "Ferries back"]
    prefixed = text.replace("<", "<f:").replace("<f:/", "</f:")
    assert chosen(prefixed, "a.xml") == "factiva-xml"
    assert [row["title"] for row in rows(prefixed)] == ["Quay shut", "Ferries back"]


def test_counts_add_up(tmp_path: Path) -> None:
    text = response(article(), article()) + response(article(), count=4)
    assert both("factiva-xml", text)[1] == [2, 4]
    in_small_chunks("factiva-xml", text)
    path = tmp_path / "a.xml"
    path.write_text(text)
    (dump,) = open_source(path)
    assert sum(frame.height for frame in dump.pieces()) == 3
    assert dump.warnings == ['declares 6 articles (count="2", count="4"), 3 were read']


def test_bad_neighbours() -> None:
    lost = article("Lost").replace("</article>", "").replace("</tailParagraphs>", "")
    empty = "<ppsarticle><article><wordCount>9</wordCount></article></ppsarticle>"
    found = rows(response(article(), lost, empty, article("Ferries back")))
    assert reasons(found) == [None, "bad_record", "no_text", None]
    assert found[-1]["title"] == "Ferries back"
    long = article("Long", lead=f"<paragraph>{'A quay. ' * 2000}</paragraph>")
    text = response(article(), long, article("Ferries back"))
    found = pieces("factiva-xml", text, 4000, Trickle)
    assert reasons(found) == [None, "too_large", None]


def test_sniffing() -> None:
    assert chosen(response(article())) == "factiva-xml"
    assert chosen(response()) == "factiva-xml"
    page = "<html><body><article><h1>accessionNo</h1></article></body></html>"
    assert chosen(page, "a.html") == "html"
    assert chosen("<articles><article><headline>Q</headline></article></articles>") != "factiva-xml"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(SENTENCES, min_size=1, max_size=4), max_size=4))
def test_generated_articles_come_back(bodies: list[list[str]]) -> None:
    articles = [
        article(
            lead=f"<paragraph>{escape(first)}.</paragraph>",
            tail="".join(f"<paragraph>{escape(line)}.</paragraph>" for line in others),
        )
        for first, *others in bodies
    ]
    found = rows(response(*articles))
    if bodies:
        assert [row["text"].split("\n") for row in found] == [[f"{s}." for s in b] for b in bodies]


@pytest.mark.parametrize(
    ("name", "count", "warned"), [("factiva_test", 3, False), ("reut21578-factiva", 19, True)]
)
def test_real_responses(shared: Path, name: str, count: int, warned: bool) -> None:
    path = shared / f"dumps/formats/factiva_samples/{name}.xml"
    format, articles, rejects = sample(path)
    assert (format, len(articles), rejects) == ("factiva-xml", count, [])
    assert path.read_text(encoding="utf-8-sig").count("<article>") == count
    for row in articles:
        assert row["title"]
        assert row["source"]
        assert row["body"]
        assert row["external_id"]
        assert row["publish_date"] is not None
    (dump,) = open_source(path)
    for _ in dump.pieces():
        pass
    assert bool(dump.warnings) == warned  # a response that says 20 and holds 19
