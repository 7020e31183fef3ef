"""Where the reference says that something is: boxes or masks of another cohort of the same images, or a phantom's truth."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cauce.domain.cohort import Cohort, SourceKind, TableSource
from cauce.domain.errors import ConfigurationError, InputError, IntegrityError
from cauce.domain.record import Digest
from cauce.domain.reference import Box, Mask, ReferenceKind
from cauce.domain.study import InstanceRow
from cauce.predictor.picture_mask import load_picture_mask
from cauce.store.blobs import file_sha256
from cauce.store.cohort_table import read_rows
from cauce.store.data_root import data_root_of, phantom_folder
from cauce.store.workspace import Workspace

Region = NDArray[np.bool_]

_KINDS = (ReferenceKind.BOXES, ReferenceKind.MASK)
_TRUTH = "truth.csv"


@dataclass(frozen=True, eq=False)
class Places:
    """Marked places of images, by the SHA-256 of the image's file."""

    boxes: Mapping[Digest, tuple[Box, ...]]
    masks: Mapping[Digest, tuple[Mask, ...]]
    cohort: Cohort | None = None
    root: Path | None = None

    def region(self, row: InstanceRow, shape: tuple[int, int]) -> Region | None:
        """What any reader marks, (rows, columns) of the stored image; None when the image has no place or nothing is marked.

        Raises:
            IntegrityError: a mask was changed since it was indexed.
        """
        digest = row.file_sha256 or ""
        marked = np.zeros(shape, dtype=np.bool_)
        y, x = np.arange(shape[0])[:, None] + 0.5, np.arange(shape[1])[None, :] + 0.5
        for box in self.boxes.get(digest, ()):
            marked |= (y >= box.y_min) & (y < box.y_max) & (x >= box.x_min) & (x < box.x_max)
        for mask in self.masks.get(digest, ()):
            marked |= self._mask(mask, shape)
        return marked if marked.any() else None

    def _mask(self, mask: Mask, shape: tuple[int, int]) -> Region:
        if self.cohort is None or self.root is None or not isinstance(self.cohort.spec.source, TableSource):
            raise ConfigurationError("masks of pictures are needed", where=mask.path)
        path, readings = self.root / mask.path, self.cohort.spec.source.readings
        if not path.is_file() or file_sha256(path) != mask.file_sha256:
            raise IntegrityError("an indexed mask is missing or was changed", where=mask.path,
                                 remedy="Restore the file, or index the cohort again.")
        values = readings.mask_values if readings else None
        classes = self.cohort.spec.reference.classes
        return load_picture_mask(path, mask.path, shape=shape, classes=classes, values=values) > 0


def places_of(workspace: Workspace, cohort: Cohort, other: str | None, *, data_root: Path | None) -> Places:
    """Places for the images of a cohort.

    Args:
        cohort: that the model was trained on; digital patients know the place of their finding.
        other: name of a cohort of the same files whose reference is boxes or masks; None when there is none.
        data_root: where the images and masks are, if not where they were indexed.

    Raises:
        NotFoundError: no cohort `other`.
        ConfigurationError: its reference has no places.
    """
    if other is not None:
        return _of_cohort(workspace, workspace.records.latest(Cohort, other), data_root)
    if cohort.spec.source.kind is SourceKind.PHANTOM:
        return Places(_phantom_boxes(workspace, cohort), {})
    return Places({}, {})


def _of_cohort(workspace: Workspace, cohort: Cohort, data_root: Path | None) -> Places:
    kind = cohort.spec.reference.kind
    if kind not in _KINDS:
        raise ConfigurationError("this cohort's reference has no places", where=cohort.name,
                                 expected=" or ".join(each.value for each in _KINDS), got=kind.value,
                                 remedy="Index the same images with a table of boxes, or with masks.")
    boxes: dict[Digest, tuple[Box, ...]] = {}
    masks: dict[Digest, tuple[Mask, ...]] = {}
    for row in read_rows(workspace, cohort):
        if row.file_sha256 is not None:
            boxes[row.file_sha256] = tuple(box for reading in row.readings for box in reading.boxes or ())
            masks[row.file_sha256] = tuple(reading.mask for reading in row.readings if reading.mask is not None)
    return Places(boxes, masks, cohort, data_root_of(workspace, cohort, data_root))


def _phantom_boxes(workspace: Workspace, cohort: Cohort) -> dict[Digest, tuple[Box, ...]]:
    """A square of the finding's diameter about its centre."""
    path = phantom_folder(workspace, cohort.name) / _TRUTH
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            truth = {line["path"]: line for line in csv.DictReader(stream)}
    except OSError:
        raise InputError("the digital patients' truth is missing", where=_TRUTH, remedy="Index the cohort again.") from None
    found: dict[Digest, tuple[Box, ...]] = {}
    for row in read_rows(workspace, cohort):
        line, spacing = truth.get(row.path), row.acquisition.pixel_spacing_mm
        if line is None or not line["x_px"] or spacing is None or row.file_sha256 is None:
            continue
        x, y, diameter = float(line["x_px"]), float(line["y_px"]), float(line["diameter_mm"])
        half_height, half_width = diameter / spacing[0] / 2, diameter / spacing[1] / 2
        found[row.file_sha256] = (
            Box(name=line["finding"], x_min=x - half_width, y_min=y - half_height, x_max=x + half_width, y_max=y + half_height),
        )
    return found
