"""Curves for pictures; the numbers with intervals are in the other files."""

import numpy as np

from cauce.metrics.cases import Cases, Floats


def roc_curve(cases: Cases) -> tuple[Floats, Floats]:
    """False-positive rate and sensitivity (k,), from (0, 0) to (1, 1), one point for each distinct score."""
    order = np.argsort(-cases.score, kind="stable")
    ends = np.flatnonzero(np.r_[np.diff(cases.score[order]) != 0, True])
    hits = np.cumsum(cases.positive[order])[ends] / max(int(cases.positive.sum()), 1)
    false = np.cumsum(~cases.positive[order])[ends] / max(int((~cases.positive).sum()), 1)
    return np.r_[0.0, false], np.r_[0.0, hits]
