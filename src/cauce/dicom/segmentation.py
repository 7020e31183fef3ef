"""DICOM Segmentation (PS3.3 A.51) → a mask on its image's grid; frames are placed by their positions, never by their order."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from cauce.dicom.frames import frame_dataset, lay_open
from cauce.dicom.mask_canvas import MaskCanvas
from cauce.dicom.read import read_stored
from cauce.dicom.values import number, numbers, text
from cauce.domain.errors import NoThresholdError, OtherPlaceError, UnreadableImageError

TOLERANCE_VOXELS = 0.1
"""Pixels may lie this far from voxel centres: positions are written with few decimals, and slices are not quite even."""

_RESEND = "Send the file again from its source."


def segment_names(dataset: Dataset) -> dict[int, str]:
    """SegmentLabel (0062,0005) by SegmentNumber; number 0 of a label map is background and stands for nothing."""
    items = dataset.get("SegmentSequence") or ()
    names = {int(number(item, "SegmentNumber") or 0): text(item, "SegmentLabel") for item in items}
    return {key: name for key, name in names.items() if key > 0}


def paint_segmentation(dataset: Dataset, canvas: MaskCanvas, values: Mapping[int, int], threshold: float | None) -> None:
    """Paint the segments `values` (segment number → class value); others are left out.

    Args:
        dataset: a Segmentation, BINARY, FRACTIONAL or LABELMAP.
        canvas: of the image.
        values: what is painted for each segment.
        threshold: of a FRACTIONAL one: share of MaximumFractionalValue (0062,000E).

    Raises:
        OtherFrameOfReferenceError, OtherPlaceError: its frames do not lie on the image's voxels.
        OutsideVolumeError: it marks something outside the image.
        NoThresholdError: it is FRACTIONAL and there is no threshold.
        UnreadableImageError: it cannot be read.
    """
    canvas.check_frame_of_reference(text(dataset, "FrameOfReferenceUID"))
    kind, least = text(dataset, "SegmentationType").upper(), _least(dataset, canvas, threshold)
    for index, header in enumerate(lay_open(dataset, canvas.name)):
        if kind == "LABELMAP":
            labels = _pixels(dataset, index, canvas)
            for segment in np.unique(labels).tolist():
                if segment in values:
                    _paint_frame(canvas, header, labels == segment, values[segment])
            continue
        segment = int(number(header, "ReferencedSegmentNumber") or 0)
        if segment in values:
            _paint_frame(canvas, header, _pixels(dataset, index, canvas) >= least, values[segment])


def _least(dataset: Dataset, canvas: MaskCanvas, threshold: float | None) -> float:
    """The stored value from which on a pixel belongs to its segment."""
    kind = text(dataset, "SegmentationType").upper()
    if kind not in ("BINARY", "FRACTIONAL", "LABELMAP"):
        raise UnreadableImageError("a segmentation of unknown type", where=canvas.name, remedy=_RESEND,
                                   expected="BINARY, FRACTIONAL or LABELMAP", got=kind or "none")
    if kind != "FRACTIONAL":
        return 1.0
    if threshold is None:
        raise NoThresholdError(
            "a FRACTIONAL segmentation", where=canvas.name, expected="a share that makes a voxel part of the segment",
            got="none", remedy="Write `threshold`, e.g. 0.5, for this reader in source.masks.",
        )
    most = number(dataset, "MaximumFractionalValue")
    if most is None or most <= 0:
        raise UnreadableImageError("MaximumFractionalValue (0062,000E) is missing", where=canvas.name, remedy=_RESEND)
    return threshold * most


def _pixels(dataset: Dataset, index: int, canvas: MaskCanvas) -> NDArray[Any]:
    """Stored values of one frame, (rows, columns). Frames of one bit follow one another without padding (PS3.5 8.1.1)."""
    if number(dataset, "BitsAllocated") != 1 or dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        try:
            return read_stored(frame_dataset(dataset, index))
        except UnreadableImageError as error:
            raise type(error)(error.what, where=f"{canvas.name}, frame {index + 1}", expected=error.expected, got=error.got,
                              remedy=error.remedy) from None
    rows, columns = int(number(dataset, "Rows") or 0), int(number(dataset, "Columns") or 0)
    first, count = index * rows * columns, rows * columns
    data = np.frombuffer(dataset.PixelData, dtype=np.uint8)[first // 8:(first + count + 7) // 8]
    bits = np.unpackbits(data, bitorder="little")[first % 8:first % 8 + count]
    if bits.size != count:
        raise UnreadableImageError("a frame is cut", where=f"{canvas.name}, frame {index + 1}", expected=f"{count} pixels",
                                   got=str(bits.size), remedy=_RESEND)
    return bits.reshape(rows, columns)


def _paint_frame(canvas: MaskCanvas, header: Dataset, marked: NDArray[np.bool_], value: int) -> None:
    """One frame may run along any two axes of the image, in either direction."""
    if not marked.any():
        return
    origin, along_column, along_row = _placed(canvas, header, marked.shape)
    column_axis, row_axis = int(np.argmax(np.abs(along_column))), int(np.argmax(np.abs(along_row)))
    across = 3 - column_axis - row_axis
    rows, columns = (np.flatnonzero(marked.any(axis=axis)) for axis in (1, 0))
    marked = marked[np.ix_(rows, columns)]
    row_places = origin[row_axis] + along_row[row_axis] * rows
    column_places = origin[column_axis] + along_column[column_axis] * columns
    size = canvas.geometry.shape[::-1]
    if not (_within(row_places, size[row_axis]) and _within(column_places, size[column_axis])
            and 0 <= origin[across] < size[across]):
        raise canvas.outside()
    plane = np.moveaxis(canvas.voxels, 2 - across, 0)[origin[across]]  # its axes are those of the array: larger axis first
    plane = plane if row_axis > column_axis else plane.T
    part = plane[np.ix_(row_places, column_places)]
    canvas.paint(part, marked, value)
    plane[np.ix_(row_places, column_places)] = part


def _within(places: NDArray[np.int64], size: int) -> bool:
    return bool(places.min() >= 0 and places.max() < size)


def _placed(canvas: MaskCanvas, header: Dataset, shape: tuple[int, ...]) -> tuple[NDArray[np.int64], ...]:
    """In whole voxels (x, y, z): place of the first pixel, step to the next column, step to the next row."""
    position, direction = numbers(header, "ImagePositionPatient"), numbers(header, "ImageOrientationPatient")
    spacing = numbers(header, "PixelSpacing")
    if (len(position), len(direction), len(spacing)) != (3, 6, 2):
        raise UnreadableImageError("a frame without a place in the patient", where=canvas.name, remedy=_RESEND,
                                   expected="ImagePositionPatient, ImageOrientationPatient, PixelSpacing", got="less")
    origin = canvas.indices_of(np.array([position]))[0]
    steps = canvas.vectors_of(np.array([direction[:3], direction[3:]]) * np.array([[spacing[1]], [spacing[0]]]))
    whole_origin, whole = np.rint(origin).astype(np.int64), np.rint(steps).astype(np.int64)
    if np.abs(whole).sum(axis=1).tolist() != [1, 1] or (whole[0] * whole[1]).any():
        raise _beside(canvas, "another pixel spacing or direction")
    far = np.array([[0, 0], [shape[1] - 1, 0], [0, shape[0] - 1]], dtype=np.float64)
    error = float(np.abs(origin - whole_origin + far @ (steps - whole)).max())
    if error > TOLERANCE_VOXELS:
        raise _beside(canvas, f"pixels {error:.2g} voxels beside them")
    return whole_origin, whole[0], whole[1]


def _beside(canvas: MaskCanvas, got: str) -> OtherPlaceError:
    return OtherPlaceError("the mask's frames do not lie on the image's voxels", where=canvas.name,
                           expected="the image's grid", got=got, remedy="Resample it on the image's grid.")
