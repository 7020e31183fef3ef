"""Soft tissue: trunk, neck, arms and breasts as thickness; heart, great vessels, airways and bowel gas as changes of it."""

import numpy as np

from cauce.phantom.anatomy import Anatomy
from cauce.phantom.frame import Array, Ellipsoid, Frame, Real, add_ellipsoid

_TRUNK = np.array([
    # v from the lungs' apex, half-width in (ribs, wall), front to back over the trunk's
    (-300.0, 0.30, 0.5, 0.60), (-44.0, 0.30, 0.5, 0.60), (-26.0, 0.40, 0.6, 0.60), (-6.0, 0.92, 1.0, 0.64),
    (14.0, 1.30, 1.0, 0.70), (50.0, 1.46, 1.1, 0.76), (110.0, 1.36, 1.3, 0.86), (165.0, 1.10, 1.3, 0.94),
    (215.0, 1.00, 1.05, 1.00), (300.0, 0.99, 1.0, 1.03), (420.0, 1.00, 1.1, 1.06),
])
"""Outline of neck, shoulders, armpits, chest and belly."""


def trunk_thickness(anatomy: Anatomy, frame: Frame) -> Array:
    """Millimetres of body along the beam, skin to skin, (rows, columns); 0 is air beside the patient."""
    v = frame.v[:, 0] - anatomy.apex_v
    outline = _TRUNK[:, 1] * anatomy.half_width + _TRUNK[:, 2] * anatomy.wall
    width = _smooth(np.interp(v, _TRUNK[:, 0], outline), frame)[:, None]
    deep = _smooth(np.interp(v, _TRUNK[:, 0], _TRUNK[:, 3] * anatomy.thickness), frame)[:, None]
    ratio = np.abs(frame.u) * (1 / width)
    np.minimum(ratio, 1, out=ratio)
    thickness: Array = deep * np.sqrt(1 - ratio * ratio * np.sqrt(ratio))
    return thickness


def _smooth(row_values: Real, frame: Frame) -> Array:
    """Round the corners of an outline given row by row."""
    reach = max(1, int(14 / frame.grid.spacing_mm))
    kernel = np.hanning(2 * reach + 3)[1:-1]
    padded = np.pad(row_values, reach, mode="edge")
    return np.asarray(np.convolve(padded, kernel / kernel.sum(), mode="valid"), dtype=np.float32)


def add_outer_soft_tissue(thickness: Array, anatomy: Anatomy, frame: Frame, rng: np.random.Generator) -> None:
    """Breasts, nipples, chest muscles and upper arms, added to the trunk in place."""
    half, apex = anatomy.half_width, anatomy.apex_v
    bust, reach = anatomy.breast
    sag = float(rng.normal(0.0, 12.0))
    for sign in (-1.0, 1.0):
        u, v = sign * (0.58 * half + float(rng.normal(0, 4))), anatomy.dome_v[0] - 38 + sag + float(rng.normal(0, 4))
        _add_breast(thickness, frame, Ellipsoid((u, v), (0.95 * reach, 0.9 * reach), bust / 2))
        nipple = 1.5 + bust / 16
        add_ellipsoid(thickness, frame, Ellipsoid((u, v + 14), (nipple, nipple), 1.8), power=0.9)
        muscle = Ellipsoid((sign * 0.72 * half, apex + 66), (0.48 * half, 62), 4 + 4 * anatomy.build, -sign * 0.5)
        add_ellipsoid(thickness, frame, muscle, power=1.0)
        outward = 1.62 * half + anatomy.wall
        arm = Ellipsoid((sign * outward, apex + 150), (40 * anatomy.build**0.5, 170), 40, -sign * 0.16)
        add_ellipsoid(thickness, frame, arm, power=0.5)


def _add_breast(thickness: Array, frame: Frame, body: Ellipsoid) -> None:
    """A sharp lower edge where the fold is seen from the side, and a slope without an edge upwards."""
    a, b = body.semi_axes
    rows, columns = frame.window(body.centre, (a, 2.4 * b))
    du = (frame.u[rows, columns] - np.float32(body.centre[0])) * np.float32(1 / a)
    dv = (frame.v[rows] - np.float32(body.centre[1])) * np.float32(1 / b)
    up = np.clip(-dv * np.float32(0.7), 0, 1)
    dv = np.where(dv > 0, dv, dv * np.float32(1 / 2.4))
    inside = np.maximum(1 - du * du - dv * dv, 0)
    thickness[rows, columns] += np.float32(2 * body.depth_mm) * inside ** (np.float32(0.55) + np.float32(0.9) * up)


