"""Rows survive the table, and a changed table is refused."""

from pathlib import Path

import pytest

from cauce.domain.cohort import Cohort, CohortSpec
from cauce.domain.errors import IntegrityError
from cauce.domain.reference import Box, Channel, Mask, Outcome, Point, Reading, VolumeGeometry
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


def test_volumes_channels_and_readings_come_back_equal(tmp_path: Path) -> None:
    readings = (
        Reading(reader="a", labels=()), Reading(reader="b", labels=("x", "y")), Reading(label="x"), Reading(number=0.1),
        Reading(boxes=(Box(name="RBC", x_min=0, y_min=1, x_max=2.5, y_max=3),)), Reading(boxes=()),
        Reading(mask=Mask(path="m.nii.gz", file_sha256="2" * 64)), Reading(points=(Point(name="l1", x=1, y=2, z=3),)),
        Reading(outcome=Outcome(time=12.5, event=False)),
    )
    axes = (1, 0, 0, 0, 1, 0, 0, 0, 1)
    volume = VolumeGeometry(shape=(3, 4, 5), spacing_mm=(2, 1, 1), origin_mm=(0, -1, 2.5), direction=axes)
    full = row(0).model_copy(update={
        "volume": volume, "files": ("a.dcm", "b.dcm"), "labels": ("x",), "readings": readings,
        "channels": (Channel(name="flair", path="f.nii.gz", file_sha256="3" * 64),),
    })
    workspace = Workspace.open(tmp_path / "w")
    assert read_rows(workspace, cohort(write_rows(workspace, [full, row(1)]), [full, row(1)])) == [full, row(1)]


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
