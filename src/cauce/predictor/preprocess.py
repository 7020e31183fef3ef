"""Apply a PreprocessRecipe: display-oriented pixels → the network's input, and places on that input → places on the image.

NumPy only, so that training and a hospital installation run the same lines.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import UnreadableImageError
from cauce.domain.preprocess import Aspect, PreprocessRecipe

Floats = NDArray[np.float32]

_PERCENTILE_GRID = 512  # percentiles are read on at most this many rows and columns: 20 times faster on a 3000² radiograph


@dataclass(frozen=True)
class Layout:
    """Where the image stands inside the network's input: corner and size in input pixels; the rest is padding."""

    top: int
    left: int
    height: int
    width: int


def apply(recipe: PreprocessRecipe, pixels: Floats) -> Floats:
    """Clip, scale, resize with a triangle filter that widens when shrinking, pad with the darkest value, standardise.

    Args:
        recipe: what to do.
        pixels: (rows, columns), larger is brighter, any finite range.

    Returns:
        float32 of shape `recipe.size`.

    Raises:
        UnreadableImageError: not two-dimensional, not finite, or without any contrast.
    """
    if pixels.ndim != 2 or min(pixels.shape) < 2:
        raise UnreadableImageError(
            "no two-dimensional image", where="preprocess", expected="(rows, columns)", got=str(pixels.shape)
        )
    scaled = _scale(recipe, np.asarray(pixels, dtype=np.float32))
    place = layout(recipe, (pixels.shape[0], pixels.shape[1]))
    result = np.zeros(recipe.size, dtype=np.float32)
    resized = _resize_rows(_resize_rows(scaled, place.height).T, place.width).T
    result[place.top : place.top + place.height, place.left : place.left + place.width] = resized
    standardised: Floats = (result - np.float32(recipe.mean)) / np.float32(recipe.standard_deviation)
    return standardised


def layout(recipe: PreprocessRecipe, shape: tuple[int, int]) -> Layout:
    """Where an image of `shape` (rows, columns) comes to stand in the network's input."""
    height, width = recipe.size
    if recipe.aspect is Aspect.STRETCH:
        return Layout(0, 0, height, width)
    scale = min(height / shape[0], width / shape[1])
    inner_height = min(height, max(1, round(shape[0] * scale)))
    inner_width = min(width, max(1, round(shape[1] * scale)))
    return Layout((height - inner_height) // 2, (width - inner_width) // 2, inner_height, inner_width)


def to_source(recipe: PreprocessRecipe, shape: tuple[int, int], points: NDArray[np.floating]) -> NDArray[np.float64]:
    """Map places on the network's input back to the stored image.

    Args:
        recipe: what was applied.
        shape: (rows, columns) of the stored image.
        points: (n, 2) of (x, y) in input pixels, x to the right, y downwards, from the corner (0, 0).

    Returns:
        (n, 2) of (x, y) in pixels of the stored image from its corner; a place in the padding is moved to the nearest edge.
    """
    place = layout(recipe, shape)
    inner = np.asarray(points, dtype=np.float64) - (place.left, place.top)
    mapped = inner * (shape[1] / place.width, shape[0] / place.height)
    return np.clip(mapped, 0.0, (float(shape[1]), float(shape[0])))


def map_to_source(recipe: PreprocessRecipe, shape: tuple[int, int], activation: Floats) -> Floats:
    """Resample a map over the network's input so that it covers the stored image, and nothing of the padding.

    Args:
        recipe: what was applied.
        shape: (rows, columns) of the stored image.
        activation: (h', w') on a regular grid over the whole network input.

    Returns:
        float32 (h', w') on a regular grid over the whole stored image; linear between cell centres.
    """
    place = layout(recipe, shape)
    rows, columns = activation.shape
    y = (place.top + (np.arange(rows) + 0.5) * place.height / rows) * rows / recipe.size[0] - 0.5
    x = (place.left + (np.arange(columns) + 0.5) * place.width / columns) * columns / recipe.size[1] - 0.5
    return (_linear_matrix(y, rows) @ activation @ _linear_matrix(x, columns).T).astype(np.float32)


def _scale(recipe: PreprocessRecipe, pixels: Floats) -> Floats:
    """Clip at the recipe's percentiles and scale what lies between to 0..1."""
    step_rows = -(-pixels.shape[0] // _PERCENTILE_GRID)
    step_columns = -(-pixels.shape[1] // _PERCENTILE_GRID)
    sample = pixels[::step_rows, ::step_columns]
    lower, upper = np.percentile(sample, [recipe.lower_percentile, recipe.upper_percentile])
    if not np.isfinite(pixels.sum(dtype=np.float64)):
        raise UnreadableImageError("the image holds values that are no numbers", where="preprocess", remedy="Leave it out.")
    if not upper > lower:
        raise UnreadableImageError(
            "the image has no contrast", where="preprocess", remedy="Check the file's window and LUTs, or leave it out."
        )
    low, range_ = np.float32(lower), np.float32(upper - lower)
    scaled: Floats = np.clip((pixels - low) / range_, np.float32(0), np.float32(1))
    return scaled


def _resize_rows(pixels: Floats, target: int) -> Floats:
    """(length, columns) → (target, columns).

    Sums over the filter's taps rather than a matrix product: each row is read about twice, no threads are woken, and the
    sum has the same order on every machine.
    """
    first, weights = _taps(pixels.shape[0], target)
    rows = np.ascontiguousarray(pixels)
    result = np.zeros((target, pixels.shape[1]), dtype=np.float32)
    for tap in range(weights.shape[1]):
        result += weights[:, tap, None] * rows[np.minimum(first + tap, len(rows) - 1)]
    return result


@lru_cache(maxsize=64)
def _taps(length: int, target: int) -> tuple[NDArray[np.intp], Floats]:
    """Triangle filter, as wide as the scale when shrinking: first row (target,) and weights (target, taps) that sum to 1."""
    scale = length / target
    support = max(scale, 1.0)
    centres = (np.arange(target) + 0.5) * scale
    first = np.maximum(np.ceil(centres - support - 0.5), 0).astype(np.intp)
    rows = first[:, None] + np.arange(int(np.ceil(2 * support)) + 1)
    weights = np.clip(1.0 - np.abs(rows + 0.5 - centres[:, None]) / support, 0.0, None)
    weights[rows >= length] = 0.0
    normalised: Floats = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    for array in (first, normalised):
        array.setflags(write=False)
    return first, normalised


def _linear_matrix(positions: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    """(len(positions), length) weights of linear interpolation at fractional indices; beyond the ends the end value holds."""
    inside = np.clip(positions, 0, length - 1)
    return np.clip(1.0 - np.abs(inside[:, None] - np.arange(length)), 0.0, None)
