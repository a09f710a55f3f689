"""Web pages: the article on them, what they say of it, and pages that hold none."""

from __future__ import annotations

import hashlib
import io
import json
import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.benchmarks.quality import html as quality
from transforms.read import open_source, parse_date
from transforms.read.html_metadata import original_url
from transforms.read.html_page import page_record, read, sniff
from transforms.read.registry import choose
from transforms.read.text import TextSource

PARAGRAPHS = [
    f"The harbour council of Port Ellery voted to close the {quay} quay for {n} weeks, officials"
    f" said after a debate of {n} hours in the old town hall."
    for quay, n in (("northern", 2), ("southern", 3), ("eastern", 5), ("western", 7))
]
BODY = "".join(f"<p>{one}</p>\n" for one in PARAGRAPHS)
TITLE = "Port Ellery closes its quays"


def page(body: str = f"<h1>{TITLE}</h1>{BODY}", head: str = "", html: str = "<html>") -> str:
    return f"<!DOCTYPE html>\n{html}<head>{head}</head><body>{body}</body></html>"


def linked(**fields: Any) -> str:
    node = {"@context": "https://schema.org", "@type": "NewsArticle", **fields}
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


def meta(**named: str) -> str:
    names = {name.replace("_", ":", 1): value for name, value in named.items()}
    return "".join(f'<meta property="{name}" content="{value}">' for name, value in names.items())


def row(text: str, url: str | None = None) -> dict[str, Any]:
    return page_record(text, url, 0, len(text))


def rows(text: str, limit: int = 1 << 22) -> list[dict[str, Any]]:
    return list(read(TextSource(io.BytesIO(text.encode()).read, "utf-8", "p", max_record=limit)))


def seeds() -> list[bytes]:
    """Small valid dumps, to be damaged."""
    data = linked(headline=TITLE, datePublished="2021-05-03T10:00:00+02:00", author={"name": "A"})
    table = "<table><tr><td>Ellery</td><td>3</td></tr><tr><td>Varn</td><td>1</td></tr></table>"
    return [
        page().encode(),
        page(head=data + meta(og_title=TITLE, og_url="https://ellery.example/quays")).encode(),
        (page() + page(BODY + table)).encode(),
        page(head='<meta charset="windows-1251">').encode("cp1251"),
    ]


def test_an_article_is_found_among_furniture() -> None:
    body = (
        '<nav><a href="/">Home</a> <a href="/sport">Sport</a></nav>'
        f"<article><h1>{TITLE}</h1><div class=byline>By Ann Lee</div><time datetime=2021-05-03>"
        f"Monday</time>{BODY}<div class=newsletter-signup><p>Get our daily letter.</p></div>"
        '<div class="author-bio"><p>Ann Lee writes about harbours.</p></div></article>'
        "<h2>More from us</h2><h3><a href=/1>Ferry runs aground at Varn again</a></h3>"
        "<p>It is the third time this year.</p>"
        "<footer>Copyright 2026 Ellery Post</footer>"
    )
    found = row(page(body))
    assert found["text"].split("\n") == PARAGRAPHS
    assert (found["title"], found["byline"], found["date_text"]) == (TITLE, "Ann Lee", "2021-05-03")


def test_json_ld_says_the_rest() -> None:
    head = (
        linked(
            headline="Port Ellery closes its quays for weeks",
            datePublished="2021-05-03T10:00:00+02:00",
            dateModified="2024-01-01",
            author=[{"@type": "Person", "name": "Ann Lee"}, {"name": "By Bo Day"}],
            publisher={"@type": "Organization", "name": "The Ellery Post"},
            identifier="ep-17",
        )
        + meta(og_title="Quays | Ellery Post", og_site_name="elleryp", og_locale="en_GB")
        + '<link rel="canonical" href="https://www.ellery.example/2021/quays">'
    )
    found = row(page(head=head), "https://m.ellery.example/2021/quays?from=feed")
    assert found["title"] == TITLE  # the page's own heading, as its reader saw it
    assert found["date_text"] == "2021-05-03T10:00:00+02:00"
    assert (found["byline"], found["source"]) == ("Ann Lee, Bo Day", "The Ellery Post")
    assert (found["external_id"], found["language"]) == ("ep-17", "en-GB")
    assert found["url"] == "https://www.ellery.example/2021/quays"


