"""A row of a cohort → its prepared volume and its prepared reference mask, for training and for evaluation."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cauce.domain.cohort import Cohort, NiftiSource
from cauce.domain.errors import ConfigurationError, IntegrityError
from cauce.domain.preprocess import VolumeRecipe
from cauce.domain.record import Digest
from cauce.domain.reference import Mask, VolumeGeometry
from cauce.domain.study import InstanceRow
from cauce.predictor.volume_preprocess import PreparedVolume, prepare_mask, prepare_volume
from cauce.predictor.volume_source import LoadedVolume, check_same_place, load_mask, load_volume
from cauce.store.blobs import file_sha256


def channels_of(cohort: Cohort, recipe: VolumeRecipe) -> tuple[str, ...]:
    """Names of the network's input channels: the recipe's, or all of the cohort's in their order.

    Raises:
        ConfigurationError: the cohort has no volumes, or lacks a channel.
    """
    source = cohort.spec.source
    known = tuple(source.channels) if isinstance(source, NiftiSource) else ()
    if not known:
        raise ConfigurationError(
            "segmentation reads NIfTI volumes", where=cohort.name, expected="source.kind nifti", got=source.kind.value,
            remedy="Convert the series to NIfTI with masks beside them.",
        )
    missing = [name for name in recipe.channels if name not in known]
    if missing:
        raise ConfigurationError(
            "the cohort lacks a channel", where="volume.channels", expected=", ".join(known), got=", ".join(missing),
            remedy="Correct experiment.yaml, or index the cohort with this channel.",
        )
    return recipe.channels or known


def read_case(root: Path, row: InstanceRow, recipe: VolumeRecipe, channels: tuple[str, ...]) -> PreparedVolume:
    """The volume of a row, as the network gets it.

    Args:
        root: data root of the cohort.
        row: of the cohort's table.
        recipe: how it is prepared.
        channels: as `channels_of` gives them.

    Raises:
        InputError, UnreadableImageError: a file is missing or unreadable.
        IntegrityError: a file was changed since it was indexed.
    """
    files = {channel.name: (channel.path, channel.file_sha256) for channel in row.channels}
    wanted = [files[name] for name in channels] if files else [(row.path, row.file_sha256 or "")]
    volumes = [_load(root, path, digest) for path, digest in wanted]
    for volume in volumes[1:]:
        check_same_place(volume.geometry, volumes[0].geometry, volume.name)
    return prepare_volume(recipe, [volume.voxels for volume in volumes], volumes[0].geometry, row.path)


def reference_of(row: InstanceRow) -> Mask | None:
    """The reference mask of a row: of the reader that stands first in cohort.yaml; None where nobody has marked it."""
    return next((reading.mask for reading in row.readings if reading.mask is not None), None)


def read_reference(root: Path, mask: Mask, case: PreparedVolume, *, recipe: VolumeRecipe, n_classes: int) -> NDArray[np.uint8]:
    """The reference mask of a case on its prepared grid: 0 for background, i + 1 for class i.

    Raises: as `read_case`, and as `load_mask`.
    """
    found = read_reference_as_stored(root, mask, case.source, n_classes=n_classes)
    return prepare_mask(recipe, found, case.source, mask.path)


def read_reference_as_stored(root: Path, mask: Mask, image: VolumeGeometry, *, n_classes: int) -> NDArray[np.uint8]:
    """The same on the stored grid, where predictions are measured.

    Raises: as `read_reference`.
    """
    found = load_mask(root / mask.path, mask.path, image=image, n_classes=n_classes)
    _check_digest(root, mask.path, mask.file_sha256)
    return found


def _load(root: Path, path: str, digest: Digest) -> LoadedVolume:
    volume = load_volume(root / path, path)
    if volume.file_sha256 != digest:
        raise _changed(path, digest, volume.file_sha256)
    return volume


def _check_digest(root: Path, path: str, digest: Digest) -> None:
    found = file_sha256(root / path)
    if found != digest:
        raise _changed(path, digest, found)


def _changed(path: str, expected: str, got: str) -> IntegrityError:
    return IntegrityError(
        "the file was changed since it was indexed", where=path, expected=expected[:12], got=got[:12],
        remedy="Restore it, or index the cohort again.",
    )
