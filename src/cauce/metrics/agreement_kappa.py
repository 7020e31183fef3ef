"""κ: agreement on categories beyond what chance gives.

Two readers: Cohen 1960, 10.1177/001316446002000104, weighted by Cohen 1968, 10.1037/h0026256. Any number of readers who are
not the same for every case: Fleiss 1971, 10.1037/h0031619. When all agree, there is nothing to take a variance from; the
upper limit of the disagreement (Clopper-Pearson, each patient one trial) then bounds κ from below.
"""

from enum import StrEnum

import numpy as np
from scipy import stats

from cauce.domain.errors import InputError
from cauce.domain.estimate import Estimate
from cauce.metrics.agreement import PatientSums, Readings, estimate_of, fisher
from cauce.metrics.cases import MINIMUM_PATIENTS, TAIL, Floats


class Weights(StrEnum):
    """How much a disagreement counts: all alike, by distance, by squared distance of the categories' places."""

    NONE = "none"
    LINEAR = "linear"
    QUADRATIC = "quadratic"


def cohen_kappa(
    readings: Readings, n_categories: int, *, weights: Weights = Weights.NONE, minimum: int = MINIMUM_PATIENTS
) -> Estimate:
    """κ of two readers.

    Args:
        readings: (n, 2) codes of categories; their order matters when weighted.
        n_categories: number of categories that could have been said.

    Raises:
        InputError: not two readers, or a code outside the categories.
    """
    codes = _codes(readings, n_categories)
    if codes.shape[1] != 2:
        raise InputError("Cohen's κ compares two readers", where="agreement", got=f"{codes.shape[1]} readers")
    cost = disagreement(n_categories, weights)
    table = np.zeros((len(codes), n_categories * n_categories))
    table[np.arange(len(codes)), codes[:, 0] * n_categories + codes[:, 1]] = 1

    def statistic(sums: Floats) -> Floats:
        square = sums.reshape(*sums.shape[:-1], n_categories, n_categories)
        total = square.sum(axis=(-2, -1))
        observed = (square * cost).sum(axis=(-2, -1)) / total
        by_chance = square.sum(axis=-1)[..., :, None] * square.sum(axis=-2)[..., None, :]
        expected = (by_chance * cost).sum(axis=(-2, -1)) / total**2
        return _beyond_chance(observed, expected)

    name = "κ" if weights is Weights.NONE else f"κ, {weights.value} weights"
    sums = PatientSums.of(table, readings.patient, readings.n_patients)
    if len(codes) and (codes[:, 0] == codes[:, 1]).all():
        share = np.bincount(codes[:, 0], minlength=n_categories) / len(codes)
        return _perfect(name, "Cohen", sums, float(share @ cost @ share), minimum)
    return estimate_of(name, statistic, sums, fisher(2), method="Cohen", minimum=minimum)


def fleiss_kappa(readings: Readings, n_categories: int, *, minimum: int = MINIMUM_PATIENTS) -> Estimate:
    """κ of k readers per case, who need not be the same people.

    Args:
        readings: (n, k) codes of categories without order.

    Raises:
        InputError: a code outside the categories.
    """
    codes = _codes(readings, n_categories)
    readers = codes.shape[1]
    counts = (codes[:, :, None] == np.arange(n_categories)).sum(axis=1).astype(np.float64)
    agreeing = (counts**2).sum(axis=1) - readers  # ordered pairs of readers who agree on the case
    by_case = np.concatenate([counts, agreeing[:, None], np.ones((len(codes), 1))], axis=1)

    def statistic(sums: Floats) -> Floats:
        cases = sums[..., -1]
        shares = sums[..., :n_categories] / (cases[..., None] * readers)
        observed = 1 - sums[..., -2] / (cases * readers * (readers - 1))
        return _beyond_chance(observed, 1 - (shares**2).sum(axis=-1))

    sums = PatientSums.of(by_case, readings.patient, readings.n_patients)
    if len(codes) and (codes == codes[:, :1]).all():
        shares = counts.sum(axis=0) / counts.sum()
        return _perfect("κ", f"Fleiss, {readers} readers", sums, float(1 - shares @ shares), minimum)
    return estimate_of("κ", statistic, sums, fisher(2), method=f"Fleiss, {readers} readers", minimum=minimum)


def disagreement(n_categories: int, weights: Weights) -> Floats:
    """(categories, categories) cost of each pair, 0 on the diagonal, 1 at the worst."""
    distance = np.abs(np.subtract.outer(np.arange(n_categories), np.arange(n_categories))).astype(np.float64)
    match weights:
        case Weights.NONE:
            return (distance > 0).astype(np.float64)
        case Weights.LINEAR:
            return distance / max(n_categories - 1, 1)
        case Weights.QUADRATIC:
            return (distance / max(n_categories - 1, 1)) ** 2


def _codes(readings: Readings, n_categories: int) -> np.ndarray:
    codes = readings.categories()
    if len(codes) and int(codes.max()) >= n_categories:
        raise InputError("a reading is no known category", where="agreement", expected=f"0 to {n_categories - 1}",
                         got=str(int(codes.max())))
    return codes


def _beyond_chance(observed: Floats, expected: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(1 - observed / expected)


def _perfect(name: str, method: str, sums: PatientSums, expected: float, minimum: int) -> Estimate:
    """All readers agree on all cases."""
    patients, cases = len(sums.sums), sums.n_cases
    words = f"{method}; Clopper-Pearson on patients"
    if patients < minimum:
        return Estimate.insufficient(name, words, patients, cases, f"{patients} patients, at least {minimum} needed")
    if expected <= 0:
        return Estimate.insufficient(name, words, patients, cases, "one category only: agreement by chance is certain")
    disagreeing = float(stats.beta.isf(TAIL, 1, patients))
    return Estimate(
        name=name, value=1.0, lower=max(1 - disagreeing / expected, -1.0), upper=1.0, method=words, n_patients=patients,
        n_cases=cases, note="no disagreement in the sample: the bound takes each patient as one trial",
    )
