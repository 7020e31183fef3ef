"""The runs of a search as a table: a row for each configuration, best first, or a line for each fold."""

import csv
import io
from typing import Any

from cauce.domain.experiment import RunStatus, Search, SelectionCost, Trial
from cauce.experiment.grid import readable_value, values_of
from cauce.experiment.select import cost_of, describe
from cauce.experiment.verdict import judge


def status_of(trial: Trial) -> str:
    """In a word: finished, pruned, failed, or under way."""
    if trial.pruned:
        return "pruned"
    if trial.mean is not None:
        return "finished"
    return "failed" if any(run.status is RunStatus.FAILED for run in trial.runs) else "under way"


def ranked(search: Search) -> list[tuple[int, Trial]]:
    """(number in the log, trial), the highest score first, then what has no score."""
    numbered = list(enumerate(search.trials, 1))
    return sorted(numbered, key=lambda each: float("-inf") if each[1].score is None else each[1].score, reverse=True)


def configurations_of(search: Search) -> list[dict[str, Any]]:
    """One document for each configuration, best first."""
    return [
        {
            "number": number, "name": trial.name,
            **{f"setting.{key}": value for key, value in values_of(trial.settings, search.spec).items()},
            "mean": trial.mean, "standard_deviation": trial.standard_deviation, "folds": len(trial.runs), "worst": trial.worst,
            "score": trial.score, "pruned": bool(trial.pruned), "status": status_of(trial), "verdict": _verdict(trial),
            "n_parameters": max(run.n_parameters for run in trial.runs), "epochs": trial.settings.epochs,
            "seconds_per_fold": cost_of(trial, SelectionCost.SECONDS),
        }
        for number, trial in ranked(search)
    ]


def runs_csv(search: Search) -> str:
    """`configurations_of` for a spreadsheet."""
    rows, stream = configurations_of(search), io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def runs_text(search: Search) -> str:
    """Columns for a terminal: mean ± std (n) and worst fold of each configuration."""
    metric = f"{search.spec.task.metric.word}, mean ± std (n)"
    head = ["#", *search.spec.space, metric, "worst", "verdict", "parameters", "s/fold"]
    rows = [
        [
            str(number), *(readable_value(value) for value in values_of(trial.settings, search.spec).values()), describe(trial),
            "–" if trial.worst is None else f"{trial.worst:.4f}",
            "pruned" if trial.pruned else _verdict(trial) or status_of(trial),
            f"{max(run.n_parameters for run in trial.runs):,}", f"{cost_of(trial, SelectionCost.SECONDS):.0f}",
        ]
        for number, trial in ranked(search)
    ]
    widths = [max(len(line[column]) for line in [head, *rows]) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in [head, *rows]]
    return "\n".join(line.rstrip() for line in lines)


def fold_lines(search: Search) -> str:
    """One line for each run: configuration, fold, status, score, best epoch, seconds."""
    lines = []
    for trial in search.trials:
        for run in trial.runs:
            score = "–" if run.score is None else f"{run.score:.4f}"
            best = run.error or f"{run.metric.word} {score} at epoch {(run.best_epoch or 0) + 1}"
            lines.append(f"{trial.name}  fold {run.fold}  {run.status.value}  {best}  {run.seconds:.0f} s  {run.precision}")
    return "\n".join(lines)


def _verdict(trial: Trial) -> str | None:
    verdict = judge(trial).verdict
    return verdict.value if verdict else None
