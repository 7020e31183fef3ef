"""Answers of a model that measures a number: as arrays, as figures, and as a table in the store."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cauce.domain.estimate import Estimate
from cauce.domain.labelled import number_of
from cauce.domain.record import Digest
from cauce.domain.study import InstanceRow
from cauce.metrics.cases import MINIMUM_PATIENTS, Booleans, Floats
from cauce.metrics.regression import regression_metrics
from cauce.store.workspace import Workspace

_COLUMNS = ("instance", "patient_key", "sop_instance_uid", "reference", "measured", "reason")


@dataclass(frozen=True, eq=False)
class NumberAnswers:
    """What was asked and answered of n instances, in the unit of the reference standard.

    Attributes:
        reference: (n,).
        measured: (n,); NaN where there is no answer.
        patient: (n,) keys.
        ends: lowest and highest reference number of the whole partition.
    """

    reference: Floats
    measured: Floats
    patient: NDArray[np.str_]
    ends: tuple[float, float]

    @property
    def missing(self) -> Booleans:
        """(n,) which instances have no answer."""
        return np.asarray(np.isnan(self.measured))

    @property
    def answer(self) -> Floats:
        """(n,) measured; a missing one is the end of the partition's numbers that is farther from the right one."""
        low, high = self.ends
        worst = np.where(self.reference - low > high - self.reference, low, high)
        return np.where(self.missing, worst, self.measured)

    def subset(self, chosen: Booleans) -> "NumberAnswers":
        """The instances where `chosen` (n,) is true."""
        return NumberAnswers(self.reference[chosen], self.measured[chosen], self.patient[chosen], self.ends)


def number_metrics(answers: NumberAnswers, unit: str, *, minimum: int = MINIMUM_PATIENTS) -> tuple[Estimate, ...]:
    """Error, bias, limits of agreement and concordance, see `regression_metrics`; intervals are clustered by patient."""
    return regression_metrics(answers.reference, answers.answer, answers.patient, unit=unit, minimum=minimum)


def number_answers_of(answered: Sequence[tuple[InstanceRow, Floats | None, str]]) -> NumberAnswers:
    """The arrays of answered rows."""
    reference = np.array([number_of(row) for row, _, _ in answered], dtype=np.float64)
    return NumberAnswers(
        reference=reference,
        measured=np.array([np.nan if found is None else float(found[0]) for _, found, _ in answered], dtype=np.float64),
        patient=np.array([row.patient_key for row, _, _ in answered], dtype=np.str_),
        ends=(float(reference.min()), float(reference.max())),
    )


def write_number_predictions(workspace: Workspace, answered: Sequence[tuple[InstanceRow, Floats | None, str]]) -> Digest:
    """One row for each instance; `measured` is empty for a missing answer."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for row, found, reason in answered:
        measured = "" if found is None else repr(float(found[0]))
        writer.writerow((row.path, row.patient_key, row.sop_instance_uid, repr(number_of(row)), measured, reason))
    return workspace.arrays.put_bytes(stream.getvalue().encode())


def read_number_predictions(workspace: Workspace, digest: Digest) -> NumberAnswers:
    """The arrays of a stored table."""
    rows = list(csv.DictReader(io.StringIO(workspace.arrays.read(digest).decode())))
    reference = np.array([float(row["reference"]) for row in rows])
    return NumberAnswers(
        reference=reference, measured=np.array([float(row["measured"] or "nan") for row in rows]),
        patient=np.array([row["patient_key"] for row in rows], dtype=np.str_),
        ends=(float(reference.min()), float(reference.max())),
    )
