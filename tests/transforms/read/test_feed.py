"""Feeds: RSS, Atom, WordPress exports, sitemaps; their items, spans and bad neighbours."""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.read import open_source, parse_date
from transforms.read.feed import plain, read, sniff
from transforms.read.registry import choose
from transforms.read.text import TextSource

SPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/"'
)
CHANNEL = (
    "<title>The Ellery Post</title><link>https://ellery.example/</link>"
    "<description>All of it</description><language>en-gb</language>"
)


def rss(*items: str, head: str = CHANNEL) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" {SPACES}>\n<channel>{head}\n'
        + "\n".join(items)
        + "\n</channel>\n</rss>\n"
    )


def item(title: str = "Quay shut", **more: str) -> str:
    fields = {
        "title": escape(title),
        "link": "https://ellery.example/quay?a=1&amp;b=2",
        "guid": "ep-17",
        "pubDate": "Mon, 03 May 2021 10:00:00 +0200",
        "description": escape("<p>The quay was <b>shut</b>.</p><p>It opens &amp; closes.</p>"),
        **{name.replace("_", ":", 1): value for name, value in more.items()},
    }
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items() if value)
    return f"<item>{inner}</item>"


ATOM = """<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de">
<title>Ellery Kurier</title><link rel="self" href="https://kurier.example/feed"/>
<entry><title type="html">Kai &lt;b&gt;zu&lt;/b&gt;</title>
<link rel="edit" href="https://kurier.example/edit/1"/><link href="https://kurier.example/1"/>
<id>tag:kurier.example,2021:1</id><updated>2021-05-04T00:00:00Z</updated>
<published>2021-05-03T10:00:00+02:00</published>
<author><name>Ann Lee</name></author><author><name>Bo Day</name></author>
<summary>Kurz.</summary>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Erster Satz.</p>
<p>Zweiter.</p></div>
</content></entry>
<entry><title>Nur Titel</title><id>2</id><updated>2021-05-04T00:00:00Z</updated></entry>
</feed>
"""
RDF = """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://e.example/"><title>Ellery Wire</title><link>https://e.example/</link>
<items><rdf:Seq><rdf:li resource="https://e.example/1"/></rdf:Seq></items></channel>
<item rdf:about="https://e.example/1"><title>Quay shut</title><link>https://e.example/1</link>
<description>The quay was shut.</description><dc:creator>Ann Lee</dc:creator>
<dc:date>2021-05-03T10:00:00+02:00</dc:date></item>
</rdf:RDF>
"""
SITEMAP = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
<url><loc>https://e.example/1</loc><news:news><news:publication><news:name>Ellery Wire</news:name>
<news:language>en</news:language></news:publication>
<news:publication_date>2021-05-03</news:publication_date><news:title>Quay shut</news:title>
</news:news></url>
<url><loc>https://e.example/about</loc></url>
</urlset>
"""
WXR_AUTHOR = (
    "<wp:author><wp:author_login><![CDATA[alee]]></wp:author_login>"
    "<wp:author_display_name><![CDATA[Ann Lee]]></wp:author_display_name></wp:author>"
)


def post(content: str, kind: str = "post", status: str = "publish") -> str:
    return item(
        dc_creator="<![CDATA[alee]]>",
        description="",
        content_encoded=f"<![CDATA[{content}]]>",
        wp_post_id="17",
        wp_post_type=f"<![CDATA[{kind}]]>",
        wp_status=f"<![CDATA[{status}]]>",
    )


def seeds() -> list[bytes]:
    """Small valid dumps, to be damaged."""
    wxr = rss(post("One.\n\nTwo [b]x[/b]."), post("a", "attachment"), head=CHANNEL + WXR_AUTHOR)
    return [rss(item(), item("Second")).encode(), ATOM.encode(), RDF.encode(), SITEMAP.encode(),
            wxr.encode()]  # fmt: skip


class Trickle(TextSource):
    def chunks(self) -> Iterator[str]:
        text = "".join(super().chunks())
        self._done = False
        for at in range(0, len(text), 7):
            self._done = at + 7 >= len(text)
            yield text[at : at + 7]
        self._done = True


def rows(
    text: str, limit: int = 1 << 20, kind: type[TextSource] = TextSource
) -> list[dict[str, Any]]:
    return list(read(kind(io.BytesIO(text.encode()).read, "utf-8", "f", max_record=limit)))


def assert_tiles(text: str, found: list[dict[str, Any]]) -> None:
    at = 0
    for row in found:
        assert row["char_start"] >= at
        assert not text[at : row["char_start"]].strip()
        assert row["char_end"] > row["char_start"]
        at = row["char_end"]
    assert not text[at:].strip()


def test_items_of_rss_have_every_field() -> None:
    text = rss(item(author="ann@ellery.example (Ann Lee)"), item("Second &amp; last"))
    found = rows(text)
    assert_tiles(text, found)
    first = found[0]
    assert first["text"] == "The quay was shut.\nIt opens & closes."
    assert (first["title"], first["byline"]) == ("Quay shut", "Ann Lee")
    assert (first["source"], first["language"]) == ("The Ellery Post", "en-gb")
    assert first["url"] == "https://ellery.example/quay?a=1&b=2"
    assert (first["external_id"], first["date_text"]) == (
        "ep-17",
        "Mon, 03 May 2021 10:00:00 +0200",
    )
    assert found[1]["title"] == "Second & last"
    assert text[found[1]["char_start"] :].lstrip().startswith("<item>")


def test_full_content_goes_before_the_summary() -> None:
    content = "<![CDATA[<h2>Sub</h2><p>One &nbsp;two.</p><img src='https://px.example/1.gif'>]]>"
    [row] = rows(rss(item(content_encoded=content)))
    assert row["text"] == "Sub\nOne two."
    [row] = rows(rss(item(content_encoded="<![CDATA[<img src=a>]]>")))
    assert row["text"].startswith("The quay was shut.")


def test_the_headline_and_the_end_line_of_a_feed_are_not_text() -> None:
    text = "<h1>Quay shut</h1><p>It was.</p><p>The post <a>Quay</a> appeared first on <a>X</a>.</p>"
    [row] = rows(rss(item(description=escape(text))))
    assert row["text"] == "It was."


def test_atom() -> None:
    found = rows(ATOM)
    assert_tiles(ATOM, found)
    first, second = found
    assert (first["title"], first["text"]) == ("Kai zu", "Erster Satz.\nZweiter.")
    assert (first["byline"], first["url"]) == ("Ann Lee, Bo Day", "https://kurier.example/1")
    assert (first["date_text"], first["language"]) == ("2021-05-03T10:00:00+02:00", "de")
    assert (second["title"], second["text"]) == ("Nur Titel", "")
    assert second["date_text"] == "2021-05-04T00:00:00Z"


def test_rss_1() -> None:
    [row] = rows(RDF)
    assert_tiles(RDF, [row])
    assert (row["title"], row["byline"], row["source"]) == ("Quay shut", "Ann Lee", "Ellery Wire")
    assert row["date_text"] == "2021-05-03T10:00:00+02:00"


def test_a_sitemap_for_news_holds_headlines() -> None:
    found = rows(SITEMAP)
    assert_tiles(SITEMAP, found)
    assert [row.get("reason") for row in found] == [None, "no_text"]
    assert (found[0]["title"], found[0]["source"]) == ("Quay shut", "Ellery Wire")
    assert (found[0]["date_text"], found[0]["url"]) == ("2021-05-03", "https://e.example/1")


def test_an_export_of_wordpress() -> None:
    content = (
        '[caption id="a" width="3"]<img src=a> A caption[/caption]By Bo Day\n'
        "[dropcap]T[/dropcap]he "
        'quay was shut [sic].\n\n<!-- wp:paragraph -->It opens in May.\r\n[gallery ids="1,2"]'
    )
    text = rss(post(content), post("x", "attachment"), post("x", status="draft"), post("Last."),
               head=CHANNEL + WXR_AUTHOR)  # fmt: skip
    found = rows(text)
    assert_tiles(text, found)
    assert [row.get("reason") for row in found] == [None, "not_article", "not_article", None]
    assert found[0]["text"] == "The quay was shut [sic].\nIt opens in May."
    assert (found[0]["byline"], found[3]["byline"]) == ("Bo Day", "Ann Lee")
    words = plain(text[found[0]["char_start"] : found[0]["char_end"]])
    assert "By Bo Day\nThe quay was shut [sic]." in words


def test_an_item_that_quotes_its_source_names_it() -> None:
    [row] = rows(
        rss(
            item(author="").replace(
                "</item>", "<source url='https://v.example'>Varn Wire</source></item>"
            )
        )
    )
    assert row["source"] == "Varn Wire"


def test_broken_items_cost_no_neighbour() -> None:
    lost = "<item><title>Lost its end</title><description>But not its text</description>"
    text = rss(item("A"), lost, item("B &nbsp; &undefined;"), item("", description=""), "<item/>",
               item("C").replace("</link>", ""), item("D"))  # fmt: skip
    found = rows(text)
    assert_tiles(text, found)
    titles = [row.get("title") for row in found]
    assert titles[0] == "A" and titles[1] == "Lost its end" and titles[-1] == "D"
    assert [row.get("reason") for row in found[3:5]] == ["no_text", "no_text"]
    assert len(found) == 7


def test_a_feed_that_is_cut_off_keeps_its_whole_items() -> None:
    text = rss(item("A"), item("B"))
    cut = text[: text.rindex("opens")]
    found = rows(cut)
    assert [row.get("reason") for row in found] == [None, "bad_record"]
    assert_tiles(cut, found)


def test_text_between_items_is_not_passed_over() -> None:
    stray = "<note>" + "Words that no item holds. " * 20 + "</note>"
    found = rows(rss(item("A"), stray, item("B")))
    assert [row.get("reason") for row in found] == [None, "bad_record", None]


def test_an_item_over_the_limit_is_too_large() -> None:
    found = rows(rss(item("A"), item("B", description="x" * 5000), item("C")), 2000, Trickle)
    assert [row.get("reason") for row in found] == [None, "too_large", None]


def test_entities_are_not_expanded_and_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was asked for")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    bomb = "<!DOCTYPE rss [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;'>\n<!ENTITY c SYSTEM 'file:///etc/passwd'>]>"
    text = rss(item("&b; &c; A", description="https://ellery.example/feed"))
    text = text.replace("<rss", f"{bomb}<rss")
    [row] = rows(text)
    assert "aaa" not in row["title"] and "root" not in row["title"]
    assert row["text"] == "https://ellery.example/feed"


@pytest.mark.parametrize(
    ("head", "name", "expected"),
    [
        (rss(item()), "a.xml", "feed"),
        (ATOM, "x", "feed"),
        (RDF, "x", "feed"),
        (SITEMAP, "x", "feed"),
        ("\n<!-- by a generator --><rss><channel>", "a.txt", "feed"),
        ("<b>Warning</b>: a message\n<rss version='2.0'>", "a.rss", "feed"),
    ],
)  # fmt: skip
def test_feeds_are_sniffed(head: str, name: str, expected: str) -> None:
    reader = choose(head, name)
    assert reader is not None and reader.name == expected


@pytest.mark.parametrize(
    "head",
    ["<html><rss>", "<nitf><rss>", "<rdf:RDF xmlns:foaf='x'><foaf:Person/>", "<feed><a/></feed>",
     "Text about <rss> and more", '{"a": "<rss>"}'],
)  # fmt: skip
def test_other_mark_up_is_no_feed(head: str) -> None:
    assert sniff(head, "a.xml") == 0.0


WORDS = st.text("abcäö &<>'\"]", min_size=1, max_size=30).filter(
    lambda text: any(map(str.isalpha, text))
)


@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=6), st.booleans())
@settings(max_examples=60, deadline=None)
def test_every_item_comes_back(written: list[tuple[str, str]], trickle: bool) -> None:
    items = [
        item(escape(title), description=escape(f"<p>{escape(body)}</p>")) for title, body in written
    ]
    text = rss(*items)
    found = rows(text, kind=Trickle if trickle else TextSource)
    assert_tiles(text, found)
    assert [row["title"] for row in found] == [" ".join(title.split()) for title, _ in written]
    for row, (title, body) in zip(found, written, strict=True):
        wanted = " ".join(body.split())
        letters = (
            [c for c in title.lower() if c.isalnum()],
            [c for c in body.lower() if c.isalnum()],
        )
        assert row["text"] == ("" if letters[0] == letters[1] else wanted)


SIGNS = ["<item>", "</item>", "<title>", "</title>", "<![CDATA[", "]]>", "<!--", "-->", "&", "x ",
         "\x00", "<entry ", "/>", "</channel>"]  # fmt: skip


@given(st.lists(st.sampled_from(SIGNS), max_size=30))
@settings(max_examples=100, deadline=None)
def test_any_text_is_tiled(signs: list[str]) -> None:
    text = rss("".join(signs))
    assert_tiles(text, rows(text))


REAL = [
    "wenn.xml", "wordpress_wxr.xml", "wordpress_wxr_funke.xml", "wordpress_wxr_thumb.xml",
]  # fmt: skip


@pytest.mark.gold
def test_real_feeds(shared: Path) -> None:
    folder = shared / "dumps" / "formats" / "superdesk_wire_fixtures"
    counts = {}
    for name in REAL:
        [dump] = open_source(folder / name)
        assert dump.format == "feed"
        found = [row for frame in dump.pieces() for row in frame.iter_rows(named=True)]
        records = [row for row in found if row["kind"] == "record"]
        counts[name] = (len(records), len(found) - len(records))
        for row in records:
            assert row["title"] and row["source"] and row["language"] and row["external_id"]
            assert parse_date(row["date_text"]) is not None
            assert "[" not in row["text"] and "<" not in row["text"]
    assert counts == {
        "wenn.xml": (2, 0), "wordpress_wxr.xml": (5, 0), "wordpress_wxr_funke.xml": (1, 0),
        "wordpress_wxr_thumb.xml": (1, 1),
    }  # fmt: skip
