"""Kolmogorov–Smirnov test of many columns in one sort."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import InputError

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ColumnTests:
    """One test for each column: `statistic` and `p_value`, each (columns,)."""

    statistic: Numbers
    p_value: Numbers


def ks_columns(reference: Numbers, window: Numbers) -> ColumnTests:
    """Two-sample Kolmogorov–Smirnov test, column by column.

    Ties are handled exactly: the gap between the two distribution functions is read only at the end of each group of
    equal values. The p value is that of `scipy.stats.ks_2samp(method="asymp")`, which is conservative under ties.

    Args:
        reference: (m, columns).
        window: (n, columns).

    Returns:
        D from 0 to 1 and its two-sided p value for each column; a column with a single value has D = 0 and p = 1.

    Raises:
        InputError: an array is empty, column counts differ, or a value is not finite.
    """
    require_samples(reference, window)
    m, n = len(reference), len(window)
    pooled = np.concatenate([reference.T, window.T], axis=1)  # a column's values side by side in memory
    order = np.argsort(pooled, axis=1)
    ordered = np.take_along_axis(pooled, order, axis=1)
    # Steps of n and -m instead of 1/m and 1/n: the running sum stays an exact integer, at most m·n.
    whole = np.int32 if m * n < 2**31 else np.int64
    gap = np.cumsum(np.where(order < m, whole(n), whole(-m)), axis=1, dtype=whole)
    gap[:, :-1][ordered[:, 1:] == ordered[:, :-1]] = 0
    distance = np.abs(gap).max(axis=1) / (m * n)
    return ColumnTests(statistic=distance, p_value=ks_p_value(distance, m, n))


def ks_p_value(distance: Numbers, m: int, n: int) -> Numbers:
    """Two-sided p value of distances D between samples of m and n: exact one-sample law at the effective size mn/(m+n)."""
    from scipy.stats import kstwo  # half a second to import

    p_value = kstwo.sf(distance, max(1, round(m * n / (m + n))))
    return np.clip(np.asarray(p_value, dtype=np.float64), 0.0, 1.0)


def require_samples(reference: Numbers, window: Numbers) -> None:
    """Refuse what no two-sample test can answer: empty samples, different columns, NaN or infinite values."""
    if reference.ndim != 2 or window.ndim != 2 or reference.shape[1] != window.shape[1]:
        raise InputError(
            "samples do not fit together", where="drift test", expected="two arrays (rows, columns) with equal columns",
            got=f"{reference.shape} and {window.shape}",
        )
    if not len(reference) or not len(window):
        raise InputError("a sample is empty", where="drift test", expected="at least one row in reference and window")
    if not (np.isfinite(reference).all() and np.isfinite(window).all()):
        raise InputError(
            "a sample holds values that are not finite", where="drift test", remedy="Leave out or mend those rows."
        )
