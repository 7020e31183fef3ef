"""Files → volumes and their masks. The same code loads for indexing, training, prediction and service."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import NoClassError, OtherPlaceError, OtherShapeError
from cauce.domain.record import Digest
from cauce.domain.reference import VolumeGeometry
from cauce.predictor.mask_runs import unpack_mask
from cauce.predictor.nibabel_adapter import is_nifti, read_nifti
from cauce.store.blobs import file_sha256

TOLERANCE_VOXELS = 0.05
"""A mask's corners may lie this far from the image's, in voxels: headers are written in single precision."""


@dataclass(frozen=True, eq=False)
class LoadedVolume:
    """One volume in memory.

    Attributes:
        name: path as the caller gave it.
        voxels: float32 (z, y, x) in the file's own units: Hounsfield units for CT, raw for MR.
    """

    name: str
    file_sha256: Digest
    voxels: NDArray[np.float32]
    geometry: VolumeGeometry


def load_volume(path: Path, name: str) -> LoadedVolume:
    """Load one NIfTI volume; `name` is what messages and results call it.

    Raises:
        InputError, UnreadableImageError, TooLargeError: as `read_nifti`.
    """
    voxels, geometry = read_nifti(path, name)
    return LoadedVolume(name, file_sha256(path), np.ascontiguousarray(voxels, dtype=np.float32), geometry)


def load_mask(path: Path, name: str, *, image: VolumeGeometry, n_classes: int) -> NDArray[np.uint8]:
    """Mask as uint8 (z, y, x), 0 for background and i + 1 for class i; it may be empty.

    Args:
        path: a NIfTI file, or a mask that the index took from DICOM (`Mask.array_sha256`).
        name: what messages call it.
        image: geometry of the image that it belongs to.
        n_classes: of the reference standard, at most 255.

    Raises:
        OtherShapeError, OtherPlaceError, NoClassError: it does not fit the image or the classes; else as `load_volume`.
        IntegrityError: a mask that the index made is damaged.
    """
    voxels, geometry = read_nifti(path, name) if is_nifti(path) else _on_the_grid(path, name, image)
    check_same_place(geometry, image, name)
    values = np.unique(voxels)
    foreign = [float(value) for value in values if value not in range(n_classes + 1)]
    if foreign:
        raise NoClassError(
            "the mask holds values that are no class", where=name, expected=f"0 to {n_classes}",
            got=", ".join(f"{value:g}" for value in foreign[:5]),
            remedy="Correct the mask, or name all classes in cohort.yaml.",
        )
    return np.ascontiguousarray(voxels, dtype=np.uint8)


def _on_the_grid(path: Path, name: str, image: VolumeGeometry) -> tuple[NDArray[np.uint8], VolumeGeometry]:
    """A mask that was made on the image's grid; of another shape it is another image's."""
    voxels = unpack_mask(path.read_bytes(), name)
    return voxels, image.model_copy(update={"shape": voxels.shape})


def check_same_place(geometry: VolumeGeometry, image: VolumeGeometry, name: str) -> None:
    """Refuse a mask or channel that does not lie voxel on voxel with the image.

    Raises:
        OtherShapeError: another shape.
        OtherPlaceError: a corner further than `TOLERANCE_VOXELS` from the image's.
    """
    if geometry.shape != image.shape:
        raise OtherShapeError("another shape than the image", where=name, expected=_joined(image.shape),
                              got=_joined(geometry.shape), remedy="Resample it on the image's grid.")
    distance = float(np.abs(_corners(geometry) - _corners(image)).max())
    if distance > TOLERANCE_VOXELS * min(image.spacing_mm):
        raise OtherPlaceError("another place in the patient than the image", where=name,
                              expected="the image's origin, spacing and direction", got=f"{distance:.3g} mm beside it",
                              remedy="Resample it on the image's grid.")


def _corners(geometry: VolumeGeometry) -> NDArray[np.float64]:
    """LPS positions, (4, 3): of the first voxel and of the last along x, y and z."""
    axes = np.reshape(geometry.direction, (3, 3))
    length = np.array([(n - 1) * step for n, step in zip(geometry.shape, geometry.spacing_mm, strict=True)])[::-1]
    far = np.array(geometry.origin_mm) + axes * length[:, None]
    return np.vstack([geometry.origin_mm, far])


def _joined(values: Any) -> str:
    return " × ".join(f"{value:g}" for value in values)
