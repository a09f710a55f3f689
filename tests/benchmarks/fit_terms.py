"""Fit how common terms are in English news: `transforms/deduplicate/terms.npz`.

    python -m tests.benchmarks.fit_terms [--gold ../shared/gold]

Every corpus of the segmentation set counts alike, whatever its size, and Reuters-21578 as one more.
What is kept is the hashes of terms and the part of the stories that each is in, no text.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import polars as pl

from tests.benchmarks.quality.__main__ import GOLD
from tests.benchmarks.quality.deduplicate import reuters
from transforms.deduplicate import terms

LEAST = 0.0008
"""The part of the stories below which a term is rare, and left out."""


def corpora(gold: Path) -> dict[str, pl.DataFrame]:
    """Return the different stories of each corpus: `title`, `body`."""
    found: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    for spans in sorted((gold / "segment").glob("*.jsonl")):
        if "__upper__" in spans.name or "__case_mix__" in spans.name or "__noise" in spans.name:
            continue
        text = spans.with_suffix(".txt").read_text("utf-8")
        for line in spans.open(encoding="utf-8"):
            row = json.loads(line)
            body = text[row["headline_end"] : row["end"]]
            found[row["corpus"]].setdefault(row["doc_id"], (row["headline"] or "", body))
    frames = {
        name: pl.DataFrame(list(rows.values()), schema=["title", "body"], orient="row")
        for name, rows in sorted(found.items())
    }
    docs = reuters(gold.parent / "dumps" / "reuters21578.tar.gz")
    frames["reuters"] = docs.select("title", body="maintext")
    return frames


def fit(gold: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the common terms, ascending, and the part of the stories that each is in."""
    every = [
        terms.occurrences(frame).group_by("term").agg(share=pl.len() / frame.height)
        for frame in corpora(gold).values()
    ]
    total = pl.concat(every).group_by("term").agg(pl.col("share").sum() / len(every))
    kept = total.filter(pl.col("share") >= LEAST).sort("term")
    return kept["term"].to_numpy(), kept["share"].to_numpy().astype(np.float32)


def main() -> None:
    """Write the fitted frequencies beside the code."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.fit_terms")
    parser.add_argument("--gold", type=Path, default=GOLD)
    term, share = fit(parser.parse_args().gold)
    target = Path(terms.__file__).with_name("terms.npz")
    np.savez_compressed(target, term=term, share=share)
    print(f"{len(term):,} terms, {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
