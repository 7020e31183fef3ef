"""A row of a cohort → its volumes and masks in memory, whatever files they come from."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import InputError
from cauce.domain.reference import Mask
from cauce.domain.study import InstanceRow
from cauce.predictor.series_source import load_series
from cauce.predictor.volume_source import LoadedVolume, load_mask, load_volume
from cauce.store.blobs import BlobStore


@dataclass(frozen=True)
class CasePlace:
    """Where the files of a cohort are: its data root, and the workspace's arrays."""

    root: Path
    arrays: BlobStore


def load_channels(root: Path, row: InstanceRow) -> tuple[LoadedVolume, ...]:
    """The input channels of a row that is a volume, in the order of the cohort's YAML; a DICOM series has one.

    Raises:
        InputError, UnreadableImageError, TooLargeError: as `load_series` and `load_volume`.
    """
    if row.files:
        return (load_series([root / name for name in row.files], row.path),)
    paths = [channel.path for channel in row.channels] or [row.path]
    return tuple(load_volume(root / path, path) for path in paths)


def load_reading(place: CasePlace, row: InstanceRow, mask: Mask, *, n_classes: int) -> NDArray[np.uint8]:
    """One reader's mask of a row, uint8 (z, y, x) on the grid of its first channel: 0 is background, i + 1 class i.

    Raises:
        InputError: the row is no volume; else as `load_mask`.
        NotFoundError, IntegrityError: a mask that the index took from DICOM is missing or was changed.
    """
    if row.volume is None:
        raise InputError("a mask of a row that is no volume", where=row.path, remedy="Index the volumes with their masks.")
    path = place.root / mask.path if mask.array_sha256 is None else place.arrays.path(mask.array_sha256)
    return load_mask(path, mask.path, image=row.volume, n_classes=n_classes)
