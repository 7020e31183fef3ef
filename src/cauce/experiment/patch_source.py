"""A volume that patches are drawn from. No torch: the search itself does not need it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class PatchSource:
    """What patches are drawn from: voxels (c, z, y, x), which may be mapped into memory; mask (z, y, x); spacing (z, y, x)."""

    voxels: NDArray[np.floating]
    mask: NDArray[np.uint8]
    spacing_mm: tuple[float, float, float]
