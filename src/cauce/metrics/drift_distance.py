"""How far two distributions lie apart: descriptive sizes of a change, without a test."""

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import InputError

Shares = NDArray[np.float64]


def total_variation(reference: Shares, window: Shares) -> float:
    """Half the sum of absolute differences of two (bins,) share vectors: the share of rows that moved, 0 to 1."""
    p, q = _shares(reference, window)
    return float(np.abs(p - q).sum() / 2)


def jensen_shannon(reference: Shares, window: Shares) -> float:
    """Jensen–Shannon distance: square root of the divergence in bits, 0 (equal) to 1 (apart)."""
    p, q = _shares(reference, window)
    middle = (p + q) / 2
    return float(np.sqrt(max(0.0, (_relative_entropy(p, middle) + _relative_entropy(q, middle)) / 2)))


def population_stability_index(reference: Shares, window: Shares, *, floor: float = 1e-4) -> float:
    """PSI = Σ (q − p) ln(q / p) in nats; shares below `floor` are lifted to it, since an empty bin makes PSI infinite.

    The usual reading "below 0.1 stable, above 0.25 shifted" depends on the window's size; it is not a test.
    """
    p, q = (np.maximum(shares, floor) for shares in _shares(reference, window))
    return float(((q - p) * np.log(q / p)).sum())


def _relative_entropy(p: Shares, q: Shares) -> float:
    held = p > 0
    return float((p[held] * np.log2(p[held] / q[held])).sum())


def _shares(reference: Shares, window: Shares) -> tuple[Shares, Shares]:
    p, q = np.asarray(reference, dtype=np.float64), np.asarray(window, dtype=np.float64)
    if p.ndim != 1 or p.shape != q.shape:
        got = f"{p.shape} and {q.shape}"
        raise InputError("bins do not fit together", where="drift size", expected="two arrays (bins,)", got=got)
    for values in (p, q):
        if not np.isfinite(values).all() or (values < 0).any() or values.sum() <= 0:
            raise InputError("not a distribution", where="drift size", expected="counts or shares, not all zero")
    return p / p.sum(), q / q.sum()
