"""CSV tables of images and labels, with errors that name row and column."""

import csv
import gzip
import io
from dataclasses import dataclass
from pathlib import Path

from cauce.domain.errors import InputError

_REMEDY = "Correct the table or the column names in cohort.yaml."


@dataclass(frozen=True)
class CsvTable:
    """Rows as text by column; `line` of the first row is 2, as an editor shows it."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]

    def where(self, index: int) -> str:
        """Name of a row for messages."""
        return f"{self.name}, row {index + 2}"

    def need_columns(self, columns: tuple[str | None, ...]) -> None:
        """Refuse a table that lacks a column.

        Raises:
            InputError: naming the missing column and those that there are.
        """
        for column in columns:
            if column is not None and column not in self.columns:
                raise InputError(f"no column '{column}'", where=self.name, got=", ".join(self.columns)[:200], remedy=_REMEDY)


def read_csv(path: Path) -> CsvTable:
    """Read a CSV file, plain or gzip, with commas, semicolons or tabs, UTF-8 with or without byte order mark.

    Raises:
        InputError: missing, empty, not UTF-8, or a row with too many or too few cells.
    """
    if not path.is_file():
        raise InputError("the table is missing", where=path.name, remedy="Check the path in cohort.yaml and --data.")
    data = path.read_bytes()
    try:
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")
    except (UnicodeDecodeError, OSError, EOFError):
        raise InputError("the table is no UTF-8 text", where=path.name, remedy="Save it as CSV in UTF-8.") from None
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    lines = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    rows = [line for line in lines[1:] if any(cell.strip() for cell in line)]
    if not lines or not rows:
        raise InputError("the table is empty", where=path.name, remedy=_REMEDY)
    columns = tuple(cell.strip() for cell in lines[0])
    for index, row in enumerate(rows):
        if len(row) != len(columns):
            raise InputError("a row has another number of cells than the header", where=f"{path.name}, row {index + 2}",
                             expected=str(len(columns)), got=str(len(row)), remedy=_REMEDY)
    stripped = tuple({column: cell.strip() for column, cell in zip(columns, row, strict=True)} for row in rows)
    return CsvTable(name=path.name, columns=columns, rows=stripped)
