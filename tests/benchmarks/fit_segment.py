"""Fit the segmenter's parameters offline, and measure them on corpora left out of fitting.

    python -m tests.benchmarks.fit_segment measure   # leave one corpus out, print the table
    python -m tests.benchmarks.fit_segment measure --quick            # three folds of corpora
    python -m tests.benchmarks.fit_segment measure --only=bbc,reuters21578
    python -m tests.benchmarks.fit_segment fit       # fit on all corpora, write parameters.npz

Needs scikit-learn (`pip install -e .[fit]`) and the gold set `segment`. Labels come from the
gold spans: the unit that holds `headline_start` is a headline, the units of a story before it are
lead-ins. The second pass is fitted on first-pass probabilities of corpora that the first pass did
not see. Dumps of corpus `mixed` join stories of all corpora: their lines are left out with their
own corpus, and judged by the model that did not see it.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.benchmarks.quality.segment import Tally, groups_of
from transforms.segment.boundaries import Judged, again, choose, plausible, probabilities
from transforms.segment.features import features
from transforms.segment.model import PARAMETERS, Trees, unpack
from transforms.segment.units import Unit, split_lines, units_of, width_of

GOLD = Path(__file__).resolve().parents[2].parent / "shared" / "gold" / "segment"
ROUNDS = {"headline": 100, "headline_again": 80, "lead_in": 40}
NEGATIVES = 0.4
"""Share of the other lines that is fitted on, each with the weight of two."""


@dataclass
class Sample:
    """A labelled dump. `home` is the corpus of each unit's story."""

    corpus: str
    variant: str
    name: str
    text: str
    stories: list[dict[str, Any]]
    units: list[Unit]
    rows: npt.NDArray[np.float32]
    head: npt.NDArray[np.bool_]
    lead: npt.NDArray[np.bool_]
    home: npt.NDArray[np.str_]
    first: npt.NDArray[np.float64]


def load(path: Path) -> Sample:
    """Read and label one dump of the gold set."""
    text = path.read_bytes().decode("utf-8")
    stories = [json.loads(line) for line in path.with_suffix(".jsonl").open(encoding="utf-8")]
    corpus, variant, _ = path.stem.split("__")
    return label(text, stories, corpus.split("+")[0], variant, path.stem)


def label(text: str, stories: list[dict[str, Any]], corpus: str, variant: str, name: str) -> Sample:
    """Compute a dump's features and mark the units that are headlines and lead-ins."""
    lines = split_lines(text)
    width = width_of(lines)
    units = units_of(lines, width)
    rows = features(units, wrapped=width is not None)
    begin = np.asarray([unit.start for unit in units])
    head = np.zeros(len(units), bool)
    lead = np.zeros(len(units), bool)
    home = np.full(len(units), corpus, dtype="<U40")
    for story in stories:
        at = int(np.searchsorted(begin, story["headline_start"], "right")) - 1
        first = int(np.searchsorted(begin, story["start"], "right")) - 1
        last = int(np.searchsorted(begin, story["end"], "left"))
        head[at] = True
        lead[first:at] = True
        home[first:last] = story["corpus"].split("+")[0]
    first_pass = np.zeros(len(units))
    return Sample(corpus, variant, name, text, stories, units, rows, head, lead, home, first_pass)


def slices(samples: list[Sample], each: int = 2, seed: int = 5) -> list[Sample]:
    """Cut dumps of one to four stories out of large ones; half end behind a last headline."""
    rng = np.random.default_rng(seed)
    out: list[Sample] = []
    for sample in samples:
        if len(sample.stories) < 4:
            continue
        for number in range(each):
            size = int(rng.integers(1, 5))
            first = int(rng.integers(0, len(sample.stories) - size + 1))
            chosen = [dict(story) for story in sample.stories[first : first + size]]
            if number % 2 and len(chosen) > 1:
                chosen[-1]["end"] = chosen[-1]["headline_end"]
            base = chosen[0]["start"]
            text = sample.text[base : chosen[-1]["end"]]
            for story in chosen:
                for key in ("start", "headline_start", "headline_end", "end"):
                    story[key] -= base
            name = f"{sample.name}/slice{number}"
            out.append(label(text, chosen, sample.corpus, sample.variant, name))
    return out


