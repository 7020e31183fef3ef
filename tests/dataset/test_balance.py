import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cauce.dataset.balance import Features, assign

SHARES = (70, 15, 15)


def features(units: int, seed: int) -> Features:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 4, units)
    counts = np.concatenate([np.ones((units, 1), int), rng.integers(1, 4, (units, 1)), np.eye(4, dtype=int)[values]], axis=1)
    return Features(counts.astype(np.int64), np.array([64, 8, 16, 16, 16, 16], dtype=np.int64))


def objective(given: Features, parts: np.ndarray, shares: tuple[int, ...]) -> int:
    total, scale = given.counts.sum(axis=0), sum(shares)
    residual = [scale * given.counts[parts == part].sum(axis=0) - share * total for part, share in enumerate(shares)]
    return int(sum((given.weights * each * each).sum() for each in residual))


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
    for part, share in enumerate(SHARES):
        found = given_features.counts[parts == part].sum(axis=0)
        wanted = given_features.counts.sum(axis=0) * share / 100
        assert np.abs(found - wanted)[[0, 2, 3, 4, 5]].max() <= 1


def test_the_order_of_equal_units_decides_which_goes_where_and_nothing_else() -> None:
    given_features = features(200, 2)
    parts = assign(given_features, SHARES)
    order = np.random.default_rng(3).permutation(200)
    shuffled = assign(Features(given_features.counts[order], given_features.weights), SHARES)
    assert objective(given_features, parts, SHARES) == objective(
        Features(given_features.counts[order], given_features.weights), shuffled, SHARES
    )
    assert np.array_equal(assign(given_features, SHARES), parts)


def test_windows_of_types_lead_to_a_result_too(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    given_features = features(120, 4)
    full = objective(given_features, assign(given_features, SHARES), SHARES)
    monkeypatch.setattr("cauce.dataset.balance._EXCHANGED_TYPES", 5)
    assert objective(given_features, assign(given_features, SHARES), SHARES) <= 4 * full + 10_000
