"""Which stories are about one unfolding event: labelled pairs of Reuters-21578.

`thread_pairs.csv` names pairs by NEWID, whether both are about one unfolding event, and how many
pairs of the collection each stands for. The sample `candidates` was drawn from all pairs with some
likeness, stratified by it, and thresholds were chosen on it; `steps` was drawn afterwards from the
pairs of neighbours in time within the threads then found, by similarity, and `more steps` from all
of these at random; how many terms two stories share at least was chosen on all three. `last steps`
was drawn when everything was settled. Labelled by reading headline and first lines; of 40 read
again later, 38 had the same label (Cohen's kappa .86).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from tests.benchmarks.quality.deduplicate import agreement, articles, reuters
from tests.benchmarks.quality.figure import Figure
from transforms.deduplicate import deduplicate, memory, sketch, threads

PAIRS = Path(__file__).with_name("thread_pairs.csv")


def score(gold: Path) -> list[Figure]:
    """Precision and recall of labelled pairs; one run against a run a night; and false threads."""
    docs = reuters(gold.parent / "dumps" / "reuters21578.tar.gz")
    ready = articles(docs)
    sketched = sketch(ready)
    assigned = deduplicate(sketched)
    ready = ready.with_columns(newid=docs["id"].cast(pl.Int64)).join(assigned, on="article_id")
    vectors = memory.remember(ready.filter("is_canonical"))
    once = dict(threads.link(vectors, *threads.nothing()).select("story_id", "thread_id").rows())
    thread = {newid: once[story] for newid, story in ready.select("newid", "story_id").iter_rows()}
    pairs = pl.read_csv(PAIRS)
    linked = [thread[a] == thread[b] for a, b in pairs.select("newid_a", "newid_b").iter_rows()]
    pairs = pairs.with_columns(linked=pl.Series(linked))
    found = []
    for sample in ("candidates", "steps", "more steps", "last steps"):
        of = pairs.filter(pl.col("sample") == sample)
        right = of.filter("linked", "same")["weight"].sum()
        together = of.filter("linked")
        found.append(
            Figure(
                f"threads/{sample}",
                "precision of linked pairs",
                right / max(together["weight"].sum(), 1e-9),
                together.height,
            )
        )
        if sample != "candidates":
            continue  # drawn from what was linked
        same = of.filter("same")
        found.append(
            Figure(
                f"threads/{sample}",
                "recall of pairs about one event",
                right / same["weight"].sum(),
                same.height,
            )
        )
    nightly = by_night(vectors)
    ids = vectors["story_id"].to_list()
    both = agreement([once[one] for one in ids], [nightly[one] for one in ids])
    for metric in ("precision", "recall", "B-cubed"):
        name = f"a run a night as one run: {metric}"
        found.append(Figure("threads/reuters21578", name, both[metric], len(ids)))
    found.append(
        Figure(
            "threads/timeline",
            "share of unrelated stories about one company left alone",
            _unrelated(gold),
            30,
        )
    )
    return found


def by_night(vectors: pl.DataFrame, order: list[object] | None = None) -> dict[str, str]:
    """Return the thread of each story, threaded in a run for each day, as the warehouse does."""
    day = pl.col("published_at").dt.date()
    nights = order or vectors.select(day.unique().sort(nulls_last=True)).to_series().to_list()
    held = vectors.clear()
    thread: dict[str, str] = {}
    for night in nights:
        new = vectors.filter(day.eq_missing(pl.lit(night, pl.Date)))
        known = held.with_columns(
            thread_id=pl.col("story_id").replace_strict(thread, return_dtype=pl.String)
        )
        dated = known.filter(pl.col("published_at").is_not_null()).with_columns(day=day)
        counted = dated.explode("terms").group_by(term="terms", day="day")
        out = threads.link(
            new,
            known,
            counted.agg(stories=pl.len().cast(pl.Int64)),
            dated.group_by("day").agg(stories=pl.len().cast(pl.Int64)),
            dated.select("heading", "day").drop_nulls().unique(),
        )
        thread |= dict(out.select("story_id", "thread_id").rows())
        held = pl.concat([held, new])
    return thread


def _unrelated(gold: Path) -> float:
    """Return the part of the stories of the timeline set, years of news on one company, that are
    in no thread with one of more than a week before or after.
    """
    records = [
        json.loads(line) for line in (gold / "timeline" / "docs.jsonl").open(encoding="utf-8")
    ]
    docs = pl.DataFrame(
        [
            {
                "id": record["id"],
                "title": record["title"],
                "maintext": record["maintext"],
                "date_publish": datetime.fromisoformat(record["date_publish"]).replace(tzinfo=UTC),
                "source_domain": "timeline",
            }
            for record in records
        ]
    )
    ready = articles(docs).with_columns(story_id=pl.col("article_id"))
    found = threads.link(memory.remember(ready), *threads.nothing())
    return found.filter(pl.col("thread_id") == pl.col("story_id")).height / docs.height
