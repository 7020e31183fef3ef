"""Tubes along curves (ribs, clavicles, vessels, leads) drawn as mass: line integral × area, spread over four pixels."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from cauce.phantom.frame import Array, Frame, Real

Profile = Callable[[Real], Real]
"""Line integral across a tube at t in −1..1 of its radius, for unit amplitude."""


_BLOCK = 16_384  # samples at a time: the intermediate arrays then stay in the processor's cache


@dataclass(frozen=True, eq=False)
class Tubes:
    """A batch of tubes.

    Attributes:
        points: (tubes, nodes, 2) centre lines in body coordinates, mm.
        radius_mm: (tubes, nodes) half-width in the image plane.
        amplitude: (tubes, nodes) factor of the profile.
    """

    points: Real
    radius_mm: Real
    amplitude: Real


def solid(t: Real) -> Real:
    """Chord of a full cylinder of unit radius: 2 at the middle."""
    return np.asarray(2 * np.sqrt(np.maximum(1 - t * t, 0)))


def shell(t: Real) -> Real:
    """Chord of a bone of unit radius: dense cortex, outer quarter, around marrow of a third of its density."""
    inner = np.maximum(0.5625 - t * t, 0)
    return np.asarray(2 * np.sqrt(np.maximum(1 - t * t, 0)) - 1.36 * np.sqrt(inner))


def evenly(points: Real) -> Real:
    """The same (tubes, nodes, 2) curves with nodes at equal distances along each; uneven nodes would draw as a comb."""
    steps = np.hypot(*np.moveaxis(np.diff(points, axis=1), -1, 0))
    walked = np.concatenate([np.zeros((len(points), 1)), np.cumsum(steps, axis=1)], axis=1)
    nodes = points.shape[1]
    return np.array([
        [np.interp(np.linspace(0, way[-1], nodes), way, curve[:, axis]) for axis in (0, 1)]
        for way, curve in zip(walked, points, strict=True)
    ]).transpose(0, 2, 1)


def add_tubes(canvas: Array, frame: Frame, batches: Sequence[tuple[Tubes, Profile]]) -> None:
    """Add batches of tubes to `canvas` in place, sampled finely enough that no gap shows between samples."""
    for tubes, profile in batches:
        x, y, mass = _samples(frame, tubes, profile)
        for start in range(0, x.size, _BLOCK):
            part = slice(start, start + _BLOCK)
            _splat(canvas, x[part], y[part], mass[part])


def _samples(frame: Frame, tubes: Tubes, profile: Profile) -> tuple[Array, Array, Array]:
    """Column, row and mass of points that fill the tubes evenly, in pixels."""
    scale = frame.pose.magnification / frame.grid.spacing_mm
    columns, rows = frame.to_pixels(tubes.points[..., 0], tubes.points[..., 1])
    length = np.hypot(np.diff(columns, axis=1), np.diff(rows, axis=1)).sum(axis=1).max(initial=0.0)
    n_along = max(4, int(np.ceil(length)))
    n_across = max(3, int(np.ceil(2 * float(tubes.radius_mm.max(initial=0.1)) * scale)))
    nodes = np.linspace(0, tubes.points.shape[1] - 1, n_along + 1)
    x, y = _at(columns, nodes), _at(rows, nodes)
    middle = (nodes[1:] + nodes[:-1]) / 2
    radius = _at(tubes.radius_mm * scale, middle)
    amplitude = _at(tubes.amplitude, middle)
    dx, dy = np.diff(x, axis=1), np.diff(y, axis=1)
    step = np.hypot(dx, dy)
    offset = radius / np.maximum(step, 1e-6)
    t = ((np.arange(n_across) + 0.5) * (2 / n_across) - 1).astype(np.float32)
    at_x = ((x[:, 1:] + x[:, :-1]) / 2).astype(np.float32)[..., None] - (dy * offset).astype(np.float32)[..., None] * t
    at_y = ((y[:, 1:] + y[:, :-1]) / 2).astype(np.float32)[..., None] + (dx * offset).astype(np.float32)[..., None] * t
    mass = (amplitude * step * radius * (2 / n_across)).astype(np.float32)[..., None] * profile(t).astype(np.float32)
    return at_x.ravel(), at_y.ravel(), mass.ravel()


def _at(values: Real, nodes: Real) -> Real:
    """Linear interpolation of (tubes, nodes) values at fractional node numbers."""
    low = np.minimum(nodes.astype(np.intp), values.shape[1] - 2)
    part = nodes - low
    return np.asarray(values[:, low] * (1 - part) + values[:, low + 1] * part)


def _splat(canvas: Array, x: Array, y: Array, mass: Array) -> None:
    """Share each mass among the four pixels around its place."""
    rows, columns = canvas.shape
    inside = (x >= 0) & (y >= 0) & (x < columns - 1) & (y < rows - 1)
    if not inside.all():
        x, y, mass = x[inside], y[inside], mass[inside]
    left, top = x.astype(np.int64), y.astype(np.int64)
    index = top * columns + left
    right_part, lower = x - left.astype(np.float32), mass * (y - top.astype(np.float32))
    upper = mass - lower
    upper_right, lower_right = upper * right_part, lower * right_part
    flat = canvas.reshape(-1)  # a view: canvases are contiguous
    np.add.at(flat, index, upper - upper_right)
    np.add.at(flat, index + 1, upper_right)
    np.add.at(flat, index + columns, lower - lower_right)
    np.add.at(flat, index + columns + 1, lower_right)
