"""Fit the weights of the toponym recogniser and resolver on LGL and GeoVirus.

    python -m tests.benchmarks.fit_places GOLD_FOLDER [--write]

Prints the accuracy of five-fold cross-validation by article (what to expect of other text), then
fits on everything and, with `--write`, stores the weights that the package ships. Both corpora
count the same. Needs scikit-learn and scipy, which the program itself does not.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from tests.benchmarks.quality import geo
from transforms.extract.model import Article
from transforms.extract.places import gazetteer as gazetteers
from transforms.extract.places import recognise
from transforms.extract.places.find import _accepted
from transforms.extract.places.recognise import Mention, recognition_weights
from transforms.extract.places.resolve import resolution_weights, resolve

Pair = tuple[geo.Document, Article]
FOLDS = 5
#: Bounds for what the corpora hold too rarely to fit: newspapers mean the capital by "Washington"
#: and write "Washington state" for the other (AP style); that capitals are meant less often than
#: other towns of their size is true only of the small American papers that LGL is made of.
FLOORS: dict[str, tuple[float | None, float | None]] = {
    "seat": (3.0, None),
    "capital": (0.0, None),
}


def mentions_of(article: Article) -> list[Mention]:
    """The spans of an article that may be toponyms, scored."""
    names = recognise.names_of(article)
    known = gazetteers.load().lookup(recognise.keys_of(names))
    return recognise.mentions(article, names, known)


def labelled(pair: Pair) -> list[tuple[Mention, bool]]:
    """The mentions of an article that the gold can judge, and whether each is a toponym."""
    document, article = pair
    judged = []
    for mention in mentions_of(article):
        if not mention.candidates or "abbreviation" in mention.evidence:
            continue
        right = any(
            mention.start < t.end
            and t.start < mention.end
            and (mention.start == t.start or mention.end == t.end)
            for t in document.toponyms
        )
        judged.append((mention, right))
    return judged


def fit_recognition(corpora: Sequence[Sequence[Pair]]) -> dict[str, float]:
    weights: dict[str, float] = {}
    for stage in ("first", "second"):
        rows: list[dict[str, float]] = []
        targets: list[bool] = []
        importance: list[float] = []
        for pairs in corpora:
            examples = [item for pair in pairs for item in labelled(pair)]
            for mention, right in examples:
                evidence = mention.evidence
                if stage == "second":
                    rows.append({n: evidence.get(n, 0.0) for n in recognise._SECOND})
                else:
                    rows.append(
                        {
                            n: v
                            for n, v in evidence.items()
                            if n not in recognise._SECOND and n not in {"second", "firm"}
                        }
                    )
                targets.append(right)
                importance.append(1000 / len(examples))
        names = sorted({name for row in rows for name in row})
        column = {name: i for i, name in enumerate(names)}
        matrix = np.zeros((len(rows), len(names)))
        for i, row in enumerate(rows):
            for name, value in row.items():
                matrix[i, column[name]] = value
        share = np.array(importance) * len(rows) / sum(importance)
        model = LogisticRegression(C=1.0, max_iter=2000)
        model.fit(matrix, targets, sample_weight=share)
        prefix = "second:" if stage == "second" else ""
        weights[prefix + "bias"] = float(model.intercept_[0])
        for name, value in zip(names, model.coef_[0].tolist(), strict=True):
            weights[prefix + name] = value
        if stage == "first":
            old = recognition_weights()
            weights |= {n: v for n, v in old.items() if n.startswith("second:")}
            old.clear()
            old.update(weights)
    for name in recognise._SECOND:
        weights.setdefault("second:" + name, 0.0)
    use(weights, None)
    return weights


def use(recognition: dict[str, float] | None, resolution: dict[str, float] | None) -> None:
    """Put weights into force for this process."""
    for new, current in (
        (recognition, recognition_weights()),
        (resolution, resolution_weights()),
    ):
        if new is not None:
            rounded = {name: round(value, 3) for name, value in new.items()}
            current.clear()
            current.update(rounded)


def fit_resolution(corpora: Sequence[Sequence[Pair]], rounds: int = 3) -> dict[str, float]:
    names = sorted(resolution_weights())
    for _ in range(rounds):
        groups: list[tuple[np.ndarray, np.ndarray, float]] = []
        for pairs in corpora:
            mine = []
            for document, article in pairs:
                found = _accepted(mentions_of(article))
                for sense in resolve(article, found, gazetteers.load()):
                    if len(sense.candidates) < 2:
                        continue
                    for mention in sense.mentions:
                        gold = next(
                            (
                                t
                                for t in document.toponyms
                                if not t.adjective
                                and mention.start < t.end
                                and t.start < mention.end
                                and (mention.start == t.start or mention.end == t.end)
                            ),
                            None,
                        )
                        if gold is None:
                            continue
                        good = np.array(
                            [
                                geo.km((c.latitude, c.longitude), (gold.latitude, gold.longitude))
                                <= geo.WITHIN_KM
                                for c in sense.candidates
                            ]
                        )
                        if not good.any() or good.all():
                            continue
                        values = np.array([[f.get(n, 0.0) for n in names] for f in sense.features])
                        mine.append((values, good))
            groups.extend((v, g, 1000 / max(len(mine), 1)) for v, g in mine)

        def loss(w: np.ndarray, groups: object = groups) -> tuple[float, np.ndarray]:
            total, slope = 0.0, np.zeros_like(w)
            for values, good, share in groups:  # type: ignore[attr-defined]
                scores = values @ w
                scores = scores - scores.max()
                power = np.exp(scores)
                p = power / power.sum()
                mass = p[good].sum() + 1e-12
                total -= share * np.log(mass)
                target = np.where(good, p / mass, 0.0)
                slope -= share * (values.T @ (target - p))
            return total + 2.0 * float(w @ w), slope + 4.0 * w

        start = np.array([resolution_weights()[n] for n in names])
        bounds = [FLOORS.get(name, (None, None)) for name in names]
        best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
        use(None, dict(zip(names, best.x.tolist(), strict=True)))
    return dict(resolution_weights())


def main() -> None:
    gold = Path(sys.argv[1])
    corpora: list[list[Pair]] = []
    for documents in (
        list(geo.read_lgl(gold / "geo" / "lgl.xml")),
        list(geo.read_geovirus(gold / "geo" / "GeoVirus.xml")),
    ):
        corpora.append(list(zip(documents, geo.parsed(documents), strict=True)))
    fit_all(corpora, "--write" in sys.argv)


def fit_all(corpora: list[list[Pair]], write: bool, cross: bool = True) -> None:
    shuffled = [random.Random(7).sample(pairs, len(pairs)) for pairs in corpora]
    first = (dict(recognition_weights()), dict(resolution_weights()))
    if cross:
        totals: dict[tuple[str, str], list[float]] = {}
        for fold in range(FOLDS):
            use(*first)
            train = [[p for i, p in enumerate(c) if i % FOLDS != fold] for c in shuffled]
            fit_recognition(train)
            fit_resolution(train, 2)
            for name, pairs in zip(("lgl", "geovirus"), shuffled, strict=True):
                test = [p for i, p in enumerate(pairs) if i % FOLDS == fold]
                for figure in geo.judge(name, [d for d, _ in test], [a for _, a in test], {}):
                    totals.setdefault((name, figure.metric), []).append(figure.value)
        for (name, metric), values in totals.items():
            print(f"cross-validated {name:10} {metric:34} {sum(values) / len(values):.3f}")
    use(*first)
    recognition = fit_recognition(shuffled)
    resolution = fit_resolution(shuffled)
    if write:
        target = gazetteers.FOLDER / "weights.json"
        target.write_text(
            json.dumps(
                {
                    "recognition": dict(sorted(recognition_weights().items())),
                    "resolution": dict(sorted(resolution.items())),
                },
                indent=1,
            )
            + "\n"
        )
        print("wrote", target.name, len(recognition), len(resolution))


if __name__ == "__main__":
    main()
