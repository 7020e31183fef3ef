"""A volume → slices to look at and to compare, turned as radiologists hang them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cauce.dataset.thumbnail import THUMBNAIL, padded_place, shrink, shrink_padded
from cauce.domain.reference import VolumeGeometry
from cauce.predictor.orientation import turn_to_patient
from cauce.predictor.volume_source import LoadedVolume

_LOW, _HIGH = 0.5, 99.5  # percentiles of the volume that become black and white
_SAMPLE = 4  # every so many voxels along each axis are enough for them


def axial_slice(volume: LoadedVolume) -> NDArray[np.float32]:
    """The middle axial slice, 0 to 1 between two percentiles of the volume: front up, the patient's left on the right."""
    voxels = turn_to_patient(volume.geometry).view(volume.voxels)
    return _grey(voxels[voxels.shape[0] // 2], voxels)


def volume_thumbnail(voxels: NDArray[np.floating | np.integer], geometry: VolumeGeometry) -> NDArray[np.uint8]:
    """What the audit compares of a volume, `THUMBNAIL` × `THUMBNAIL`: the mean of all axial slices.

    A single slice is another one as soon as a copy lacks its first slice. Of 60 planted copies of hippocampus volumes without
    their first slice, the middle slice found 37 and the mean 60; without their last two slices 0 and 60; without three
    0 and 49; resampled to 0.85 of the voxels 5 and 29; no false pairs in either.
    """
    mean = turn_to_patient(geometry).view(voxels).mean(axis=0, dtype=np.float64).astype(np.float32)
    return shrink(_grey(mean, mean[None]), THUMBNAIL)


@dataclass(frozen=True, eq=False)
class ThreeSlices:
    """`size` × `size` pixels with an axial, a coronal and a sagittal slice, and the class of each pixel in a mask."""

    grey: NDArray[np.uint8]
    classes: NDArray[np.uint8]


def three_slices(volume: LoadedVolume, size: int, *, mask: NDArray[np.uint8] | None = None) -> ThreeSlices:
    """Slices through the middle, or through where most of `mask` (z, y, x) lies, at their true proportions."""
    turn = turn_to_patient(volume.geometry)
    voxels = turn.view(volume.voxels)
    marked = None if mask is None else turn.view(mask)
    at = [_slice_of(voxels, marked, axis) for axis in range(3)]
    half, (z, y, x) = size // 2, turn.geometry.spacing_mm
    views = ((at[0], (y, x), 0, 0), ((slice(None, None, -1), at[1]), (z, x), 0, half),
             ((slice(None, None, -1), slice(None), at[2]), (z, y), half, half))
    grey, classes = np.zeros((size, size), dtype=np.uint8), np.zeros((size, size), dtype=np.uint8)
    for cut, spacing, top, left in views:
        pixels = voxels[cut]
        grey[top:top + half, left:left + half] = shrink_padded(_grey(pixels, voxels), half, spacing)
        if marked is not None:
            place = padded_place((pixels.shape[0], pixels.shape[1]), half, spacing)
            classes[top:top + half, left:left + half] = place.nearest(marked[cut])
    return ThreeSlices(grey, classes)


def _slice_of(voxels: NDArray[np.float32], marked: NDArray[np.uint8] | None, axis: int) -> int:
    """The middle slice along an axis, or the one in which most is marked."""
    if marked is None or not marked.any():
        return int(voxels.shape[axis]) // 2
    return int(np.argmax((marked > 0).sum(axis=tuple(other for other in range(3) if other != axis))))


def _grey(pixels: NDArray[np.float32], voxels: NDArray[np.float32]) -> NDArray[np.float32]:
    low, high = np.percentile(voxels[::_SAMPLE, ::_SAMPLE, ::_SAMPLE], (_LOW, _HIGH))
    scaled = (pixels - low) / max(float(high - low), 1e-12)
    return np.ascontiguousarray(np.clip(scaled, 0, 1), dtype=np.float32)
