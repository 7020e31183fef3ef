"""Tables beside DICOM folders: labels, partitions, origin and vendor, by UID, patient or folder."""

import csv
from pathlib import Path

import pytest
import yaml

from cauce.dataset.audit import audit_cohort
from cauce.dataset.dicom_listing import list_dicom
from cauce.dataset.index import index_cohort
from cauce.dataset.split import split_cohort
from cauce.dicom.pseudonym import patient_key
from cauce.domain.cohort import DicomSource
from cauce.domain.errors import ConfigurationError, InputError
from cauce.domain.split import Partition
from cauce.domain.study import Sex
from cauce.store.cohort_table import read_rows
from cauce.store.workspace import Workspace
from dataset.cohorts import write_dicom_cohort
from dataset.series_folders import REFERENCE, add_series

PARTITIONS = ("TRAINING", "TRAINING", "TRAINING", "VALIDACIÓN", "TEST")


@pytest.fixture
def empty(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "w")


def write_cases(folder: Path, patients: int, *, numbers: str = "ID-{0}") -> None:
    """A table like that of a hospital's study: number, origin, partition, maker."""
    with (folder / "cases.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(("Número", "Origen", "Partición", "Fabricante", "Sexo", "Edad", "Hallazgo"))
        for number in range(patients):
            maker = ("GE", "PHILIPS", "SIEMENS", "Siemens")[number % 4]
            origin, finding = (("India", "well"), ("Spain", "sick|node"))[number % 2]
            writer.writerow((numbers.format(number), origin, PARTITIONS[number % 5], maker, "F", 40 + number, finding))


CASES = {"labels": "cases.csv", "key": "patient_id", "key_column": "Número", "origin": "Origen", "vendor": "Fabricante",
         "source_partition": "Partición", "label": "Hallazgo", "label_separator": "|", "sex": "Sexo", "age_years": "Edad"}


def test_a_dicom_folder_lists_its_files_without_the_label_table(tmp_path: Path) -> None:
    listing = list_dicom(DicomSource(labels="labels.csv"), write_dicom_cohort(tmp_path / "c", 3))
    assert listing.names == ("cohort.yaml", "deep/er/000.dcm", "deep/er/001.dcm", "deep/er/002.dcm")
    assert listing.stated["1.2.3.1"].label == "sick"


def test_two_labels_for_one_uid_a_missing_column_and_a_root_outside_are_refused(tmp_path: Path) -> None:
    folder = write_dicom_cohort(tmp_path / "c", 2)
    with pytest.raises(InputError, match="no column 'maker'"):
        list_dicom(DicomSource(labels="labels.csv", vendor="maker"), folder)
    with (folder / "labels.csv").open("a") as stream:
        stream.write("1.2.3.0,sick\n")
    with pytest.raises(InputError, match=r"row 4.*two rows of one that differ"):
        list_dicom(DicomSource(labels="labels.csv"), folder)
    with pytest.raises(InputError, match="below the data root"):
        list_dicom(DicomSource(root="../c"), folder)


def test_a_table_of_patients_gives_partition_origin_vendor_and_findings(empty: Workspace, tmp_path: Path) -> None:
    folder = write_dicom_cohort(tmp_path / "c", 20, **CASES)
    write_cases(folder, 21)
    cohort = index_cohort(empty, folder, name="cases")
    rows = {row.patient_key: row for row in read_rows(empty, cohort)}
    row = rows[patient_key("ID-3", "", key=None)]
    assert (row.source_partition, row.acquisition.origin, row.acquisition.vendor) == ("tune", "Spain", "Northlight")
    assert (row.labels, row.label, row.acquisition.sex, row.acquisition.age_years) == (("sick", "node"), "sick", Sex.FEMALE, 43)
    assert {spelling.written: spelling.unified for spelling in cohort.vendor_spellings} == {
        "GE": "GE", "PHILIPS": "Philips", "SIEMENS": "Siemens", "Siemens": "Siemens",
    }
    missing = [exclusion for exclusion in cohort.exclusions if exclusion.code == "label-without-image"]
    assert [exclusion.path for exclusion in missing] == [patient_key("ID-20", "", key=None)]  # never the number itself


def test_the_split_and_the_audit_take_the_partition_of_the_table(empty: Workspace, tmp_path: Path) -> None:
    folder = write_dicom_cohort(tmp_path / "c", 20, **CASES)
    write_cases(folder, 20)
    content = yaml.safe_load((folder / "cohort.yaml").read_text("utf-8"))
    content["split"] = {"from_source": True, "folds": 2}
    (folder / "cohort.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    cohort = index_cohort(empty, folder, name="cases")
    split = split_cohort(empty, cohort)
    assert [len(split.patients(each)) for each in (Partition.TRAIN, Partition.TUNE, Partition.TEST)] == [12, 4, 4]
    assert patient_key("ID-4", "", key=None) in split.test
    assert audit_cohort(empty, "cases", partition="source_partition").passed


def test_a_table_of_folders_speaks_of_all_that_lies_below_them(empty: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    for number in range(3):
        add_series(folder / "all", study=str(number))
    write_cases(folder / "all", 4, numbers="{0}/")
    source = {**CASES, "kind": "dicom", "root": "all", "unit": "series", "key": "folder"}
    content = {"description": "d", "licence": "CC0", "reference": REFERENCE, "source": source, "include": {"minimum_rows": 8}}
    (folder / "cohort.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    cohort = index_cohort(empty, folder, name="folders")
    assert [(row.label, row.source_partition) for row in read_rows(empty, cohort)] == [
        ("well", "train"), ("sick", "train"), ("well", "train"),
    ]
    assert [(each.path, each.code) for each in cohort.exclusions] == [("all/3", "label-without-image")]
    content["source"] = {**source, "key": "sop_instance_uid"}
    (folder / "cohort.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="another key"):
        index_cohort(empty, folder, name="folders")


def test_a_table_of_partitions_alone_leaves_the_images_without_label(empty: Workspace, tmp_path: Path) -> None:
    folder = write_dicom_cohort(tmp_path / "c", 5, **{**CASES, "label": None, "label_separator": None})
    write_cases(folder, 5)
    rows = read_rows(empty, index_cohort(empty, folder, name="cases"))
    assert {row.source_partition for row in rows} == {"train", "tune", "test"}
    assert {row.label for row in rows} == {None}
