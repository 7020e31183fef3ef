"""What the page of experiments shows, as plain data: rows of a table, folds, curves, axes. No server is known here."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from cauce.domain.experiment import EpochRecord, SelectionCost, Trial
from cauce.experiment.grid import values_of
from cauce.experiment.running import SearchSoFar
from cauce.experiment.runs_table import status_of
from cauce.experiment.select import cost_of, describe
from cauce.experiment.verdict import judge

Row = dict[str, Any]

CURVES = ("score", "validation_loss", "train_loss")
"""Fields of an epoch that can be drawn."""


@dataclass(frozen=True, eq=False)
class Configuration:
    """A trial and the row that stands for it; `key` is the same as long as the search has its name."""

    key: str
    trial: Trial
    row: Row


def configurations(searches: Sequence[SearchSoFar]) -> dict[str, Configuration]:
    """Every trial of every search, by its key: the best of a search first, then what has no score."""
    found: dict[str, Configuration] = {}
    for so_far in searches:
        numbered = list(enumerate(so_far.whole.trials, 1))
        for number, trial in sorted(numbered, key=lambda each: _rank(each[1]), reverse=True):
            key = f"{so_far.search.name} {number}"
            found[key] = Configuration(key, trial, _row(key, so_far, number, trial))
    return found


def _rank(trial: Trial) -> float:
    return float("-inf") if trial.score is None else trial.score


def _row(key: str, so_far: SearchSoFar, number: int, trial: Trial) -> Row:
    search, runs, judged = so_far.search, trial.runs, judge(trial)
    values = values_of(trial.settings, search.spec)
    return {
        "key": key, "search": search.name, "number": number, "name": trial.name, "status": status_of(trial),
        "metric": search.spec.task.metric.word, "mean": trial.mean, "std": trial.standard_deviation, "folds": len(runs),
        "text": describe(trial), "worst": trial.worst, "score": trial.score,
        "verdict": judged.verdict.value if judged.verdict else "", "evidence": judged.evidence,
        "parameters": max((run.n_parameters for run in runs), default=0),
        "gflops": max((run.gflops for run in runs if run.gflops is not None), default=None),
        "epochs": trial.settings.epochs, "seconds": cost_of(trial, SelectionCost.SECONDS) if runs else None,
        "device": ", ".join(sorted({run.device for run in runs})), "seed": search.spec.seed,
        "cohort": search.cohort[:12], "split": search.split[:12],
        **{f"setting_{name}": value for name, value in values.items()},
    }


def settings_of(chosen: Mapping[str, Configuration]) -> list[str]:
    """Names of the settings that some search varies, in the order of their first row."""
    names = (name for each in chosen.values() for name in each.row if name.startswith("setting_"))
    return [name.removeprefix("setting_") for name in dict.fromkeys(names)]


def fold_rows(chosen: Sequence[Configuration]) -> list[Row]:
    """A row for each fold."""
    return [
        {
            "configuration": f"{each.row['search']} {each.row['number']}", "name": each.trial.name, "fold": run.fold,
            "status": run.status.value, "score": run.score, "epoch": None if run.best_epoch is None else run.best_epoch + 1,
            "train": run.n_train, "held_out": run.n_validation, "seconds": round(run.seconds, 1), "precision": run.precision,
            "seed": run.seed, "error": run.error,
        }
        for each in chosen for run in sorted(each.trial.runs, key=lambda run: run.fold)
    ]


def curves(each: Configuration, which: str) -> tuple[list[list[float]], list[float]]:
    """Curves of the folds, and their mean over the folds that came as far: values by epoch, one of `CURVES`."""
    folds = [[_value(record, which) for record in run.curve] for run in each.trial.runs if run.curve]
    columns = ([value for value in values if value is not None] for values in zip_longest(*folds))
    return folds, [statistics.fmean(values) for values in columns]


def _value(record: EpochRecord, which: str) -> float:
    return float(getattr(record, which))


def summary(searches: Sequence[SearchSoFar]) -> str:
    """`1,000 runs of 200 configurations in 4 searches; 1 search not over (12 of 60 folds)`."""
    runs = sum(len(trial.runs) for each in searches for trial in each.whole.trials)
    trials = sum(len(each.whole.trials) for each in searches)
    text = f"{_count(runs, 'run')} of {_count(trials, 'configuration')} in {_count(len(searches), 'search', 'searches')}"
    left = [each for each in searches if not each.is_over]
    if not left:
        return text
    done = sum(each.folds_done for each in left)
    return f"{text}; {len(left)} not over ({done} of {sum(each.folds for each in left)} folds)"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
