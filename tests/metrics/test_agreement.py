import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from cauce.domain.errors import InputError
from cauce.domain.estimate import EstimateStatus
from cauce.metrics.agreement import Readings
from cauce.metrics.agreement_icc import intraclass_correlation
from cauce.metrics.agreement_kappa import Weights, cohen_kappa, fleiss_kappa
from cauce.metrics.agreement_places import mask_dice, point_distances, reader_dice, reader_distance

FLEISS_1971 = (
    "00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031 "
    "00501 30012 51000 02040 10203 00006 01050 02013 20040 10041 05010 40002 02040 10500 00006"
)
"""Table 1: how many of six psychiatrists gave each of 30 patients each of five diagnoses."""

SHROUT_FLEISS_1979 = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
"""Table 2: four judges on six targets."""


def diagnoses() -> np.ndarray:
    return np.asarray([[k for k, count in enumerate(row) for _ in range(int(count))] for row in FLEISS_1971.split()])


def two_readers(seed: int, cases: int = 80, categories: int = 4) -> np.ndarray:
    generator = np.random.default_rng(seed)
    truth = generator.integers(categories, size=cases)
    other = np.where(generator.random(cases) < 0.3, generator.integers(categories, size=cases), truth)
    return np.stack([truth, other], axis=1)


def test_kappa_of_six_psychiatrists_is_the_published_one() -> None:
    found = fleiss_kappa(Readings.of(diagnoses()), 5)
    assert found.value == pytest.approx(0.430, abs=5e-4)
    assert found.lower < 0.43 < found.upper
    assert found.n_patients == found.n_cases == 30


def test_icc_of_four_judges_is_the_published_one() -> None:
    found = intraclass_correlation(Readings.of(SHROUT_FLEISS_1979), minimum=2)
    assert found.value == pytest.approx(0.29, abs=5e-3)
    assert intraclass_correlation(Readings.of(SHROUT_FLEISS_1979)).status is EstimateStatus.INSUFFICIENT


