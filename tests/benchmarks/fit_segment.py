"""Fit the segmenter's parameters offline, and measure them on corpora left out of fitting.

    python -m tests.benchmarks.fit_segment measure   # leave one corpus out, print the tables
    python -m tests.benchmarks.fit_segment measure --quick            # four folds of corpora
    python -m tests.benchmarks.fit_segment measure --only=bbc,reuters21578
    python -m tests.benchmarks.fit_segment fit       # fit on all corpora, write parameters.npz

Needs scikit-learn (`pip install -e .[fit]`) and the gold set `segment`. Labels come from the
gold spans: the unit that holds `headline_start` is a headline, the units of a story before it are
lead-ins. Beside the dumps of the gold set, their stories are fitted on in random other layouts
(`layouts`). The second pass is fitted on first-pass probabilities of corpora that the first pass
did not see, and the words' signs of a corpus are always those of the others. Dumps of corpus
`mixed` join stories of all corpora: their lines are left out with their own corpus, and judged by
the model that did not see it. `--cache=FILE` keeps the features of all dumps between calls.
"""

from __future__ import annotations

import json
import pickle
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.benchmarks.layouts import Story, order, render, stories_of, twins
from tests.benchmarks.quality.segment import Tally, groups_of
from transforms.segment.articles import AMBIGUOUS
from transforms.segment.boundaries import (
    Expected,
    Judged,
    Start,
    above_heads,
    again,
    choose,
    probabilities,
    settle,
    sure_of,
)
from transforms.segment.features import Seen, see, signs
from transforms.segment.model import PARAMETERS, Scale, Trees, unpack
from transforms.segment.units import Unit, split_lines, units_of, width_of
from transforms.segment.words import Floats, Lexicon, words_of

GOLD = Path(__file__).resolve().parents[2].parent / "shared" / "gold" / "segment"
ROUNDS = {"headline": 80, "headline_again": 110, "lead_in": 40}
NEGATIVES = 0.3
"""Share of the other lines that is fitted on, with the weight of all."""
RENDERED = 110
"""How many dumps in random layouts are made of each corpus."""
SIGNS = 15
LEAST_WORD = 12
"""A word has signs where it stands in so many lines, of at least three corpora."""


@dataclass
class Sample:
    """A labelled dump. `home` is the corpus of each unit's story."""

    corpus: str
    variant: str
    name: str
    text: str
    stories: list[dict[str, Any]]
    units: list[Unit]
    seen: Seen
    head: npt.NDArray[np.bool_]
    lead: npt.NDArray[np.bool_]
    home: npt.NDArray[np.str_]
    place: npt.NDArray[np.int8]
    """Of each unit: 0 none of these, 1 headline, 2 first paragraph, 3 last, 4 another paragraph."""
    first: npt.NDArray[np.float64]
    gold: bool = True


def read(path: Path) -> tuple[str, list[dict[str, Any]]]:
    """Read one dump of the gold set and its spans."""
    text = path.read_bytes().decode("utf-8")
    return text, [json.loads(line) for line in path.with_suffix(".jsonl").open(encoding="utf-8")]


def label(
    text: str,
    stories: list[dict[str, Any]],
    corpus: str,
    variant: str,
    name: str,
    lexicon: Lexicon,
    gold: bool = True,
) -> Sample:
    """Compute a dump's features and mark the units that are headlines and lead-ins."""
    lines = split_lines(text)
    width = width_of(lines)
    units = units_of(lines, width)
    seen = see(units, wrapped=width is not None, lexicon=lexicon)
    begin = np.asarray([unit.start for unit in units])
    size = np.asarray([len(unit.text) for unit in units])
    head = np.zeros(len(units), bool)
    lead = np.zeros(len(units), bool)
    place = np.zeros(len(units), np.int8)
    home = np.full(len(units), corpus, dtype="<U40")
    for story in stories:
        at = int(np.searchsorted(begin, story["headline_start"], "right")) - 1
        first = int(np.searchsorted(begin, story["start"], "right")) - 1
        last = int(np.searchsorted(begin, story["end"], "left"))
        head[at] = True
        lead[first:at] = True
        home[first:last] = story["corpus"].split("+")[0]
        body = at + 1 + np.flatnonzero(size[at + 1 : last] > 90)
        place[body] = 4
        place[body[-1:]] = 3
        place[body[:1]] = 2
        place[at] = 1
    none = np.zeros(len(units))
    return Sample(
        corpus, variant, name, text, stories, units, seen, head, lead, home, place, none, gold
    )


