"""Contact sheets: a few images of a class as one picture, with the lines of what readers marked where there are any."""

import io
from math import ceil

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

_COLUMNS = 9
_GAP = 3
_GROUND = 255
_OUTLINES = ((255, 196, 0), (0, 224, 255), (255, 92, 168), (126, 255, 94))
"""Lines of class or reader 1, 2, 3, 4, then from the start again: bright on grey tissue."""


def contact_sheet(pictures: Pixels, lines: Pixels | None = None, *, columns: int = _COLUMNS) -> tuple[bytes, int, int]:
    """PNG of pictures in rows, its width and its height.

    Args:
        pictures: (n, size, size) grey.
        lines: (n, size, size) number of the class or reader whose line a pixel is of, 0 where there is none.
    """
    import PIL.Image

    sheet = arranged(pictures, columns, _GROUND)
    if lines is None or not lines.any():
        image = PIL.Image.fromarray(sheet)
    else:
        coloured = np.repeat(sheet[:, :, None], 3, axis=2)
        placed = arranged(lines, columns, 0)
        for number in np.unique(placed[placed > 0]):
            coloured[placed == number] = _OUTLINES[(int(number) - 1) % len(_OUTLINES)]
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
