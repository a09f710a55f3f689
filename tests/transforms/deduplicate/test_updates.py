"""Markers of agencies, and the versions that they and grown texts make."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.deduplicate import headlines, updates
from transforms.keys import content_id

DAY = datetime(2024, 5, 6, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("title", "kind", "marker", "bare"),
    [
        ("UPDATE 2-Sorn mill burns", "update", "UPDATE 2-", "Sorn mill burns"),
        ("CORRECTED-UPDATE 1-Sorn mill burns", "correction", "CORRECTED-UPDATE 1-", None),
        ("WRAPUP 3-Storm over Vell", "wrapup", "WRAPUP 3-", "Storm over Vell"),
        ("REFILE-Sorn mill burns", "refile", "REFILE-", "Sorn mill burns"),
        ("RPT-Sorn mill burns", "repeat", "RPT-", "Sorn mill burns"),
        ("(2nd LD) Envoys meet", "lead", "(2nd LD)", "Envoys meet"),
        ("2ND LEAD: Envoys meet", "lead", "2ND LEAD:", "Envoys meet"),
        ("(CORRECTED) - Envoys meet", "correction", "(CORRECTED) -", "Envoys meet"),
        ("URGENT - Dam at Osk gives way", "snap", "URGENT -", "Dam at Osk gives way"),
        ("BREAKING: Dam at Osk gives way", "snap", "BREAKING:", "Dam at Osk gives way"),
        ("KILL: Envoys meet", "withdrawal", "KILL:", "Envoys meet"),
        ("STORY WITHDRAWN-Envoys meet", "withdrawal", "STORY WITHDRAWN-", "Envoys meet"),
        ("ADVISORY-Envoys meet", "advisory", "ADVISORY-", "Envoys meet"),
        ("Envoys meet (Update2)", "update", "(Update2)", "Envoys meet"),
        ("BC-EU--Storm,2nd Ld-Writethru,0456", "lead", None, "EU--Storm"),
        ("AP-EU--Storm,1st Ld-Writethru,0123\nStorm over Vell", "lead", None, "Storm over Vell"),
        ("Lead prices rise", None, None, "Lead prices rise"),
        ("Lead-free paint is banned", None, None, "Lead-free paint is banned"),
        ("Snap-on tools sell well", None, None, "Snap-on tools sell well"),
        ("Kill-joy neighbours sue", None, None, "Kill-joy neighbours sue"),
        ("Correction in markets hurts funds", None, None, "Correction in markets hurts funds"),
        ("Update on the Osk dam", None, None, "Update on the Osk dam"),
        ("Flash floods hit Vell", None, None, "Flash floods hit Vell"),
    ],
)
def test_markers_of_headlines(
    title: str, kind: str | None, marker: str | None, bare: str | None
) -> None:
    given_ = pl.DataFrame({"title": [title], "head": [""], "tail": [""]})
    found = headlines.markers(given_).row(0, named=True)
    assert found["update_kind"] == kind
    if marker or kind is None:
        assert found["update_marker"] == marker
    if bare is not None:
        assert given_.select(headlines.bare(pl.col("title"))).item() == bare


@pytest.mark.parametrize(
    ("note", "kind"),
    [
        ("(Adds quotes, background)", "update"),
        ("(Corrects name of mayor in paragraph 3)", "correction"),
        ("(Refiles to fix typo)", "refile"),
        ("Eds: UPDATES with reaction.", "lead"),
        ("This story has been corrected to show that the vote was on Monday.", "correction"),
        ("An earlier version of this article misstated the depth of the lake.", "correction"),
        ("This story has been withdrawn.", "withdrawal"),
        ("The council (adds a source) will vote.", None),
    ],
)
def test_notes_at_either_end_of_a_text(note: str, kind: str | None) -> None:
    body = "The council of Sorn met. " * 30
    ends = pl.DataFrame(
        {
            "title": ["Council meets"] * 2,
            "head": [f"{note}\n{body}"[:400], body[:400]],
            "tail": [body[-400:], f"{body}\n{note}"[-400:]],
        }
    )
    assert headlines.markers(ends)["update_kind"].to_list() == [kind, kind]


def article(name: str, hours: float | None = 0, **more: Any) -> dict[str, Any]:
    body = more.pop("body", name)
    return {
        "article_id": content_id("article", name),
        "story_id": content_id("story", "mill"),
        "is_canonical": False,
        "title": "Sorn mill burns",
        "source": "Ellery Wire",
        "url": None,
        "published_at": None if hours is None else DAY + timedelta(hours=hours),
        "text_hash": content_id("text", body),
        "words": 100,
        "head": "",
        "tail": "",
    } | more


def link(*rows: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    schema = {"published_at": pl.Datetime("us", "UTC"), "words": pl.Int32, "url": pl.String}
    found = updates.link(pl.DataFrame(list(rows), schema_overrides=schema))
    names = {row["article_id"]: name for row in rows for name in [row["article_id"]]}
    return {
        names[row["article_id"]]: (row["version"], row["update_kind"], row["updates_article_id"])
        for row in found.rows(named=True)
    }


def key(name: str) -> str:
    return content_id("article", name)


def test_a_text_that_grows_under_one_headline() -> None:
    found = link(
        article("first", is_canonical=True),
        article("second", 2, words=140),
        article("third", 5, words=190),
    )
    assert found[key("first")] == (1, None, None)
    assert found[key("second")] == (2, "update", key("first"))
    assert found[key("third")] == (3, "update", key("second"))


def test_a_copy_is_the_version_whose_text_it_has() -> None:
    found = link(
        article("first", is_canonical=True),
        article("second", 2, words=140),
        article("copy of first", 3, source="Vell Post", body="first"),
        article("copy of second", 4, source="Sorn Times", body="second"),
        article("excerpt", 6, words=30),
        article("cut elsewhere", 6, words=60, source="Quenby Echo"),
    )
    assert found[key("copy of first")] == (1, None, None)
    assert found[key("copy of second")] == (2, "update", key("first"))
    assert found[key("excerpt")][0] == 2
    assert found[key("cut elsewhere")] == (1, None, None)


def test_a_marked_article_updates_across_stories() -> None:
    other = {"story_id": content_id("story", "other"), "is_canonical": True}
    found = link(
        article("first", is_canonical=True),
        article("new top", 9, title="CORRECTED-UPDATE 1-Sorn mill burns", words=20, **other),
        article(
            "too late", 80, title="UPDATE 2-Sorn mill burns",
            story_id=content_id("story", "late"), is_canonical=True,
        ),
        article(
            "other source", 3, title="UPDATE 1-Sorn mill burns", source="Vell Post",
            story_id=content_id("story", "vell"), is_canonical=True,
        ),
    )  # fmt: skip
    assert found[key("new top")] == (2, "correction", key("first"))
    assert found[key("too late")][0] == 1
    assert found[key("other source")][0] == 1


def test_a_repeat_is_no_new_version() -> None:
    found = link(
        article("first", is_canonical=True), article("again", 4, title="RPT-Sorn mill burns")
    )
    assert found[key("again")] == (1, "repeat", None)


def test_one_page_read_twice_is_two_versions_though_it_keeps_its_date() -> None:
    page = "https://ellery.example/mill"
    found = link(
        article("first", is_canonical=True, url=page), article("grown", url=page, words=150)
    )
    assert {found[key("first")][0], found[key("grown")][0]} == {1, 2}
    assert found[key("grown")] == (2, "update", key("first"))


ROWS = [
    article("a", is_canonical=True),
    article("b", 2, words=120, title="UPDATE 1-Sorn mill burns"),
    article("c", 2, words=120, source="Vell Post", body="b"),
    article("d", None, words=90),
    article("e", 5, words=200),
    article("f", 5, words=80, title="KILL: Sorn mill burns"),
    article("g", 7, words=200, story_id=content_id("story", "x"), is_canonical=True),
]


@given(st.permutations(ROWS))
@settings(max_examples=25, deadline=None)
def test_order_of_rows(rows: list[dict[str, Any]]) -> None:
    assert link(*rows) == link(*ROWS)


@given(st.lists(st.sampled_from(ROWS), min_size=1, unique_by=lambda row: row["article_id"]))
@settings(max_examples=40, deadline=None)
def test_versions_count_from_one_without_a_gap(rows: list[dict[str, Any]]) -> None:
    found = link(*rows)
    for version, _, updated in found.values():
        assert (updated is None) == (version == 1)
        if updated is not None:
            assert found[updated][0] == version - 1


def test_no_articles() -> None:
    assert updates.link(pl.DataFrame(ROWS).clear()).is_empty()
