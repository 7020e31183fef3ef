"""A volume → slices to look at and to compare, turned as radiologists hang them."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from cauce.dataset.thumbnail import shrink_padded
from cauce.predictor.volume_source import LoadedVolume

_LOW, _HIGH = 0.5, 99.5  # percentiles of the volume that become black and white
_SAMPLE = 4  # every so many voxels along each axis are enough for them


def axial_slice(volume: LoadedVolume) -> NDArray[np.float32]:
    """The middle axial slice, 0 to 1 between two percentiles of the volume: front up, the patient's left on the right."""
    voxels, _ = _upright(volume)
    return _grey(voxels[voxels.shape[0] // 2], voxels)


def three_slices(volume: LoadedVolume, size: int) -> NDArray[np.uint8]:
    """`size` × `size` pixels: the middle axial, coronal and sagittal slices at their true proportions."""
    voxels, (z, y, x) = _upright(volume)
    middle = [count // 2 for count in voxels.shape]
    half = size // 2
    views = (
        (voxels[middle[0]], (y, x), 0, 0), (voxels[::-1, middle[1]], (z, x), 0, half),
        (voxels[::-1, :, middle[2]], (z, y), half, half),
    )
    canvas = np.zeros((size, size), dtype=np.uint8)
    for pixels, spacing, top, left in views:
        canvas[top:top + half, left:left + half] = shrink_padded(_grey(pixels, voxels), half, spacing)
    return canvas


def _upright(volume: LoadedVolume) -> tuple[NDArray[np.float32], tuple[float, float, float]]:
    """A view whose axes are those of the patient next to them: z to the head, y to the back, x to the left; and its spacing."""
    axes = np.reshape(volume.geometry.direction, (3, 3))
    patient = linear_sum_assignment(-np.abs(axes))[1]
    order = [2 - int(np.flatnonzero(patient == axis)[0]) for axis in (2, 1, 0)]
    flips = tuple(slice(None, None, -1 if axes[2 - at, 2 - place] < 0 else 1) for place, at in enumerate(order))
    z, y, x = (volume.geometry.spacing_mm[at] for at in order)
    return volume.voxels.transpose(order)[flips], (z, y, x)


def _grey(pixels: NDArray[np.float32], voxels: NDArray[np.float32]) -> NDArray[np.float32]:
    low, high = np.percentile(voxels[::_SAMPLE, ::_SAMPLE, ::_SAMPLE], (_LOW, _HIGH))
    scaled = (pixels - low) / max(float(high - low), 1e-12)
    return np.ascontiguousarray(np.clip(scaled, 0, 1), dtype=np.float32)
