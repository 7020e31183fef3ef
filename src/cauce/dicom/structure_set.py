"""RT Structure Set (PS3.3 A.19) → a mask on its image's grid: closed contours, filled slice by slice."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from cauce.dicom.mask_canvas import MaskCanvas
from cauce.dicom.polygon import fill_even_odd
from cauce.dicom.values import many_numbers, number, text
from cauce.domain.errors import OtherPlaceError, UnreadableImageError

TOLERANCE_SLICES = 0.2
"""Share of the slice spacing that a point may lie beside its slice: planning systems round positions to 0.1 mm."""

_CLOSED = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")
_RESEND = "Send the file again from its source."
_Contours = dict[int, list[NDArray[np.float64]]]


def roi_names(dataset: Dataset) -> dict[int, str]:
    """ROIName (3006,0026) by ROINumber (3006,0022)."""
    items = dataset.get("StructureSetROISequence") or ()
    return {int(number(item, "ROINumber") or 0): text(item, "ROIName") for item in items}


def paint_structure_set(dataset: Dataset, canvas: MaskCanvas, values: Mapping[int, int]) -> None:
    """Paint the ROIs `values` (ROI number → class value); others are left out.

    Contours of one ROI on one slice are filled together by the even-odd rule, so an inner one is a hole; one that stands there
    twice counts once. Between slices nothing is filled in.

    Raises:
        OtherFrameOfReferenceError: its points are said in another frame of reference.
        OtherPlaceError: a contour lies between the image's slices, or across them.
        OutsideVolumeError: a contour leaves the image.
        UnreadableImageError: a ROI of points or open lines, or contours that cannot be read.
    """
    frames = {int(number(item, "ROINumber") or 0): text(item, "ReferencedFrameOfReferenceUID")
              for item in dataset.get("StructureSetROISequence") or ()}
    for item in dataset.get("ROIContourSequence") or ():
        roi = int(number(item, "ReferencedROINumber") or 0)
        if roi in values:
            canvas.check_frame_of_reference(frames.get(roi, ""))
            for at, contours in sorted(_by_slice(item, canvas).items()):
                canvas.paint(canvas.voxels[at], fill_even_odd(contours, canvas.voxels.shape[1:]), values[roi])


def _by_slice(roi: Dataset, canvas: MaskCanvas) -> _Contours:
    """Contours in pixels (x, y) by slice, each once."""
    found: _Contours = defaultdict(list)
    for points in _contours(roi, canvas):
        places = canvas.indices_of(points)
        at = round(float(places[:, 2].mean()))
        error = float(np.abs(places[:, 2] - at).max())
        if error > TOLERANCE_SLICES:
            raise OtherPlaceError("a contour does not lie on a slice of the image", where=canvas.name,
                                  expected="all its points on one slice", got=f"{error:.2g} slices beside it",
                                  remedy="Give the series that it was drawn on.")
        contour = places[:, :2]
        if not 0 <= at < canvas.geometry.shape[0] or _leaves(contour, canvas.geometry.shape[1:]):
            raise canvas.outside()
        if not any(np.array_equal(contour, other) for other in found[at]):
            found[at].append(contour)
    return found


def _leaves(contour: NDArray[np.float64], shape: tuple[int, ...]) -> bool:
    """Whether the contour encloses the centre of a pixel that would lie outside the image."""
    least, most = contour.min(axis=0), contour.max(axis=0)
    if least.min() >= 0 and most[0] <= shape[1] - 1 and most[1] <= shape[0] - 1:
        return False
    if least.min() < -1 or most[0] > shape[1] or most[1] > shape[0]:
        return True
    framed = fill_even_odd([contour + 1], (shape[0] + 2, shape[1] + 2))
    framed[1:-1, 1:-1] = False
    return bool(framed.any())


def _contours(roi: Dataset, canvas: MaskCanvas) -> Iterator[NDArray[np.float64]]:
    """LPS points (n, 3) of each closed contour of an area."""
    for item in roi.get("ContourSequence") or ():
        kind, data = text(item, "ContourGeometricType").upper(), many_numbers(item, "ContourData")
        if kind not in _CLOSED:
            raise UnreadableImageError("a ROI that encloses nothing", where=canvas.name, expected="CLOSED_PLANAR contours",
                                       got=kind or "none", remedy="Leave it out: give its name null in source.masks.segments.")
        if not data or len(data) % 3:
            raise UnreadableImageError("a contour without points", where=canvas.name, expected="three numbers for each point",
                                       got=f"{len(data)} numbers", remedy=_RESEND)
        points = np.reshape(np.array(data, dtype=np.float64), (-1, 3))
        if len(points) > 2:  # one or two points enclose nothing
            yield points
