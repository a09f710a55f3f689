"""ProQuest's HTML: documents behind anchors, full texts that are pages, bad neighbours."""

from __future__ import annotations

import html
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.read.exports import Row, in_small_chunks, pieces
from tests.transforms.read.wire import Trickle, chosen, reasons, sample
from transforms.read.proquest_html import sniff

BODY = ("The quay was shut.", 'It "opens" in May, said Ann & Bo.')
ADDRESS = "https://search.proquest.com/docview/{}?accountid=1"
STYLE = "margin-bottom:5pt; margin-top:0; padding:0;"


def field(label: str, value: str) -> str:
    return f'<p style="{STYLE}"><strong>{label}: </strong>{value}</p>'


def paragraphs(body: tuple[str, ...]) -> str:
    return "              ".join(f"<p>{html.escape(one)}</p>" for one in body)


def document(
    title: str = "Quay shut",
    number: int = 1,
    *,
    body: tuple[str, ...] = BODY,
    text: str | None = None,
    anchor: bool = True,
    second: bool = False,
    abstract: str = "The quay.",
    date: str = "May 8, 2010",
    torn: str = "<html>",
) -> str:
    """A document of the mails of 2020, or of those of 2023 (`second`)."""
    link = f'<a href="{ADDRESS.format(number)}">'
    content = (
        f'<Text WordCount="9" HTMLContent="true">{torn}<head>  <meta name="ValidationSchema" '
        f'content="x"> <title></title></head> <body> {paragraphs(body)} </body> </html></Text>'
    )
    info = "The Ellery Post ; Ellery, Ell. [Ellery, Ell]08 May 2010: AA.2."
    cited = (
        f'<p style="{STYLE}font-size:11pt;"><span>Lee, Ann.&nbsp;</span><span><strong>The Ellery '
        "Post</strong><strong>, Late Edition; Ellery</strong> [Ellery]. 08 May 2010.</span></p>"
    )
    return (
        '<div style="margin-bottom:20px;border-bottom:2px solid #ccc;padding-bottom:5px">'
        + (f'<a name="DocID_MSTAR_{number}"></a><p style="{STYLE}"></p>' if anchor else "")
        + f'<p style="{STYLE}font-size:11pt;font-weight:bold;">{title}</p>'
        + (cited if second else "")
        + field("Author", "Lee, Ann; Day, Bo")
        + ("" if second else field("Publication info", info))
        + f'<p style="{STYLE}">{link}ProQuest document link</a></p>'
        + f'<p style="{STYLE}"><strong>Abstract: </strong><body></p><p>{abstract}</p></body>'
        + '<div style="clear:both"></div><div><strong>Links: </strong><a href="http://x.example/?a">'
        + f"UC-eLinks</a></div>{field('Full text', content if text is None else text)}"
        + field("Subject", "Banking industry; Deposit insurance")
        + field("Publication title", "The Ellery Post,  Late Edition (East Coast); Ellery, Ell.")
        + field("Publication date", date)
        + field("Section", "Local")
        + field("Dateline", "PORT ELLERY")
        + field("Language ofpublication", "English")
        + field("ProQuest document ID", f"25143{number}")
        + field("Document URL", f"{link}{ADDRESS.format(number)}</a>")
        + field("Last updated", "2017-11-07")
        + field("Database", "Ellery Dailies")
        + "</div>"
    )


def page(*documents: str, prolog: str = "Ann Lee sent you the following:") -> str:
    return (
        "<!DOCTYPE html><html><head><title>ProQuest Export</title><style>.hit {color: 0;}</style>"
        f"</head><body><table><tr><td>All documents are reproduced.</td></tr></table>"
        f'<div class="mainCopyBlock">{prolog}</div><p>Email 4 of 5</p>{"".join(documents)}'
        '<div style="x" class="copyright"><p><a href="https://www.proquest.com/go/c">Contact '
        "ProQuest</a></p><p>Database copyright © 2020 ProQuest LLC.</p></div></body></html>"
    )


