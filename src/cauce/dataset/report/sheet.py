"""Contact sheets: a few images of a class as one picture, with the outline of the reference mask where there is one."""

import io
from math import ceil

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

_COLUMNS = 9
_GAP = 3
_GROUND = 255
_OUTLINES = ((255, 196, 0), (0, 224, 255), (255, 92, 168), (126, 255, 94))
"""Outline of classes 1, 2, 3, 4 of a mask, then from the start again: bright on grey tissue."""


def contact_sheet(pictures: Pixels, masks: Pixels | None = None, *, columns: int = _COLUMNS) -> tuple[bytes, int, int]:
    """PNG of pictures in rows, its width and its height.

    Args:
        pictures: (n, size, size) grey.
        masks: (n, size, size) class of each pixel, 0 outside.
    """
    import PIL.Image

    sheet = arranged(pictures, columns, _GROUND)
    if masks is None or not masks.any():
        image = PIL.Image.fromarray(sheet)
    else:
        coloured = np.repeat(sheet[:, :, None], 3, axis=2)
        lines = arranged(np.stack([outlines(mask) for mask in masks]), columns, 0)
        for number in np.unique(lines[lines > 0]):
            coloured[lines == number] = _OUTLINES[(int(number) - 1) % len(_OUTLINES)]
        image = PIL.Image.fromarray(coloured)
    stream = io.BytesIO()
    image.save(stream, "PNG", optimize=True)
    return stream.getvalue(), image.width, image.height


def arranged(pictures: Pixels, columns: int, ground: int) -> Pixels:
    """Pictures (n, size, size) in rows of `columns` with a gap between them."""
    count, size = pictures.shape[0], pictures.shape[1]
    columns = min(columns, max(count, 1))
    rows, step = ceil(count / columns), size + _GAP
    sheet = np.full((rows * step - _GAP, columns * step - _GAP), ground, dtype=np.uint8)
    for place, picture in enumerate(pictures):
        top, left = step * (place // columns), step * (place % columns)
        sheet[top:top + size, left:left + size] = picture
    return sheet


def outlines(mask: Pixels) -> Pixels:
    """The class of each pixel that has a neighbour of another class; 0 elsewhere."""
    padded = np.pad(mask, 1)
    inside = padded[1:-1, 1:-1]
    differs = np.zeros(mask.shape, dtype=bool)
    for rows, columns in ((0, 1), (2, 1), (1, 0), (1, 2)):
        differs |= padded[rows:rows + mask.shape[0], columns:columns + mask.shape[1]] != inside
    return np.where(differs, inside, 0).astype(np.uint8)
