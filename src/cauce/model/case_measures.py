"""The table of measures of an evaluation of masks: a CSV file in the store, by digest; a row for each class of each case."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

from cauce.domain.record import Digest
from cauce.model.segmenting import ClassMeasures, MeasuredCase
from cauce.store.workspace import Workspace

_MEASURES = tuple(each.name for each in fields(ClassMeasures))
_COLUMNS = ("instance", "patient_key", "class", *_MEASURES, "reason")


@dataclass(frozen=True)
class MeasureRow:
    """One class of one case, read back."""

    instance: str
    patient_key: str
    class_name: str
    measures: ClassMeasures


def write_measures(workspace: Workspace, cases: Sequence[MeasuredCase], classes: Sequence[str]) -> Digest:
    """`reason` says why a case has no prediction; its measures are then those of an empty mask."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for case in cases:
        for name, measures in zip(classes, case.classes, strict=True):
            numbers = [repr(value) for value in asdict(measures).values()]
            writer.writerow((case.row.path, case.row.patient_key, name, *numbers, case.reason))
    return workspace.arrays.put_bytes(stream.getvalue().encode())


def read_measures(workspace: Workspace, digest: Digest) -> list[MeasureRow]:
    """The rows of a stored table."""
    rows = csv.DictReader(io.StringIO(workspace.arrays.read(digest).decode()))
    return [
        MeasureRow(row["instance"], row["patient_key"], row["class"], ClassMeasures(*(float(row[name]) for name in _MEASURES)))
        for row in rows
    ]
