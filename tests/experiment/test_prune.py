from cauce.experiment.prune import pruned_after

from .spots import trial_of

BEST = trial_of("best", (0.95, 0.96, 0.94, 0.95, 0.95))


def test_a_trial_is_never_given_up_on_its_first_fold() -> None:
    assert pruned_after(trial_of("poor", (0.5,)).runs, BEST) is None


def test_a_trial_that_is_clearly_worse_is_given_up_on_its_second_fold_with_the_reason() -> None:
    found = pruned_after(trial_of("poor", (0.70, 0.712, 0.69)).runs, BEST)
    assert found is not None
    assert found[0] == 2
    assert "worse than best by 0.24" in found[1]


def test_a_trial_within_the_noise_goes_on_and_so_does_a_better_one() -> None:
    assert pruned_after(trial_of("same", (0.93, 0.97, 0.93, 0.95)).runs, BEST) is None
    assert pruned_after(trial_of("better", (0.99, 1.0, 0.98, 0.99)).runs, BEST) is None


def test_without_a_best_or_after_a_failure_nothing_is_given_up() -> None:
    assert pruned_after(trial_of("poor", (0.5, 0.51)).runs, None) is None
    assert pruned_after(trial_of("broken", (0.5, None, 0.5)).runs, BEST) is None