@pytest.mark.parametrize("weights", list(Weights))
@given(seed=st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_cohens_kappa_equals_scikit_learn(weights: Weights, seed: int) -> None:
    codes = two_readers(seed)
    expected = cohen_kappa_score(*codes.T, labels=range(4), weights=None if weights is Weights.NONE else weights.value)
    assert cohen_kappa(Readings.of(codes), 4, weights=weights).value == pytest.approx(expected, abs=1e-12)


@given(st.integers(0, 10_000), st.floats(-100, 100), st.floats(0.1, 50))
@settings(max_examples=20, deadline=None)
def test_icc_keeps_when_all_shift_and_stretch_together_and_falls_when_one_reader_shifts(
    seed: int, shift: float, scale: float
) -> None:
    generator = np.random.default_rng(seed)
    values = generator.normal(size=(40, 1)) + 0.3 * generator.normal(size=(40, 3))
    value = intraclass_correlation(Readings.of(values)).value
    assert intraclass_correlation(Readings.of(values * scale + shift)).value == pytest.approx(value, abs=1e-9)
    assert intraclass_correlation(Readings.of(values + np.array([0, 0, 5]))).value < value


@given(st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_order_of_readers_and_of_cases_changes_nothing(seed: int) -> None:
    codes = two_readers(seed)
    order = np.random.default_rng(seed).permutation(len(codes))
    for metric in (lambda x: cohen_kappa(Readings.of(x), 4), lambda x: fleiss_kappa(Readings.of(x), 4)):
        assert metric(codes[order, ::-1]).value == pytest.approx(metric(codes).value, abs=1e-12)
        assert metric(codes[order, ::-1]).lower == pytest.approx(metric(codes).lower, abs=1e-9)


def test_cases_of_one_patient_count_once() -> None:
    codes = two_readers(1)
    once = cohen_kappa(Readings.of(codes), 4)
    thrice = cohen_kappa(Readings.of(np.tile(codes, (3, 1)), np.tile(np.arange(80), 3)), 4)
    assert thrice.value == pytest.approx(once.value)
    assert thrice.lower == pytest.approx(once.lower, abs=1e-9)
    assert (thrice.n_patients, thrice.n_cases) == (80, 240)
    assert "patient-clustered" in thrice.method


@pytest.mark.parametrize("metric", [cohen_kappa, fleiss_kappa])
def test_perfect_agreement_is_bounded_and_says_so(metric) -> None:
    codes = np.repeat(np.arange(50)[:, None] % 2, 2, axis=1)
    found = metric(Readings.of(codes), 2)
    assert found.value == found.upper == 1
    assert found.lower == pytest.approx(1 - (1 - 0.025 ** (1 / 50)) / 0.5)
    one_class = metric(Readings.of(np.zeros((50, 2))), 2)
    assert one_class.status is EstimateStatus.INSUFFICIENT
    assert "one category" in one_class.note


def test_intervals_hold_the_truth_about_nineteen_times_in_twenty() -> None:
    generator, held = np.random.default_rng(0), {"κ": 0, "ICC": 0, "Dice": 0}
    repeats, n = 300, 60
    for _ in range(repeats):
        truth = generator.random(n) < 0.4
        read = np.stack([np.where(generator.random(n) < 0.12, ~truth, truth) for _ in range(2)], axis=1)
        kappa = cohen_kappa(Readings.of(read), 2)
        held["κ"] += kappa.lower <= _true_kappa(0.4, 0.12) <= kappa.upper
        icc = intraclass_correlation(Readings.of(generator.normal(size=(n, 1)) + 0.5 * generator.normal(size=(n, 2))))
        held["ICC"] += icc.lower <= 0.8 <= icc.upper
        dice = reader_dice(generator.beta(8, 2, n))
        held["Dice"] += dice.lower <= 0.8 <= dice.upper
    for name, count in held.items():
        assert 100 * count / repeats == pytest.approx(95, abs=4), name  # 3.2 standard errors


def _true_kappa(prevalence: float, error: float) -> float:
    said = prevalence * (1 - error) + (1 - prevalence) * error
    return 1 - 2 * error * (1 - error) / (2 * said * (1 - said))


def test_dice_of_masks_is_the_textbook_number_and_empty_pairs_are_left_out() -> None:
    first, second = np.zeros((4, 4)), np.zeros((4, 4))
    first[:2], second[1:3] = 1, 7
    assert mask_dice(first, second) == 0.5
    assert np.isnan(mask_dice(np.zeros((2, 2)), np.zeros((2, 2))))
    found = reader_dice([0.5, 0.7, *np.linspace(0.6, 0.9, 18), np.nan])
    assert found.n_cases == 20
    assert "1 cases without any mask" in found.note
    with pytest.raises(InputError, match="differ in shape"):
        mask_dice(first, np.zeros((4, 5)))


def test_distance_of_points_knows_spacing_and_missing_points() -> None:
    first = np.zeros((20, 2, 2))
    second = np.tile([[3.0, 4.0], [0.0, 1.0]], (20, 1, 1))
    assert point_distances(first, second).tolist() == [3.0] * 20
    spacing = np.tile([1.0, 0.5], (20, 1))
    assert point_distances(first, second, spacing_mm=spacing)[0] == pytest.approx((np.hypot(3, 2) + 0.5) / 2)
    second[0, 1] = np.nan
    assert point_distances(first, second)[0] == 5
    found = reader_distance(np.linspace(1, 3, 20), unit="mm")
    assert (found.value, found.unit) == (pytest.approx(2), "mm")
    assert 0 < found.lower < 2 < found.upper


@pytest.mark.parametrize(
    ("values", "words"),
    [([1, 2], "one row a case"), ([[1], [2]], "one row a case"), ([[1, np.nan]], "missing"), ([[0.5, 1]], "whole number"),
     ([[0, 9]], "no known category")],
)
def test_what_cannot_be_compared_is_refused(values: list, words: str) -> None:
    with pytest.raises(InputError, match=words):
        cohen_kappa(Readings.of(values), 3)