TWO = page(document(), document("Ferries back", 2, second=True))


def seeds() -> list[bytes]:
    """Small valid dumps, to be damaged."""
    return [TWO.encode(), page(document(torn="html&gt;"), document(number=2)).encode()]


def rows(text: str, limit: int = 1 << 20) -> list[Row]:
    return pieces("proquest", text, limit)


def test_documents() -> None:
    first, last = rows(TWO)
    for row, title, number in ((first, "Quay shut", 1), (last, "Ferries back", 2)):
        assert row["title"] == title
        assert row["byline"] == "Lee, Ann; Day, Bo"
        assert row["source"] == "The Ellery Post"
        assert row["date_text"] == "May 8, 2010"
        assert row["dateline"] == "PORT ELLERY"
        assert row["language"] == "English"
        assert row["external_id"] == f"25143{number}"
        assert row["url"] == f"https://search.proquest.com/docview/{number}"
        assert row["text"].split("\n") == list(BODY)
    assert TWO[last["char_start"] :].startswith('<div style="margin-bottom:20px')


def test_it_reads_the_same_in_small_chunks() -> None:
    in_small_chunks("proquest", TWO)


@pytest.mark.parametrize("torn", ["<html>", "html&gt;", ""])
def test_full_texts_whose_page_is_damaged(torn: str) -> None:
    first, last = rows(page(document(torn=torn), document("Ferries back", 2)))
    assert first["text"].split("\n") == list(BODY)
    assert last["title"] == "Ferries back"


def test_full_texts_that_mail_programs_have_moved() -> None:
    empty = '<text wordcount="9"> <meta name="x"> <title></title> </text></p>'
    moved = f"{empty}<div>{paragraphs(BODY)}</div>"
    (row,) = rows(page(document(text=moved)))
    assert row["text"].split("\n") == list(BODY)


def test_pages_without_anchors() -> None:
    text = page(document(anchor=False), document("Ferries back", 2, anchor=False))
    assert [row["title"] for row in rows(text)] == ["Quay shut", "Ferries back"]
    bare = document(number=3).replace("<html>", "").replace("</html>", "")
    assert [row["title"] for row in rows(bare)] == ["Quay shut"]


def test_bold_headings_in_a_text_start_no_document() -> None:
    heading = f'<p style="{STYLE}font-size:11pt;font-weight:bold;">A heading</p>'
    long = f"<Text>{paragraphs(BODY[:1] * 60)}{heading}{paragraphs(BODY[1:])}</Text>"
    (row,) = rows(page(document(text=long)))
    assert row["text"].split("\n") == [*BODY[:1] * 60, "A heading", BODY[1]]


def test_labels_in_a_text_are_text() -> None:
    text = f"<Text>{paragraphs(BODY[:1])}<p><strong>Location: </strong>nobody knows.</p></Text>"
    (row,) = rows(page(document(text=text)))
    assert row["text"].split("\n") == [BODY[0], "Location: nobody knows."]


def test_captions_and_pictures_are_no_text() -> None:
    text = (
        '<Text><html><body><div class="document_view_image"><img src="a"><a class="sr-only">Enlarge'
        f"</a></div>{paragraphs(BODY)}<div><p><strong>Photograph</strong></p>"
        "<photo_caption>The quay.</photo_caption></div></body></html></Text>"
    )
    (row,) = rows(page(document(text=text)))
    assert row["text"].split("\n") == list(BODY)


def test_an_abstract_stands_in_for_a_text() -> None:
    (row,) = rows(page(document(text="Not available.")))
    assert row["text"] == "The quay."
    (row,) = rows(page(document(text="", abstract="None available.")))
    assert (row["title"], row["text"]) == ("Quay shut", "")


def test_what_stands_before_the_documents() -> None:
    (row,) = rows(page(document()))
    assert row["char_start"] == 0
    long = "<p>A letter that somebody wrote above what they sent on.</p>" * 40
    assert reasons(rows(page(document(), prolog=long))) == ["not_article", None]


