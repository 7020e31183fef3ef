"""PreprocessRecipe and VolumeRecipe: from stored pixels or voxels to the network's input. The same recipe trains and serves."""

from enum import StrEnum

from pydantic import Field, model_validator

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


class Normalisation(StrEnum):
    """How a channel's values are brought to the range that networks learn from."""

    Z_SCORE = "z_score"
    WINDOW = "window"


class VolumeRecipe(Record):
    """Turn to the patient's axes, resample, normalise each channel; the network then sees one patch at a time.

    Attributes:
        spacing_mm: (z, y, x) of the grid that is resampled to; None keeps the volume's own.
        normalisation: `z_score` subtracts the mean of a channel's voxels and divides by their standard deviation; `window`
            clips to `lower`..`upper`, in the file's own units (Hounsfield units for CT), and scales to 0..1.
        patch: (z, y, x) voxels of the network's input.
        overlap: share of a patch that neighbouring patches have in common, at prediction.
        channels: names, in the order of the network's input; empty takes the cohort's, in their order.
        version: raised whenever the code that applies a recipe changes its numbers.
    """

    spacing_mm: tuple[float, float, float] | None = None
    normalisation: Normalisation = Normalisation.Z_SCORE
    lower: float | None = None
    upper: float | None = None
    patch: tuple[int, int, int]
    overlap: float = Field(default=0.5, ge=0, lt=1)
    channels: tuple[str, ...] = ()
    version: int = 1

    @model_validator(mode="after")
    def _is_possible(self) -> "VolumeRecipe":
        if min(self.patch) < 1:
            raise ValueError("a patch needs at least one voxel along each axis")
        if self.spacing_mm is not None and not min(self.spacing_mm) > 0:
            raise ValueError("spacing_mm must be above 0")
        has_window = self.lower is not None and self.upper is not None and self.lower < self.upper
        if self.normalisation is Normalisation.WINDOW and not has_window:
            raise ValueError("normalisation 'window' needs lower and upper, lower below upper")
        if self.normalisation is Normalisation.Z_SCORE and (self.lower is not None or self.upper is not None):
            raise ValueError("lower and upper belong to normalisation 'window'")
        return self
