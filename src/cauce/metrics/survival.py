"""Time to an event: concordance, time-dependent AUC, integrated Brier score, calibration; censoring by inverse weights.

Sources: Harrell 1982; Uno 2011, 10.1002/sim.4154 (C, IPCW); Uno 2007, 10.1198/016214507000000149 (AUC at a time); Graf 1999,
10.1002/(SICI)1097-0258(19990915/30)18:17/18<2529 (Brier). One row for each patient. Intervals: each
patient's influence, that on the weights of censoring included (`censoring.py`); of the two concordances, the jackknife, which
costs one subtraction and takes those weights as known.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cauce.domain.errors import InputError
from cauce.domain.estimate import Estimate
from cauce.metrics.cases import MINIMUM_PATIENTS, Booleans, Cases, Floats
from cauce.metrics.censoring import kaplan_meier, weights_influence
from cauce.metrics.influence import QUANTILE, Linearised

_WORDS = f"{QUANTILE}, one row per patient"
_ROWS = 500  # of the table of pairs, at a time


@dataclass(frozen=True, eq=False)
class Survival:
    """n patients: time (n,) of the event or of censoring, and whether the event was seen."""

    time: Floats
    event: Booleans

    @classmethod
    def of(cls, time: ArrayLike, event: ArrayLike) -> "Survival":
        """Check and convert.

        Raises:
            InputError: lengths differ, or a time is negative or not finite.
        """
        times, events = np.asarray(time, dtype=np.float64), np.asarray(event, dtype=bool)
        if times.ndim != 1 or times.shape != events.shape or not (np.isfinite(times) & (times >= 0)).all():
            raise InputError("each patient needs a time from 0 and whether the event was seen", where="survival")
        return cls(times, events)

    def __len__(self) -> int:
        return len(self.time)


def concordance(data: Survival, risk: ArrayLike, *, minimum: int = MINIMUM_PATIENTS) -> Estimate:
    """Harrell's C: of pairs in which one is known to have the event first, how often the risk says so; ties one half."""
    return _concordance("C (Harrell)", data, _risk(data, risk), np.ones(len(data)), np.inf, minimum)


def uno_concordance(data: Survival, risk: ArrayLike, *, until: float, minimum: int = MINIMUM_PATIENTS) -> Estimate:
    """Uno's C up to a time: each pair weighted by the inverse square of not being censored, so that censoring does not bias."""
    free = kaplan_meier(data.time, ~data.event, data.time, before=True)
    weight = 1 / np.maximum(free, 1e-12) ** 2
    return _concordance(f"C (Uno, to {until:g})", data, _risk(data, risk), weight, until, minimum)


def auc_at(data: Survival, risk: ArrayLike, *, time: float, minimum: int = MINIMUM_PATIENTS) -> Estimate:
    """AUC at a time: those with the event by then against those still without (cumulative, dynamic)."""
    name, method, scores = f"AUC at {time:g}", f"cumulative/dynamic, IPCW, logit interval, {_WORDS}", _risk(data, risk)
    cases, controls = data.event & (data.time <= time), data.time > time
    why = _why_few(int(cases.sum()), int(controls.sum()), minimum)
    if why:
        return Estimate.insufficient(name, method, len(data), len(data), why)
    weight = cases / np.maximum(kaplan_meier(data.time, ~data.event, data.time, before=True), 1e-12)
    wins = np.zeros(len(data))
    lost = np.zeros(len(data))
    for index in np.flatnonzero(cases):
        better = (scores[index] > scores) + 0.5 * (scores[index] == scores)
        wins[index] = better[controls].mean()
        lost += weight[index] * better * controls
    total = weight.sum()
    value = float((weight * wins).sum() / total)
    of_cases = weight * (wins - value) / total
    by_case = of_cases + controls * (lost / total - value) / controls.sum()
    by_case += weights_influence(data.time, data.event, of_cases)
    return _estimate(name, method, Linearised.of(value, by_case, _cases(data)), data)


