"""Bones: spine, ribs, clavicles, shoulder blades, upper arms, breastbone. All in mm of dense bone × its extra attenuation."""

import numpy as np

from cauce.phantom.anatomy import Anatomy
from cauce.phantom.frame import Array, Ellipsoid, Frame, Real, add_ellipsoid
from cauce.phantom.lungs import borders
from cauce.phantom.stroke import Tubes, add_tubes, evenly, shell, solid

_NODES = 64


def bone_thickness(anatomy: Anatomy, frame: Frame, rng: np.random.Generator, *, supine: bool) -> Array:
    """Millimetres of dense bone along the beam, (rows, columns).

    Args:
        anatomy, frame: patient and geometry.
        rng: decides the small irregularities; the same for all studies of a patient.
        supine: shoulder blades lie over the lungs, as in AP images taken in bed.
    """
    bone = np.zeros((frame.grid.rows, frame.grid.columns), dtype=np.float32)
    ribs = _ribs(anatomy, rng)
    _add_spine(bone, anatomy, frame, rng)
    _add_shoulder_plates(bone, anatomy, frame, supine=supine)
    slim, thick = _shoulders(anatomy, rng, supine=supine)
    add_tubes(bone, frame, [(ribs, shell), (slim, shell), (thick, shell)])
    bone *= np.float32(anatomy.bone)
    return bone


def _ribs(anatomy: Anatomy, rng: np.random.Generator) -> Tubes:
    """Twelve pairs."""
    number = np.arange(12)
    at_spine = anatomy.apex_v - 4 + anatomy.rib_pitch * number
    drop = anatomy.rib_drop * np.interp(number, [0, 1, 3, 8, 11], [0.36, 0.60, 0.9, 1.08, 0.75])
    stop = np.interp(number, [0, 1, 7, 9, 10, 11], [2.75, 2.6, 2.45, 2.25, 1.7, 1.15])
    _, lateral = borders(anatomy, at_spine + 0.5 * drop)
    reach = np.maximum(lateral + 3.0, 52.0) * np.interp(number, [0, 1, 2], [0.86, 0.97, 1.0])
    both = [_rib_curves(side, at_spine, drop, stop, reach, rng) for side in (-1.0, 1.0)]
    points = np.concatenate(both)
    part = np.linspace(0, 1, _NODES)
    radius = np.interp(part, [0, 0.1, 0.6, 1], [4.4, 5.6, 6.6, 7.2]) * rng.uniform(0.9, 1.1, (24, 1))
    thickness = np.interp(part, [0, 0.1, 0.45, 0.8, 0.97, 1], [4.6, 4.3, 4.0, 3.0, 2.3, 0.2])
    return Tubes(points, radius, thickness * rng.uniform(0.9, 1.1, (24, 1)))


def _rib_curves(
    side: float, at_spine: Real, drop: Real, stop: Real, reach: Real, rng: np.random.Generator
) -> Real:
    """(ribs, nodes, 2) from the spine round the side to the front, where cartilage begins and the rib ends."""
    theta = 0.07 + (stop[:, None] - 0.07) * np.linspace(0, 1, _NODES)
    wobble = rng.normal(0, 1.6, (len(at_spine), 3))
    u = reach[:, None] * np.sin(theta) ** 0.82
    front = np.clip((theta - 1.4) / 1.2, 0, 1)
    v = at_spine[:, None] + drop[:, None] * (1 - np.cos(theta)) / 2 - 9 * np.sin(2 * np.minimum(theta, 1.57)) + 14 * front**2
    v = v + wobble[:, :1] + wobble[:, 1:2] * np.sin(theta) + wobble[:, 2:] * np.sin(2 * theta)
    return evenly(np.stack([side * u, v], axis=-1))


def _add_spine(bone: Array, anatomy: Anatomy, frame: Frame, rng: np.random.Generator) -> None:
    pitch, width = anatomy.rib_pitch, 0.115 * anatomy.half_width
    first = anatomy.apex_v - 4 - 4 * pitch
    rows, columns = frame.window((0.0, 0.0), (2.0 * width, 400.0))
    u, v = frame.u[rows, columns] * np.float32(1 / width), frame.v[rows]
    growth = 1 + 0.0011 * v
    level = (v - first) * np.float32(1 / pitch)
    in_body = np.abs(level - np.round(level)) * 2  # 0 in the middle of a body, 1 in the middle of a disc
    waist = growth * (0.93 + 0.09 * np.minimum(in_body, 0.8) ** 2)
    side = np.clip((1.0 - np.abs(u / waist)) * 6, 0, 1)
    rim = 1 + 0.35 * np.exp(-(((np.abs(u / waist) - 0.93) * 14) ** 2))
    plate = np.clip((0.86 - in_body) * 9, 0, 1) * (1 + 0.45 * np.exp(-(((in_body - 0.78) * 11) ** 2)))
    bone[rows, columns] += (4.4 * growth) * side * rim * (0.12 + 0.88 * plate)
    for body in range(20):
        middle = first + body * pitch
        tilt = float(rng.normal(0, 1.0))
        for sign in (-1.0, 1.0):
            add_ellipsoid(bone, frame, Ellipsoid((sign * 0.62 * width, middle - 2), (3.2, 4.6), 1.3), power=0.7)
        add_ellipsoid(bone, frame, Ellipsoid((tilt, middle + 0.45 * pitch), (2.6, 7.5), 1.5), power=0.6)
        for sign in (-1.0, 1.0):
            process = Ellipsoid((sign * 1.35 * width, middle - 3 + abs(tilt)), (0.55 * width, 4.2), 1.3, -sign * 0.25)
            add_ellipsoid(bone, frame, process, power=0.6)


