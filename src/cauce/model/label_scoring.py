"""Answers of a model that looks for several findings: as arrays, as numbers, and as a table in the store."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cauce.domain.estimate import Estimate
from cauce.domain.labelled import findings_of
from cauce.domain.record import Digest
from cauce.domain.study import InstanceRow
from cauce.metrics.calibration import brier
from cauce.metrics.cases import MINIMUM_PATIENTS, Booleans, Cases, Floats
from cauce.metrics.delong import auc
from cauce.metrics.discrimination import average_precision
from cauce.metrics.multiclass import multilabel_metrics
from cauce.model.class_scoring import probability_column
from cauce.store.workspace import Workspace

_COLUMNS = ("instance", "patient_key", "sop_instance_uid", "reason")


@dataclass(frozen=True, eq=False)
class LabelAnswers:
    """What was asked and answered of n instances; a missing answer is the worst possible one.

    Attributes:
        wanted: (n, findings) which an instance shows.
        probability: (n, findings); NaN where there is no answer.
        patient: (n,) keys.
    """

    wanted: Booleans
    probability: Floats
    patient: NDArray[np.str_]

    @property
    def missing(self) -> Booleans:
        """(n,) which instances have no answer."""
        return np.asarray(np.isnan(self.probability).any(axis=1))

    @property
    def score(self) -> Floats:
        """(n, findings) probability; a missing one is 0 for a finding that is there and 1 for one that is not."""
        return np.where(self.missing[:, None], ~self.wanted, self.probability)

    def subset(self, chosen: Booleans) -> "LabelAnswers":
        """The instances where `chosen` (n,) is true."""
        return LabelAnswers(self.wanted[chosen], self.probability[chosen], self.patient[chosen])


def label_metrics(answers: LabelAnswers, classes: Sequence[str], *, minimum: int = MINIMUM_PATIENTS) -> tuple[Estimate, ...]:
    """Macro AUC; then AUC, average precision and Brier score of each finding. Intervals are clustered by patient."""
    halves = [0.5] * len(classes)  # of the other metrics, which are not asked for: there is no operating point
    macro = multilabel_metrics(answers.wanted, answers.score, halves, answers.patient, names=classes, minimum=minimum)[0]
    found = [macro]
    for number, name in enumerate(classes):
        cases = Cases.of(answers.wanted[:, number], answers.score[:, number], answers.patient)
        each = (auc(cases, minimum=minimum), average_precision(cases, minimum=minimum), brier(cases, minimum=minimum))
        found += [estimate.model_copy(update={"name": f"{estimate.name}, {name}"}) for estimate in each]
    return tuple(found)


def label_answers_of(answered: Sequence[tuple[InstanceRow, Floats | None, str]], classes: tuple[str, ...]) -> LabelAnswers:
    """The arrays of answered rows."""
    nothing = np.full(len(classes), np.nan)
    shown = [findings_of(row, classes) for row, _, _ in answered]
    return LabelAnswers(
        wanted=np.array([[name in each for name in classes] for each in shown], dtype=np.bool_).reshape(-1, len(classes)),
        probability=np.array([nothing if each is None else each for _, each, _ in answered]).reshape(-1, len(classes)),
        patient=np.array([row.patient_key for row, _, _ in answered], dtype=np.str_),
    )


def write_label_predictions(
    workspace: Workspace, answered: Sequence[tuple[InstanceRow, Floats | None, str]], classes: tuple[str, ...]
) -> Digest:
    """One row for each instance: 0 or 1 for each finding of the reference, and probabilities, empty for a missing answer."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow((*_COLUMNS, *map(_reference_column, classes), *map(probability_column, classes)))
    for row, found, reason in answered:
        shown = findings_of(row, classes)
        numbers = ["" for _ in classes] if found is None else [repr(float(each)) for each in found]
        references = [int(name in shown) for name in classes]
        writer.writerow((row.path, row.patient_key, row.sop_instance_uid, reason, *references, *numbers))
    return workspace.arrays.put_bytes(stream.getvalue().encode())


def read_label_predictions(workspace: Workspace, digest: Digest, classes: Sequence[str]) -> LabelAnswers:
    """The arrays of a stored table."""
    rows = list(csv.DictReader(io.StringIO(workspace.arrays.read(digest).decode())))
    return LabelAnswers(
        wanted=np.array([[row[_reference_column(name)] == "1" for name in classes] for row in rows], dtype=np.bool_),
        probability=np.array([[float(row[probability_column(name)] or "nan") for name in classes] for row in rows]),
        patient=np.array([row["patient_key"] for row in rows], dtype=np.str_),
    )


def _reference_column(name: str) -> str:
    return f"reference_{name}"