def test_references_in_a_graph_are_followed() -> None:
    graph = [
        {"@type": "WebPage", "@id": "#page", "name": "Quays", "datePublished": "1999-01-01"},
        {"@type": "Person", "@id": "#ann", "name": "Ann Lee"},
        {"@type": "Organization", "@id": "#post", "name": "Ellery Post"},
        {"@type": ["NewsArticle"], "headline": TITLE, "author": {"@id": "#ann"},
         "publisher": {"@id": "#post"}, "datePublished": "2021-05-03"},
    ]  # fmt: skip
    head = f'<script type="application/ld+json">{json.dumps({"@graph": graph})}</script>'
    found = row(page(head=head))
    assert (found["byline"], found["source"]) == ("Ann Lee", "Ellery Post")
    assert found["date_text"] == "2021-05-03"


def test_of_several_articles_the_one_with_the_pages_address_counts() -> None:
    other = linked(
        headline="Other", url="https://e.example/b", datePublished="2020-01-01", author="X"
    )
    mine = linked(headline=TITLE, url="https://e.example/a/", datePublished="2021-05-03")
    found = row(page(head=other + mine), "https://www.e.example/a?x=1")
    assert found["date_text"] == "2021-05-03"


@pytest.mark.parametrize(
    ("head", "date"),
    [
        (meta(article_published_time="2021-05-03T08:00:00Z"), "2021-05-03T08:00:00Z"),
        ('<meta name="DC.date.issued" content="2021-05-03">', "2021-05-03"),
        ('<meta name="pubdate" content="Mon, 03 May 2021 08:00 +0200">',
         "Mon, 03 May 2021 08:00 +0200"),
        ('<meta name="date" content="soon">', None),
        (meta(article_modified_time="2021-05-03T08:00:00Z"), None),
        ("<script type='application/ld+json'>{\"@type\": \"NewsArticle\", broken</script>", None),
        (
            "<script type='application/ld+json'>{\"@type\": \"NewsArticle\","
            " \"datePublished\": \"2021-05-03\",}</script>",
            "2021-05-03",
        ),
    ],
)  # fmt: skip
def test_dates_come_from_statements_about_the_article(head: str, date: str | None) -> None:
    body = f"<h1>{TITLE}</h1>{BODY}<footer><time>2 January 2026</time> Copyright 2026</footer>"
    assert row(page(body, head)).get("date_text") == date


def test_dates_of_teasers_are_not_the_articles() -> None:
    teaser = "<article><h3>Ferry</h3><time datetime=2024-01-01>1 January</time></article>"
    assert row(page(f"{teaser}<h1>{TITLE}</h1>{BODY}{teaser}"))["date_text"] is None


def test_a_day_in_the_address_is_the_last_resort() -> None:
    assert row(page(), "https://e.example/2021/may/03/quays")["date_text"] == "2021-05-03"
    assert row(page(), "https://e.example/news/2021-05-03/quays")["date_text"] == "2021-05-03"
    assert row(page(), "https://e.example/2021/13/45/quays")["date_text"] is None


def test_lines_above_the_text_fill_what_the_page_does_not_say() -> None:
    body = f"<p><b>{TITLE}</b></p><p>By Ann Lee and Bo Day</p><p>3 May 2021, 10:15 am</p>{BODY}"
    found = row(page(body))
    assert found["text"].split("\n") == PARAGRAPHS
    assert (found["title"], found["byline"]) == (TITLE, "Ann Lee and Bo Day")
    assert found["date_text"] == "3 May 2021, 10:15 am"