def integrated_brier(
    data: Survival, survival: ArrayLike, *, times: Sequence[float], minimum: int = MINIMUM_PATIENTS
) -> Estimate:
    """Mean over time of the squared error of predicted survival (n, k) at k `times`, with inverse weights; 0 is best."""
    name, method = "integrated Brier score", f"IPCW, trapezoid over {len(times)} times, logit interval, {_WORDS}"
    predicted, moments = np.asarray(survival, dtype=np.float64), np.asarray(times, dtype=np.float64)
    if predicted.shape != (len(data), len(moments)) or len(moments) < 2 or (np.diff(moments) <= 0).any():
        raise InputError("survival needs one column for each of two or more growing times", where="survival",
                         expected=f"({len(data)}, {len(moments)})", got=str(predicted.shape))
    seen, staying = int((data.event & (data.time <= moments[-1])).sum()), int((data.time > moments[0]).sum())
    why = _why_few(seen, staying, minimum, classes="events by the last time and patients past the first")
    if why:
        return Estimate.insufficient(name, method, len(data), len(data), why)
    own = np.maximum(kaplan_meier(data.time, ~data.event, data.time, before=True), 1e-12)
    later = np.maximum(kaplan_meier(data.time, ~data.event, moments), 1e-12)
    had = (data.event[:, None] & (data.time[:, None] <= moments)) / own[:, None]
    has_not = (data.time[:, None] > moments) / later
    early, late = predicted**2 * had, (1 - predicted) ** 2 * has_not
    span = moments[-1] - moments[0]
    by_case = np.trapezoid(early + late, moments, axis=1) / span
    value = float(by_case.mean())
    share = np.gradient(moments) / span  # of each time in the mean: the trapezoid's weights
    share[[0, -1]] = np.diff(moments)[[0, -1]] / (2 * span)
    influence = (by_case - value) / len(data) + weights_influence(data.time, data.event, early @ share / len(data))
    for number, moment in enumerate(moments):
        influence += weights_influence(data.time, data.event, late[:, number] * share[number] / len(data), until=float(moment))
    return _estimate(name, method, Linearised.of(value, influence, _cases(data)), data)


def calibration_at(data: Survival, risk: ArrayLike, *, time: float, minimum: int = MINIMUM_PATIENTS) -> Estimate:
    """Observed (Kaplan-Meier) less mean predicted risk (n,) of the event by a time; 0 is ideal."""
    name, method = f"observed less predicted risk at {time:g}", f"Kaplan-Meier by inverse weights, {_WORDS}"
    had = data.event & (data.time <= time)
    why = _why_few(int(had.sum()), int((data.time > time).sum()), minimum)
    if why:
        return Estimate.insufficient(name, method, len(data), len(data), why)
    free = np.maximum(kaplan_meier(data.time, ~data.event, data.time, before=True), 1e-12)
    by_case = had / free - _risk(data, risk)
    value = float(by_case.mean())
    influence = (by_case - value) / len(data) + weights_influence(data.time, data.event, had / free / len(data))
    found = Linearised.of(value, influence, _cases(data))
    lower, upper = found.interval()
    return Estimate(name=name, value=value, lower=lower, upper=upper, method=method, n_patients=len(data), n_cases=len(data))


def _concordance(name: str, data: Survival, risk: Floats, weight: Floats, until: float, minimum: int) -> Estimate:
    method = f"jackknife, logit interval, {_WORDS}"
    usable = data.event & (data.time < until)
    why = _why_few(int(usable.sum()), len(data) - int(usable.sum()), minimum, classes="events and other patients")
    if why:
        return Estimate.insufficient(name, method, len(data), len(data), why)
    won, all_pairs = np.zeros(len(data)), np.zeros(len(data))  # sums over the pairs that a patient is in
    rows = np.flatnonzero(usable)
    for start in range(0, len(rows), _ROWS):
        some = rows[start : start + _ROWS]
        later = (data.time[None, :] > data.time[some, None]) | ((data.time[None, :] == data.time[some, None]) & ~data.event)
        pairs = later * weight[some, None]
        wins = pairs * ((risk[some, None] > risk[None, :]) + 0.5 * (risk[some, None] == risk[None, :]))
        for totals, table in ((won, wins), (all_pairs, pairs)):
            totals += table.sum(axis=0)
            totals[some] += table.sum(axis=1)
    value = float(won.sum() / all_pairs.sum())
    without = (won.sum() / 2 - won) / (all_pairs.sum() / 2 - all_pairs)
    influence = without.mean() - without
    variance = float(influence @ influence) * (len(data) - 1) / len(data)
    return _estimate(name, method, Linearised(value, influence, variance), data)


def _estimate(name: str, method: str, found: Linearised, data: Survival) -> Estimate:
    if found.variance < 1e-18 or not 0 < found.value < 1:
        note = f"the sample gives {found.value:.3f} without variance"
        return Estimate.insufficient(name, method, len(data), len(data), note)
    lower, upper = found.logit_interval()
    return Estimate(name=name, value=found.value, lower=lower, upper=upper, method=method, n_patients=len(data),
                    n_cases=len(data))


def _why_few(one: int, two: int, minimum: int, *, classes: str = "patients with the event by then and without") -> str:
    return f"{one} and {two} {classes}, at least {minimum} of each needed" if min(one, two) < minimum else ""


def _risk(data: Survival, risk: ArrayLike) -> Floats:
    found = np.asarray(risk, dtype=np.float64)
    if found.shape != data.time.shape or not np.isfinite(found).all():
        raise InputError("each patient needs a finite risk", where="survival", expected=str(data.time.shape),
                         got=str(found.shape))
    return found


def _cases(data: Survival) -> Cases:
    return Cases.of(data.event, np.zeros(len(data)))
