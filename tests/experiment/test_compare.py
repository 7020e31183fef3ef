import numpy as np

from cauce.experiment.compare import compare

from .spots import trial_of

K = 5


def drawn(rng: np.random.Generator, shift: float = 0.0) -> tuple[float, ...]:
    return tuple(np.clip(0.9 + shift + 0.01 * rng.normal(size=K), 0, 1))


def test_two_equal_configurations_are_rarely_told_apart() -> None:
    rng = np.random.default_rng(0)
    alarms = sum(compare(trial_of("a", drawn(rng)), trial_of("b", drawn(rng))).distinguishable for _ in range(400))
    assert alarms <= 20


def test_a_large_steady_difference_is_seen_with_its_sign() -> None:
    rng = np.random.default_rng(1)
    found = compare(trial_of("a", drawn(rng, 0.06)), trial_of("b", drawn(rng)))
    assert found.distinguishable
    assert found.difference > 0


def test_a_configuration_equals_itself() -> None:
    trial = trial_of("a", (0.9, 0.8, 0.7))
    assert compare(trial, trial).p_value == 1.0
    assert not compare(trial, trial).distinguishable
