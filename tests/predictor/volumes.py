"""Volumes for tests, in any of the 48 orientations that flips and permutations give."""

from itertools import permutations, product

import numpy as np
from numpy.typing import NDArray

from cauce.domain.reference import VolumeGeometry

PATIENT = np.eye(3)[::-1]  # stored z, y, x along S, P, L


def orientations() -> list[NDArray[np.float64]]:
    """Direction matrices whose rows are the LPS directions of stored z, y and x."""
    return [
        np.diag(signs) @ PATIENT[list(order)] for order in permutations(range(3)) for signs in product((1.0, -1.0), repeat=3)
    ]


def geometry(
    shape: tuple[int, int, int], *, along: NDArray[np.float64] = PATIENT, spacing: tuple[float, float, float] = (1.0, 1.0, 1.0)
) -> VolumeGeometry:
    """Geometry of a volume whose stored z, y, x axes point along the rows of `along`."""
    return VolumeGeometry.model_validate({
        "shape": shape, "spacing_mm": spacing, "origin_mm": (-10.0, 20.0, 5.0), "direction": tuple(along[::-1].ravel()),
    })


def position(where: VolumeGeometry, index: tuple[int, int, int]) -> NDArray[np.float64]:
    """LPS position of voxel (z, y, x)."""
    step = (np.array(index) * where.spacing_mm)[::-1]
    return np.array(where.origin_mm) + step @ np.reshape(where.direction, (3, 3))
