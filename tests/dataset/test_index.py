import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from cauce.dataset.index import index_cohort
from cauce.dataset.thumbnail import read_thumbnails
from cauce.domain.cohort import Cohort
from cauce.domain.errors import CauceError, ConfigurationError, InputError
from cauce.store.cohort_table import read_rows
from cauce.store.data_root import data_root_of
from cauce.store.workspace import Workspace
from dataset.cohorts import Line, lines, write_dicom_cohort, write_table, write_table_cohort
from dicom.small_files import file_of, radiograph


@pytest.fixture
def empty(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "w")


def nothing_was_written(workspace: Workspace) -> bool:
    return not any(path.is_file() for folder in ("records", "arrays", "splits", "data-roots")
                   for path in (workspace.root / folder).rglob("*"))


def test_a_table_becomes_a_cohort_with_what_table_and_files_say(empty: Workspace, tmp_path: Path) -> None:
    folder = write_table_cohort(tmp_path / "data", lines())
    cohort = index_cohort(empty, folder, name="small")
    rows = read_rows(empty, cohort)
    assert (cohort.n_instances, cohort.n_patients, cohort.exclusions) == (54, 40, ())
    assert [row.path for row in rows] == sorted(row.path for row in rows)
    first = rows[0]
    assert (first.label, first.acquisition.origin, first.acquisition.vendor) == ("well", "South", "Siemens")
    assert (first.acquisition.modality, first.acquisition.sex, first.rows, first.source_partition) == ("DX", "M", 96, "train")
    assert {row.acquisition.vendor for row in rows} == {"Siemens", "Philips"}
    assert read_thumbnails(empty, cohort).shape == (54, 64, 64)
    assert data_root_of(empty, cohort, None) == folder
    assert "patient 1" not in (empty.root / "journal" / "small.db").read_bytes().decode("latin-1")


