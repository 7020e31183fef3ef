"""Rows survive the table, and a changed table is refused."""

from pathlib import Path

import pytest

from cauce.domain.cohort import Cohort, CohortSpec
from cauce.domain.errors import IntegrityError
from cauce.domain.study import Acquisition, InstanceRow, PixelStatistics, Sex
from cauce.store.cohort_table import read_columns, read_rows, write_rows
from cauce.store.workspace import Workspace

STATISTICS = PixelStatistics(
    mean=0.5, standard_deviation=0.25, p01=0.0, p25=0.3, p50=0.5, p75=0.7, p99=1.0, noise=0.01, sharpness=1.2, contrast=0.1,
    border_fraction=0.0,
)
SPEC = CohortSpec.model_validate({
    "description": "d", "licence": "CC0", "source": {"kind": "phantom", "patients": 10},
    "reference": {"positive": ["a"], "negative": ["b"], "source": "s",
                  "finding": {"scheme": "SCT", "value": "233604007", "meaning": "Pneumonia"}},
})


def row(number: int, **acquisition: object) -> InstanceRow:
    return InstanceRow(
        path=f"a/{number}.png", file_sha256="0" * 64, pixel_sha256="1" * 64, patient_key=f"P{number:016x}",
        study_instance_uid="1.2", series_instance_uid="1.3", sop_instance_uid=f"1.4.{number}", rows=64, columns=32,
        acquisition=Acquisition(**acquisition), statistics=STATISTICS, label="a" if number % 2 else None,
    )


def cohort(table: str, rows: list[InstanceRow]) -> Cohort:
    return Cohort(name="c", spec=SPEC, table_sha256=table, n_instances=len(rows), n_studies=1, n_patients=len(rows),
                  exclusions=(), cauce_version="0")


@pytest.fixture
def rows() -> list[InstanceRow]:
    return [
        row(0),
        row(1, sex=Sex.FEMALE, age_years=0.5, pixel_spacing_mm=(0.1, 0.2), bits_stored=12, tags={"KVP": "70", "Grid": "Ä"}),
    ]


def test_rows_come_back_equal(tmp_path: Path, rows: list[InstanceRow]) -> None:
    workspace = Workspace.open(tmp_path / "w")
    assert read_rows(workspace, cohort(write_rows(workspace, rows), rows)) == rows


def test_columns_can_be_read_alone_and_nested(tmp_path: Path, rows: list[InstanceRow]) -> None:
    workspace = Workspace.open(tmp_path / "w")
    columns = read_columns(workspace, cohort(write_rows(workspace, rows), rows), ["label", "acquisition.sex", "path"])
    assert columns == {"label": [None, "a"], "acquisition.sex": ["unknown", "F"], "path": ["a/0.png", "a/1.png"]}


def test_a_changed_table_is_refused(tmp_path: Path, rows: list[InstanceRow]) -> None:
    workspace = Workspace.open(tmp_path / "w")
    digest = write_rows(workspace, rows)
    path = workspace.arrays.path(digest)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(IntegrityError):
        read_rows(workspace, cohort(digest, rows))
