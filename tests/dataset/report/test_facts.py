from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cauce.dataset.report.columns import Columns
from cauce.dataset.report.facts import OTHER, facts_of
from cauce.dataset.strata import age_band
from cauce.store.cohort_table import read_arrow, read_rows, write_rows
from cauce.store.workspace import Workspace
from dataset.cohorts import cohort_record, row


def test_counts_by_column_equal_counts_by_row(workspace: Workspace) -> None:
    cohort = workspace.records.latest(type(cohort_record([row(1)])), "small")
    rows = read_rows(workspace, cohort)
    facts = facts_of(Columns.of(workspace, cohort), None)
    for name, value in (("vendor", lambda each: each.acquisition.vendor), ("label", lambda each: each.label),
                        ("age", lambda each: age_band(each.acquisition.age_years))):
        counted = facts.counted[name]
        assert {v: c[0] for v, c in zip(counted.values, counted.counts, strict=True)} == Counter(map(value, rows))
    assert facts.totals == (len(rows),)
    assert not facts.spacing_mm


@given(st.lists(st.integers(0, 20), min_size=1, max_size=200))
@settings(max_examples=30, deadline=None)
def test_every_image_is_counted_once_however_many_values_there_are(values: list[int]) -> None:
    table = pa.table({"acquisition.vendor": [f"v{value}" for value in values], "patient_key": ["P"] * len(values)})
    counted = facts_of(Columns(table), None).counted["vendor"]
    assert sum(row[0] for row in counted.counts) == len(values)
    assert len(counted.values) <= 9
    assert (OTHER in counted.values) == (len(set(values)) > 8)


def test_several_findings_of_an_image_are_counted_each() -> None:
    table = pa.table({"labels": [["a", "b"], [], ["b"], None], "patient_key": ["P"] * 4})
    counted = facts_of(Columns(table), None).counted["label"]
    assert counted.is_multiple
    assert dict(zip(counted.values, counted.counts, strict=True)) == {"b": (2,), "a": (1,)}


def test_quantiles_are_those_of_each_vendor(tmp_path) -> None:
    rows = [row(n, vendor="Siemens" if n % 2 else "Philips", pixel_spacing_mm=(0.1 * (1 + n % 2), 1.0)) for n in range(20)]
    workspace = Workspace.open(tmp_path / "w")
    cohort = cohort_record(rows).model_copy(update={"table_sha256": write_rows(workspace, rows)})
    assert read_arrow(workspace, cohort).num_rows == 20
    facts = facts_of(Columns.of(workspace, cohort), None)
    assert {each.vendor: each.quantiles[2] for each in facts.spacing_mm} == {"Philips": 0.1, "Siemens": pytest.approx(0.2)}
    assert facts.intensity[0].quantiles == (0.0, 0.3, 0.5, 0.7, 1.0)
    assert np.isfinite(facts.intensity[0].quantiles).all()
