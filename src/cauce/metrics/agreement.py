"""Agreement between readers, as a function of sums over cases, with an interval that is clustered by patient.

Every number here (κ, ICC, mean Dice, mean distance) is a smooth function of a few sums over the cases, so leaving one patient
out costs one subtraction: the jackknife over patients is computed in one pass whatever their number. Its variance is taken
with the Student quantile of `influence.py`, on a scale that the number cannot leave.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cauce.domain.errors import InputError
from cauce.domain.estimate import Estimate
from cauce.metrics.cases import Floats, Ints
from cauce.metrics.influence import QUANTILE, Linearised

SumsStatistic = Callable[[Floats], Floats]
"""Sums (..., m) → value (...)."""

Interval = Callable[[Linearised], tuple[float, float]]

_NO_VARIANCE = 1e-12


@dataclass(frozen=True, eq=False)
class Readings:
    """What k readers said of n cases that all of them read.

    Attributes:
        values: (n, k) a number, or the code of a category from 0.
        patient: (n,) patient of each case as a number from 0 to n_patients - 1.
        n_patients: number of different patients.
    """

    values: Floats
    patient: Ints
    n_patients: int

    @classmethod
    def of(cls, values: ArrayLike, patient: ArrayLike | None = None) -> "Readings":
        """Check and convert; `patient` holds any labels, and defaults to one patient a case.

        Raises:
            InputError: not (n, k) with at least two readers, a value that is not finite, or another number of patients.
        """
        table = np.asarray(values, dtype=np.float64)
        if table.ndim != 2 or table.shape[1] < 2:
            raise InputError("readings need one row a case and one column a reader", where="agreement",
                             expected="(n, k) with k of at least 2", got=str(table.shape))
        if not np.isfinite(table).all():
            raise InputError("a reading is missing or not a number", where="agreement",
                             remedy="Compare readers on the cases that all of them read.")
        codes, count = patient_codes(patient, len(table))
        return cls(table, codes, count)

    def categories(self) -> NDArray[np.int64]:
        """(n, k) codes of categories.

        Raises:
            InputError: a value is no whole number from 0.
        """
        codes = self.values.astype(np.int64)
        if (codes != self.values).any() or (codes < 0).any():
            raise InputError("a category must be a whole number from 0", where="agreement")
        return codes


def patient_codes(patient: ArrayLike | None, n: int) -> tuple[Ints, int]:
    """Numbers from 0 for any labels of patients, and how many there are.

    Raises:
        InputError: not one label for each of n cases.
    """
    keys = np.arange(n) if patient is None else np.asarray(patient)
    if keys.shape != (n,):
        raise InputError("each case needs its patient", where="agreement", expected=f"({n},)", got=str(keys.shape))
    names, codes = np.unique(keys, return_inverse=True)
    return codes.astype(np.intp), len(names)


@dataclass(frozen=True, eq=False)
class PatientSums:
    """Sums over the cases of each patient.

    Attributes:
        sums: (n_patients, m).
        n_cases: behind them.
    """

    sums: Floats
    n_cases: int

    @classmethod
    def of(cls, by_case: Floats, patient: Ints, n_patients: int) -> "PatientSums":
        """Add up (n, m) over the cases of each patient."""
        columns = [np.bincount(patient, column, n_patients) for column in by_case.T]
        return cls(np.stack(columns, axis=1), len(by_case))

    def linearised(self, statistic: SumsStatistic) -> Linearised:
        """Value, jackknife influence of each patient, jackknife variance."""
        total, patients = self.sums.sum(axis=0), len(self.sums)
        value = float(statistic(total))
        if patients < 2:
            return Linearised(value, np.zeros(patients), 0.0)
        without = statistic(total - self.sums)
        influence = without.mean() - without
        return Linearised(value, influence, float(influence @ influence) * (patients - 1) / patients)


def estimate_of(
    name: str, statistic: SumsStatistic, sums: PatientSums, interval: Interval, *, method: str, minimum: int, unit: str = "1"
) -> Estimate:
    """The number with its interval; insufficient when patients are few, or when all of them say the same.

    Args:
        interval: `fisher`, `logit`, `logarithmic` or `symmetric`.
        method: how the value is defined, e.g. "Cohen 1960".
        minimum: patients needed.
    """
    patients, cases = len(sums.sums), sums.n_cases
    words = "patient-clustered" if patients < cases else "one case per patient"
    full = f"{method}; jackknife over patients, {QUANTILE}, {words}"
    if patients < minimum:
        return Estimate.insufficient(name, full, patients, cases, f"{patients} patients, at least {minimum} needed")
    found = sums.linearised(statistic)
    if not np.isfinite(found.value) or not np.isfinite(found.variance):
        return Estimate.insufficient(name, full, patients, cases, "the readings do not vary: agreement by chance is certain")
    if found.variance < _NO_VARIANCE:
        return Estimate.insufficient(
            name, full, patients, cases, f"every patient gives {found.value:.3f}: the sample does not tell how far the truth is"
        )
    lower, upper = interval(found)
    return Estimate(
        name=name, value=found.value, lower=lower, upper=upper, method=full, n_patients=patients, n_cases=cases, unit=unit
    )


def fisher(readers: int) -> Interval:
    """Fisher's z of k readers, for numbers between -1/(k - 1) and 1. Source: Fisher 1925, section 40."""

    def interval(found: Linearised) -> tuple[float, float]:
        value, k = min(max(found.value, -1 / (readers - 1) + 1e-9), 1 - 1e-9), readers
        half = found.quantile() * float(np.sqrt(found.variance)) * k / (2 * (1 + (k - 1) * value) * (1 - value))
        centre = 0.5 * float(np.log((1 + (k - 1) * value) / (1 - value)))
        ends = []
        for z in (centre - half, centre + half):
            ratio = float(np.exp(min(2 * z, 700.0)))
            ends.append((ratio - 1) / (ratio + k - 1))
        return min(ends[0], found.value), max(ends[1], found.value)

    return interval


def logit(found: Linearised) -> tuple[float, float]:
    """For a mean of numbers between 0 and 1."""
    return found.logit_interval()


def logarithmic(found: Linearised) -> tuple[float, float]:
    """For a mean that is larger than 0."""
    factor = float(np.exp(found.quantile() * np.sqrt(found.variance) / found.value))
    return found.value / factor, found.value * factor


def symmetric(found: Linearised) -> tuple[float, float]:
    """For a mean of numbers of either sign."""
    half = float(found.quantile() * np.sqrt(found.variance))
    return found.value - half, found.value + half
