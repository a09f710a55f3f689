"""JSON as archives, interfaces and crawlers give it: articles wherever they stand in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.transforms.read.wire import Trickle, chosen, reasons, rows, sample

GIVEN: dict[str, Any] = {
    "NewsAPI": {"status": "ok", "totalResults": 99, "articles": [
        {"source": {"id": None, "name": "Post"}, "author": "Ann Lee", "title": "T",
         "description": "d", "url": "https://e.example/1", "publishedAt": "2024-05-14T10:00:00Z",
         "content": "B"}]},
    "Guardian": {"response": {"status": "ok", "total": 2, "results": [
        {"id": "world/1", "webPublicationDate": "2024-05-14T10:00:00Z", "webTitle": "T",
         "webUrl": "https://e.example/1", "fields": {"headline": "H", "byline": "Ann Lee",
                                                     "body": "<p>B</p>", "bodyText": "B."}}]}},
    "NYT": {"response": {"docs": [
        {"abstract": "A", "web_url": "https://e.example/1", "lead_paragraph": "B",
         "multimedia": [{"url": "i", "caption": "c"}], "headline": {"main": "T", "kicker": None},
         "keywords": [{"name": "n", "value": "v"}], "pub_date": "2024-05-14T10:00:00+0000",
         "byline": {"original": "Ann Lee", "person": []}, "_id": "n1"}], "meta": {"hits": 1}}},
    "schema.org": {"@context": "https://schema.org", "@graph": [
        {"@type": "NewsArticle", "headline": "T", "articleBody": "B",
         "author": [{"@type": "Person", "name": "Ann Lee"}], "datePublished": "2024-05-14",
         "publisher": {"name": "Post", "logo": {"url": "l"}},
         "mainEntityOfPage": {"@id": "https://e.example/1"}}]},
    "WordPress": [{"date": "2024-05-14T10:00:00", "link": "https://e.example/1",
                   "title": {"rendered": "T"}, "content": {"rendered": "<p>B</p>"}}],
    "Elasticsearch": {"hits": {"total": {"value": 1}, "hits": [
        {"_id": "a1", "_source": {"title": "T", "text": "B", "date": "2024-05-14",
                                  "url": "https://e.example/1"}}]}},
    "JSON Feed": {"version": "1.1", "title": "Feed", "items": [
        {"id": "1", "url": "https://e.example/1", "title": "T", "content_html": "<p>B</p>",
         "date_published": "2024-05-14", "authors": [{"name": "Ann Lee"}]}]},
    "Mongo": {"_id": {"$oid": "5f"}, "title": "T", "text": "B", "url": "https://e.example/1",
              "date": {"$date": "2024-05-14T10:00:00Z"}},
    "Fundus": {"V1": {"authors": ["Ann Lee"], "title": "T", "publishing_date": "2024-05-14",
                      "url": "https://e.example/1", "body": {"summary": [], "sections": [
                          {"headline": [], "paragraphs": ["B"]}]}}},
}  # fmt: skip


def seeds() -> dict[str, list[bytes]]:
    """Small valid dumps, to be damaged."""
    return {
        "json": [json.dumps(one, indent=1).encode() for one in GIVEN.values()],
        "jsonl": ["\n".join(map(json.dumps, GIVEN.values())).encode()],
    }


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("name", GIVEN)
def test_articles_are_found_wherever_they_stand(name: str, indent: int | None) -> None:
    text = json.dumps(GIVEN[name], indent=indent)
    assert chosen(text, "dump") in ("json", "jsonl")
    for format in ["json", "jsonl"] if indent is None and text[0] == "{" else ["json"]:
        [row] = rows(format, text, kind=Trickle)
        assert (row["title"], row["text"]) == ("T", "B")
        assert row["url"] == "https://e.example/1"
        assert row["date_text"].startswith("2024-05-14")
        assert row.get("byline") in ("Ann Lee", None)


def test_gdelt_has_headlines_alone() -> None:
    one = {"url": "https://e.example/1", "title": "T", "seendate": "20240514T100000Z",
           "domain": "e.example", "language": "English"}  # fmt: skip
    found = rows("json", json.dumps({"articles": [one, one]}))
    assert [(row["title"], row["text"], row["source"]) for row in found] == [
        ("T", "", "e.example")
    ] * 2


def test_neighbours_of_articles_are_rejects() -> None:
    none = {"source": {"id": None, "name": "Post"}, "title": None, "content": None}
    site = {"@type": "WebSite", "name": "Post", "url": "u"}
    found = rows("json", json.dumps({"articles": [none, {"title": "T", "content": "B"}, site]}))
    assert reasons(found) == ["no_text", None, "no_text"]


@pytest.mark.parametrize(
    "value",
    [
        {"title": "T", "text": "B", "related": [{"title": "R", "text": "r", "url": "u"}]},
        {"title": "T", "description": "B", "images": [{"title": "i", "url": "u"}]},
        {
            "title": "T",
            "data": {"name": "n"},
            "body": [["B"]],
            "author": {"name": "X", "text": "x"},
        },
    ],
)
def test_an_article_with_objects_in_it_is_one(value: dict[str, Any]) -> None:
    [row] = rows("json", json.dumps(value))
    assert (row["title"], row["text"]) == ("T", "B")


def test_sections_are_paragraphs() -> None:
    body = {"summary": ["S."], "sections": [{"headline": ["H"], "paragraphs": ["A.", "B."]}]}
    [row] = rows("json", json.dumps({"title": "T", "body": body}))
    assert row["text"] == "S.\nH\nA.\nB."


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<p>One &amp; two.</p><p>Three.</p>", "One & two.\nThree."),
        ("One<br/>two.", "One\ntwo."),
        ("One.\nTwo <b>bold</b>.", "One.\nTwo bold."),
        ("AT&amp;T rose.", "AT&T rose."),
        ("3 < 4 and 5 > 4", "3 < 4 and 5 > 4"),
    ],
)
def test_bodies_in_html(body: str, text: str) -> None:
    assert rows("json", json.dumps({"title": "T", "content": body}))[0]["text"] == text


def test_a_night_in_one_object_needs_no_memory_for_the_whole() -> None:
    articles = [{"title": f"T{n}", "content": "B " * 2000} for n in range(60)]
    text = json.dumps({"status": "ok", "data": {"articles": articles}, "more": {"a": [{"b": 1}]}})
    found = rows("json", text, limit=5000, kind=Trickle)
    assert [row.get("title") for row in found] == [*(f"T{n}" for n in range(60)), None]
    assert reasons(found)[-1] == "no_text"


def test_a_name_twice_loses_nothing() -> None:
    text = '{"articles": [{"title": "T", "title": {"a": 1}, "text": "B"}], "articles": []}'
    assert reasons(rows("json", text)) == ["no_text"]


@pytest.mark.parametrize("text", ["{" * 2000, '{"a":' * 3000 + "1" + "}" * 3000, '{"a": [' * 500])
def test_deep_nesting_is_a_reject(text: str) -> None:
    assert set(reasons(rows("json", text))) <= {"bad_record", "no_text"}


@pytest.mark.parametrize(
    ("old", "new"),
    [('"T1"', '"T1'), ('"T1"', 'T1"'), ('"B1"}', '"B1"'), ('"B1"}', "}"), (': "B1"', ': "B1" "x"'),
     ('"B1"}', '["B1"}'), ('"B1"}', '{"B1"}')],
)  # fmt: skip
@pytest.mark.parametrize("indent", [None, 1])
def test_a_broken_record_costs_no_neighbour(old: str, new: str, indent: int | None) -> None:
    records = [{"title": f"T{n}", "text": f"B{n}"} for n in range(5)]
    text = json.dumps(records, indent=indent).replace("\n }", "}").replace(old, new, 1)
    found = rows("json", text, kind=Trickle)
    titles = [row.get("title") for row in found if row["kind"] == "record"]
    assert [title for title in titles if title != "T1"] == ["T0", "T2", "T3", "T4"]
    assert reasons(found).count("bad_record") == 1


def test_fundus_articles(shared: Path) -> None:
    files = sorted((shared / "dumps" / "formats" / "fundus_tests_json").glob("*.json"))
    assert files
    for path in files:
        held = json.loads(path.read_text(encoding="utf-8"))
        format, articles, _ = sample(path)
        assert format == "json"
        assert len(articles) == len(held), path.name
        assert all(row["title"] and row["body"] and row["publish_date"] for row in articles), path


def test_news_please_articles(shared: Path) -> None:
    files = sorted((shared / "dumps" / "formats" / "newsplease_giveme5w1h").glob("*.json"))
    assert files
    for path in files:
        held = json.loads(path.read_text(encoding="utf-8"))
        _, articles, rejects = sample(path)
        there = bool(held["title"] or held["text"])
        assert (len(articles), len(rejects)) == (int(there), int(not there)), path.name
