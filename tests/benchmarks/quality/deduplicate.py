"""Which articles are copies of each other: four gold sets, one fixed setting."""

from __future__ import annotations

import csv
import html
import re
import tarfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import polars as pl

from tests.benchmarks.peak import peak_gib
from tests.benchmarks.quality.figure import Figure
from transforms.deduplicate import deduplicate, sketch
from transforms.keys import content_id
from transforms.schemas import Articles
from transforms.segment.articles import text_hash

_BEST = {
    ("provenance", "F1"): (0.846, "gaoya"),
    ("provenance", "B-cubed"): (0.953, "gaoya"),
    ("synthetic_ocr", "ARI"): (0.901, "rensa, tuned"),
    ("synthetic_web", "F1"): (0.842, "rensa"),
    ("synthetic_web", "recall of trunc"): (0.41, "best of three libraries"),
    ("reuters_pairs", "precision"): (0.90, "Jaccard ≥ .8"),
    ("reuters_pairs", "recall"): (0.50, "Jaccard ≥ .8"),
}


def score(gold: Path) -> list[Figure]:
    """Pair scores, ARI and B-cubed of three sets of clusters, and the labelled Reuters pairs."""
    found = []
    for name in ("provenance", "synthetic_web", "synthetic_ocr"):
        docs, labels = load(gold / f"dedup_{name}")
        stories = cluster(docs)
        joined = labels.join(stories, on="id")
        scores = agreement(joined["cluster"].to_list(), joined["story_id"].to_list())
        if name == "synthetic_web":
            scores |= by_mutation(joined)
        found += [_figure(name, metric, value, docs.height) for metric, value in scores.items()]
    found += _reuters(gold)
    return found


