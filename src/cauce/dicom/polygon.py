"""Closed contours → pixels, by the even-odd rule at pixel centres."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def fill_even_odd(contours: Sequence[NDArray[np.float64]], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Pixels whose centres lie inside an odd number of contours; a contour inside another cuts a hole.

    A keyhole, where a contour runs to its hole and back on the same line, comes out as the hole alone. A centre that lies on an
    edge belongs to what is right of it, or below: contours that share an edge share no pixel and leave none out.

    Args:
        contours: (n, 2) points (x, y) in pixels from the centre of the first one; the last is joined to the first.
        shape: (rows, columns); what lies beyond is cut off.
    """
    rows, columns = shape
    toggles = np.zeros((rows, columns + 1), dtype=np.int32)  # the last column takes what is right of the picture
    for contour in contours:
        following = np.roll(contour, -1, axis=0)
        rises = (contour[:, 1] <= following[:, 1])[:, None]
        # Each edge from its smaller y on: it then comes out the same for the contour on its other side.
        low_x, low_y = np.where(rises, contour, following).T
        high_x, high_y = np.where(rises, following, contour).T
        first = np.clip(np.ceil(low_y), 0, rows).astype(np.int64)
        crossed = np.clip(np.ceil(high_y), 0, rows).astype(np.int64) - first  # rows with low ≤ row < high
        edge = np.repeat(np.arange(len(contour)), crossed)
        row = first[edge] + np.arange(len(edge)) - np.repeat(np.cumsum(crossed) - crossed, crossed)
        share = (row - low_y[edge]) / (high_y[edge] - low_y[edge])
        column = np.clip(np.ceil(low_x[edge] + share * (high_x[edge] - low_x[edge])), 0, columns).astype(np.int64)
        np.add.at(toggles, (row, column), 1)
    filled: NDArray[np.bool_] = np.cumsum(toggles, axis=1)[:, :columns] % 2 == 1
    return filled
