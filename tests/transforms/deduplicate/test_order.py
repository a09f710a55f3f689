"""The stories do not depend on the order of articles, nor on the runs they come in."""

from __future__ import annotations

import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.deduplicate.build import article, clusters, ids, known, prose, sketches
from transforms.deduplicate import candidate_keys, deduplicate


def corpus() -> pl.DataFrame:
    """Whole, cut, edited, extended and repeated stories, templates, and a digest."""
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
    digest = "\n".join(prose(seed, 90 + 25 * seed) for seed in (3, 5, 8))
    rows.append(article("digest", digest, title="This week in short", hours=30))
    return sketches(*rows)


CORPUS = corpus()


def once(frame: pl.DataFrame) -> pl.DataFrame:
    return deduplicate(frame, frame.clear())


ONCE = once(CORPUS)


def several(parts: list[pl.DataFrame]) -> pl.DataFrame:
    """Deduplicate run by run, as the warehouse does: candidates by key, then whole stories."""
    held = CORPUS.clear()
    stories = pl.DataFrame(
        schema={"article_id": pl.String, "story_id": pl.String, "is_canonical": pl.Boolean}
    )
    for part in parts:
        matching = candidate_keys(held).join(candidate_keys(part), on="key", how="semi")
        near = stories.join(matching, on="article_id", how="semi")
        near = stories.join(near, on="story_id", how="semi")
        out = deduplicate(part, known(held.join(near, on="article_id", how="semi"), stories))
        changed = out.select(stories.columns)
        stories = pl.concat([stories.join(changed, on="article_id", how="anti"), changed])
        held = pl.concat([held, part])
    return stories


def test_the_corpus_is_not_trivial():
    found = clusters(ONCE)
    assert ids("digest") in found
    assert max(len(one) for one in found) >= 5
    assert len(found) >= 15


@given(st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None)
def test_order_of_rows(rng):
    shuffled = CORPUS.sample(fraction=1, shuffle=True, seed=rng.randrange(10**6))
    assert once(shuffled).equals(ONCE)


@given(st.randoms(use_true_random=False), st.integers(2, 10))
@settings(max_examples=25, deadline=None)
def test_one_run_or_several_in_any_order(rng, runs):
    shuffled = CORPUS.sample(fraction=1, shuffle=True, seed=rng.randrange(10**6))
    size = -(-shuffled.height // runs)
    parts = [shuffled[at : at + size] for at in range(0, shuffled.height, size)]
    found = several(parts)
    # A digest that met only one of its parts in a run may be with that part; it joins no two.
    digest = ids("digest")
    rest = [
        {one - digest for one in clusters(stories)} - {frozenset()} for stories in (found, ONCE)
    ]
    assert rest[0] == rest[1]
    canonical = found.filter(pl.col("is_canonical"))
    assert canonical["story_id"].is_unique().all()
    assert canonical.height == found["story_id"].n_unique()


@pytest.mark.parametrize("runs", [1, 3])
def test_the_same_articles_again_change_nothing(runs):
    size = -(-CORPUS.height // runs)
    stories = several([CORPUS[at : at + size] for at in range(0, CORPUS.height, size)])
    again = deduplicate(CORPUS.clear(), known(CORPUS, stories))
    assert again.is_empty()
