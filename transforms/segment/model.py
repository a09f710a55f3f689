"""Boosted decision trees, fitted offline, evaluated with numpy alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
PARAMETERS = Path(__file__).with_name("parameters.npz")


@dataclass(frozen=True)
class Trees:
    """A sum of binary trees in flat arrays; a node without children has `feature` -1.

    `roots` are the first nodes of the trees, `left` and `right` node numbers, `value` what a leaf
    adds to the log-odds, `baseline` where they start, `depth` the longest path.
    """

    feature: npt.NDArray[np.int32]
    threshold: npt.NDArray[np.float32]
    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    value: npt.NDArray[np.float32]
    roots: npt.NDArray[np.int32]
    baseline: float
    depth: int

    def log_odds(self, rows: Floats) -> npt.NDArray[np.float64]:
        """Return the log-odds of each row of `rows` (n by the features that were fitted)."""
        total = np.full(len(rows), self.baseline, np.float64)
        if not len(rows):
            return total
        flat = np.ascontiguousarray(rows).ravel()
        base = np.arange(len(rows), dtype=np.int64) * rows.shape[1]
        for root in self.roots:
            node = np.full(len(rows), root, np.int32)
            for _ in range(self.depth):
                feature = self.feature[node]
                inner = feature >= 0
                if not inner.any():
                    break
                goes_left = flat[base + np.maximum(feature, 0)] <= self.threshold[node]
                child = np.where(goes_left, self.left[node], self.right[node])
                node = np.where(inner, child, node)
            total += self.value[node]
        return total

    def probability(self, rows: Floats) -> npt.NDArray[np.float64]:
        """Return the probability of each row."""
        return 1.0 / (1.0 + np.exp(-self.log_odds(rows)))


def unpack(arrays: dict[str, npt.NDArray[np.float64]], name: str) -> Trees:
    """Take the trees called `name` out of the parameters' arrays."""
    part = {key.split("/", 1)[1]: arrays[key] for key in arrays if key.startswith(f"{name}/")}
    return Trees(
        feature=part["feature"].astype(np.int32),
        threshold=part["threshold"].astype(np.float32),
        left=part["left"].astype(np.int32),
        right=part["right"].astype(np.int32),
        value=part["value"].astype(np.float32),
        roots=part["roots"].astype(np.int32),
        baseline=float(part["baseline"]),
        depth=int(part["depth"]),
    )


@dataclass(frozen=True)
class Models:
    """The shipped parameters; `about` says on which data and how they were fitted.

    `headline` and `lead_in` judge a unit alone; the `_again` models judge it beside what the first
    pass made of the dump. A lead-in is a line of a story before its headline (a section, a date).
    """

    headline: Trees
    headline_again: Trees
    lead_in: Trees
    about: str


@cache
def shipped() -> Models:
    """Load the parameters that come with the package."""
    with np.load(PARAMETERS, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    return Models(
        headline=unpack(arrays, "headline"),
        headline_again=unpack(arrays, "headline_again"),
        lead_in=unpack(arrays, "lead_in"),
        about=str(arrays["about"]),
    )
