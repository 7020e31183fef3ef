"""Runs of one configuration → Trial."""

import statistics
from collections.abc import Sequence

from cauce.domain.experiment import Run, RunStatus, SelectionPolicy, TrainingSettings, Trial


def fold_scores(runs: Sequence[Run]) -> list[float]:
    """What the finished runs reached on their held-out folds."""
    return [run.score for run in runs if run.status is RunStatus.FINISHED and run.score is not None]


def summarise(
    name: str, settings: TrainingSettings, runs: Sequence[Run], policy: SelectionPolicy, *, pruned: str = ""
) -> Trial:
    """Mean, sample standard deviation, worst fold and score over the folds; all None when a fold failed.

    A pruned trial has no score: its folds are not the ones that others are ranked by.
    """
    values = fold_scores(runs)
    if not values or len(values) < len(runs):
        return Trial(name=name, settings=settings, runs=tuple(runs), mean=None, standard_deviation=None, worst=None, score=None)
    mean = statistics.fmean(values)
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    return Trial(
        name=name, settings=settings, runs=tuple(runs), mean=mean, standard_deviation=deviation, worst=min(values),
        score=None if pruned else mean - policy.stability_weight * deviation, pruned=pruned,
    )
