"""χ² test of categories with the exact permutation null of the pooled sample."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import InputError

Counts = NDArray[np.int64]
Shares = NDArray[np.float64]


@dataclass(frozen=True)
class CategoryTest:
    """χ² statistic, its p value, and the number of drawn tables behind the p value."""

    statistic: float
    p_value: float
    permutations: int


def permutation_chi_square(reference: Counts, window: Counts, *, permutations: int, seed: int) -> CategoryTest:
    """Are the two samples' categories drawn alike? Valid for rare categories and small windows, where the χ² law is not.

    Permuting the labels "reference" and "window" over the pooled rows gives multivariate hypergeometric tables, so the
    tables are drawn from that law directly: the same null, without permuting rows.

    Args:
        reference, window: (categories,) counts in the same order of categories.

    Returns:
        p = (b + 1) / (permutations + 1), b tables at least as far from the pooled shares; never 0.

    Raises:
        InputError: counts do not fit together, are negative, or a sample is empty.
    """
    _require_counts(reference, window)
    pooled = reference + window
    present = pooled > 0
    pooled, observed, n = pooled[present], window[present], int(window.sum())
    if len(pooled) < 2:
        return CategoryTest(statistic=0.0, p_value=1.0, permutations=0)
    drawn = np.random.default_rng(seed).multivariate_hypergeometric(pooled, n, size=permutations, method="marginals")
    statistic = _chi_square(observed[None], pooled, n)[0]
    reached = int(np.count_nonzero(_chi_square(drawn, pooled, n) >= statistic * (1 - 1e-12)))
    return CategoryTest(float(statistic), (reached + 1) / (permutations + 1), permutations)


def _chi_square(windows: Counts, pooled: Counts, n: int) -> Shares:
    """Pearson's statistic of (tables, categories) window counts; the reference is what remains of `pooled`."""
    total = int(pooled.sum())
    expected = pooled * (n / total)
    # (O - E)² is the same for both rows of a 2 × categories table; only E differs.
    return np.asarray((np.square(windows - expected) * (total / (pooled * (n / total) * (total - n)))).sum(axis=1))


def _require_counts(reference: Counts, window: Counts) -> None:
    if reference.ndim != 1 or reference.shape != window.shape:
        raise InputError(
            "counts do not fit together", where="drift test", expected="two arrays (categories,)",
            got=f"{reference.shape} and {window.shape}",
        )
    if (reference < 0).any() or (window < 0).any():
        raise InputError("counts are negative", where="drift test")
    if not reference.sum() or not window.sum():
        raise InputError("a sample is empty", where="drift test", expected="at least one row in reference and window")
