"""Factiva's HTML, with codes and without: articles, their fields, folded ones, bad neighbours."""

from __future__ import annotations

import html
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.read.exports import Row, both, in_small_chunks, pieces
from tests.transforms.read.wire import Trickle, chosen, reasons, sample
from transforms.read import open_source, parse_date
from transforms.read.factiva_html import sniff

BODY = ("The quay was shut.", 'It "opens" in May, said Ann & Bo.')
STYLE = f"<style>{'.icon a{display:block;}' * 4000}</style>"
FIELD = '<tr><td align="right" class="index"><b>{}</b>&nbsp;</td><td>{}</td></tr>'


def number(at: int) -> str:
    return f"ELPO000020100111e61b0000{at}"


def page(*articles: str, found: int | None = None, style: str = "") -> str:
    rows = "".join(
        f'<tr><td class="label">{label}</td><td>{value}</td></tr>'
        for label, value in (("Text", "quay"), ("Results Found", found), ("Timestamp", "12 Jan"))
    )
    summary = f'<table class="searchPreview " width="100%"><tr><td>Search Summary</td></tr>{rows}'
    return (
        f"<!DOCTYPE html>\n<html><head><title>Factiva</title>{style}</head><body><div "
        'id="navcontainer" class="fcpNavContainer"><h1>Factiva</h1></div><div id="contentLeft">'
        f"<span></span>{'<br/><span></span>'.join(articles)}"
        f"{summary + '</table>' if found is not None else ''}</div>"
        '<div id="pageFooter">&copy; 2010 Factiva, Inc. All rights reserved.</div></body></html>'
    )


def paragraphs(body: tuple[str, ...]) -> str:
    return "\n".join(
        f'<p class="articleParagraph enarticleParagraph">{html.escape(one)}</p>' for one in body
    )


def with_codes(
    title: str = "Quay <b>shut</b>", at: int = 1, *, body: tuple[str, ...] = BODY
) -> str:
    fields = [
        ("SE", "News"), ("HD", f"<b class='enHeadline'>{title}</b>"), ("BY", "By Ann Lee"),
        ("WC", "295 words"), ("PD", "11 January 2010"), ("ET", "09:30"), ("SN", "The Ellery Post"),
        ("SC", "ELPO"), ("LA", "English"), ("CY", "(c) Ellery Media"),
        ("LP", paragraphs(body[:1])), ("TD", paragraphs(body[1:])),
        ("NS", "<br/>gvote : Elections | gcat : News"), ("PUB", "<br/>Ellery Media Ltd."),
        ("AN", f"<br/>Document {number(at)}"),
    ]  # fmt: skip
    rows = "".join(FIELD.format(code, value) for code, value in fields)
    return f'<div class="article enArticle"><table border="0">{rows}</table><br/></div>'


def displayed(
    title: str = "Quay <b>shut</b>",
    at: int = 1,
    *,
    body: tuple[str, ...] = BODY,
    text: str | None = None,
    counted: str = "",
    author: str = '<div class="author">By Ann Lee</div>',
    last: str = "",
) -> str:
    inner = "id=lastArticle" if last else ""
    return (
        f'<div id="article-{number(at)}" class="{last or "article"}"><div {inner}'
        f' class="article enArticle"><p>\n<div>News</div><div id="hd"><span class=\'enHeadline'
        f"{counted and ' counted'}'>{counted} {title}</span>\n</div>{author}<div>295 words</div>"
        "<div>11 January 2010</div><div>09:30</div><div>The Ellery Post</div><div>ELPO</div>"
        f"<div>6</div><div>English</div><div>(c) Ellery Media </div>\n</p>\n"
        f"{paragraphs(body) if text is None else text}"
        f"<p>desk@ellery.example</p><p>Ellery Media Ltd.</p><p>Document {number(at)}</p></div>"
        "</div>"
    )


FOLDED = (
    '<div id="carryOver"><div id="carryOverHeadlines"><table class="headlines">'
    '<tr class="headline" data-accno="ELPX0000"><td><b class="printheadline enHeadline">Quay shut '
    'again</b><div class="leadFields">The Port, 11 January 2010</div></td></tr></table></div></div>'
)
CODED = page(with_codes(), with_codes("Ferries back", 2), style=STYLE)
DISPLAYED = page(displayed(), FOLDED + displayed("Ferries back", 2, last="lastarticle"), found=3)


def seeds() -> list[bytes]:
    """Small valid dumps, to be damaged."""
    return [page(with_codes(), with_codes(at=2)).encode(), DISPLAYED.encode()]


def rows(text: str, limit: int = 1 << 20) -> list[Row]:
    return pieces("factiva-html", text, limit)


def test_articles_with_codes() -> None:
    first, last = rows(CODED)
    assert first["title"] == "Quay shut"
    assert first["byline"] == "By Ann Lee"
    assert first["source"] == "The Ellery Post"
    assert first["language"] == "en"
    assert first["date_text"] == "11 January 2010 09:30"
    assert first["external_id"] == number(1)
    assert first["text"].split("\n") == list(BODY)
    assert (last["title"], last["external_id"]) == ("Ferries back", number(2))
    assert CODED[last["char_start"] :].startswith('<div class="article')


def test_articles_without_codes() -> None:
    (first, folded, last), counts = both("factiva-html", DISPLAYED)
    assert counts == [2]
    assert first["title"] == "Quay shut"
    assert first["byline"] == "By Ann Lee"
    assert first["source"] == "The Ellery Post"
    assert first["language"] == "en"
    assert first["date_text"] == "11 January 2010 09:30"
    assert first["external_id"] == number(1)
    assert first["text"].split("\n") == list(BODY)
    assert (folded["reason"], last["title"]) == ("not_article", "Ferries back")
    assert DISPLAYED[last["char_start"] :].startswith(f'<div id="article-{number(2)}')


