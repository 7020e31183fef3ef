"""Optuna: what to try next, given what was tried. Nothing else in cauce knows Optuna.

A proposal is a function of the space, the results so far, the seed and the trial's number: a study is made in memory, told, and
asked once. What was proposed needs no storage of its own; an interrupted search, or another process, proposes the same again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cauce.domain.errors import MissingExtraError
from cauce.domain.experiment import TrainingSettings
from cauce.domain.search_plan import Range, SearchMethod, Value

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.samplers import BaseSampler
    from optuna.trial import FrozenTrial

Space = Mapping[str, tuple[Value, ...] | Range]

_FIRST_AT_RANDOM = 6  # trials before TPE has anything to learn from


@dataclass(frozen=True)
class Told:
    """Result of an earlier trial.

    Attributes:
        values: what was tried.
        score: None when it failed.
        folds: of a pruned trial, how many were trained; None when it was not pruned.
    """

    values: Mapping[str, Value]
    score: float | None
    folds: int | None = None


@dataclass(frozen=True)
class Draw:
    """Which draw of which search: the same draw gives the same values."""

    method: SearchMethod
    seed: int
    number: int
    attempt: int = 0


def propose(space: Space, told: Sequence[Told], draw: Draw) -> dict[str, Value]:
    """Values of one configuration, numbers of a range rounded to three digits.

    Raises:
        MissingExtraError: Optuna is not installed.
    """
    try:
        import optuna
    except ImportError:
        raise MissingExtraError("Optuna is not installed", remedy="pip install 'cauce[train]'") from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    distributions = {name: _distribution(name, values) for name, values in space.items()}
    study = optuna.create_study(direction="maximize", sampler=_sampler(draw))
    for each in told:
        study.add_trial(_frozen(each, distributions))
    found = study.ask(distributions).params
    return {name: _rounded(found[name], values) for name, values in space.items()}


def _sampler(draw: Draw) -> "BaseSampler":
    import numpy as np
    from optuna.samplers import RandomSampler, TPESampler

    seed = int(np.random.SeedSequence([draw.seed, draw.number, draw.attempt]).generate_state(1)[0])
    if draw.method is SearchMethod.TPE:
        return TPESampler(seed=seed, n_startup_trials=_FIRST_AT_RANDOM, multivariate=True)
    return RandomSampler(seed=seed)


def _distribution(name: str, values: tuple[Value, ...] | Range) -> "BaseDistribution":
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if not isinstance(values, Range):
        return CategoricalDistribution(values)
    if TrainingSettings.model_fields[name].annotation is int:
        return IntDistribution(int(values.low), int(values.high), log=values.log)
    return FloatDistribution(float(values.low), float(values.high), log=values.log)


def _frozen(each: Told, distributions: "dict[str, BaseDistribution]") -> "FrozenTrial":
    """A failed trial counts as the worst there is, so that nothing near it is drawn."""
    from optuna.trial import TrialState, create_trial

    params = dict(each.values)
    if each.folds is not None and each.score is not None:
        steps = {each.folds: each.score}
        return create_trial(params=params, distributions=distributions, state=TrialState.PRUNED, intermediate_values=steps)
    value = float("-inf") if each.score is None else each.score
    return create_trial(params=params, distributions=distributions, value=value)


def _rounded(value: Value, values: tuple[Value, ...] | Range) -> Value:
    """Three digits are more than a setting needs, and a person can type them."""
    if not isinstance(values, Range) or not isinstance(value, float):
        return value
    return min(max(float(f"{value:.3g}"), float(values.low)), float(values.high))
