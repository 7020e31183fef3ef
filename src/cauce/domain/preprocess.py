"""PreprocessRecipe: from display-oriented pixels to the network's input. The same recipe trains and serves."""

from enum import StrEnum

from pydantic import Field

from cauce.domain.record import Record


class Aspect(StrEnum):
    """What happens to an image that is not square."""

    STRETCH = "stretch"
    PAD = "pad"


class PreprocessRecipe(Record):
    """Clip to percentiles, scale to 0..1, resize with an antialiasing filter, standardise.

    Attributes:
        size: (rows, columns) of the network's input.
        lower_percentile, upper_percentile: of the pixels, clipped before scaling.
        mean, standard_deviation: subtracted and divided by after scaling.
        version: raised whenever the code that applies a recipe changes its numbers.
    """

    size: tuple[int, int] = (128, 128)
    lower_percentile: float = Field(default=0.5, ge=0, lt=50)
    upper_percentile: float = Field(default=99.5, gt=50, le=100)
    aspect: Aspect = Aspect.PAD
    mean: float = 0.5
    standard_deviation: float = Field(default=0.25, gt=0)
    version: int = 1
