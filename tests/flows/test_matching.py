"""Stories do not depend on the order of articles, nor on the runs that they come in.

A real warehouse stands between the runs: each is matched against what the ones before left there.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.matching import match
from flows.tasks import remember_older
from tests.transforms.deduplicate.build import article, clusters, ids, prose
from tests.warehouse.stages import RUN, dump
from tests.warehouse.versions import bring_back
from transforms.deduplicate import deduplicate, sketch
from transforms.schemas import Articles, Dumps, frame
from warehouse import load, migrate, publish, query
from warehouse.connect import open_private

CALL = "Follow us for the latest news and sign up for our daily letter, five minutes a morning. "
FOOT = CALL + "All rights reserved by the Harbour Post, no part of this page may be reproduced."


def corpus() -> list[dict[str, Any]]:
    """Whole, cut, edited, extended and repeated stories, templates, boilerplate and a digest."""
    rng = random.Random(7)
    rows = []
    for seed in range(14):
        words = prose(seed, 90 + 25 * seed).split()
        lead = f"Fictional headline number {prose(seed + 500, 6)}"
        edited = [w if rng.random() > 0.04 else "altered" for w in words]
        noisy = [w if rng.random() > 0.1 else w + "x" for w in words]
        for name, body, hours in (
            ("whole", words, 0),
            ("cut", words[: 40 + 2 * seed], 4),
            ("edited", edited, 7),
            ("noisy", noisy, 9),
            ("more", words + prose(seed + 900, 40).split(), 20),
            ("late", edited, 400),
        )[: 2 + seed % 5]:
            rows.append(
                article(f"{seed}-{name}", " ".join(body), title=lead, hours=hours + seed * 5)
            )
    for number in range(6):
        body = prose(300 + number, 36) + ". " + FOOT
        rows.append(article(f"foot-{number}", body, source="harbour.example", hours=3 * number))
    form = "Bank of Velmora: rate {}, notes {}, bills {}, discount {}, swaps {}, total {} crowns."
    for number in range(5):
        body = form.format(*(rng.randint(100, 999) for _ in range(6))) + prose(400, 30)
        rows.append(article(f"rate-{number}", body, hours=24 * number))
    digest = "\n".join(prose(seed, 90 + 25 * seed) for seed in (3, 5, 8))
    rows.append(article("digest", digest, title="This week in short", hours=30))
    rows.append(article("undated", " ".join(prose(6, 240).split()[:120]), hours=None))
    return rows


CORPUS = corpus()


@contextmanager
def warehouse() -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "news.duckdb"
        con = open_private(path)
        migrate.migrate(con, path)
        try:
            yield con, Path(folder)
        finally:
            con.close()


def run(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    number: int,
    rows: Sequence[dict[str, Any]],
    *,
    replaced: bool = False,
) -> None:
    """Match, and load as a run does; each run is one dump."""
    name = f"run-{number}"
    rows = [row | {"dump_id": dump(name)["dump_id"]} for row in rows]
    articles = frame(Articles, rows)
    matched = match(sketch(articles), con, [dump(name)["dump_id"]] if replaced else [])
    stage = folder / f"stage-{number}-{replaced}"
    frames = matched.frames() | {
        "articles": articles,
        "dumps": frame(Dumps, [dump(name, len(rows))]),
    }
    for table, part in frames.items():
        (stage / table).mkdir(parents=True)
        part.write_parquet(stage / table / "all.parquet")
    load.load(con, stage, RUN | {"run_id": f"{name}-{replaced}"}, replace=replaced)


def stories(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    return con.execute(
        "SELECT article_id, text_hash, story_id, is_canonical, similarity, story_reason"
        " FROM articles ORDER BY article_id"
    ).pl()


def batched(rows: Sequence[dict[str, Any]], count: int) -> Iterator[Sequence[dict[str, Any]]]:
    size = -(-len(rows) // count)
    for at in range(0, len(rows), size):
        yield rows[at : at + size]


def once(rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    return deduplicate(sketch(frame(Articles, list(rows))))


ONCE = once(CORPUS)


def test_the_corpus_is_not_trivial() -> None:
    found = clusters(ONCE)
    assert ids("digest") in found
    assert max(len(one) for one in found) >= 5
    assert len(found) >= 15
    assert all(ids(f"rate-{number}") in found for number in range(5))
    assert all(ids(f"foot-{number}") in found for number in range(6))
    assert any(ids("undated") < one for one in found)


@given(st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None)
def test_order_of_rows(rng: random.Random) -> None:
    shuffled = rng.sample(CORPUS, len(CORPUS))
    assert once(shuffled).equals(ONCE)


@pytest.mark.timeout(600)
@given(st.randoms(use_true_random=False), st.integers(2, 10))
@settings(max_examples=8, deadline=None)
def test_one_run_or_several_in_any_order(rng: random.Random, runs: int) -> None:
    shuffled = rng.sample(CORPUS, len(CORPUS))
    with warehouse() as (con, folder):
        for number, part in enumerate(batched(shuffled, runs)):
            run(con, folder, number, part)
        found = stories(con)
    assert clusters(found) == clusters(ONCE)
    canonical = found.filter("is_canonical")
    assert canonical["story_id"].is_unique().all()
    assert canonical.height == found["story_id"].n_unique()
    # Which article represents a story, and how alike the others are, is the same as well.
    told = ["article_id", "is_canonical", "similarity"]
    assert found.select(told).equals(ONCE.select(told))


def test_a_dump_read_anew_leaves_nothing_of_its_old_articles() -> None:
    parts = [CORPUS[0::3], CORPUS[1::3], CORPUS[2::3]]
    with warehouse() as (con, folder):
        for number, part in enumerate(parts):
            run(con, folder, number, part)
        run(con, folder, 1, parts[1][::2], replaced=True)
        found = stories(con)
        left = con.execute("SELECT count(*) FROM sketches").fetchone()
    rows = [*parts[0], *parts[1][::2], *parts[2]]
    assert clusters(found) == clusters(once(rows))
    assert left == (len({(row["text_hash"], row["published_at"]) for row in rows}),)


def test_what_an_older_version_loaded_is_matched_too(tmp_path: Path) -> None:
    path = tmp_path / "news.duckdb"
    text = prose(1, 200)
    old = article("old", text)
    with publish.writing(path) as con:
        run(con, tmp_path, 0, [old, article("other", prose(2, 200))])
        # What a file of version 3 had: no pairs, and other sketches that nobody can read now.
        bring_back(con, 3, migrate.newest())
    assert migrate.is_older(path)
    keep = timedelta(days=1)
    assert remember_older.fn(path, None, keep=keep) == 2
    assert not migrate.is_older(path)
    assert remember_older.fn(path, None, keep=keep) == 0
    # The night before the migration is kept like any other.
    [(_, before, _)] = publish.kept(path)
    assert migrate.is_older(before)
    copy = article("copy", text + " and a few more words", hours=5)
    matched = match(sketch(frame(Articles, [copy])), path)
    with query.connected(path) as con:
        story = con.execute(
            "SELECT story_id FROM articles WHERE article_id = ?", [old["article_id"]]
        ).fetchone()
    assert story is not None
    assert matched.assignments["story_id"].to_list() == [story[0]] * matched.assignments.height
