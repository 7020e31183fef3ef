"""Which configurations the folds tell from the best, and which they do not."""

import math

from scipy import stats

from cauce.domain.experiment import Trial
from cauce.experiment.compare import SIGNIFICANCE, compare


def told_apart(best: Trial, other: Trial) -> str:
    """By what a finished trial differs from the best beyond the noise between folds; empty when it does not.

    By its mean: the corrected resampled t test. By its spread: an F test of the variances over folds, one-sided, since a
    configuration that is cheaper but less stable is no equal.
    """
    found = compare(best, other)
    if found.distinguishable:
        return f"mean {-found.difference:+.4f}, p = {found.p_value:.2g}"
    p_value = spread_p_value(best, other)
    if p_value < SIGNIFICANCE:
        return f"less stable, standard deviation {other.standard_deviation:.4f}, p = {p_value:.2g}"
    return ""


def spread_p_value(best: Trial, other: Trial) -> float:
    """One-sided p of the F test that `other` spreads more over the folds than `best`; 1 where it does not."""
    narrow, wide = best.standard_deviation or 0.0, other.standard_deviation or 0.0
    if wide <= narrow:
        return 1.0
    ratio = (wide / narrow) ** 2 if narrow else math.inf
    return float(stats.f.sf(ratio, len(other.runs) - 1, len(best.runs) - 1))
