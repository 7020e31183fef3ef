import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from cauce.domain.errors import InputError
from cauce.metrics.drift_distance import jensen_shannon, population_stability_index, total_variation

histograms = st.lists(st.integers(0, 50), min_size=4, max_size=4).filter(any).map(lambda counts: np.array(counts, dtype=float))


@given(histograms, histograms)
def test_distances_are_symmetric_bounded_and_zero_for_equal_shares(p: np.ndarray, q: np.ndarray) -> None:
    for distance in (total_variation, jensen_shannon):
        assert 0 <= distance(p, q) <= 1 + 1e-12
        assert distance(p, q) == pytest.approx(distance(q, p))
        assert distance(p, 3 * p) == pytest.approx(0, abs=1e-6)
    assert population_stability_index(p, q) >= 0


@given(histograms, histograms)
def test_jensen_shannon_agrees_with_scipy(p: np.ndarray, q: np.ndarray) -> None:
    expected = jensenshannon(p / p.sum(), q / q.sum(), base=2)
    assert jensen_shannon(p, q) == pytest.approx(0.0 if np.isnan(expected) else expected, abs=1e-6)


def test_psi_of_a_known_example() -> None:
    found = population_stability_index(np.array([0.5, 0.5]), np.array([0.8, 0.2]))
    assert found == pytest.approx(0.3 * np.log(1.6) + 0.3 * np.log(2.5))


@pytest.mark.parametrize("window", [[0.0, 0.0], [np.nan, 1.0], [-1.0, 2.0], [1.0]])
def test_what_is_no_distribution_is_refused(window: list[float]) -> None:
    with pytest.raises(InputError):
        jensen_shannon(np.array([0.5, 0.5]), np.array(window))
