"""The experiment log: a table that a person reads, one row for each configuration, best first."""

from cauce.domain.experiment import ExperimentSpec, Search, Selection, Trial
from cauce.experiment.select import describe

_HEAD = ("worst fold", "score", "best epochs", "parameters", "minutes", "error")


def markdown(search: Search, selection: Selection | None = None) -> str:
    """Question, table and finding as Markdown.

    Args:
        search: what was tried.
        selection: what was kept of it, marked in the table; None while nothing is selected.
    """
    spec = search.spec
    base = ", ".join(f"{key} {value}" for key, value in spec.training.model_dump(mode="json").items() if key not in spec.space)
    order = sorted(range(len(search.trials)), key=lambda number: -(search.trials[number].score or 0.0))
    kept = selection.trial if selection and selection.search == search.digest() else None
    head = ("", "configuration", f"validation {spec.task.metric.word}, mean ± std", *_HEAD)
    lines = [
        f"# {search.name}", "", f"**Question.** {spec.question}", "",
        f"**Setup.** {base}; {_input(spec)}; seed {spec.seed}; "
        f"split {search.split[:12]}.", "",
        _row(head), _row(["---"] * len(head)),
        *(_row(_cells(search.trials[number], kept=number == kept)) for number in order), "",
    ]
    if kept is not None and selection is not None:
        lines += [f"**Finding.** {selection.reason}", ""]
    return "\n".join(lines)


def _input(spec: ExperimentSpec) -> str:
    if spec.volume is not None:
        return f"patches of {' × '.join(str(size) for size in spec.volume.patch)} voxels"
    return f"input {spec.preprocess.size[0]} × {spec.preprocess.size[1]} px"


def run_lines(search: Search) -> str:
    """One line for each run: configuration, fold, status, score, best epoch, seconds."""
    lines = []
    for trial in search.trials:
        for run in trial.runs:
            best = run.error or f"{run.metric.word} {_number(run.score)} at epoch {(run.best_epoch or 0) + 1}"
            lines.append(f"{trial.name}  fold {run.fold}  {run.status.value}  {best}  {run.seconds:.0f} s  {run.precision}")
    return "\n".join(lines)


def _cells(trial: Trial, *, kept: bool) -> list[str]:
    runs = trial.runs
    return [
        "**kept**" if kept else "",
        trial.name,
        describe(trial),
        _number(trial.worst),
        _number(trial.score),
        ", ".join("–" if run.best_epoch is None else str(run.best_epoch + 1) for run in runs),
        f"{max(run.n_parameters for run in runs):,}",
        f"{sum(run.seconds for run in runs) / 60:.1f}",
        next((run.error.replace("|", "/") for run in runs if run.error), ""),
    ]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _row(cells: list[str] | tuple[str, ...]) -> str:
    return "| " + " | ".join(cells) + " |"
