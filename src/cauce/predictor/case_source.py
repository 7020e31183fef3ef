"""A row of a cohort → its volumes and masks in memory, whatever files they come from, each checked against its digest."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cauce.dicom.series import read_series
from cauce.domain.errors import IntegrityError
from cauce.domain.reference import Mask, VolumeGeometry
from cauce.domain.study import InstanceRow
from cauce.predictor.series_source import as_loaded, voxel_sha256
from cauce.predictor.volume_source import LoadedVolume, load_mask, load_volume
from cauce.store.blobs import BlobStore, file_sha256


@dataclass(frozen=True)
class CasePlace:
    """Where the files of a cohort are: its data root, and the workspace's arrays."""

    root: Path
    arrays: BlobStore


def load_channels(root: Path, row: InstanceRow, names: tuple[str, ...] = ()) -> tuple[LoadedVolume, ...]:
    """The input channels of a row that is a volume: those called `names`, or all in the order of the cohort's YAML.

    A DICOM series is one channel, whatever it is called.

    Raises:
        InputError, UnreadableImageError, TooLargeError: a file is missing or unreadable.
        IntegrityError: a file was changed since it was indexed.
    """
    if row.files:
        return (_load_series(root, row),)
    files = {channel.name: (channel.path, channel.file_sha256) for channel in row.channels}
    wanted = [files[name] for name in names or files] if files else [(row.path, row.file_sha256 or "")]
    return tuple(_load_file(root, path, digest) for path, digest in wanted)


def load_reading(place: CasePlace, mask: Mask, *, image: VolumeGeometry, n_classes: int) -> NDArray[np.uint8]:
    """One reader's mask, uint8 (z, y, x) on the grid of its image: 0 is background, i + 1 class i.

    Raises:
        InputError, UnreadableImageError: as `load_mask`.
        IntegrityError: the mask was changed since it was indexed.
        NotFoundError: what the index took from DICOM is missing in the workspace.
    """
    if mask.array_sha256 is not None:
        return load_mask(place.arrays.path(mask.array_sha256), mask.path, image=image, n_classes=n_classes)
    found = load_mask(place.root / mask.path, mask.path, image=image, n_classes=n_classes)
    _check(mask.path, mask.file_sha256, file_sha256(place.root / mask.path))
    return found


def _load_series(root: Path, row: InstanceRow) -> LoadedVolume:
    volume = read_series([root / name for name in row.files])
    digest = voxel_sha256(volume)
    _check(row.path, row.pixel_sha256 or "", digest)
    return as_loaded(volume, row.path, digest)


def _load_file(root: Path, path: str, digest: str) -> LoadedVolume:
    volume = load_volume(root / path, path)
    _check(path, digest, volume.file_sha256)
    return volume


def _check(name: str, expected: str, got: str) -> None:
    if got != expected:
        raise IntegrityError(
            "the file was changed since it was indexed", where=name, expected=expected[:12], got=got[:12],
            remedy="Restore it, or index the cohort again.",
        )
