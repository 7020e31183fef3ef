"""Apply a VolumeRecipe: stored voxels → the network's grid and values, and class maps on that grid → the stored grid.

NumPy and SciPy only, so that training and a hospital installation run the same lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import OtherShapeError, UnreadableImageError
from cauce.domain.preprocess import Normalisation, VolumeRecipe
from cauce.domain.reference import VolumeGeometry
from cauce.predictor.orientation import Turn, turn_to_patient
from cauce.predictor.resample import resample_labels, resample_linear

Floats = NDArray[np.float32]
Classes = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class PreparedVolume:
    """What patches are taken from.

    Attributes:
        voxels: float32 (c, z, y, x), normalised, on a grid whose axes follow the patient's: z to the head, y to the back,
            x to the left.
        geometry: of that grid.
        source: of the stored volume.
    """

    voxels: Floats
    geometry: VolumeGeometry
    source: VolumeGeometry


def prepare_volume(recipe: VolumeRecipe, channels: Sequence[Floats], geometry: VolumeGeometry, name: str) -> PreparedVolume:
    """Turn each channel to the patient's axes, resample it when the recipe says so, and normalise it.

    Args:
        recipe: what to do.
        channels: float32 (z, y, x) each, of one geometry.
        geometry: of the stored voxels.
        name: what messages call the volume.

    Raises:
        OtherShapeError: a channel has another shape than the geometry.
        UnreadableImageError: a channel is not finite, or has no contrast.
    """
    turn = turn_to_patient(geometry)
    shape, spacing = _target(recipe, turn)
    prepared = []
    for voxels in channels:
        _check_shape(voxels.shape, geometry, name)
        if not np.isfinite(voxels.sum(dtype=np.float64)):
            raise UnreadableImageError("the volume holds values that are no numbers", where=name, remedy="Leave it out.")
        turned = turn.apply(np.asarray(voxels, dtype=np.float32))
        prepared.append(_normalise(recipe, resample_linear(turned, shape), name))
    return PreparedVolume(np.stack(prepared), turn.geometry.model_copy(update={
        "shape": shape, "spacing_mm": spacing, "origin_mm": turn.origin_of(shape),
    }), geometry)


def prepare_mask(recipe: VolumeRecipe, mask: Classes, geometry: VolumeGeometry, name: str) -> Classes:
    """A mask (z, y, x) on the grid of its prepared volume; the class that covers most of a voxel is the voxel's.

    Raises:
        OtherShapeError: the mask has another shape than the geometry.
    """
    _check_shape(mask.shape, geometry, name)
    turn = turn_to_patient(geometry)
    return resample_labels(turn.apply(mask), _target(recipe, turn)[0])


def to_source(recipe: VolumeRecipe, classes: Classes, source: VolumeGeometry) -> Classes:
    """A class map on the prepared grid, brought back to the stored grid voxel on voxel.

    Raises:
        OtherShapeError: the map is not on the grid that the recipe gives for this source.
    """
    turn = turn_to_patient(source)
    shape = _target(recipe, turn)[0]
    if classes.shape != shape:
        raise OtherShapeError("the class map is not on the prepared grid", where="predictor", expected=str(shape),
                              got=str(classes.shape))
    return turn.undo(resample_labels(classes, turn.geometry.shape))


def _target(recipe: VolumeRecipe, turn: Turn) -> tuple[tuple[int, int, int], tuple[float, float, float]]:
    """Shape and exact spacing of the prepared grid: it covers the stored volume from edge to edge."""
    stored, spacing = turn.geometry.shape, turn.geometry.spacing_mm
    if recipe.spacing_mm is None:
        return stored, spacing
    z, y, x = (
        max(1, round(n * step / wanted)) for n, step, wanted in zip(stored, spacing, recipe.spacing_mm, strict=True)
    )
    extent = [n * step for n, step in zip(stored, spacing, strict=True)]
    return (z, y, x), (extent[0] / z, extent[1] / y, extent[2] / x)


def _normalise(recipe: VolumeRecipe, voxels: Floats, name: str) -> Floats:
    if recipe.normalisation is Normalisation.WINDOW:
        lower, upper = np.float32(recipe.lower or 0.0), np.float32(recipe.upper or 0.0)
        windowed: Floats = (np.clip(voxels, lower, upper) - lower) / (upper - lower)
        return windowed
    mean, deviation = float(voxels.mean(dtype=np.float64)), float(voxels.std(dtype=np.float64))
    if not deviation > 1e-6 * max(1.0, abs(mean)):
        raise UnreadableImageError("the volume has no contrast", where=name, remedy="Check the file, or leave it out.")
    scaled: Floats = (voxels - np.float32(mean)) / np.float32(deviation)
    return scaled


def _check_shape(shape: tuple[int, ...], geometry: VolumeGeometry, name: str) -> None:
    if shape != geometry.shape:
        raise OtherShapeError("another shape than the geometry says", where=name, expected=str(geometry.shape), got=str(shape))
