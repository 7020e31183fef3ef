"""Mid-ranks and placements: what the area under the ROC curve is made of."""

import numpy as np

from cauce.metrics.cases import Booleans, Floats


def midranks(values: Floats) -> Floats:
    """Ranks from 1 to n of (n,) values; equal values share the mean of their ranks. One sort."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    sizes = np.diff(np.r_[starts, len(values)])
    ranks = np.empty(len(values))
    ranks[order] = np.repeat(starts + (sizes + 1) / 2, sizes)
    return ranks


def placements(positive: Booleans, score: Floats) -> tuple[Floats, Floats]:
    """Share of the other class that each case is on the right side of, ties counted as one half.

    Returns:
        (m,) for the positives: share of the negatives that score lower; (k,) for the negatives: share of the positives
        that score higher. The mean of either is the area under the ROC curve.

    Source: Sun and Xu 2014, 10.1109/LSP.2014.2337313 (mid-ranks instead of all m × k comparisons).
    """
    pooled = midranks(score)
    n_positive = int(np.count_nonzero(positive))
    n_negative = len(score) - n_positive
    of_positives = (pooled[positive] - midranks(score[positive])) / n_negative
    of_negatives = 1 - (pooled[~positive] - midranks(score[~positive])) / n_positive
    return of_positives, of_negatives
