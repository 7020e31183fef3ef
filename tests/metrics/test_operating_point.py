import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import accuracy_score, precision_score, recall_score

from cauce.domain.errors import InputError
from cauce.domain.estimate import EstimateStatus
from cauce.metrics.cases import Cases
from cauce.metrics.operating_point import at_threshold, threshold_for_sensitivity
from cauce.metrics.proportion import proportion, wilson
from small_cohorts import cohort


def test_wilson_equals_scipy_and_newcombes_published_example() -> None:
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)  # Newcombe 1998, 10.1002/(SICI)1097-0258, table I
    for successes, n in [(0, 20), (20, 20), (3, 17), (50, 71)]:
        theirs = stats.binomtest(successes, n).proportion_ci(method="wilson")
        assert wilson(successes, n) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_every_proportion_equals_scikit_learn() -> None:
    cases = cohort(150)
    y, called = cases.positive, cases.score >= 0.4
    found = {each.name: each.value for each in at_threshold(cases, 0.4)}
    assert found == pytest.approx({
        "sensitivity": recall_score(y, called), "specificity": recall_score(~y, ~called),
        "PPV": precision_score(y, called), "NPV": precision_score(~y, ~called), "accuracy": accuracy_score(y, called),
    })


def test_several_cases_of_one_patient_widen_the_interval() -> None:
    success = np.repeat(np.arange(60) % 4 != 0, 3)
    alone = proportion("x", success, Cases.of(success, success))
    together = proportion("x", success, Cases.of(success, success, np.repeat(np.arange(60), 3)))
    assert together.value == alone.value == 0.75
    assert together.upper - together.lower > 1.5 * (alone.upper - alone.lower)
    assert "patient-clustered" in together.method


def test_all_alike_counts_each_patient_once_and_says_so() -> None:
    cases = Cases.of(np.ones(90), np.ones(90), np.repeat(np.arange(30), 3))
    estimate = proportion("x", np.ones(90, bool), cases)
    assert (estimate.lower, estimate.upper) == pytest.approx(wilson(30, 30))
    assert "30 patients" in estimate.note


def test_too_few_patients_are_insufficient() -> None:
    assert proportion("x", np.ones(5, bool), Cases.of(np.ones(5), np.ones(5))).status is EstimateStatus.INSUFFICIENT


@given(st.integers(0, 5000), st.floats(0.05, 1.0))
@settings(max_examples=60, deadline=None)
def test_threshold_reaches_the_sensitivity_and_no_other_that_does_is_more_specific(seed: int, target: float) -> None:
    cases = cohort(30, seed=seed, decimals=2)
    if cases.positive.all() or not cases.positive.any():
        return
    threshold = threshold_for_sensitivity(cases, target)
    positives, negatives = cases.score[cases.positive], cases.score[~cases.positive]
    assert (positives >= threshold).mean() >= target - 1e-9
    for other in cases.score:
        if (positives >= other).mean() >= target:
            assert (negatives < other).mean() <= (negatives < threshold).mean()


def test_threshold_lies_in_the_middle_of_the_gap() -> None:
    cases = Cases.of([1, 1, 0, 0], [0.9, 0.8, 0.2, 0.1])
    assert threshold_for_sensitivity(cases, 1.0) == pytest.approx(0.5)


def test_threshold_needs_both_classes() -> None:
    with pytest.raises(InputError, match="both classes"):
        threshold_for_sensitivity(Cases.of([1, 1], [0.1, 0.2]), 0.9)
