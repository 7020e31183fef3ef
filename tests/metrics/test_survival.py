import numpy as np
import pytest
from scipy.special import logit

from cauce.domain.errors import InputError
from cauce.domain.estimate import Estimate
from cauce.metrics.censoring import kaplan_meier
from cauce.metrics.survival import (
    Survival,
    auc_at,
    calibration_at,
    concordance,
    integrated_brier,
    uno_concordance,
)


def _data(seed: int, n: int = 200) -> tuple[Survival, np.ndarray]:
    random = np.random.default_rng(seed)
    risk = random.normal(size=n)
    time, censored = random.exponential(np.exp(-0.8 * risk)), random.exponential(1.5, n)
    return Survival.of(np.minimum(time, censored), time <= censored), risk


def test_kaplan_meier_gives_the_published_curve_of_6_mercaptopurine() -> None:
    """Freireich 1963, as printed in Kalbfleisch and Prentice 2002, table 1.1 and Collett 2003."""
    time = np.array([6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35], float)
    event = np.array([1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0], bool)
    found = kaplan_meier(time, event, np.array([5.0, 6, 7, 10, 13, 16, 22, 23, 35]))
    assert found == pytest.approx([1, 0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448, 0.448], abs=5e-4)
    assert kaplan_meier(time, event, np.array([6.0]), before=True) == pytest.approx([1.0])


def _pairs(data: Survival, risk: np.ndarray, weight: np.ndarray, until: float) -> float:
    won = total = 0.0
    for i in range(len(data)):
        for j in range(len(data)):
            if i != j and data.event[i] and data.time[i] < until and (
                data.time[j] > data.time[i] or (data.time[j] == data.time[i] and not data.event[j])
            ):
                total += weight[i]
                won += weight[i] * ((risk[i] > risk[j]) + 0.5 * (risk[i] == risk[j]))
    return won / total


@pytest.mark.parametrize("seed", range(3))
def test_both_concordances_equal_the_definition_pair_by_pair(seed: int) -> None:
    data, risk = _data(seed, 120)
    data, risk = Survival.of(np.round(data.time, 1), data.event), np.round(risk, 1)  # ties of both kinds
    assert concordance(data, risk).value == pytest.approx(_pairs(data, risk, np.ones(len(data)), np.inf), abs=1e-12)
    free = kaplan_meier(data.time, ~data.event, data.time, before=True)
    assert uno_concordance(data, risk, until=1.0).value == pytest.approx(_pairs(data, risk, free**-2, 1.0), abs=1e-12)


def test_without_censoring_the_auc_and_brier_are_the_plain_ones() -> None:
    from sklearn.metrics import brier_score_loss, roc_auc_score

    random = np.random.default_rng(4)
    risk = random.normal(size=300)
    data = Survival.of(random.exponential(np.exp(-risk)), np.ones(300, bool))
    by_then = data.time <= 0.7
    assert auc_at(data, risk, time=0.7).value == pytest.approx(roc_auc_score(by_then, risk), abs=1e-12)
    survival = np.clip(random.random((300, 2)), 0.01, 0.99)
    times = [0.5, 0.9]
    plain = np.mean([brier_score_loss(data.time > time, survival[:, place]) for place, time in enumerate(times)])
    assert integrated_brier(data, survival, times=times).value == pytest.approx(plain, abs=1e-12)
    observed = calibration_at(data, np.zeros(300), time=0.7).value
    assert observed == pytest.approx(by_then.mean(), abs=1e-12)


def test_observed_risk_by_inverse_weights_is_kaplan_meiers() -> None:
    data, _ = _data(7)
    found = calibration_at(data, np.zeros(len(data)), time=0.8)
    assert found.value == pytest.approx(1 - kaplan_meier(data.time, data.event, np.array([0.8]))[0], abs=1e-9)


def test_intervals_hold_their_level() -> None:
    truth = np.mean([concordance(*_data(10_000 + seed, 2000)).value for seed in range(6)])
    uncensored = np.random.default_rng(1)
    risk = uncensored.normal(size=4000)
    at = auc_at(Survival.of(uncensored.exponential(np.exp(-0.8 * risk)), np.ones(4000, bool)), risk, time=0.8).value
    misses = {"C": 0, "AUC": 0}
    for seed in range(200):
        data, risk = _data(seed)
        found = concordance(data, risk)
        misses["C"] += not found.lower <= truth <= found.upper
        found = auc_at(data, risk, time=0.8)
        misses["AUC"] += not found.lower <= at <= found.upper
    assert all(1 <= count <= 22 for count in misses.values()), misses  # 5 % of 200, and the truth is itself estimated


def test_few_events_and_odd_arrays_give_no_number() -> None:
    data = Survival.of(np.arange(1.0, 31.0), np.arange(30) < 5)
    assert concordance(data, np.arange(30.0)).value is None
    assert "at least 10" in auc_at(data, np.arange(30.0), time=4).note
    with pytest.raises(InputError, match="time from 0"):
        Survival.of([-1.0], [True])
    with pytest.raises(InputError, match="finite risk"):
        concordance(data, [np.nan] * 30)


def test_the_intervals_of_weighted_numbers_are_those_of_leaving_out_each_patient_with_the_weights_anew() -> None:
    """Weights taken as known would give standard errors 6 to 17 % larger here."""
    generator, n, times = np.random.default_rng(3), 300, (0.25, 0.5, 0.75, 1.0)
    risk = generator.normal(size=n)
    event, lost = generator.exponential(np.exp(-risk)), generator.exponential(0.8, n)
    time, seen = np.minimum(event, lost), event <= lost
    survival = np.exp(-0.8 * np.exp(risk)[:, None] * np.array(times))

    def numbers(kept: np.ndarray) -> list[Estimate]:
        data = Survival(time[kept], seen[kept])
        return [auc_at(data, risk[kept], time=0.5), integrated_brier(data, survival[kept], times=times),
                calibration_at(data, 1 - survival[kept][:, 1], time=0.5)]

    whole = numbers(np.ones(n, bool))
    without = np.array([[each.value for each in numbers(np.arange(n) != left_out)] for left_out in range(n)])
    errors = np.sqrt(((without - without.mean(axis=0)) ** 2).sum(axis=0) * (n - 1) / n)
    for each, error, on_logits in zip(whole, errors, (True, True, False), strict=True):
        half = (logit(each.upper) - logit(each.lower)) / 2 if on_logits else (each.upper - each.lower) / 2
        scale = each.value * (1 - each.value) if on_logits else 1.0
        assert half * scale / 1.97 == pytest.approx(error, rel=0.03), each.name  # Student's quantile, 1.96 to 1.98
