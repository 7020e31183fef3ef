"""Tubes along curves (ribs, clavicles, vessels, leads) drawn as mass: line integral × area, spread over four pixels."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cauce.phantom.frame import Array, Frame

Profile = Callable[[npt.NDArray], npt.NDArray]
"""Line integral across a tube at t in −1..1 of its radius, for unit amplitude."""


@dataclass(frozen=True, eq=False)
class Tubes:
    """A batch of tubes.

    Attributes:
        points: (tubes, nodes, 2) centre lines in body coordinates, mm.
        radius_mm: (tubes, nodes) half-width in the image plane.
        amplitude: (tubes, nodes) factor of the profile.
    """

    points: npt.NDArray
    radius_mm: npt.NDArray
    amplitude: npt.NDArray


def solid(t: npt.NDArray) -> npt.NDArray:
    """Chord of a full cylinder of unit radius: 2 at the middle."""
    return 2 * np.sqrt(np.maximum(1 - t * t, 0))


def shell(t: npt.NDArray) -> npt.NDArray:
    """Chord of a bone of unit radius: dense cortex, outer quarter, around marrow of a third of its density."""
    inner = np.maximum(0.5625 - t * t, 0)
    return 2 * np.sqrt(np.maximum(1 - t * t, 0)) - 1.36 * np.sqrt(inner)


def add_tubes(canvas: Array, frame: Frame, tubes: Tubes, profile: Profile) -> None:
    """Add tubes to `canvas` in place, resampled finely enough that no gap shows between samples."""
    scale = frame.pose.magnification / frame.grid.spacing_mm
    columns, rows = frame.to_pixels(tubes.points[..., 0], tubes.points[..., 1])
    length = np.hypot(np.diff(columns, axis=1), np.diff(rows, axis=1)).sum(axis=1).max(initial=0.0)
    n_along = max(4, int(np.ceil(length * 1.15)))
    n_across = max(3, int(np.ceil(2 * float(tubes.radius_mm.max(initial=0.1)) * scale * 1.3)))
    nodes = np.linspace(0, tubes.points.shape[1] - 1, n_along + 1)
    x, y = _at(columns, nodes), _at(rows, nodes)
    middle = (nodes[1:] + nodes[:-1]) / 2
    radius = _at(tubes.radius_mm * scale, middle)
    amplitude = _at(tubes.amplitude, middle)
    dx, dy = np.diff(x, axis=1), np.diff(y, axis=1)
    step = np.hypot(dx, dy)
    safe = np.maximum(step, 1e-6)
    t = (np.arange(n_across) + 0.5) * (2 / n_across) - 1
    offset = radius[..., None] * t
    at_x = ((x[:, 1:] + x[:, :-1]) / 2)[..., None] - (dy / safe)[..., None] * offset
    at_y = ((y[:, 1:] + y[:, :-1]) / 2)[..., None] + (dx / safe)[..., None] * offset
    mass = (amplitude * step * radius * (2 / n_across))[..., None] * profile(t)
    _splat(canvas, at_x.ravel(), at_y.ravel(), mass.ravel())


def _at(values: npt.NDArray, nodes: npt.NDArray) -> npt.NDArray:
    """Linear interpolation of (tubes, nodes) values at fractional node numbers."""
    low = np.minimum(nodes.astype(np.intp), values.shape[1] - 2)
    part = nodes - low
    return values[:, low] * (1 - part) + values[:, low + 1] * part


def _splat(canvas: Array, x: npt.NDArray, y: npt.NDArray, mass: npt.NDArray) -> None:
    rows, columns = canvas.shape
    left, top = np.floor(x), np.floor(y)
    keep = (left >= 0) & (top >= 0) & (left < columns - 1) & (top < rows - 1)
    if not keep.all():
        x, y, mass, left, top = x[keep], y[keep], mass[keep], left[keep], top[keep]
    fx, fy = x - left, y - top
    index = top.astype(np.intp) * columns + left.astype(np.intp)
    lower = mass * fy
    upper = mass - lower
    total = np.zeros(rows * columns)
    for shift, weight in ((0, upper * (1 - fx)), (1, upper * fx), (columns, lower * (1 - fx)), (columns + 1, lower * fx)):
        total[shift:] += np.bincount(index, weight, minlength=rows * columns)[: rows * columns - shift]
    canvas += total.reshape(rows, columns).astype(np.float32)