def test_indexing_again_gives_the_same_record_and_reads_nothing_twice(
    empty: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_table_cohort(tmp_path / "data", lines(10))
    first = index_cohort(empty, folder, name="small")
    monkeypatch.setattr("cauce.dataset.reading.load_file", lambda *_: pytest.fail("a known file was read again"))
    assert index_cohort(empty, folder, name="small").digest() == first.digest()
    assert len(empty.records.history(Cohort, "small")) == 1


def test_an_interrupted_index_continues_and_a_changed_file_is_read_again(
    empty: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_table_cohort(tmp_path / "data", lines(60))
    seen: list[int] = []

    def interrupt(step: str, done: int, total: int) -> None:
        seen.append(done)
        if 30 < done < total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index_cohort(empty, folder, name="small", progress=interrupt)
    assert nothing_was_written(empty)
    (folder / "images" / "p000_0.png").write_bytes((folder / "images" / "p001_0.png").read_bytes())
    continued: list[int] = []
    cohort = index_cohort(empty, folder, name="small", progress=lambda step, done, total: continued.append(done))
    assert continued[0] == 31
    rows = {row.path: row for row in read_rows(empty, cohort)}
    assert rows["images/p000_0.png"].file_sha256 == rows["images/p001_0.png"].file_sha256


def test_a_changed_source_supersedes_the_older_cohort(empty: Workspace, tmp_path: Path) -> None:
    folder = write_table_cohort(tmp_path / "data", lines(10))
    first = index_cohort(empty, folder, name="small")
    write_table(folder, lines(10)[:-1])
    second = index_cohort(empty, folder, name="small")
    assert second.supersedes == first.digest()
    assert second.n_instances == first.n_instances - 1


def test_every_exclusion_has_its_reason(empty: Workspace, tmp_path: Path) -> None:
    folder = write_dicom_cohort(tmp_path / "data")
    place = folder / "deep" / "er"
    (place / "text.dcm").write_text("no image at all\n" * 30)
    (place / "cut.dcm").write_bytes((place / "000.dcm").read_bytes()[:900])
    (place / "copy.dcm").write_bytes((place / "001.dcm").read_bytes())
    (place / "ct.dcm").write_bytes(file_of(radiograph(Modality="CT", PatientID="ID-50", SOPInstanceUID="1.2.3.50")))
    (place / "nobody.dcm").write_bytes(file_of(radiograph(PatientID="", SOPInstanceUID="1.2.3.51")))
    (place / "unlabelled.dcm").write_bytes(file_of(radiograph(np.zeros((64, 64), np.uint16), SOPInstanceUID="1.2.3.52")))
    (place / "tiny.dcm").write_bytes(file_of(radiograph(SOPInstanceUID="1.2.3.53")))
    frames = np.zeros((2 * 64, 64), np.uint16)
    (place / "film.dcm").write_bytes(file_of(radiograph(frames, NumberOfFrames=2, Rows=64, SOPInstanceUID="1.2.3.54")))
    with (folder / "labels.csv").open("a") as stream:
        stream.write("1.2.3.99,sick\n")
    cohort = index_cohort(empty, folder, name="small")
    reasons = {exclusion.path.rpartition("/")[2]: exclusion.code for exclusion in cohort.exclusions}
    assert reasons == {
        "cohort.yaml": "unreadable-image", "text.dcm": "unreadable-image", "cut.dcm": "unreadable-image",
        "copy.dcm": "duplicate", "ct.dcm": "modality", "nobody.dcm": "no-patient",
        "unlabelled.dcm": "no-label", "tiny.dcm": "too-small", "film.dcm": "multi-frame", "1.2.3.99": "label-without-image",
    }
    assert cohort.n_instances == 12
    assert not any("DOE" in exclusion.reason or "ID-" in exclusion.reason for exclusion in cohort.exclusions)


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda folder: (folder / "images" / "p001_0.png").unlink(), r"table\.csv, row 4.*missing"),
        (lambda folder: write_table(folder, [replace(line, label="?") for line in lines(3)]), "no file can be.*other-label 4"),
        (lambda folder: (folder / "table.csv").unlink(), "table is missing"),
        (lambda folder: (folder / "table.csv").write_text("image,label\na.png,x\n"), "no column 'patient'"),
    ],
)
def test_a_wrong_source_is_one_error_and_nothing_is_written(break_it, message, empty: Workspace, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    folder = write_table_cohort(tmp_path / "data", lines(3))
    break_it(folder)
    with pytest.raises(InputError, match=message):
        index_cohort(empty, folder, name="small")
    assert nothing_was_written(empty)


def test_an_empty_folder_and_an_unknown_key_are_refused(empty: Workspace, tmp_path: Path) -> None:
    folder = write_dicom_cohort(tmp_path / "data", 2, root="images", labels=None)
    (folder / "images").mkdir()
    with pytest.raises(InputError, match="empty"):
        index_cohort(empty, folder, name="small")
    content = yaml.safe_load((folder / "cohort.yaml").read_text())
    (folder / "cohort.yaml").write_text(yaml.safe_dump({**content, "colour": "blue"}))
    with pytest.raises(ConfigurationError, match="unknown key 'colour'"):
        index_cohort(empty, folder, name="small")
    assert nothing_was_written(empty)


def test_many_files_are_read_by_several_processes_alike(empty: Workspace, tmp_path: Path) -> None:
    many = [Line(f"{number:04d}.png", str(number), "sick" if number % 2 else "well") for number in range(260)]
    folder = write_table_cohort(tmp_path / "data", many)
    (folder / "images" / "0100.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    cohort = index_cohort(empty, folder, name="small")
    assert [(each.path, each.code) for each in cohort.exclusions] == [("images/0100.png", "unreadable-image")]
    assert [row.path for row in read_rows(empty, cohort)] == [f"images/{n:04d}.png" for n in range(260) if n != 100]


def test_digital_patients_are_made_and_indexed(empty: Workspace, tmp_path: Path) -> None:
    content = {
        "description": "d", "licence": "CC0", "source": {"kind": "phantom", "patients": 10, "rows": 128},
        "reference": {"positive": ["abnormal"], "negative": ["normal"], "source": "s",
                      "finding": {"scheme": "DCM", "value": "130591", "meaning": "Focal abnormality"}},
    }
    (tmp_path / "cohort.yaml").write_text(yaml.safe_dump(content))
    cohort = index_cohort(empty, tmp_path / "cohort.yaml", name="digital")
    rows = read_rows(empty, cohort)
    assert cohort.n_patients == 10
    assert cohort.exclusions == ()
    assert Counter(row.label for row in rows).keys() == {"abnormal", "normal"}
    assert all(row.acquisition.vendor != "unknown" and row.acquisition.origin != "unknown" for row in rows)
    assert all((data_root_of(empty, cohort, None) / row.path).is_file() for row in rows)


def test_the_real_paediatric_set_is_indexed_whole(empty: Workspace, real_data: Path, tmp_path: Path) -> None:
    root = real_data / "chest_xray_paediatric"
    example = Path(__file__).resolve().parents[2] / "examples" / "chest_xray_paediatric" / "cohort.yaml"
    text = (root / "metadata.csv").read_text().splitlines()
    small = tmp_path / "root"
    small.mkdir()
    (small / "images").symlink_to(root / "images")
    (small / "metadata.csv").write_text("\n".join([text[0], *text[1::25]]) + "\n")
    cohort = index_cohort(empty, example, name="real", data_root=small)
    assert cohort.exclusions == ()
    assert cohort.n_instances == len(text[1::25])
    labels = Counter(row.label for row in read_rows(empty, cohort))
    assert labels == Counter(re.split(",", line)[1] for line in text[1::25])


def test_the_mixed_real_folder_is_excluded_or_read_file_by_file(empty: Workspace, real_data: Path, tmp_path: Path) -> None:
    content = yaml.safe_load((write_dicom_cohort(tmp_path / "c", 2) / "cohort.yaml").read_text())
    content["source"] = {"kind": "dicom", "root": "files"}
    content["include"] = {"modalities": ["CR"]}
    (tmp_path / "cohort.yaml").write_text(yaml.safe_dump(content))
    cohort = index_cohort(empty, tmp_path / "cohort.yaml", name="mixed", data_root=real_data / "dicom_mixed")
    assert cohort.n_instances + len(cohort.exclusions) == 237
    assert cohort.n_instances >= 4
    assert "unexpected" not in {exclusion.code for exclusion in cohort.exclusions}


def test_errors_are_of_our_own_kind_for_a_folder_that_does_not_exist(empty: Workspace, tmp_path: Path) -> None:
    with pytest.raises(CauceError, match="not found"):
        index_cohort(empty, tmp_path / "none", name="x")
    with pytest.raises(CauceError, match="data folder is missing"):
        index_cohort(empty, write_table_cohort(tmp_path / "d", lines(2)), name="x", data_root=tmp_path / "none")


@pytest.mark.parametrize("name", ["../above", "my study", ""])
def test_a_name_that_is_no_file_name_is_refused_before_anything_is_read(empty: Workspace, tmp_path: Path, name: str) -> None:
    folder = write_table_cohort(tmp_path / "data", lines())
    with pytest.raises(InputError, match="not a name for a cohort"):
        index_cohort(empty, folder, name=name)
    assert nothing_was_written(empty)
    assert not (empty.root / "journal").exists()


def test_a_damaged_journal_is_named_with_its_remedy(empty: Workspace, tmp_path: Path) -> None:
    folder = write_table_cohort(tmp_path / "data", lines())
    (empty.root / "journal").mkdir()
    (empty.root / "journal" / "small.db").write_bytes(b"no database" * 100)
    with pytest.raises(InputError, match=r"journal/small\.db: the journal cannot be used.*may be deleted"):
        index_cohort(empty, folder, name="small")
    assert nothing_was_written(empty)


def test_several_classes_are_indexed_and_a_kind_that_no_table_gives_is_refused(empty: Workspace, tmp_path: Path) -> None:
    finding = {"scheme": "SCT", "value": "233604007", "meaning": "Pneumonia"}
    classes = {"kind": "classes", "classes": ["sick"], "finding": finding, "source": "made for a test"}
    folder = write_table_cohort(tmp_path / "data", lines(10), reference=classes)
    cohort = index_cohort(empty, folder, name="small")
    assert {row.label for row in read_rows(empty, cohort)} == {"sick"}
    assert {exclusion.code for exclusion in cohort.exclusions} == {"other-label"}
    masks = write_table_cohort(tmp_path / "masks", lines(2), reference={**classes, "kind": "mask"})
    with pytest.raises(ConfigurationError, match=r"source.readings: .*expected masks"):
        index_cohort(empty, masks, name="masks")
