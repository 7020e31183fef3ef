"""From the digital patient's millimetres to the detector's pixels.

Body coordinates are (u, v) in mm: u to the patient's left, which is the right of the displayed image, v downwards; the
origin is the middle of the chest. The body axis may be shifted, tilted and curved on the detector.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Real = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Grid:
    """Detector matrix: rows × columns square pixels of `spacing_mm`."""

    rows: int
    columns: int
    spacing_mm: float


@dataclass(frozen=True)
class Pose:
    """How the patient stands before the detector.

    Attributes:
        shift_mm: (x, y) of the body's origin from the detector's centre.
        tilt: sideways lean, mm of x per mm of y.
        curve_mm: amplitude of a scoliotic bend of the body axis.
        magnification: object size on the detector over object size.
    """

    shift_mm: tuple[float, float]
    tilt: float
    curve_mm: float
    magnification: float


@dataclass(frozen=True)
class Ellipsoid:
    """An ellipsoid seen from the front.

    Attributes:
        centre: (u, v), mm.
        semi_axes: in the image plane, turned by `angle_rad`.
        depth_mm: semi-axis along the beam.
    """

    centre: tuple[float, float]
    semi_axes: tuple[float, float]
    depth_mm: float
    angle_rad: float = 0.0


@dataclass(frozen=True, eq=False)
class Frame:
    """A grid with a pose: body coordinates of every pixel, and pixels of body points."""

    grid: Grid
    pose: Pose

    @cached_property
    def v(self) -> Array:
        """(rows, 1) body coordinate v of each row, mm."""
        y = (np.arange(self.grid.rows, dtype=np.float32) - (self.grid.rows - 1) / 2) * self.grid.spacing_mm
        return ((y - self.pose.shift_mm[1]) / self.pose.magnification).astype(np.float32)[:, None]

    @cached_property
    def u(self) -> Array:
        """(rows, columns) body coordinate u of each pixel, mm."""
        x = (np.arange(self.grid.columns, dtype=np.float32) - (self.grid.columns - 1) / 2) * self.grid.spacing_mm
        across = ((x - self.pose.shift_mm[0]) / self.pose.magnification).astype(np.float32)[None, :]
        return np.asarray(across - self._axis(self.v), dtype=np.float32)

    def to_pixels(self, u: npt.ArrayLike, v: npt.ArrayLike) -> tuple[Real, Real]:
        """(column, row) of body points, pixel centres at whole numbers."""
        u, v = np.asarray(u, dtype=np.float64), np.asarray(v, dtype=np.float64)
        x = (u + self._axis(v)) * self.pose.magnification + self.pose.shift_mm[0]
        y = v * self.pose.magnification + self.pose.shift_mm[1]
        spacing = self.grid.spacing_mm
        return x / spacing + (self.grid.columns - 1) / 2, y / spacing + (self.grid.rows - 1) / 2

    def window(self, centre: tuple[float, float], reach: tuple[float, float]) -> tuple[slice, slice]:
        """Rows and columns of the box of half-sides `reach` (mm) around a body point; may be empty."""
        column, row = self.to_pixels(*centre)
        scale = self.pose.magnification / self.grid.spacing_mm
        lean = abs(self.pose.tilt) + abs(self.pose.curve_mm) * np.pi / 180
        half_c, half_r = (reach[0] + lean * reach[1]) * scale + 1, reach[1] * scale + 1
        return (
            slice(max(0, int(row - half_r)), max(0, min(self.grid.rows, int(row + half_r) + 2))),
            slice(max(0, int(column - half_c)), max(0, min(self.grid.columns, int(column + half_c) + 2))),
        )

    def _axis(self, v: Real) -> Real:
        return np.asarray(self.pose.tilt * v + self.pose.curve_mm * np.sin(v * (np.pi / 180)), dtype=v.dtype)


def add_ellipsoid(canvas: Array, frame: Frame, body: Ellipsoid, *, power: float = 0.5, join: bool = False) -> None:
    """Add the chord (mm) of an ellipsoid to `canvas` in place.

    Args:
        canvas: (rows, columns) mm.
        frame: geometry of the canvas.
        body: the ellipsoid.
        power: 0.5 is the true chord; more fades out towards the edge, less gives a flat body with a steep edge.
        join: keep the larger of chord and canvas instead of their sum, for parts of one body.
    """
    a, b = body.semi_axes
    cos, sin = float(np.cos(body.angle_rad)), float(np.sin(body.angle_rad))
    reach = (float(np.hypot(a * cos, b * sin)), float(np.hypot(a * sin, b * cos)))
    rows, columns = frame.window(body.centre, reach)
    du = frame.u[rows, columns] - np.float32(body.centre[0])
    dv = frame.v[rows] - np.float32(body.centre[1])
    inside = 1 - ((du * cos + dv * sin) * (1 / a)) ** 2 - ((dv * cos - du * sin) * (1 / b)) ** 2
    np.maximum(inside, 0, out=inside)
    shape = np.sqrt(inside) if power == 0.5 else inside**power
    shape *= np.float32(2 * body.depth_mm)
    part = canvas[rows, columns]
    if join:
        np.maximum(part, shape, out=part)
    else:
        part += shape
