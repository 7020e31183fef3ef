"""Differences between two models that answered the same cases: second minus first, with p value, clustered by patient."""

import numpy as np

from cauce.domain.estimate import Estimate
from cauce.metrics.bootstrap import DEFAULT, Resampling, Statistic, jackknife, resampled
from cauce.metrics.cases import MINIMUM_PATIENTS, Booleans, Cases, Floats, clustering_words
from cauce.metrics.influence import QUANTILE, Linearised

_NO_VARIANCE = 1e-18


def difference_estimate(name: str, method: str, difference: Linearised, cases: Cases) -> Estimate:
    """A difference with its interval and, in the note, its p value; 0 with a note when no patient differs."""
    if difference.variance < _NO_VARIANCE:
        note = "no patient tells the two apart" if difference.value == 0 else "every patient differs alike"
        return Estimate.insufficient(name, method, cases.n_patients, len(cases), f"{note}: no variance, no interval")
    lower, upper = difference.interval()
    return Estimate(
        name=name, value=difference.value, lower=lower, upper=upper, method=method, n_patients=cases.n_patients,
        n_cases=len(cases), note=p_words(difference.p_value()),
    )


def p_words(p: float) -> str:
    """`p = 0.034`, or `p < 0.001`."""
    return f"p = {p:.3f}" if p >= 0.001 else "p < 0.001"


def share_difference(
    name: str, first: Booleans, second: Booleans, cases: Cases, *, minimum: int = MINIMUM_PATIENTS
) -> Estimate:
    """Difference of two proportions on the same cases: sensitivities, specificities, accuracies.

    Args:
        first, second: (n,) success of each model on each case of `cases`.
    """
    return mean_difference(name, second.astype(float) - first.astype(float), cases, minimum=minimum)


def mean_difference(name: str, by_case: Floats, cases: Cases, *, minimum: int = MINIMUM_PATIENTS) -> Estimate:
    """Mean of (n,) differences, one for each case."""
    full, method = f"difference of {name}", f"mean of paired differences, {QUANTILE}, {clustering_words(cases)}"
    if cases.n_patients < minimum:
        note = f"{cases.n_patients} patients, at least {minimum} needed"
        return Estimate.insufficient(full, method, cases.n_patients, len(cases), note)
    value = float(by_case.mean())
    return difference_estimate(full, method, Linearised.of(value, (by_case - value) / len(cases), cases), cases)


def bootstrap_difference(
    name: str, first: Statistic, second: Statistic, cases: Cases, *, resampling: Resampling = DEFAULT
) -> Estimate:
    """Difference of any two statistics of the same cases: each resample of patients is given to both.

    Args:
        first, second: statistics of weights (b, n_cases), see `bootstrap.py`.
    """

    def difference(weights: np.ndarray) -> Floats:
        return np.asarray(second(weights) - first(weights))

    drawn = "stratified by class" if resampling.stratified else "not stratified"
    method = (f"paired bootstrap standard error ({resampling.resamples} resamples of patients, {drawn}), {QUANTILE}, "
              f"{clustering_words(cases)}")
    full = f"difference of {name}"
    reason = cases.why_insufficient()
    if reason:
        return Estimate.insufficient(full, method, cases.n_patients, len(cases), reason)
    value = float(difference(np.ones((1, len(cases)), np.float32))[0])
    error = float(resampled(difference, cases, resampling).std(ddof=1))
    return difference_estimate(full, method, Linearised(value, jackknife(difference, cases), error**2), cases)
