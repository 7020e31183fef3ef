"""What of an image survives when it is copied: fine structure, freed of tone curve and local contrast, under known motions.

A copy may be mirrored, turned or cropped. Its fingerprint is therefore compared with the other's under a small set of motions;
what lies between two of them the width of the band forgives.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_FINE, _COARSE = 2.0, 8.0   # limits of the band, standard deviations in pixels of a 64 px thumbnail
_STEP, _MARGIN = 3, 4       # the signature takes every third pixel and leaves out the edge, where crops and turns change most
_SMALLEST_ENERGY = 1e-4


@dataclass(frozen=True)
class Motion:
    """How the pixels of a copy are found in the other image, about the centre: mirror, then scale and turn, then shift.

    Attributes:
        mirrored: left and right exchanged.
        degrees: turn.
        scale: below 1 the copy shows a part of the image.
        shift: (row, column) in pixels of the thumbnail.
    """

    mirrored: bool = False
    degrees: float = 0.0
    scale: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)

    def matrix(self) -> NDArray[np.float64]:
        """(2, 3) map from a copy's centred (row, column) to the image's."""
        angle = np.deg2rad(self.degrees)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * self.scale
        return np.column_stack([turn @ np.diag([1.0, -1.0 if self.mirrored else 1.0]), self.shift])


def motions() -> tuple[Motion, ...]:
    """The motions that are tried. Every pair is compared both ways, so that the inverse of each is tried as well."""
    found = [Motion(mirrored, degrees) for mirrored in (False, True) for degrees in (0.0, 2.5, 5.0)]
    found += [Motion(True, degrees) for degrees in (-5.0, -2.5)]
    found += [Motion(mirrored, degrees) for mirrored in (False, True) for degrees in (90.0, 180.0)]  # -90 is the inverse of 90
    found.append(Motion(True, -90.0))  # a mirror image turned by 90 degrees is its own inverse
    corners = [(0.0, 0.0), *((row, column) for row in (-1.6, 1.6) for column in (-1.6, 1.6))]
    for mirrored in (False, True):
        found += [Motion(mirrored, 0.0, 0.95, corner) for corner in corners]
        found += [Motion(mirrored, degrees, 0.9) for degrees in (-5.0, 0.0, 5.0)]
    return tuple(found)


def ranked(thumbnails: NDArray[np.uint8]) -> Floats:
    """Grey values replaced by their rank within the image, 0 to 1: any rising tone curve gives the same."""
    flat = thumbnails.reshape(len(thumbnails), -1)
    ranks = np.empty(flat.shape, dtype=np.float32)
    for row, values in zip(ranks, flat, strict=True):
        counts = np.bincount(values, minlength=256)
        row[:] = ((np.cumsum(counts) - counts / 2) / values.size)[values]
    return ranks.reshape(thumbnails.shape)


def band(images: Floats, fine: float = _FINE, coarse: float = _COARSE) -> Floats:
    """Structure between two scales, divided by its own strength nearby.

    Args:
        images: (n, rows, columns).
        fine, coarse: standard deviations in pixels; 0 keeps the finest.
    """
    from scipy.ndimage import gaussian_filter

    smooth = gaussian_filter(images, (0, fine, fine)) if fine else images
    between = smooth - gaussian_filter(images, (0, coarse, coarse))
    strength = np.sqrt(gaussian_filter(between * between, (0, coarse, coarse)) + _SMALLEST_ENERGY)
    return np.asarray(between / strength, dtype=np.float32)


def signatures(bands: Floats, motion: Motion) -> Floats:
    """(n, points) unit vectors of mean 0 of band images seen under a motion: their products are correlations."""
    size = bands.shape[1]
    axis = np.arange(_MARGIN, size - _MARGIN, _STEP) - (size - 1) / 2
    points = np.stack(np.meshgrid(axis, axis, indexing="ij")).reshape(2, -1)
    matrix = motion.matrix()
    sampled = sample(bands, matrix[:, :2] @ points + matrix[:, 2:])
    return unit(sampled)


def sample(images: Floats, places: NDArray[np.float64]) -> Floats:
    """Linear interpolation at centred places; beyond the edge the edge's value.

    Args:
        images: (n, size, size).
        places: (2, points), one for all images, or (n, 2, points).

    Returns:
        (n, points).
    """
    count, size = len(images), images.shape[1]
    row, column = (np.clip(places[..., axis, :] + (size - 1) / 2, 0, size - 1.001) for axis in (0, 1))
    top, left = row.astype(np.int64), column.astype(np.int64)
    down, right = (row - top).astype(np.float32), (column - left).astype(np.float32)
    flat = images.reshape(count, -1)
    at = np.broadcast_to(top * size + left, (count, top.shape[-1])) + np.arange(count)[:, None] * size * size
    values = flat.reshape(-1)
    above = values[at] * (1 - right) + values[at + 1] * right
    below = values[at + size] * (1 - right) + values[at + size + 1] * right
    return np.asarray(above * (1 - down) + below * down, dtype=np.float32)


def unit(vectors: Floats) -> Floats:
    """Each row freed of its mean and brought to length 1."""
    centred = vectors - vectors.mean(axis=1, keepdims=True)
    return np.asarray(centred / (np.linalg.norm(centred, axis=1, keepdims=True) + 1e-9), dtype=np.float32)
