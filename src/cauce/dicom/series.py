"""A series' files → one Volume, in the order of the slices' positions; a file holds one slice, or the frames of several.

Two passes: headers first, because the order is known only when all positions are; then each slice's pixels are read from the
file straight into their place in the volume and rescaled there while they are in the processor's cache. Slices that are not
plain 16-bit little-endian numbers are decoded by pydicom.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from cauce.dicom.frames import frame_dataset
from cauce.dicom.read import read_dataset, read_stored
from cauce.dicom.slice_header import SliceHeader, named, read_slice_headers, slice_template
from cauce.dicom.slice_order import order_slices
from cauce.dicom.volume import Volume
from cauce.domain.errors import InputError, MixedSeriesError, TooLargeError, UnreadableImageError
from cauce.domain.progress import Progress, silent

MAXIMUM_VOLUME_BYTES = 1 << 33
_INT16 = np.iinfo(np.int16)
_RESEND = "Send the whole series again from its source."


def series_files(folder: Path) -> list[Path]:
    """The files that lie directly in a folder, sorted by name; hidden ones are left out.

    Raises:
        InputError: no folder, or no file in it.
    """
    if not folder.is_dir():
        raise InputError("no such folder", where=folder.name, remedy="Check the path.")
    names = sorted(entry.name for entry in os.scandir(folder) if entry.is_file() and not entry.name.startswith("."))
    files = [folder / name for name in names]
    if not files:
        raise InputError("the folder is empty", where=folder.name, expected="DICOM files of one series", got="none",
                         remedy="Give the folder that holds the slices.")
    return files


def read_series(files: Sequence[Path], *, progress: Progress = silent) -> Volume:
    """Read the slices of one series, given in any order; messages call a file by its name.

    Values are those of the modality: stored value × RescaleSlope + RescaleIntercept, each slice with its own.

    Raises:
        InputError: no files, or one that cannot be opened.
        UnreadableImageError: a file is no slice, or the slices are no regular stack (see `order_slices`); it names the file.
        TooLargeError: the volume would pass `MAXIMUM_VOLUME_BYTES`.
    """
    if not files:
        raise InputError("no files", expected="DICOM files of one series", got="none", remedy="Give the slices of a series.")
    template = slice_template()
    headers = [header for path in files for header in read_slice_headers(path, template)]
    ordered, between = order_slices(headers)
    first = ordered[0]
    if any(header.is_hounsfield != first.is_hounsfield for header in ordered):
        raise MixedSeriesError("slices of different units", where=first.name, expected="one RescaleType", got="several",
                               remedy=_RESEND)
    _check_size(ordered)
    voxels = _read_voxels(ordered, progress)
    return Volume(
        voxels=voxels, is_hounsfield=first.is_hounsfield, spacing_mm=(between, first.spacing_mm[0], first.spacing_mm[1]),
        origin_mm=(first.position_mm[0], first.position_mm[1], first.position_mm[2]), direction=first.direction,
    )


def _check_size(ordered: Sequence[SliceHeader]) -> None:
    first = ordered[0]
    size = len(ordered) * first.rows * first.columns * 4
    if size > MAXIMUM_VOLUME_BYTES:
        raise TooLargeError("the volume is too large", where=first.name, expected=f"at most {MAXIMUM_VOLUME_BYTES} bytes",
                            got=str(size), remedy="Split the series.")


class _Decoder:
    """Stored values by pydicom; of a multi-frame file, which many slices share, the file is parsed once."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._dataset = Dataset()

    def __call__(self, header: SliceHeader) -> NDArray[Any]:
        """(rows, columns) of one slice."""
        try:
            stored = read_stored(self._object(header))
        except UnreadableImageError as error:
            raise named(error, header.name) from None
        if stored.shape != (header.rows, header.columns):
            raise UnreadableImageError("decoded pixels of another size", where=header.name, remedy=_RESEND,
                                       expected=f"{header.rows} × {header.columns}", got=" × ".join(map(str, stored.shape)))
        return stored

    def _object(self, header: SliceHeader) -> Dataset:
        if header.frame is None:
            return read_dataset(header.path.read_bytes())
        if self._path != header.path:
            self._path, self._dataset = header.path, read_dataset(header.path.read_bytes())
        return frame_dataset(self._dataset, header.frame)


