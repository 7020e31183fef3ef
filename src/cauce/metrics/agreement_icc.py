"""Intraclass correlation: agreement of readers who measure a number.

ICC(2,1) of Shrout and Fleiss 1979, 10.1037/0033-2909.86.2.420, which McGraw and Wong 1996, 10.1037/1082-989X.1.1.30, call
ICC(A,1): two-way, single measurement, absolute agreement, so that a reader who always measures 2 mm more lowers it.
"""

import numpy as np

from cauce.domain.estimate import Estimate
from cauce.metrics.agreement import PatientSums, Readings, estimate_of, fisher
from cauce.metrics.cases import MINIMUM_PATIENTS, Floats


def intraclass_correlation(readings: Readings, *, minimum: int = MINIMUM_PATIENTS) -> Estimate:
    """ICC(2,1) = ICC(A,1) of k readers who all measured all n cases.

    Args:
        readings: (n, k) numbers of one unit.
        minimum: patients needed.
    """
    values = readings.values - readings.values.mean()  # a shift changes no ICC, and keeps the sums exact
    readers = values.shape[1]
    by_case = np.concatenate(
        [values, values.sum(axis=1, keepdims=True) ** 2, (values**2).sum(axis=1, keepdims=True), np.ones((len(values), 1))],
        axis=1,
    )

    def statistic(sums: Floats) -> Floats:
        of_readers, of_cases, squares, n = sums[..., :readers], sums[..., -3], sums[..., -2], sums[..., -1]
        correction = of_readers.sum(axis=-1) ** 2 / (n * readers)
        between_cases = of_cases / readers - correction
        between_readers = (of_readers**2).sum(axis=-1) / n - correction
        residual = squares - correction - between_cases - between_readers
        with np.errstate(divide="ignore", invalid="ignore"):
            bms, jms = between_cases / (n - 1), between_readers / (readers - 1)
            ems = np.maximum(residual, 0) / ((n - 1) * (readers - 1))
            return np.asarray((bms - ems) / (bms + (readers - 1) * ems + readers * (jms - ems) / n))

    sums = PatientSums.of(by_case, readings.patient, readings.n_patients)
    method = f"two-way, absolute agreement, single reader, {readers} readers"
    return estimate_of("ICC(A,1)", statistic, sums, fisher(readers), method=method, minimum=minimum)
