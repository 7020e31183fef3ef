"""Bones: spine, ribs, clavicles, shoulder blades, upper arms, breastbone. All in mm of dense bone × its extra attenuation."""

import numpy as np
import numpy.typing as npt

from cauce.phantom.anatomy import Anatomy
from cauce.phantom.frame import Array, Ellipsoid, Frame, add_ellipsoid
from cauce.phantom.lungs import borders
from cauce.phantom.stroke import Tubes, add_tubes, shell, solid

_NODES = 48


def bone_thickness(anatomy: Anatomy, frame: Frame, rng: np.random.Generator, *, supine: bool) -> Array:
    """Millimetres of dense bone along the beam, (rows, columns).

    Args:
        anatomy, frame: patient and geometry.
        rng: decides the small irregularities; the same for all studies of a patient.
        supine: shoulder blades lie over the lungs, as in AP images taken in bed.
    """
    bone = np.zeros((frame.grid.rows, frame.grid.columns), dtype=np.float32)
    _add_ribs(bone, anatomy, frame, rng)
    _add_spine(bone, anatomy, frame, rng)
    _add_shoulders(bone, anatomy, frame, rng, supine=supine)
    bone *= np.float32(anatomy.bone)
    return bone


def _add_ribs(bone: Array, anatomy: Anatomy, frame: Frame, rng: np.random.Generator) -> None:
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
    add_tubes(bone, frame, Tubes(points, radius, thickness * rng.uniform(0.9, 1.1, (24, 1))), shell)


def _rib_curves(
    side: float, at_spine: npt.NDArray, drop: npt.NDArray, stop: npt.NDArray, reach: npt.NDArray, rng: np.random.Generator
) -> npt.NDArray:
    """(ribs, nodes, 2) from the spine round the side to the front, where cartilage begins and the rib ends."""
    theta = 0.07 + (stop[:, None] - 0.07) * np.linspace(0, 1, _NODES)
    wobble = rng.normal(0, 1.6, (len(at_spine), 3))
    u = reach[:, None] * np.sin(theta) ** 0.82
    front = np.clip((theta - 1.4) / 1.2, 0, 1)
    v = at_spine[:, None] + drop[:, None] * (1 - np.cos(theta)) / 2 - 9 * np.sin(2 * np.minimum(theta, 1.57)) + 14 * front**2
    v = v + wobble[:, :1] + wobble[:, 1:2] * np.sin(theta) + wobble[:, 2:] * np.sin(2 * theta)
    return np.stack([side * u, v], axis=-1)


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
    bone[rows, columns] += (8.5 * growth) * side * rim * (0.12 + 0.88 * plate)
    for body in range(20):
        middle = first + body * pitch
        tilt = float(rng.normal(0, 1.0))
        for sign in (-1.0, 1.0):
            add_ellipsoid(bone, frame, Ellipsoid((sign * 0.62 * width, middle - 2), (3.2, 4.6), 2.2), power=0.7)
        add_ellipsoid(bone, frame, Ellipsoid((tilt, middle + 0.45 * pitch), (2.6, 7.5), 2.4), power=0.6)
        for sign in (-1.0, 1.0):
            process = Ellipsoid((sign * 1.35 * width, middle - 3 + abs(tilt)), (0.55 * width, 4.2), 1.7, -sign * 0.25)
            add_ellipsoid(bone, frame, process, power=0.6)


