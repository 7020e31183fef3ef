"""What a dossier is made of: chapters, sections, blocks. HTML, PDF and JSON are three prints of one document."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Number:
    """A printed number and where it comes from.

    Attributes:
        text: as it is printed.
        values: the unrounded number, or value, lower and upper limit.
        source: tag of the record in the register, e.g. "E".
        path: place in that record, or how it was counted from it.
    """

    text: str
    values: tuple[float, ...]
    source: str
    path: str


Cell = str | Number


@dataclass(frozen=True)
class Prose:
    """A paragraph."""

    text: str
    kind: str = "prose"


@dataclass(frozen=True)
class Facts:
    """Label and value, line by line."""

    rows: tuple[tuple[str, Cell], ...]
    kind: str = "facts"


@dataclass(frozen=True)
class Table:
    """Rows of cells under a header.

    Attributes:
        wide: column that takes the room that the others leave.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    wide: int = 0
    kind: str = "table"


@dataclass(frozen=True)
class Figure:
    """A drawing.

    Attributes:
        source: tag of the record that it was drawn from.
        share: of the page's width.
    """

    title: str
    svg: str
    source: str
    share: float = 1.0
    kind: str = "figure"


@dataclass(frozen=True)
class Blank:
    """What no tool can know: a prompt, who must answer, and the answer once there is one."""

    key: str
    prompt: str
    who: str
    answer: str = ""
    kind: str = "blank"


Block = Prose | Facts | Table | Figure | Blank


@dataclass(frozen=True)
class Section:
    """A numbered section; `key` is what checklists point to."""

    key: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Chapter:
    """A numbered chapter."""

    title: str
    sections: tuple[Section, ...]

    def blanks(self) -> list[Blank]:
        """All blanks of the chapter, answered or not."""
        return [block for section in self.sections for block in section.blocks if isinstance(block, Blank)]


def numbered(chapters: tuple[Chapter, ...]) -> dict[str, str]:
    """Number of each section by its key, e.g. {"data.flow": "4.2"}."""
    return {section.key: f"{chapter_number}.{number}" for chapter_number, chapter in enumerate(chapters, start=1)
            for number, section in enumerate(chapter.sections, start=1)}


def as_json(chapters: tuple[Chapter, ...]) -> list[dict[str, Any]]:
    """Chapters as plain JSON with their numbers; tables and figures are numbered through the document."""
    numbers, counts = numbered(chapters), {"table": 0, "figure": 0}
    return [{
        "number": str(place), "title": chapter.title,
        "sections": [{"number": numbers[section.key], "key": section.key, "title": section.title,
                      "blocks": [_block(block, counts) for block in section.blocks]} for section in chapter.sections],
    } for place, chapter in enumerate(chapters, start=1)]


def _block(block: Block, counts: dict[str, int]) -> dict[str, Any]:
    found = asdict(block)
    if isinstance(block, Table | Figure):
        counts[block.kind] += 1
        found["number"] = counts[block.kind]
    if isinstance(block, Table | Facts):
        cells = [cell for row in block.rows for cell in row if isinstance(cell, Number)]
        found["sources"] = sorted({cell.source for cell in cells})
    return found
