"""A partition of a cohort of volumes through the segmenter, case by case; each class of each case gets its measures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cauce.domain.cohort import Cohort
from cauce.domain.errors import CauceError, IntegrityError
from cauce.domain.model import ModelContract
from cauce.domain.progress import Progress
from cauce.domain.reference import ReferenceKind
from cauce.domain.split import Partition, Split
from cauce.domain.study import InstanceRow
from cauce.metrics.overlap import overlap
from cauce.metrics.surface import surface_distances
from cauce.predictor.case_source import CasePlace, load_reading
from cauce.predictor.segmentation import Segmenter
from cauce.predictor.volume_case import read_case, reference_of
from cauce.predictor.volume_preprocess import PreparedVolume
from cauce.store.cohort_table import read_rows
from cauce.store.data_root import data_root_of
from cauce.store.workspace import Workspace

Classes = NDArray[np.uint8]

TOLERANCE_MM = 1.0
"""Of the normalised surface Dice, unless said otherwise: about the voxel of a clinical MR."""


@dataclass(frozen=True)
class ClassMeasures:
    """How one class of one case was found. NaN where both masks are empty; infinite where one is and a distance is asked."""

    dice: float
    iou: float
    hd95_mm: float
    assd_mm: float
    nsd: float
    reference_ml: float
    predicted_ml: float


@dataclass(frozen=True)
class MeasuredCase:
    """One case.

    Attributes:
        classes: in the order of the reference standard.
        reason: why there is no prediction, which then counts as an empty mask; "" where there is one.
    """

    row: InstanceRow
    classes: tuple[ClassMeasures, ...]
    reason: str = ""

    @property
    def dice(self) -> float:
        """Mean Dice over the classes that the reference or the prediction holds; NaN where neither holds any."""
        values = [each.dice for each in self.classes if not np.isnan(each.dice)]
        return float(np.mean(values)) if values else float("nan")


See = Callable[[MeasuredCase, PreparedVolume, Classes, Classes], None]
"""Case, its prepared volume, its reference and its prediction on the stored grid."""


@dataclass(frozen=True)
class MaskedCases:
    """The cases of one partition that have a reference mask, sorted by path, and where their files are."""

    rows: tuple[InstanceRow, ...]
    place: CasePlace

    @classmethod
    def of(
        cls, workspace: Workspace, cohort: Cohort, split: Split, partition: Partition, data_root: Path | None
    ) -> "MaskedCases":
        """Find the cases of a partition on this machine.

        Raises:
            ConfigurationError: the cohort has no masks.
        """
        cohort.spec.reference.require(ReferenceKind.MASK, where=cohort.name)
        patients = set(split.patients(partition))
        rows = [row for row in read_rows(workspace, cohort) if row.patient_key in patients and reference_of(row) is not None]
        return cls(tuple(rows), CasePlace(data_root_of(workspace, cohort, data_root), workspace.arrays))

    def load(self, row: InstanceRow, contract: ModelContract) -> PreparedVolume:
        """The prepared volume of a case.

        Raises:
            IntegrityError: a file was changed since it was indexed.
            InputError, UnreadableImageError: a file is missing or unreadable.
        """
        recipe = contract.volume_recipe()
        return read_case(self.place.root, row, recipe, recipe.channels)

    def reference(self, row: InstanceRow, contract: ModelContract) -> Classes:
        """The reference mask on the stored grid.

        Raises:
            IntegrityError: the mask was changed or lost since it was indexed.
        """
        mask = reference_of(row)
        if mask is None or row.volume is None:
            raise IntegrityError("the case has no mask", where=row.path, remedy="Index the cohort again.")
        return load_reading(self.place, mask, image=row.volume, n_classes=len(contract.reference.classes))


def measure_cases(
    cases: MaskedCases, segmenter: Segmenter, *, see: See, progress: Progress, tolerance_mm: float = TOLERANCE_MM
) -> list[MeasuredCase]:
    """Segment and measure every case; one is in memory at a time.

    Args:
        cases: of one partition.
        segmenter: the model.
        see: given each case that has a prediction, for who draws it.
        progress: told of cases.
        tolerance_mm: of the normalised surface Dice.

    Raises:
        IntegrityError: a file was changed or lost; that is no failure of the model.
    """
    measured = []
    for number, row in enumerate(cases.rows):
        progress("predict", number, len(cases.rows))
        reference = cases.reference(row, segmenter.contract)
        try:
            volume = cases.load(row, segmenter.contract)
            found = segmenter.segment_prepared(volume).classes
        except IntegrityError:
            raise
        except CauceError as error:
            nothing = np.zeros_like(reference)
            measured.append(_measured(row, reference, nothing, segmenter, tolerance_mm, f"{error.code}: {error.what}"))
            continue
        measured.append(_measured(row, reference, found, segmenter, tolerance_mm))
        see(measured[-1], volume, reference, found)
    progress("predict", len(cases.rows), len(cases.rows))
    return measured


def _measured(
    row: InstanceRow, reference: Classes, found: Classes, segmenter: Segmenter, tolerance_mm: float, reason: str = ""
) -> MeasuredCase:
    spacing, values = spacing_of(row), range(1, len(segmenter.contract.reference.classes) + 1)
    measures = (measure_class(reference == value, found == value, spacing, tolerance_mm) for value in values)
    return MeasuredCase(row, tuple(measures), reason)


def spacing_of(row: InstanceRow) -> tuple[float, float, float]:
    """(z, y, x) of a row that is a volume.

    Raises:
        IntegrityError: it is none.
    """
    if row.volume is None:
        raise IntegrityError("the case is no volume", where=row.path, remedy="Index the cohort again.")
    return row.volume.spacing_mm


def measure_class(
    reference: NDArray[np.bool_], found: NDArray[np.bool_], spacing_mm: Sequence[float], tolerance_mm: float
) -> ClassMeasures:
    """All measures of one class: masks (z, y, x), spacing along the same axes."""
    spacing = (spacing_mm[0], spacing_mm[1], spacing_mm[2])
    shared, distances = overlap(reference, found), surface_distances(reference, found, spacing)
    millilitres = float(np.prod(spacing)) / 1000
    return ClassMeasures(
        dice=shared.dice, iou=shared.iou, hd95_mm=distances.hausdorff(), assd_mm=distances.average(),
        nsd=distances.normalised_dice(tolerance_mm), reference_ml=shared.reference_voxels * millilitres,
        predicted_ml=shared.predicted_voxels * millilitres,
    )
