"""Findings with known truth: where they lie, how large they are, and what they add to the attenuation."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from cauce.domain.result import Side
from cauce.phantom.anatomy import Anatomy
from cauce.phantom.frame import Array, Ellipsoid, Frame, add_ellipsoid
from cauce.phantom.lungs import borders, dome_at, thickness_at
from cauce.phantom.tissue import LUNG, SOFT


class LesionKind(StrEnum):
    """What may be found."""

    NODULE = "nodule"
    MASS = "mass"
    CONSOLIDATION = "consolidation"
    EFFUSION = "effusion"


_SHARE = {LesionKind.NODULE: 0.14, LesionKind.MASS: 0.28, LesionKind.CONSOLIDATION: 0.32, LesionKind.EFFUSION: 0.26}
_DIAMETER_MM = {
    LesionKind.NODULE: (20.0, 30.0), LesionKind.MASS: (38.0, 78.0),
    LesionKind.CONSOLIDATION: (85.0, 150.0), LesionKind.EFFUSION: (85.0, 160.0),
}
_FILL = (0.5, 0.9)
_DEPTH_RATIO = 1.2
"""Depth of a nodule or mass along the beam over its diameter."""


@dataclass(frozen=True)
class Lesion:
    """One finding.

    Attributes:
        centre: body coordinates (u, v), mm.
        diameter_mm: mean of width and height on the body, for an effusion the height of fluid above the angle.
        contrast: greatest change of the line integral of attenuation, a pure number (an average rib adds about 0.2).
        fill: share of the lung along the beam that is replaced (consolidation, effusion).
    """

    kind: LesionKind
    centre: tuple[float, float]
    diameter_mm: float
    contrast: float
    fill: float
    elongation: float
    angle_rad: float
    side: Side


def draw_lesion(rng: np.random.Generator, anatomy: Anatomy, *, inspiration: float) -> Lesion:
    """A random finding at a place where lung is deep enough to hold it."""
    kind = list(_SHARE)[int(rng.choice(len(_SHARE), p=list(_SHARE.values())))]
    diameter = float(rng.uniform(*_DIAMETER_MM[kind]))
    sign = 1.0 if rng.random() < 0.5 else -1.0
    side = Side.LEFT if sign > 0 else Side.RIGHT
    elongation, angle = float(rng.uniform(1.0, 1.25)), float(rng.uniform(0, np.pi))
    if kind is LesionKind.EFFUSION:
        centre, fill = _angle_of_effusion(anatomy, sign, diameter, inspiration), float(rng.uniform(0.85, 1.0))
        contrast = (SOFT - LUNG) * fill * 0.6 * anatomy.lung_depth
    else:
        centre = _place(rng, anatomy, sign, min(diameter, 60.0), inspiration)
        depth = thickness_at(anatomy, *centre, inspiration=inspiration)
        fill = float(rng.uniform(*_FILL)) if kind is LesionKind.CONSOLIDATION else 1.0
        contrast = (SOFT - LUNG) * (fill * depth if kind is LesionKind.CONSOLIDATION else min(_DEPTH_RATIO * diameter, depth))
    return Lesion(kind, centre, diameter, contrast, fill, elongation, angle, side)


def _place(
    rng: np.random.Generator, anatomy: Anatomy, sign: float, diameter: float, inspiration: float
) -> tuple[float, float]:
    best, best_depth = (sign * 0.6 * anatomy.half_width, 0.0), -1.0
    for _ in range(40):
        v = float(rng.uniform(anatomy.apex_v + 22 + diameter / 3, anatomy.dome_v[0] - 8))
        medial, lateral = (float(border[0]) for border in borders(anatomy, np.array([v])))
        u = sign * float(rng.uniform(max(medial + 20, 0.30 * anatomy.half_width), lateral - diameter / 2 - 2))
        below = dome_at(anatomy, u, inspiration=inspiration) - v
        depth = thickness_at(anatomy, u, v, inspiration=inspiration)
        behind_heart = sign > 0 and v > 0 and u < 0.60 * anatomy.half_width
        if depth >= diameter * 1.1 and below > diameter * 0.35 and not behind_heart:
            return u, v
        if depth > best_depth and not behind_heart:
            best, best_depth = (u, v), depth
    return best


def _angle_of_effusion(anatomy: Anatomy, sign: float, height: float, inspiration: float) -> tuple[float, float]:
    across = 0.80 * anatomy.half_width
    bottom = dome_at(anatomy, sign * anatomy.half_width, inspiration=inspiration)
    return sign * across, bottom - height / 2


def displaced_lung(lesion: Lesion, frame: Frame, rng: np.random.Generator) -> Array:
    """Chord (mm) of a nodule or mass: a lobed soft-tissue body, (rows, columns)."""
    chord = np.zeros((frame.grid.rows, frame.grid.columns), dtype=np.float32)
    radius = lesion.diameter_mm / 2
    a, b = radius * np.sqrt(lesion.elongation), radius / np.sqrt(lesion.elongation)
    add_ellipsoid(chord, frame, Ellipsoid(lesion.centre, (a, b), radius * _DEPTH_RATIO, lesion.angle_rad))
    for angle in rng.uniform(0, 2 * np.pi, 6):
        lobe = radius * float(rng.uniform(0.35, 0.6))
        away = radius * 0.78 - 0.5 * lobe
        centre = (lesion.centre[0] + away * float(np.cos(angle)), lesion.centre[1] + away * float(np.sin(angle)))
        add_ellipsoid(chord, frame, Ellipsoid(centre, (lobe, lobe), lobe * 0.35), power=0.8)
    return chord


def filled_share(lesion: Lesion, anatomy: Anatomy, frame: Frame, *, inspiration: float, clouds: Array) -> Array:
    """Share 0..1 of the lung along the beam that fluid or pus has replaced, (rows, columns).

    `clouds` is a smooth random field that breaks up the edge of a consolidation.
    """
    if lesion.kind is LesionKind.EFFUSION:
        return _fluid(lesion, anatomy, frame, inspiration=inspiration)
    radius = lesion.diameter_mm / 2
    du, dv = frame.u - np.float32(lesion.centre[0]), frame.v - np.float32(lesion.centre[1])
    cos, sin = np.float32(np.cos(lesion.angle_rad)), np.float32(np.sin(lesion.angle_rad))
    along, across = du * cos + dv * sin, dv * cos - du * sin
    distance = np.sqrt((along / lesion.elongation) ** 2 + (across * lesion.elongation) ** 2) * np.float32(1 / radius)
    edge = np.clip((1.22 + 0.13 * clouds - distance) * np.float32(1.2), 0, 1)
    share: Array = np.float32(lesion.fill) * edge * edge * (3 - 2 * edge) * np.clip(1 + 0.16 * clouds, 0.5, 1.2)
    return share


def _fluid(lesion: Lesion, anatomy: Anatomy, frame: Frame, *, inspiration: float) -> Array:
    left = lesion.side is Side.LEFT
    across = frame.u if left else -frame.u
    bottom = dome_at(anatomy, anatomy.half_width if left else -anatomy.half_width, inspiration=inspiration)
    level = bottom - lesion.diameter_mm
    inward = np.clip((anatomy.half_width - across) * np.float32(1 / (1.25 * anatomy.half_width)), 0, 1)
    meniscus = level + np.float32(0.72 * lesion.diameter_mm) * np.sqrt(inward)
    depth = np.clip((frame.v - meniscus) * np.float32(1 / 16.0), 0, 1)
    share: Array = np.float32(lesion.fill) * depth * (2 - depth) * (across > 0)
    return share
