import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import ks_2samp

from cauce.domain.errors import InputError
from cauce.metrics.drift_numbers import ks_columns

# Few distinct values make many ties.
columns = st.integers(1, 3)
tied = st.integers(0, 4).map(float)


@settings(max_examples=60, deadline=None)
@given(st.data(), columns, st.integers(2, 30), st.integers(2, 30))
def test_one_sort_gives_the_same_as_scipy_column_by_column_also_under_ties(data: st.DataObject, k: int, m: int, n: int) -> None:
    reference = data.draw(arrays(np.float64, (m, k), elements=tied))
    window = data.draw(arrays(np.float64, (n, k), elements=tied))
    found = ks_columns(reference, window)
    for column in range(k):
        expected = ks_2samp(reference[:, column], window[:, column], method="asymp")
        assert found.statistic[column] == pytest.approx(expected.statistic, abs=1e-12)
        assert found.p_value[column] == pytest.approx(expected.pvalue, abs=1e-9)


def test_a_constant_column_shows_no_drift_and_a_jump_of_a_constant_does() -> None:
    reference, window = np.zeros((100, 2)), np.column_stack([np.zeros(60), np.ones(60)])
    found = ks_columns(reference, window)
    assert found.statistic.tolist() == [0.0, 1.0]
    assert found.p_value[0] == 1.0
    assert found.p_value[1] < 1e-10


def test_without_shift_five_percent_of_columns_or_fewer_are_significant() -> None:
    rng = np.random.default_rng(0)
    for m, n in ((100, 50), (300, 500)):
        found = ks_columns(rng.normal(size=(m, 4000)), rng.normal(size=(n, 4000)))
        assert (found.p_value <= 0.05).mean() <= 0.055


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_value_that_is_not_finite_is_refused(bad: float) -> None:
    with pytest.raises(InputError, match="not finite"):
        ks_columns(np.zeros((3, 1)), np.array([[bad]]))


def test_an_empty_window_is_refused() -> None:
    with pytest.raises(InputError, match="empty"):
        ks_columns(np.zeros((3, 1)), np.zeros((0, 1)))
