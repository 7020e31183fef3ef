"""Readings that stand in tables → what is said of each image, before any image is opened."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cauce.dataset.csv_table import CsvTable
from cauce.dataset.place_readings import box_readings, point_readings
from cauce.domain.cohort import CohortSpec, TableSource
from cauce.domain.errors import ConfigurationError
from cauce.domain.reading_source import OutcomeColumns, ReadingSource
from cauce.domain.reference import MaskAgreement, Outcome, Reading, ReferenceKind, ReferenceStandard

_YES, _NO = ("1", "true", "yes", "y"), ("0", "false", "no", "n")


@dataclass(frozen=True)
class Said:
    """What the readers say of one image, or why that cannot be used.

    Attributes:
        label: the class that counts, of class and classes.
        findings: of masks, the classes that any reader marked.
        agreement: of masks of classes, of each two readers.
        code, reason: why the image is excluded; "" when it is not.
        dropped: boxes that were left out, each with code and reason.
    """

    readings: tuple[Reading, ...] = ()
    label: str | None = None
    code: str = ""
    reason: str = ""
    dropped: tuple[tuple[str, str], ...] = ()
    findings: tuple[str, ...] = ()
    agreement: tuple[MaskAgreement, ...] = ()


def check_readings(spec: CohortSpec) -> None:
    """Refuse a reference standard whose readings are not said, or are of another kind.

    Raises:
        ConfigurationError: the message says what is needed.
    """
    source, kind = spec.source, spec.reference.kind
    readings = source.readings if isinstance(source, TableSource) else None
    if readings is None:
        if kind not in (ReferenceKind.CLASS, ReferenceKind.CLASSES, ReferenceKind.LABELS):
            raise ConfigurationError(
                "this kind of reference standard needs readings", where="source.readings", got="none",
                expected=_NEEDED.get(kind, "readings"), remedy="See docs/how-to/cohort-yaml.md for an example of each kind.",
            )
        return
    if kind not in readings.kinds():
        raise ConfigurationError(
            "these readings are of another kind than the reference standard", where="source.readings", got=kind.value,
            expected="reference.kind " + " or ".join(each.value for each in readings.kinds()),
            remedy="Correct reference.kind or source.readings.",
        )
    unknown = sorted(set(readings.mask_values or ()) - set(spec.reference.classes))
    if unknown:
        raise ConfigurationError("mask_values names a class that the reference standard does not",
                                 where="source.readings.mask_values", expected=", ".join(spec.reference.classes),
                                 got=", ".join(unknown), remedy="Correct the name.")
    several = readings.columns is not None and len(readings.columns) > 1
    if several and kind in (ReferenceKind.CLASS, ReferenceKind.CLASSES) and readings.consensus is None:
        raise ConfigurationError(
            "several readers, and nobody's answer counts", where="source.readings.consensus",
            expected=f"majority, {', '.join(readings.columns or ())}", got="none", remedy="Say whose answer is the label.",
        )


_NEEDED = {
    ReferenceKind.NUMBER: "columns", ReferenceKind.TIME_TO_EVENT: "outcome", ReferenceKind.BOXES: "boxes",
    ReferenceKind.LANDMARKS: "points", ReferenceKind.MASK: "masks", ReferenceKind.INSTANCES: "masks",
}


def list_readings(
    source: TableSource, reference: ReferenceStandard, root: Path, table: CsvTable, names: Sequence[str]
) -> dict[str, Said]:
    """What is said of each image, by its name; masks are not read here.

    Args:
        source, reference: of the cohort.
        root: data root.
        table: the image table.
        names: of its images, row by row.

    Raises:
        InputError: a table or column is missing, or a table names an image that the image table does not.
    """
    readings = source.readings
    if readings is None or readings.masks is not None:
        return {}
    if readings.columns is not None:
        table.need_columns(tuple(readings.columns.values()))
        return {name: _of_cells(row, readings, reference, source.label_separator)
                for name, row in zip(names, table.rows, strict=True)}
    if readings.outcome is not None:
        table.need_columns((readings.outcome.time, readings.outcome.event))
        return {name: _outcome(row, readings.outcome) for name, row in zip(names, table.rows, strict=True)}
    if readings.boxes is not None:
        found = box_readings(readings.boxes, reference.classes, root, source.images or ".", names)
    else:
        found = point_readings(readings.points, root, source.images or ".", names)
    return {
        name: Said(each.readings, code=each.code, reason=each.reason, dropped=each.dropped) for name, each in found.items()
    }


def _of_cells(row: dict[str, str], source: ReadingSource, reference: ReferenceStandard, separator: str | None) -> Said:
    readings = []
    for reader, column in (source.columns or {}).items():
        cell = row[column].strip()
        if not cell:
            continue
        reading = _cell_reading(reader, cell, reference, separator)
        if isinstance(reading, tuple):
            return Said(code=reading[0], reason=f"{column}: {reading[1]}")
        readings.append(reading)
    if not readings:
        return Said(code="no-label", reason="no reader says anything of it")
    if reference.kind in (ReferenceKind.CLASS, ReferenceKind.CLASSES):
        return _with_consensus(tuple(readings), source)
    return Said(tuple(readings))


def _cell_reading(
    reader: str, cell: str, reference: ReferenceStandard, separator: str | None
) -> Reading | tuple[str, str]:
    """The reading of a filled cell, or code and reason why it is none."""
    match reference.kind:
        case ReferenceKind.NUMBER:
            number = _number(cell)
            if number is None:
                return "no-number", f"'{cell[:40]}' is no finite number"
            return Reading(reader=reader, number=number)
        case ReferenceKind.LABELS:
            names = tuple(part.strip() for part in cell.split(separator or "|") if part.strip())
            foreign = [name for name in names if name not in reference.classes]
            if foreign:
                return "other-label", f"'{foreign[0]}' is no class of the reference standard"
            return Reading(reader=reader, labels=names)
        case _:
            known = reference.classes or (*reference.positive, *reference.negative)
            if cell not in known:
                return "other-label", f"'{cell[:40]}' is no class of the reference standard"
            return Reading(reader=reader, label=cell)


def _with_consensus(readings: tuple[Reading, ...], source: ReadingSource) -> Said:
    by_reader = {reading.reader: reading.label for reading in readings}
    if source.consensus not in (None, "majority"):
        label = by_reader.get(source.consensus or "")
        return Said(readings, label) if label else Said(code="no-label", reason=f"{source.consensus} says nothing of it")
    counts = Counter(by_reader.values()).most_common(2)
    if len(counts) > 1 and counts[0][1] == counts[1][1]:
        said = ", ".join(f"{reader}: {label}" for reader, label in by_reader.items())
        return Said(code="no-majority", reason=f"the readers disagree evenly ({said})")
    return Said(readings, counts[0][0])


def _outcome(row: dict[str, str], columns: OutcomeColumns) -> Said:
    time, event = _number(row[columns.time]), row[columns.event].strip().lower().removesuffix(".0")
    if not row[columns.time].strip() or not event:
        return Said(code="no-label", reason="no outcome")
    if time is None or time < 0:
        return Said(code="bad-time", reason=f"{columns.time}: '{row[columns.time][:40]}' is no time from 0")
    if event not in (*_YES, *_NO):
        return Said(code="bad-event", reason=f"{columns.event}: '{row[columns.event][:40]}' is neither 0 nor 1")
    return Said((Reading(outcome=Outcome(time=time, event=event in _YES)),))


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
