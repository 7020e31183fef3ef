"""Runs of one configuration → Trial."""

import statistics
from collections.abc import Sequence

from cauce.domain.experiment import Run, RunStatus, SelectionPolicy, TrainingSettings, Trial


def summarise(name: str, settings: TrainingSettings, runs: Sequence[Run], policy: SelectionPolicy) -> Trial:
    """Mean, sample standard deviation, worst fold and score over the folds; all None when a fold failed."""
    values = [run.score for run in runs if run.status is RunStatus.FINISHED and run.score is not None]
    if not values or len(values) < len(runs):
        return Trial(name=name, settings=settings, runs=tuple(runs), mean=None, standard_deviation=None, worst=None, score=None)
    mean = statistics.fmean(values)
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    return Trial(
        name=name, settings=settings, runs=tuple(runs), mean=mean, standard_deviation=deviation, worst=min(values),
        score=mean - policy.stability_weight * deviation,
    )
