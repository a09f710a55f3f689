"""What deduplication remembers comes back: keys, texts, pairs, and whole chains of them."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from tests.warehouse.stages import article, assignment, dump, one_article, sketch
from transforms.keys import content_id
from warehouse import history, publish, query

HOURS = timedelta(hours=1)
NINE = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


SEARCH = {
    "window": 48 * 3600, "neighbours": 64, "score": 0.05, "pad": 12, "keys": 24,
    "least_keys": 1 / 12, "headline": 1 << 31,
}  # fmt: skip


def found(path: Path, keys: list[int], at: datetime | None = NINE, **search: float) -> set[str]:
    """Return what a text of these keys may be alike to; one shared key is enough unless said."""
    tonight = pl.DataFrame(
        {
            "text_hash": "f" * 16, "words": 100, "size": 90, "published_at": [at] * len(keys),
            "key": keys,
        },
        schema_overrides={"published_at": pl.Datetime("us", "UTC"), "key": pl.UInt32},
    )  # fmt: skip
    return set(history.promising(path, tonight, SEARCH | {"score": 0.01} | search))


def test_texts_that_share_keys(path: Path, publish_night: Any) -> None:
    stage = one_article()
    other = article("a", 1, "Something else.", published_at=NINE + 60 * HOURS)
    undated = article("a", 2, "No date.", published_at=None, publish_date=None)
    stage.articles += [other, undated]
    stage.sketches += [sketch(other, [3, 70]), sketch(undated, [2, 80])]
    stage.assignments += [assignment(other), assignment(undated)]
    publish_night(stage)
    first, second, third = (row["text_hash"] for row in stage.articles)
    assert found(path, [1, 2, 3]) == {first, third}
    assert found(path, [1, 2, 3], NINE + 30 * HOURS) == {first, second, third}
    assert found(path, [1, 2, 3], None) == {first, second, third}
    assert found(path, [999]) == set()
    # Of 102 3-grams a quarter are keys, so a score of .1 promises two and a half of them.
    assert found(path, [1, 2, 3], score=0.1) == {first}
    assert found(path, [1, 2, 3], score=0.2) == set()
    assert found(path, [1, 2, 3], score=0.2, headline=2) == {first, third}


def test_of_a_key_that_is_everywhere_the_nearest_texts_count(
    path: Path, publish_night: Any
) -> None:
    stage = one_article()
    for number in range(1, 7):
        row = article("a", number, f"Number {number}.", published_at=NINE + number * HOURS)
        stage.articles.append(row)
        stage.sketches.append(sketch(row, [5]))
        stage.assignments.append(assignment(row))
    publish_night(stage)
    hashes = [row["text_hash"] for row in stage.articles]
    between = NINE + 3.5 * HOURS
    assert found(path, [5], between, neighbours=2) == set(hashes[2:6])
    assert found(path, [5], between, neighbours=6) == set(hashes[1:])
    assert found(path, [5], None, neighbours=2) == set(hashes[5:])


def test_texts_are_read_again_once(path: Path, publish_night: Any) -> None:
    stage = one_article()
    copy = article("b", 0, source="Wire One", published_at=None)
    stage.dumps.append(dump("b"))
    stage.articles.append(copy)
    stage.sketches.append(sketch(copy, [1, 2, 3]))
    stage.assignments.append(assignment(copy, "x") | {"story_id": stage.assignments[0]["story_id"]})
    publish_night(stage)
    one = pl.Series("text_hash", [copy["text_hash"]])
    texts, printed = history.texts(path, one)
    assert texts["body"].to_list() == ["Nothing happened."]
    assert sorted(printed.select("source", "published_at").rows()) == [
        ("Harbour Post", NINE), ("Wire One", datetime(2026, 3, 1, tzinfo=UTC)),
    ]  # fmt: skip
    _, printed = history.texts(path, one, without_dumps=[stage.dumps[0]["dump_id"]])
    assert printed["source"].to_list() == ["Wire One"]


def chained(tmp_path: Path, publish_night: Any) -> list[str]:
    """Publish four texts, each of which is alike to the next; the last pair is a weak one."""
    stage = one_article()
    for number in range(1, 4):
        row = article("a", number, f"Number {number}.")
        stage.articles.append(row)
        stage.sketches.append(sketch(row, [number]))
        stage.assignments.append(assignment(row))
    hashes = [row["text_hash"] for row in stage.articles]
    folder = stage.write(tmp_path / "chained")
    pairs(hashes, [0.9, 0.5, 0.1]).write_parquet(_part(folder, "similar"))
    publish_night(folder)
    return hashes


def pairs(hashes: list[str], scores: list[float]) -> pl.DataFrame:
    both = [sorted(two) for two in itertools.pairwise(hashes)]
    return pl.DataFrame(
        {
            "text_a": [a for a, _ in both],
            "text_b": [b for _, b in both],
            "score": scores,
            "weight": scores,
            "held": scores,
        }
    )


def _part(folder: Path, table: str) -> Path:
    (folder / table).mkdir(exist_ok=True)
    return folder / table / "all.parquet"


def test_what_is_concerned_is_tied_by_strong_pairs(
    path: Path, tmp_path: Path, publish_night: Any
) -> None:
    hashes = chained(tmp_path, publish_night)
    seeds = pl.Series("text_hash", hashes[:1])
    members, tied = history.concerned(path, seeds, least=0.2)
    assert set(members["text_hash"]) == set(hashes[:3])
    assert members.columns == [
        "article_id", "source", "text_hash", "published_at", "size", "story_id", "is_canonical",
    ]  # fmt: skip
    assert tied.height == 3
    members, tied = history.concerned(path, seeds, least=0.6)
    assert set(members["text_hash"]) == set(hashes[:2])
    gone = [content_id("dump", "a")]
    members, _ = history.concerned(path, seeds.clear(), least=0.2, without_dumps=gone)
    assert members.is_empty(), "all articles are of the dump that goes"
    assert set(history.alike(path, seeds)) == {hashes[1]}


def test_what_was_compared_again_replaces_its_pairs(
    path: Path, tmp_path: Path, publish_night: Any
) -> None:
    hashes = chained(tmp_path, publish_night)
    again = one_article()
    again.dumps[0] = dump("c")
    again.articles = [article("c", 0, "New.")]
    again.sketches = [sketch(again.articles[0], [77])]
    again.assignments = [assignment(again.articles[0])]
    again.mentions = []
    folder = again.write(tmp_path / "again")
    pairs(hashes[:2], [0.3]).write_parquet(_part(folder, "similar"))
    pl.DataFrame({"text_hash": hashes[1:2]}).write_parquet(_part(folder, "again"))
    publish_night(folder)
    left = query.run(
        path, "SELECT CAST(score AS DECIMAL(4, 2)) AS score FROM similar_texts ORDER BY ALL"
    )
    assert [float(one) for one in left["score"]] == [0.1, 0.3]


def test_boilerplate_is_kept_and_its_texts_found(
    path: Path, tmp_path: Path, publish_night: Any
) -> None:
    hashes = chained(tmp_path, publish_night)
    rows = pl.DataFrame(
        {"source": ["Wire One", "Harbour Post", None], "fingerprint": [1, 2, 3]},
        schema_overrides={"fingerprint": pl.UInt32},
    )
    stage = one_article()
    stage.dumps[0] = dump("d")
    stage.articles = [article("d", 0, "Later.")]
    stage.sketches, stage.mentions = [], []
    stage.assignments = [assignment(stage.articles[0])]
    folder = stage.write(tmp_path / "stage-b")
    rows.write_parquet(_part(folder, "boilerplate"))
    publish_night(folder)
    publish_night(folder)
    assert history.known_boilerplate(path).sort("fingerprint").equals(rows)
    assert history.known_boilerplate(path, ["Wire One"]).height == 2, "a null source is anybody's"
    assert set(history.texts_with(path, rows)) == {hashes[0], *hashes[2:4]}


def test_a_text_that_is_gone_is_forgotten(path: Path, tmp_path: Path, publish_night: Any) -> None:
    chained(tmp_path, publish_night)
    stage = one_article()
    publish_night(stage, replace=True)
    assert query.run(path, "SELECT count(*) FROM sketches").item() == 1
    assert query.run(path, "SELECT count(*) FROM similar_texts").item() == 0


def test_texts_that_an_older_version_loaded(path: Path, publish_night: Any) -> None:
    stage = one_article()
    late = article("a", 1, "Only the day is known.", published_at=None,
                   publish_date=date(2026, 3, 4))  # fmt: skip
    stage.articles.append(late)
    stage.assignments.append(assignment(late))
    publish_night(stage)
    with publish.writing(path) as con:
        parts = list(history.unsketched(con))
    assert [part["article_id"].to_list() for part in parts] == [[late["article_id"]]]
    assert parts[0]["published_at"].to_list() == [datetime(2026, 3, 4, tzinfo=UTC)]
