"""Summaries of the table of calls that weigh both kinds of error: F1, balanced accuracy, Matthews' correlation.

Each is a function of four sums over cases, whose variance the jackknife over patients of `agreement.py` gives. F1 is a share
of calls and misses: Wilson's interval at the effective sample size is taken, as for `proportion.py`. Balanced accuracy joins
the intervals of sensitivity and specificity. Logit intervals held the truth in 97.9 and 93.4 % of cohorts in which a tenth
of the positives is found (`benchmarks/coverage.py`).
Sources: van Rijsbergen 1979 (F1); Brodersen 2010, 10.1109/ICPR.2010.764; Matthews 1975, 10.1016/0005-2795(75)90109-9; Zou and
Donner 2008, 10.1002/sim.3095 (MOVER, with the correlation of the two).
"""

import numpy as np
from scipy import stats

from cauce.domain.estimate import Estimate
from cauce.metrics.agreement import PatientSums, estimate_of, fisher
from cauce.metrics.cases import MINIMUM_PATIENTS, TAIL, Booleans, Cases, Floats, clustering_words
from cauce.metrics.influence import Linearised
from cauce.metrics.proportion import effective_interval, proportion


def call_summaries(cases: Cases, called: Booleans, *, minimum: int = MINIMUM_PATIENTS) -> tuple[Estimate, ...]:
    """F1, balanced accuracy and MCC of calls (n,). F1 and MCC hold at the prevalence of these cases only."""
    positive = cases.positive
    table = np.stack([positive & called, ~positive & called, positive & ~called, ~positive & ~called], axis=1)
    sums = PatientSums.of(table.astype(np.float64), cases.patient, cases.n_patients)
    quantile = float(stats.t.isf(TAIL, max(cases.n_patients - 1, 1)))

    def wilson(found: Linearised) -> tuple[float, float]:
        return effective_interval(found, quantile)

    return (
        estimate_of("F1", _f1, sums, wilson, method="2 TP / (2 TP + FP + FN); Wilson at the effective sample size",
                    minimum=minimum),
        _balanced_accuracy(cases, called, sums, minimum),
        estimate_of("MCC", _matthews, sums, fisher(2), method="correlation of reference and calls", minimum=minimum),
    )


def _balanced_accuracy(cases: Cases, called: Booleans, sums: PatientSums, minimum: int) -> Estimate:
    name = "balanced accuracy"
    method = f"mean of sensitivity and specificity; their Wilson intervals joined (MOVER), {clustering_words(cases)}"
    right = called == cases.positive
    parts = [proportion("", right[of], cases.subset(of), minimum=minimum) for of in (cases.positive, ~cases.positive)]
    values = [each.value for each in parts if each.value is not None]
    if len(values) < len(parts):
        note = next(each.note for each in parts if each.value is None)
        return Estimate.insufficient(name, method, cases.n_patients, len(cases), f"{note} of each class")
    value = float(np.mean(values))
    below = np.array([(each.value or 0) - (each.lower or 0) for each in parts])
    above = np.array([(each.upper or 0) - (each.value or 0) for each in parts])
    correlation = _correlation(sums.linearised(_sensitivity), sums.linearised(_specificity))
    down, up = (float(np.sqrt(max(gap @ gap + 2 * correlation * gap.prod(), 0.0))) / 2 for gap in (below, above))
    return Estimate(name=name, value=value, lower=max(value - down, 0.0), upper=min(value + up, 1.0), method=method,
                    n_patients=cases.n_patients, n_cases=len(cases))


def _correlation(one: Linearised, two: Linearised) -> float:
    scale = float(np.sqrt((one.by_patient @ one.by_patient) * (two.by_patient @ two.by_patient)))
    return float(one.by_patient @ two.by_patient) / scale if scale > 0 else 0.0


def _f1(sums: Floats) -> Floats:
    hits, false, missed = sums[..., 0], sums[..., 1], sums[..., 2]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(2 * hits / (2 * hits + false + missed))


def _sensitivity(sums: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(sums[..., 0] / (sums[..., 0] + sums[..., 2]))


def _specificity(sums: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(sums[..., 3] / (sums[..., 1] + sums[..., 3]))


def _matthews(sums: Floats) -> Floats:
    hits, false, missed, right = (sums[..., column] for column in range(4))
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = np.sqrt((hits + false) * (hits + missed) * (right + false) * (right + missed))
        return np.asarray((hits * right - false * missed) / scale)
