"""The agenda on made-up folds: what is tried must not depend on who trains what when."""

import hashlib
import math
import random
from statistics import fmean

import pytest

from cauce.domain.experiment import ExperimentSpec, Run, RunStatus, TrainingSettings, Trial
from cauce.domain.search_plan import Range, SearchMethod, SearchPlan
from cauce.experiment.agenda import Agenda

from .spots import spec

SPACE = {
    "learning_rate": Range(low=1e-4, high=1e-1, log=True), "augmentation": ("none", "light"), "epochs": Range(low=2, high=9),
}


def planned(**changes: object) -> ExperimentSpec:
    plan = {"method": SearchMethod.TPE, "space": SPACE, "trials": 12, **changes}
    return spec(grid={}, search=SearchPlan.model_validate(plan))


def run_of(settings: TrainingSettings, fold: int) -> Run:
    """A fold whose value is a function of its settings: best at a learning rate of 0.003."""
    noise = int(hashlib.sha256(f"{settings.digest()} {fold}".encode()).hexdigest()[:4], 16) / 65535
    value = max(0.5, 0.97 - abs(float(f"{settings.learning_rate:.6g}") - 0.003) * 20) + 0.01 * noise
    return Run(
        trial=settings.digest(), fold=fold, seed=0, status=RunStatus.FINISHED, settings=settings, weights="0" * 64,
        metric="auc", score=min(value, 1.0), best_epoch=0, curve=(), n_train=80, n_validation=20, n_parameters=1, seconds=1.0,
        precision="float32", tracking_run_id="t",
    )


def play(asked: ExperimentSpec, *, processes: int, seed: int) -> tuple[Trial, ...]:
    """Several processes that each have a fold in hand; which of them ends next is drawn."""
    agenda, rng, hands = Agenda(asked, 5), random.Random(seed), []
    while not agenda.is_finished:
        free = [fold for fold in agenda.wanted() if fold not in hands]
        if free and len(hands) < processes:
            hands.append(free[0])
            continue
        settings, fold = hands.pop(rng.randrange(len(hands)))
        agenda.put(settings, fold, run_of(settings, fold))
    return agenda.ended


@pytest.mark.parametrize("method", list(SearchMethod))
def test_any_number_of_processes_ends_with_the_same_trials(method: SearchMethod) -> None:
    space = {"learning_rate": (1e-4, 3e-3, 3e-2), "augmentation": ("none", "light")}
    asked = planned(method=method, **({"space": space, "trials": None} if method is SearchMethod.GRID else {}))
    alone = play(asked, processes=1, seed=0)
    assert len(alone) == (6 if method is SearchMethod.GRID else 12)
    assert play(asked, processes=4, seed=1) == alone
    assert play(asked, processes=9, seed=2) == alone
    assert any(trial.pruned for trial in alone)
    assert all(len(trial.runs) >= 2 for trial in alone)
    assert all((trial.score is None) == bool(trial.pruned) and (len(trial.runs) < 5) == bool(trial.pruned) for trial in alone)


def test_more_trials_go_on_from_those_there_are() -> None:
    assert play(planned(trials=8), processes=2, seed=0) == play(planned(trials=12), processes=2, seed=0)[:8]


def test_tpe_learns_where_the_good_values_are() -> None:
    def distance(method: str) -> float:
        """How far from the best learning rate the later trials are, in orders of magnitude."""
        plans = [planned(method=method, seed=seed, trials=30, prune=False) for seed in range(4)]
        later = [trial for plan in plans for trial in play(plan, processes=1, seed=0)[15:]]
        return fmean(abs(math.log10(trial.settings.learning_rate / 0.003)) for trial in later)

    assert distance("tpe") < 0.75 * distance("random")


def test_values_stay_in_their_ranges_and_no_configuration_comes_twice() -> None:
    trials = play(planned(method="random", trials=40), processes=1, seed=0)
    assert len({trial.settings for trial in trials}) == 40
    assert all(1e-4 <= trial.settings.learning_rate <= 1e-1 and 2 <= trial.settings.epochs <= 9 for trial in trials)


def test_a_space_that_is_used_up_ends_the_search() -> None:
    assert len(play(planned(method="random", space={"augmentation": ("none", "light")}, trials=9), processes=1, seed=0)) == 2


def test_another_seed_tries_other_values() -> None:
    first, other = (play(planned(seed=seed, trials=3), processes=1, seed=0) for seed in (0, 1))
    assert first[0].settings != other[0].settings


def test_a_grid_without_a_plan_is_trained_whole() -> None:
    agenda = Agenda(spec(grid={"learning_rate": (1e-1, 1e-3)}), 5)
    assert len(agenda.wanted()) == 10
    assert all(not trial.pruned for trial in play(spec(grid={"learning_rate": (1e-1, 3e-3)}), processes=2, seed=0))


def test_later_folds_wait_while_earlier_ones_may_make_them_needless() -> None:
    agenda = Agenda(planned(ahead=1), 5)
    first = agenda.wanted()[0][0]
    for fold in range(5):
        agenda.put(first, fold, run_of(first, fold))
    assert [fold for _, fold in agenda.wanted()] == [0, 1, 2, 3, 4]
    second = agenda.wanted()[0][0]
    agenda.put(second, 1, run_of(second, 1))
    assert [fold for _, fold in agenda.wanted()] == [0, 2, 3, 4]
