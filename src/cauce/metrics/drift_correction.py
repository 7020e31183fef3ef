"""Correction of p values for many tests of one window."""

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import InputError

PValues = NDArray[np.float64]


def holm(p_values: PValues) -> PValues:
    """Holm's adjusted p values: rejecting those ≤ α keeps the probability of any false rejection ≤ α, however tests depend.

    Args:
        p_values: (tests,) from 0 to 1.
    """
    p = _checked(p_values)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return _placed(stepped, order)


def benjamini_hochberg(p_values: PValues) -> PValues:
    """Benjamini and Hochberg's adjusted p values: those ≤ α hold at most α false ones in expectation.

    Valid for independent or positively dependent tests. When nothing shifted, α is also the rate of windows with any alarm.

    Args:
        p_values: (tests,) from 0 to 1.
    """
    p = _checked(p_values)
    order = np.argsort(p, kind="stable")
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    stepped = np.minimum.accumulate(scaled[::-1])[::-1]
    return _placed(stepped, order)


def _checked(p_values: PValues) -> PValues:
    p = np.asarray(p_values, dtype=np.float64)
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise InputError("not p values", where="multiple testing", expected="numbers from 0 to 1")
    return p


def _placed(ordered: PValues, order: NDArray[np.intp]) -> PValues:
    adjusted = np.empty_like(ordered)
    adjusted[order] = np.minimum(ordered, 1.0)
    return adjusted
