import numpy as np
import pytest
from scipy import special
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss

from cauce.domain.estimate import EstimateStatus
from cauce.metrics.calibration import brier, calibration_intercept, calibration_slope
from cauce.metrics.calibration_error import calibration_error, reliability_bins
from cauce.metrics.cases import Cases
from small_cohorts import cohort


def _calibrated(n: int, *, stretch: float = 1.0, shift: float = 0.0, seed: int = 0) -> Cases:
    generator = np.random.default_rng(seed)
    log_odds = generator.normal(0, 1.5, n)
    positive = generator.random(n) < special.expit(log_odds)
    return Cases.of(positive, special.expit(stretch * log_odds + shift))


def test_brier_equals_scikit_learn() -> None:
    cases = cohort(120)
    assert brier(cases).value == pytest.approx(brier_score_loss(cases.positive, cases.score))


def test_slope_equals_scikit_learns_unpenalised_logistic_regression() -> None:
    cases = cohort(200)
    theirs = LogisticRegression(C=np.inf, tol=1e-10).fit(special.logit(cases.score)[:, None], cases.positive)
    assert calibration_slope(cases).value == pytest.approx(theirs.coef_[0, 0], abs=1e-5)


def test_slope_and_intercept_recover_what_was_done_to_the_probabilities() -> None:
    cases = _calibrated(40_000, stretch=2.0)
    assert calibration_slope(cases).value == pytest.approx(0.5, abs=0.02)
    shifted = _calibrated(40_000, shift=0.7)
    assert calibration_intercept(shifted).value == pytest.approx(-0.7, abs=0.04)


def test_the_intercept_makes_the_mean_probability_right() -> None:
    cases = cohort(150)
    shift = calibration_intercept(cases).value
    assert special.expit(special.logit(cases.score) + shift).mean() == pytest.approx(cases.positive.mean(), abs=1e-9)


def test_calibration_error_of_a_calibrated_model_starts_at_zero() -> None:
    estimate = calibration_error(_calibrated(600))
    assert estimate.lower == 0
    assert "chance alone" in estimate.note


def test_calibration_error_of_a_miscalibrated_model_is_found() -> None:
    cases = _calibrated(4000, shift=1.0)
    estimate = calibration_error(cases)
    gap = np.abs(special.expit(special.logit(cases.score) - 1.0) - cases.score).mean()
    assert estimate.lower < gap < estimate.upper
    assert estimate.value == pytest.approx(gap, abs=0.02)


def test_plain_error_equals_a_loop_over_bins() -> None:
    cases = cohort(150)
    bins = reliability_bins(cases)
    total = 0.0
    for number in range(len(bins.share)):
        inside = bins.of_case == number
        total += inside.mean() * abs(cases.positive[inside].mean() - cases.score[inside].mean())
    assert bins.plain_error == pytest.approx(total)
    assert bins.share.sum() == pytest.approx(1)


def test_bins_never_part_equal_probabilities() -> None:
    cases = Cases.of(np.arange(400) % 2, np.repeat([0.1, 0.2, 0.9, 0.95], 100))
    bins = reliability_bins(cases)
    assert all(len(np.unique(bins.of_case[cases.score == value])) == 1 for value in np.unique(cases.score))


@pytest.mark.parametrize("metric", [brier, calibration_slope, calibration_intercept, calibration_error])
def test_scores_that_are_no_probabilities_are_insufficient(metric) -> None:
    estimate = metric(Cases.of(np.arange(60) % 2, np.arange(60.0)))
    assert estimate.status is EstimateStatus.INSUFFICIENT
    assert "not probabilities" in estimate.note


def test_perfect_separation_has_no_slope_and_says_so() -> None:
    positive = np.arange(60) % 2 == 0
    estimate = calibration_slope(Cases.of(positive, np.where(positive, 0.9, 0.1) + np.arange(60) * 1e-4))
    assert estimate.status is EstimateStatus.INSUFFICIENT
    assert "separated" in estimate.note


def test_errors_that_are_all_alike_give_no_interval() -> None:
    assert brier(Cases.of(np.arange(60) % 2, np.full(60, 0.5))).status is EstimateStatus.INSUFFICIENT
