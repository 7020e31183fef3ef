import numpy as np
import pytest

from cauce.domain.errors import InputError
from cauce.metrics.drift_mmd import mmd


def test_the_statistic_is_the_plain_double_loop() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(12, 3)), rng.normal(0.5, 1, size=(7, 3))
    found = mmd(x, y, permutations=9, seed=0)

    def kernel(a: np.ndarray, b: np.ndarray) -> float:
        return float(np.exp(-np.sum((a - b) ** 2) / (2 * found.bandwidth**2)))

    def mean(left: np.ndarray, right: np.ndarray) -> float:
        return float(np.mean([[kernel(a, b) for b in right] for a in left]))

    assert found.statistic == pytest.approx(mean(x, x) + mean(y, y) - 2 * mean(x, y))


def test_without_shift_five_percent_alarm_also_for_unequal_sizes() -> None:
    rng = np.random.default_rng(1)
    p_values = [
        mmd(rng.normal(size=(90, 5)), rng.normal(size=(30, 5)), permutations=199, seed=seed).p_value for seed in range(300)
    ]
    rate = np.mean(np.array(p_values) <= 0.05)
    assert 0.01 <= rate <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)


def test_a_change_of_correlation_alone_is_found() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(300, 2))
    first = rng.normal(size=300)
    y = np.column_stack([first, 0.95 * first + np.sqrt(1 - 0.95**2) * rng.normal(size=300)])
    assert mmd(x, y, permutations=499, seed=0).p_value == pytest.approx(1 / 500)


def test_rows_that_are_all_equal_are_no_evidence_and_repeated_rows_do_not_break_the_bandwidth() -> None:
    assert mmd(np.ones((5, 2)), np.ones((4, 2)), permutations=9, seed=0).p_value == 1.0
    mostly = np.ones((20, 2))
    mostly[0] = 2.0
    assert mmd(mostly, np.ones((10, 2)), permutations=99, seed=0).p_value > 0.05


def test_nan_is_refused() -> None:
    with pytest.raises(InputError):
        mmd(np.full((3, 2), np.nan), np.ones((3, 2)), permutations=9, seed=0)
