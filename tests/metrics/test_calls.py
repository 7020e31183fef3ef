import numpy as np
import pytest
from sklearn import metrics as oracle

from cauce.metrics.calls import call_summaries
from cauce.metrics.cases import Cases
from cauce.metrics.net_benefit import decision_curve, net_benefit
from cauce.metrics.operating_point import at_calls


def _cases(seed: int, n: int = 300, patients: int = 150) -> tuple[Cases, np.ndarray]:
    random = np.random.default_rng(seed)
    positive = random.random(n) < 0.35
    score = np.clip(random.normal(0.35 + 0.25 * positive, 0.2), 0.001, 0.999)
    return Cases.of(positive, score, random.integers(patients, size=n)), score >= 0.5


@pytest.mark.parametrize("seed", range(5))
def test_f1_balanced_accuracy_and_mcc_equal_scikit_learn(seed: int) -> None:
    cases, called = _cases(seed)
    found = {each.name: each for each in call_summaries(cases, called)}
    assert found["F1"].value == pytest.approx(oracle.f1_score(cases.positive, called), abs=1e-12)
    assert found["balanced accuracy"].value == pytest.approx(oracle.balanced_accuracy_score(cases.positive, called), abs=1e-12)
    assert found["MCC"].value == pytest.approx(oracle.matthews_corrcoef(cases.positive, called), abs=1e-12)
    assert all(each.lower < each.value < each.upper for each in found.values())


def test_few_patients_and_calls_without_variance_give_no_number() -> None:
    few = Cases.of([1, 0, 1, 0], [0.9, 0.1, 0.8, 0.2])
    assert all(each.value is None for each in call_summaries(few, few.positive))
    cases, _ = _cases(1)
    summaries = {each.name: each for each in call_summaries(cases, cases.positive)}
    assert summaries["F1"].value is summaries["MCC"].value is None
    balanced = summaries["balanced accuracy"]  # as its two parts, it counts each patient as one trial then
    assert (balanced.value, balanced.upper) == (1.0, 1.0)
    assert 0.9 < balanced.lower < 1


def test_net_benefit_is_the_formula_and_its_curve_passes_through_it() -> None:
    cases, called = _cases(2)
    hits, false = (called & cases.positive).mean(), (called & ~cases.positive).mean()
    found = net_benefit(cases, 0.5)
    assert found.value == pytest.approx(hits - false)
    model, everybody = decision_curve(cases, np.array([0.1, 0.5]))
    assert model[1] == pytest.approx(found.value)
    share = cases.positive.mean()
    assert everybody[0] == pytest.approx(share - (1 - share) / 9)
    assert net_benefit(cases, 1.0).value is None


def test_intervals_hold_their_level_under_clustering() -> None:
    truth_cases, truth_called = _cases(99, n=200_000, patients=200_000)
    truth = {each.name: each.value for each in call_summaries(truth_cases, truth_called)}
    truth["net benefit"] = net_benefit(truth_cases, 0.5).value
    misses = dict.fromkeys(truth, 0)
    for seed in range(300):
        cases, called = _cases(1000 + seed)
        for each in (*call_summaries(cases, called), net_benefit(cases, 0.5)):
            misses[each.name] += not each.lower <= truth[each.name] <= each.upper
    assert all(4 <= count <= 27 for count in misses.values()), misses  # 5 % of 300, three standard errors either way


def test_balanced_accuracy_needs_patients_of_both_classes() -> None:
    positive = np.arange(60) < 5
    summaries = {each.name: each for each in call_summaries(Cases.of(positive, positive * 1.0), positive)}
    assert summaries["balanced accuracy"].value is None
    assert "5 patients" in summaries["balanced accuracy"].note


def test_the_limits_of_balanced_accuracy_are_those_of_its_two_parts_joined() -> None:
    """Independent classes: the squared half widths add up."""
    positive = np.arange(200) < 80
    called = np.where(positive, np.arange(200) % 4 != 0, np.arange(200) % 10 == 0)
    cases = Cases.of(positive, called * 1.0)
    found = {each.name: each for each in (*call_summaries(cases, called), *at_calls(cases, called))}
    one, two, both = found["sensitivity"], found["specificity"], found["balanced accuracy"]
    assert both.value == pytest.approx((one.value + two.value) / 2)
    assert both.value - both.lower == pytest.approx(np.hypot(one.value - one.lower, two.value - two.lower) / 2)
    assert both.upper - both.value == pytest.approx(np.hypot(one.upper - one.value, two.upper - two.value) / 2)
