"""Numbers, landmarks, instances, several classes: each against another implementation or a count by hand."""

import numpy as np
import pytest
from sklearn import metrics as oracle

from cauce.domain.errors import InputError
from cauce.metrics.agreement import Readings
from cauce.metrics.instances import match_objects, object_metrics
from cauce.metrics.landmarks import landmark_metrics, radial_errors
from cauce.metrics.multiclass import multiclass_metrics, multilabel_metrics
from cauce.metrics.regression import regression_metrics, repeatability_coefficient


def _by_name(found):
    return {each.name: each for each in found}


def test_errors_limits_and_concordance_equal_their_formulas() -> None:
    random = np.random.default_rng(0)
    reference = random.normal(50, 10, 80)
    measured = reference + random.normal(1, 3, 80)
    found = _by_name(regression_metrics(reference, measured, unit="mm"))
    gap = measured - reference
    assert found["MAE"].value == pytest.approx(oracle.mean_absolute_error(reference, measured), abs=1e-12)
    assert found["RMSE"].value == pytest.approx(oracle.mean_squared_error(reference, measured) ** 0.5, abs=1e-12)
    assert found["bias"].value == pytest.approx(gap.mean())
    assert found["upper limit of agreement"].value == pytest.approx(gap.mean() + 1.959964 * gap.std(ddof=1), abs=1e-6)
    lin = 2 * np.cov(reference, measured, ddof=0)[0, 1] / (
        reference.var() + measured.var() + (reference.mean() - measured.mean()) ** 2)
    assert found["CCC"].value == pytest.approx(lin, abs=1e-10)
    assert all(each.lower < each.value < each.upper for each in found.values())
    textbook = 3**0.5 * gap.std(ddof=1) / 80**0.5  # Bland and Altman 1986: standard error of a limit
    limit = found["upper limit of agreement"]
    assert (limit.upper - limit.lower) / 2 == pytest.approx(2 * textbook, rel=0.25)


def test_bland_and_altmans_peak_flow_data_give_their_published_limits() -> None:
    """Bland and Altman 1986, Lancet: Wright against mini meter, 17 people: difference -2.1, limits -79.7 and 75.5 l/min."""
    wright = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
    mini = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]
    found = _by_name(regression_metrics(mini, wright, unit="L/min"))
    assert found["bias"].value == pytest.approx(-2.1, abs=0.05)
    deviation = (found["upper limit of agreement"].value - found["bias"].value) / 1.959964
    assert deviation == pytest.approx(38.8, abs=0.05)
    assert found["bias"].value - 2 * deviation == pytest.approx(-79.7, abs=0.1)


def test_the_repeatability_coefficient_is_2_77_within_case_deviations() -> None:
    random = np.random.default_rng(1)
    twice = random.normal(20, 5, (400, 1)) + random.normal(0, 2, (400, 2))
    found = repeatability_coefficient(Readings.of(twice), unit="mm")
    within = np.sqrt(((twice[:, 0] - twice[:, 1]) ** 2).mean() / 2)
    assert found.value == pytest.approx(1.959964 * 2**0.5 * within, abs=1e-5)
    assert found.lower < 2 * 2.772 < found.upper
    assert repeatability_coefficient(Readings.of(twice[:5]), unit="mm").value is None


def test_landmarks_that_were_not_found_are_outside_every_radius() -> None:
    reference = np.zeros((40, 2))
    found = np.tile([[0.0, 3.0]], (40, 1))
    found[::4] = np.nan
    errors = radial_errors(reference, found, [1.0, 0.5])
    metrics = _by_name(landmark_metrics(np.where(np.arange(40) == 1, 2.2, errors)))
    assert metrics["mean radial error"].value == pytest.approx((29 * 1.5 + 2.2) / 30)
    assert "10 points" in metrics["mean radial error"].note
    assert metrics["detected within 2 mm"].value == pytest.approx(29 / 40)
    assert metrics["detected within 2.5 mm"].value == pytest.approx(30 / 40)
    with pytest.raises(InputError, match="one place"):
        radial_errors(reference, found[:3], [1, 1])


def test_panoptic_quality_of_maps_that_are_counted_by_hand() -> None:
    reference, prediction = np.zeros((2, 10, 10), int)
    reference[:4, :4], reference[6:, 6:] = 1, 7
    prediction[:4, :3], prediction[0, 9] = 3, 5
    found = match_objects(reference, prediction)
    assert (found.matched, found.missed, found.false) == (1, 1, 1)
    assert found.iou_sum == pytest.approx(12 / 16)
    whole = match_objects(reference, reference)
    metrics = _by_name(object_metrics([found] * 10 + [whole] * 10))
    assert metrics["PQ"].value == pytest.approx((10 * 0.75 + 20) / (30 + 5 + 5))
    assert metrics["PQ"].value == pytest.approx(metrics["SQ"].value * metrics["RQ"].value)
    assert metrics["AP of objects"].value == pytest.approx(30 / 50)
    assert all(each.value is None for each in object_metrics([found] * 3))
    with pytest.raises(InputError, match="cannot be compared"):
        match_objects(reference, prediction, iou=0.3)


def test_several_classes_equal_scikit_learns_macro_averages() -> None:
    random = np.random.default_rng(3)
    labels = random.integers(3, size=240)
    scores = random.dirichlet([1, 1, 1], 240) + 0.7 * (labels[:, None] == np.arange(3))
    scores /= scores.sum(axis=1, keepdims=True)
    found = _by_name(multiclass_metrics(labels, scores, random.integers(120, size=240)))
    assert found["macro AUC"].value == pytest.approx(oracle.roc_auc_score(labels, scores, multi_class="ovr"), abs=1e-12)
    assert found["macro F1"].value == pytest.approx(oracle.f1_score(labels, scores.argmax(axis=1), average="macro"), abs=1e-12)
    assert found["accuracy"].value == pytest.approx(oracle.accuracy_score(labels, scores.argmax(axis=1)))
    assert all(each.lower < each.value < each.upper for each in found.values())
    with pytest.raises(InputError, match="probability of each class"):
        multiclass_metrics([3, 0], [[0.5, 0.5], [0.1, 0.9]])


def test_several_labels_equal_scikit_learns_macro_averages() -> None:
    random = np.random.default_rng(4)
    wanted = random.random((200, 4)) < 0.3
    scores = np.clip(random.normal(0.35 + 0.3 * wanted, 0.2), 0, 1)
    found = _by_name(multilabel_metrics(wanted, scores, [0.5] * 4))
    assert found["macro AUC"].value == pytest.approx(oracle.roc_auc_score(wanted, scores), abs=1e-12)
    assert found["macro F1"].value == pytest.approx(oracle.f1_score(wanted, scores >= 0.5, average="macro"), abs=1e-12)
    assert found["every label right"].value == pytest.approx(oracle.accuracy_score(wanted, scores >= 0.5))
