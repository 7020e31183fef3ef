import time

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from cauce.domain.estimate import EstimateStatus
from cauce.metrics.bootstrap import Resampling, patient_strata, patient_weights, resampled
from cauce.metrics.cases import Cases
from cauce.metrics.delong import auc
from cauce.metrics.discrimination import average_precision, bootstrap_auc
from cauce.metrics.tied import tied_auc
from cauce.metrics.weighted import weighted_auc, weighted_average_precision
from small_cohorts import cohort


def test_weighted_statistics_equal_scikit_learn_with_sample_weights() -> None:
    cases = cohort(80, decimals=2)
    weights = np.random.default_rng(0).integers(0, 4, (5, len(cases))).astype(np.float32)
    areas, precisions = weighted_auc(cases)(weights), weighted_average_precision(cases)(weights)
    for row, area, precision in zip(weights, areas, precisions, strict=True):
        assert area == pytest.approx(roc_auc_score(cases.positive, cases.score, sample_weight=row), abs=1e-9)
        assert precision == pytest.approx(average_precision_score(cases.positive, cases.score, sample_weight=row), abs=1e-9)


def test_a_patient_is_drawn_whole_and_each_stratum_keeps_its_size() -> None:
    cases = cohort(50)
    strata = patient_strata(cases)
    assert sorted(np.concatenate(strata)) == list(range(50))
    weights = np.concatenate(list(patient_weights(cases, Resampling(40, 3))))
    assert weights.shape == (40, 50)
    for members in strata:
        assert (weights[:, members].sum(axis=1) == len(members)).all()


def test_the_seed_decides_and_nothing_else() -> None:
    cases = cohort(50)
    statistic = weighted_auc(cases)
    assert (resampled(statistic, cases, Resampling(50, 1)) == resampled(statistic, cases, Resampling(50, 1))).all()
    assert (resampled(statistic, cases, Resampling(50, 1)) != resampled(statistic, cases, Resampling(50, 2))).any()


def test_bootstrap_of_the_area_agrees_with_delong() -> None:
    cases = cohort(300)
    theirs, ours = auc(cases), bootstrap_auc(cases)
    assert ours.value == pytest.approx(theirs.value, abs=1e-6)
    assert (ours.lower, ours.upper) == pytest.approx((theirs.lower, theirs.upper), abs=0.006)


def test_a_resample_never_lacks_a_class() -> None:
    positive = np.arange(60) < 3
    cases = Cases.of(positive, np.arange(60.0))
    for weights in patient_weights(cases, Resampling(500, stratified=False)):
        assert (weights[:, positive].sum(axis=1) > 0).all()


def test_average_precision_has_an_interval_around_scikit_learns_value() -> None:
    cases = cohort(150)
    estimate = average_precision(cases)
    assert estimate.value == pytest.approx(average_precision_score(cases.positive, cases.score))
    assert estimate.lower < estimate.value < estimate.upper


def test_perfect_separation_is_not_reported_as_an_interval_of_no_width() -> None:
    positive = np.arange(60) % 2 == 0
    for metric in (bootstrap_auc, average_precision):
        estimate = metric(Cases.of(positive, positive.astype(float)))
        assert estimate.status is EstimateStatus.INSUFFICIENT
        assert "every resample" in estimate.note


def test_one_class_is_insufficient() -> None:
    for metric in (bootstrap_auc, average_precision):
        assert metric(Cases.of(np.ones(50), np.arange(50.0))).status is EstimateStatus.INSUFFICIENT


def test_two_thousand_resamples_of_ten_thousand_cases_take_about_a_second() -> None:
    cases = cohort(5000, largest=3)
    started = time.process_time()
    bootstrap_auc(cases)
    assert time.process_time() - started < 3  # a second on an idle core; the benchmark judges, this guards against loops


def test_the_fast_path_for_one_case_per_patient_draws_the_same_law() -> None:
    random = np.random.default_rng(5)
    positive = random.random(400) < 0.4
    cases = Cases.of(positive, np.round(random.normal(size=400) + positive, 1))
    fast = tied_auc(cases, Resampling(4000, seed=1))
    plain = resampled(weighted_auc(cases), cases, Resampling(4000, seed=2))
    assert fast.mean() == pytest.approx(plain.mean(), abs=4 * plain.std() / 4000**0.5)
    assert fast.std() == pytest.approx(plain.std(), rel=0.05)
