"""SeriesRules: which series of a study stand for it, said beforehand and not by a person looking."""

from enum import StrEnum
from typing import Literal

from pydantic import Field, model_validator

from cauce.domain.record import Record


class Plane(StrEnum):
    """The plane that slices lie nearest to."""

    AXIAL = "axial"
    CORONAL = "coronal"
    SAGITTAL = "sagittal"


class SeriesRules(Record):
    """A series must meet all of these; empty means no restriction.

    Attributes:
        modality: Modality (0008,0060).
        kernel: ConvolutionKernel (0018,1210): one of these.
        orientation: plane that the slices lie nearest to.
        minimum_thickness_mm, maximum_thickness_mm: SliceThickness (0018,0050).
        image_type: values that ImageType (0008,0008) of each slice contains; other files of the series, such as localisers,
            are left out one by one.
        minimum_slices: fewer make no volume.
        choose: of the series of a study that meet the rules and are regular stacks, the one with most slices (of equal ones
            the first by UID; those that a mask refers to go before all others), or all.
    """

    modality: tuple[str, ...] = ()
    kernel: tuple[str, ...] = ()
    orientation: Plane | None = None
    minimum_thickness_mm: float | None = Field(default=None, gt=0)
    maximum_thickness_mm: float | None = Field(default=None, gt=0)
    image_type: tuple[str, ...] = ()
    minimum_slices: int = Field(default=8, ge=2)
    choose: Literal["most_slices", "all"] = "most_slices"

    @model_validator(mode="after")
    def _thickness_is_a_range(self) -> "SeriesRules":
        low, high = self.minimum_thickness_mm, self.maximum_thickness_mm
        if low is not None and high is not None and low > high:
            raise ValueError("minimum_thickness_mm is more than maximum_thickness_mm")
        return self
