"""Pulmonary vessels: two trees that branch from the hila and thin out towards the pleura."""

import numpy as np

from cauce.phantom.anatomy import Anatomy
from cauce.phantom.frame import Array, Frame, Real
from cauce.phantom.stroke import Tubes, add_tubes, solid

_GENERATIONS = 6
_BEZIER = np.linspace(0, 1, 7)[None, :, None]


def vessel_thickness(anatomy: Anatomy, frame: Frame, rng: np.random.Generator) -> Array:
    """Millimetres of blood in lung vessels along the beam, (rows, columns)."""
    canvas = np.zeros((frame.grid.rows, frame.grid.columns), dtype=np.float32)
    start, angle, length, radius = _roots(anatomy, rng)
    batches = []
    for _ in range(_GENERATIONS):
        end, points = _segments(start, angle, length, rng)
        widths = np.linspace(1.0, 0.82, points.shape[1])[None, :] * radius[:, None]
        batches.append((Tubes(points, widths, widths), solid))
        start, angle, length, radius = _branch(end, angle, length, radius, rng)
    add_tubes(canvas, frame, batches)
    return canvas


def _roots(anatomy: Anatomy, rng: np.random.Generator) -> tuple[Real, Real, Real, Real]:
    """Start points, directions, lengths and radii of the lobar vessels, both sides."""
    starts, angles, lengths, radii = [], [], [], []
    directions = np.array([-1.35, -0.95, -0.45, 0.05, 0.55, 0.95, 1.25, 1.5])
    strength = np.array([0.62, 0.7, 0.62, 0.66, 0.85, 1.0, 1.0, 0.9])
    for sign in (-1.0, 1.0):
        hilum = np.array([sign * 0.27 * anatomy.half_width, anatomy.apex_v + (112 if sign > 0 else 122)])
        n = len(directions)
        turned = directions + rng.normal(0, 0.12, n)
        starts.append(hilum + rng.normal(0, 5.0, (n, 2)))
        angles.append(turned if sign > 0 else np.pi - turned)
        lengths.append(rng.uniform(20, 34, n) * anatomy.half_width / 140)
        radii.append(5.4 * strength * anatomy.vessel_gain ** 0.5 * rng.uniform(0.85, 1.15, n))
    return np.concatenate(starts), np.concatenate(angles), np.concatenate(lengths), np.concatenate(radii)


def _segments(
    start: Real, angle: Real, length: Real, rng: np.random.Generator
) -> tuple[Real, Real]:
    """End points and (segments, nodes, 2) gently bent centre lines."""
    ahead = np.stack([np.cos(angle), np.sin(angle)], axis=-1) * length[:, None]
    end = start + ahead
    normal = np.stack([-ahead[:, 1], ahead[:, 0]], axis=-1)
    control = start + 0.5 * ahead + normal * rng.normal(0, 0.10, (len(start), 1))
    t = _BEZIER
    points = (1 - t) ** 2 * start[:, None] + 2 * t * (1 - t) * control[:, None] + t * t * end[:, None]
    return end, points


def _branch(
    end: Real, angle: Real, length: Real, radius: Real, rng: np.random.Generator
) -> tuple[Real, Real, Real, Real]:
    """Two daughters for each vessel; areas shrink by Murray's law with a little loss."""
    share = rng.uniform(0.35, 0.65, len(end))
    spread = rng.uniform(0.35, 0.95, len(end))
    turn = np.concatenate([spread * (1 - share), -spread * share]) * 1.25
    radii = np.concatenate([radius * share ** (1 / 2.6), radius * (1 - share) ** (1 / 2.6)]) * 0.94
    lengths = np.tile(length, 2) * rng.uniform(0.66, 0.98, 2 * len(end))
    keep = radii > 0.32
    start = np.tile(end, (2, 1))
    return start[keep], (np.tile(angle, 2) + turn)[keep], lengths[keep], radii[keep]
