import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cauce.domain.errors import InputError
from cauce.metrics.saliency import pointing_game, rank_correlation, structural_similarity


@given(st.integers(0, 50))
def test_the_rank_correlation_is_spearmans_with_ties(seed: int) -> None:
    one, two = np.random.default_rng(seed).integers(0, 6, (2, 9, 7))
    assert rank_correlation(one, two) == pytest.approx(stats.spearmanr(one.ravel(), two.ravel()).statistic, abs=1e-12)


def test_nothing_of_a_map_is_in_a_constant_one() -> None:
    ramp = np.arange(64.0).reshape(8, 8)
    assert rank_correlation(ramp, np.zeros((8, 8))) == 0
    assert structural_similarity(ramp, np.zeros((8, 8))) < 0.2


def test_likeness_is_1_for_equal_maps_whatever_their_scale_and_low_for_noise() -> None:
    one, two = np.random.default_rng(0).random((2, 40, 40))
    assert rank_correlation(one, 3 * one + 1) == pytest.approx(1)
    assert structural_similarity(one, 3 * one + 1) == pytest.approx(1)
    assert abs(rank_correlation(one, two)) < 0.1
    assert structural_similarity(one, two) < 0.3
    with pytest.raises(InputError, match="differ in shape"):
        rank_correlation(one, two[:10])


def test_the_pointing_game_is_a_proportion_of_patients_cases_with_what_chance_would_give() -> None:
    hits = np.arange(40) % 4 > 0
    found = pointing_game(hits, np.full(40, 0.1), np.arange(40) // 2)
    assert (found.value, found.n_patients, found.n_cases) == (0.75, 20, 40)
    assert found.lower < 0.75 < found.upper
    assert "10.0 %" in found.note
    assert pointing_game(hits[:6], np.full(6, 0.1)).value is None
    assert pointing_game([], []).value is None
