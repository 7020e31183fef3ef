"""MaskSource: where the masks of a DICOM cohort are, and which of their segments is which class."""

from typing import Literal

from pydantic import Field, model_validator

from cauce.domain.record import Record


class MaskFiles(Record):
    """Masks of one reader: segmentations (SEG) and structure sets (RTSTRUCT).

    Attributes:
        files: pattern of their paths below `root`; `*` is any name, `**` any folders. Other files that it meets are no masks.
        threshold: of a FRACTIONAL segmentation: a voxel belongs to the segment from this share of the maximum on.
        several: what several masks of one series do: exclude it, for one may be a corrected version of another, or join, where
            each holds a part, e.g. one lesion.
    """

    files: str = Field(default="**", min_length=1)
    threshold: float | None = Field(default=None, gt=0, le=1)
    several: Literal["exclude", "join"] = "exclude"


class MaskSource(Record):
    """Masks of a cohort of series. Which series a mask belongs to is what it refers to, never its name or place.

    Attributes:
        readers: by name; each series needs the mask of one at least.
        segments: name of a segment or ROI → class of the reference standard; null leaves it out. Names that are classes need no
            entry; capitals and spaces do not count.
        other_segments: what a segment of any other name does to its series.
        overlaps: what voxels in segments of two classes do: exclude the series, or belong to the class that is named first.
        empty: whether a series stays in which a reader marks nothing; it means "nothing found" where lesions are sought.
    """

    readers: dict[str, MaskFiles] = Field(min_length=1)
    segments: dict[str, str | None] = {}
    other_segments: Literal["exclude", "ignore"] = "exclude"
    overlaps: Literal["exclude", "first_class"] = "exclude"
    empty: Literal["keep", "exclude"] = "keep"

    @model_validator(mode="after")
    def _one_class_for_a_name(self) -> "MaskSource":
        if len({same_name(name) for name in self.segments}) < len(self.segments):
            raise ValueError("a segment stands twice in segments; capitals and spaces do not count")
        return self


def same_name(name: str) -> str:
    """A segment's name as it is compared: capitals and spaces do not count."""
    return " ".join(name.split()).casefold()


class SegmentSpelling(Record):
    """A segment or ROI as the masks name it, the class that it is (none: left out), and how many masks hold it."""

    written: str
    unified: str | None
    masks: int
