"""What a preview shows: cases in rows, draws in columns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class View:
    """One picture (rows, columns), and the class of each of its pixels; None for an image with a label alone."""

    pixels: NDArray[np.float32]
    mask: NDArray[np.int64] | None


@dataclass(frozen=True, eq=False)
class Row:
    """A case: its label, and its views, the first without augmentation."""

    label: str
    views: tuple[View, ...]
