from dataclasses import replace
from pathlib import Path

import pytest

from cauce.dataset.listing import list_table
from cauce.domain.codes import Code
from cauce.domain.cohort import ColumnMap, TableSource
from cauce.domain.errors import InputError
from cauce.domain.reference import ReferenceStandard
from dataset.cohorts import Line, lines, write_table, write_table_cohort

COLUMNS = ColumnMap(
    image="image", patient="patient", label="label", vendor="vendor", sex="sex", age_years="age", source_partition="part"
)
REFERENCE = ReferenceStandard(
    positive=("sick",), negative=("well",), finding=Code(scheme="DCM", value="1", meaning="Thing"), source="made for a test"
)
SOURCE = TableSource(table="table.csv", images="images", columns=COLUMNS, origin="Elsewhere")


def test_a_table_states_what_its_columns_say(tmp_path: Path) -> None:
    listing = list_table(SOURCE, write_table_cohort(tmp_path / "c", lines(3)), REFERENCE)
    assert listing.names == ("images/p000_0.png", "images/p000_1.png", "images/p001_0.png", "images/p002_0.png")
    stated = listing.stated["images/p001_0.png"]
    assert (stated.label, stated.patient_id, stated.source_partition) == ("sick", "patient 1", "tune")
    assert stated.acquisition == {
        "modality": "DX", "body_part": "CHEST", "origin": "Elsewhere", "vendor": "Siemens", "sex": "F", "age_years": 21.0,
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [({"image": "gone.png"}, r"table\.csv, row 3: .*missing.*images/gone\.png"), ({"patient": ""}, "row 3.*no patient"),
     ({"image": "p000_0.png"}, "row 3.*two rows"), ({"image": "../../etc/passwd"}, "row 3.*below the data root"),
     ({"image": "/etc/passwd"}, "row 3.*below the data root"), ({"image": ""}, "row 3.*empty cell")],
)
def test_a_wrong_row_is_named(tmp_path: Path, change: dict[str, str], message: str) -> None:
    folder = write_table_cohort(tmp_path / "c", lines(3))
    rows = lines(3)
    write_table(folder, [rows[0], replace(rows[1], **change), *rows[2:]])
    with pytest.raises(InputError, match=message):
        list_table(SOURCE, folder, REFERENCE)


@pytest.mark.parametrize(("age", "read"), [("12", 12.0), ("045Y", 45.0), ("412", None), ("?", None)])
def test_implausible_ages_are_unknown(tmp_path: Path, age: str, read: float | None) -> None:
    folder = write_table_cohort(tmp_path / "c", [Line("a.png", "1", age=age)])
    assert list_table(SOURCE, folder, REFERENCE).stated["images/a.png"].acquisition["age_years"] == read
