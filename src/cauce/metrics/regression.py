"""A measured number against its reference: error, bias, limits of agreement, concordance, repeatability.

Sources: Bland and Altman 1986, 10.1016/S0140-6736(86)90837-8 and 1999, 10.1177/096228029900800204; Lin 1989, 10.2307/2532051
(concordance); QIBA, Raunig 2015, 10.1177/0962280214537344 (repeatability coefficient). Every number is a function of sums over
cases; the interval is the jackknife over patients of `agreement.py`.
"""

import numpy as np
from numpy.typing import ArrayLike

from cauce.domain.errors import InputError
from cauce.domain.estimate import Estimate
from cauce.metrics.agreement import PatientSums, Readings, estimate_of, fisher, logarithmic, symmetric
from cauce.metrics.cases import MINIMUM_PATIENTS, Floats

_LIMITS = 1.959963984540054
_REPEATS = _LIMITS * 2**0.5  # 2.77


def regression_metrics(
    reference: ArrayLike, measured: ArrayLike, patient: ArrayLike | None = None, *, unit: str, minimum: int = MINIMUM_PATIENTS
) -> tuple[Estimate, ...]:
    """MAE, RMSE, bias, lower and upper limit of agreement, and Lin's concordance of (n,) numbers.

    Raises:
        InputError: lengths differ, or a number is not finite.
    """
    one, two = np.asarray(reference, dtype=np.float64), np.asarray(measured, dtype=np.float64)
    if one.ndim != 1 or one.shape != two.shape:
        raise InputError("reference and measurement need one number for each case", where="regression",
                         expected=str(one.shape), got=str(two.shape))
    readings = Readings.of(np.stack([one, two], axis=1), patient)
    x, y = readings.values.T - readings.values.mean()  # a shift changes none of the numbers, and keeps the sums exact
    gap = y - x
    table = np.stack([np.ones(len(x)), np.abs(gap), gap, gap**2, x, y, x**2, y**2, x * y], axis=1)
    sums = PatientSums.of(table, readings.patient, readings.n_patients)
    return (
        estimate_of("MAE", _mae, sums, logarithmic, method="mean absolute error", minimum=minimum, unit=unit),
        estimate_of("RMSE", _rmse, sums, logarithmic, method="root mean squared error", minimum=minimum, unit=unit),
        estimate_of("bias", _bias, sums, symmetric, method="mean of measured less reference", minimum=minimum, unit=unit),
        estimate_of("lower limit of agreement", _lower, sums, symmetric, method="bias − 1.96 SD", minimum=minimum, unit=unit),
        estimate_of("upper limit of agreement", _upper, sums, symmetric, method="bias + 1.96 SD", minimum=minimum, unit=unit),
        estimate_of("CCC", _concordance, sums, fisher(2), method="Lin", minimum=minimum),
    )


def repeatability_coefficient(readings: Readings, *, unit: str, minimum: int = MINIMUM_PATIENTS) -> Estimate:
    """2.77 within-case standard deviations: two measurements of one unchanged case differ by less in 95 of 100.

    Args:
        readings: (n, k) measurements of n cases, each repeated k times.
    """
    within = readings.values.var(axis=1, ddof=1)
    sums = PatientSums.of(np.stack([np.ones(len(within)), within], axis=1), readings.patient, readings.n_patients)
    return estimate_of("repeatability coefficient", _repeatability, sums, logarithmic, method="2.77 within-case SD",
                       minimum=minimum, unit=unit)


def _mae(sums: Floats) -> Floats:
    return np.asarray(sums[..., 1] / sums[..., 0])


def _rmse(sums: Floats) -> Floats:
    return np.sqrt(sums[..., 3] / sums[..., 0])


def _bias(sums: Floats) -> Floats:
    return np.asarray(sums[..., 2] / sums[..., 0])


def _deviation(sums: Floats) -> Floats:
    n = sums[..., 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.sqrt(np.maximum(sums[..., 3] - sums[..., 2] ** 2 / n, 0) / (n - 1))


def _lower(sums: Floats) -> Floats:
    return np.asarray(_bias(sums) - _LIMITS * _deviation(sums))


def _upper(sums: Floats) -> Floats:
    return np.asarray(_bias(sums) + _LIMITS * _deviation(sums))


def _concordance(sums: Floats) -> Floats:
    n, x, y, xx, yy, xy = (sums[..., column] for column in (0, 4, 5, 6, 7, 8))
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = xx / n - (x / n) ** 2 + yy / n - (y / n) ** 2
        return np.asarray(2 * (xy / n - x * y / n**2) / (spread + (x / n - y / n) ** 2))


def _repeatability(sums: Floats) -> Floats:
    return np.asarray(_REPEATS * np.sqrt(sums[..., 1] / sums[..., 0]))
