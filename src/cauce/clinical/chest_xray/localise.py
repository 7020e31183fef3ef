"""Class activation map → heat map over the stored image, and the place of the strongest response."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cauce.dicom.image import Image
from cauce.domain.preprocess import PreprocessRecipe
from cauce.domain.result import HeatMap, Place, Side, Zone
from cauce.predictor.preprocess import map_to_source

Floats = NDArray[np.float32]

HALF = 0.5
"""A finding reaches as far as half of the strongest response, as a full width at half maximum does."""

_FINE = 8      # cells of the fine grid for one cell of the map
_DIGITS = 4


def heat_map_of(recipe: PreprocessRecipe, activation: Floats, shape: tuple[int, int]) -> HeatMap:
    """Positive contributions to the abnormal probability, relative to the strongest; all 0 where nothing speaks for it.

    Args:
        recipe: how the image was brought to the network's input.
        activation: (h', w') class activation map over the network's input, in units of the logit.
        shape: (rows, columns) of the stored image.
    """
    positive = np.clip(map_to_source(recipe, shape, activation), 0.0, None)
    top = float(positive.max())
    relative = positive / top if top > 0 else positive
    values = tuple(round(float(value), _DIGITS) for value in relative.ravel())
    return HeatMap(rows=relative.shape[0], columns=relative.shape[1], values=values)


def upsample(heat: HeatMap, shape: tuple[int, int]) -> Floats:
    """The heat map on a grid of `shape` (rows, columns) over the same area, 0 to 1.

    A cubic B-spline with the cells' values as its weights, which stand at the cells' centres as pixels do: smooth, and
    nowhere beyond the values. A single bright cell therefore comes out lower and wider.
    """
    cells = np.asarray(heat.values, dtype=np.float32).reshape(heat.rows, heat.columns)
    zoom = (shape[0] / heat.rows, shape[1] / heat.columns)
    fine = ndimage.zoom(cells, zoom, order=3, mode="nearest", grid_mode=True, prefilter=False)
    return np.asarray(np.clip(fine, 0.0, 1.0), dtype=np.float32)


def place_of(heat: HeatMap, image: Image) -> Place | None:
    """Where the strongest response lies; None when the heat map is empty.

    The box holds the connected region around the strongest response that reaches half of it.
    """
    fine = upsample(heat, (heat.rows * _FINE, heat.columns * _FINE))
    peak = float(fine.max())
    if peak <= 0:
        return None
    top_row, top_column = np.unravel_index(int(fine.argmax()), fine.shape)
    regions, _ = ndimage.label(fine >= HALF * peak)
    rows, columns = np.nonzero(regions == regions[top_row, top_column])
    height, width = image.rows / fine.shape[0], image.columns / fine.shape[1]
    centre = (round((int(top_column) + 0.5) * width, 2), round((int(top_row) + 0.5) * height, 2))
    box = (
        round(int(columns.min()) * width, 2), round(int(rows.min()) * height, 2),
        round((int(columns.max()) + 1) * width, 2), round((int(rows.max()) + 1) * height, 2),
    )
    return Place(
        side=_side(image, centre[0]), zone=_zone(image, centre[1]), box=box, centre=centre,
        centre_mm=_millimetres(image, centre),
    )


def _side(image: Image, x: float) -> Side:
    """The patient's left is on the viewer's right, unless PatientOrientation (0020,0020) says that columns run to the right."""
    runs_to_right = image.patient_orientation is not None and image.patient_orientation[0][:1] == "R"
    return Side.LEFT if (x >= image.columns / 2) != runs_to_right else Side.RIGHT


def _zone(image: Image, y: float) -> Zone:
    third = min(2, int(3 * y / image.rows))
    return (Zone.UPPER, Zone.MIDDLE, Zone.LOWER)[third]


def _millimetres(image: Image, centre: tuple[float, float]) -> tuple[float, float] | None:
    if image.spacing_mm is None:
        return None
    row_mm, column_mm = image.spacing_mm[-2:]
    return round(centre[0] * column_mm, 2), round(centre[1] * row_mm, 2)
