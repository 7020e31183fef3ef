"""Bring pairs of images onto one another and say how alike they are then, tile by tile.

Inverse compositional Lucas-Kanade with an affine warp (Baker and Matthews, Int J Comput Vis 2004;56:221), for many pairs at
once: gradients and normal equations belong to the fixed image and are made once.
"""

import numpy as np
from numpy.typing import NDArray

from cauce.dataset.fingerprint import Floats, sample

Affine = NDArray[np.float64]
"""(n, 2, 3): map from centred (row, column) of the fixed image to the moving one's."""

Shown = tuple[Floats, Floats]

_STEP, _MARGIN = 2, 4
_DAMPING = 1e-3
_TILES = 5          # tiles a side
_OUTSIDE = 0.5      # a tile counts where at least half of it is seen in both images


def register(fixed: Floats, moving: Floats, start: Affine, *, iterations: int) -> Affine:
    """Improve `start` until the moving images, seen through it, look like the fixed ones.

    Args:
        fixed, moving: (n, size, size) band images.
        start: (n, 2, 3).
        iterations: steps of Gauss and Newton.
    """
    size = fixed.shape[1]
    points = _points(size, _STEP, _MARGIN)
    gradient = [sample(np.asarray(part, dtype=np.float32), points) for part in np.gradient(fixed, axis=(1, 2))]
    template = sample(fixed, points)
    y, x = (points / size).astype(np.float32)
    columns = [part * factor for part in gradient for factor in (y, x, np.float32(1 / size))]
    jacobian = np.stack(columns, axis=2)  # (n, points, 6): by each of the six numbers of the warp, in units of the image
    normal = np.einsum("npi,npj->nij", jacobian, jacobian, optimize=True).astype(np.float64)
    normal += _DAMPING * np.trace(normal, axis1=1, axis2=2)[:, None, None] * np.eye(6) + 1e-9 * np.eye(6)
    warp = start.copy()
    for _ in range(iterations):
        difference = sample(moving, warp[:, :, :2] @ points + warp[:, :, 2:]) - template
        slope = np.einsum("npi,np->ni", jacobian, difference, optimize=True).astype(np.float64)
        change = np.linalg.solve(normal, slope[..., None])[..., 0].reshape(-1, 2, 3)
        warp = _compose(warp, _inverse(_with_identity(change, size)))
    return warp


def likeness(fixed: Floats, moving: Floats, warp: Affine, *, shown: Shown | None = None) -> Floats:
    """(n, tiles) correlation of each tile of the fixed image with the moving one through `warp`; NaN where it is not seen.

    Args:
        fixed, moving: (n, size, size) band images.
        warp: (n, 2, 3).
        shown: where the fixed and the moving images show something, 0 to 1, each (n, size, size); None for everywhere.
    """
    size = fixed.shape[1]
    points = _points(size, 1, _MARGIN)
    places = warp[:, :, :2] @ points + warp[:, :, 2:]
    seen = (np.abs(places) <= (size - 1) / 2).all(axis=1)
    if shown is not None:
        seen &= (sample(shown[0], points) > _OUTSIDE) & (sample(shown[1], places) > _OUTSIDE)
    template, warped = sample(fixed, points), sample(moving, places)
    place = np.clip(((points + size / 2 - _MARGIN) / (size - 2 * _MARGIN) * _TILES).astype(np.int64), 0, _TILES - 1)
    tile = place[0] * _TILES + place[1]
    found = np.full((len(fixed), _TILES * _TILES), np.nan, dtype=np.float32)
    for number in range(_TILES * _TILES):
        of_tile = tile == number
        weight = seen[:, of_tile].astype(np.float32)
        found[:, number] = np.where(
            weight.mean(axis=1) >= _OUTSIDE, _correlation(template[:, of_tile], warped[:, of_tile], weight), np.nan
        )
    return found


def _correlation(first: Floats, second: Floats, weight: Floats) -> Floats:
    total = weight.sum(axis=1, keepdims=True) + 1e-9
    first = (first - (first * weight).sum(axis=1, keepdims=True) / total) * weight
    second = (second - (second * weight).sum(axis=1, keepdims=True) / total) * weight
    strength = np.sqrt((first * first).sum(axis=1) * (second * second).sum(axis=1)) + 1e-9
    return np.asarray((first * second).sum(axis=1) / strength, dtype=np.float32)


def _points(size: int, step: int, margin: int) -> NDArray[np.float64]:
    axis = np.arange(margin, size - margin, step) - (size - 1) / 2
    return np.stack(np.meshgrid(axis, axis, indexing="ij")).reshape(2, -1)


def _with_identity(change: Affine, size: int) -> Affine:
    """The small warp of a step, from units of the image to pixels."""
    step = change.copy()
    step[:, :, :2] /= size
    step[:, :, 2] /= size
    step[:, 0, 0] += 1
    step[:, 1, 1] += 1
    return step


def _inverse(warp: Affine) -> Affine:
    turn = np.linalg.inv(warp[:, :, :2])
    return np.concatenate([turn, -turn @ warp[:, :, 2:]], axis=2)


def _compose(outer: Affine, inner: Affine) -> Affine:
    turn = outer[:, :, :2] @ inner[:, :, :2]
    return np.concatenate([turn, outer[:, :, :2] @ inner[:, :, 2:] + outer[:, :, 2:]], axis=2)
