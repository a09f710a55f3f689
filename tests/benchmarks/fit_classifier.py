"""Fit the classifier of root types offline, and print its cross-validated accuracy.

    python -m tests.benchmarks.fit_classifier [--gold ../shared/gold] [--write]

Training data are the PLV sentences with their marked pairs (no licence stated: weights over hashed
features are all that is kept). Needs scikit-learn, which newsmill itself does not.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from transforms.extract import classifier, coder, pipeline

YIELD = frozenset(("CONCEDE", "RETREAT"))
GOLD = Path(__file__).resolve().parents[3] / "shared" / "gold"


def examples(folder: Path) -> tuple[list[list[str]], list[str]]:
    """The features and the root type of each sentence's marked pair."""
    gold = [json.loads(x) for x in (folder / "gold.jsonl").read_text("utf-8").splitlines()]
    extractor = coder.extractor(pipeline.load())
    names, roots = [], []
    for item in gold:
        record = coder.Record(
            item["id"], None, item["text"], actor=item["source"], recipient=item["target"] or None
        )
        pair = extractor.pair_features(record)
        names.append(pair)
        root = item["event_type"]
        roots.append("YIELD" if root in YIELD else root)
    return names, roots


def matrix(names: list[list[str]]) -> csr_matrix:
    """Binary features, hashed as at run time."""
    rows, columns = [], []
    for row, features in enumerate(names):
        for column in {classifier.bucket(name) for name in features}:
            rows.append(row)
            columns.append(column)
    shape = (len(names), classifier.BUCKETS)
    return csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)


def cross_validated(folder: Path, strength: float = 0.4) -> tuple[float, float]:
    """Accuracy and macro F1 of five-fold cross-validation on the PLV sentences in `folder`."""
    names, roots = examples(folder)
    y = np.array(roots)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    model = LogisticRegression(C=strength, max_iter=500)
    guessed = cross_val_predict(model, matrix(names), y, cv=folds)
    return float(accuracy_score(y, guessed)), float(f1_score(y, guessed, average="macro"))


def main() -> None:
    """Cross-validate over several strengths of regularisation; write the weights with `--write`.

    The strongest regularisation within half a point of the best accuracy is kept.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.fit_classifier")
    parser.add_argument("--gold", type=Path, default=GOLD)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    names, roots = examples(asked.gold / "plv")
    x, y = matrix(names), np.array(roots)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    results: list[tuple[float, float]] = []
    wrong: Counter[tuple[str, str]] = Counter()
    for strength in (0.05, 0.1, 0.2, 0.4, 0.8):
        model = LogisticRegression(C=strength, max_iter=500)
        guessed = cross_val_predict(model, x, y, cv=folds)
        accuracy = float(accuracy_score(y, guessed))
        macro = f1_score(y, guessed, average="macro")
        print(f"C={strength}: accuracy {accuracy:.3f}, macro F1 {macro:.3f} (5-fold)")
        results.append((strength, accuracy))
        wrong = Counter(zip(y[y != guessed], guessed[y != guessed], strict=True))
    top = max(accuracy for _, accuracy in results)
    chosen = next(strength for strength, accuracy in results if accuracy >= top - 0.005)
    print("kept: C =", chosen)
    print("most confused:", [(f"{a}->{b}", n) for (a, b), n in wrong.most_common(12)])
    if asked.write:
        fitted = LogisticRegression(C=chosen, max_iter=500).fit(x, y)
        np.savez_compressed(
            classifier.PARAMETERS,
            weights=fitted.coef_.T.astype(np.float16),
            intercept=fitted.intercept_.astype(np.float32),
            types=np.frombuffer(json.dumps(list(fitted.classes_)).encode(), dtype=np.uint8),
            source=np.frombuffer(
                b"Fitted on PLV (licence not stated; no text kept). See fit_classifier.py.",
                dtype=np.uint8,
            ),
        )
        print("written:", classifier.PARAMETERS.name, classifier.PARAMETERS.stat().st_size)


if __name__ == "__main__":
    main()
