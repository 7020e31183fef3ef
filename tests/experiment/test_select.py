import pytest

from cauce.domain.errors import InputError
from cauce.domain.experiment import SelectionPolicy
from cauce.experiment.select import choose, select

from .spots import Place, search_of, trial_of

STEADY, SHAKY = (0.950, 0.951, 0.949), (0.999, 0.90, 0.97)


def test_an_unstable_best_mean_loses_and_the_reason_says_so() -> None:
    search = search_of(trial_of("shaky", SHAKY), trial_of("steady", STEADY))
    chosen = choose(search)
    assert chosen.trial == 1
    assert "shaky has the higher mean" in chosen.reason
    assert "less stable" in chosen.reason


def test_without_a_weight_on_stability_the_best_mean_wins() -> None:
    policy = SelectionPolicy(stability_weight=0)
    search = search_of(trial_of("shaky", SHAKY, policy), trial_of("steady", STEADY, policy), selection=policy)
    assert choose(search).trial == 0


def test_a_configuration_with_a_bad_fold_is_never_chosen() -> None:
    trials = trial_of("low", (0.99, 0.99, 0.6)), trial_of("ok", (0.71, 0.7, 0.7))
    search = search_of(*trials, selection=SelectionPolicy(worst_fold_floor=0.65))
    assert choose(search).trial == 1
    assert "1 left out" in choose(search).reason


def test_a_configuration_with_a_failed_fold_is_never_chosen() -> None:
    search = search_of(trial_of("broken", (0.99, 0.99, None)), trial_of("ok", (0.7, 0.7, 0.7)))
    assert choose(search).trial == 1


def test_when_nothing_can_be_chosen_the_error_says_why() -> None:
    with pytest.raises(InputError, match="the loss is no number"):
        choose(search_of(trial_of("broken", (None, None, None))))


def test_noise_is_not_called_a_difference() -> None:
    search = search_of(trial_of("a", (0.95, 0.96, 0.94)), trial_of("b", (0.951, 0.958, 0.941)))
    assert "not to be told apart" in choose(search).reason


def test_the_choice_is_stored_under_the_name_of_the_search(shared_place: Place) -> None:
    search = search_of(trial_of("steady", STEADY))
    selection = select(shared_place.workspace, search)
    assert shared_place.workspace.records.latest(type(selection), "made") == selection
    assert selection.search == search.digest()
