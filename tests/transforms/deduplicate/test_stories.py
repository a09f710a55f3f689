"""Which articles are one story, which one is canonical, and what it is called."""

from __future__ import annotations

from tests.transforms.deduplicate.build import article, clusters, ids, known, prose, sketches
from transforms.deduplicate import deduplicate


def alone(*rows):
    sketched = sketches(*rows)
    return deduplicate(sketched, sketched.clear())


def test_copies_are_one_story_and_strangers_are_not():
    text = prose(1)
    out = alone(
        article("wire", text),
        article("paper", text.upper(), hours=3),
        article("other", prose(2)),
    )
    assert clusters(out) == {ids("wire", "paper"), ids("other")}
    assert out["reason"].sort().to_list() == ["earliest article", "exact copy", "only article"]


def test_a_teaser_joins_its_story_and_the_whole_text_is_canonical():
    text = prose(3, 600)
    out = alone(
        article("teaser", " ".join(text.split()[:45]), hours=0),
        article("whole", text, hours=5),
    )
    assert clusters(out) == {ids("teaser", "whole")}
    rows = {row["article_id"]: row for row in out.to_dicts()}
    (teaser,), (whole,) = ([rows[i] for i in ids(name)] for name in ("teaser", "whole"))
    assert whole["is_canonical"] and not teaser["is_canonical"]
    assert teaser["reason"] == "shortened copy"
    assert teaser["similarity"] > 0.9


def test_a_look_alike_days_later_is_another_story():
    text = prose(4)
    later = text.replace(text.split()[50], "sixty")
    assert len(clusters(alone(article("a", text), article("b", later, hours=47)))) == 1
    assert len(clusters(alone(article("a", text), article("b", later, hours=49)))) == 2
    assert len(clusters(alone(article("a", text), article("b", later, hours=None)))) == 1
    assert len(clusters(alone(article("a", text), article("b", text, hours=4900)))) == 1


def test_headlines_without_a_body_match_only_as_a_whole():
    title = "Harbour of Velmora reopens after the storm, ministry and port workers say on Monday"
    out = alone(
        article("a", "", title=title),
        article("b", "", title=title.upper()),
        article("c", "", title=title + " evening"),
    )
    assert clusters(out) == {ids("a", "b"), ids("c")}


def test_a_late_older_copy_joins_without_changing_the_storys_id():
    text = prose(5)
    first = sketches(article("first", text, hours=10))
    before = deduplicate(first, first.clear())
    late = sketches(article("late", text, hours=0))
    after = deduplicate(late, known(first, before))
    assert set(after["story_id"]) == set(before["story_id"])
    assert (
        after.filter(after["is_canonical"])["article_id"].to_list() == late["article_id"].to_list()
    )
    assert after.height == 2, "the known article is no longer canonical: it comes back"


def test_what_does_not_change_does_not_come_back():
    text = prose(6)
    first = sketches(article("first", text), article("other", prose(7)))
    before = deduplicate(first, first.clear())
    late = sketches(article("late", text, hours=2))
    assert deduplicate(late, known(first, before)).height == 1


def test_nothing_in_nothing_out():
    empty = sketches()
    assert deduplicate(empty, empty).is_empty()