def rendered(dumps: Iterable[tuple[str, str, list[dict[str, Any]]]]) -> list[tuple[str, Any, str]]:
    """Return (text, spans, corpus) of dumps in random layouts made of the stories of `dumps`."""
    best: dict[str, dict[str, tuple[int, Story]]] = defaultdict(dict)
    for variant, text, stories in dumps:
        for rank, story in stories_of(variant, text, stories):
            known = best[story.corpus].get(story.doc_id)
            if known is None or rank < known[0]:
                best[story.corpus][story.doc_id] = (rank, story)
    out = []
    for corpus in sorted(best):
        draw = random.Random(corpus)
        pool = [story for _, (_, story) in sorted(best[corpus].items())]
        print(f"{corpus}: {len(pool)} stories", file=sys.stderr)
        mean = sum(len(story.paragraphs) for story in pool) / len(pool)
        for number in range(RENDERED):
            tiny = number % 2
            size = draw.randint(1, 4) if tiny else min(draw.randint(5, 40), int(5 + 250 / mean))
            chosen = order(pool, size, draw, alike=number % 10 in (1, 2, 5))
            if not tiny and number % 7 == 0:  # long stories are as hard as many
                chosen = [s for s in chosen if len(s.paragraphs) > 3] or chosen
            told_twice = number % 10 in (0, 3, 6, 9)
            if told_twice:
                chosen = twins(chosen, draw)
            tail = bool(tiny and draw.random() < 0.5)
            dump = render(chosen, pool, draw, tail=tail, alike=told_twice)
            out.append((dump.text, dump.stories, corpus))
    return out


def rarity(texts: Iterable[tuple[str, str]]) -> Lexicon:
    """Count in which share of lines words stand, corpora having equal weight."""
    lines: dict[str, int] = defaultdict(int)
    shares: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for corpus, text in texts:
        words = words_of([unit.text for unit in units_of(split_lines(text), None)])
        lines[corpus] += words.count
        pairs = np.unique(words.owner * (1 << 32) + words.hash)
        for key, count in zip(*np.unique(pairs & 0xFFFFFFFF, return_counts=True), strict=True):
            shares[corpus][int(key)] += int(count)
    total: dict[int, float] = defaultdict(float)
    places: dict[int, int] = defaultdict(int)
    for corpus, counts in shares.items():
        for key, count in counts.items():
            total[key] += count / lines[corpus] / len(lines)
            places[key] += count >= 2
    kept = sorted(key for key in total if total[key] > 1.5e-4 and places[key] >= 3)
    return Lexicon(
        np.asarray(kept, np.uint32),
        -np.log(np.asarray([total[key] for key in kept], np.float32)),
        np.zeros((len(kept), 3), np.float32),
    )


@dataclass
class Tables:
    """How often each word of a lexicon stands in lines of each place, by corpus."""

    lexicon: Lexicon
    counts: dict[str, npt.NDArray[np.float64]]
    lines: dict[str, npt.NDArray[np.float64]]

    def without(self, left_out: set[str]) -> Lexicon:
        """Return the lexicon with signs from all corpora but `left_out`."""
        corpora = [corpus for corpus in self.counts if corpus not in left_out]
        rates = []
        enough = sum((self.counts[c][:, :].sum(axis=1) >= 3).astype(int) for c in corpora)
        total = sum(self.counts[c].sum(axis=1) for c in corpora)
        for corpus in corpora:  # equal weight: a corpus of many lines says no more than others
            count, lines = self.counts[corpus], self.lines[corpus]
            rates.append(np.stack([count[:, k] / lines[k] for k in range(5)], axis=1))
        mean = np.mean(rates, axis=0)
        few = 2e-4
        sign = np.stack(
            [
                np.log((mean[:, 1] + few) / (mean[:, 0] + few)),
                np.log((mean[:, 2] + few) / (mean[:, 4] + few)),
                np.log((mean[:, 3] + few) / (mean[:, 4] + few)),
            ],
            axis=1,
        )
        sign[(enough < 3) | (total < LEAST_WORD)] = 0.0
        return replace(self.lexicon, signs=np.clip(sign, -2.5, 2.5).astype(np.float32))


