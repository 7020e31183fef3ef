"""A cohort's table by columns, as arrays of codes: half a million rows are counted without making one record of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cauce.dataset.strata import UNKNOWN, age_band
from cauce.domain.cohort import Cohort
from cauce.store.cohort_table import read_arrow
from cauce.store.workspace import Workspace

if TYPE_CHECKING:
    import pyarrow as pa

Numbers = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Coded:
    """A column of text.

    Attributes:
        codes: (rows,) position in `values`.
        values: different values, sorted.
    """

    codes: Codes
    values: tuple[str, ...]

    @property
    def is_stated(self) -> bool:
        """Whether any row says something else than unknown."""
        return any(value != UNKNOWN for value in self.values)


@dataclass(frozen=True, eq=False)
class Columns:
    """The table of a cohort."""

    table: "pa.Table"

    @classmethod
    def of(cls, workspace: Workspace, cohort: Cohort) -> "Columns":
        """Read the table of a cohort.

        Raises:
            NotFoundError, IntegrityError: the table is missing or was changed.
        """
        return cls(read_arrow(workspace, cohort).flatten().flatten())

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def has(self, name: str) -> bool:
        """Whether the column exists and holds anything at all; `acquisition.vendor` names a nested one."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if name not in self.table.column_names:
            return False
        column = self.table.column(name)
        if pa.types.is_list(column.type):  # empty lists say no more than nulls
            return bool(pc.max(pc.list_value_length(column)).as_py())
        return bool(column.null_count < len(self))

    def text(self, name: str) -> Coded:
        """A column of text; null becomes unknown."""
        import pyarrow as pa

        if not self.has(name):
            return Coded(np.zeros(len(self), np.int64), (UNKNOWN,))
        column = self.table.column(name).combine_chunks().cast(pa.string()).fill_null(UNKNOWN).dictionary_encode()
        return _sorted(column.indices.to_numpy(zero_copy_only=False).astype(np.int64), column.dictionary.to_pylist())

    def numbers(self, name: str, place: int | None = None) -> Numbers:
        """(rows,) a column of numbers, or the element `place` of a column of lists; NaN where the source says nothing."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if not self.has(name):
            return np.full(len(self), np.nan)
        column = self.table.column(name)
        if place is not None:
            short = pc.less_equal(pc.list_value_length(column), place)
            column = pc.list_element(pc.if_else(short, pa.scalar(None, column.type), column), place)
        return np.asarray(column.cast(pa.float64()).combine_chunks().to_numpy(zero_copy_only=False), dtype=np.float64)

    def lists(self, name: str) -> tuple[Codes, Coded]:
        """Row of each element and the elements themselves, of a column of lists of text."""
        import pyarrow.compute as pc

        column = self.table.column(name).combine_chunks()
        rows = pc.list_parent_indices(column).to_numpy(zero_copy_only=False).astype(np.int64)
        elements = pc.list_flatten(column).dictionary_encode()
        return rows, _sorted(elements.indices.to_numpy(zero_copy_only=False).astype(np.int64), elements.dictionary.to_pylist())

    def age_bands(self) -> Coded:
        """Age band of each row."""
        ages = self.numbers("acquisition.age_years")
        return recoded(ages, lambda age: age_band(None if np.isnan(age) else age))


def recoded(numbers: Numbers, name: Callable[[float], str]) -> Coded:
    """Name each different number once."""
    different, codes = np.unique(numbers, return_inverse=True)
    names = [name(float(number)) for number in different]
    kept = sorted(set(names))
    place = np.asarray([kept.index(each) for each in names], dtype=np.int64)
    return Coded(place[codes] if len(place) else codes.astype(np.int64), tuple(kept))


def _sorted(codes: Codes, values: list[str]) -> Coded:
    order = sorted(range(len(values)), key=lambda place: values[place])
    rank = np.empty(len(values), np.int64)
    rank[order] = np.arange(len(values))
    return Coded(rank[codes] if len(values) else codes, tuple(values[place] for place in order))