def load(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the records of a set and its clusters (`id`, `cluster`, and `mutation` if known)."""
    if (folder / "docs.parquet").exists():
        docs = pl.read_parquet(folder / "docs.parquet")
        labels = pl.read_csv(folder / "gold.csv", schema_overrides={"id": pl.String})
    else:
        docs = pl.read_ndjson(folder / "docs.jsonl")
        labels = pl.read_ndjson(folder / "gold.jsonl")
    return docs, labels


def articles(docs: pl.DataFrame) -> pl.DataFrame:
    """Return records as the frame of articles that segmenting would hand on."""
    rows = [
        {
            "article_id": content_id("article", record["id"]),
            "dump_id": content_id("gold"),
            "ordinal": ordinal,
            "char_start": 0,
            "char_end": 1,
            "title": record["title"],
            "source": record["source_domain"],
            "published_at": _time(record["date_publish"]),
            "publish_date_source": "field",
            "body": record["maintext"] or "",
            "text_hash": text_hash(record["title"], record["maintext"] or ""),
            "segment_confidence": 1.0,
        }
        for ordinal, record in enumerate(docs.to_dicts())
    ]
    empty = Articles.create_empty()
    built = pl.DataFrame(rows, schema_overrides={"published_at": pl.Datetime("us", "UTC")})
    missing = [pl.lit(None, empty.schema[name]).alias(name) for name in empty.columns]
    built = built.with_columns(
        column for column in missing if column.meta.output_name() not in built
    )
    return Articles.validate(built.select(empty.columns), cast=True)


def cluster(docs: pl.DataFrame) -> pl.DataFrame:
    """Return `id` and `story_id` of records, deduplicated in one run."""
    sketched = sketch(articles(docs))
    assigned = deduplicate(sketched)
    ids = pl.DataFrame(
        {"id": docs["id"], "article_id": [content_id("article", one) for one in docs["id"]]}
    )
    return ids.join(assigned, on="article_id").select("id", "story_id")


def _time(text: str | datetime | None) -> datetime | None:
    if text is None or isinstance(text, datetime):
        return text
    parsed = datetime.fromisoformat(text)
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def agreement(gold: Sequence[object], found: Sequence[object]) -> dict[str, float]:
    """Return precision, recall and F1 of pairs, adjusted Rand index and B-cubed F1.

    B-cubed after Bagga and Baldwin (1998), the adjusted Rand index after Hubert and Arabie (1985).
    """

    def pairs(counts: Counter) -> int:
        return sum(count * (count - 1) // 2 for count in counts.values())

    n = len(gold)
    of_gold, of_found = Counter(gold), Counter(found)
    both = Counter(zip(gold, found, strict=True))
    right, wanted, given = pairs(both), pairs(of_gold), pairs(of_found)
    chance = wanted * given / (n * (n - 1) // 2)
    precision = sum(c * c / of_found[f] for (_, f), c in both.items()) / n
    recall = sum(c * c / of_gold[g] for (g, _), c in both.items()) / n
    return {
        "precision": right / max(given, 1),
        "recall": right / max(wanted, 1),
        "F1": 2 * right / max(wanted + given, 1),
        "ARI": (right - chance) / ((wanted + given) / 2 - chance),
        "B-cubed": 2 * precision * recall / (precision + recall),
    }


def by_mutation(joined: pl.DataFrame) -> dict[str, float]:
    """Return for each mutation what part of the gold pairs with such an article is found."""
    counted = joined.with_columns(
        wanted=pl.len().over("cluster") - 1, right=pl.len().over("cluster", "story_id") - 1
    )
    rows = counted.group_by("mutation").agg(pl.col("wanted").sum(), pl.col("right").sum())
    return {
        f"recall of {name}": right / wanted
        for name, wanted, right in rows.sort("mutation").iter_rows()
        if wanted and name != "orig"
    }


def reuters(archive: Path) -> pl.DataFrame:
    """Return the stories of Reuters-21578 as records, `id` being their NEWID."""
    records = []
    with tarfile.open(archive) as files:
        for member in files:
            if not member.name.endswith(".sgm"):
                continue
            handle = files.extractfile(member)
            assert handle is not None
            text = handle.read().decode("latin-1")
            for story in text.split("<REUTERS ")[1:]:
                number = re.search(r'NEWID="(\d{1,6})"', story)
                assert number is not None
                records.append(
                    {
                        "id": number[1],
                        "title": _tag("TITLE", story),
                        "maintext": _tag("BODY", story) or _unstructured(story),
                        "date_publish": _reuters_time(_tag("DATE", story)),
                        "source_domain": "reuters",
                    }
                )
    return pl.DataFrame(records)


def _reuters_time(text: str) -> datetime | None:
    """Return the time of a DATE; some have stray digits before the hour."""
    found = re.search(r"(\d{1,2}-[A-Z]{3}-\d{4}) \d?(\d{2}:\d{2}:\d{2})", text)
    if found is None:
        return None
    return datetime.strptime(f"{found[1]} {found[2]}", "%d-%b-%Y %H:%M:%S").replace(tzinfo=UTC)


def _tag(name: str, story: str) -> str:
    begin = story.find(f"<{name}>")
    end = story.find(f"</{name}>")
    return html.unescape(story[begin + len(name) + 2 : end]) if 0 <= begin < end else ""


def _unstructured(story: str) -> str:
    begin = story.find(">", story.find("<TEXT"))
    text = re.sub(r"<TITLE>[^<]{0,500}</TITLE>", "", story[begin + 1 : story.find("</TEXT>")])
    return html.unescape(text)


def _reuters(gold: Path) -> list[Figure]:
    """Score the labelled pairs, and time the whole collection in a process of its own."""
    with (gold / "dedup_reuters_pairs" / "pairs.csv").open(encoding="utf-8") as handle:
        pairs = [row for row in csv.DictReader(handle) if row["label"] != "skip"]
    archive = gold.parent / "dumps" / "reuters21578.tar.gz"
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        stories, count, seconds, peak = pool.submit(_timed, archive).result()
    same = [stories[row["newid_a"]] == stories[row["newid_b"]] for row in pairs]
    dup = [row["label"] == "dup" for row in pairs]
    right = sum(a and b for a, b in zip(same, dup, strict=True))
    return [
        _figure("reuters_pairs", "precision", right / max(sum(same), 1), len(pairs)),
        _figure("reuters_pairs", "recall", right / sum(dup), len(pairs)),
        _figure("reuters21578", "articles a CPU second", count / seconds, count),
        _figure("reuters21578", "peak memory, GiB", peak, count),
    ]


def _timed(archive: Path) -> tuple[dict[str, str], int, float, float]:
    """Return the story of each id, the articles, CPU seconds to deduplicate, and peak GiB."""
    docs = reuters(archive)
    ready = articles(docs)
    begun = time.process_time()
    sketched = sketch(ready)
    assigned = deduplicate(sketched)
    seconds = time.process_time() - begun
    peak = peak_gib()
    stories = dict(assigned.select("article_id", "story_id").iter_rows())
    return (
        {one: stories[content_id("article", one)] for one in docs["id"]},
        docs.height,
        seconds,
        peak,
    )


def _figure(name: str, metric: str, value: float, n: int) -> Figure:
    best, by = _BEST.get((name, metric), (None, ""))
    return Figure(f"dedup/{name}", metric, value, n, best, by)
