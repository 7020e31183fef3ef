"""CSV tables of images and labels, with errors that name row and column."""

import csv
import gzip
import io
import zlib
from dataclasses import dataclass
from pathlib import Path

from cauce.domain.errors import InputError

_REMEDY = "Correct the table or the column names in cohort.yaml."


@dataclass(frozen=True)
class CsvTable:
    """Rows as text by column; `lines` are their numbers, as an editor shows them, the header's being 1."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]
    lines: tuple[int, ...] = ()

    def where(self, index: int) -> str:
        """Name of a row for messages."""
        return f"{self.name}, row {self.lines[index] if self.lines else index + 2}"

    def need_columns(self, columns: tuple[str | None, ...]) -> None:
        """Refuse a table that lacks a column, or has it twice.

        Raises:
            InputError: naming the missing column and those that there are, or the one that stands twice.
        """
        for column in columns:
            if column is not None and column not in self.columns:
                raise InputError(f"no column '{column}'", where=self.name, got=", ".join(self.columns)[:200], remedy=_REMEDY)
            if column is not None and self.columns.count(column) > 1:
                raise InputError(f"two columns are called '{column}'", where=self.name, remedy="Give each a name of its own.")


def read_csv(path: Path) -> CsvTable:
    """Read a CSV file, plain or gzip, with commas, semicolons or tabs, UTF-8 with or without byte order mark.

    Raises:
        InputError: missing, empty, not UTF-8, a row with too many or too few cells, or a quote that is not closed on its line
            and so swallows rows.
    """
    if not path.is_file():
        raise InputError("the table is missing", where=path.name, remedy="Check the path in cohort.yaml and --data.")
    data = path.read_bytes()
    try:
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("the table is no UTF-8 text", where=path.name, remedy="Save it as CSV in UTF-8.") from None
    except (OSError, EOFError, zlib.error):
        raise InputError("the compressed table is damaged", where=path.name, remedy="Copy it again from its source.") from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        read = [(reader.line_num, cells) for cells in reader]
    except csv.Error as error:
        where = f"{path.name}, row {reader.line_num}"
        raise InputError("the table is no CSV", where=where, got=str(error), remedy=_REMEDY) from None
    rows = [(line, cells) for line, cells in read[1:] if any(cell.strip() for cell in cells)]
    if not read or not rows:
        raise InputError("the table is empty", where=path.name, remedy=_REMEDY)
    columns = tuple(cell.strip() for cell in read[0][1])
    for line, cells in rows:
        where = f"{path.name}, row {line}"
        if len(cells) != len(columns):
            raise InputError("a row has another number of cells than the header", where=where, expected=str(len(columns)),
                             got=str(len(cells)), remedy=_REMEDY)
        if any(_swallows(cell, delimiter, len(columns)) for cell in cells):
            raise InputError("a quote is opened and not closed: the cell goes on over the rows before this one", where=where,
                             expected="a quote at both ends of a cell", remedy="Remove the quote, or close it.")
    stripped = tuple({column: cell.strip() for column, cell in zip(columns, cells, strict=True)} for _, cells in rows)
    return CsvTable(name=path.name, columns=columns, rows=stripped, lines=tuple(line for line, _ in rows))


def _swallows(cell: str, delimiter: str, columns: int) -> bool:
    """Whether a cell of several lines holds one that is a row of its own; texts of several lines are allowed."""
    return columns > 1 and any(line.count(delimiter) >= columns - 1 for line in cell.split("\n")[1:-1])
