"""Volume: voxels with physical values that know where they are in the patient."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Volume:
    """A series as one array. `Image` holds what a person sees, 0 to 1; this holds what the scanner measured.

    Attributes:
        voxels: (slices, rows, columns); int16 where the rescaled values are whole numbers that fit, else float32. Slices stand
            in the order of their position along the normal of the slices, which is row direction × column direction.
        is_hounsfield: True when the values are Hounsfield units; else they are the scanner's own.
        spacing_mm: between slices, between rows, between columns.
        origin_mm: centre of voxel (0, 0, 0) in the patient's LPS system (x to the patient's left, y to the back, z to the
            head).
        direction: ImageOrientationPatient (0020,0037): LPS unit vectors along growing column and along growing row.
    """

    voxels: NDArray[np.int16] | NDArray[np.float32]
    is_hounsfield: bool
    spacing_mm: tuple[float, float, float]
    origin_mm: tuple[float, float, float]
    direction: tuple[float, ...]

    @property
    def affine_lps(self) -> NDArray[np.float64]:
        """float64 (4, 4): (slice, row, column, 1) → LPS millimetres."""
        along_column, along_row = np.array(self.direction[:3]), np.array(self.direction[3:])
        affine = np.eye(4)
        steps = (np.cross(along_column, along_row), along_row, along_column)
        affine[:3, :3] = np.stack(steps, axis=1) * np.array(self.spacing_mm)
        affine[:3, 3] = self.origin_mm
        return affine
