"""From similar pairs to clusters: single link where pairs are alike, average link between those.

Single link joins any two clusters that one strong pair ties; average link then joins two clusters
whose members are alike on average, pairs that were never compared counting as unlike. The second
step works by rounds of mutually nearest clusters, which gives the same tree as joining the nearest
two at a time, because average linkage is reducible (Müllner, "Modern hierarchical, agglomerative
clustering algorithms", 2011), and does not depend on the order of the rows.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from transforms.deduplicate.fingerprint import F64, I64, Mask
from transforms.deduplicate.match import Pairs


def components(n: int, pairs: Pairs) -> I64:
    """Return for each of n rows the number of the connected component it lies in."""
    first, second = pairs
    graph = sparse.coo_matrix((np.ones(len(first), np.int8), (first, second)), shape=(n, n))
    _, label = connected_components(graph, directed=False)
    return np.asarray(label, np.int64)


def _between(label: I64, pairs: Pairs, score: F64) -> tuple[I64, I64, F64]:
    """Return the pairs of clusters that any pair of rows ties, and their mean score."""
    a, b = label[pairs[0]], label[pairs[1]]
    low, high = np.minimum(a, b), np.maximum(a, b)
    apart = low != high
    count = np.bincount(label)
    code, inverse = np.unique(low[apart] * len(count) + high[apart], return_inverse=True)
    total = np.bincount(inverse, weights=score[apart], minlength=len(code))
    low, high = code // len(count), code % len(count)
    return low, high, total / (count[low] * count[high])


def cluster(n: int, pairs: Pairs, strong: Mask, score: F64, average: float) -> I64:
    """Return the cluster of each of n rows; rows that no pair names stay alone.

    `strong` says which pairs a single link joins, `score` what each pair adds to an average.
    """
    label = components(n, (pairs[0][strong], pairs[1][strong]))
    while True:
        low, high, mean = _between(label, pairs, score)
        near = mean >= average
        low, high, mean = low[near], high[near], mean[near]
        if not len(low):
            return label
        best = np.zeros(int(label.max()) + 1)
        np.maximum.at(best, low, mean)
        np.maximum.at(best, high, mean)
        mutual = (mean >= best[low]) & (mean >= best[high])
        label = components(len(best), (low[mutual], high[mutual]))[label]
