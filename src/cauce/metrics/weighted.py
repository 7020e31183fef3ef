"""Statistics of weighted cases, vectorised over resamples: what `bootstrap.py` is fed with."""

import numpy as np

from cauce.metrics.bootstrap import Statistic, Weights
from cauce.metrics.cases import Cases, Floats


def weighted_auc(cases: Cases) -> Statistic:
    """Area under the ROC curve of weights (b, n); ties count one half."""
    positives, negatives = np.flatnonzero(cases.positive), np.flatnonzero(~cases.positive)
    negatives = negatives[np.argsort(cases.score[negatives], kind="stable")]
    ordered = cases.score[negatives]
    first = np.searchsorted(ordered, cases.score[positives], side="left")
    last = np.searchsorted(ordered, cases.score[positives], side="right")

    def statistic(weights: Weights) -> Floats:
        w_positive = weights[:, positives]
        below = np.zeros((len(weights), len(negatives) + 1), np.float32)  # counts below 2^24 are exact
        np.cumsum(weights[:, negatives], axis=1, out=below[:, 1:])
        wins = np.einsum("bi,bi->b", w_positive, below[:, first] + below[:, last], dtype=np.float64) / 2
        return np.asarray(wins / (w_positive.sum(axis=1, dtype=np.float64) * below[:, -1]))

    return statistic


def weighted_average_precision(cases: Cases) -> Statistic:
    """Average precision of weights (b, n): precision at each distinct score, weighted by the gain in sensitivity there."""
    order = np.argsort(-cases.score, kind="stable")
    ends = np.flatnonzero(np.r_[np.diff(cases.score[order]) != 0, True])
    positive = cases.positive[order]

    def statistic(weights: Weights) -> Floats:
        ranked = weights[:, order]
        called = np.cumsum(ranked, axis=1, dtype=np.float64)[:, ends]
        hits = np.cumsum(ranked * positive, axis=1, dtype=np.float64)[:, ends]
        gain = np.diff(hits, axis=1, prepend=0.0)
        precision = np.divide(hits, called, out=np.zeros_like(hits), where=called > 0)
        return np.asarray((gain * precision).sum(axis=1) / hits[:, -1])

    return statistic
