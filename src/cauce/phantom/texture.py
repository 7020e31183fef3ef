"""Smooth random fields and wide blurs, made on a coarse grid and brought up by two matrix products."""

from functools import lru_cache

import numpy as np
from scipy.ndimage import gaussian_filter

from cauce.phantom.frame import Array, Grid


@lru_cache(maxsize=64)
def _weights(n: int, knots: int) -> Array:
    """(n, knots) linear interpolation weights, knots at the centres of equal cells."""
    at = np.clip((np.arange(n) + 0.5) * knots / n - 0.5, 0, knots - 1)
    low = np.minimum(at.astype(int), max(knots - 2, 0))
    matrix: Array = np.zeros((n, knots), dtype=np.float32)
    matrix[np.arange(n), low] = 1 - (at - low)
    if knots > 1:
        matrix[np.arange(n), low + 1] += at - low
    return matrix


def enlarge(coarse: Array, rows: int, columns: int) -> Array:
    """Linear interpolation of a coarse image to rows × columns."""
    return np.asarray(_weights(rows, coarse.shape[0]) @ coarse @ _weights(columns, coarse.shape[1]).T, dtype=np.float32)


def smooth_field(rng: np.random.Generator, grid: Grid, length_mm: float) -> Array:
    """(rows, columns) Gaussian random field of standard deviation about 1 and correlation length `length_mm`."""
    step = length_mm / 3
    shape = (max(2, round(grid.rows * grid.spacing_mm / step)), max(2, round(grid.columns * grid.spacing_mm / step)))
    coarse = gaussian_filter(rng.standard_normal(shape, dtype=np.float32), 1.2, mode="reflect")
    coarse *= np.float32(1 / max(float(coarse.std()), 1e-6))
    return enlarge(coarse, grid.rows, grid.columns)


def wide_blur(image: Array, sigma_px: float) -> Array:
    """Gaussian blur of many pixels: block means, a small blur, linear interpolation."""
    block = max(1, int(sigma_px / 2.5))
    rows, columns = image.shape
    if block == 1:
        return np.asarray(gaussian_filter(image, sigma_px, mode="nearest", truncate=3), dtype=np.float32)
    small = block_mean(image, block)
    small = gaussian_filter(small, sigma_px / block, mode="nearest", truncate=3)
    return enlarge(small, rows, columns)


def block_mean(image: Array, block: int) -> Array:
    """Means of block × block pixels; the last block of a side takes what remains."""
    rows, columns = image.shape
    n_rows, n_columns = max(1, rows // block), max(1, columns // block)
    row_edges = np.linspace(0, rows, n_rows + 1).astype(int)[:-1]
    column_edges = np.linspace(0, columns, n_columns + 1).astype(int)[:-1]
    sums = np.add.reduceat(np.add.reduceat(image, row_edges, axis=0), column_edges, axis=1)
    heights, widths = np.diff([*row_edges, rows]), np.diff([*column_edges, columns])
    means: Array = (sums / (heights[:, None] * widths[None, :])).astype(np.float32)
    return means