def tables_of(samples: list[Sample], lexicon: Lexicon) -> Tables:
    """Count the words of the lines of `samples` by place."""
    counts: dict[str, Any] = defaultdict(lambda: np.zeros((len(lexicon.hashes) + 1, 5)))
    lines: dict[str, Any] = defaultdict(lambda: np.ones(5))
    for sample in samples:
        words = sample.seen.words
        place = lexicon.find(words.hash)
        used = sample.seen.plausible | (sample.place > 1)
        for corpus in np.unique(sample.home):
            here = used & (sample.home == corpus)
            kept = here[words.owner]
            np.add.at(counts[corpus], (place[kept], sample.place[words.owner[kept]]), 1.0)
            lines[corpus] += np.bincount(sample.place[here], minlength=5)
    return Tables(lexicon, {c: t[:-1] for c, t in counts.items()}, dict(lines))


def sign(samples: list[Sample], tables: Tables, seen: set[str]) -> None:
    """Fill the signs of the words: for units of a corpus in `seen` from the other ones."""
    lexicons = {corpus: tables.without(set(tables.counts) - seen | {corpus}) for corpus in seen}
    for corpus in tables.counts:
        if corpus not in seen:
            lexicons[corpus] = tables.without(set(tables.counts) - seen)
    for sample in samples:
        for corpus in np.unique(sample.home):
            here = sample.home == corpus
            found = signs(sample.seen.words, lexicons[str(corpus)])
            sample.seen.rows[here, -SIGNS:] = found[here]


def prepare() -> tuple[list[Sample], Tables]:
    """Load the gold set and its stories in other layouts."""
    cache = _argument("cache")
    if cache and Path(cache).exists():
        with Path(cache).open("rb") as file:
            return pickle.load(file)
    read_all = [(path, *read(path)) for path in sorted(GOLD.glob("*.txt"))]
    lexicon = rarity(
        (path.stem.split("__")[0].split("+")[0], text)
        for path, text, _ in read_all
        if path.stem.split("__")[1] in ("native", "blank_between", "blank_all", "seed_title")
        and not path.stem.startswith("mixed")
    )
    samples = []
    for path, text, stories in read_all:
        corpus, variant, _ = path.stem.split("__")
        corpus = corpus.split("+")[0]
        samples.append(label(text, stories, corpus, variant, path.stem, lexicon))
    dumps = [(sample.variant, sample.text, sample.stories) for sample in samples]
    for number, (text, stories, corpus) in enumerate(rendered(dumps)):
        name = f"{corpus}__rendered__{number}"
        samples.append(label(text, stories, corpus, "rendered", name, lexicon, gold=False))
    tables = tables_of(samples, lexicon)
    if cache:
        with Path(cache).open("wb") as file:
            pickle.dump((samples, tables), file, protocol=5)
    return samples, tables


def grow(rows: Floats, labels: npt.NDArray[np.bool_], doubt: Any, rounds: int) -> Trees:
    """Fit boosted trees and return them as the arrays that the package evaluates."""
    return unpack({f"x/{k}": v for k, v in exported(rows, labels, doubt, rounds).items()}, "x")


