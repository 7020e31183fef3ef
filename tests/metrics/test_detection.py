import numpy as np
import pytest

from cauce.metrics.bootstrap import Resampling
from cauce.metrics.detection import CPM_RATES, Detections, detection_metrics, froc
from cauce.metrics.matching import hits_by_distance, hits_by_iou

FEW = Resampling(300, seed=1)


def _made(seed: int, images: int = 40) -> Detections:
    random = np.random.default_rng(seed)
    scores, hits, objects = [], [], []
    for _ in range(images):
        count = int(random.integers(0, 4))
        found = random.random(count) < 0.8
        false = int(random.poisson(3))
        scores.append(np.r_[random.normal(1.5, 1, int(found.sum())), random.normal(0, 1, false)])
        hits.append(np.r_[np.ones(int(found.sum()), bool), np.zeros(false, bool)])
        objects.append(count)
    return Detections.of(scores, hits, objects)


def test_froc_and_cpm_of_a_case_that_is_counted_by_hand() -> None:
    found = Detections.of([[0.9, 0.8, 0.3], [0.7, 0.6]], [[True, False, True], [False, True]], [2, 2])
    false, sensitivity = froc(found)
    assert false.tolist() == [0, 0, 0.5, 1, 1, 1]
    assert sensitivity.tolist() == [0, 0.25, 0.25, 0.25, 0.5, 0.75]


def test_cpm_is_the_mean_of_the_best_sensitivities_at_the_seven_rates() -> None:
    found = _made(1)
    false, sensitivity = froc(found)
    by_hand = np.mean([sensitivity[false <= rate].max() for rate in CPM_RATES])
    metrics = {each.name: each for each in detection_metrics(found, resampling=FEW)}
    cpm = metrics["CPM"]
    assert cpm.value == pytest.approx(by_hand, abs=1e-12)
    assert cpm.lower < cpm.value < cpm.upper
    assert metrics["sensitivity at 1 false alarms per image"].value == pytest.approx(sensitivity[false <= 1].max())


def test_average_precision_is_the_area_under_the_envelope() -> None:
    found = _made(2)
    order = np.argsort(-found.score)
    hits, called = np.cumsum(found.hit[order]), np.arange(1, len(order) + 1)
    precision, recall = hits / called, hits / found.objects.sum()
    area = sum((recall[place] - (recall[place - 1] if place else 0)) * precision[place:].max() for place in range(len(order)))
    metrics = {each.name: each for each in detection_metrics(found, resampling=FEW)}
    assert metrics["average precision"].value == pytest.approx(area, abs=1e-9)


def test_few_patients_with_an_object_give_no_number() -> None:
    assert all(each.value is None for each in detection_metrics(_made(3, 6), resampling=FEW))


def test_an_object_is_hit_once_and_by_the_highest_score() -> None:
    reference = [[0, 0, 10, 10], [20, 20, 30, 30]]
    candidates = [[1, 1, 11, 11], [0, 0, 10, 10], [50, 50, 60, 60]]
    assert hits_by_iou(reference, candidates, [0.5, 0.9, 0.8]).tolist() == [False, True, False]
    assert hits_by_iou(reference, candidates, [0.9, 0.5, 0.8]).tolist() == [True, False, False]
    assert hits_by_iou(reference, candidates, [0.9, 0.5, 0.8], iou=0.7).tolist() == [False, True, False]
    assert hits_by_iou([], candidates, [1, 1, 1]).tolist() == [False] * 3
    points = hits_by_distance([[0, 0, 0]], [[0, 0, 3], [0, 0, 1]], [0.9, 0.2], radius_mm=2)
    assert points.tolist() == [False, True]