def _shoulders(anatomy: Anatomy, rng: np.random.Generator, *, supine: bool) -> tuple[Tubes, Tubes]:
    """Collar bones and the edges of the shoulder blades; upper arms."""
    half, apex = anatomy.half_width, anatomy.apex_v
    rise = 16.0 if supine else 2.0
    blade = _blade_u(anatomy, supine=supine)
    curves = []
    for sign in (-1.0, 1.0):
        jitter = rng.normal(0, 3.0, 4)
        outer = 1.20 * half + jitter[0]
        curves += [_bend(corners, sign) for corners in (
            [(15, apex + 36), (0.35 * half, apex + 24 - rise / 2), (0.75 * half, apex + 5 - rise), (outer, apex - 7 - rise)],
            [(outer - 5, apex + 22), (blade + 6, apex + 50), (blade - 4 + jitter[1], apex + 92), (blade - 12, apex + 128)],
            [(blade - 34, apex + 16), (blade - 38, apex + 50), (blade - 32 + jitter[2], apex + 96), (blade - 12, apex + 129)],
            [(blade - 36, apex + 26), (blade - 8, apex + 14), (blade + 16, apex + 4), (outer + 12, apex - 6)],
            [(outer + 15, apex + 6), (outer + 27, apex + 70), (outer + 45, apex + 150), (outer + 62, apex + 240)],
        )]
    widths = np.array([_along(row) for row in _SHOULDER_RADII_MM] * 2)
    depths = np.array([_along(row) for row in _SHOULDER_DEPTHS_MM] * 2)
    points = evenly(np.array(curves))
    arm = np.arange(len(points)) % len(_SHOULDER_RADII_MM) == len(_SHOULDER_RADII_MM) - 1
    slim, thick = (Tubes(points[chosen], widths[chosen], depths[chosen]) for chosen in (~arm, arm))
    return slim, thick


_SHOULDER_RADII_MM = (
    (7.0, 5.4, 5.4, 7.6), (6.0, 5.0, 4.4, 3.6), (2.6, 2.0, 2.2, 3.2), (3.4, 4.0, 5.0, 7.5), (13.0, 11.0, 10.5, 10.5),
)
_SHOULDER_DEPTHS_MM = (
    (5.8, 5.2, 4.8, 4.2), (4.4, 3.6, 3.0, 2.0), (1.7, 1.4, 1.4, 1.6), (1.5, 2.2, 3.0, 3.4), (7.0, 8.0, 8.5, 8.5),
)
"""Collar bone, outer and inner border and spine of the shoulder blade, upper arm; at four places along each."""


def _along(values: tuple[float, ...]) -> Real:
    return np.interp(np.linspace(0, 1, _NODES), np.linspace(0, 1, len(values)), values)


def _blade_u(anatomy: Anatomy, *, supine: bool) -> float:
    """Outer border of a shoulder blade; turned away from the lungs in PA."""
    return 1.12 * anatomy.half_width - (18.0 if supine else 0.0)


def _add_shoulder_plates(bone: Array, anatomy: Anatomy, frame: Frame, *, supine: bool) -> None:
    """Thin flat bone: shoulder blades, heads of the upper arms, breastbone."""
    half, apex = anatomy.half_width, anatomy.apex_v
    for sign in (-1.0, 1.0):
        add_ellipsoid(bone, frame, Ellipsoid((sign * (1.20 * half + 14), apex + 14), (24, 25), 6.0))
        blade = Ellipsoid((sign * (_blade_u(anatomy, supine=supine) - 20), apex + 66), (15, 60), 1.0, sign * 0.12)
        add_ellipsoid(bone, frame, blade, power=0.4)
    add_ellipsoid(bone, frame, Ellipsoid((0.0, apex + 62), (21, 46), 1.6), power=0.3)


def _bend(corners: list[tuple[float, float]], sign: float) -> Real:
    """Cubic Bézier curve whose middle control points are pulled so that it passes close to all four corners."""
    p = np.array([(sign * u, v) for u, v in corners])
    c1 = (-5 * p[0] + 18 * p[1] - 9 * p[2] + 2 * p[3]) / 6
    c2 = (2 * p[0] - 9 * p[1] + 18 * p[2] - 5 * p[3]) / 6
    t = np.linspace(0, 1, _NODES)[:, None]
    return np.asarray((1 - t) ** 3 * p[0] + 3 * t * (1 - t) ** 2 * c1 + 3 * t * t * (1 - t) * c2 + t**3 * p[3])


def add_leads(canvas: Array, frame: Frame, rng: np.random.Generator, anatomy: Anatomy) -> None:
    """ECG electrodes and their wires, mm of metal: what an image taken in bed often carries."""
    for _ in range(int(rng.integers(2, 4))):
        u, v = float(rng.uniform(-0.9, 0.9)) * anatomy.half_width, float(rng.uniform(-0.5, 0.75)) * abs(anatomy.apex_v)
        add_ellipsoid(canvas, frame, Ellipsoid((u, v), (4.5, 4.5), 0.28), power=0.3)
        end = (float(np.sign(u)) * 200.0, v + float(rng.uniform(30, 120)))
        wire = _bend([(u, v), (u * 1.2, v + 25), ((u + end[0]) / 2, (v + end[1]) / 2 + 18), end], 1.0)[None]
        tube = Tubes(wire, np.full((1, _NODES), 0.7), np.full((1, _NODES), 0.20))
        add_tubes(canvas, frame, [(tube, solid)])
