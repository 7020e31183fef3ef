"""The healthy build of one digital patient, drawn once and kept in all of the patient's studies."""

from dataclasses import dataclass

import numpy as np

from cauce.domain.study import Sex


@dataclass(frozen=True)
class Anatomy:
    """Sizes in mm in body coordinates (u to the patient's left, v downwards, 0 in mid-chest).

    Attributes:
        build: fat and muscle against the average, about 0.8 to 1.4.
        half_width: inside of the ribcage at its widest.
        apex_v: top of the lungs.
        dome_v: top of the right and the left half of the diaphragm at full inspiration.
        lung_depth: front to back of a lung at its deepest.
        wall: ribcage to skin at the side.
        thickness: front to back of the trunk.
        heart_ratio: heart width over ribcage width.
        aorta: half-width of the aortic arch.
        bone: mineral density against the average.
        rib_pitch: distance from rib to rib at the spine.
        breast: (thickness, half-width) of breast tissue; thickness about 0 in men.
    """

    sex: Sex
    age_years: int
    build: float
    half_width: float
    apex_v: float
    dome_v: tuple[float, float]
    lung_depth: float
    wall: float
    thickness: float
    heart_ratio: float
    heart_turn: float
    aorta: float
    bone: float
    rib_pitch: float
    rib_drop: float
    breast: tuple[float, float]
    gastric_bubble: float
    scoliosis: float
    vessel_gain: float
    texture_gain: float


def draw_anatomy(rng: np.random.Generator) -> Anatomy:
    """A random adult."""
    male = bool(rng.random() < 0.52)
    age = int(np.clip(rng.normal(58, 17), 18, 92))
    build = float(np.clip(rng.lognormal(0.0, 0.16), 0.75, 1.5))
    size = float(np.clip(rng.normal(1.0 if male else 0.92, 0.045), 0.8, 1.15))
    half_width = 149 * size * float(rng.normal(1.0, 0.03))
    apex = -163 * size + float(rng.normal(0, 5))
    right = 84 * size + float(rng.normal(0, 10))
    left = right + float(rng.normal(11, 6))
    old = max(0.0, (age - 50) / 40)
    bust = max(4.0, float(rng.normal(26, 12))) * build if not male else max(0.0, float(rng.normal(3, 2))) * build
    return Anatomy(
        sex=Sex.MALE if male else Sex.FEMALE, age_years=age, build=build, half_width=half_width, apex_v=apex,
        dome_v=(right, left), lung_depth=165 * size * float(rng.normal(1, 0.08)),
        wall=max(16.0, 33 * build + float(rng.normal(0, 4))), thickness=225 * size * (0.6 + 0.4 * build),
        heart_ratio=float(np.clip(rng.normal(0.45 + 0.04 * old, 0.045), 0.34, 0.57)),
        heart_turn=float(rng.normal(0.62, 0.09)), aorta=float(rng.normal(15 + 6 * old, 2.5)),
        bone=float(np.clip(rng.normal(1.05 - 0.25 * old, 0.13), 0.55, 1.4)),
        rib_pitch=25.0 * size * float(rng.normal(1, 0.04)), rib_drop=float(rng.normal(104, 13)) * size,
        breast=(bust, float(rng.normal(62, 8)) * (0.85 + 0.15 * build)),
        gastric_bubble=float(rng.random() < 0.75) * float(rng.uniform(0.5, 1.3)),
        scoliosis=float(rng.normal(0, 3.0)), vessel_gain=float(np.clip(rng.normal(1.0, 0.22), 0.5, 1.7)),
        texture_gain=float(np.clip(rng.lognormal(-0.1 + 0.35 * old, 0.35), 0.4, 2.4)),
    )
