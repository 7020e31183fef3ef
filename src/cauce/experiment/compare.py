"""Are two configurations different, or is it the noise between folds?"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from scipy import stats

from cauce.domain.experiment import Run, Trial
from cauce.experiment.trial import fold_scores

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
    """Corrected resampled t test of two trials that have a finished run on every fold."""
    return compare_runs(first.runs, second.runs)


def compare_runs(first: Sequence[Run], second: Sequence[Run]) -> Comparison:
    """The test on finished runs of the same folds, in the same order."""
    differences = [a - b for a, b in zip(fold_scores(first), fold_scores(second), strict=True)]
    return compare_differences(differences, statistics.fmean(run.n_validation / run.n_train for run in first))


def compare_differences(differences: Sequence[float], overlap: float) -> Comparison:
    """Corrected resampled t test: the folds' training sets overlap, so that a plain paired t test is too sure.

    Source: Nadeau and Bengio 2003, 10.1023/A:1024068626366.

    Args:
        differences: one for each fold.
        overlap: cases that a fold is validated on, over cases that it is trained on.
    """
    mean, k = statistics.fmean(differences), len(differences)
    variance = statistics.variance(differences) if k > 1 else 0.0
    error = math.sqrt((1 / k + overlap) * variance)
    if error == 0:
        return Comparison(mean, 1.0 if mean == 0 or k == 1 else 0.0)
    return Comparison(mean, float(2 * stats.t.sf(abs(mean) / error, k - 1)))
