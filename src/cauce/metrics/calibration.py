"""How far probabilities can be taken at their word: Brier score, calibration slope, calibration in the large.

Sources: Brier 1950; Cox 1958 (logistic recalibration); Van Calster et al. 2019, 10.1186/s12916-019-1466-7. Intervals by
patient influence (`influence.py`). The expected calibration error is in `calibration_error.py`.
"""

import numpy as np
from scipy import special

from cauce.domain.estimate import Estimate
from cauce.metrics.cases import MINIMUM_PATIENTS, Cases, Floats, clustering_words
from cauce.metrics.influence import QUANTILE, Linearised

_CLIP = 1e-7  # float32 probabilities of 0 or 1 have no logit; the nearest number below 1 is 6e-8 away
_LARGEST_SLOPE = 1e3


def brier(cases: Cases, *, minimum: int = MINIMUM_PATIENTS) -> Estimate:
    """Mean squared difference between probability (score, 0 to 1) and outcome; 0 is perfect."""
    name, method = "Brier score", f"mean, logit interval, {QUANTILE}, {clustering_words(cases)}"
    reason = why_no_calibration(cases, minimum)
    if reason:
        return Estimate.insufficient(name, method, cases.n_patients, len(cases), reason)
    errors = (cases.score - cases.positive) ** 2
    value = float(errors.mean())
    mean = Linearised.of(value, (errors - value) / len(cases), cases)
    if mean.variance < 1e-18 or not 0 < value < 1:
        note = f"every case has the same squared error, {value:.3f}: the sample says nothing about its spread"
        return Estimate.insufficient(name, method, cases.n_patients, len(cases), note)
    return _estimate(name, method, mean, cases, mean.logit_interval())


def calibration_slope(cases: Cases, *, minimum: int = MINIMUM_PATIENTS) -> Estimate:
    """Slope of the outcome's log odds on the probability's log odds; 1 is ideal, below 1 means too extreme."""
    name, method = "calibration slope", f"logistic recalibration, sandwich variance, {QUANTILE}, {clustering_words(cases)}"
    reason = why_no_calibration(cases, minimum) or _why_no_slope(cases)
    fit = None if reason else _fit(cases.positive.astype(float), _design(cases))
    if fit is None or abs(fit[1]) > _LARGEST_SLOPE:
        note = reason or "the recalibration model does not converge"
        return Estimate.insufficient(name, method, cases.n_patients, len(cases), note)
    design = _design(cases)
    expected = special.expit(design @ fit)
    information = (design * (expected * (1 - expected))[:, None]).T @ design
    by_case = (design * (cases.positive - expected)[:, None]) @ np.linalg.inv(information)
    slope = Linearised.of(float(fit[1]), by_case[:, 1], cases)
    return _estimate(name, method, slope, cases, slope.interval())


def calibration_intercept(cases: Cases, *, minimum: int = MINIMUM_PATIENTS) -> Estimate:
    """Calibration in the large: the shift, in log odds, that makes the mean probability right; 0 is ideal."""
    name = "calibration intercept"
    method = f"logistic recalibration with slope 1, sandwich variance, {QUANTILE}, {clustering_words(cases)}"
    reason = why_no_calibration(cases, minimum)
    offset = _design(cases)[:, 1]
    fit = None if reason else _fit(cases.positive.astype(float), np.ones((len(cases), 1)), offset)
    if fit is None:
        note = reason or "the recalibration model does not converge"
        return Estimate.insufficient(name, method, cases.n_patients, len(cases), note)
    expected = special.expit(offset + fit[0])
    by_case = (cases.positive - expected) / (expected * (1 - expected)).sum()
    shift = Linearised.of(float(fit[0]), by_case, cases)
    return _estimate(name, method, shift, cases, shift.interval(), unit="log odds")


def why_no_calibration(cases: Cases, minimum: int) -> str:
    """Why the scores cannot be judged as probabilities, in words; empty when they can."""
    reason = cases.why_insufficient(minimum)
    if not reason and not ((cases.score >= 0) & (cases.score <= 1)).all():
        reason = "the scores are not probabilities between 0 and 1"
    return reason


def _why_no_slope(cases: Cases) -> str:
    positives, negatives = cases.score[cases.positive], cases.score[~cases.positive]
    if positives.min() >= negatives.max() or positives.max() <= negatives.min():
        return "the classes are separated perfectly: no finite slope exists"
    return ""


def _design(cases: Cases) -> Floats:
    log_odds = special.logit(np.clip(cases.score, _CLIP, 1 - _CLIP))
    return np.column_stack([np.ones(len(cases)), log_odds])


def _fit(outcome: Floats, design: Floats, offset: Floats | float = 0.0) -> Floats | None:
    """Maximum-likelihood coefficients by Newton steps, halved while they do not help; None when they do not settle."""

    def loss(coefficients: Floats) -> float:
        eta = design @ coefficients + offset
        return float((np.logaddexp(0, eta) - outcome * eta).sum())

    coefficients = np.zeros(design.shape[1])
    for _ in range(100):
        expected = special.expit(design @ coefficients + offset)
        information = (design * (expected * (1 - expected))[:, None]).T @ design
        try:
            step = np.linalg.solve(information, design.T @ (outcome - expected))
        except np.linalg.LinAlgError:
            return None
        scale = 1.0
        while loss(coefficients + scale * step) > loss(coefficients) + 1e-12 and scale > 1e-6:
            scale /= 2
        coefficients = coefficients + scale * step
        if np.abs(step).max() < 1e-10:
            return np.asarray(coefficients)
    return None


def _estimate(
    name: str, method: str, number: Linearised, cases: Cases, interval: tuple[float, float], *, unit: str = "1"
) -> Estimate:
    return Estimate(
        name=name, value=number.value, lower=interval[0], upper=interval[1], method=method, unit=unit,
        n_patients=cases.n_patients, n_cases=len(cases),
    )
