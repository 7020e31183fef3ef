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


def test_of_equals_the_cheapest_is_kept_and_the_reason_says_what_it_saves() -> None:
    search = search_of(
        trial_of("large", (0.953, 0.949, 0.951), parameters=9000), trial_of("worse", (0.81, 0.80, 0.82), parameters=10),
        trial_of("small", (0.950, 0.952, 0.948), parameters=900), trial_of("middle", (0.951, 0.950, 0.948), parameters=950),
    )
    chosen = choose(search)
    assert search.trials[chosen.trial].name == "small"
    assert sorted(chosen.equals) == [0, 2, 3]
    assert "the cheapest (900 parameters × 10 epochs) of the 3 of 4 configurations" in chosen.reason
    assert "large has the highest mean" in chosen.reason


def test_a_saving_of_a_few_percent_is_no_reason_to_leave_the_best() -> None:
    best, other = (0.953, 0.949, 0.951), (0.950, 0.952, 0.948)
    search = search_of(trial_of("best", best, parameters=1000), trial_of("other", other, parameters=950))
    assert choose(search).trial == 0
    assert "It is not a tenth cheaper" in choose(search).reason


def test_a_cheap_configuration_that_is_unstable_is_no_equal() -> None:
    search = search_of(trial_of("steady", STEADY, parameters=1000), trial_of("shaky", SHAKY, parameters=10))
    assert choose(search).trial == 0
    assert choose(search).equals == (0,)


def test_seconds_can_be_the_cost() -> None:
    quick = trial_of("quick", (0.950, 0.952, 0.948), parameters=9000)
    quick = quick.model_copy(update={"runs": tuple(run.model_copy(update={"seconds": 0.5}) for run in quick.runs)})
    search = search_of(trial_of("best", (0.953, 0.949, 0.951)), quick, selection=SelectionPolicy(cost="seconds"))
    assert choose(search).trial == 1
    assert "0 s a fold" in choose(search).reason or "1 s a fold" in choose(search).reason


def test_a_pruned_trial_is_never_chosen() -> None:
    search = search_of(trial_of("lucky", (0.99, 0.99), pruned="worse than x"), trial_of("ok", (0.9, 0.91, 0.9)))
    assert choose(search).trial == 1
    assert "1 given up before the last fold" in choose(search).reason
