"""Data for the checks, in the form that training reads: one batch, a pattern that must be learnt, labels that must not be.

Fold 0 is held out. Everything is drawn from a generator that is given, and written into a folder that is thrown away.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cauce.domain.experiment import PreparedCase
from cauce.domain.record import sha256_hex
from cauce.experiment.label_kind import Labels
from cauce.experiment.prepare import TrainImages
from cauce.experiment.prepare_volumes import TrainVolumes

Indices = NDArray[np.intp]
Volume = tuple[NDArray[np.float16], NDArray[np.uint8]]

_REPEATS = 8  # of one batch in an epoch
_IMAGES = (256, 128)  # trained on, held out
_CASES = (8, 4)


def one_image_batch(images: TrainImages, size: int, folder: Path, rng: np.random.Generator) -> TrainImages:
    """A batch with all labels, several times over to train on, and once more as held-out fold."""
    batch = images.said().examples(size, rng)
    return _written(images, [*([batch] * _REPEATS), batch], [1] * _REPEATS + [0], folder / "batch.npy")


def dummy_images(images: TrainImages, folder: Path, rng: np.random.Generator) -> TrainImages:
    """Noise, and in it what nobody can fail to see; see `LabelKind.paint`."""
    rows, columns = images.shape
    n = sum(_IMAGES)
    pixels = rng.normal(size=(n, rows, columns)).astype(np.float16)
    labels = images.said().made_up(n)
    for image, label in zip(pixels, labels, strict=True):
        images.said().paint(image, label, rng)
    return _saved(images, pixels, labels, np.repeat([1, 0], _IMAGES), folder / "dummy.npy")


def shuffled_images(images: TrainImages, held_out: int, folder: Path, rng: np.random.Generator) -> TrainImages:
    """Real images of the fold `held_out` and of the others, with labels dealt out anew: there is nothing to learn.

    Copies of an image get the same label, so that who learns one by heart knows the other.
    """
    parts = _drawn(images.fold == held_out, _IMAGES, rng)
    drawn = _written(images, parts, [1, 0], folder / "shuffled.npy")
    salt = rng.bytes(8)
    digests = [sha256_hex(salt + drawn.take(np.array([number])).tobytes()) for number in range(len(drawn.fold))]
    uniform = np.array([int(digest[:12], 16) / 16**12 for digest in digests])
    return replace(drawn, labels=drawn.said().dealt_out(uniform))


def one_case(volumes: TrainVolumes) -> TrainVolumes:
    """The case with the most classes, to train on and as held-out fold."""
    number = max(range(len(volumes.cases)), key=lambda each: len(volumes.cases[each].present))
    return replace(
        volumes, cases=(volumes.cases[number],) * 2, files=(volumes.files[number],) * 2, fold=np.array([0, 1], dtype=np.intp)
    )


def dummy_volumes(volumes: TrainVolumes, folder: Path, rng: np.random.Generator) -> TrainVolumes:
    """Noise of the patch's size with a ball for each class, brighter from class to class."""
    made = [_balls(volumes.recipe.patch, len(volumes.channels), len(volumes.classes), rng) for _ in range(sum(_CASES))]
    return _stored(volumes, made, np.repeat([1, 0], _CASES), folder / "dummy")


def shuffled_volumes(volumes: TrainVolumes, held_out: int, folder: Path, rng: np.random.Generator) -> TrainVolumes:
    """Real volumes whose masks were pushed along every axis, each its own way: nothing in the image tells where they are."""
    parts = _drawn(volumes.fold == held_out, _CASES, rng)
    made = []
    for number in np.concatenate(parts).tolist():
        mask = volumes.mask(number)
        shift = [int(rng.integers(0, size)) for size in mask.shape]
        made.append((np.asarray(volumes.voxels(number)), np.roll(mask, shift, axis=(0, 1, 2))))
    return _stored(volumes, made, np.repeat([1, 0], [len(part) for part in parts]), folder / "shuffled")


def _drawn(is_held_out: NDArray[np.bool_], most: tuple[int, int], rng: np.random.Generator) -> list[Indices]:
    """Cases to train on, and held-out cases."""
    return [rng.permutation(np.flatnonzero(is_held_out == held))[: most[held]] for held in (False, True)]


def _written(images: TrainImages, parts: Sequence[Indices], folds: Sequence[int], path: Path) -> TrainImages:
    chosen = np.concatenate(parts)
    fold = np.concatenate([np.full(len(part), fold) for part, fold in zip(parts, folds, strict=True)])
    return _saved(images, images.take(chosen).astype(np.float16), images.labels[chosen], fold, path)


def _saved(
    like: TrainImages, pixels: NDArray[np.float16], labels: Labels, fold: NDArray[np.int_], path: Path,
) -> TrainImages:
    np.save(path, pixels, allow_pickle=False)
    return replace(like, labels=labels, fold=fold.astype(np.intp), pieces=(path,), piece_length=len(pixels))


def _balls(shape: tuple[int, int, int], channels: int, classes: int, rng: np.random.Generator) -> Volume:
    voxels = rng.normal(size=(channels, *shape)).astype(np.float16)
    mask = np.zeros(shape, dtype=np.uint8)
    radius = max(min(shape) // 4, 2)
    grid = np.indices(shape)
    for value in range(1, classes + 1):
        centre = [int(rng.integers(min(radius, size // 2), max(size - radius, size // 2 + 1))) for size in shape]
        ball = sum((axis - place) ** 2 for axis, place in zip(grid, centre, strict=True)) <= radius**2
        mask[ball & (mask == 0)] = value
    voxels += (3 * mask[None]).astype(np.float16)
    return voxels, mask


def _stored(volumes: TrainVolumes, made: Sequence[Volume], fold: NDArray[np.int_], folder: Path) -> TrainVolumes:
    folder.mkdir()  # of its own: training keeps files mapped, and a mapped file must not change
    files, cases = [], []
    for number, (voxels, mask) in enumerate(made):
        pair = folder / f"{number}-voxels.npy", folder / f"{number}-mask.npy"
        np.save(pair[0], voxels, allow_pickle=False)
        np.save(pair[1], mask, allow_pickle=False)
        files.append(pair)
        present = tuple(int(value) for value in np.unique(mask) if value)
        spacing = volumes.cases[0].spacing_mm
        cases.append(PreparedCase(path=str(number), voxels="0" * 64, mask="0" * 64, spacing_mm=spacing, present=present))
    return replace(volumes, cases=tuple(cases), files=tuple(files), fold=fold.astype(np.intp))
