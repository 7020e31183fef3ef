"""Small copies of images: for comparing every image with every other, and for looking at a class at a glance."""

import hashlib
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from cauce.domain.cohort import Cohort
from cauce.domain.errors import NotFoundError
from cauce.store.workspace import Workspace

Pixels = NDArray[np.float32]
Whole = TypeVar("Whole", bound=np.integer)

THUMBNAIL = 64
"""Rows and columns of the copies that the audit compares."""

SAMPLE = 160
"""Rows and columns of the pictures in the report."""


def shrink(pixels: Pixels, size: int) -> NDArray[np.uint8]:
    """Area average of an image on `size` × `size` pixels, its aspect ratio not kept.

    Args:
        pixels: (rows, columns), 0 to 1.
        size: rows and columns of the copy.
    """
    return _eight_bit(_area_average(pixels, size, size))


@dataclass(frozen=True)
class PaddedPlace:
    """Where an image of `shape` (rows, columns) stands on a square canvas that keeps its proportions."""

    shape: tuple[int, int]
    size: int
    top: int
    left: int
    height: int
    width: int

    def to_canvas(self, x: float, y: float) -> tuple[int, int]:
        """Column and row of the canvas at a place of the image, from the centre of its first pixel; inside the image."""
        rows, columns = self.shape
        column = self.left + int(np.clip((x + 0.5) * self.width / columns, 0, self.width - 1))
        row = self.top + int(np.clip((y + 0.5) * self.height / rows, 0, self.height - 1))
        return column, row

    def nearest(self, areas: NDArray[Whole]) -> NDArray[Whole]:
        """Areas (rows, columns) on the canvas, 0 beside the image; each pixel takes the value at its centre."""
        rows = ((np.arange(self.height) + 0.5) * self.shape[0] / self.height).astype(np.intp)
        columns = ((np.arange(self.width) + 0.5) * self.shape[1] / self.width).astype(np.intp)
        canvas = np.zeros((self.size, self.size), dtype=areas.dtype)
        canvas[self.top:self.top + self.height, self.left:self.left + self.width] = areas[np.ix_(rows, columns)]
        return canvas


def padded_place(shape: tuple[int, int], size: int, spacing: tuple[float, float] = (1.0, 1.0)) -> PaddedPlace:
    """The place of an image on a `size` × `size` canvas; `spacing` of rows and columns."""
    extent = [count * step for count, step in zip(shape, spacing, strict=True)]
    height, width = (max(1, round(size * length / max(extent))) for length in extent)
    return PaddedPlace(shape, size, (size - height) // 2, (size - width) // 2, height, width)


def shrink_padded(pixels: Pixels, size: int, spacing: tuple[float, float] = (1.0, 1.0)) -> NDArray[np.uint8]:
    """As `shrink`, with the aspect ratio in the patient kept and black bars beside it; `spacing` of rows and columns."""
    place = padded_place((pixels.shape[0], pixels.shape[1]), size, spacing)
    canvas = np.zeros((size, size), dtype=np.uint8)
    shrunk = _eight_bit(_area_average(pixels, place.height, place.width))
    canvas[place.top:place.top + place.height, place.left:place.left + place.width] = shrunk
    return canvas


def read_thumbnails(workspace: Workspace, cohort: Cohort) -> NDArray[np.uint8]:
    """(instances, 64, 64) in the order of the cohort's rows.

    Raises:
        NotFoundError: the cohort was indexed without them.
        IntegrityError: the file was changed.
    """
    if cohort.thumbnails_sha256 is None:
        raise NotFoundError("the cohort has no thumbnails", where=cohort.name, remedy="Run `cauce dataset index` again.")
    return np.asarray(np.load(workspace.arrays.path(cohort.thumbnails_sha256), allow_pickle=False), dtype=np.uint8)


def pixel_sha256(pixels: Pixels) -> str:
    """Digest of shape and pixels at 16 bits: the same for an image however its file is encoded."""
    shape = ",".join(str(size) for size in pixels.shape)
    return hashlib.sha256(shape.encode() + np.rint(pixels * 65535).astype("<u2").tobytes()).hexdigest()


def _eight_bit(pixels: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.asarray(np.clip(np.rint(pixels * 255), 0, 255), dtype=np.uint8)


def _area_average(pixels: Pixels, rows: int, columns: int) -> NDArray[np.float64]:
    """Mean over the source area of each target pixel, by running sums.

    No matrix product: BLAS threads of several reading processes hold one another up, and sum in another order elsewhere.
    """
    return _along_rows(_along_rows(pixels.astype(np.float64), rows).T, columns).T


def _along_rows(values: NDArray[np.float64], target: int) -> NDArray[np.float64]:
    source = values.shape[0]
    running = np.zeros((source + 1, values.shape[1]))
    np.cumsum(values, axis=0, out=running[1:])
    edges = np.arange(target + 1) * (source / target)
    below = np.minimum(edges.astype(np.int64), source - 1)
    part = (edges - below)[:, None]
    at_edges = running[below] * (1 - part) + running[below + 1] * part
    return np.asarray(np.diff(at_edges, axis=0) * (target / source))
