"""How much of what a search saw each setting explains, beside what a setting without any effect would seem to explain."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cauce.domain.experiment import Search, Trial
from cauce.domain.search_plan import Range
from cauce.experiment.grid import values_of

_SHUFFLES = 500
_LEAST_TRIALS = 4


@dataclass(frozen=True)
class Importance:
    """Of one setting.

    Attributes:
        share: of the variance of mean scores that the setting explains on its own, 0 to 1.
        noise: what a setting without effect stays below in 95 of 100 shuffles of the scores.
        sign: rank correlation with the score for numbers, −1 to 1; None for names.
    """

    setting: str
    share: float
    noise: float
    sign: float | None


def importance(search: Search, *, seed: int = 0) -> list[Importance]:
    """Of every setting that varies, the most important first; empty for fewer than four trials with a mean.

    Lists are read as groups (share of variance between them), ranges as a parabola in the value, or in its logarithm.
    """
    trials = [trial for trial in search.trials if trial.mean is not None]
    scores = np.array([trial.mean for trial in trials], dtype=np.float64)
    if len(trials) < _LEAST_TRIALS or np.ptp(scores) == 0:
        return []
    rng = np.random.default_rng(seed)
    found = [_of(setting, search, trials, (scores, rng)) for setting in search.spec.space]
    return sorted((each for each in found if each is not None), key=lambda each: -each.share)


def _of(
    setting: str, search: Search, trials: Sequence[Trial], drawn: tuple[NDArray[np.float64], np.random.Generator]
) -> Importance | None:
    scores, rng = drawn
    values, space = [values_of(trial.settings, search.spec)[setting] for trial in trials], search.spec.space[setting]
    if len(set(values)) < 2:
        return None
    columns = _columns(values, space)
    noise = [_share(columns, rng.permutation(scores)) for _ in range(_SHUFFLES)]
    sign = _sign(values, scores) if all(isinstance(value, int | float) for value in values) else None
    return Importance(setting, _share(columns, scores), float(np.quantile(noise, 0.95)), sign)


def _columns(values: Sequence[str | int | float], space: object) -> NDArray[np.float64]:
    """Design matrix (n, columns) of one setting, with a constant."""
    if isinstance(space, Range):
        x = np.array([float(value) for value in values])
        x = np.log(x) if space.log else x
        x = (x - x.mean()) / (x.std() or 1.0)
        return np.column_stack([np.ones_like(x), x, x**2])
    kinds = list(dict.fromkeys(values))
    return np.array([[float(value == kind) for kind in kinds] for value in values])


def _share(columns: NDArray[np.float64], scores: NDArray[np.float64]) -> float:
    """Share of the variance of `scores` (n,) that least squares on `columns` (n, k) explains."""
    fitted = columns @ np.linalg.lstsq(columns, scores, rcond=None)[0]
    return float(np.clip(1 - ((scores - fitted) ** 2).sum() / ((scores - scores.mean()) ** 2).sum(), 0.0, 1.0))


def _sign(values: Sequence[object], scores: NDArray[np.float64]) -> float:
    from scipy import stats

    return float(stats.spearmanr(np.array(values, dtype=np.float64), scores).statistic)
