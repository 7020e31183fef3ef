"""Image descriptors that tell acquisitions apart: brightness, contrast, noise, sharpness, border.

They are made to be compared between images of different matrices: percentiles and contrast come from the whole image,
sharpness from a copy brought to one size, noise from the native pixels, where it was acquired.
"""

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import InputError
from cauce.domain.study import PixelStatistics

Pixels = NDArray[np.float32]

_SAMPLES = 256   # percentiles are read from at most 256 × 256 pixels
_COMMON = 256    # sharpness is measured on about this many rows
_BLOCK = 16      # local contrast is the standard deviation within 16 × 16 pixels of the common size
_EXTREME = 0.005
_SMALLEST = 8


def describe(pixels: Pixels) -> PixelStatistics:
    """Descriptors of one image.

    Args:
        pixels: float32 (rows, columns), display-oriented, 0 to 1, at least 8 × 8.

    Returns:
        noise: standard deviation of white noise by Immerkær (Computer Vision and Image Understanding 64, 1996), its
            median form, on the central native pixels; sharpness: mean gradient magnitude over local contrast at the
            common size; contrast: median of the local standard deviations; border_fraction: share of pixels within
            0.5 % of black or of white, as collimation and burned-in frames leave.

    Raises:
        InputError: `pixels` is no such array.
    """
    if pixels.ndim != 2 or min(pixels.shape) < _SMALLEST or not np.isfinite(pixels).all():
        raise InputError(
            "pixels cannot be described", expected=f"finite (rows, columns), at least {_SMALLEST} × {_SMALLEST}",
            got=f"shape {pixels.shape}", remedy="Give one grey image.",
        )
    sample = _strided(pixels, _SAMPLES)
    p01, p25, p50, p75, p99 = (float(value) for value in np.percentile(sample, (1, 25, 50, 75, 99)))
    common = _reduced(pixels)
    contrast = _local_contrast(common)
    extreme = np.count_nonzero((sample <= _EXTREME) | (sample >= 1 - _EXTREME)) / sample.size
    return PixelStatistics(
        mean=float(sample.mean(dtype=np.float64)), standard_deviation=float(sample.std(dtype=np.float64)),
        p01=p01, p25=p25, p50=p50, p75=p75, p99=p99,
        noise=_noise(pixels), sharpness=_gradient(common) / (contrast + 1e-3), contrast=contrast, border_fraction=extreme,
    )


def _strided(pixels: Pixels, limit: int) -> Pixels:
    rows, columns = (max(1, size // limit) for size in pixels.shape)
    return np.ascontiguousarray(pixels[::rows, ::columns])


def _reduced(pixels: Pixels) -> Pixels:
    """Mean of square blocks, so that the longer side comes near the common size; smaller images stay."""
    step = max(1, round(max(pixels.shape) / _COMMON))
    if step == 1:
        return pixels
    rows, columns = (size // step for size in pixels.shape)
    blocks = pixels[: rows * step, : columns * step].reshape(rows, step, columns, step)
    return np.asarray(blocks.mean(axis=(1, 3)), dtype=np.float32)


def _local_contrast(pixels: Pixels) -> float:
    rows, columns = (max(1, size // _BLOCK) for size in pixels.shape)
    height, width = min(_BLOCK, pixels.shape[0]), min(_BLOCK, pixels.shape[1])
    blocks = pixels[: rows * height, : columns * width].reshape(rows, height, columns, width)
    return float(np.median(blocks.std(axis=(1, 3))))


def _gradient(pixels: Pixels) -> float:
    down, right = np.diff(pixels[:, :-1], axis=0), np.diff(pixels[:-1], axis=1)
    return float(np.sqrt(down * down + right * right).mean(dtype=np.float64))


def _noise(pixels: Pixels) -> float:
    """Median absolute response to the mask [1 −2 1; −2 4 −2; 1 −2 1], which anatomy hardly moves, scaled to sigma."""
    rows, columns = pixels.shape
    top, left = max(0, (rows - 512) // 2), max(0, (columns - 512) // 2)
    centre = pixels[top:top + 512, left:left + 512]
    second = centre[:, :-2] - 2 * centre[:, 1:-1] + centre[:, 2:]
    mask = second[:-2] - 2 * second[1:-1] + second[2:]
    return float(np.median(np.abs(mask))) / (0.67449 * 6.0)
