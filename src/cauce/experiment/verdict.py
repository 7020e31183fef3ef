"""What the curves and folds of a configuration say about it, in the words of an engineer's log, each with its evidence."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from scipy import stats

from cauce.domain.experiment import Metric, Run, RunStatus, Trial

CHANCE = {Metric.AUC: 0.5, Metric.MACRO_AUC: 0.5, Metric.DICE: 0.0, Metric.R2: 0.0}
"""Score of a network that knows nothing."""

_LEAST_SKILL = 0.05  # share of the way from chance to perfect, below which nobody would speak of learning
_POOR_SKILL = 0.5
_FALL = 0.1  # of the first epoch's training loss: less is no fitting
_MEMORISED = 0.3  # fall of the training loss that shows that the network can fit what it was shown
_RISE = 0.2  # of the lowest validation loss
_VISIBLE_RISE = 0.05  # of the first epoch's: a loss near 0 rises by a fifth for nothing
_BURST = 0.5  # of the first epoch's training loss, above the lowest
_SPREAD = 0.1  # standard deviation of skill over folds
_JUMP = 0.25  # of skill from one epoch to the next, in the second half of a training
_SIGNIFICANCE = 0.05


class Verdict(StrEnum):
    """How a configuration trains."""

    DIVERGED = "diverged"
    NOT_LEARNING = "not learning"
    NOT_FITTING = "not fitting"
    OVERFITTING = "overfitting"
    UNSTABLE = "unstable"
    LEARNING = "learning"


@dataclass(frozen=True)
class Judgement:
    """A verdict and what it rests on; None where trainings failed for a reason that says nothing about the configuration."""

    verdict: Verdict | None
    evidence: str


def judge(trial: Trial) -> Judgement:
    """The first that holds: diverged, not learning (or only by heart), unstable, overfitting, not fitting, learning."""
    failed = [run for run in trial.runs if run.status is RunStatus.FAILED]
    if failed:
        diverged = [run for run in failed if "no number" in run.error]
        where = f"fold {(diverged or failed)[0].fold}: {(diverged or failed)[0].error.rstrip('.')}"
        return Judgement(Verdict.DIVERGED if diverged else None, where)
    curved = [run for run in trial.runs if run.curve]
    found = _diverged(curved) or _chance(trial.runs) or _unstable(trial.runs) or _overfitting(curved)
    return found or _not_fitting(trial.runs) or Judgement(Verdict.LEARNING, _learning(trial.runs))


def _diverged(runs: Sequence[Run]) -> Judgement | None:
    """The training loss ends far above its lowest."""
    burst = [run for run in runs if _train(run)[-1] - min(_train(run)) > _BURST * _train(run)[0]]
    if not _most(burst, runs):
        return None
    run = burst[0]
    return Judgement(Verdict.DIVERGED, f"fold {run.fold}: training loss {min(_train(run)):.3g} → {_train(run)[-1]:.3g}")


def _chance(runs: Sequence[Run]) -> Judgement | None:
    """The folds end no better than chance: nothing was learnt, or only the training images by heart."""
    last = [run.curve[-1].score if run.curve else run.score or 0.0 for run in runs]
    word, chance = runs[0].metric.word, CHANCE[runs[0].metric]
    mean = statistics.fmean(last)
    p_value = float(stats.ttest_1samp(last, chance, alternative="greater").pvalue) if len(set(last)) > 1 else 0.0
    if _skill(mean, runs[0].metric) > _LEAST_SKILL and p_value < _SIGNIFICANCE:
        return None
    text = f"{word} {mean:.3f} after the last epoch, chance {chance:g}"
    fall = _typical(_fall, runs)
    if fall > _MEMORISED:
        return Judgement(Verdict.OVERFITTING, f"{text}, while training loss fell by {fall:.0%}")
    return Judgement(Verdict.NOT_LEARNING, f"{text}; training loss fell by {max(fall, 0):.0%}")


def _unstable(runs: Sequence[Run]) -> Judgement | None:
    """Folds far apart, or scores that jump from one late epoch to the next."""
    scores, metric = [run.score or 0.0 for run in runs], runs[0].metric
    spread = statistics.stdev(scores) / (1 - CHANCE[metric]) if len(scores) > 1 else 0.0
    if spread > _SPREAD:
        return Judgement(Verdict.UNSTABLE, f"folds from {min(scores):.3f} to {max(scores):.3f}")
    jump = _typical(_jump, runs)
    if jump > _JUMP:
        return Judgement(Verdict.UNSTABLE, f"{metric.word} drops by {jump * (1 - CHANCE[metric]):.2f} between late epochs")
    return None


def _overfitting(runs: Sequence[Run]) -> Judgement | None:
    """In most folds the validation loss rises again while the training loss goes on falling."""
    rising = [run for run in runs if _rises(run)]
    if not _most(rising, runs):
        return None
    run = rising[0]
    losses = _validation(run)
    turn = losses.index(min(losses))
    return Judgement(
        Verdict.OVERFITTING,
        f"in {len(rising)} of {len(runs)} folds validation loss rises again, e.g. fold {run.fold}: {losses[turn]:.3g} in epoch "
        f"{turn + 1}, {losses[-1]:.3g} in epoch {len(losses)}, while training loss fell to {_train(run)[-1]:.3g}; the best "
        f"epoch is kept",
    )


def _not_fitting(runs: Sequence[Run]) -> Judgement | None:
    """Poor on held-out folds, and the training loss hardly falls: too small a network, learning rate or number of epochs."""
    mean = statistics.fmean(run.score or 0.0 for run in runs)
    curved = [run for run in runs if len(run.curve) > 1]
    fall = _typical(_fall, curved)
    if not curved or _skill(mean, runs[0].metric) >= _POOR_SKILL or fall >= _FALL:
        return None
    text = f"{runs[0].metric.word} {mean:.3f}, and training loss fell by only {max(fall, 0):.0%}"
    return Judgement(Verdict.NOT_FITTING, text)


def _learning(runs: Sequence[Run]) -> str:
    curved = [run for run in runs if run.curve]
    scores = [run.score or 0.0 for run in runs]
    text = f"folds from {min(scores):.3f} to {max(scores):.3f}"
    if curved:
        first, last = (statistics.fmean(_train(run)[end] for run in curved) for end in (0, -1))
        text += f", training loss {first:.3g} → {last:.3g}"
        late = sum(run.best_epoch == len(run.curve) - 1 for run in curved)
        if late == len(curved) and len(curved[0].curve) > 1:
            text += "; best in the last epoch of every fold: more epochs may help"
    return text


def _rises(run: Run) -> bool:
    losses, train = _validation(run), _train(run)
    lowest = min(losses)
    rise, turn = losses[-1] - lowest, losses.index(lowest)
    return rise > _RISE * lowest and rise > _VISIBLE_RISE * losses[0] and train[-1] < train[turn]


def _jump(run: Run) -> float:
    """Largest drop of skill between neighbouring epochs of the second half."""
    late = [_skill(record.score, run.metric) for record in run.curve][len(run.curve) // 2 :]
    return max((before - after for before, after in pairwise(late)), default=0.0)


def _fall(run: Run) -> float:
    """Of the training loss, as a share of the first epoch's."""
    train = _train(run)
    return (train[0] - min(train)) / train[0] if train and train[0] > 0 else 0.0


def _typical(measure: Callable[[Run], float], runs: Sequence[Run]) -> float:
    return statistics.median(measure(run) for run in runs) if runs else 0.0


def _most(some: Sequence[Run], runs: Sequence[Run]) -> bool:
    return 2 * len(some) > len(runs)


def _train(run: Run) -> list[float]:
    return [record.train_loss for record in run.curve]


def _validation(run: Run) -> list[float]:
    return [record.validation_loss for record in run.curve]


def _skill(score: float, metric: Metric) -> float:
    """0 at chance, 1 at perfect."""
    return (score - CHANCE[metric]) / (1 - CHANCE[metric])
