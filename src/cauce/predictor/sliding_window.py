"""Sliding window over a volume with bounded memory: sums of one slab, a class map, never a probability for each voxel."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import CauceError
from cauce.domain.progress import Progress, silent

Floats = NDArray[np.float32]
Classes = NDArray[np.uint8]
Shape = tuple[int, int, int]
Infer = Callable[[Floats], Floats]

_SIGMA = 1 / 8  # of the patch; as nnU-Net weights its windows, Isensee et al. 2021, 10.1038/s41592-020-01008-z
_SMALLEST = 1e-3


@dataclass(frozen=True)
class Windows:
    """Where the windows lie: starts along z, y, x, on a volume that was padded to at least one patch."""

    patch: Shape
    padded: Shape
    starts: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]


def segment(
    infer: Infer, voxels: Floats, *, patch: Shape, overlap: float, n_classes: int, batch: int = 1, progress: Progress = silent
) -> Classes:
    """The most probable class of each voxel, ties to the lower.

    Args:
        infer: float32 (n, c, *patch) → (n, n_classes, *patch), probabilities or anything that may be averaged.
        voxels: float32 (c, z, y, x); padded evenly with 0 where it is smaller than the patch, as training pads.
        patch: of the network.
        overlap: share of a patch that neighbours have in common, at least.
        n_classes: background included, at most 256.
        batch: windows in one call of `infer`.
        progress: told of windows.

    Returns:
        uint8 (z, y, x).

    Raises:
        CauceError: the network answered with something that is no number.
    """
    windows = plan_windows(_shape(voxels.shape[1:]), patch=patch, overlap=overlap)
    padded, before = _pad(voxels, windows.padded)
    weight = _importance(patch)
    result = np.zeros(windows.padded, dtype=np.uint8)
    sums = np.zeros((n_classes, patch[0], *windows.padded[1:]), dtype=np.float32)  # of the slab that begins at `top`
    total, done, top = _count(windows), 0, 0
    for start in windows.starts[0]:
        _write(result, sums, top, start)
        top = start
        for corners in _batches(windows, batch):
            patches = np.stack([_cut(padded, (start, *corner), patch) for corner in corners])
            answers = infer(patches)
            if not np.isfinite(answers).all():
                raise CauceError("the network answered with something that is no number", where="predictor",
                                 remedy="Report this as a defect of the model, with its digest.")
            for (y, x), answer in zip(corners, answers, strict=True):
                sums[:, :, y : y + patch[1], x : x + patch[2]] += answer * weight
            done += len(corners)
            progress("predict windows", done, total)
    _write(result, sums, top, top + patch[0])
    inside = tuple(slice(first, first + length) for first, length in zip(before, voxels.shape[1:], strict=True))
    return np.ascontiguousarray(result[inside])


def plan_windows(shape: Shape, *, patch: Shape, overlap: float) -> Windows:
    """Windows that cover a volume, spread evenly, each neighbour sharing at least `overlap` of a patch."""
    padded = tuple(max(n, p) for n, p in zip(shape, patch, strict=True))
    starts = tuple(_starts(n, p, overlap) for n, p in zip(padded, patch, strict=True))
    return Windows(patch, (padded[0], padded[1], padded[2]), (starts[0], starts[1], starts[2]))


def memory_bytes(shape: Shape, *, channels: int, patch: Shape, n_classes: int, batch: int = 1) -> int:
    """Bytes that `segment` holds at its peak beside the volume itself, without the network's own."""
    padded = plan_windows(shape, patch=patch, overlap=0.0).padded
    area, voxels, window = padded[1] * padded[2], int(np.prod(padded)), int(np.prod(patch))
    slab = 4 * n_classes * patch[0] * area
    copies = 4 * channels * voxels if padded != shape else 0
    one_slice = (4 * n_classes + 16) * area
    return slab + one_slice + voxels + copies + 4 * window * batch * (channels + 2 * n_classes)


def _write(result: Classes, sums: Floats, top: int, until: int) -> None:
    """Decide the slices `top`..`until` of the slab, and move the rest of its sums up.

    All classes of a voxel were weighted alike, so that the sums need no division. Slice by slice: NumPy's argmax over the
    first axis would copy the slab.
    """
    depth, ready = sums.shape[1], until - top
    for place in range(ready):
        best, classes = sums[0, place].copy(), result[top + place]
        for value in range(1, len(sums)):
            larger = sums[value, place] > best
            classes[larger] = value
            np.maximum(best, sums[value, place], out=best)
    for place in range(depth):
        sums[:, place] = sums[:, place + ready] if place + ready < depth else 0


def _starts(length: int, patch: int, overlap: float) -> tuple[int, ...]:
    if length <= patch:
        return (0,)
    step = max(1, int(patch * (1 - overlap)))
    count = -(-(length - patch) // step) + 1
    return tuple(round(i * (length - patch) / (count - 1)) for i in range(count))


def _batches(windows: Windows, batch: int) -> Iterator[list[tuple[int, int]]]:
    corners = [(y, x) for y in windows.starts[1] for x in windows.starts[2]]
    for first in range(0, len(corners), batch):
        yield corners[first : first + batch]


def _count(windows: Windows) -> int:
    return int(np.prod([len(starts) for starts in windows.starts]))


def _cut(voxels: Floats, corner: tuple[int, ...], patch: Shape) -> Floats:
    z, y, x = (slice(first, first + length) for first, length in zip(corner, patch, strict=True))
    return voxels[:, z, y, x]


def _pad(voxels: Floats, target: Shape) -> tuple[Floats, Shape]:
    """Evenly on both sides with 0; also how much came before."""
    before = _shape(tuple((t - n) // 2 for t, n in zip(target, voxels.shape[1:], strict=True)))
    if target == voxels.shape[1:]:
        return voxels, before
    padded = np.zeros((len(voxels), *target), dtype=np.float32)
    inside = tuple(slice(b, b + n) for b, n in zip(before, voxels.shape[1:], strict=True))
    padded[(slice(None), *inside)] = voxels
    return padded, before


def _importance(patch: Shape) -> Floats:
    """Gaussian weight (z, y, x) of a window's voxels, nowhere near 0: each voxel is covered by one window at least."""
    axes = [np.exp(-0.5 * ((np.arange(n) - (n - 1) / 2) / max(n * _SIGMA, 1e-6)) ** 2) for n in patch]
    weight = axes[0][:, None, None] * axes[1][:, None] * axes[2]
    floored: Floats = np.maximum(weight / weight.max(), _SMALLEST).astype(np.float32)
    return floored


def _shape(values: tuple[int, ...]) -> Shape:
    return values[0], values[1], values[2]
