"""Tables of boxes and of landmarks → readings of each image. Nothing is repaired: what is wrong is named by its row."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from cauce.dataset.csv_table import CsvTable, read_csv
from cauce.domain.errors import InputError
from cauce.domain.reading_source import BoxTable, PointTable
from cauce.domain.reference import Box, Point, Reading

REFERENCE = "reference"
"""Name of the reader where a source names none."""


@dataclass
class Placed:
    """What a table says of one image while it is read."""

    boxes: dict[str, list[Box]] = field(default_factory=dict)
    points: dict[str, list[Point]] = field(default_factory=dict)
    code: str = ""
    reason: str = ""
    dropped: tuple[tuple[str, str], ...] = ()

    @property
    def readings(self) -> tuple[Reading, ...]:
        """One for each reader."""
        boxes = (Reading(reader=reader, boxes=tuple(found)) for reader, found in self.boxes.items())
        points = (Reading(reader=reader, points=tuple(found)) for reader, found in self.points.items())
        return (*boxes, *points)

    def refuse(self, code: str, reason: str) -> None:
        """Keep the first reason."""
        if not self.code:
            self.code, self.reason = code, reason


def box_readings(
    source: BoxTable, classes: Sequence[str], root: Path, images: str, names: Sequence[str]
) -> dict[str, Placed]:
    """Boxes of every image of `names`; one without boxes is a reading too: nothing there.

    Raises:
        InputError: the table or a column is missing, or it names an image that is not among `names`.
    """
    table = read_csv(root / source.table)
    columns = (source.image, source.name, source.reader, source.x_min, source.y_min)
    table.need_columns((*columns, source.x_max, source.y_max, source.width, source.height))
    readers = sorted({row[source.reader] for row in table.rows if row[source.reader]}) if source.reader else [REFERENCE]
    found = {name: Placed(boxes={} if source.reader else {REFERENCE: []}) for name in names}
    for index, row in enumerate(table.rows):
        placed = _placed(table, index, source.image, images, found)
        reader = row[source.reader] or REFERENCE if source.reader else REFERENCE
        box = _box(row, source, classes)
        if isinstance(box, Box):
            placed.boxes.setdefault(reader, []).append(box)
            continue
        code, reason = box[0], f"{table.where(index)}: {box[1]}"
        if source.bad_boxes == "drop":
            placed.boxes.setdefault(reader, [])
            placed.dropped = (*placed.dropped, (code, reason))
        else:
            placed.refuse(code, reason)
    for placed in found.values():
        if not placed.boxes and len(readers) == 1:  # several readers: who looked at it and saw nothing is not known
            placed.boxes = {readers[0]: []}
    return found


def point_readings(source: PointTable | None, root: Path, images: str, names: Sequence[str]) -> dict[str, Placed]:
    """Landmarks of every image that the table names.

    Raises:
        InputError: as `box_readings`.
    """
    if source is None:
        return {}
    table = read_csv(root / source.table)
    table.need_columns((source.image, source.name, source.x, source.y, source.reader))
    found = {name: Placed() for name in names}
    for index, row in enumerate(table.rows):
        placed = _placed(table, index, source.image, images, found)
        reader = row[source.reader] or REFERENCE if source.reader else REFERENCE
        x, y = _number(row[source.x]), _number(row[source.y])
        points = placed.points.setdefault(reader, [])
        if x is None or y is None:
            placed.refuse("bad-point", f"{table.where(index)}: x or y is no finite number")
        elif not row[source.name]:
            placed.refuse("bad-point", f"{table.where(index)}: the landmark has no name")
        elif any(point.name == row[source.name] for point in points):
            placed.refuse("bad-point", f"{table.where(index)}: '{row[source.name]}' stands twice for {reader}")
        else:
            points.append(Point(name=row[source.name], x=x, y=y))
    for placed in found.values():
        if not placed.points:
            placed.refuse("no-label", "no landmark in the table")
    return found


def _placed(table: CsvTable, index: int, column: str, images: str, found: dict[str, Placed]) -> Placed:
    cell = table.rows[index][column].replace("\\", "/")
    name = PurePosixPath(images, cell).as_posix()
    if name not in found:
        raise InputError("the table names an image that the image table does not", where=table.where(index),
                         got=cell or "nothing", remedy="Add the image to the image table, or remove the row.")
    return found[name]


def _box(row: dict[str, str], source: BoxTable, classes: Sequence[str]) -> Box | tuple[str, str]:
    """The box of a row, or code and reason why it is none."""
    name = row[source.name] if source.name else classes[0]
    if name not in classes:
        return "box-other-class", f"'{name}' is no class of the reference standard"
    x_min, y_min = _number(row[source.x_min]), _number(row[source.y_min])
    far_x = _number(row[source.x_max or source.width or ""])
    far_y = _number(row[source.y_max or source.height or ""])
    if x_min is None or y_min is None or far_x is None or far_y is None:
        return "box-no-number", "a coordinate is no finite number"
    x_max, y_max = (far_x, far_y) if source.x_max else (x_min + far_x, y_min + far_y)
    if x_max <= x_min or y_max <= y_min:
        return "box-no-area", f"the box has no area ({x_min:g}, {y_min:g}, {x_max:g}, {y_max:g})"
    return Box(name=name, x_min=x_min, y_min=y_min, x_max=x_max, y_max=y_max)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
