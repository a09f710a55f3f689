"""Which articles are one story, which one is canonical, and what it is called."""

from __future__ import annotations

import polars as pl

from tests.transforms.deduplicate.build import article, clusters, ids, prose, sketches, two_runs
from transforms.deduplicate import bridges, compare, deduplicate, match


def alone(*rows):
    sketched = sketches(*rows)
    return deduplicate(sketched)


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
    late = sketches(article("late", text, hours=0))
    before, after = two_runs(first, late)
    assert set(after["story_id"]) == set(before["story_id"])
    assert (
        after.filter(after["is_canonical"])["article_id"].to_list() == late["article_id"].to_list()
    )
    assert after.height == 2, "the known article is no longer canonical: it comes back"


def test_what_does_not_change_does_not_come_back():
    text = prose(6)
    first = sketches(article("first", text), article("other", prose(7)))
    late = sketches(article("late", text, hours=2))
    assert two_runs(first, late)[1].height == 1


def test_nothing_in_nothing_out():
    empty = sketches()
    assert deduplicate(empty).is_empty()


def test_a_digest_does_not_join_its_parts():
    first, second, third = prose(11, 90), prose(12, 120), prose(13, 100)
    out = alone(
        article("one", first),
        article("one again", first + " " + prose(14, 9), hours=1),
        article("two", second),
        article("three", third),
        article("digest", f"{first}\n{second}\n{third}", hours=6),
        article("digest again", f"{first}\n{second}\n{third}\n{prose(15, 8)}", hours=7),
    )
    assert clusters(out) == {
        ids("one", "one again"),
        ids("two"),
        ids("three"),
        ids("digest", "digest again"),
    }


def test_excerpts_of_one_text_stay_with_it():
    title = "Velmora council votes to rebuild the old harbour wall"
    words = prose(16, 400).split()
    out = alone(
        article("begin", " ".join(words[:90]), title=title),
        article("end", " ".join(words[300:]), title=title),
        article("whole", " ".join(words), title=title),
    )
    assert len(clusters(out)) == 1


def test_a_template_with_other_figures_is_another_story():
    form = (
        "The bank of Velmora said it gave the market help of {} million crowns in the morning "
        "session. That compares with its revised estimate of a shortage of {} million crowns in "
        "the system today. The bank bought bills outright in band one at {} pct and in band two "
        "at {} pct, and dealers in the capital said that the market had expected about {} million."
    )
    out = alone(
        article("monday", form.format(97, 750, "9.5", "9.25", 120)),
        article("tuesday", form.format(304, 1150, "8.75", "8.5", 270), hours=24),
        article("monday, cut", form.format(97, 750, "9.5", "9.25", 120)[:310], hours=1),
    )
    assert clusters(out) == {ids("monday", "monday, cut"), ids("tuesday")}


def test_what_a_publisher_repeats_does_not_join_its_articles():
    notice = "Subscribe for full access to the paper. " + prose(20, 60)
    own = [article(f"a{n}", f"{prose(30 + n, 70)} {notice}", source="a.example") for n in range(5)]
    out = alone(*own, article("copy", prose(32, 70), source="b.example"))
    assert clusters(out) == {
        ids("a0"),
        ids("a1"),
        ids("a2", "copy"),
        ids("a3"),
        ids("a4"),
    }


def test_versions_of_one_story_are_not_boilerplate():
    text = prose(40, 200)
    rows = [
        article(f"v{n}", f"{text} {prose(50 + n, 20)}", source="a.example", hours=n)
        for n in range(5)
    ]
    assert compare(sketches(*rows)).boilerplate.is_empty()
    assert len(clusters(alone(*rows))) == 1


def test_boilerplate_of_earlier_nights_counts():
    notice = prose(60, 60)
    before = sketches(
        *(article(f"b{n}", f"{prose(70 + n, 70)} {notice}", source="a.example") for n in range(5))
    )
    tonight = sketches(
        article("x", f"{prose(80, 30)} {notice}", source="a.example"),
        article("y", f"{prose(81, 30)} {notice}", source="a.example"),
    )
    assert len(clusters(deduplicate(tonight))) == 1
    found = compare(before).boilerplate
    assert len(clusters(two_runs(tonight, tonight.clear(), found)[0])) == 2


def test_a_new_article_that_ties_two_stories_makes_one_with_the_smallest_id():
    words = prose(90, 200).split()
    title = "Rivenna port workers end strike after talks with the ministry"
    first = sketches(
        article("begin", " ".join(words[:110]), title=title),
        article("end", " ".join(words[115:]), title=title),
    )
    whole = sketches(article("whole", " ".join(words), title=title, hours=3))
    before, after = two_runs(first, whole)
    assert before["story_id"].n_unique() == 2
    assert after["story_id"].unique().to_list() == [before["story_id"].min()]
    assert (
        after.filter(pl.col("is_canonical"))["article_id"].to_list()
        == whole["article_id"].to_list()
    )


def test_an_undated_copy_does_not_tie_a_template_across_days():
    def text(word: str) -> str:
        words = prose(95, 120).split()
        words[60] = word
        return " ".join(words)

    out = alone(
        article("a", text("monday"), hours=0),
        article("b", text("friday"), hours=96),
        article("c", text("anyday"), hours=None),
    )
    assert clusters(out) in ({ids("a", "c"), ids("b")}, {ids("b", "c"), ids("a")})


def test_pairs_do_not_depend_on_how_many_meetings_are_counted_at_a_time(monkeypatch):
    rows = []
    for number in range(12):
        text = prose(number % 4, 200).split()
        text[number : number + 20] = prose(100 + number, 20).split()
        rows.append(article(f"a{number}", " ".join(text), hours=number))
    whole = compare(sketches(*rows)).pairs
    assert whole.height > 4
    monkeypatch.setattr(match, "_MEETINGS", 5)
    assert compare(sketches(*rows)).pairs.equals(whole)
    assert compare(sketches()).pairs.is_empty()


def test_digests_are_found_however_many_links_are_looked_at_at_a_time(monkeypatch):
    stories = [prose(number, 150) for number in range(6)]
    rows = [article(f"story{number}", text, hours=number) for number, text in enumerate(stories)]
    rows += [article("digest", " ".join(stories[:3]), hours=8)]
    rows += [article("other", " ".join(stories[3:]), hours=9)]
    whole = alone(*rows)
    assert len(clusters(whole)) == len(rows)  # a digest joins none of its parts
    monkeypatch.setattr(bridges, "_LINKS", 1)
    assert alone(*rows).equals(whole)
