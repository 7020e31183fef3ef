"""What counts as the answer of a row, whoever gave it: numbers of several readers by their mean, findings by their majority."""

from statistics import fmean

from cauce.domain.reference import ReferenceKind, ReferenceStandard
from cauce.domain.study import InstanceRow


def is_labelled(row: InstanceRow, reference: ReferenceStandard) -> bool:
    """Whether the reference standard says something of the image; of two or several classes, whether it is one of them."""
    match reference.kind:
        case ReferenceKind.CLASS:
            return row.label in (*reference.positive, *reference.negative)
        case ReferenceKind.CLASSES:
            return row.label in reference.classes
        case ReferenceKind.LABELS:
            return row.label is not None or bool(row.labels) or any(reading.labels is not None for reading in row.readings)
        case _:
            return bool(row.readings)


def number_of(row: InstanceRow) -> float:
    """Mean of the readers' numbers; of a row that is labelled, kind `number`."""
    return fmean(reading.number for reading in row.readings if reading.number is not None)


def findings_of(row: InstanceRow, classes: tuple[str, ...]) -> tuple[str, ...]:
    """Findings in the order of `classes`: those that more than half of the readers name, else those of the source's table.

    A name that is no class, "No Finding" for one, says nothing.
    """
    said = [reading.labels for reading in row.readings if reading.labels is not None]
    if said:
        return tuple(name for name in classes if 2 * sum(name in each for each in said) > len(said))
    stated = row.labels or (row.label or "",)
    return tuple(name for name in classes if name in stated)
