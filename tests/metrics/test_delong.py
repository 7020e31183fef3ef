import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from cauce.domain.errors import InputError
from cauce.domain.estimate import EstimateStatus
from cauce.metrics.cases import Cases
from cauce.metrics.delong import auc, linearised_auc
from small_cohorts import cohort


def _kernel(cases: Cases) -> np.ndarray:
    """psi of every positive against every negative: 1, 1/2 or 0."""
    difference = cases.score[cases.positive][:, None] - cases.score[~cases.positive][None, :]
    return (np.sign(difference) + 1) / 2


def _quadratic_form(cases: Cases) -> float:
    """DeLong's variance from all m x k comparisons, as published in 1988."""
    psi = _kernel(cases)
    m, k = psi.shape
    return float(np.var(psi.mean(axis=1), ddof=1) / m + np.var(psi.mean(axis=0), ddof=1) / k)


def _obuchowski(cases: Cases) -> float:
    """The clustered variance of 1997, patient by patient in plain loops."""
    psi = _kernel(cases)
    area, (m, k) = psi.mean(), psi.shape
    x, y = psi.mean(axis=1), psi.mean(axis=0)
    of_positive, of_negative = cases.patient[cases.positive], cases.patient[~cases.positive]
    s10 = s01 = s11 = 0.0
    for patient in range(cases.n_patients):
        a = sum(x[of_positive == patient] - area)
        b = sum(y[of_negative == patient] - area)
        s10, s01, s11 = s10 + a * a, s01 + b * b, s11 + a * b
    i10, i01, i = len(set(of_positive)), len(set(of_negative)), cases.n_patients
    return float(s10 * i10 / ((i10 - 1) * m * m) + s01 * i01 / ((i01 - 1) * k * k) + 2 * s11 * i / ((i - 1) * m * k))


@pytest.mark.parametrize("decimals", [None, 2, 1])
def test_variance_by_midranks_equals_the_quadratic_form_of_1988(decimals: int | None) -> None:
    cases = cohort(150, largest=1, decimals=decimals)
    assert linearised_auc(cases).variance == pytest.approx(_quadratic_form(cases), abs=1e-12)


@pytest.mark.parametrize("decimals", [None, 1])
def test_clustered_variance_equals_obuchowski_in_plain_loops(decimals: int | None) -> None:
    cases = cohort(120, decimals=decimals)
    assert cases.clustered()
    assert linearised_auc(cases).variance == pytest.approx(_obuchowski(cases), abs=1e-12)


@given(st.integers(0, 10_000), st.sampled_from([None, 1, 2]))
@settings(max_examples=30, deadline=None)
def test_area_equals_scikit_learn_with_and_without_ties(seed: int, decimals: int | None) -> None:
    cases = cohort(60, seed=seed, decimals=decimals)
    assert linearised_auc(cases).value == pytest.approx(roc_auc_score(cases.positive, cases.score), abs=1e-12)


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_turning_scores_around_mirrors_area_and_interval(seed: int) -> None:
    cases = cohort(80, seed=seed)
    forward, backward = auc(cases), auc(Cases.of(cases.positive, -cases.score, cases.patient))
    assert forward.value == pytest.approx(1 - backward.value)
    assert forward.lower == pytest.approx(1 - backward.upper)


def test_repeating_every_case_of_a_patient_leaves_the_interval_as_it_was() -> None:
    once = cohort(100, largest=1)
    twice = Cases.of(np.tile(once.positive, 2), np.tile(once.score, 2), np.tile(once.patient, 2))
    assert auc(twice).lower == pytest.approx(auc(once).lower, abs=2e-3)
    assert auc(twice).upper == pytest.approx(auc(once).upper, abs=2e-3)


def test_perfect_separation_gives_a_bound_and_says_why() -> None:
    positive = np.arange(60) % 2 == 0
    perfect = auc(Cases.of(positive, positive.astype(float)))
    assert perfect.value == perfect.upper == 1
    assert perfect.lower == pytest.approx(0.025 ** (1 / 30))
    assert "perfect separation" in perfect.note
    worst = auc(Cases.of(positive, 1 - positive.astype(float)))
    assert (worst.value, worst.lower) == (0, 0)
    assert worst.upper == pytest.approx(1 - 0.025 ** (1 / 30))


def test_one_misranked_pair_is_not_reported_as_certain() -> None:
    positive = np.arange(60) >= 30
    score = np.arange(60.0)
    score[[29, 30]] = score[[30, 29]]
    estimate = auc(Cases.of(positive, score))
    assert estimate.value == pytest.approx(1 - 1 / 900)
    assert estimate.lower < 0.96


def test_equal_scores_give_one_half_with_a_wide_interval() -> None:
    estimate = auc(Cases.of(np.arange(60) % 2 == 0, np.full(60, 0.3)))
    assert estimate.value == 0.5
    assert estimate.lower < 0.35 < 0.65 < estimate.upper


@pytest.mark.parametrize(
    ("positive", "score", "words"),
    [
        (np.ones(50), np.arange(50.0), "0 without the finding"),
        (np.arange(50) < 3, np.arange(50.0), "3 patients with"),
        (np.arange(50) % 2, np.where(np.arange(50) == 7, np.nan, 1.0), "1 of 50 scores are not finite"),
    ],
)
def test_what_cannot_be_estimated_says_so_in_words(positive: np.ndarray, score: np.ndarray, words: str) -> None:
    estimate = auc(Cases.of(positive, score))
    assert estimate.status is EstimateStatus.INSUFFICIENT
    assert words in estimate.note


def test_reference_of_three_classes_and_unequal_lengths_are_refused() -> None:
    with pytest.raises(InputError, match="0/1"):
        Cases.of([0, 1, 2], [0.1, 0.2, 0.3])
    with pytest.raises(InputError, match="one entry for each case"):
        Cases.of([0, 1], [0.1, 0.2, 0.3])
