"""The masks of one series → readings: painted once on the image's grid, and kept in the workspace's arrays."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cauce.dataset.nifti_reading import NOTHING_MARKED
from cauce.dicom.mask_canvas import MaskCanvas
from cauce.dicom.mask_object import paint_mask
from cauce.domain.reference import Mask, Reading, VolumeGeometry
from cauce.predictor.mask_runs import pack_mask
from cauce.store.blobs import BlobStore, file_sha256


@dataclass(frozen=True)
class MaskOfReader:
    """One reader's mask: its file relative to the data root, and which segment or ROI number is painted with which value."""

    reader: str
    name: str
    values: dict[int, int]
    threshold: float | None


@dataclass(frozen=True)
class MasksToPaint:
    """The masks of one series, for any process.

    Attributes:
        frame_of_reference_uid: of the series.
        classes: of the reference standard.
        keeps_overlaps: False refuses voxels in two classes; True gives them to the class that is named first.
        keeps_empty: whether a series stays in which a reader marks nothing.
        arrays: folder of the workspace's arrays.
    """

    masks: tuple[MaskOfReader, ...]
    frame_of_reference_uid: str
    classes: tuple[str, ...]
    keeps_overlaps: bool
    keeps_empty: bool
    arrays: Path


def paint_readings(work: MasksToPaint, root: Path, geometry: VolumeGeometry) -> tuple[tuple[Reading, ...], tuple[str, ...]]:
    """One reading for each reader, and the classes that any of them marked; `NOTHING_MARKED` where one marked none.

    Raises:
        UnreadableImageError: a mask cannot be read, or does not fit the image; its kind says which.
    """
    readings, present = [], set()
    for mask in work.masks:
        canvas = MaskCanvas(geometry, work.frame_of_reference_uid, mask.name)
        voxels = paint_mask(root / mask.name, canvas, mask.values, mask.threshold)
        if not work.keeps_overlaps:
            canvas.check_no_clash()
        present |= {int(value) for value in np.unique(voxels) if value} or {0}
        digest = BlobStore(work.arrays).put_bytes(pack_mask(voxels))
        kept = Mask(path=mask.name, file_sha256=file_sha256(root / mask.name), array_sha256=digest)
        readings.append(Reading(reader=mask.reader, mask=kept))
    names = [name for value, name in enumerate((NOTHING_MARKED, *work.classes)) if value in present and value]
    return tuple(readings), (*names, *([NOTHING_MARKED] if 0 in present else []))