def _read_voxels(ordered: Sequence[SliceHeader], progress: Progress) -> NDArray[np.int16] | NDArray[np.float32]:
    """int16 where every slice's rescaled values are whole numbers that fit, else float32."""
    if all(_is_whole(header) for header in ordered):
        whole = _read_whole(ordered, _Decoder(), progress)
        if whole is not None:
            return whole
    return _read_real(ordered, _Decoder(), progress)


def _is_whole(header: SliceHeader) -> bool:
    has_whole_rescale = header.slope == 1 and header.intercept.is_integer() and abs(header.intercept) <= _INT16.max
    return has_whole_rescale and header.bits_stored <= 16


def _read_whole(ordered: Sequence[SliceHeader], decode: _Decoder, progress: Progress) -> NDArray[np.int16] | None:
    """int16 volume; None when a value does not fit."""
    voxels = np.empty((len(ordered), ordered[0].rows, ordered[0].columns), dtype=np.int16)
    for index, header in enumerate(ordered):
        place = voxels[index]
        stored = place if header.signed else place.view(np.uint16)
        _read_stored(header, stored, decode)
        if not _fits(header, stored):
            return None
        if header.intercept:
            np.add(place, np.int16(header.intercept), out=place)  # wraps around for unsigned values, and so comes out right
        progress("read slices", index + 1, len(ordered))
    return voxels


def _fits(header: SliceHeader, stored: NDArray[np.generic]) -> bool:
    """Do the rescaled values lie in int16? The values themselves are asked only when their bits could exceed it."""
    low = -(1 << (header.bits_stored - 1)) if header.signed else 0
    high = low + (1 << header.bits_stored) - 1
    if low + header.intercept >= _INT16.min and high + header.intercept <= _INT16.max:
        return True
    return int(stored.min()) + header.intercept >= _INT16.min and int(stored.max()) + header.intercept <= _INT16.max


def _read_real(ordered: Sequence[SliceHeader], decode: _Decoder, progress: Progress) -> NDArray[np.float32]:
    voxels = np.empty((len(ordered), ordered[0].rows, ordered[0].columns), dtype=np.float32)
    scratch = np.empty(voxels.shape[1:], dtype=np.int16)
    for index, header in enumerate(ordered):
        if header.pixel_offset is None:
            stored = decode(header)
        else:
            stored = scratch if header.signed else scratch.view(np.uint16)
            _read_stored(header, stored, decode)
        voxels[index] = stored.astype(np.float64) * header.slope + header.intercept  # rounded once
        progress("read slices", index + 1, len(ordered))
    return voxels


def _read_stored(header: SliceHeader, stored: NDArray[Any], decode: _Decoder) -> None:
    """Fill `stored`, 16-bit (rows, columns), with the stored values of one slice."""
    if header.pixel_offset is None:
        stored[...] = decode(header)  # of at most 16 bits, see `_is_whole`
        return
    descriptor = os.open(header.path, os.O_RDONLY)
    try:
        got = os.preadv(descriptor, [stored], header.pixel_offset)  # type: ignore[list-item]
    finally:
        os.close(descriptor)
    if got != stored.nbytes:
        raise UnreadableImageError("the DICOM file is truncated", where=header.name, remedy=_RESEND,
                                   expected=f"{stored.nbytes} bytes of pixels", got=str(got))
    _clear_unused_bits(header, stored)


def _clear_unused_bits(header: SliceHeader, stored: NDArray[np.generic]) -> None:
    """Bits above HighBit held overlays once (retired), and are not part of the value."""
    unused = 16 - header.bits_stored
    if not unused:
        return
    if header.signed:
        np.left_shift(stored, unused, out=stored)
        np.right_shift(stored, unused, out=stored)  # arithmetic: the sign comes back
    else:
        np.bitwise_and(stored, np.uint16((1 << header.bits_stored) - 1), out=stored)
