"""Smooth random fields and wide blurs, made on a coarse grid and brought up by linear interpolation."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

from cauce.phantom.frame import Array, Grid


@lru_cache(maxsize=64)
def _knots(n: int, knots: int) -> tuple[npt.NDArray[np.intp], Array]:
    """Lower knot and share of the upper one for each of n places, knots at the centres of equal cells."""
    at = np.clip((np.arange(n) + 0.5) * knots / n - 0.5, 0, knots - 1)
    low = np.minimum(at.astype(np.intp), knots - 2)
    return low, (at - low).astype(np.float32)


def enlarge(coarse: Array, rows: int, columns: int) -> Array:
    """Linear interpolation of a coarse image (at least 2 × 2) to rows × columns."""
    low, upper = _knots(rows, coarse.shape[0])
    steps = np.diff(coarse, axis=0)
    tall = coarse[low] + upper[:, None] * steps[low]
    low, upper = _knots(columns, coarse.shape[1])
    steps = np.diff(tall, axis=1)
    wide: Array = np.take(steps, low, axis=1)
    wide *= upper
    wide += np.take(tall, low, axis=1)
    return wide


def smooth_field(rng: np.random.Generator, grid: Grid, length_mm: float) -> Array:
    """(rows, columns) Gaussian random field of standard deviation about 1 and correlation length `length_mm`."""
    step = length_mm / 2.5
    shape = (max(2, round(grid.rows * grid.spacing_mm / step)), max(2, round(grid.columns * grid.spacing_mm / step)))
    coarse = gaussian_filter(rng.standard_normal(shape, dtype=np.float32), 1.0, mode="reflect")
    coarse *= np.float32(1 / max(float(coarse.std()), 1e-6))
    return enlarge(coarse, grid.rows, grid.columns)


def wide_blur(image: Array, sigma_px: float) -> Array:
    """Gaussian blur of many pixels: block means, a small blur, linear interpolation."""
    block = max(1, int(sigma_px / 2.5))
    rows, columns = image.shape
    if block == 1:
        return np.asarray(gaussian_filter(image, sigma_px, mode="nearest", truncate=2.2), dtype=np.float32)
    small = block_mean(image, block)
    small = gaussian_filter(small, sigma_px / block, mode="nearest", truncate=3)
    return enlarge(small, rows, columns)


def block_mean(image: Array, block: int) -> Array:
    """Means of block × block pixels; the last block of a side takes what remains."""
    rows, columns = image.shape
    n_rows, n_columns = max(2, rows // block), max(2, columns // block)
    row_edges = np.linspace(0, rows, n_rows + 1).astype(int)[:-1]
    column_edges = np.linspace(0, columns, n_columns + 1).astype(int)[:-1]
    sums = np.add.reduceat(np.add.reduceat(image, row_edges, axis=0), column_edges, axis=1)
    heights, widths = np.diff([*row_edges, rows]), np.diff([*column_edges, columns])
    means: Array = (sums / (heights[:, None] * widths[None, :])).astype(np.float32)
    return means
