"""Aerated lung along the beam: where it is, and how much of it."""

import numpy as np
import numpy.typing as npt

from cauce.phantom.anatomy import Anatomy
from cauce.phantom.frame import Array


def borders(anatomy: Anatomy, v: npt.NDArray) -> tuple[npt.NDArray, npt.NDArray]:
    """(medial, lateral) border of a lung at height v, as distance |u| from the body axis, mm."""
    down = np.clip((v - anatomy.apex_v) / 150.0, 0, 1)
    opening = np.sqrt(np.maximum(1 - (1 - down) ** 2.4, 0))
    apex_u = 0.36 * anatomy.half_width
    lateral = apex_u + (anatomy.half_width - apex_u) * opening
    below = np.clip((v - anatomy.apex_v - 150.0) / 150.0, 0, 1)
    lateral = lateral + 5.0 * below
    medial = apex_u + (19.0 - apex_u) * np.clip(opening * 1.5, 0, 1)
    return medial, lateral


def dome_height(anatomy: Anatomy, across: npt.NDArray, *, left: npt.NDArray | bool, inspiration: float) -> npt.NDArray:
    """Height v of the diaphragm's dome at |u| = `across`; it falls off steeply to the side and gently to the middle."""
    top = np.where(left, anatomy.dome_v[1], anatomy.dome_v[0]) + (inspiration - 1) * 150.0
    middle = 0.47 * anatomy.half_width
    outward = np.maximum(across - middle, 0) * (1 / (anatomy.half_width - middle))
    inward = np.maximum(middle - across, 0) * (1 / middle)
    return top + 48.0 * outward * outward * (0.55 + 0.45 * outward) + 13.0 * inward * inward


def lung_thickness(anatomy: Anatomy, u: Array, v: Array, *, inspiration: float) -> Array:
    """Millimetres of lung along the beam at body points, before heart, vessels and lesions take their place.

    Args:
        anatomy: the patient.
        u, v: body coordinates that broadcast together; the result has their common shape.
        inspiration: 1 is a full breath; smaller lifts the diaphragm.
    """
    medial, lateral = (border.astype(np.float32) for border in borders(anatomy, v))
    across = np.abs(u)
    ratio = across * (1 / np.maximum(lateral, 1.0))
    round_side = np.sqrt(np.maximum(1 - ratio * ratio, 0))
    inner = np.clip((across - medial) * np.float32(1 / 26.0), 0, 1)
    round_middle = np.sqrt(inner * (2 - inner))
    down = np.clip((v - anatomy.apex_v) * (1 / 130.0), 0, 1).astype(np.float32)
    depth = np.float32(anatomy.lung_depth) * (0.25 + 0.75 * np.sqrt(down * (2 - down))) * np.minimum(down * 12, 1)
    dome = dome_height(anatomy, across, left=u > 0, inspiration=inspiration).astype(np.float32)
    under = np.maximum(v - dome, 0)
    left_over = np.maximum(1 - np.sqrt(under * np.float32(1 / 34.0)), 0)
    return (depth * round_side * round_middle * left_over).astype(np.float32)
