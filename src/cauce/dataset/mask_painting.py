"""The masks of one series → readings: painted once on the image's grid, and kept in the workspace's arrays."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cauce.dataset.mask_agreement import agreement_of_masks
from cauce.dataset.nifti_reading import NOTHING_MARKED
from cauce.dicom.mask_canvas import MaskCanvas
from cauce.dicom.mask_object import paint_mask
from cauce.domain.record import Digest, sha256_hex
from cauce.domain.reference import Mask, MaskAgreement, Reading, VolumeGeometry
from cauce.predictor.mask_runs import pack_mask
from cauce.store.blobs import BlobStore, file_sha256


@dataclass(frozen=True)
class MaskOfReader:
    """One reader's mask.

    Attributes:
        files: relative to the data root, each with the value that each segment or ROI number is painted with.
        threshold: of FRACTIONAL segmentations.
    """

    reader: str
    files: tuple[tuple[str, dict[int, int]], ...]
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


@dataclass(frozen=True)
class PaintedReadings:
    """What the readers of one series marked.

    Attributes:
        readings: one for each reader.
        findings: classes that any of them marked, in the order of the reference standard; `NOTHING_MARKED` where none did.
        agreement: of each two readers.
        one_is_empty: a reader marks nothing.
    """

    readings: tuple[Reading, ...]
    findings: tuple[str, ...]
    agreement: tuple[MaskAgreement, ...]
    one_is_empty: bool


def paint_readings(work: MasksToPaint, root: Path, geometry: VolumeGeometry) -> PaintedReadings:
    """Paint the masks of a series and keep them in the workspace's arrays.

    Raises:
        UnreadableImageError: a mask cannot be read, or does not fit the image; its kind says which.
    """
    masks = {mask.reader: _painted(mask, work, root, geometry) for mask in work.masks}
    marked = {value for voxels in masks.values() for value in np.unique(voxels).tolist()}
    store = BlobStore(work.arrays)
    return PaintedReadings(
        readings=tuple(
            Reading(reader=mask.reader, mask=_record(mask, root, store.put_bytes(pack_mask(masks[mask.reader]))))
            for mask in work.masks
        ),
        findings=tuple(name for value, name in enumerate(work.classes, start=1) if value in marked) or (NOTHING_MARKED,),
        agreement=agreement_of_masks(masks, work.classes), one_is_empty=not all(voxels.any() for voxels in masks.values()),
    )


def _painted(mask: MaskOfReader, work: MasksToPaint, root: Path, geometry: VolumeGeometry) -> NDArray[np.uint8]:
    canvas = MaskCanvas(geometry, work.frame_of_reference_uid, "")
    for name, values in mask.files:
        canvas.name = name
        paint_mask(root / name, canvas, values, mask.threshold)
        if not work.keeps_overlaps:
            canvas.check_no_clash()
    return canvas.voxels


def _record(mask: MaskOfReader, root: Path, array: Digest) -> Mask:
    names = tuple(name for name, _ in mask.files)
    digests = [file_sha256(root / name) for name in names]
    if len(names) == 1:
        return Mask(path=names[0], file_sha256=digests[0], array_sha256=array)
    together = sha256_hex("\n".join(digests).encode())
    return Mask(path=names[0], file_sha256=together, array_sha256=array, files=names)
