"""How far two masks' surfaces are from one another: HD95, ASSD, NSD, in millimetres.

Convention, which changes the numbers and is named in every Estimate: the surface of a mask is its voxels with a face neighbour
outside (beyond the image counts as outside), each voxel weighs the same, and distances run between voxel centres. It is that
of MONAI's metrics. Sources: Huttenlocher et al. 1993 (Hausdorff), Heimann et al. 2009 (ASSD), Nikolov et al. 2021 (NSD).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import InputError
from cauce.metrics.overlap import Mask, check_masks

Floats = NDArray[np.float64]

CONVENTION = "voxel edges, unweighted, larger of both directions"


@dataclass(frozen=True, eq=False)
class SurfaceDistances:
    """Distance of every surface voxel to the other surface, in millimetres.

    Where one mask is empty there is no distance: HD and ASSD are infinite, NSD is 0. Where both are, all are NaN.

    Attributes:
        to_prediction: (voxels of the reference's surface,).
        to_reference: (voxels of the prediction's surface,).
    """

    to_prediction: Floats
    to_reference: Floats

    def hausdorff(self, percentile: float = 95.0) -> float:
        """The larger of the two directed percentiles."""
        absent = self._absent()
        if absent is not None:
            return absent
        return max(float(np.percentile(each, percentile)) for each in (self.to_prediction, self.to_reference))

    def average(self) -> float:
        """Average symmetric surface distance: the mean over the voxels of both surfaces."""
        absent = self._absent()
        return float(np.concatenate([self.to_prediction, self.to_reference]).mean()) if absent is None else absent

    def normalised_dice(self, tolerance_mm: float) -> float:
        """Share of both surfaces that lies within `tolerance_mm` of the other."""
        absent = self._absent()
        if absent is not None:
            return 0.0 if absent == np.inf else absent
        near = sum(int(np.count_nonzero(each <= tolerance_mm)) for each in (self.to_prediction, self.to_reference))
        return near / (len(self.to_prediction) + len(self.to_reference))

    def _absent(self) -> float | None:
        empty = (not len(self.to_prediction)) + (not len(self.to_reference))
        return (None, float("inf"), float("nan"))[empty]


def surface_distances(reference: Mask, prediction: Mask, spacing_mm: tuple[float, ...]) -> SurfaceDistances:
    """Distances between the surfaces of two masks.

    Args:
        reference, prediction: bool, (z, y, x) or (y, x).
        spacing_mm: of each axis, in the array's order.

    Raises:
        InputError: shapes differ, masks are not boolean, or the spacing does not fit.
    """
    check_masks(reference, prediction)
    if len(spacing_mm) != reference.ndim or not all(np.isfinite(step) and step > 0 for step in spacing_mm):
        raise InputError("the spacing does not fit the masks", where="segmentation",
                         expected=f"{reference.ndim} numbers above 0", got=str(spacing_mm))
    edges = [_edge_places(mask, spacing_mm) for mask in (reference, prediction)]
    if not all(len(places) for places in edges):
        # Which surface is missing shows in its length; distances to nothing are infinite.
        return SurfaceDistances(*(np.full(len(places), np.inf) for places in edges))
    from scipy.spatial import KDTree

    first, second = (KDTree(places, balanced_tree=False, compact_nodes=False) for places in edges)
    return SurfaceDistances(second.query(edges[0])[0], first.query(edges[1])[0])


def _edge_places(mask: Mask, spacing_mm: tuple[float, ...]) -> Floats:
    """(voxels, axes) centres of the surface voxels in millimetres; only the mask's bounding box is looked at."""
    box = _bounding_box(mask)
    if box is None:
        return np.zeros((0, mask.ndim))
    part = np.pad(mask[box], 1)
    inner = part.copy()
    for axis in range(part.ndim):
        inner &= np.roll(part, 1, axis) & np.roll(part, -1, axis)  # the padding keeps what is rolled round out of the mask
    places = np.argwhere(part & ~inner) - 1 + [side.start for side in box]
    return np.asarray(places * np.asarray(spacing_mm), dtype=np.float64)


def _bounding_box(mask: Mask) -> tuple[slice, ...] | None:
    box = []
    for axis in range(mask.ndim):
        filled = np.flatnonzero(mask.any(axis=tuple(other for other in range(mask.ndim) if other != axis)))
        if not len(filled):
            return None
        box.append(slice(int(filled[0]), int(filled[-1]) + 1))
    return tuple(box)
