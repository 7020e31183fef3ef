import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cauce.domain.experiment import Trial
from cauce.experiment.finding import NO_DIFFERENCE, effect_text, effects, findings, holm, overall

from .spots import search_of, trial_of

FOLDS = (0.95, 0.96, 0.94, 0.955, 0.945)


def shifted(by: float, wobble: float = 0.001) -> tuple[float, ...]:
    return tuple(value + by + wobble * (-1) ** fold for fold, value in enumerate(FOLDS))


def named(rate: float, augmentation: str, values: tuple[float, ...]) -> Trial:
    return trial_of(f"{rate:g} {augmentation}", values, learning_rate=rate, augmentation=augmentation)


def test_a_difference_inside_the_noise_is_no_difference() -> None:
    search = search_of(trial_of("a", FOLDS), trial_of("b", shifted(0.001, 0.01)))
    assert overall(search).startswith(NO_DIFFERENCE)
    assert "no difference from the best" in findings(search)[0]


def test_a_clear_difference_is_said_with_size_and_p() -> None:
    search = search_of(trial_of("a", FOLDS), trial_of("b", shifted(-0.1)), trial_of("c", shifted(-0.003, 0.03)))
    assert overall(search).startswith("1 (a) is better than 2 (b) by 0.0998")
    assert "1 cannot be told from it" in overall(search)
    assert findings(search)[0] == "the best"
    assert findings(search)[1].startswith("worse by 0.09")


def test_one_configuration_is_nothing_to_compare() -> None:
    assert overall(search_of(trial_of("a", FOLDS))).startswith("Nothing to compare")


def test_a_pruned_trial_says_why() -> None:
    search = search_of(trial_of("a", FOLDS), trial_of("b", (0.7, 0.71), pruned="worse than a by 0.2"))
    assert findings(search) == ["the best", "worse than a by 0.2"]


def test_the_effect_of_a_setting_is_taken_over_configurations_that_share_the_others() -> None:
    search = search_of(
        named(1e-3, "none", FOLDS), named(1e-3, "light", shifted(0.03)), named(2e-3, "none", shifted(0.0, 0.01)),
        named(2e-3, "light", shifted(0.03)), grid={"learning_rate": (1e-3, 2e-3), "augmentation": ("none", "light")},
    )
    texts = [effect_text(effect) for effect in effects(search)]
    assert texts[0].startswith("learning_rate 0.001 → 0.002: no difference")
    assert texts[1].startswith("augmentation none → light: better by 0.0")
    assert "2 pairs" in texts[1]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_correction_keeps_the_order_and_never_makes_a_p_value_smaller(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    assert all(after >= before for before, after in zip(p_values, adjusted, strict=True))
    assert all(value <= 1 for value in adjusted)
    assert [adjusted[n] for n in np.argsort(p_values, kind="stable")] == sorted(adjusted)


def test_the_correction_of_the_book() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
