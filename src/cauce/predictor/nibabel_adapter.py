"""NIfTI files → voxels (z, y, x) and their place in the patient's LPS system."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import InputError, TooLargeError, UnreadableImageError
from cauce.domain.reference import VolumeGeometry

MAXIMUM_VOXELS = 1 << 29
"""Larger volumes are refused before they are decoded."""

_PERPENDICULAR = 1e-3
_RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0])


def is_nifti(path: Path) -> bool:
    """Whether the name says NIfTI: `.nii` or `.nii.gz`."""
    return path.name.lower().endswith((".nii", ".nii.gz"))


def read_nifti(path: Path, name: str) -> tuple[NDArray[Any], VolumeGeometry]:
    """Voxels (z, y, x), scaled as the header says, in the type that this needs, and their geometry.

    NIfTI stores (x, y, z) in RAS; here the axes are turned round and positions are LPS. Voxels are not resampled or flipped.

    Raises:
        InputError: the file is missing or cannot be opened.
        UnreadableImageError: no NIfTI, damaged, not one volume, values that are not finite, or no usable geometry.
        TooLargeError: more than `MAXIMUM_VOXELS`.
    """
    import nibabel

    try:
        image: Any = nibabel.load(path)
        shape = tuple(int(size) for size in image.shape)
        is_placed = bool(image.header["qform_code"] or image.header["sform_code"])
    except OSError as error:
        raise InputError(f"the file cannot be opened ({type(error).__name__})", where=name,
                         remedy="Check that it exists and may be read.") from None
    except Exception as error:  # a parser of foreign bytes: any failure is the file's
        raise _damaged(name, error) from None
    while len(shape) > 3 and shape[-1] == 1:
        shape = shape[:-1]
    if len(shape) != 3 or min(shape) < 1:
        raise UnreadableImageError("not one volume", where=name, expected="three axes", got=_joined(image.shape),
                                   remedy="Give each volume of a series as a file of its own.")
    if np.prod(shape, dtype=np.float64) > MAXIMUM_VOXELS:
        raise TooLargeError("the volume is too large", where=name, expected=f"at most {MAXIMUM_VOXELS} voxels",
                            got=_joined(shape), remedy="Crop it.")
    if not is_placed:
        raise UnreadableImageError("the file states no geometry", where=name, expected="qform_code or sform_code above 0",
                                   got="0", remedy="Convert it again with its orientation.")
    geometry = _geometry(np.asarray(image.affine, dtype=np.float64), shape, name)
    try:
        voxels = np.asarray(image.dataobj).reshape(shape).transpose(2, 1, 0)
    except Exception as error:
        raise _damaged(name, error) from None
    if voxels.dtype.kind not in "biuf" or (voxels.dtype.kind == "f" and not np.isfinite(voxels).all()):
        raise UnreadableImageError("values that are no finite numbers", where=name, remedy="Replace them before indexing.")
    return voxels, geometry


def _geometry(affine: NDArray[np.float64], shape: tuple[int, ...], name: str) -> VolumeGeometry:
    steps, origin = _RAS_TO_LPS @ affine[:3, :3], _RAS_TO_LPS @ affine[:3, 3]
    spacing = np.linalg.norm(steps, axis=0)
    if not np.isfinite(affine).all() or spacing.min() <= 0:
        raise UnreadableImageError("no usable geometry", where=name, expected="three axes of positive length",
                                   got=_joined(spacing.round(4)), remedy="Correct the affine.")
    axes = steps / spacing
    if np.abs(axes.T @ axes - np.eye(3)).max() > _PERPENDICULAR:
        raise UnreadableImageError("the axes are not perpendicular", where=name, expected="no shear", got="a sheared affine",
                                   remedy="Resample it to a straight grid first.")
    x, y, z = shape
    return VolumeGeometry.model_validate({
        "shape": (z, y, x), "spacing_mm": spacing[::-1].tolist(), "origin_mm": origin.tolist(),
        "direction": axes.T.ravel().tolist(),
    })


def _damaged(name: str, error: Exception) -> UnreadableImageError:
    return UnreadableImageError(f"the NIfTI file cannot be read ({type(error).__name__})", where=name,
                                remedy="Send the file again from its source.")


def _joined(values: Any) -> str:
    return " × ".join(f"{value:g}" for value in values)


def mask_bytes(classes: NDArray[np.uint8], geometry: VolumeGeometry) -> bytes:
    """Content of a `.nii.gz` file with a class map (z, y, x) of this geometry; the same map gives the same bytes."""
    import nibabel

    axes = np.reshape(geometry.direction, (3, 3)).T * np.array(geometry.spacing_mm)[::-1]
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = _RAS_TO_LPS @ axes, _RAS_TO_LPS @ np.array(geometry.origin_mm)
    image: Any = nibabel.Nifti1Image(np.ascontiguousarray(classes.transpose(2, 1, 0)), affine)  # type: ignore[no-untyped-call]
    image.header.set_xyzt_units("mm")
    image.set_qform(affine, code=1)
    image.set_sform(affine, code=1)
    return gzip.compress(image.to_bytes(), mtime=0)
