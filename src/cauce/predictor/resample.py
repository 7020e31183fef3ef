"""Resample volumes between grids that cover the same extent from edge to edge, one axis after the other."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Classes = NDArray[np.uint8]


def resample_linear(voxels: Floats, shape: tuple[int, int, int]) -> Floats:
    """(z, y, x) → `shape`: linear between voxel centres, an average over the new voxel's extent when shrinking.

    The same shape gives the same voxels. Source of the convention: voxel centres at (i + 1/2) of the extent's n-th part.
    """
    result = voxels
    for axis in _order(voxels.shape, shape):
        result = _along(result, axis, _weights(result.shape[axis], shape[axis]))
    return result


def resample_labels(classes: Classes, shape: tuple[int, int, int]) -> Classes:
    """(z, y, x) → `shape`: each class by itself as by `resample_linear`, then the one that is largest; ties take the lower."""
    if classes.shape == shape:
        return classes
    best = np.full(shape, -1.0, dtype=np.float32)
    result = np.zeros(shape, dtype=np.uint8)
    for value in np.unique(classes):
        share = resample_linear((classes == value).astype(np.float32), shape)
        larger = share > best + 1e-6
        result[larger], best[larger] = value, share[larger]
    return result


def _order(old: tuple[int, ...], new: tuple[int, int, int]) -> list[int]:
    """Axes that change, those that shrink most first: the later passes then have fewer voxels."""
    return sorted((axis for axis in range(3) if old[axis] != new[axis]), key=lambda axis: new[axis] / old[axis])


def _along(voxels: Floats, axis: int, weights: Floats) -> Floats:
    moved = np.moveaxis(voxels, axis, 0)
    flat = weights @ np.ascontiguousarray(moved).reshape(moved.shape[0], -1)
    return np.ascontiguousarray(np.moveaxis(flat.reshape(len(weights), *moved.shape[1:]), 0, axis))


def _weights(length: int, target: int) -> Floats:
    """Triangle filter (target, length), as wide as the scale when shrinking; rows sum to 1, beyond the ends the end holds."""
    scale = length / target
    support = max(scale, 1.0)
    centres = (np.arange(target) + 0.5) * scale - 0.5
    reach = int(np.ceil(support))
    positions = np.arange(-reach, length + reach)
    triangle = np.clip(1.0 - np.abs(positions - centres[:, None]) / support, 0.0, None)
    weights = np.zeros((target, length))
    for column, position in enumerate(np.clip(positions, 0, length - 1)):
        weights[:, position] += triangle[:, column]
    normalised: Floats = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return normalised