def _add_shoulders(bone: Array, anatomy: Anatomy, frame: Frame, rng: np.random.Generator, *, supine: bool) -> None:
    half, apex = anatomy.half_width, anatomy.apex_v
    rise = 16.0 if supine else 2.0
    inward = 16.0 if supine else 0.0
    curves, radius, amplitude = [], [], []
    for sign in (-1.0, 1.0):
        jitter = rng.normal(0, 3.0, 4)
        outer = 1.20 * half + jitter[0]
        clavicle = [(15, apex + 34), (0.35 * half, apex + 21 - rise / 2), (0.75 * half, apex + 2 - rise), (outer, apex - 9 - rise)]
        scapula = 1.12 * half - inward
        border = [(outer - 5, apex + 22), (scapula + 6, apex + 50), (scapula - 4 + jitter[1], apex + 92), (scapula - 12, apex + 128)]
        medial = [(scapula - 34, apex + 16), (scapula - 38, apex + 50), (scapula - 32 + jitter[2], apex + 96), (scapula - 12, apex + 129)]
        spine = [(scapula - 36, apex + 26), (scapula - 8, apex + 14), (scapula + 16, apex + 4), (outer + 12, apex - 6)]
        arm = [(outer + 16, apex + 18), (outer + 24, apex + 70), (outer + 33, apex + 150), (outer + 44, apex + 240)]
        curves += [_bend(curve, sign) for curve in (clavicle, border, medial, spine, arm)]
        radius += [[7.0, 5.4, 5.4, 7.6], [6.0, 5.0, 4.4, 3.6], [2.6, 2.0, 2.2, 3.2], [3.4, 4.0, 5.0, 7.5], [13, 11, 10.5, 10.5]]
        amplitude += [[5.2, 4.6, 4.4, 4.0], [4.4, 3.6, 3.0, 2.0], [1.7, 1.4, 1.4, 1.6], [1.5, 2.2, 3.0, 3.4], [7, 8, 8.5, 8.5]]
        add_ellipsoid(bone, frame, Ellipsoid((sign * (outer + 14), apex + 14), (24, 25), 6.5))
        blade = Ellipsoid((sign * (scapula - 20), apex + 66), (15, 60), 1.2, sign * 0.12)
        add_ellipsoid(bone, frame, blade, power=0.3)
    ends = np.linspace(0, 1, 4)
    part = np.linspace(0, 1, _NODES)
    widths = np.array([np.interp(part, ends, row) for row in radius])
    depths = np.array([np.interp(part, ends, row) for row in amplitude])
    points = np.array(curves)
    thick = np.arange(len(points)) % 5 == 4
    for chosen in (~thick, thick):
        add_tubes(bone, frame, Tubes(points[chosen], widths[chosen], depths[chosen]), shell)
    add_ellipsoid(bone, frame, Ellipsoid((0.0, apex + 62), (21, 46), 2.2), power=0.3)


def _bend(corners: list[tuple[float, float]], sign: float) -> npt.NDArray:
    """Cubic Bézier curve whose middle control points are pulled so that it passes close to all four corners."""
    p = np.array([(sign * u, v) for u, v in corners])
    c1 = (-5 * p[0] + 18 * p[1] - 9 * p[2] + 2 * p[3]) / 6
    c2 = (2 * p[0] - 9 * p[1] + 18 * p[2] - 5 * p[3]) / 6
    t = np.linspace(0, 1, _NODES)[:, None]
    return (1 - t) ** 3 * p[0] + 3 * t * (1 - t) ** 2 * c1 + 3 * t * t * (1 - t) * c2 + t**3 * p[3]


def add_leads(canvas: Array, frame: Frame, rng: np.random.Generator, anatomy: Anatomy) -> None:
    """ECG electrodes and their wires, mm of metal: what an image taken in bed often carries."""
    for _ in range(int(rng.integers(2, 4))):
        u, v = float(rng.uniform(-0.9, 0.9)) * anatomy.half_width, float(rng.uniform(-0.5, 0.75)) * abs(anatomy.apex_v)
        add_ellipsoid(canvas, frame, Ellipsoid((u, v), (4.5, 4.5), 0.28), power=0.3)
        end = (float(np.sign(u)) * 200.0, v + float(rng.uniform(30, 120)))
        wire = _bend([(u, v), (u * 1.2, v + 25), ((u + end[0]) / 2, (v + end[1]) / 2 + 18), end], 1.0)[None]
        add_tubes(canvas, frame, Tubes(wire, np.full((1, _NODES), 0.7), np.full((1, _NODES), 0.20)), solid)
