"""Soft tissue: trunk, neck, arms and breasts as thickness; heart, great vessels, airways and bowel gas as changes of it."""

import numpy as np

from cauce.phantom.anatomy import Anatomy
from cauce.phantom.frame import Array, Ellipsoid, Frame, add_ellipsoid


def trunk_thickness(anatomy: Anatomy, frame: Frame) -> Array:
    """Millimetres of body along the beam, skin to skin, (rows, columns); 0 is air beside the patient."""
    half, apex = anatomy.half_width, anatomy.apex_v
    side = half + anatomy.wall
    shoulder = 1.42 * half + 0.6 * anatomy.wall
    neck = 56 * (0.7 + 0.3 * anatomy.build)
    v = frame.v[:, 0]
    knots = np.array([-400, apex - 42, apex - 22, apex + 2, apex + 40, apex + 95, apex + 135, 60, 150, 260])
    widths = np.array([neck, neck, neck * 1.25, 0.72 * shoulder, shoulder, shoulder * 0.93, side * 1.03, side, side * 0.99, side * 1.02])
    depth = anatomy.thickness * np.array([0.52, 0.52, 0.53, 0.58, 0.68, 0.80, 0.9, 1.0, 1.02, 1.05])
    width = _smooth(np.interp(v, knots, widths), frame)[:, None]
    deep = _smooth(np.interp(v, knots, depth), frame)[:, None]
    ratio = np.abs(frame.u) * (1 / width)
    np.minimum(ratio, 1, out=ratio)
    thickness = deep * np.sqrt(1 - ratio * ratio * np.sqrt(ratio))
    return thickness.astype(np.float32)


def _smooth(row_values: np.ndarray, frame: Frame) -> np.ndarray:
    reach = max(1, int(14 / frame.grid.spacing_mm))
    kernel = np.hanning(2 * reach + 3)[1:-1]
    padded = np.pad(row_values, reach, mode="edge")
    return np.convolve(padded, kernel / kernel.sum(), mode="valid").astype(np.float32)


def add_outer_soft_tissue(thickness: Array, anatomy: Anatomy, frame: Frame, rng: np.random.Generator) -> None:
    """Breasts or chest muscles, upper arms and armpit folds, added to the trunk in place."""
    half, apex = anatomy.half_width, anatomy.apex_v
    bust, reach = anatomy.breast
    for sign in (-1.0, 1.0):
        u, v = sign * (0.58 * half + float(rng.normal(0, 4))), anatomy.dome_v[0] - 28 + float(rng.normal(0, 6))
        add_ellipsoid(thickness, frame, Ellipsoid((u, v), (reach, reach * 0.92), bust / 2), power=0.5)
        add_ellipsoid(thickness, frame, Ellipsoid((u * 0.95, v - 38), (reach * 0.95, reach * 1.3), bust / 5), power=1.0)
        add_ellipsoid(thickness, frame, Ellipsoid((u, v + 20), (1.5 + bust / 16, 1.5 + bust / 16), 2.4), power=0.7)
        muscle = Ellipsoid((sign * 0.72 * half, apex + 66), (0.48 * half, 62), 6 + 5 * anatomy.build, -sign * 0.5)
        add_ellipsoid(thickness, frame, muscle, power=0.8)
        arm = Ellipsoid((sign * (1.36 * half + 0.5 * anatomy.wall), apex + 110), (38 * anatomy.build**0.5, 150), 42, -sign * 0.10)
        add_ellipsoid(thickness, frame, arm, power=0.45)


def mediastinum_chord(anatomy: Anatomy, frame: Frame, *, inspiration: float, widened: float) -> Array:
    """Millimetres of heart and great vessels that take the place of lung, (rows, columns).

    `widened` is 1 for PA and larger for AP, where the heart is further from the detector.
    """
    chord = np.zeros((frame.grid.rows, frame.grid.columns), dtype=np.float32)
    half, apex = anatomy.half_width, anatomy.apex_v
    floor = 0.5 * (anatomy.dome_v[0] + anatomy.dome_v[1]) + (inspiration - 1) * 150
    width = anatomy.heart_ratio * half * widened * (1 + 0.5 * (1 - inspiration))
    middle = (0.30 * width, floor - 0.62 * width)
    turn = anatomy.heart_turn
    add_ellipsoid(chord, frame, Ellipsoid(middle, (1.10 * width, 0.86 * width), 58, turn))
    add_ellipsoid(chord, frame, Ellipsoid((-0.30 * width, floor - 0.66 * width), (0.62 * width, 0.80 * width), 45))
    add_ellipsoid(chord, frame, Ellipsoid((0.50 * width, floor - 0.30 * width), (0.95 * width, 0.62 * width), 44, 0.42))
    add_ellipsoid(chord, frame, Ellipsoid((4.0, floor - 1.40 * width), (24 * widened, 46), 40))
    knob = anatomy.aorta * widened
    add_ellipsoid(chord, frame, Ellipsoid((15 + 0.55 * knob, apex + 78), (knob, knob * 1.12), 30))
    add_ellipsoid(chord, frame, Ellipsoid((17 + 0.2 * knob, apex + 165), (0.75 * knob, 110), 13), power=0.7)
    add_ellipsoid(chord, frame, Ellipsoid((-21 * widened, apex + 75), (12 + 0.25 * knob, 62), 26))
    add_ellipsoid(chord, frame, Ellipsoid((24 * widened, apex + 104), (15, 18), 20))
    add_ellipsoid(chord, frame, Ellipsoid((0, apex + 20), (26 * widened, 75), 45), power=0.6)
    for sign, down in ((-1.0, 122.0), (1.0, 112.0)):
        gain = anatomy.vessel_gain
        add_ellipsoid(chord, frame, Ellipsoid((sign * 0.24 * half, apex + down), (13 * gain, 19), 10 * gain, sign * 0.3), power=1.0)
        add_ellipsoid(chord, frame, Ellipsoid((sign * 0.30 * half, apex + down + 22), (7.5 * gain, 24), 9 * gain, -sign * 0.22), power=0.8)
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
