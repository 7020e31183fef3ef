"""Where the readings of an image table stand: columns, tables of boxes or points, mask pictures. A reader each keeps apart."""

from pydantic import Field, model_validator

from cauce.domain.record import Record
from cauce.domain.reference import ReferenceKind


def _is_none(value: object) -> bool:
    return value is None


class OutcomeColumns(Record):
    """Columns of the image table with time and event; an event is 1, true or yes, a censored time 0, false or no."""

    time: str
    event: str


class BoxTable(Record):
    """A table with a row for each box; an image without one holds nothing.

    Attributes:
        table: CSV file.
        image, name, reader: columns; `name` is the class, and may be null when there is one class, `reader` when there is one.
        x_min, y_min: columns, in pixels from the corner of the first pixel.
        x_max, y_max: columns; or instead
        width, height: columns.
        bad_boxes: what happens to an image with a box that has no area, lies outside or is of no class: `exclude` it, or
            `drop` the box; either way the row is named.
    """

    table: str
    image: str
    name: str | None = None
    reader: str | None = None
    x_min: str
    y_min: str
    x_max: str | None = None
    y_max: str | None = None
    width: str | None = None
    height: str | None = None
    bad_boxes: str = Field(default="exclude", pattern="^(exclude|drop)$")

    @model_validator(mode="after")
    def _has_a_far_corner(self) -> "BoxTable":
        ends, sizes = (self.x_max, self.y_max), (self.width, self.height)
        if (None in ends) == (None in sizes) or (any(ends) and any(sizes)):
            raise ValueError("a box needs either x_max and y_max, or width and height")
        return self


class PointTable(Record):
    """A table with a row for each landmark.

    Attributes:
        table: CSV file.
        image, name, reader: columns; `reader` null when there is one.
        x, y: columns, in pixels from the centre of the first pixel.
    """

    table: str
    image: str
    name: str
    x: str
    y: str
    reader: str | None = None


class ReadingSource(Record):
    """Exactly one of these, as the kind of the reference standard asks.

    Attributes:
        columns: class, classes, labels and number: column of the image table by reader.
        consensus: class and classes with several readers: `majority`, or the reader whose answer is the label.
        outcome: time_to_event.
        boxes, points: boxes, landmarks.
        masks: mask and instances: path of a PNG or TIFF picture by reader, from the data root, with {case} for the image's path
            below the folder of images, without its ending.
        mask_values: value of a mask's pixels by class; without it value i + 1 is class i.
    """

    columns: dict[str, str] | None = Field(default=None, exclude_if=_is_none)
    consensus: str | None = Field(default=None, exclude_if=_is_none)
    outcome: OutcomeColumns | None = Field(default=None, exclude_if=_is_none)
    boxes: BoxTable | None = Field(default=None, exclude_if=_is_none)
    points: PointTable | None = Field(default=None, exclude_if=_is_none)
    masks: dict[str, str] | None = Field(default=None, exclude_if=_is_none)
    mask_values: dict[str, int] | None = Field(default=None, exclude_if=_is_none)

    @model_validator(mode="after")
    def _is_one(self) -> "ReadingSource":
        given = [name for name in _KINDS if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"readings need exactly one of {', '.join(_KINDS)}")
        if self.masks is not None and any("{case}" not in pattern for pattern in self.masks.values()):
            raise ValueError("every mask pattern needs {case}, e.g. 'masks/{case}.png'")
        if any(".." in pattern.split("/") or pattern.startswith("/") for pattern in (self.masks or {}).values()):
            raise ValueError("mask patterns start from the data root and stay below it")
        if self.mask_values is not None and self.masks is None:
            raise ValueError("mask_values belong to masks")
        if self.mask_values is not None and (len({0, *self.mask_values.values()}) <= len(self.mask_values)):
            raise ValueError("mask_values gives a value twice, or 0, which is the background")
        if self.consensus is not None and (self.columns is None or self.consensus not in ("majority", *self.columns)):
            raise ValueError("consensus is 'majority' or one of the readers in columns")
        for named in (self.columns, self.masks):
            if named is not None and not named:
                raise ValueError("at least one reader is needed")
        return self

    def kinds(self) -> tuple[ReferenceKind, ...]:
        """Kinds of reference standard that these readings can be."""
        return next(kinds for name, kinds in _KINDS.items() if getattr(self, name) is not None)


_KINDS = {
    "columns": (ReferenceKind.CLASS, ReferenceKind.CLASSES, ReferenceKind.LABELS, ReferenceKind.NUMBER),
    "outcome": (ReferenceKind.TIME_TO_EVENT,),
    "boxes": (ReferenceKind.BOXES,),
    "points": (ReferenceKind.LANDMARKS,),
    "masks": (ReferenceKind.MASK, ReferenceKind.INSTANCES),
}
