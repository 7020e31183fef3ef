"""The cohort of `spots` with another reference standard: several classes, several findings, or a number."""

from collections.abc import Sequence
from pathlib import Path

from cauce.domain.codes import Code
from cauce.domain.cohort import Cohort
from cauce.domain.experiment import ExperimentSpec
from cauce.domain.reference import Reading, ReferenceKind, ReferenceStandard
from cauce.domain.split import Split
from cauce.domain.study import InstanceRow
from cauce.store.cohort_table import write_rows

from .spots import Place, build_place, put_audit, spec

FINDINGS = ("spot", "bright", "dark")
SPOT = Code(scheme="DCM", value="1", meaning="Spot")


def with_reference(folder: Path, reference: ReferenceStandard, changes: Sequence[dict[str, object]]) -> Place:
    """Each row of `build_place` with its changes."""
    place = build_place(folder)
    rows = [row.model_copy(update=change) for row, change in zip(place.rows, changes, strict=True)]
    include = place.cohort.spec.include.model_copy(update={"minimum_rows": 16})
    cohort = Cohort.model_validate({
        **dict(place.cohort), "table_sha256": write_rows(place.workspace, rows),
        "spec": place.cohort.spec.model_copy(update={"reference": reference, "include": include}),
    })
    place.workspace.records.put(cohort, "spots")
    split = Split.model_validate({**dict(place.split), "cohort": cohort.digest()})
    place.workspace.records.put(split, "spots")
    put_audit(place.workspace, cohort, split)
    return Place(place.workspace, cohort, split, place.data_root, rows)


def number_of_spot(number: int) -> float:
    """Millimetres: with a spot 20 and more."""
    return 20.0 * (number % 2 == 0) + number % 7


def number_place(folder: Path) -> Place:
    reference = ReferenceStandard(kind=ReferenceKind.NUMBER, unit="mm", finding=SPOT, source="made")
    readers = [(number_of_spot(number) - 1, number_of_spot(number) + 1) for number in range(60)]
    return with_reference(folder, reference, [
        {"label": None, "readings": tuple(Reading(reader=f"r{k}", number=value) for k, value in enumerate(both))}
        for both in readers
    ])


def findings_of_image(number: int) -> tuple[str, ...]:
    shown = (number % 2 == 0, number // 5 % 3 == 0, number % 5 < 2)
    return tuple(name for name, is_there in zip(FINDINGS, shown, strict=True) if is_there)


def finding_place(folder: Path) -> Place:
    reference = ReferenceStandard(kind=ReferenceKind.LABELS, classes=FINDINGS, finding=SPOT, source="made")
    return with_reference(folder, reference, [
        {"label": None, "readings": (Reading(labels=findings_of_image(number)),)} for number in range(60)
    ])


def asked(task: str, **changes: object) -> ExperimentSpec:
    training = spec().training.model_dump(mode="json", exclude_unset=True)
    return spec(**{"task": task, "grid": {}, "training": training, "selection": {"worst_fold_floor": 0.0}, **changes})


def labels_of(rows: Sequence[InstanceRow]) -> list[tuple[str, ...]]:
    return [row.readings[0].labels or () for row in rows]