@pytest.mark.parametrize("text", [CODED, DISPLAYED])
def test_it_reads_the_same_in_small_chunks(text: str) -> None:
    in_small_chunks("factiva-html", text.replace(STYLE, ""))


def test_headlines_may_be_counted() -> None:
    (row,) = rows(page(displayed(counted="12)")))
    assert row["title"] == "Quay shut"
    (row,) = rows(page(displayed("12) Quay")))
    assert row["title"] == "12) Quay"


def test_what_stands_amid_the_paragraphs_is_text() -> None:
    text = (
        f"<p>A sub-heading</p>{paragraphs(BODY[:1])}<pre>Rank  City\n1     Port\n</pre>"
        f"{paragraphs(BODY[1:])}"
    )
    (row,) = rows(page(displayed(text=text)))
    assert row["text"].split("\n") == [
        "A sub-heading", BODY[0], "Rank City", "1 Port", BODY[1],
    ]  # fmt: skip


def test_paragraphs_whose_class_is_lost_are_text() -> None:
    bare = "".join(f"<p>{html.escape(one)}</p>" for one in BODY)
    (row,) = rows(page(displayed(text=bare)))
    assert row["text"].split("\n")[:2] == list(BODY)


def test_counts_of_searches_that_one_export_cannot_hold_declare_nothing() -> None:
    assert both("factiva-html", page(displayed(), found=1771))[1] == []
    assert both("factiva-html", page(displayed(), found=1) * 2)[1] == [2]


def test_a_lost_article_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text(page(displayed(), found=2))
    (dump,) = open_source(path)
    assert sum(frame.height for frame in dump.pieces()) == 1
    assert dump.warnings == ["declares 2 articles (2 results found), 1 were read"]


def test_an_article_without_words_costs_no_neighbour() -> None:
    empty = f'<div class="article enArticle"><table>{FIELD.format("SC", "ELPO")}</table></div>'
    found = rows(page(with_codes(), empty, with_codes("Ferries back", 2)))
    assert reasons(found) == [None, "no_text", None]


def test_an_article_that_is_too_large_costs_no_neighbour() -> None:
    long = displayed("Long", 2, body=("A long sentence about a quay.",) * 200)
    text = page(displayed(), long, displayed("Ferries back", 3))
    for kind in (Trickle, None):
        found = pieces("factiva-html", text, 6000, *([kind] if kind else []))
        assert reasons(found) == [None, "too_large", None]
        assert found[2]["title"] == "Ferries back"


def test_what_is_cut_off_is_kept() -> None:
    for text in (CODED, DISPLAYED):
        cut = text[: text.rindex("May, said") + 3]
        assert rows(cut)[-1]["text"].split("\n") == [BODY[0], 'It "opens" in May']


def test_nesting_beyond_reason_is_read() -> None:
    deep = "<div>" * 30_000 + "Deep." + "</div>" * 30_000
    (row,) = rows(page(displayed(text=deep)))
    assert "Deep." in row["text"]


def test_sniffing() -> None:
    assert chosen(CODED[: 1 << 16], "a.html") == "factiva-html"
    assert chosen(DISPLAYED[: 1 << 16], "a.html") == "factiva-html"
    assert sniff("<html><title>Factiva, a company</title><p>HD</p></html>", "a.html") == 0
    assert sniff('<div class="article">no</div>', "a.html") == 0
    assert sniff("no mark-up", "a.html") == 0


WORDS = st.lists(st.text('abcdefgh&<"é', min_size=1, max_size=9), min_size=1, max_size=20).map(
    lambda words: f"A{' '.join(words)}."
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(WORDS, min_size=1, max_size=3), max_size=4), st.booleans())
def test_generated_articles_come_back(bodies: list[list[str]], codes: bool) -> None:
    write = with_codes if codes else displayed
    found = rows(page(*(write(at=at, body=tuple(body)) for at, body in enumerate(bodies))))
    if bodies:
        assert [row["text"].split("\n") for row in found] == bodies


PARTS = st.sampled_from(
    [
        f'<div id="article-{number(1)}" class="article">', '<div class="article enArticle">',
        "</div>", '<div id="carryOver">', '<div id="pageFooter">', '<table class="searchPreview ">',
        "<tr><td>Results Found</td><td>3</td></tr>", "<td><b>HD</b></td>", "<td>", "Text.", "\n",
        '<p class="articleParagraph enarticleParagraph">', "<!--", "52 words", "<style>", "<pre>",
        '<span class="enHeadline counted">', f"Document {number(1)}", '<div class="author">',
    ]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(PARTS | st.text(max_size=20), max_size=40), st.sampled_from([80, 100_000]))
def test_any_parts_tile(parts: list[str], limit: int) -> None:
    text = "".join(parts).encode("utf-8", "replace").decode()
    rows(text, limit)
    pieces("factiva-html", text, limit, Trickle)


def test_a_real_export(shared: Path) -> None:
    format, articles, rejects = sample(shared / "dumps/formats/factiva_samples/factiva_test.html")
    assert (format, len(articles), rejects) == ("factiva-html", 2, [])
    for row in articles:
        assert row["title"]
        assert row["source"]
        assert row["language"] == "fr"
        assert str(row["external_id"]).startswith("TESTFR")
        assert row["publish_date"] is not None
        assert len(row["body"].split("\n")) > 1
    assert parse_date("29 décembre 2011") is not None
