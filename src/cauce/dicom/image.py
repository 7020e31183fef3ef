"""Image: an array of pixels that knows its geometry."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Image:
    """Pixels as a person should see them, with the geometry that the source states; None where it states none.

    Attributes:
        pixels: float32, (rows, columns) or (slices, rows, columns), 0 to 1, larger is brighter. Modality LUT, VOI LUT or
            window of the file are applied, MONOCHROME1 is inverted, colour is reduced to luminance.
        spacing_mm: distance between pixel centres along each axis of `pixels`, in the order of its axes. For a projection
            radiograph it is measured at the detector, or at the patient where the file is calibrated.
        origin_mm: ImagePositionPatient (0020,0032): centre of the first pixel in the patient's LPS system (x to the
            patient's left, y to the back, z to the head).
        direction: ImageOrientationPatient (0020,0037): LPS unit vectors along growing column and along growing row.
        patient_orientation: PatientOrientation (0020,0020): where growing column and growing row point, e.g. ("L", "F").
    """

    pixels: NDArray[np.float32]
    spacing_mm: tuple[float, ...] | None = None
    origin_mm: tuple[float, float, float] | None = None
    direction: tuple[float, ...] | None = None
    patient_orientation: tuple[str, str] | None = None

    @property
    def rows(self) -> int:
        """Height of one slice in pixels."""
        return int(self.pixels.shape[-2])

    @property
    def columns(self) -> int:
        """Width of one slice in pixels."""
        return int(self.pixels.shape[-1])
