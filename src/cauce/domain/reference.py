"""ReferenceStandard: where labels, boxes, masks, landmarks or outcomes come from, what they mean, and who set which."""

from enum import StrEnum
from typing import Literal

from pydantic import Field, model_validator

from cauce.domain.codes import Code
from cauce.domain.errors import ConfigurationError
from cauce.domain.record import Digest, Record


def _is_empty(value: object) -> bool:
    """Left out of the JSON, so that records made before the field was known keep their digest."""
    return not value


class ReferenceKind(StrEnum):
    """What the reference standard says of an image."""

    CLASS = "class"
    CLASSES = "classes"
    LABELS = "labels"
    NUMBER = "number"
    BOXES = "boxes"
    MASK = "mask"
    INSTANCES = "instances"
    LANDMARKS = "landmarks"
    TIME_TO_EVENT = "time_to_event"


_NEED_CLASSES = (ReferenceKind.CLASSES, ReferenceKind.LABELS, ReferenceKind.BOXES, ReferenceKind.MASK)


class ReferenceStandard(Record):
    """Where the reference comes from and what it means.

    Attributes:
        kind: `class` is one of two, positive or negative; `classes` one of several; `labels` any number of findings; a `mask`
            holds a class at each voxel, `instances` a number for each object.
        positive, negative: kind `class` alone: values as they stand in the source; an instance with any other is excluded.
        classes: names, for classes, labels, boxes and mask; in a mask value i + 1 means classes[i] and 0 is background.
        unit: kinds `number` and `time_to_event`: UCUM unit, e.g. "mm" or "d".
        finding: coded meaning of a positive label, of the structure, or of what is measured.
        source: who or what set the reference, and how, in a sentence for the evaluation report.
    """

    kind: Literal[
        ReferenceKind.CLASS, ReferenceKind.CLASSES, ReferenceKind.LABELS, ReferenceKind.NUMBER, ReferenceKind.BOXES,
        ReferenceKind.MASK, ReferenceKind.INSTANCES, ReferenceKind.LANDMARKS, ReferenceKind.TIME_TO_EVENT,
    ] = Field(default=ReferenceKind.CLASS, exclude_if=lambda value: value is ReferenceKind.CLASS)
    positive: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()
    finding: Code
    source: str
    classes: tuple[str, ...] = Field(default=(), exclude_if=_is_empty)
    unit: str | None = Field(default=None, exclude_if=_is_empty)

    @model_validator(mode="after")
    def _says_what_its_kind_needs(self) -> "ReferenceStandard":
        if self.kind is ReferenceKind.CLASS:
            if set(self.positive) & set(self.negative) or not self.positive or not self.negative:
                raise ValueError("positive and negative need at least one value each and none in common")
        elif self.positive or self.negative:
            raise ValueError(f"positive and negative belong to kind 'class', not to '{self.kind.value}'")
        if self.kind in _NEED_CLASSES and not self.classes:
            raise ValueError(f"kind '{self.kind.value}' needs the names of its classes")
        if self.classes and self.kind not in _NEED_CLASSES:
            raise ValueError(f"classes do not belong to kind '{self.kind.value}'")
        if len(set(self.classes)) < len(self.classes):
            raise ValueError("a class stands twice in classes")
        return self

    def require(self, kind: ReferenceKind, *, where: str) -> None:
        """Refuse a reference standard that this step cannot work with.

        Raises:
            ConfigurationError: the kind is another.
        """
        if self.kind is not kind:
            raise ConfigurationError(
                "this step cannot work with the cohort's reference standard", where=where,
                expected=f"reference.kind {kind.value}", got=self.kind.value,
                remedy="Choose a task for this kind, or index the cohort with another reference.",
            )


class VolumeGeometry(Record):
    """Where a volume lies in the patient's LPS system (x to the patient's left, y to the back, z to the head).

    Attributes:
        shape: (z, y, x) voxels; the axes of the array, whatever their direction in the patient.
        spacing_mm: between voxel centres along z, y, x of the array.
        origin_mm: LPS position of voxel (0, 0, 0).
        direction: LPS unit vectors along growing x, growing y and growing z of the array, nine numbers.
    """

    shape: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    origin_mm: tuple[float, float, float]
    direction: tuple[float, float, float, float, float, float, float, float, float]


class Channel(Record):
    """One of several files that are the input channels of one case, e.g. FLAIR, T1 and T2."""

    name: str
    path: str
    file_sha256: Digest


class Mask(Record):
    """A mask or instance map: its file, relative to the data root, and the file's digest.

    Attributes:
        array_sha256: of DICOM segmentations and structure sets: the mask on the image's grid, in the workspace's arrays.
        files: of several that make one mask together; `path` is the first, and `file_sha256` the digest of their digests.
            None for a single one.
    """

    path: str
    file_sha256: Digest
    array_sha256: Digest | None = Field(default=None, exclude_if=_is_empty)
    files: tuple[str, ...] | None = Field(default=None, exclude_if=_is_empty)


class MaskAgreement(Record):
    """Dice of two readers' masks of one class; None where neither marks it."""

    first: str
    second: str
    name: str
    dice: float | None = Field(ge=0, le=1)


class Box(Record):
    """One box; pixel coordinates from the corner of the first pixel, the far edge not included."""

    name: str
    x_min: float
    y_min: float
    x_max: float
    y_max: float

    @model_validator(mode="after")
    def _has_area(self) -> "Box":
        if self.x_max <= self.x_min or self.y_max <= self.y_min:
            raise ValueError("a box needs an area")
        return self


class Point(Record):
    """One landmark in pixels from the centre of the first pixel; z where the image is a volume."""

    name: str
    x: float
    y: float
    z: float | None = None


class Outcome(Record):
    """Time to an event, in the unit of the reference standard; `event` False means censored at that time."""

    time: float = Field(ge=0)
    event: bool


class Reading(Record):
    """What one reader says of one image: exactly one kind of answer. An empty list is an answer too: nothing found."""

    reader: str = "reference"
    label: str | None = None
    labels: tuple[str, ...] | None = None
    number: float | None = None
    boxes: tuple[Box, ...] | None = None
    mask: Mask | None = None
    points: tuple[Point, ...] | None = None
    outcome: Outcome | None = None

    @model_validator(mode="after")
    def _is_one_answer(self) -> "Reading":
        answers = (self.label, self.labels, self.number, self.boxes, self.mask, self.points, self.outcome)
        if sum(answer is not None for answer in answers) != 1:
            raise ValueError("a reading holds exactly one kind of answer")
        return self