def briefs(samples: list[Sample], seed: int = 8) -> list[Sample]:
    """Cut the stories of every third dump down to two to five units, as news in brief stands.

    Otherwise a model learns that headlines cannot stand close to each other.
    """
    rng = np.random.default_rng(seed)
    out: list[Sample] = []
    for number, sample in enumerate(samples):
        if number % 3:
            continue
        first = int(rng.integers(0, max(len(sample.stories) - 12, 1)))
        chosen = sample.stories[first : first + int(rng.integers(3, 13))]
        begin = [unit.start for unit in sample.units]
        parts: list[str] = []
        stories: list[dict[str, Any]] = []
        position = 0
        for story, after in zip(chosen, [*chosen[1:], None], strict=True):
            head = int(np.searchsorted(begin, story["headline_start"], "right")) - 1
            last = min(head + int(rng.integers(2, 6)), len(begin)) - 1
            stop = min(sample.units[last].end, story["end"])
            text = sample.text[story["start"] : stop]
            gap = sample.text[story["end"] : after["start"]] if after else ""
            moved = {**story, "start": position, "end": position + len(text)}
            for key in ("headline_start", "headline_end"):
                moved[key] = story[key] - story["start"] + position
            stories.append(moved)
            parts += [text, gap]
            position += len(text) + len(gap)
        name = f"{sample.name}/briefs"
        out.append(label("".join(parts), stories, sample.corpus, sample.variant, name))
    return out


def look_alikes(samples: list[Sample], size: int = 30, seed: int = 6) -> list[Sample]:
    """Put stories that share most words beside each other, as same-event neighbours stand.

    A model that met only random neighbours takes the headline of a second story about the same
    event for a sub-heading.
    """
    rng = np.random.default_rng(seed)
    pools: dict[tuple[str, str], list[tuple[str, dict[str, Any], str]]] = defaultdict(list)
    for sample in samples:
        if sample.variant.startswith("tiny") or sample.corpus == "mixed":
            continue
        following = [*sample.stories[1:], None]
        for story, after in zip(sample.stories, following, strict=True):
            if not 500 < story["end"] - story["start"] < 6000:
                continue
            gap = sample.text[story["end"] : after["start"]] if after else "\n"
            pool = pools[sample.corpus, sample.variant]
            pool.append((sample.text[story["start"] : story["end"]], story, gap))
    out: list[Sample] = []
    for (corpus, variant), pool in sorted(pools.items()):
        unique = list({entry[1]["doc_id"]: entry for entry in pool}.values())
        words = [{w for w in text.lower().split() if len(w) > 4} for text, _, _ in unique]
        if len(unique) < 6:
            continue
        left = set(range(len(unique)))
        at = int(rng.integers(len(unique)))
        chain = [at]
        left.discard(at)
        while left and len(chain) < size:
            near = max(
                left, key=lambda k: (len(words[at] & words[k]) / (len(words[k]) + 40) ** 0.7, k)
            )
            if len(chain) % 3 == 0:  # pairs and threes of one kind, then another
                near = sorted(left)[int(rng.integers(len(left)))]
            chain.append(near)
            left.discard(near)
            at = near
        parts: list[str] = []
        stories: list[dict[str, Any]] = []
        position = 0
        for number in chain:
            text, story, gap = unique[number]
            moved = dict(story)
            for key in ("headline_start", "headline_end"):
                moved[key] = story[key] - story["start"] + position
            moved["start"], moved["end"] = position, position + len(text)
            parts += [text, gap or "\n"]
            stories.append(moved)
            position += len(text) + len(gap or "\n")
        name = f"{corpus}/{variant}/alike"
        out.append(label("".join(parts), stories, corpus, variant, name))
    return out


