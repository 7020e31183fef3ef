import numpy as np
import pytest
from sklearn import metrics as oracle

from cauce.metrics.calls import call_summaries
from cauce.metrics.cases import Cases
from cauce.metrics.net_benefit import decision_curve, net_benefit


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
    assert all(each.value is None for each in call_summaries(cases, cases.positive))


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
