"""How often the experiment log says "no difference" where there is none, and finds one where there is.

python benchmarks/noise_sweeps.py [--sweeps 100] [--folds 5] [--json]

Every sweep is a tiny real cross-validation: cases with 20 numbers each, split into folds; for every configuration and fold a
network of 24 random hidden units, its output fitted by ridge regression, is trained and scored by AUC on the held-out fold. It
stands for a deep network: the folds' training sets overlap, equal configurations differ by their random weights alone, and all
configurations see the same folds. The sentence is that of the log itself (`cauce.experiment.finding.overall`).
Goal: "no difference" in at least 95 of 100 sweeps of equal configurations, on noise and on data that can be learnt. The last
scenario has something to find, and shows how often five folds of 50 cases suffice for it.
"""

import argparse
import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cauce import __version__
from cauce.domain.experiment import ExperimentSpec, Metric, Run, RunStatus, Search, TrainingSettings
from cauce.experiment.finding import NO_DIFFERENCE, overall
from cauce.experiment.score import area_under_roc
from cauce.experiment.trial import summarise

LEAST = 95
_CASES, _NUMBERS, _HIDDEN, _RIDGE = 250, 20, 24, 5.0


@dataclass(frozen=True)
class Scenario:
    """What a sweep compares.

    Attributes:
        configurations: how many.
        effect: of each of the first five numbers on the log odds; 0 is noise.
        handicap: share of training labels that are wrong in every configuration but the first; 0 makes them equal.
    """

    name: str
    configurations: int
    effect: float
    handicap: float = 0.0


SCENARIOS = (
    Scenario("two equal, noise", 2, 0.0),
    Scenario("two equal, learnable", 2, 0.8),
    Scenario("twelve equal, noise", 12, 0.0),
    Scenario("twelve equal, learnable", 12, 0.8),
    Scenario("two unequal, learnable", 2, 0.8, handicap=0.45),
)


def sweep(scenario: Scenario, *, seed: int, n_folds: int) -> Search:
    """One search on data of its own."""
    rng = np.random.default_rng([seed, scenario.configurations, int(10 * scenario.effect)])
    numbers = rng.normal(size=(_CASES, _NUMBERS))
    log_odds = scenario.effect * numbers[:, :5].sum(1)
    positive = rng.uniform(size=_CASES) < 1 / (1 + np.exp(-log_odds))
    fold = rng.permutation(_CASES) % n_folds
    grid = tuple(round(0.01 * (number + 1), 2) for number in range(scenario.configurations))
    spec = ExperimentSpec(question="Is there a difference?", intended_use="benchmark", grid={"weight_decay": grid})
    trials = []
    for configuration, value in enumerate(grid):
        settings = TrainingSettings(weight_decay=value)
        wrong = scenario.handicap if configuration else 0.0
        runs = []
        for held_out in range(n_folds):
            generator = np.random.default_rng([seed, configuration, held_out])
            labels = positive ^ (generator.uniform(size=_CASES) < wrong)
            scores = _train(numbers[fold != held_out], labels[fold != held_out], numbers[fold == held_out], generator)
            runs.append(_run(settings, held_out, area_under_roc(positive[fold == held_out], scores), fold))
        trials.append(summarise(f"weight_decay={value:g}", settings, runs, spec.selection))
    return Search(
        name="sweep", spec=spec, cohort="0" * 64, split="1" * 64, trials=tuple(trials), tracking_experiment_id="",
        cauce_version=__version__,
    )


def says_no_difference(scenario: Scenario, *, sweeps: int, n_folds: int) -> int:
    """In how many sweeps the log's finding is "no difference"."""
    return sum(
        overall(sweep(scenario, seed=seed, n_folds=n_folds)).startswith(NO_DIFFERENCE) for seed in range(sweeps)
    )


def _train(
    numbers: NDArray[np.float64], positive: NDArray[np.bool_], held_out: NDArray[np.float64], generator: np.random.Generator
) -> NDArray[np.float64]:
    """Scores of the held-out cases."""
    weights, shifts = generator.normal(size=(_NUMBERS, _HIDDEN)) / np.sqrt(_NUMBERS), generator.normal(size=_HIDDEN)
    hidden, target = np.tanh(numbers @ weights + shifts), np.where(positive, 1.0, -1.0)
    fitted = np.linalg.solve(hidden.T @ hidden + _RIDGE * np.eye(_HIDDEN), hidden.T @ (target - target.mean()))
    scores: NDArray[np.float64] = np.tanh(held_out @ weights + shifts) @ fitted
    return scores


def _run(settings: TrainingSettings, held_out: int, score: float, fold: NDArray[np.int_]) -> Run:
    n_validation = int((fold == held_out).sum())
    return Run(
        trial=settings.digest(), fold=held_out, seed=0, status=RunStatus.FINISHED, metric=Metric.AUC, score=score,
        settings=settings, weights="0" * 64, best_epoch=0, curve=(), n_train=_CASES - n_validation, n_validation=n_validation,
        n_parameters=_HIDDEN, precision="float64", seconds=0.0, tracking_run_id="",
    )


def main() -> None:
    """Print a line for each scenario."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sweeps", type=int, default=100)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows = []
    for scenario in SCENARIOS:
        count = says_no_difference(scenario, sweeps=arguments.sweeps, n_folds=arguments.folds)
        goal = None if scenario.handicap else 100 * count >= LEAST * arguments.sweeps
        rows.append({"scenario": scenario.name, "no_difference": count, "sweeps": arguments.sweeps, "met": goal})
        if not arguments.json:
            mark = "" if goal is None else "  goal met" if goal else "  GOAL MISSED"
            print(f'{scenario.name:26s} "no difference" in {count} of {arguments.sweeps}{mark}', flush=True)
    if arguments.json:
        print(json.dumps({"name": "noise_sweeps", "folds": arguments.folds, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
