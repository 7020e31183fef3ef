"""Summaries of the table of calls that weigh both kinds of error: F1, balanced accuracy, Matthews' correlation.

Each is a function of four sums over cases, so the jackknife over patients of `agreement.py` gives the interval.
Sources: van Rijsbergen 1979 (F1); Brodersen 2010, 10.1109/ICPR.2010.764; Matthews 1975, 10.1016/0005-2795(75)90109-9.
"""

import numpy as np

from cauce.domain.estimate import Estimate
from cauce.metrics.agreement import PatientSums, estimate_of, fisher, logit
from cauce.metrics.cases import MINIMUM_PATIENTS, Booleans, Cases, Floats


def call_summaries(cases: Cases, called: Booleans, *, minimum: int = MINIMUM_PATIENTS) -> tuple[Estimate, ...]:
    """F1, balanced accuracy and MCC of calls (n,). F1 and MCC hold at the prevalence of these cases only."""
    positive = cases.positive
    table = np.stack([positive & called, ~positive & called, positive & ~called, ~positive & ~called], axis=1)
    sums = PatientSums.of(table.astype(np.float64), cases.patient, cases.n_patients)
    return (
        estimate_of("F1", _f1, sums, logit, method="2 TP / (2 TP + FP + FN)", minimum=minimum),
        estimate_of("balanced accuracy", _balanced, sums, logit, method="mean of sensitivity and specificity", minimum=minimum),
        estimate_of("MCC", _matthews, sums, fisher(2), method="correlation of reference and calls", minimum=minimum),
    )


def _f1(sums: Floats) -> Floats:
    hits, false, missed = sums[..., 0], sums[..., 1], sums[..., 2]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(2 * hits / (2 * hits + false + missed))


def _balanced(sums: Floats) -> Floats:
    hits, false, missed, right = (sums[..., column] for column in range(4))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((hits / (hits + missed) + right / (right + false)) / 2)


def _matthews(sums: Floats) -> Floats:
    hits, false, missed, right = (sums[..., column] for column in range(4))
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = np.sqrt((hits + false) * (hits + missed) * (right + false) * (right + missed))
        return np.asarray((hits * right - false * missed) / scale)
