import numpy as np
import pytest

from cauce.dataset.balance_table import balance_table, size_table
from cauce.dataset.report.balance import balance_of, sizes_of
from cauce.dataset.report.columns import Columns
from cauce.domain.cohort import Cohort
from cauce.domain.split import SplitPolicy, Stratum
from cauce.store.cohort_table import read_rows
from cauce.store.split_seal import open_split
from cauce.store.workspace import Workspace


def test_tables_by_column_equal_tables_by_row(workspace: Workspace) -> None:
    split = open_split(workspace, "small")
    split = split.model_copy(update={"policy": SplitPolicy(balance=tuple(Stratum))})
    cohort = workspace.records.latest(Cohort, "small")
    columns, rows = Columns.of(workspace, cohort), read_rows(workspace, cohort)
    assert sizes_of(columns, split) == size_table(rows, split)
    fast, plain = balance_of(columns, split), balance_table(rows, split)
    assert [(row.stratum, row.value, row.patients) for row in fast] == [(row.stratum, row.value, row.patients) for row in plain]
    for one, other in zip(fast, plain, strict=True):
        assert one.shares == pytest.approx(other.shares)
        np.testing.assert_allclose((one.target, one.deviation, one.fold_deviation),
                                   (other.target, other.deviation, other.fold_deviation), atol=1e-9)
