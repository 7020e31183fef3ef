"""Turn a volume to the patient's axes by flips and permutations alone: no voxel changes its value."""

from dataclasses import dataclass
from itertools import permutations
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from cauce.domain.reference import VolumeGeometry

S = TypeVar("S", bound=np.generic)


@dataclass(frozen=True, eq=False)
class Turn:
    """Stored axes (z, y, x) → the patient's: z to the head, y to the back, x to the left, each as nearly as axes allow.

    Attributes:
        order: stored axis that becomes the z, y and x axis.
        flips: whether that axis is reversed.
        geometry: of the turned volume.
    """

    order: tuple[int, int, int]
    flips: tuple[bool, bool, bool]
    geometry: VolumeGeometry

    def view(self, voxels: NDArray[S]) -> NDArray[S]:
        """(z, y, x) turned, without a copy."""
        reverse = tuple(slice(None, None, -1 if flip else 1) for flip in self.flips)
        return voxels.transpose(self.order)[reverse]

    def apply(self, voxels: NDArray[S]) -> NDArray[S]:
        """A contiguous copy of (z, y, x), turned."""
        return np.ascontiguousarray(self.view(voxels))

    def undo(self, voxels: NDArray[S]) -> NDArray[S]:
        """The inverse of `apply`."""
        reverse = tuple(slice(None, None, -1 if flip else 1) for flip in self.flips)
        return np.ascontiguousarray(voxels[reverse].transpose(np.argsort(self.order)))

    def origin_of(self, shape: tuple[int, int, int]) -> tuple[float, float, float]:
        """LPS centre of the first voxel when the turned volume's extent is divided into `shape` voxels."""
        geometry = self.geometry
        extent = np.array(geometry.shape) * geometry.spacing_mm
        shift = (extent / shape - geometry.spacing_mm) / 2  # along z, y, x: the edge stays where it is
        moved = np.array(geometry.origin_mm) + shift[::-1] @ np.reshape(geometry.direction, (3, 3))
        return float(moved[0]), float(moved[1]), float(moved[2])


def turn_to_patient(geometry: VolumeGeometry) -> Turn:
    """The nearest of the 48 turns for a volume; an oblique volume stays oblique."""
    along_zyx = np.reshape(geometry.direction, (3, 3))[::-1]  # row: stored axis z, y, x; column: L, P, S
    order = _nearest_axes(np.abs(along_zyx))
    flips = tuple(bool(along_zyx[order[axis], 2 - axis] < 0) for axis in range(3))
    spacing = np.array(geometry.spacing_mm)[list(order)]
    turned = along_zyx[list(order)] * np.where(flips, -1.0, 1.0)[:, None]
    origin: NDArray[Any] = np.array(geometry.origin_mm)
    for axis, flip in zip(order, flips, strict=True):
        if flip:
            origin = origin + along_zyx[axis] * (geometry.shape[axis] - 1) * geometry.spacing_mm[axis]
    return Turn(order, (flips[0], flips[1], flips[2]), VolumeGeometry.model_validate({
        "shape": tuple(geometry.shape[axis] for axis in order), "spacing_mm": tuple(spacing.tolist()),
        "origin_mm": tuple(origin.tolist()), "direction": tuple(turned[::-1].ravel().tolist()),
    }))


def _nearest_axes(weights: NDArray[np.float64]) -> tuple[int, int, int]:
    """Stored axis for z, y, x: the assignment with the largest sum of |cosine|, so that 45° ties take no axis twice."""
    def total(order: tuple[int, ...]) -> float:
        return float(sum(weights[order[axis], 2 - axis] for axis in range(3)))

    z, y, x = max(permutations(range(3)), key=total)
    return z, y, x
