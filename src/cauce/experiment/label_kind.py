"""What labels of images are asked for, whatever they are: words for people, examples, and labels that are made up."""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[Any]
Indices = NDArray[np.intp]
Half = NDArray[np.float16]

_SIDE = 4  # the square's side is a quarter of the image's


class LabelKind(ABC):
    """Labels of n images, whose names are `classes` where there are several.

    Attributes:
        obvious: what `paint` draws, in words.
    """

    obvious: str

    def __init__(self, values: Labels, classes: tuple[str, ...]) -> None:
        self.values, self.classes = values, classes

    @abstractmethod
    def summary(self) -> str:
        """How the labels are shared, in words."""

    @abstractmethod
    def name_of(self, number: int) -> str:
        """The label of an image, in words."""

    @abstractmethod
    def lacks(self) -> str:
        """What these images do not have, so that nothing can be scored; "" when nothing is missing."""

    @abstractmethod
    def examples(self, count: int, rng: np.random.Generator) -> Indices:
        """About `count` images that show what labels there are."""

    @abstractmethod
    def made_up(self, n: int) -> Labels:
        """Labels of this kind for n images, every value among them."""

    @abstractmethod
    def dealt_out(self, uniform: NDArray[np.float64]) -> Labels:
        """Labels that follow from (n,) numbers in [0, 1) and from nothing else."""

    @abstractmethod
    def paint(self, pixels: Half, label: Any, rng: np.random.Generator) -> None:
        """Draw into noise (rows, columns) what nobody can fail to see."""

    @abstractmethod
    def highest_by_chance(self, errors: float) -> float:
        """Score of these images that is `errors` standard errors above what guessing gives."""


def of_each(groups: Sequence[NDArray[np.bool_]], count: int, rng: np.random.Generator) -> Indices:
    """As many of each group, at random."""
    each = max(count // len(groups), 1)
    return np.concatenate([rng.permutation(np.flatnonzero(group))[:each] for group in groups])


def add_square(pixels: Half, brightness: float, rng: np.random.Generator) -> None:
    """At a random place; nothing where the brightness is 0."""
    if not brightness:
        return
    rows, columns = pixels.shape
    height, width = max(rows // _SIDE, 2), max(columns // _SIDE, 2)
    top, left = rng.integers(0, rows - height + 1), rng.integers(0, columns - width + 1)
    pixels[top : top + height, left : left + width] += np.float16(brightness)


def area_error(positive: NDArray[np.bool_]) -> float:
    """Standard error of the AUC of (n,) cases where scores do not depend on the label. Source: Mann and Whitney 1947."""
    n_positive = int(positive.sum())
    return math.sqrt((len(positive) + 1) / (12 * n_positive * (len(positive) - n_positive)))
