"""Colour a heat map over a radiograph so that the radiograph stays readable."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from cauce.clinical.chest_xray.localise import HALF, upsample
from cauce.domain.model import OperatingPoint
from cauce.domain.result import Decision, InstanceResult, Place
from cauce.report.pillow_adapter import encode_png, resize

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

_ANCHORS = (  # OKLab (lightness, a, b): lightness rises evenly from violet over red and orange to yellow
    (0.38, 0.085, -0.115), (0.47, 0.15, -0.02), (0.57, 0.185, 0.085),
    (0.68, 0.13, 0.125), (0.79, 0.045, 0.15), (0.9, -0.02, 0.165),
)
_CLEAR_BELOW = 0.12     # relative response that stays without colour
_STRONGEST = 0.52       # opacity of the strongest response
PRINTED_PIXELS = 840    # longer side of a printed picture: 240 dots per inch at 88 mm
_LINE = (255, 255, 255)
_SHADOW = (0, 0, 0)


@dataclass(frozen=True)
class Picture:
    """A PNG file and its size in pixels."""

    png: bytes
    rows: int
    columns: int


def original_picture(pixels: Floats, *, longest_side: int = PRINTED_PIXELS) -> Picture:
    """The radiograph alone.

    Args:
        pixels: float32 (rows, columns), display-oriented, 0 to 1.
        longest_side: size of the picture in pixels.
    """
    return _picture(_grey(_fit(pixels, longest_side)))


def overlay_picture(
    pixels: Floats, result: InstanceResult, operating_point: OperatingPoint, *, longest_side: int = PRINTED_PIXELS
) -> Picture:
    """The radiograph under its heat map; positive: with the box of each finding; refused: the radiograph alone.

    Below the operating point colour fades with the probability and no box is drawn: nothing is pointed out.
    """
    if result.heat_map is None or result.probability is None:
        return original_picture(pixels, longest_side=longest_side)
    shown = _fit(pixels, longest_side)
    heat = upsample(result.heat_map, (shown.shape[0], shown.shape[1]))
    rgb = colour(shown, heat, strength=_strength(result, operating_point))
    if result.decision is Decision.POSITIVE:
        scale = (shown.shape[1] / pixels.shape[1], shown.shape[0] / pixels.shape[0])
        for finding in result.findings:
            if finding.place is not None:
                rgb = _draw_box(rgb, finding.place, scale)
    return _picture(rgb)


def colour(pixels: Floats, heat: Floats, *, strength: float) -> Bytes:
    """Blend the colour of `heat` over `pixels`; the grey value keeps modulating, so structure shows through.

    Args:
        pixels: float32 (rows, columns), 0 to 1.
        heat: float32 of the same shape, 0 to 1; its peak gets the strongest colour.
        strength: 0 no colour, 1 full.

    Returns:
        uint8 (rows, columns, 3).
    """
    grey = np.repeat(_grey(pixels)[..., None], 3, axis=2).astype(np.float32)
    peak = float(heat.max())
    if peak <= 0 or strength <= 0:
        return grey.astype(np.uint8)
    relative = heat / peak
    ramp = np.clip((relative - _CLEAR_BELOW) / (1 - _CLEAR_BELOW), 0.0, 1.0)
    alpha = (_STRONGEST * strength * ramp * (2.0 - ramp))[..., None]
    tint = colour_map()[(ramp * 255).astype(np.uint8)].astype(np.float32) * (0.6 + 0.4 * grey / 255.0)
    return np.asarray(np.clip(grey * (1 - alpha) + tint * alpha + 0.5, 0, 255), dtype=np.uint8)


@lru_cache(maxsize=1)
def colour_map() -> Bytes:
    """uint8 (256, 3) sRGB from weak to strong response; lightness rises by equal steps (OKLab, Ottosson 2020)."""
    anchors = np.array(_ANCHORS)
    at = np.linspace(0, len(anchors) - 1, 256)
    lab = np.stack([np.interp(at, np.arange(len(anchors)), anchors[:, axis]) for axis in range(3)], axis=1)
    cone = (lab @ _LAB_TO_CONE.T) ** 3
    linear = np.clip(cone @ _CONE_TO_RGB.T, 0.0, 1.0)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    table = np.asarray(np.round(encoded * 255), dtype=np.uint8)
    table.setflags(write=False)
    return table


_LAB_TO_CONE = np.array([[1, 0.3963377774, 0.2158037573], [1, -0.1055613458, -0.0638541728], [1, -0.0894841775, -1.2914855480]])
_CONE_TO_RGB = np.array([
    [4.0767416621, -3.3077115913, 0.2309699292], [-1.2684380046, 2.6097574011, -0.3413193965],
    [-0.0041960863, -0.7034186147, 1.7076147010],
])


def _strength(result: InstanceResult, operating_point: OperatingPoint) -> float:
    if result.decision is Decision.POSITIVE or result.probability is None:
        return 1.0
    return HALF * min(1.0, result.probability / operating_point.threshold) if operating_point.threshold > 0 else HALF


def _fit(pixels: Floats, longest_side: int) -> Floats:
    scale = longest_side / max(pixels.shape)
    return resize(pixels, (max(1, round(pixels.shape[0] * scale)), max(1, round(pixels.shape[1] * scale))))


def _grey(pixels: Floats) -> Bytes:
    return (np.clip(pixels, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)


def _draw_box(rgb: Bytes, place: Place, scale: tuple[float, float]) -> Bytes:
    """A thin outline with strong corners: white over a dark edge, readable on lung and on bone; the inside stays free."""
    x, y = np.arange(rgb.shape[1]) + 0.5, (np.arange(rgb.shape[0]) + 0.5)[:, None]
    left, top, right, bottom = (edge * scale[index % 2] for index, edge in enumerate(place.box))
    width, height = right - left, bottom - top
    arm = max(10.0, 0.28 * min(width, height))
    outside = np.maximum(np.maximum(left - x, x - right), np.maximum(top - y, y - bottom))
    to_side, to_end = np.minimum(np.abs(x - left), np.abs(x - right)), np.minimum(np.abs(y - top), np.abs(y - bottom))
    near_corner = (to_side <= arm) & (to_end <= arm)
    line = max(1.6, max(rgb.shape) / 420)
    shown = rgb.astype(np.float32)
    for colour_value, half_width in ((_SHADOW, line * 1.15), (_LINE, line * 0.6)):
        thin = np.clip(0.35 * half_width + 0.5 - np.abs(outside), 0.0, 1.0)
        strong = np.clip(half_width + 0.5 - np.abs(outside), 0.0, 1.0) * near_corner
        opacity = (np.maximum(0.6 * thin, strong) * (0.55 if colour_value == _SHADOW else 1.0))[..., None]
        shown = shown * (1 - opacity) + np.array(colour_value, dtype=np.float32) * opacity
    return (shown + 0.5).astype(np.uint8)


def _picture(array: Bytes) -> Picture:
    return Picture(png=encode_png(array), rows=int(array.shape[0]), columns=int(array.shape[1]))
