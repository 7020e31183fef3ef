"""Aerated lung along the beam: where it is, and how much of it."""

import numpy as np
import numpy.typing as npt

from cauce.phantom.anatomy import Anatomy
from cauce.phantom.frame import Array, Real


def borders(anatomy: Anatomy, v: Real) -> tuple[Real, Real]:
    """(medial, lateral) border of a lung at height v, as distance |u| from the body axis, mm."""
    down = np.clip((v - anatomy.apex_v) / 165.0, 0, 1)
    opening = np.sqrt(np.maximum(1 - (1 - down) ** 2.4, 0))
    apex_u = 0.36 * anatomy.half_width
    lateral = apex_u + (anatomy.half_width - apex_u) * opening
    below = np.clip((v - anatomy.apex_v - 165.0) / 150.0, 0, 1)
    lateral = lateral + 5.0 * below
    waist = 18.0 + 4.0 * np.cos((v - anatomy.apex_v) * (2 * np.pi / 150.0))
    medial = apex_u + (waist - apex_u) * np.clip(opening * 1.4, 0, 1)
    return medial, lateral


def dome_height(anatomy: Anatomy, across: Array, *, left: npt.NDArray[np.bool_], inspiration: float) -> Array:
    """Height v of the diaphragm's dome at |u| = `across`; it falls off steeply to the side and gently to the middle."""
    raised = (inspiration - 1) * 150.0
    top = np.where(left, np.float32(anatomy.dome_v[1] + raised), np.float32(anatomy.dome_v[0] + raised))
    middle = np.float32(0.47 * anatomy.half_width)
    outward = np.maximum(across - middle, 0) * np.float32(1 / (anatomy.half_width - middle))
    inward = np.maximum(middle - across, 0) * (1 / middle)
    top += outward * outward * (np.float32(26.0) + np.float32(22.0) * outward)
    top += np.float32(13.0) * inward * inward
    return top


def dome_at(anatomy: Anatomy, u: float, *, inspiration: float) -> float:
    """`dome_height` at one place."""
    at = np.array([u], dtype=np.float32)
    return float(dome_height(anatomy, np.abs(at), left=at > 0, inspiration=inspiration)[0])


def lung_thickness(
    anatomy: Anatomy, u: Array, v: Array, *, inspiration: float, displaced: Array | None = None
) -> Array:
    """Millimetres of lung along the beam at body points, before vessels and lesions take their place.

    Args:
        anatomy: the patient.
        u, v: body coordinates that broadcast together; the result has their common shape.
        inspiration: 1 is a full breath; smaller lifts the diaphragm.
        displaced: mm of heart and great vessels that lie where lung would be.
    """
    medial, lateral = (border.astype(np.float32) for border in borders(anatomy, v))
    across = np.abs(u)
    ratio = across * (1 / np.maximum(lateral, 1.0))
    lung = np.sqrt(np.maximum(1 - ratio * ratio, 0))
    inner = np.clip((across - medial) * np.float32(1 / 34.0), 0, 1)
    lung *= np.sqrt(inner * (2 - inner))
    down = np.clip((v - anatomy.apex_v) * np.float32(1 / 130.0), 0, 1)
    lung *= np.float32(anatomy.lung_depth) * (0.25 + 0.75 * np.sqrt(down * (2 - down))) * np.minimum(down * 12, 1)
    if displaced is not None:
        lung -= displaced
        np.maximum(lung, 0, out=lung)
    under = v - dome_height(anatomy, across, left=u > 0, inspiration=inspiration)
    np.maximum(under, 0, out=under)
    lung *= np.maximum(1 - np.sqrt(under * np.float32(1 / 34.0)), 0)
    return lung


def thickness_at(anatomy: Anatomy, u: float, v: float, *, inspiration: float) -> float:
    """`lung_thickness` at one place, mm."""
    at_u, at_v = np.array([u], dtype=np.float32), np.array([v], dtype=np.float32)
    return float(lung_thickness(anatomy, at_u, at_v, inspiration=inspiration)[0])
