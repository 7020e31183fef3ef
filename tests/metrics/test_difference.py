import numpy as np
import pytest

from cauce.domain.errors import InputError
from cauce.metrics.bootstrap import Resampling
from cauce.metrics.cases import Cases
from cauce.metrics.delong import auc, auc_difference
from cauce.metrics.difference import bootstrap_difference, share_difference
from cauce.metrics.weighted import weighted_auc


def _pair(n: int, *, seed: int, gain: float = 0.0, patients: int | None = None) -> tuple[Cases, Cases]:
    random = np.random.default_rng(seed)
    positive = random.random(n) < 0.4
    shared = random.normal(size=n) + 1.2 * positive
    patient = np.arange(n) if patients is None else random.integers(patients, size=n)
    one = shared + random.normal(size=n)
    two = shared + random.normal(size=n) + gain * positive
    return Cases.of(positive, one, patient), Cases.of(positive, two, patient)


def _textbook(one: Cases, two: Cases) -> tuple[float, float]:
    """DeLong 1988 as it is printed: all m × k comparisons, 2 × 2 covariance matrices, the contrast (-1, 1)."""
    areas, of_positives, of_negatives = [], [], []
    for cases in (one, two):
        x, y = cases.score[cases.positive], cases.score[~cases.positive]
        wins = (x[:, None] > y[None, :]) + 0.5 * (x[:, None] == y[None, :])
        areas.append(wins.mean())
        of_positives.append(wins.mean(axis=1))
        of_negatives.append(wins.mean(axis=0))
    covariance = np.cov(of_positives) / len(of_positives[0]) + np.cov(of_negatives) / len(of_negatives[0])
    return areas[1] - areas[0], float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])


def test_paired_delong_equals_the_quadratic_form() -> None:
    one, two = _pair(300, seed=1)
    value, variance = _textbook(one, two)
    found = auc_difference(one, two)
    assert found.value == pytest.approx(value, abs=1e-12)
    half = (found.upper - found.lower) / 2
    assert half == pytest.approx(1.97 * np.sqrt(variance), rel=0.02)  # Student's quantile differs from 1.96 a little


def test_pairing_is_narrower_than_two_samples() -> None:
    one, two = _pair(300, seed=2)
    found = auc_difference(one, two)
    apart = [auc(each) for each in (one, two)]
    assert found.upper - found.lower < sum(each.upper - each.lower for each in apart)


def test_a_better_model_is_seen_and_the_same_model_is_not() -> None:
    one, better = _pair(600, seed=3, gain=1.5)
    assert auc_difference(one, better).note == "p < 0.001"
    same = auc_difference(one, one)
    assert same.value is None
    assert "no patient tells the two apart" in same.note


def test_bootstrap_and_delong_agree() -> None:
    one, two = _pair(400, seed=4, patients=150)
    drawn = bootstrap_difference("AUC", weighted_auc(one), weighted_auc(two), one, resampling=Resampling(1000, seed=1))
    exact = auc_difference(one, two)
    assert drawn.value == pytest.approx(exact.value, abs=1e-6)
    assert drawn.upper - drawn.lower == pytest.approx(exact.upper - exact.lower, rel=0.1)


def test_the_paired_interval_holds_its_level_under_clustering() -> None:
    misses = 0
    for seed in range(300):
        found = auc_difference(*_pair(200, seed=seed, patients=100))
        misses += not found.lower <= 0 <= found.upper
    assert 4 <= misses <= 27  # 5 % of 300, three standard errors either way


def test_other_cases_are_refused() -> None:
    one, _ = _pair(50, seed=1)
    other, _ = _pair(50, seed=2)
    with pytest.raises(InputError, match="same cases"):
        auc_difference(one, other)


def test_a_difference_of_shares_counts_discordant_pairs() -> None:
    cases = Cases.of(np.ones(100, bool), np.zeros(100))
    first, second = np.arange(100) < 70, np.arange(100) < 80
    found = share_difference("sensitivity", first, second, cases)
    assert found.value == pytest.approx(0.10)
    assert found.upper - found.lower == pytest.approx(2 * 1.98 * np.sqrt(0.1 * 0.9 / 99), rel=0.1)
