"""Pictures of the report's samples, and on each the lines of what its first reader marked; of landmarks, every reader's."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cauce.dataset.nifti_picture import three_slices
from cauce.dataset.thumbnail import SAMPLE, padded_place, shrink_padded
from cauce.domain.cohort import CohortSpec, TableSource
from cauce.domain.reference import Box, Mask, Point, ReferenceKind
from cauce.domain.study import InstanceRow
from cauce.predictor.case_source import CasePlace, load_channels, load_reading
from cauce.predictor.picture_mask import load_instance_map, load_picture_mask
from cauce.predictor.source import load_file
from cauce.store.blobs import BlobStore

Pixels = NDArray[np.uint8]

_CROSS = 2  # pixels that a landmark's cross reaches to each side


@dataclass(frozen=True)
class Samples:
    """Draws rows of one cohort.

    Attributes:
        key: that patient keys are made with; loading a file asks for it.
    """

    spec: CohortSpec
    root: Path
    arrays: BlobStore
    key: bytes | None

    def draw(self, row: InstanceRow) -> tuple[Pixels, Pixels]:
        """Grey picture and lines, both (SAMPLE, SAMPLE); a line's value is the number of its class or reader, 0 no line."""
        if row.volume is not None:
            volume = load_channels(self.root, row)[0]
            mask = self._volume_mask(row)
            marked = three_slices(volume, SAMPLE, mask=mask)
            return marked.grey, outlines(marked.classes)
        pixels = load_file(self.root / row.path, row.path, key=self.key).image.pixels
        return shrink_padded(pixels, SAMPLE), self._lines(row, (pixels.shape[0], pixels.shape[1]))

    def _volume_mask(self, row: InstanceRow) -> Pixels | None:
        mask = _first_mask(row)
        if mask is None or row.volume is None:
            return None
        place = CasePlace(self.root, self.arrays)
        return load_reading(place, mask, image=row.volume, n_classes=len(self.spec.reference.classes))

    def _lines(self, row: InstanceRow, shape: tuple[int, int]) -> Pixels:
        lines, classes = np.zeros((SAMPLE, SAMPLE), dtype=np.uint8), self.spec.reference.classes
        to_canvas = padded_place(shape, SAMPLE).to_canvas
        mask = _first_mask(row)
        if mask is not None:
            lines = self._picture_lines(mask, shape)
        for box in next((reading.boxes for reading in row.readings if reading.boxes), ()):
            _draw_box(lines, box, classes.index(box.name) + 1, to_canvas)
        for number, reading in enumerate(row.readings, start=1):
            for point in reading.points or ():
                _draw_point(lines, point, number, to_canvas)
        return lines

    def _picture_lines(self, mask: Mask, shape: tuple[int, int]) -> Pixels:
        source, reference = self.spec.source, self.spec.reference
        path = self.root / mask.path
        if reference.kind is ReferenceKind.INSTANCES:
            areas = load_instance_map(path, mask.path, shape=shape)
        else:
            values = source.readings.mask_values if isinstance(source, TableSource) and source.readings else None
            areas = load_picture_mask(path, mask.path, shape=shape, classes=reference.classes, values=values).astype(np.int32)
        placed = padded_place(shape, SAMPLE).nearest(areas)
        if reference.kind is ReferenceKind.INSTANCES:
            return (_edges(placed) & (placed > 0)).astype(np.uint8)
        return outlines(placed.astype(np.uint8))


def outlines(areas: Pixels) -> Pixels:
    """The class of each pixel that has a neighbour of another class; 0 elsewhere."""
    return np.where(_edges(areas), areas, 0).astype(np.uint8)


def _edges(areas: NDArray[np.integer]) -> NDArray[np.bool_]:
    padded = np.pad(areas, 1)
    differs = np.zeros(areas.shape, dtype=bool)
    for rows, columns in ((0, 1), (2, 1), (1, 0), (1, 2)):
        differs |= padded[rows:rows + areas.shape[0], columns:columns + areas.shape[1]] != areas
    return differs


def _first_mask(row: InstanceRow) -> Mask | None:
    return next((reading.mask for reading in row.readings if reading.mask is not None), None)


ToCanvas = Callable[[float, float], tuple[int, int]]


def _draw_box(lines: Pixels, box: Box, number: int, to_canvas: ToCanvas) -> None:
    (left, top), (right, bottom) = to_canvas(box.x_min, box.y_min), to_canvas(box.x_max - 1, box.y_max - 1)
    lines[top, left:right + 1] = lines[bottom, left:right + 1] = number
    lines[top:bottom + 1, left] = lines[top:bottom + 1, right] = number


def _draw_point(lines: Pixels, point: Point, number: int, to_canvas: ToCanvas) -> None:
    x, y = to_canvas(point.x, point.y)
    lines[y, max(x - _CROSS, 0):x + _CROSS + 1] = number
    lines[max(y - _CROSS, 0):y + _CROSS + 1, x] = number
