"""Masks on disk as runs of equal voxels: small without a compressor, so the same bytes on every machine."""

import io

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import IntegrityError


def pack_mask(voxels: NDArray[np.uint8]) -> bytes:
    """Shape (z, y, x), then value and length of each run in the order of the array."""
    flat = np.ascontiguousarray(voxels).ravel()
    starts = np.flatnonzero(np.concatenate([[True], flat[1:] != flat[:-1]]))
    runs = np.stack([flat[starts].astype(np.int64), np.diff(starts, append=flat.size)], axis=1)
    stream = io.BytesIO()
    np.save(stream, np.concatenate([np.array(voxels.shape), runs.ravel()]).astype("<i8"), allow_pickle=False)
    return stream.getvalue()


def unpack_mask(data: bytes, name: str) -> NDArray[np.uint8]:
    """The mask again, uint8 (z, y, x).

    Raises:
        IntegrityError: these are no runs of a mask.
    """
    try:
        numbers = np.load(io.BytesIO(data), allow_pickle=False)
        shape, runs = tuple(int(size) for size in numbers[:3]), numbers[3:].reshape(-1, 2)
        if min(shape) < 1 or runs[:, 1].min() < 1 or int(runs[:, 1].sum()) != int(np.prod(shape)):
            raise ValueError
        return np.repeat(runs[:, 0].astype(np.uint8), runs[:, 1]).reshape(shape)
    except (ValueError, IndexError, TypeError, EOFError, OSError):
        raise IntegrityError("a stored mask is damaged", where=name, remedy="Run `cauce dataset index` again.") from None
