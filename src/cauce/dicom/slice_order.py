"""Slices → their order along the normal, or the reason why they are no regular stack."""

from collections.abc import Sequence
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from cauce.dicom.slice_header import SliceHeader
from cauce.domain.errors import (
    DuplicateSliceError,
    IrregularSeriesError,
    MissingSliceError,
    MixedSeriesError,
    OrientationError,
    TooFewSlicesError,
    UnevenSpacingError,
)

TOLERANCE = 1e-4
"""Difference of a direction cosine, or of a pixel spacing in mm, between slices: 0.05 mm over half a metre."""
UNIT_TOLERANCE = 1e-3
"""Error of a direction vector's length, and cosine between the two."""
SPACING_TOLERANCE = 0.02
"""Share of the slice spacing that one gap may differ by; never less than `POSITION_TOLERANCE_MM`."""
POSITION_TOLERANCE_MM = 0.02
"""Positions are written with two decimals by some scanners."""
SHEAR_TOLERANCE = 0.1
"""Share of the pixel spacing that a slice may lie beside the normal through the first one."""

Vector = NDArray[np.float64]


def order_slices(headers: Sequence[SliceHeader]) -> tuple[list[SliceHeader], float]:
    """Headers in the order of their position along the slice normal, and the distance between slices in mm.

    Raises:
        IrregularSeriesError: its kind says what is wrong: `TooFewSlicesError` fewer than two; `MixedSeriesError` another
            series, frame of reference, matrix or pixel spacing; `OrientationError`; `DuplicateSliceError`; `MissingSliceError`;
            `UnevenSpacingError`, also for a sheared stack (gantry tilt). The message names a file.
    """
    first = headers[0]
    if len(headers) < 2:
        _refuse(TooFewSlicesError, "a single slice is no volume", first, expected="at least 2 slices", got="1")
    for header in headers[1:]:
        _check_like(first, header)
    normal = _normal(first)
    positions = np.array([header.position_mm for header in headers])
    along = positions @ normal
    order = np.argsort(along, kind="stable")
    ordered = [headers[index] for index in order]
    spacing = _check_gaps(ordered, along[order])
    _check_shear(ordered, positions[order], normal)
    return ordered, spacing


def _check_like(first: SliceHeader, header: SliceHeader) -> None:
    """The whole stack shares everything but the position and the rescale."""
    if header.series_instance_uid != first.series_instance_uid:
        _refuse(MixedSeriesError, "files of different series", header, expected=f"the series of {first.name}",
                got="another SeriesInstanceUID", remedy="Give the files of one series.")
    if header.frame_of_reference_uid != first.frame_of_reference_uid:
        _refuse(MixedSeriesError, "slices in different frames of reference", header, expected=f"that of {first.name}",
                got="another")
    size, expected = (header.rows, header.columns), (first.rows, first.columns)
    if size != expected:
        _refuse(MixedSeriesError, "slices of different sizes", header, expected=_joined(expected), got=_joined(size))
    if _differ(header.spacing_mm, first.spacing_mm):
        _refuse(MixedSeriesError, "slices of different pixel spacing", header,
                expected=f"{_joined(first.spacing_mm)} mm", got=f"{_joined(header.spacing_mm)} mm")
    if _differ(header.direction, first.direction):
        _refuse(OrientationError, "slices of different orientation", header, expected=_joined(first.direction),
                got=_joined(header.direction),
                remedy="Leave localisers out, and give each orientation as a series of its own.")


def _differ(values: Sequence[float], expected: Sequence[float]) -> bool:
    return values != expected and any(abs(a - b) > TOLERANCE for a, b in zip(values, expected, strict=True))


def _normal(header: SliceHeader) -> Vector:
    along_column, along_row = np.array(header.direction[:3]), np.array(header.direction[3:])
    products = (along_column @ along_column - 1, along_row @ along_row - 1, along_column @ along_row)
    if any(abs(float(product)) > UNIT_TOLERANCE for product in products):
        _refuse(OrientationError, "the orientation is not two perpendicular unit vectors", header,
                expected="ImageOrientationPatient (0020,0037)", got=_joined(header.direction))
    if min(header.spacing_mm) <= 0:
        _refuse(IrregularSeriesError, "the pixel spacing is not positive", header, expected="more than 0 mm",
                got=_joined(header.spacing_mm))
    normal: Vector = np.cross(along_column, along_row)
    return normal / np.linalg.norm(normal)


def _check_gaps(ordered: Sequence[SliceHeader], along: Vector) -> float:
    gaps = np.diff(along)
    closest = int(np.argmin(gaps))
    if gaps[closest] < POSITION_TOLERANCE_MM:
        _refuse(DuplicateSliceError, f"two slices at the same place: this one and {ordered[closest].name}",
                ordered[closest + 1],
                remedy="Remove the duplicate, or give each phase or echo as a series of its own.")
    usual = float(np.median(gaps))
    tolerance = max(SPACING_TOLERANCE * usual, POSITION_TOLERANCE_MM)
    worst = int(np.argmax(np.abs(gaps - usual)))
    if abs(gaps[worst] - usual) > tolerance:
        is_gap = gaps[worst] > 1.5 * usual
        what = "a slice is missing before this one" if is_gap else "uneven slice spacing before this one"
        kind = MissingSliceError if is_gap else UnevenSpacingError
        _refuse(kind, f"{what} (after {ordered[worst].name})", ordered[worst + 1], expected=f"{usual:.3f} mm",
                got=f"{gaps[worst]:.3f} mm")
    return float((along[-1] - along[0]) / len(gaps))


def _check_shear(ordered: Sequence[SliceHeader], positions: Vector, normal: Vector) -> None:
    offsets = positions - positions[0]
    beside = np.linalg.norm(offsets - np.outer(offsets @ normal, normal), axis=1)
    worst = int(np.argmax(beside))
    tolerance = SHEAR_TOLERANCE * min(ordered[0].spacing_mm)
    if beside[worst] > tolerance:
        angle = np.degrees(np.arctan2(beside[worst], abs(float(offsets[worst] @ normal))))
        _refuse(UnevenSpacingError, "the stack is sheared, as with a tilted gantry", ordered[worst],
                remedy="Resample it to a straight stack first.",
                expected=f"at most {tolerance:.3f} mm beside the normal", got=f"{beside[worst]:.3f} mm, {angle:.1f}°")


def _joined(values: Sequence[float]) -> str:
    return " × ".join(f"{value:g}" for value in values)


def _refuse(kind: type[IrregularSeriesError], what: str, header: SliceHeader, *, expected: str = "", got: str = "",
            remedy: str = "Send the whole series again from its source.") -> NoReturn:
    raise kind(what, where=header.name, expected=expected, got=got, remedy=remedy)
