"""Area under the ROC curve with DeLong's variance, extended to several cases of one patient.

Sources: DeLong, DeLong and Clarke-Pearson 1988, 10.2307/2531595; Obuchowski 1997, 10.2307/2533958 (clustered data). With
one case per patient the two are the same number. The interval is taken on the logit scale (Pepe 2003, section 5.2.5), which
stays within 0 to 1, with the Student quantile of `influence.py`.
"""

import numpy as np
from scipy import stats

from cauce.domain.errors import InputError
from cauce.domain.estimate import Estimate
from cauce.metrics.cases import MINIMUM_PATIENTS, TAIL, Booleans, Cases, Floats, clustering_words
from cauce.metrics.difference import difference_estimate
from cauce.metrics.influence import QUANTILE, Linearised
from cauce.metrics.ranking import placements

NAME = "AUC"


def auc(cases: Cases, *, minimum: int = MINIMUM_PATIENTS) -> Estimate:
    """Area under the ROC curve: the probability that a positive case scores higher than a negative one, ties one half.

    Args:
        cases: scores of any monotonic scale.
        minimum: patients needed of each class.
    """
    words = clustering_words(cases) + (" (Obuchowski)" if cases.clustered() else "")
    method = f"DeLong by mid-ranks, logit interval, {QUANTILE}, {words}"
    reason = cases.why_insufficient(max(minimum, 2))
    if reason:
        return Estimate.insufficient(NAME, method, cases.n_patients, len(cases), reason)
    area = linearised_auc(cases)
    note = ""
    if area.variance > 0 and 0 < area.value < 1:
        lower, upper = area.logit_interval()
    else:
        lower, upper = _matched_pairs_interval(cases, area.value)
        method = f"Clopper-Pearson on independent pairs, {words}"
        note = (
            "the sample gives no variance (perfect separation, or scores that say nothing); each patient is counted in one "
            "pair of a positive and a negative only, and the bound errs on the wide side"
        )
    return Estimate(
        name=NAME, value=area.value, lower=lower, upper=upper, method=method, n_patients=cases.n_patients,
        n_cases=len(cases), note=note,
    )


def linearised_auc(cases: Cases) -> Linearised:
    """Area, its variance and each patient's influence; needs two patients of each class and finite scores."""
    value, by_positive, by_negative = _contributions(cases)
    return _linearised(value, by_positive, by_negative, cases)


def auc_difference(first: Cases, second: Cases, *, minimum: int = MINIMUM_PATIENTS) -> Estimate:
    """Second minus first area of two models on the same cases, with the covariance that this gives (paired DeLong).

    Args:
        first, second: scores of the two models; reference and patients are the same, case by case.

    Raises:
        InputError: they are not the same cases.
    """
    if not (np.array_equal(first.positive, second.positive) and np.array_equal(first.patient, second.patient)):
        raise InputError("two models are compared on the same cases only", where="paired DeLong")
    name = f"difference of {NAME}"
    words = clustering_words(first) + (" (Obuchowski)" if first.clustered() else "")
    method = f"paired DeLong by mid-ranks, {QUANTILE}, {words}"
    reason = first.why_insufficient(max(minimum, 2)) or second.why_insufficient(max(minimum, 2))
    if reason:
        return Estimate.insufficient(name, method, first.n_patients, len(first), reason)
    (one, one_positive, one_negative), (two, two_positive, two_negative) = _contributions(first), _contributions(second)
    difference = _linearised(two - one, two_positive - one_positive, two_negative - one_negative, first)
    return difference_estimate(name, method, difference, first)


def _contributions(cases: Cases) -> tuple[float, Floats, Floats]:
    """Area, and what each patient's positives and negatives contribute to its error."""
    of_positives, of_negatives = placements(cases.positive, cases.score)
    value = float(of_positives.mean())
    by_positive = _sum_by_patient(of_positives - value, cases, cases.positive) / len(of_positives)
    by_negative = _sum_by_patient(of_negatives - value, cases, ~cases.positive) / len(of_negatives)
    return value, by_positive, by_negative


def _linearised(value: float, by_positive: Floats, by_negative: Floats, cases: Cases) -> Linearised:
    variance = (
        _sum_of_products(by_positive, by_positive, cases.patients_with(cases.positive))
        + _sum_of_products(by_negative, by_negative, cases.patients_with(~cases.positive))
        + 2 * _sum_of_products(by_positive, by_negative, cases.n_patients)
    )
    return Linearised(value, by_positive + by_negative, max(variance, 0.0))


def _sum_by_patient(values: Floats, cases: Cases, chosen: Booleans) -> Floats:
    return np.bincount(cases.patient[chosen], values, cases.n_patients).astype(np.float64)


def _sum_of_products(left: Floats, right: Floats, n_clusters: int) -> float:
    return float(left @ right) * n_clusters / (n_clusters - 1)


def _matched_pairs_interval(cases: Cases, value: float) -> tuple[float, float]:
    """Bounds that need no variance.

    Pair positives with negatives so that no patient is in two pairs: k independent comparisons, each won with
    probability AUC. All k are won with probability AUC^k, so an AUC below 0.025^(1/k) is excluded at 97.5 %; and all pairs
    can only be in order when these are.
    """
    pairs = min(
        cases.patients_with(cases.positive), cases.patients_with(~cases.positive), cases.n_patients // 2
    )
    won = value * pairs
    lower = float(stats.beta.ppf(TAIL, won, pairs - won + 1)) if won > 0 else 0.0
    upper = float(stats.beta.isf(TAIL, won + 1, pairs - won)) if won < pairs else 1.0
    return min(lower, value), max(upper, value)
