"""Table E.1-1 of PS3.15 as data: what the basic profile and each option do with an attribute."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from cauce.domain.record import sha256_hex

EDITION = "PS3.15 Table E.1-1: basic profile 2026c, options 2024-09"
"""Options of rows added since September 2024 follow from a rule; the data file says which and how."""

_FILE = "table_e1_1.tsv"
_COLUMNS_BEFORE_OPTIONS = 4


@dataclass(frozen=True)
class Row:
    """One attribute of the table.

    Attributes:
        tag: `gggg,eeee` in upper case; `x` stands for any hexadecimal digit.
        basic: action of the basic profile, such as `X`, `Z/D` or `X/Z/U*`.
        options: `K` (keep) or `C` (clean) by option column; options that say nothing are absent.
    """

    tag: str
    keyword: str
    vr: str
    basic: str
    options: Mapping[str, str]
    options_edition: str


@dataclass(frozen=True)
class Table:
    """Rows by tag, and those whose tag is a pattern."""

    rows: tuple[Row, ...]
    by_tag: Mapping[int, Row]
    patterns: tuple[tuple[re.Pattern[str], Row], ...]
    digest: str

    def row(self, tag: int) -> Row | None:
        """The row of a tag (group << 16 | element), None when the table does not name it."""
        found = self.by_tag.get(tag)
        if found is None and tag >> 24 in (0x50, 0x60):
            text = f"{tag >> 16:04X},{tag & 0xFFFF:04X}"
            found = next((row for pattern, row in self.patterns if pattern.fullmatch(text)), None)
        return found


@cache
def load_table() -> Table:
    """The table that is part of the package."""
    data = files(__package__).joinpath(_FILE).read_bytes()
    lines = [line for line in data.decode("utf-8").splitlines() if line and not line.startswith("#")]
    names = lines[0].split("\t")[_COLUMNS_BEFORE_OPTIONS:-1]
    rows = tuple(_row(line.split("\t"), names) for line in lines[1:])
    return Table(
        rows=rows,
        by_tag={int(row.tag.replace(",", ""), 16): row for row in rows if re.fullmatch("[0-9A-F]{4},[0-9A-F]{4}", row.tag)},
        patterns=tuple((re.compile(row.tag.replace("x", "[0-9A-F]")), row) for row in rows if "x" in row.tag),
        digest=sha256_hex(data),
    )


def _row(cells: list[str], names: list[str]) -> Row:
    tag, keyword, vr, basic = cells[:_COLUMNS_BEFORE_OPTIONS]
    stated = zip(names, cells[_COLUMNS_BEFORE_OPTIONS:-1], strict=True)
    return Row(tag, keyword, vr, basic, {name: action for name, action in stated if action}, cells[-1])
