"""The files of a DICOM series → a loaded volume. The same code loads for indexing, training, prediction and service."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cauce.dicom.series import read_series
from cauce.dicom.volume import Volume
from cauce.domain.record import Digest, sha256_hex
from cauce.domain.reference import VolumeGeometry
from cauce.predictor.volume_source import LoadedVolume
from cauce.store.blobs import file_sha256


def load_series(files: Sequence[Path], name: str) -> LoadedVolume:
    """Load the slices of one DICOM series, given in any order; voxels are Hounsfield units for CT, else the scanner's own.

    `file_sha256` is the digest of the files' digests in the order given.

    Raises:
        InputError, UnreadableImageError, TooLargeError: as `read_series`.
    """
    volume = read_series(files)
    digest = sha256_hex("\n".join(file_sha256(path) for path in files).encode())
    return as_loaded(volume, name, digest)


def as_loaded(volume: Volume, name: str, digest: Digest) -> LoadedVolume:
    """A series in the shape in which every volume is handed on."""
    return LoadedVolume(name, digest, np.ascontiguousarray(volume.voxels, dtype=np.float32), geometry_of(volume))


def voxel_sha256(volume: Volume) -> Digest:
    """Digest of shape and values: the same for a series however its files are encoded."""
    shape = ",".join(str(size) for size in volume.voxels.shape)
    digest = hashlib.sha256(f"{shape} {volume.voxels.dtype.str} ".encode())
    digest.update(volume.voxels.data)
    return digest.hexdigest()


def geometry_of(volume: Volume) -> VolumeGeometry:
    """Where a series lies: x of the array runs along a slice's rows, y down its columns, z along the normal."""
    z, y, x = volume.voxels.shape
    along_x, along_y = volume.direction[:3], volume.direction[3:]
    axes = [float(value) for value in (*along_x, *along_y, *np.cross(along_x, along_y))]
    return VolumeGeometry(
        shape=(z, y, x), spacing_mm=volume.spacing_mm, origin_mm=volume.origin_mm,
        direction=(axes[0], axes[1], axes[2], axes[3], axes[4], axes[5], axes[6], axes[7], axes[8]),
    )
