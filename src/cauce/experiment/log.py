"""The experiment log: what an engineer keeps of a search, one numbered row for each configuration, in the order of trying."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from cauce.domain.experiment import ExperimentSpec, Search, Selection, Trial
from cauce.domain.experiment_notes import Note
from cauce.experiment.finding import effect_text, effects, findings, overall
from cauce.experiment.grid import readable_name, readable_value, values_of
from cauce.experiment.select import describe
from cauce.experiment.verdict import judge

COLUMNS = (
    "number", "setup", "name", "parameter", "values", "status", "metric", "mean", "standard_deviation", "folds", "worst_fold",
    "question", "verdict", "evidence", "finding", "minutes", "notes",
)


@dataclass(frozen=True)
class Row:
    """One configuration in the log; `number` counts from 1."""

    number: int
    trial: Trial
    status: str
    verdict: str
    evidence: str
    finding: str
    notes: tuple[Note, ...]
    is_kept: bool


def rows_of(search: Search, selection: Selection | None, notes: Sequence[Note]) -> list[Row]:
    """The configurations in the order in which they were begun."""
    kept = selection.trial if selection and selection.search == search.digest() else None
    rows = []
    for position, (trial, finding) in enumerate(zip(search.trials, findings(search), strict=True)):
        judged = judge(trial)
        mine = tuple(note for note in notes if note.trial == position + 1)
        rows.append(Row(
            position + 1, trial, _status(trial), judged.verdict.value if judged.verdict else "–", judged.evidence,
            finding, mine, position == kept,
        ))
    return rows


def markdown(search: Search, selection: Selection | None = None, notes: Sequence[Note] = ()) -> str:
    """Question, setup, table, evidence, finding and notes.

    Args:
        search: what was tried.
        selection: what was kept of it, marked in the table; None while nothing is selected.
        notes: what people wrote.
    """
    spec, rows = search.spec, rows_of(search, selection, notes)
    metric = f"validation {spec.task.metric.word}, mean ± std"
    head = ["", *spec.space, "status", metric, "worst fold", "verdict", "finding", "minutes"]
    lines = [
        f"# {search.name}", "", f"**Question.** {spec.question}", "", f"**Setup.** {setup_of(search)}.", "",
        _row(head), _row(["---"] * len(head)), *(_row(_cells(row, spec)) for row in rows), "", "**Evidence.**", "",
        *(f"{row.number}. {row.evidence[:1].upper()}{row.evidence[1:]}." for row in rows), "",
        f"**Finding.** {overall(search)}",
    ]
    changes = effects(search)
    if changes:
        lines += ["", *(f"- {effect_text(change)}" for change in changes)]
    if selection and selection.search == search.digest():
        lines += ["", f"**Kept.** {selection.reason}"]
    if notes:
        lines += ["", "**Notes.**", "", *(f"{number}. {_note(note)}" for number, note in enumerate(notes, 1))]
    return "\n".join([*lines, ""])


def log_csv(search: Search, selection: Selection | None = None, notes: Sequence[Note] = ()) -> str:
    """The same rows for a spreadsheet; notes on the whole search stand in the Markdown only."""
    spec, stream = search.spec, io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows_of(search, selection, notes):
        trial, values = row.trial, values_of(row.trial.settings, spec)
        numbers = [trial.mean, trial.standard_deviation, len(trial.runs), trial.worst]
        writer.writerow([
            row.number, setup_of(search), readable_name(trial.settings, spec), ", ".join(values) or "–",
            ", ".join(readable_value(value) for value in values.values()) or "–", row.status, spec.task.metric.word,
            *("" if number is None else number for number in numbers), spec.question, row.verdict, row.evidence, row.finding,
            f"{_minutes(trial):.1f}", " / ".join(note.text for note in row.notes),
        ])
    return stream.getvalue()


def setup_of(search: Search) -> str:
    """What all configurations share."""
    spec = search.spec
    base = spec.training.model_dump(mode="json")
    shared = ", ".join(f"{key} {value}" for key, value in base.items() if key not in spec.space)
    plan = f"; {spec.search.method.value} search, seed {spec.search.seed}" if spec.search else ""
    return f"{shared}; {_input(spec)}; seed {spec.seed}{plan}; split {search.split[:12]}"


def _input(spec: ExperimentSpec) -> str:
    if spec.volume is not None:
        return f"patches of {' × '.join(str(size) for size in spec.volume.patch)} voxels"
    return f"input {spec.preprocess.size[0]} × {spec.preprocess.size[1]} px"


def _status(trial: Trial) -> str:
    if trial.mean is None:
        return "failed"
    return f"pruned after {len(trial.runs)} folds" if trial.pruned else "finished"


def _cells(row: Row, spec: ExperimentSpec) -> list[str]:
    trial = row.trial
    values = [readable_value(value) for value in values_of(trial.settings, spec).values()]
    number = f"**{row.number} kept**" if row.is_kept else str(row.number)
    worst = "–" if trial.worst is None else f"{trial.worst:.4f}"
    cells = [number, *values, row.status, describe(trial), worst, row.verdict, row.finding, f"{_minutes(trial):.1f}"]
    return [cell.replace("|", "/") for cell in cells]


def _note(note: Note) -> str:
    about = f"configuration {note.trial}: " if note.trial else ""
    return f"{about}{note.text} ({note.at})"


def _minutes(trial: Trial) -> float:
    return sum(run.seconds for run in trial.runs) / 60


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
