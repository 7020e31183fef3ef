"""Patches of a volume, changed at random: one affine resampling, then brightness. No flips: the patient's sides differ."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import affine_grid, grid_sample

from cauce.domain.experiment import Augmentation
from cauce.experiment.patch_source import PatchSource

Voxel = tuple[int, int, int]
Patch = tuple[torch.Tensor, torch.Tensor]


@dataclass(frozen=True)
class Strength:
    """Half-widths of uniform distributions.

    Attributes:
        rotation_degrees: about each of the three axes.
        zoom: as a fraction, along each axis by itself.
        gain: factor on the normalised voxels, around 1.
        offset: in normalised units.
    """

    rotation_degrees: float
    zoom: float
    gain: float
    offset: float


PRESETS: dict[Augmentation, Strength] = {
    Augmentation.NONE: Strength(0.0, 0.0, 0.0, 0.0),
    Augmentation.LIGHT: Strength(rotation_degrees=10, zoom=0.10, gain=0.10, offset=0.10),
    Augmentation.STRONG: Strength(rotation_degrees=15, zoom=0.15, gain=0.20, offset=0.20),
}

_SLACK = 0.05  # of the volume: a patch as large as the volume still moves this far


def draw_patch(
    source: PatchSource, *, patch: Voxel, around: Voxel | None, preset: Augmentation, generator: torch.Generator
) -> Patch:
    """One patch and its classes; beyond the volume lies 0, which is background.

    Args:
        source: only what the patch can reach is read of it.
        patch: (z, y, x) voxels.
        around: voxel that the patch holds, in its middle half; None for a place anywhere.
        preset: how much it is turned, stretched and made brighter.
        generator: all draws come from it, on the CPU, the same number for each patch.

    Returns:
        float32 (c, *patch) and int64 (*patch).
    """
    strength, shape = PRESETS[preset], source.mask.shape
    draws = torch.rand(11, generator=generator, dtype=torch.float64).numpy() * 2 - 1
    rotation = _rotation(draws[:3] * math.radians(strength.rotation_degrees))
    spacing = np.array(source.spacing_mm)
    turn = rotation @ np.diag(1 + draws[3:6] * strength.zoom) * (spacing / spacing[:, None])  # in millimetres, on voxels
    centre = _centre(shape, patch, around, draws[6:9])
    low, high = _reach(turn, centre, shape, patch)
    box = tuple(slice(first, last) for first, last in zip(low, high, strict=True))
    size = high - low
    linear = turn * (np.array(patch, dtype=np.float64) / size[:, None])  # between grids that run from −1 to 1
    shift = 2 * (centre - low) / size - 1
    theta = torch.from_numpy(np.column_stack([linear[::-1, ::-1], shift[::-1]]).astype(np.float32))[None]
    grid = affine_grid(theta, [1, 1, *patch], align_corners=False)
    image = torch.from_numpy(np.array(source.voxels[(slice(None), *box)], dtype=np.float32))[None]
    classes = torch.from_numpy(np.array(source.mask[box], dtype=np.float32))[None, None]
    moved = grid_sample(image, grid, mode="bilinear", padding_mode="zeros", align_corners=False)[0]
    marked = grid_sample(classes, grid, mode="nearest", padding_mode="zeros", align_corners=False)[0, 0]
    gain, offset = 1 + draws[9] * strength.gain, draws[10] * strength.offset
    return moved * float(gain) + float(offset), marked.long()


def _centre(shape: tuple[int, ...], patch: Voxel, around: Voxel | None, draws: NDArray[np.float64]) -> NDArray[np.float64]:
    """Middle of the patch in voxel edges of the volume: 0 is its beginning, `shape` its end."""
    extent, window = np.array(shape, dtype=np.float64), np.array(patch, dtype=np.float64)
    furthest = np.maximum(extent - window, 0) / 2 + _SLACK * extent / 2  # from the volume's middle
    if around is None:
        return extent / 2 + draws * furthest
    wanted = np.array(around) + 0.5 + draws * window / 4
    middle: NDArray[np.float64] = extent / 2 + np.clip(wanted - extent / 2, -furthest, furthest)
    return middle


def _reach(
    turn: NDArray[np.float64], centre: NDArray[np.float64], shape: tuple[int, ...], patch: Voxel
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First and last voxel + 1, along each axis, that the patch can touch; at least one voxel."""
    half = np.abs(turn) @ (np.array(patch) / 2) + 1
    low = np.clip(np.floor(centre - half), 0, np.array(shape) - 1).astype(np.intp)
    high = np.clip(np.ceil(centre + half), low + 1, np.array(shape)).astype(np.intp)
    return low, high


def _rotation(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn about z, then y, then x, on vectors (z, y, x) in millimetres."""
    (a, b, c), (p, q, r) = np.cos(angles), np.sin(angles)
    about_z = np.array([[1, 0, 0], [0, a, -p], [0, p, a]])
    about_y = np.array([[b, 0, q], [0, 1, 0], [-q, 0, b]])
    about_x = np.array([[c, -r, 0], [r, c, 0], [0, 0, 1]])
    rotation: NDArray[np.float64] = about_z @ about_y @ about_x
    return rotation