def exported(
    rows: Floats, labels: npt.NDArray[np.bool_], doubt: npt.NDArray[np.float64], rounds: int
) -> dict[str, Any]:
    """Fit with scikit-learn's histogram boosting and flatten its trees.

    Of the lines that are no headline those are fitted on that `doubt` is not small for, and of the
    others a part, with the weight of all.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        max_iter=rounds,
        learning_rate=0.13,
        max_leaf_nodes=24,
        max_depth=8,
        min_samples_leaf=20,
        l2_regularization=3.0,
        max_features=0.3,
        max_bins=127,
        early_stopping=False,
        random_state=7,
    )
    sure = ~labels & (doubt < 0.01)
    keep = ~sure | (np.random.default_rng(11).random(len(labels)) < NEGATIVES)
    weights = np.where(sure, 1.0 / NEGATIVES, 1.0)
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
) -> tuple[Floats, npt.NDArray[np.bool_], npt.NDArray[np.float64]]:
    """Stack rows, labels and doubts of the units whose story is from one of `corpora`."""
    rows, labels, doubts = [], [], []
    for sample in samples:
        keep = np.isin(sample.home, list(corpora)) & sample.seen.plausible
        if what == "lead_in":
            keep &= above_heads(np.maximum(sample.first, sample.head))
        if not keep.any():
            continue
        table = sample.seen.rows if what == "headline" else again(sample.seen, sample.first)
        rows.append(table[keep])
        labels.append((sample.lead if what == "lead_in" else sample.head)[keep])
        doubt = np.zeros(len(keep)) if what == "headline" else sample.first
        doubts.append((np.ones(len(keep)) if what == "lead_in" else doubt)[keep])
    return np.concatenate(rows), np.concatenate(labels), np.concatenate(doubts)


def _judged(
    trees: Trees, sample: Sample, rows: Floats, here: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    return probabilities(trees, rows[here], sample.seen.plausible[here])


def stack(samples: list[Sample], corpora: set[str], folds: int = 2) -> None:
    """Fill `first` of every unit from `corpora` by a model that did not see its corpus."""
    names = sorted(corpora)
    parts = [set(names[k::folds]) for k in range(min(folds, len(names)))]
    for part in parts:
        trees = grow(*gather(samples, corpora - part, "headline"), ROUNDS["headline"])
        for sample in samples:
            here = np.isin(sample.home, list(part))
            if here.any():
                sample.first[here] = _judged(trees, sample, sample.seen.rows, here)


def _folds(corpora: list[str]) -> list[list[str]]:
    """Which corpora are left out together: one at a time, or as the command line says."""
    only = _argument("only")
    if only:
        return [part.split(",") for part in only.split("/")]
    count = 4 if "--quick" in sys.argv else len(corpora)
    return [corpora[k::count] for k in range(count)]


@dataclass
class Result:
    """What models that did not see a dump's corpora think of it."""

    sample: Sample
    first: npt.NDArray[np.float64]
    second: npt.NDArray[np.float64]
    lead_in: npt.NDArray[np.float64]

    @property
    def judged(self) -> Judged:
        """What `boundaries.judge` would have returned."""
        return Judged(settle(self.sample.seen, self.second), self.lead_in)