def test_bad_neighbours() -> None:
    long = document("Long", 2, body=("A long sentence about a quay.",) * 400)
    text = page(document(), long, document("Ferries back", 3))
    for kind in (Trickle, None):
        found = pieces("proquest", text, 9000, *([kind] if kind else []))
        assert reasons(found) == [None, "too_large", None]
        assert found[2]["title"] == "Ferries back"
    empty = '<div><a name="DocID_MSTAR_2"></a><p><strong>Pages: </strong>1</p></div>'
    assert reasons(rows(page(document(), empty, document(number=3)))) == [None, "no_text", None]
    cut = TWO[: TWO.rindex("May, said") + 3]
    assert rows(cut)[-1]["text"].split("\n") == [BODY[0], 'It "opens" in May']


def test_nesting_beyond_reason_is_read() -> None:
    deep = "<div>" * 30_000 + "Deep." + "</div>" * 30_000
    (row,) = rows(page(document(text=deep)))
    assert row["title"] == "Quay shut"
    assert "Deep." in row["text"]


def test_sniffing() -> None:
    assert chosen(TWO, "a.html") == "proquest"
    assert chosen(document(), "a.html") == "proquest"
    assert chosen(page(document(anchor=False)), "a") == "proquest"
    assert sniff('<a name="DocID_1"></a><p>A page.</p>', "a.html") == 0
    assert sniff('<p>See <a href="https://www.proquest.com/x">ProQuest</a></p>', "a.html") == 0
    assert sniff("no mark-up", "a.html") == 0


WORDS = st.lists(st.text('abcdefgh&<"é', min_size=1, max_size=9), min_size=2, max_size=20).map(
    lambda words: f"A{' '.join(words)}."
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(WORDS, min_size=1, max_size=3), max_size=4), st.booleans())
def test_generated_documents_come_back(bodies: list[list[str]], second: bool) -> None:
    found = rows(
        page(*(document(number=n, body=tuple(b), second=second) for n, b in enumerate(bodies)))
    )
    if bodies:
        assert [row["text"].split("\n") for row in found] == bodies


PARTS = st.sampled_from(
    [
        '<div><a name="DocID_MSTAR_1"></a>', "</div>", '<div class="copyright">', "<p>", "</p>",
        '<p style="font-size:11pt;font-weight:bold;">Quay', "<strong>Full text: </strong>", "Text.",
        "<strong>Database: </strong>x", "<Text>", "</Text>", "<!-- Email footer -->", "<br>", "<p",
        "<strong>ProQuest document ID: </strong>1", "<html>", "</body>", "<title>", "\n", "<pre>",
    ]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(PARTS | st.text(max_size=20), max_size=40), st.sampled_from([80, 100_000]))
def test_any_parts_tile(parts: list[str], limit: int) -> None:
    text = "".join(parts).encode("utf-8", "replace").decode()
    rows(text, limit)
    pieces("proquest", text, limit, Trickle)


@pytest.mark.parametrize(
    ("name", "count", "datelines"),
    [
        ("sample.eml", 100, 19), ("format-v2.eml", 20, 12), ("malformed-html-tag.eml", 2, 0),
        ("sample-1.html", 1, 0),
    ],
)  # fmt: skip
def test_real_exports(shared: Path, name: str, count: int, datelines: int) -> None:
    path = shared / "dumps/formats/proquest_eml_samples" / name
    format, articles, rejects = sample(path)
    assert (format, len(articles), rejects) == ("proquest", count, [])
    for row in articles:
        assert "ProQuest" not in row["title"]
        assert row["source"] in ("Los Angeles Times", "Chicago Tribune", "New York Times")
        assert str(row["external_id"]).isdigit()
        assert row["url"]
        assert row["publish_date"] is not None
        assert row["publish_date"].year < 2023
        assert row["body"]
        assert not row["body"].startswith("html>")
        assert "Publication" not in row["body"].split("\n")[-1]
        assert "document link" not in (row["byline"] or "")
    assert sum(row["dateline"] is not None for row in articles) >= datelines
