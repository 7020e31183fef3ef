import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from cauce.domain.errors import InputError
from cauce.metrics.drift_correction import benjamini_hochberg, holm

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=20).map(np.array)


@given(p_values)
def test_adjusting_never_lowers_keeps_the_order_and_holm_lies_between_benjamini_hochberg_and_bonferroni(p: np.ndarray) -> None:
    by_holm, by_bh = holm(p), benjamini_hochberg(p)
    order = np.argsort(p, kind="stable")
    for adjusted in (by_holm, by_bh):
        assert (adjusted >= p - 1e-15).all()
        assert (adjusted <= 1).all()
        assert (np.diff(adjusted[order]) >= -1e-12).all()
    assert (by_bh <= by_holm + 1e-12).all()
    assert (by_holm <= np.minimum(p * len(p), 1) + 1e-12).all()


@given(p_values)
def test_benjamini_hochberg_agrees_with_scipy(p: np.ndarray) -> None:
    assert benjamini_hochberg(p) == pytest.approx(false_discovery_control(p), abs=1e-12)


def test_holm_of_the_textbook_example() -> None:
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])).tolist() == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_nan_is_refused() -> None:
    with pytest.raises(InputError):
        holm(np.array([0.5, np.nan]))
