"""Boosted decision trees, fitted offline, evaluated with numpy alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from transforms.segment.words import Lexicon

Floats = npt.NDArray[np.float32]
_ROWS = 8192
_EVERY = 20
_FEW = 400
_HOPELESS = -6.0
PARAMETERS = Path(__file__).with_name("parameters.npz")


@dataclass(frozen=True)
class Trees:
    """A sum of binary trees in flat arrays.

    `child` has for each node the next one where its feature is at most its threshold, and where it
    is above; a leaf is its own child. `roots` are the first nodes of the trees, `value` what a leaf
    adds to the log-odds, `baseline` where they start, `depth` the longest path.
    """

    feature: npt.NDArray[np.int32]
    threshold: npt.NDArray[np.float32]
    child: npt.NDArray[np.int32]
    value: npt.NDArray[np.float32]
    roots: npt.NDArray[np.int32]
    baseline: float
    depth: int

    def log_odds(self, rows: Floats) -> npt.NDArray[np.float64]:
        """Return the log-odds of each row of `rows` (n by the features that were fitted).

        Rows that the first trees are sure are no headlines are left at what those say.
        """
        if len(rows) <= _FEW:
            return self._few(rows)
        total = np.full(len(rows), self.baseline, np.float64)
        for low in range(0, len(rows), _ROWS):
            self._add(rows[low : low + _ROWS], total[low : low + _ROWS])
        return total

    def _few(self, rows: Floats) -> npt.NDArray[np.float64]:
        """Return the same for few rows, every tree at once: a step costs more than its work."""
        count = len(rows)
        flat = np.ascontiguousarray(rows).ravel()
        base = (np.arange(count, dtype=np.int64) * rows.shape[1])[None, :]
        child = self.child.ravel()
        node = np.repeat(self.roots[:, None].astype(np.int64), count, axis=1)
        for _ in range(self.depth):
            right = flat.take(base + self.feature.take(node)) > self.threshold.take(node)
            node = child.take(2 * node + right).astype(np.int64)
        start = np.full((1, count), self.baseline, np.float64)
        sums = np.cumsum(np.concatenate([start, self.value.take(node)]), axis=0)
        at = np.arange(_EVERY, len(self.roots), _EVERY)
        hopeless = sums[at] <= _HOPELESS  # as below: what they say then stands
        first = np.argmax(np.concatenate([hopeless, np.ones((1, count), bool)]), axis=0)
        total: npt.NDArray[np.float64] = sums[np.append(at, -1)[first], np.arange(count)]
        return total

    def _add(self, rows: Floats, total: npt.NDArray[np.float64]) -> None:
        """Add to `total` what the trees say.

        A leaf is its own child, so every row may take as many steps as a tree is deep. Values lie
        by feature, so that rows at one node find theirs side by side.
        """
        active = np.arange(len(rows))
        hopeless = np.zeros(len(rows), bool)
        columns = np.ascontiguousarray(rows.T)
        child = self.child.ravel()
        for number, root in enumerate(self.roots):
            if number and number % _EVERY == 0:
                hopeless = total[active] <= _HOPELESS
                lost = np.count_nonzero(hopeless)
                if lost == len(active):
                    return
                if 2 * lost > len(active):
                    active = active[~hopeless]
                    columns = np.ascontiguousarray(columns[:, ~hopeless])
                    hopeless = np.zeros(len(active), bool)
            count = len(active)
            flat = columns.ravel()
            offset = self.feature * count
            own = np.arange(count, dtype=np.int32)
            node = np.full(count, root, np.int32)
            for _ in range(self.depth):
                right = flat.take(offset.take(node) + own) > self.threshold.take(node)
                node = child.take(2 * node + right)
            total[active] += np.where(hopeless, 0.0, self.value.take(node))

    def probability(self, rows: Floats) -> npt.NDArray[np.float64]:
        """Return the probability of each row."""
        return 1.0 / (1.0 + np.exp(-self.log_odds(rows)))


def unpack(arrays: dict[str, npt.NDArray[np.float64]], name: str) -> Trees:
    """Take the trees called `name` out of the parameters' arrays."""
    part = {key.split("/", 1)[1]: arrays[key] for key in arrays if key.startswith(f"{name}/")}
    leaf = part["feature"] < 0
    itself = np.arange(len(leaf))
    children = [np.where(leaf, itself, part[side]) for side in ("left", "right")]
    return Trees(
        feature=np.where(leaf, 0, part["feature"]).astype(np.int32),
        threshold=np.where(leaf, np.inf, part["threshold"]).astype(np.float32),
        child=np.stack(children, axis=1).astype(np.int32),
        value=part["value"].astype(np.float32),
        roots=part["roots"].astype(np.int32),
        baseline=float(part["baseline"]),
        depth=int(part["depth"]),
    )


@dataclass(frozen=True)
class Scale:
    """A rising curve from what probabilities multiply to, to how often that was right.

    `knots` are log-odds of the former, in ascending order, `shares` the latter.
    """

    knots: npt.NDArray[np.float64]
    shares: npt.NDArray[np.float64]

    def of(self, probability: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return how often stories of these raw probabilities were right on unseen corpora."""
        clipped = np.clip(probability, 1e-6, 1.0 - 1e-6)
        return np.interp(np.log(clipped / (1.0 - clipped)), self.knots, self.shares)


@dataclass(frozen=True)
class Models:
    """The shipped parameters; `about` says on which data and how they were fitted.

    `headline` and `lead_in` judge a unit alone; the `_again` models judge it beside what the first
    pass made of the dump. A lead-in is a line of a story before its headline (a section, a date).
    `lexicon` is what is known of words beforehand, `scale` what confidence is worth.
    """

    headline: Trees
    headline_again: Trees
    lead_in: Trees
    lexicon: Lexicon
    scale: Scale
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
        lexicon=Lexicon(
            arrays["words/hashes"].astype(np.uint32),
            arrays["words/rarity"].astype(np.float32),
            arrays["words/signs"].astype(np.float32),
        ),
        scale=Scale(arrays["scale/knots"], arrays["scale/shares"]),
        about=str(arrays["about"]),
    )
