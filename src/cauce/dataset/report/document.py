"""What a report says, before it is printed: page and PDF are two prints of one document, so they cannot differ."""

from dataclasses import dataclass, field
from enum import StrEnum


class Tone(StrEnum):
    """How a figure is to be taken."""

    PLAIN = "plain"
    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True)
class Tile:
    """One key figure of the summary strip."""

    figure: str
    what: str
    detail: str = ""
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True)
class Note:
    """A remark in small letters."""

    text: str


@dataclass(frozen=True)
class Verdict:
    """An answer that must not be overlooked."""

    text: str
    tone: Tone


@dataclass(frozen=True)
class Table:
    """Rows of text under a header.

    Attributes:
        title: above the table, may be empty.
        numeric: positions of the columns that stand right.
        bold: positions of the rows that stand out.
        code: positions of the columns that hold digests or paths.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""
    numeric: tuple[int, ...] = ()
    bold: tuple[int, ...] = ()
    code: tuple[int, ...] = ()


@dataclass(frozen=True)
class Chart:
    """A drawing 340 wide, as SVG; `alt` says it in words."""

    title: str
    svg: str
    alt: str
    note: str = ""


@dataclass(frozen=True)
class Charts:
    """Drawings that stand beside one another as far as there is room; `pairs` keeps two to a row."""

    charts: tuple[Chart, ...]
    pairs: bool = False


@dataclass(frozen=True)
class Picture:
    """A PNG."""

    caption: str
    png: bytes = field(repr=False)
    columns: int
    rows: int


Part = Note | Verdict | Table | Charts | Picture


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it."""

    title: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Document:
    """The whole report."""

    language: str
    title: str
    name: str
    lead: str
    tiles: tuple[Tile, ...]
    sections: tuple[Section, ...]
    footer: str
