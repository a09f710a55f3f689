"""ninjs: items alone, in lists and envelopes; what is no text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.read.wire import SENTENCES, Trickle, chosen, paragraphs, reasons, rows, sample

BODY = "<p>The quay at Port Ellery was shut.</p><p>It opens in May.</p>"
TEXT = "The quay at Port Ellery was shut.\nIt opens in May."
PICTURE = {
    "type": "picture", "guid": "p", "headline": "The quay", "body_text": "The quay, shut.",
    "versioncreated": "2021-05-03T10:00:00Z", "renditions": {"o": {"href": "a.jpg"}},
}  # fmt: skip


def item(**more: Any) -> dict[str, Any]:
    return {
        "guid": "urn:ellery:17", "type": "text", "headline": "Quay shut", "byline": "By Ann Lee",
        "versioncreated": "2021-05-03T10:00:00+0000", "firstcreated": "2021-05-01T10:00:00+0000",
        "pubstatus": "usable", "language": "en", "located": "Port Ellery", "source": "Ellery Wire",
        "body_html": BODY, "description_text": "For a month.", "slugline": "quay",
        "associations": {"featuremedia": PICTURE},
    } | more  # fmt: skip


def seeds() -> list[bytes]:
    """Small valid dumps, to be damaged."""
    return [
        json.dumps(item(), indent=1).encode(),
        json.dumps({"data": {"items": [{"meta": {}, "item": item()}, {"item": PICTURE}]}}).encode(),
        "\n".join(json.dumps(one) for one in [item(), item(pubstatus="canceled")]).encode(),
    ]


def test_an_item_has_every_field() -> None:
    text = json.dumps(item(), indent=2)
    [row] = rows("ninjs", text)
    assert (row["text"], row["title"], row["byline"]) == (TEXT, "Quay shut", "Ann Lee")
    assert (row["dateline"], row["source"], row["language"]) == ("Port Ellery", "Ellery Wire", "en")
    assert (row["external_id"], row["date_text"]) == ("urn:ellery:17", "2021-05-03T10:00:00+0000")
    assert (row["char_start"], row["char_end"]) == (0, len(text))


@pytest.mark.parametrize(
    "more",
    [
        {"body_html": None, "body_xhtml": BODY},
        {"body_html": None, "body_text": TEXT.replace("\n", "\n\n")},
        {"body_html": f"<body>{BODY}</body>", "body_text": TEXT.replace("\n", " ")},
        {"body_html": None, "headline": None,
         "headlines": [{"role": "short", "value": "Q"}, {"role": "main", "value": "Quay shut"}],
         "bodies": [{"role": "main", "contenttype": "text/html", "value": BODY}]},
        {"byline": None, "authors": [{"name": "Ann Lee", "role": "writer"}]},
        {"source": None, "infosource": [{"name": "Ellery Wire", "type": "x"}]},
        {"type": "composite"}, {"embargoed": "2031-05-03T10:00:00Z"},
    ],
)  # fmt: skip
def test_fields_in_any_version(more: dict[str, Any]) -> None:
    [row] = rows("ninjs", json.dumps(item(**more)))
    assert (row["text"], row["title"], row["byline"]) == (TEXT, "Quay shut", "Ann Lee")
    assert row["source"] == "Ellery Wire"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([item(), PICTURE, item()], [None, "not_article", None]),
        ({"total": 2, "item": [item(), item()]}, [None, None]),
        ({"data": {"query": "q", "items": [{"meta": {}, "item": item()}]}}, [None]),
        ({"api": "1", "data": {"meta": {"x": [{"id": 1}]}, "item": PICTURE}}, ["not_article"]),
        (item(pubstatus="canceled"), ["not_article"]),
        (item(body_html="", headline="", description_text="", slugline="", associations={}),
         ["no_text"]),
        (item(body_html="", description_text="", associations=[item(), item()]), [None, None]),
        ({"items": []}, ["no_text"]),
    ],
)  # fmt: skip
def test_items_wherever_they_stand(value: Any, expected: list[str | None]) -> None:
    for indent in (None, 1):
        text = json.dumps(value, indent=indent)
        assert reasons(rows("ninjs", text, kind=Trickle)) == expected


def test_lines_with_a_broken_one() -> None:
    text = "\n".join([json.dumps(item()), json.dumps(item())[:-40], json.dumps(item())])
    assert chosen(text, "dump") == "ninjs"
    assert reasons(rows("ninjs", text)) == [None, "bad_record", None]


def test_a_headline_alone_is_an_article() -> None:
    [row] = rows("ninjs", json.dumps(item(body_html="", description_text="", associations={})))
    assert (row["title"], row["text"]) == ("Quay shut", "")


def test_ninjs_is_sniffed() -> None:
    assert chosen(json.dumps(item()), "dump") == "ninjs"
    assert chosen(json.dumps([item()], indent=1), "x.json") == "ninjs"
    assert chosen(json.dumps({"title": "A", "text": '"versioncreated": and "urgency":'})) == "jsonl"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(SENTENCES, st.lists(SENTENCES, min_size=1, max_size=4)), max_size=4))
def test_items_come_back(stories: list[tuple[str, list[str]]]) -> None:
    items = [
        item(headline=f"Title {title}",
             body_html=paragraphs([f"It was {line} there." for line in lines]))
        for title, lines in stories
    ]  # fmt: skip
    found = rows("ninjs", json.dumps({"items": items}))
    assert [row.get("title") for row in found] == [f"Title {title}" for title, _ in stories] or [
        None
    ]
    for row, (_, lines) in zip(found, stories, strict=bool(stories)):
        assert row["text"].split("\n") == [f"It was {line} there." for line in lines]


REAL = {
    # by file: paragraphs of each article, rejects
    "ninjs1.json": ([1], 0), "ninjs2.json": ([13], 0), "ninjs3.json": ([], 1),
    "ninjs4.json": ([8], 0), "ninjs5.json": ([13], 0), "ninjs6.json": ([], 1),
    "ninjsExMediumText1.json": ([4], 0), "ninjsExSimpleText1.json": ([4], 0),
    "ninjs_embargoed.json": ([18], 0), "bbc-ninjs-comp-test.json": ([1], 0),
    "bbc-ninjs-text-test.json": ([1], 0), "ap_media_feed.json": ([], 1),
    "ap_media_item.json": ([], 1), "ap_media_picture.json": ([], 1),
    "ap_media_text_feed.json": ([0], 0), "ap_media_text_item.json": ([0], 0),
}  # fmt: skip


@pytest.mark.parametrize("name", REAL)
def test_real_items(name: str, shared: Path) -> None:
    lines, rejected = REAL[name]
    format, articles, rejects = sample(
        shared / "dumps" / "formats" / "superdesk_wire_fixtures" / name
    )
    assert format == "ninjs"
    assert [len(row["body"].split("\n")) if row["body"] else 0 for row in articles] == lines
    assert len(rejects) == rejected
    for row in articles:
        assert row["external_id"] and row["published_at"] and row["title"]
        assert "<" not in row["body"]