def grow(rows: npt.NDArray[np.float32], labels: npt.NDArray[np.bool_], rounds: int) -> Trees:
    """Fit boosted trees and return them as the arrays that the package evaluates."""
    return unpack({f"x/{k}": v for k, v in exported(rows, labels, rounds).items()}, "x")


def exported(
    rows: npt.NDArray[np.float32], labels: npt.NDArray[np.bool_], rounds: int
) -> dict[str, Any]:
    """Fit with scikit-learn's histogram boosting and flatten its trees."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        max_iter=rounds,
        learning_rate=0.13,
        max_leaf_nodes=24,
        max_depth=8,
        min_samples_leaf=25,
        l2_regularization=3.0,
        max_features=0.35,
        early_stopping=False,
        random_state=7,
    )
    keep = labels | (np.random.default_rng(11).random(len(labels)) < NEGATIVES)
    weights = np.where(labels, 1.0, 1.0 / NEGATIVES)
    model.fit(rows[keep], labels[keep], sample_weight=weights[keep])
    feature, threshold, left, right, value, roots = [], [], [], [], [], []
    depth = 0
    for (tree,) in model._predictors:
        base = len(feature)
        roots.append(base)
        for node in tree.nodes:
            leaf = bool(node["is_leaf"])
            feature.append(-1 if leaf else int(node["feature_idx"]))
            threshold.append(0.0 if leaf else float(node["num_threshold"]))
            left.append(base + int(node["left"]))
            right.append(base + int(node["right"]))
            value.append(float(node["value"]) if leaf else 0.0)
            depth = max(depth, int(node["depth"]))
    return {
        "feature": np.asarray(feature, np.int16),
        "threshold": np.asarray(threshold, np.float32),
        "left": np.asarray(left, np.int32),
        "right": np.asarray(right, np.int32),
        "value": np.asarray(value, np.float32),
        "roots": np.asarray(roots, np.int32),
        "baseline": np.asarray(float(np.ravel(model._baseline_prediction)[0])),
        "depth": np.asarray(depth + 1),
    }


def gather(
    samples: list[Sample], corpora: set[str], what: str
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Stack rows and labels of the units whose story is from one of `corpora`."""
    rows, labels = [], []
    for sample in samples:
        keep = np.isin(sample.home, list(corpora)) & plausible(sample.rows)
        if not keep.any():
            continue
        table = sample.rows
        if what != "headline":
            table = again(table, sample.units, sample.first)
        rows.append(table[keep])
        labels.append((sample.lead if what == "lead_in" else sample.head)[keep])
    return np.concatenate(rows), np.concatenate(labels)


def _judged(
    trees: Trees,
    sample: Sample,
    rows: npt.NDArray[np.float32],
    here: npt.NDArray[np.bool_],
) -> npt.NDArray[np.float64]:
    return probabilities(trees, rows[here], plausible(sample.rows)[here])


def stack(samples: list[Sample], corpora: set[str], folds: int = 2) -> None:
    """Fill `first` of every unit from `corpora` by a model that did not see its corpus."""
    names = sorted(corpora)
    parts = [set(names[k::folds]) for k in range(min(folds, len(names)))]
    for part in parts:
        trees = grow(*gather(samples, corpora - part, "headline"), ROUNDS["headline"])
        for sample in samples:
            here = np.isin(sample.home, list(part))
            if here.any():
                sample.first[here] = _judged(trees, sample, sample.rows, here)


def _folds(corpora: list[str]) -> list[list[str]]:
    """Which corpora are left out together: one at a time, or as the command line says."""
    for argument in sys.argv:
        if argument.startswith("--only="):
            return [argument.removeprefix("--only=").split(",")]
    count = 3 if "--quick" in sys.argv else len(corpora)
    return [corpora[k::count] for k in range(count)]


