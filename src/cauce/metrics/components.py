"""Connected components of a mask with their volumes, by runs: no label volume is written unless it is asked for.

The mask is read once, eight voxels at a time; what is found are runs of voxels along the last axis. Runs that touch are one
component (He, Chao and Suzuki 2008, 10.1109/TIP.2008.917204, with a sparse graph in place of their tables).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import InputError
from cauce.metrics.cases import Floats, Ints
from cauce.metrics.overlap import Mask


@dataclass(frozen=True, eq=False)
class Components:
    """Components of one mask, numbered from 0 in the order of their first voxel.

    Attributes:
        shape: of the mask.
        start, length: (runs,) flat place of a run's first voxel, and its voxels.
        component: (runs,) component of each run.
        voxels: (components,) size of each.
    """

    shape: tuple[int, ...]
    start: Ints
    length: Ints
    component: Ints
    voxels: Ints

    def __len__(self) -> int:
        return len(self.voxels)

    def volumes_ml(self, spacing_mm: tuple[float, ...]) -> Floats:
        """(components,) millilitres."""
        return np.asarray(self.voxels * float(np.prod(spacing_mm)) / 1000)

    def places(self) -> tuple[Ints, Ints]:
        """Flat place and component of every voxel of the mask, sorted by place."""
        first = np.repeat(self.start - np.cumsum(self.length) + self.length, self.length)
        return first + np.arange(int(self.length.sum())), np.repeat(self.component, self.length)

    def labels(self) -> NDArray[np.int32]:
        """An array of the mask's shape: 0 outside, component + 1 inside."""
        found = np.zeros(int(np.prod(self.shape)), np.int32)
        places, component = self.places()
        found[places] = component + 1
        return found.reshape(self.shape)


def components(mask: Mask, *, corners: bool = True) -> Components:
    """Components of a mask of two or three axes.

    Args:
        corners: voxels that share an edge or a corner only touch too: 26 neighbours (8 in a plane) instead of 6 (4).

    Raises:
        InputError: not two or three axes of booleans.
    """
    if mask.dtype != np.bool_ or mask.ndim not in (2, 3):
        raise InputError("components need a mask of two or three axes", where="segmentation", expected="bool (z, y, x)",
                         got=f"{mask.dtype} {mask.shape}")
    rows, columns = mask.shape[-2], mask.shape[-1]
    start, length = _runs(np.ascontiguousarray(mask).ravel(), columns)
    if not len(start):
        return Components(mask.shape, start, length, start, start)
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    pairs = _touching(start, length, rows, columns, reach=int(corners))
    graph = coo_array((np.ones(len(pairs[0]), np.int8), pairs), shape=(len(start), len(start)))
    count, component = connected_components(graph, directed=False)
    voxels = np.bincount(component, length, count).astype(np.intp)
    return Components(mask.shape, start, length, component.astype(np.intp), voxels)


def _runs(flat: Mask, columns: int) -> tuple[Ints, Ints]:
    """First place and length of every run of voxels within a row."""
    places = _filled(flat)
    if not len(places):
        return places, places
    begins = np.flatnonzero(np.r_[True, (np.diff(places) > 1) | (places[1:] % columns == 0)])
    return places[begins], np.diff(np.r_[begins, len(places)])


def _filled(flat: Mask) -> Ints:
    """Flat places of the true voxels, sorted; empty stretches are passed over eight at a time."""
    whole = len(flat) // 8 * 8
    words = np.flatnonzero(flat[:whole].view(np.uint64))
    inside = np.flatnonzero(flat[:whole].reshape(-1, 8)[words])
    places = (words[inside >> 3] << 3) + (inside & 7)
    return np.concatenate([places, whole + np.flatnonzero(flat[whole:])]).astype(np.intp)


def _touching(start: Ints, length: Ints, rows: int, columns: int, *, reach: int) -> tuple[Ints, Ints]:
    """Pairs of runs that touch; each is looked for in the rows before its own."""
    row, end = start // columns, start + length
    y = row % rows
    found: list[tuple[Ints, Ints]] = []
    for dz, dy in ((0, -1), (-1, -1), (-1, 0), (-1, 1)) if reach else ((0, -1), (-1, 0)):
        offset = dz * rows + dy
        shift = offset * columns
        low = np.searchsorted(end, start + shift - reach, side="right")
        high = np.searchsorted(start, end + shift + reach, side="left")
        count = np.maximum(high - low, 0)
        one = np.repeat(np.arange(len(start)), count)
        two = np.arange(len(one)) - np.repeat(np.cumsum(count) - count - low, count)
        fits = (row[two] == row[one] + offset) & (y[two] == y[one] + dy)
        found.append((one[fits], two[fits]))
    return np.concatenate([one for one, _ in found]), np.concatenate([two for _, two in found])
