"""Mean of a number that each case has (Dice, HD95, a distance), with an interval that is clustered by patient."""

import numpy as np
from numpy.typing import ArrayLike

from cauce.domain.estimate import Estimate
from cauce.metrics.agreement import Interval, PatientSums, estimate_of, patient_codes
from cauce.metrics.cases import MINIMUM_PATIENTS, Floats


def mean_over_cases(
    name: str, values: ArrayLike, patient: ArrayLike | None, interval: Interval, *, unit: str = "1",
    minimum: int = MINIMUM_PATIENTS,
) -> Estimate:
    """Mean over the cases that have a value.

    Args:
        values: (n,); NaN, a case without a value, is left out.
        patient: (n,) labels of patients; default one patient a case.
        interval: `logit` for numbers between 0 and 1, `logarithmic` for numbers from 0, `symmetric` for numbers of any sign.
        minimum: patients needed.
    """
    numbers = np.asarray(values, dtype=np.float64)
    labels, _ = patient_codes(patient, len(numbers))
    there = ~np.isnan(numbers)
    kept = numbers[there]
    codes, count = patient_codes(labels[there], len(kept))
    sums = PatientSums.of(np.stack([kept, np.ones(len(kept))], axis=1), codes, count)
    return estimate_of(name, _ratio, sums, interval, method="mean over cases", minimum=minimum, unit=unit)


def _ratio(sums: Floats) -> Floats:
    with np.errstate(invalid="ignore"):
        return np.asarray(sums[..., 0] / sums[..., 1])