def left_out(samples: list[Sample], tables: Tables) -> list[Result]:
    """Judge every gold dump by models that did not see the corpora of its stories."""
    corpora = sorted(tables.counts)
    gold = [sample for sample in samples if sample.gold]
    head = {sample.name: np.zeros(len(sample.units)) for sample in gold}
    first = {sample.name: np.zeros(len(sample.units)) for sample in gold}
    lead = {sample.name: np.zeros(len(sample.units)) for sample in gold}
    masks: list[tuple[Sample, npt.NDArray[np.bool_], Trees, Trees, Floats]] = []
    folds = _folds(corpora)
    for fold in folds:
        seen = set(corpora) - set(fold)
        began = time.perf_counter()
        sign(samples, tables, seen)
        stack(samples, seen)
        one = grow(*gather(samples, seen, "headline"), ROUNDS["headline"])
        two = grow(*gather(samples, seen, "headline_again"), ROUNDS["headline_again"])
        three = grow(*gather(samples, seen, "lead_in"), ROUNDS["lead_in"])
        for sample in gold:
            here = np.isin(sample.home, fold)
            if here.any():
                first[sample.name][here] = _judged(one, sample, sample.seen.rows, here)
                words = sample.seen.rows[:, -SIGNS:].copy()
                masks.append((sample, here, two, three, words))
        print(f"left out {fold}: {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    for sample, here, two, three, words in masks:
        sample.seen.rows[:, -SIGNS:] = words
        rows = again(sample.seen, first[sample.name])
        head[sample.name][here] = _judged(two, sample, rows, here)
        lead[sample.name][here] = _judged(three, sample, rows, here)
    left = {name for fold in folds for name in fold}
    return [
        Result(sample, first[sample.name], head[sample.name], lead[sample.name])
        for sample in gold
        if left.issuperset(sample.home.tolist())
    ]


def spans_of(sample: Sample, starts: list[Start]) -> list[tuple[int, int]]:
    """Return the spans of the stories found, without the blanks at their ends."""
    begin = [sample.units[start.unit].start for start in starts]
    ends = [*begin[1:], len(sample.text)]
    return [
        (start, start + len(sample.text[start:end].rstrip()))
        for start, end in zip(begin, ends, strict=True)
    ]


def tally(results: list[Result]) -> dict[str, Tally]:
    """Score what was found, by group."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    for result in results:
        sample = result.sample
        spans = spans_of(sample, choose(sample.units, result.judged))
        for group in groups_of(sample.name):
            tallies[group].add(sample.text, sample.stories, spans)
    return tallies


def confidences(results: list[Result]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Return, for every story found, the product of its probabilities and whether it was right."""
    raw, right = [], []
    for result in results:
        sample = result.sample
        starts = sure_of(choose(sample.units, result.judged), result.judged, None)
        gold = {
            (story["start"], story["start"] + len(story_text.rstrip()))
            for story in sample.stories
            for story_text in [sample.text[story["start"] : story["end"]]]
        }
        raw += [start.whole for start in starts]
        right += [span in gold for span in spans_of(sample, starts)]
    return np.asarray(raw), np.asarray(right)


def scale_of(raw: npt.NDArray[np.float64], right: npt.NDArray[np.bool_], knots: int = 14) -> Scale:
    """Fit a rising curve from products of probabilities to shares of right stories."""
    from sklearn.isotonic import IsotonicRegression

    clipped = np.clip(raw, 1e-6, 1.0 - 1e-6)
    odds = np.log(clipped / (1.0 - clipped))
    curve = IsotonicRegression(y_min=0.01, y_max=0.995, out_of_bounds="clip").fit(odds, right)
    edges = np.quantile(odds, np.linspace(0.0, 1.0, knots + 1))
    middle = np.unique([odds[(odds >= a) & (odds <= b)].mean() for a, b in pairwise(edges)])
    middle = np.unique(np.concatenate([np.quantile(odds, [0.005, 0.02, 0.04]), middle]))
    return Scale(middle, curve.predict(middle))


def reliability(results: list[Result]) -> None:
    """Print how often stories were right by confidence, each corpus on the scale of the others."""
    corpora = sorted({result.sample.corpus for result in results})
    said, was = [], []
    for corpus in corpora:
        own = [r for r in results if r.sample.corpus == corpus]
        rest = [r for r in results if r.sample.corpus != corpus] or own
        scale = scale_of(*confidences(rest))
        raw, right = confidences(own)
        said.append(scale.of(raw))
        was.append(right)
    sure, right = np.concatenate(said), np.concatenate(was)
    edges = np.asarray([0.0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0])
    bins = np.clip(np.digitize(sure, edges) - 1, 0, len(edges) - 2)
    error = 0.0
    print("\nconfidence       stories  said   right")
    for k in range(len(edges) - 1):
        here = bins == k
        if here.any():
            gap = sure[here].mean() - right[here].mean()
            error += abs(gap) * here.mean()
            print(
                f"{edges[k]:.2f} to {edges[k + 1]:.2f} {here.sum():10} "
                f"{sure[here].mean():6.3f} {right[here].mean():6.3f}"
            )
    print(f"expected calibration error {error:.4f}")
    groups: dict[bool, Tally] = {True: Tally(), False: Tally()}
    counts = {True: 0, False: 0}
    for result in results:
        sample = result.sample
        starts = choose(sample.units, result.judged)
        expected = Expected()
        expected.add(starts, result.judged)
        flagged = expected.f1 < AMBIGUOUS
        groups[flagged].add(sample.text, sample.stories, spans_of(sample, starts))
        counts[flagged] += 1
    for flagged, tallied in groups.items():
        print(
            f"{counts[flagged]} dumps {'' if flagged else 'not '}flagged ambiguous_layout: "
            f"F1 {tallied.f1:.4f}, exact {tallied.exact:.4f}"
        )


def _argument(name: str) -> str | None:
    given = (a.removeprefix(f"--{name}=") for a in sys.argv if a.startswith(f"--{name}="))
    return next(given, None)


def measure(samples: list[Sample], tables: Tables) -> None:
    """Leave one corpus out at a time; print story-start F1, P_k and exact spans."""
    results = left_out(samples, tables)
    keep = _argument("keep")
    if keep:
        with Path(keep).open("wb") as file:
            kept_of = [(r.sample.name, r.first, Judged(r.second, r.lead_in)) for r in results]
            pickle.dump(kept_of, file)
    report(results)


def report(results: list[Result]) -> None:
    """Print the tables."""
    tallies = tally(results)
    for group in sorted(tallies):
        t = tallies[group]
        print(
            f"{group:34} F1 {t.f1:.4f}  P {t.precision:.3f} R {t.recall:.3f}  "
            f"P_k {t.p_k:.4f}  exact {t.exact:.4f}  n {t.gold}"
        )
    reliability(results)


def kept(samples: list[Sample], paths: str) -> list[Result]:
    """Load what `measure --keep=FILE` kept."""
    known = {sample.name: sample for sample in samples}
    out = []
    for path in paths.split(","):
        with Path(path).open("rb") as file:
            out += [
                Result(known[name], first, judged.headline, judged.lead_in)
                for name, first, judged in pickle.load(file)
            ]
    return out


def fit(samples: list[Sample], tables: Tables) -> None:
    """Fit on every corpus and write the parameters that the package ships."""
    corpora = set(tables.counts)
    left = _argument("left-out")
    results = kept(samples, left) if left else left_out(samples, tables)
    scale = scale_of(*confidences(results))
    sign(samples, tables, corpora)
    stack(samples, corpora)
    arrays: dict[str, Any] = {}
    for what, rounds in ROUNDS.items():
        for key, value in exported(*gather(samples, corpora, what), rounds).items():
            arrays[f"{what}/{key}"] = value
    lexicon = tables.without(set())
    arrays["words/hashes"] = lexicon.hashes
    arrays["words/rarity"] = lexicon.rarity.astype(np.float16)
    arrays["words/signs"] = lexicon.signs.astype(np.float16)
    arrays["scale/knots"], arrays["scale/shares"] = scale.knots, scale.shares
    dumps = sum(sample.gold for sample in samples)
    about = (
        "Boosted trees that judge lines of a text dump. Fitted by tests/benchmarks/fit_segment.py "
        f"on {dumps} labelled dumps cut from these corpora of news articles: "
        f"{', '.join(sorted(corpora))}; and on {len(samples) - dumps} dumps made of the same "
        "stories in random layouts. The parameters hold thresholds on shapes and overlaps, and "
        "checksums of common word stems with their frequencies, none of the corpora's text."
    )
    arrays["about"] = np.asarray(about)
    np.savez_compressed(PARAMETERS, **arrays)


def main() -> None:
    """Run what the first argument names."""
    samples, tables = prepare()
    units = sum(len(sample.units) for sample in samples)
    print(f"{len(samples)} dumps, {units} units", file=sys.stderr)
    if sys.argv[1] == "report":
        report(kept(samples, str(_argument("left-out"))))
    else:
        {"measure": measure, "fit": fit}[sys.argv[1]](samples, tables)


if __name__ == "__main__":
    main()
