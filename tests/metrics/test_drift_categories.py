import numpy as np
import pytest
from scipy.stats import chi2_contingency, fisher_exact

from cauce.domain.errors import InputError
from cauce.metrics.drift_categories import permutation_chi_square


def test_the_statistic_is_pearsons() -> None:
    reference, window = np.array([30, 50, 20]), np.array([20, 20, 25])
    found = permutation_chi_square(reference, window, permutations=99, seed=0)
    assert found.statistic == pytest.approx(chi2_contingency([reference, window], correction=False).statistic)


def test_the_p_value_of_a_two_by_two_table_is_fishers_within_monte_carlo_error() -> None:
    reference, window = np.array([40, 60]), np.array([14, 11])
    # Order tables by chi-square, as the permutation test does; for these margins Fisher's order is the same.
    expected = fisher_exact([reference, window]).pvalue
    found = permutation_chi_square(reference, window, permutations=40_000, seed=1)
    assert found.p_value == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / 40_000))


def test_rare_categories_keep_their_level_without_shift() -> None:
    rng = np.random.default_rng(2)
    shares = np.array([0.9, 0.04, 0.03, 0.02, 0.01])
    p_values = [
        permutation_chi_square(rng.multinomial(200, shares), rng.multinomial(40, shares), permutations=199, seed=seed).p_value
        for seed in range(600)
    ]
    assert np.mean(np.array(p_values) <= 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 600)


def test_a_new_category_is_found_with_the_smallest_p_value_there_is() -> None:
    found = permutation_chi_square(np.array([150, 150, 0]), np.array([0, 0, 60]), permutations=999, seed=0)
    assert found.p_value == pytest.approx(1 / 1000)


def test_one_category_everywhere_is_no_evidence() -> None:
    assert permutation_chi_square(np.array([10, 0]), np.array([5, 0]), permutations=99, seed=0).p_value == 1.0


@pytest.mark.parametrize(("reference", "window"), [([1, 2], [0, 0]), ([-1, 2], [1, 1]), ([1, 2, 3], [1, 1])])
def test_counts_that_make_no_sample_are_refused(reference: list[int], window: list[int]) -> None:
    with pytest.raises(InputError):
        permutation_chi_square(np.array(reference), np.array(window), permutations=9, seed=0)
