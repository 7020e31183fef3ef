"""Are two configurations different, or is it the noise between folds?"""

import math
import statistics
from dataclasses import dataclass

from scipy import stats

from cauce.domain.experiment import Trial

SIGNIFICANCE = 0.05


@dataclass(frozen=True)
class Comparison:
    """Paired difference over the same folds: mean of (first − second), and two-sided p."""

    difference: float
    p_value: float

    @property
    def distinguishable(self) -> bool:
        """Whether the difference is larger than the noise between folds."""
        return self.p_value < SIGNIFICANCE


def compare(first: Trial, second: Trial) -> Comparison:
    """Corrected resampled t test: the folds' training sets overlap, so that a plain paired t test is too sure.

    Both trials need a finished run on every fold. Source: Nadeau and Bengio 2003, 10.1023/A:1024068626366.
    """
    pairs = list(zip(first.runs, second.runs, strict=True))
    differences = [(a.score or 0.0) - (b.score or 0.0) for a, b in pairs]
    mean, k = statistics.fmean(differences), len(differences)
    variance = statistics.variance(differences) if k > 1 else 0.0
    overlap = statistics.fmean(a.n_validation / a.n_train for a, _ in pairs)
    error = math.sqrt((1 / k + overlap) * variance)
    if error == 0:
        return Comparison(mean, 1.0 if mean == 0 or k == 1 else 0.0)
    return Comparison(mean, float(2 * stats.t.sf(abs(mean) / error, k - 1)))