def measure(samples: list[Sample]) -> None:
    """Leave one corpus out at a time; print story-start F1, P_k and exact spans."""
    corpora = sorted({str(home) for sample in samples for home in sample.home})
    real, samples = samples, [*samples, *slices(samples), *briefs(samples), *look_alikes(samples)]
    head = {sample.name: np.zeros(len(sample.units)) for sample in samples}
    first = {sample.name: np.zeros(len(sample.units)) for sample in samples}
    lead = {sample.name: np.zeros(len(sample.units)) for sample in samples}
    masks: dict[str, list[tuple[Sample, npt.NDArray[np.bool_], Trees, Trees]]] = defaultdict(list)
    folds = _folds(corpora)
    for left_out in folds:
        seen = set(corpora) - set(left_out)
        began = time.perf_counter()
        stack(samples, seen)
        one = grow(*gather(samples, seen, "headline"), ROUNDS["headline"])
        two = grow(*gather(samples, seen, "headline_again"), ROUNDS["headline_again"])
        three = grow(*gather(samples, seen, "lead_in"), ROUNDS["lead_in"])
        for sample in samples:
            here = np.isin(sample.home, left_out)
            if here.any():
                first[sample.name][here] = _judged(one, sample, sample.rows, here)
                masks[sample.name].append((sample, here, two, three))
        print(f"left out {left_out}: {time.perf_counter() - began:.0f} s", file=sys.stderr)
    for name, entries in masks.items():
        for sample, here, two, three in entries:
            rows = again(sample.rows, sample.units, first[name])
            head[name][here] = _judged(two, sample, rows, here)
            lead[name][here] = _judged(three, sample, rows, here)
    tallies: dict[str, Tally] = defaultdict(Tally)
    left = {name for fold in folds for name in fold}
    for sample in real:
        if not left.issuperset(sample.home.tolist()):
            continue
        judged = Judged(head[sample.name], lead[sample.name])
        starts = [sample.units[s.unit].start for s in choose(sample.units, judged)]
        ends = [*starts[1:], len(sample.text)]
        spans = [
            (start, start + len(sample.text[start:end].rstrip()))
            for start, end in zip(starts, ends, strict=True)
        ]
        for group in groups_of(sample.name):
            tallies[group].add(sample.text, sample.stories, spans)
    for group in sorted(tallies):
        t = tallies[group]
        print(
            f"{group:34} F1 {t.f1:.4f}  P {t.precision:.3f} R {t.recall:.3f}  "
            f"P_k {t.p_k:.4f}  exact {t.exact:.4f}  n {t.gold}"
        )
    for argument in sys.argv:
        if argument.startswith("--keep="):
            np.savez_compressed(
                argument.removeprefix("--keep="),
                **{f"head/{name}": values for name, values in head.items()},
                **{f"lead/{name}": values for name, values in lead.items()},
            )


def fit(samples: list[Sample]) -> None:
    """Fit on every corpus and write the parameters that the package ships."""
    corpora = {str(home) for sample in samples for home in sample.home}
    dumps = len(samples)
    samples = [*samples, *slices(samples), *briefs(samples), *look_alikes(samples)]
    stack(samples, corpora)
    arrays: dict[str, Any] = {}
    for what, rounds in ROUNDS.items():
        for key, value in exported(*gather(samples, corpora, what), rounds).items():
            arrays[f"{what}/{key}"] = value
    about = (
        "Boosted trees that judge lines of a text dump. Fitted by tests/benchmarks/fit_segment.py "
        f"on {dumps} labelled dumps cut from these corpora of news articles: "
        f"{', '.join(sorted(corpora))}; with slices of one to four stories of these dumps, "
        "their stories cut to a few lines, and "
        "their stories put beside those that share most words. The parameters hold "
        "thresholds on shapes and overlaps, none of the corpora's text."
    )
    arrays["about"] = np.asarray(about)
    np.savez_compressed(PARAMETERS, **arrays)


def main() -> None:
    """Run what the first argument names."""
    paths = sorted(GOLD.glob("*.txt"))
    samples = [load(path) for path in paths]
    units = sum(len(sample.units) for sample in samples)
    print(f"{len(samples)} dumps, {units} units", file=sys.stderr)
    {"measure": measure, "fit": fit}[sys.argv[1]](samples)


if __name__ == "__main__":
    main()
