"""Answers of a model that tells several classes apart, as arrays and as a table in the store."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cauce.domain.record import Digest
from cauce.domain.study import InstanceRow
from cauce.metrics.cases import Booleans, Floats
from cauce.store.workspace import Workspace

_COLUMNS = ("instance", "patient_key", "sop_instance_uid", "reference", "called", "reason")


@dataclass(frozen=True, eq=False)
class ClassAnswers:
    """What was asked and answered of n instances; a missing answer is the worst possible one.

    Attributes:
        reference: (n,) number of the right class.
        probability: (n, classes); NaN where there is no answer.
        patient: (n,) keys.
    """

    reference: NDArray[np.intp]
    probability: Floats
    patient: NDArray[np.str_]

    @property
    def missing(self) -> Booleans:
        """(n,) which instances have no answer."""
        return np.asarray(np.isnan(self.probability).any(axis=1))

    @property
    def wanted(self) -> Booleans:
        """(n, classes) the right class of each."""
        return np.asarray(self.reference[:, None] == np.arange(self.probability.shape[1]))

    @property
    def score(self) -> Floats:
        """(n, classes) probability; a missing one is 0 for the right class and 1 for each other."""
        return np.where(self.missing[:, None], ~self.wanted, self.probability)

    @property
    def called(self) -> Booleans:
        """(n, classes) the most probable class; a missing answer calls every class but the right one."""
        likeliest = np.nan_to_num(self.probability).argmax(axis=1)[:, None] == np.arange(self.probability.shape[1])
        return np.where(self.missing[:, None], ~self.wanted, likeliest)

    def subset(self, chosen: Booleans) -> "ClassAnswers":
        """The instances where `chosen` (n,) is true."""
        return ClassAnswers(self.reference[chosen], self.probability[chosen], self.patient[chosen])

    def confusion(self) -> NDArray[np.intp]:
        """(classes, classes + 1) instances: a row for each right class, a column for each called one, last without answer."""
        k = self.probability.shape[1]
        called = np.where(self.missing, k, np.nan_to_num(self.probability).argmax(axis=1))
        counts = np.zeros((k, k + 1), dtype=np.intp)
        np.add.at(counts, (self.reference, called), 1)
        return counts


def answers_of(answered: Sequence[tuple[InstanceRow, Floats | None, str]], classes: Sequence[str]) -> ClassAnswers:
    """The arrays of answered rows."""
    nothing = np.full(len(classes), np.nan)
    return ClassAnswers(
        reference=np.array([classes.index(row.label or "") for row, _, _ in answered], dtype=np.intp),
        probability=np.array([nothing if each is None else each for _, each, _ in answered]).reshape(-1, len(classes)),
        patient=np.array([row.patient_key for row, _, _ in answered], dtype=np.str_),
    )


def write_class_predictions(
    workspace: Workspace, answered: Sequence[tuple[InstanceRow, Floats | None, str]], classes: Sequence[str]
) -> Digest:
    """One row for each instance; probabilities and called class are empty for a missing answer, which counts as wrong."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow((*_COLUMNS, *map(probability_column, classes)))
    for row, found, reason in answered:
        called = "" if found is None else classes[int(found.argmax())]
        numbers = ["" for _ in classes] if found is None else [repr(float(each)) for each in found]
        writer.writerow((row.path, row.patient_key, row.sop_instance_uid, row.label, called, reason, *numbers))
    return workspace.arrays.put_bytes(stream.getvalue().encode())


def read_class_predictions(workspace: Workspace, digest: Digest, classes: Sequence[str]) -> ClassAnswers:
    """The arrays of a stored table."""
    rows = list(csv.DictReader(io.StringIO(workspace.arrays.read(digest).decode())))
    return ClassAnswers(
        reference=np.array([classes.index(row["reference"]) for row in rows], dtype=np.intp),
        probability=np.array([[float(row[probability_column(name)] or "nan") for name in classes] for row in rows]),
        patient=np.array([row["patient_key"] for row in rows], dtype=np.str_),
    )


def probability_column(name: str) -> str:
    """Name of a class's column."""
    return f"probability_{name}"