def test_a_page_whose_text_is_in_its_json_ld_only() -> None:
    text = f"{PARAGRAPHS[0]}\n\n{PARAGRAPHS[1]}\n\n{PARAGRAPHS[2]}"
    found = row(page("<div id=root></div>", linked(headline=TITLE, articleBody=text)))
    assert (found["title"], found["text"].split("\n")) == (TITLE, PARAGRAPHS[:3])


def test_a_paywalled_page_yields_what_it_shows() -> None:
    body = f"<h1>{TITLE}</h1><p>{PARAGRAPHS[0]}</p><div class=subscribe-box><p>Subscribe.</p></div>"
    found = row(page(body, meta(og_type="article")))
    assert found["text"] == PARAGRAPHS[0]


def test_saved_and_archived_pages_lead_back_to_their_address() -> None:
    saved = "<!-- saved from url=(0030)https://www.ellery.example/quays -->\n" + page()
    assert row(saved)["url"] == "https://www.ellery.example/quays"
    bar = "<div id=wm-ipp-base><p>The archive has 12 captures of this page.</p></div>"
    copy = "https://web.archive.org/web/20210504000000/https://www.ellery.example/quays"
    found = row(page(f"{bar}<h1>{TITLE}</h1>{BODY}", f'<link rel=canonical href="{copy}">'))
    assert found["url"] == "https://www.ellery.example/quays"
    assert found["text"].split("\n") == PARAGRAPHS


@pytest.mark.parametrize(
    ("url", "original"),
    [
        ("https://archive.ph/2021.05.04-101010/https://e.example/a", "https://e.example/a"),
        ("https://web.archive.org/web/2021id_/http:/e.example/a", "http://e.example/a"),
        ("https://e.example/web/2021/https://x.example", "https://e.example/web/2021/https://x.example"),
    ],
)  # fmt: skip
def test_addresses_of_archives_are_unwrapped(url: str, original: str) -> None:
    assert original_url(url) == original


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (page("<noscript>Enable JavaScript to run it.</noscript><div id=root></div>"), "no_text"),
        (page("<div>Please enable JavaScript to continue using this site.</div>"), "no_text"),
        ("<html></html>", "no_text"),
        ("<html <<<>>> &&& <p", "no_text"),
        (page("<h1>404 Not Found</h1><p>The address that you asked for was not found here.</p>"),
         "not_article"),
        (page("".join(f"<h2><a href=/{n}>Council votes on quay number {n} today</a></h2>"
                      f"<p>It was vote number {n} of a long day in Port Ellery.</p>"
                      for n in range(20))), "not_article"),
    ],
)  # fmt: skip
def test_pages_without_an_article_are_rejects(text: str, reason: str) -> None:
    assert row(text)["reason"] == reason


def test_text_without_blanks_between_words_is_text() -> None:
    body = (
        "<h1>港口关闭</h1><p>埃勒里港议会周一投票决定关闭北码头两周,官员们在长时间辩论后表示。</p>"
    )
    assert row(page(body, html="<html lang=zh>"))["language"] == "zh"


def test_pages_joined_in_one_file_are_told_apart() -> None:
    shell = page("<div id=root></div>")
    text = f"\n{page()}\n<!-- next -->\n{shell}{page()}\n<!-- served in 3 ms -->\n"
    found = rows(text)
    assert [one["kind"] for one in found] == ["record", "reject", "record"]
    at = 0
    for one in found:
        assert not text[at : one["char_start"]].strip()
        at = one["char_end"]
    assert not text[at:].strip()


def test_a_page_over_the_limit_is_one_reject() -> None:
    found = rows(page(BODY * 300) + page(), limit=50_000)
    assert [one.get("reason") for one in found] == ["too_large", None]
    assert found[0]["char_end"] == found[1]["char_start"]


