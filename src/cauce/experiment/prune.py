"""Give a trial up before its last fold, when its folds say clearly enough that it is worse than the best."""

from collections.abc import Sequence

from cauce.domain.experiment import Run, RunStatus, Trial
from cauce.experiment.compare import compare_runs

_ONE_SIDED = 0.05
_LEAST_FOLDS = 2  # one difference has no spread: nobody can say what it is worth


def pruned_after(runs: Sequence[Run], best: Trial | None) -> tuple[int, str] | None:
    """After how many of its first folds a trial is given up, and why; None to go on.

    Looks at two folds, then at three, and so on: the answer does not depend on which of them happened to end first.

    Args:
        runs: the trial's runs of folds 0, 1, ..., as far as there are.
        best: a trial with every fold; None while there is none.
    """
    if best is None:
        return None
    for count in range(_LEAST_FOLDS, min(len(runs), len(best.runs) - 1) + 1):
        pair = list(zip(runs[:count], best.runs[:count], strict=True))
        if any(run.status is RunStatus.FAILED for both in pair for run in both):
            return None
        found = compare_runs(runs[:count], best.runs[:count])
        if found.difference < 0 and found.p_value / 2 < _ONE_SIDED:
            return count, (
                f"worse than {best.name} by {-found.difference:.4f} on the first {count} folds "
                f"(corrected resampled t test, one-sided p = {found.p_value / 2:.2g})"
            )
    return None