def mediastinum_chord(anatomy: Anatomy, frame: Frame, *, inspiration: float, widened: float) -> Array:
    """Millimetres of heart and great vessels that take the place of lung, (rows, columns).

    `widened` is 1 for PA and larger for AP, where the heart is further from the detector.
    """
    chord = np.zeros((frame.grid.rows, frame.grid.columns), dtype=np.float32)
    half, apex = anatomy.half_width, anatomy.apex_v
    floor = 0.5 * (anatomy.dome_v[0] + anatomy.dome_v[1]) + (inspiration - 1) * 150
    width = anatomy.heart_ratio * half * widened * (1 + 0.5 * (1 - inspiration))
    deep = 0.47 * anatomy.lung_depth
    # One body of four chambers: the deepest counts, so that no inner outline shows.
    chambers = (
        Ellipsoid((0.36 * width, floor - 0.62 * width), (1.00 * width, 0.80 * width), 1.04 * deep, anatomy.heart_turn),
        Ellipsoid((-0.16 * width, floor - 0.64 * width), (0.52 * width, 0.74 * width), 0.95 * deep),
        Ellipsoid((0.48 * width, floor - 0.34 * width), (0.90 * width, 0.56 * width), deep, 0.42),
        Ellipsoid((6.0, floor - 1.30 * width), (26 * widened, 46), 0.8 * deep),
    )
    for chamber in chambers:
        add_ellipsoid(chord, frame, chamber, power=0.45, join=True)
    knob = anatomy.aorta * widened
    add_ellipsoid(chord, frame, Ellipsoid((15 + 0.55 * knob, apex + 78), (knob, knob * 1.12), 30))
    add_ellipsoid(chord, frame, Ellipsoid((17 + 0.2 * knob, apex + 165), (0.75 * knob, 110), 13), power=0.7)
    add_ellipsoid(chord, frame, Ellipsoid((-21 * widened, apex + 75), (12 + 0.25 * knob, 62), 26))
    add_ellipsoid(chord, frame, Ellipsoid((24 * widened, apex + 104), (15, 18), 20))
    add_ellipsoid(chord, frame, Ellipsoid((0, apex + 20), (26 * widened, 75), 45), power=0.6)
    for sign, down in ((-1.0, 122.0), (1.0, 112.0)):
        gain = anatomy.vessel_gain
        hilum = Ellipsoid((sign * 0.24 * half, apex + down), (13 * gain, 19), 11 * gain, sign * 0.3)
        artery = Ellipsoid((sign * 0.30 * half, apex + down + 22), (7.5 * gain, 25), 9 * gain, -sign * 0.22)
        add_ellipsoid(chord, frame, hilum, power=1.0)
        add_ellipsoid(chord, frame, artery, power=0.8)
    return chord


def gas_chord(anatomy: Anatomy, frame: Frame, rng: np.random.Generator, *, inspiration: float) -> Array:
    """Millimetres of air in windpipe, main bronchi, stomach and colon along the beam, (rows, columns)."""
    gas = np.zeros((frame.grid.rows, frame.grid.columns), dtype=np.float32)
    apex = anatomy.apex_v
    lean = float(rng.normal(-2.5, 2.0))
    carina = apex + 92
    add_ellipsoid(gas, frame, Ellipsoid((lean * 0.5, carina - 95), (8.5, 100), 8.0, lean / 190), power=0.35)
    add_ellipsoid(gas, frame, Ellipsoid((lean - 15, carina + 10), (24, 6.5), 5.0, -0.85), power=0.5)
    add_ellipsoid(gas, frame, Ellipsoid((lean + 19, carina + 11), (29, 5.5), 4.5, 0.60), power=0.5)
    if anatomy.gastric_bubble:
        size = anatomy.gastric_bubble
        top = anatomy.dome_v[1] + (inspiration - 1) * 150 + 10 + 13 * size
        at = (0.42 * anatomy.half_width + float(rng.normal(0, 6)), top + float(rng.normal(2, 2)))
        add_ellipsoid(gas, frame, Ellipsoid(at, (27 * size, 14 * size), 22 * size, float(rng.normal(-0.1, 0.1))))
    for _ in range(int(rng.poisson(3))):
        at = (float(rng.uniform(-0.2, 0.95)) * anatomy.half_width, anatomy.dome_v[1] + float(rng.uniform(48, 120)))
        size = float(rng.uniform(6, 17))
        add_ellipsoid(gas, frame, Ellipsoid(at, (size * 1.3, size), size * 0.8, float(rng.uniform(0, 3))), power=0.6)
    return gas