@pytest.mark.parametrize(
    ("head", "name", "expected"),
    [
        ("<!doctype html>\n<html>", "x", "html"),
        ("\ufeff<?xml version='1.0'?>\n<!-- a --><!DOCTYPE html PUBLIC ''>", "", "html"),
        ("<div><p>A fragment</p></div>", "a.html", "html"),
        ("<p>A fragment", "a.txt", "html"),
        ("Text about <html> and <p>", "a.txt", "txt"),
        ('<!DOCTYPE lewis SYSTEM "lewis.dtd">', "a.sgm", "reuters-sgml"),
    ],
)  # fmt: skip
def test_pages_are_sniffed(head: str, name: str, expected: str) -> None:
    reader = choose(head, name)
    assert reader is not None and reader.name == expected
    assert sniff(head, name) <= 0.6


def test_nothing_is_fetched_and_no_clock_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was asked for")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    head = '<link rel=canonical href="https://ellery.example/q"><base href="https://e.example/">'
    found = row(page(f"<h1>{TITLE}</h1><p>Published today, yesterday, 2 hours ago</p>{BODY}", head))
    assert found["date_text"] is None


def test_deep_and_large_pages_lose_nothing_they_should_keep() -> None:
    deep = page("<div>" * 1000 + f"<h1>{TITLE}</h1>{BODY}" + "</div>" * 1000)
    assert row(deep)["text"].split("\n") == PARAGRAPHS
    many = page(f"<h1>{TITLE}</h1>" + "<b>x</b>" * 70_000 + BODY)
    assert row(many)["text"].split("\n")[-4:] == PARAGRAPHS
    assert row(page("<div>" * 5000 + BODY))["kind"] in ("record", "reject")


def test_a_charset_that_only_the_page_declares(tmp_path: Path) -> None:
    body = (
        "<h1>Порт закрыт</h1>"
        + "<p>Совет гавани проголосовал за закрытие северной пристани.</p>" * 4
    )
    path = tmp_path / "page.html"
    path.write_bytes(page(body, '<meta charset="windows-1251">').encode("cp1251"))
    [dump] = open_source(path)
    [pieces] = dump.pieces()
    assert (dump.format, dump.encoding) == ("html", "cp1251")
    assert pieces["title"].to_list() == ["Порт закрыт"]


TEXT = st.text("abc <>&;\"'/=\n\x00é", max_size=60)


@given(
    st.lists(st.one_of(TEXT, st.sampled_from(["<p>", "</html>", "<html>", BODY, "<!--", "-->"])))
)
@settings(max_examples=60, deadline=None)
def test_any_text_is_tiled(parts: list[str]) -> None:
    text = "".join(parts)
    at = 0
    for one in rows(text):
        assert one["char_start"] >= at
        assert not text[at : one["char_start"]].strip()
        at = one["char_end"]
    assert not text[at:].strip()


@given(st.lists(st.sampled_from(PARAGRAPHS), min_size=2, max_size=4, unique=True))
@settings(max_examples=20, deadline=None)
def test_paragraphs_come_back_in_their_order(paragraphs: list[str]) -> None:
    body = "".join(f"<p>{one}</p>" for one in paragraphs)
    assert row(page(f"<h1>{TITLE}</h1>{body}"))["text"].split("\n") == paragraphs


@pytest.mark.gold
def test_real_pages(shared: Path) -> None:
    folder = shared / "dumps" / "formats" / "fundus_eval_html"
    found = list(quality.pages(folder))
    assert len(found) == 16
    titles = hashlib.sha256()
    for truth, record in found:
        assert record is not None
        assert record["title"] and record["language"] and record["source"]
        assert len(record["title"].split()) >= 4
        when = parse_date(record["date_text"])
        crawled = parse_date(truth["crawl_date"])
        assert when is not None and crawled is not None
        assert 0 <= (crawled.day - when.day).days <= 2
        assert quality.measure(record["text"], truth["body"])[2] >= 0.97
        titles.update(record["title"].encode())
    assert sum(bool(record and record["byline"]) for _, record in found) >= 13
    assert titles.hexdigest() == (
        "756bd70a508bd513669b57fffb9b03ca3d0237b2d166af95d5c0ce901a769993"
    )
