import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from cauce.dataset.balance import Features, assign

SHARES = (70, 15, 15)


def features(units: int, seed: int) -> Features:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 4, units)
    counts = np.concatenate([np.ones((units, 1), int), rng.integers(1, 4, (units, 1)), np.eye(4, dtype=int)[values]], axis=1)
    return Features(csr_array(counts.astype(np.int64)), np.array([64, 8, 16, 16, 16, 16], dtype=np.int64))


def objective(given: Features, parts: np.ndarray, shares: tuple[int, ...]) -> int:
    """As `balance` states it, on a dense table."""
    counts, scale = given.counts.toarray(), sum(shares)
    residual = [scale * counts[parts == part].sum(axis=0) - share * counts.sum(axis=0) for part, share in enumerate(shares)]
    rate = [(4 * max(shares) + share // 2) // share for share in shares]
    return int(sum(each_rate * (given.weights * each * each).sum() for each_rate, each in zip(rate, residual, strict=True)))


@settings(max_examples=25, deadline=None)
@given(st.integers(10, 120), st.integers(0, 1000), st.sampled_from([SHARES, (1, 1, 1), (1, 1, 1, 1, 1), (8, 1, 1)]))
def test_no_single_move_or_exchange_improves_the_outcome(units: int, seed: int, shares: tuple[int, ...]) -> None:
    given_features = features(units, seed)
    parts = assign(given_features, shares)
    best = objective(given_features, parts, shares)
    rng = np.random.default_rng(seed)
    for _ in range(60):
        changed = parts.copy()
        first, second = rng.integers(0, units, 2)
        if rng.random() < 0.5:
            changed[first] = rng.integers(0, len(shares))
        else:
            changed[first], changed[second] = parts[second], parts[first]
        assert objective(given_features, changed, shares) >= best


def test_sizes_and_values_come_within_one_unit_of_their_share() -> None:
    given_features = features(1000, 1)
    parts = assign(given_features, SHARES)
    counts = given_features.counts.toarray()
    for part, share in enumerate(SHARES):
        assert np.abs(counts[parts == part].sum(axis=0) - counts.sum(axis=0) * share / 100)[[0, 2, 3, 4, 5]].max() <= 1


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_held_units_stay_and_the_free_ones_fill_what_is_missing(seed: int) -> None:
    given_features = features(300, seed)
    held = np.full(300, -1)
    held[:60] = 0
    parts = assign(given_features, SHARES, held)
    assert (parts[:60] == 0).all()
    assert np.array_equal(np.bincount(parts), [210, 45, 45])


def test_windows_of_types_balance_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    given_features = features(400, 4)
    monkeypatch.setattr("cauce.dataset.balance._WINDOW", 8)
    parts = assign(given_features, SHARES)
    counts = given_features.counts.toarray()
    for part, share in enumerate(SHARES):
        assert np.abs(counts[parts == part].sum(axis=0) - counts.sum(axis=0) * share / 100).max() <= 2


def test_products_near_the_end_of_64_bits_stay_exact() -> None:
    counts = np.stack([np.ones(60), np.arange(60) * 10**4], axis=1).astype(np.int64)
    heavy = Features(csr_array(counts), np.array([10**6, 10**6], dtype=np.int64))
    sizes = np.bincount(assign(heavy, SHARES), minlength=3)
    assert np.array_equal(sizes, [42, 9, 9])
