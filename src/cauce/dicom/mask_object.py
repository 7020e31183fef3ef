"""A DICOM object that holds a mask: what it says of itself, and the mask on its image's grid."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from cauce.dicom.mask_canvas import MaskCanvas
from cauce.dicom.read import read_dataset
from cauce.dicom.segmentation import paint_segmentation, segment_names
from cauce.dicom.structure_set import paint_structure_set, roi_names
from cauce.dicom.values import text
from cauce.domain.errors import CauceError, InputError, UnreadableImageError

_STRUCTURE_SET = "RTSTRUCT"
_REFERENCES = frozenset((
    "ReferencedSeriesSequence", "ReferencedInstanceSequence", "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence", "DerivationImageSequence", "SourceImageSequence", "ReferencedFrameOfReferenceSequence",
    "RTReferencedStudySequence", "RTReferencedSeriesSequence", "ContourImageSequence", "ROIContourSequence", "ContourSequence",
))
"""Sequences on the way to the images that a mask was made of."""
_SERIES_ITEMS = ("ReferencedSeriesSequence", "RTReferencedSeriesSequence")
_INSTANCE_ITEMS = ("ReferencedInstanceSequence", "SourceImageSequence", "ContourImageSequence")


@dataclass(frozen=True)
class MaskHeader:
    """What a segmentation or structure set says of itself.

    Attributes:
        names: of its segments or ROIs, by number.
        series: SeriesInstanceUID of each series that it refers to.
        instances: SOPInstanceUID of each image that it refers to.
    """

    names: dict[int, str]
    series: frozenset[str]
    instances: frozenset[str]


def read_mask_header(path: Path, name: str) -> MaskHeader | None:
    """None for an object that is neither segmentation nor structure set.

    Raises:
        InputError: the file cannot be opened.
        UnreadableImageError: it is no DICOM file, or is damaged.
    """
    dataset = _read(path, name)
    with _parsing(name):
        if not _is_mask(dataset):
            return None
        series: set[str] = set()
        instances: set[str] = set()
        _collect(dataset, series, instances)
        return MaskHeader(_names(dataset), frozenset(series), frozenset(instances))


def paint_mask(path: Path, canvas: MaskCanvas, values: Mapping[int, int], threshold: float | None) -> NDArray[np.uint8]:
    """The mask in a file, uint8 (z, y, x) on the canvas' grid; `values` says which segment or ROI is painted as what.

    Raises:
        InputError: the file cannot be opened.
        UnreadableImageError: as `paint_segmentation` and `paint_structure_set`.
    """
    dataset = _read(path, canvas.name)
    with _parsing(canvas.name):
        if text(dataset, "Modality") == _STRUCTURE_SET:
            paint_structure_set(dataset, canvas, values)
        else:
            paint_segmentation(dataset, canvas, values, threshold)
    return canvas.voxels


def _is_mask(dataset: Dataset) -> bool:
    return "SegmentSequence" in dataset or text(dataset, "Modality") == _STRUCTURE_SET


def _names(dataset: Dataset) -> dict[int, str]:
    return roi_names(dataset) if text(dataset, "Modality") == _STRUCTURE_SET else segment_names(dataset)


def _collect(dataset: Dataset, series: set[str], instances: set[str]) -> None:
    """Walk down the known sequences; those that are as deep as the standard makes them."""
    for keyword in _REFERENCES:
        for item in dataset.get(keyword) or ():
            if keyword in _SERIES_ITEMS:
                series.add(text(item, "SeriesInstanceUID"))
            if keyword in _INSTANCE_ITEMS:
                instances.add(text(item, "ReferencedSOPInstanceUID"))
            _collect(item, series, instances)
    series.discard("")
    instances.discard("")


def _read(path: Path, name: str) -> Dataset:
    try:
        return read_dataset(path.read_bytes())
    except OSError as error:
        raise InputError(f"the file cannot be opened ({error.strerror})", where=name, remedy="Check its permissions.") from None
    except UnreadableImageError as error:
        raise type(error)(error.what, where=name, expected=error.expected, got=error.got, remedy=error.remedy) from None


@contextmanager
def _parsing(name: str) -> Iterator[None]:
    try:
        yield
    except CauceError:
        raise
    except Exception as error:  # values are parsed where they are asked for, and their bytes may be anything
        raise UnreadableImageError(f"the mask cannot be read ({type(error).__name__})", where=name,
                                   remedy="Send the file again from its source.") from None
