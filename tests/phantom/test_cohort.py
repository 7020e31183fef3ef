import csv
from pathlib import Path

import pydicom
import pytest

from cauce.domain.cohort import PhantomSource
from cauce.domain.errors import InputError
from cauce.phantom import UNSEEN_VENDOR, write_cohort, write_studies
from cauce.phantom.study import ORIGINS

SPEC = PhantomSource(patients=14, seed=1, rows=128)


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    return write_cohort(tmp_path_factory.mktemp("phantom") / "cohort", SPEC)


def _truth(folder):
    with (folder / "truth.csv").open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def _contents(folder: Path):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_truth_has_one_row_for_each_file_and_names_its_uids(cohort):
    rows = _truth(cohort)
    assert sorted(row["path"] for row in rows) == sorted(f"images/{path.name}" for path in (cohort / "images").iterdir())
    for row in rows:
        dataset = pydicom.dcmread(cohort / row["path"], stop_before_pixels=True)
        assert row["sop_instance_uid"] == dataset.SOPInstanceUID
        assert row["study_instance_uid"] == dataset.StudyInstanceUID
        assert row["patient_id"] == dataset.PatientID
        assert row["origin"] == dataset.InstitutionName
        assert row["origin"] in ORIGINS


def test_only_abnormal_rows_have_a_place(cohort):
    rows = _truth(cohort)
    assert {row["label"] for row in rows} == {"abnormal", "normal"}
    for row in rows:
        abnormal = row["label"] == "abnormal"
        assert (row["finding"] != "none") == abnormal
        assert all(bool(row[key]) == abnormal for key in ("x_px", "y_px", "diameter_mm", "contrast", "side"))


def test_the_same_seed_gives_the_same_bytes_with_any_number_of_processes(cohort, tmp_path):
    again = write_cohort(tmp_path / "again", SPEC, workers=2)
    assert _contents(again) == _contents(cohort)


def test_a_complete_cohort_is_left_alone(cohort):
    before = {path: path.stat().st_mtime_ns for path in cohort.rglob("*")}
    steps = []
    write_cohort(cohort, SPEC, progress=lambda *step: steps.append(step))
    assert {path: path.stat().st_mtime_ns for path in cohort.rglob("*")} == before
    assert steps == []


def test_an_interrupted_call_is_continued_and_nothing_is_made_twice(cohort, tmp_path):
    class Interrupted(Exception):
        pass

    def stop(step, done, total):
        if done >= 8:
            raise Interrupted

    with pytest.raises(Interrupted):
        write_cohort(tmp_path / "cohort", SPEC, progress=stop)
    assert not (tmp_path / "cohort").exists()
    made = {path.name: path.stat().st_mtime_ns for path in tmp_path.rglob("*.dcm")}
    assert len(made) >= 8
    done = write_cohort(tmp_path / "cohort", SPEC)
    assert _contents(done) == _contents(cohort)
    assert {name: (done / "images" / name).stat().st_mtime_ns for name in made} == made
    assert [path.name for path in tmp_path.iterdir()] == ["cohort"]


def test_another_spec_replaces_the_cohort_and_a_foreign_folder_is_refused(tmp_path):
    folder = tmp_path / "cohort"
    write_cohort(folder, PhantomSource(patients=10, seed=1, rows=128))
    write_cohort(folder, PhantomSource(patients=11, seed=2, rows=128))
    assert len({row["patient_id"] for row in _truth(folder)}) == 11
    foreign = tmp_path / "mine"
    foreign.mkdir()
    (foreign / "thesis.txt").write_text("do not delete")
    with pytest.raises(InputError, match="no phantom cohort"):
        write_cohort(foreign, SPEC)
    assert (foreign / "thesis.txt").exists()


def test_progress_runs_from_nothing_to_all_patients(tmp_path):
    steps = []
    write_cohort(tmp_path / "cohort", PhantomSource(patients=10, rows=128), progress=lambda *step: steps.append(step))
    assert steps[0] == ("phantom", 0, 10)
    assert steps[-1] == ("phantom", 10, 10)
    assert [done for _, done, _ in steps] == sorted(done for _, done, _ in steps)


def test_single_studies_are_of_patients_that_no_cohort_holds(cohort, tmp_path):
    paths = write_studies(tmp_path, count=3, seed=SPEC.seed, rows=128)
    ids = {pydicom.dcmread(path).PatientID for path in paths}
    assert len(ids) == 3
    assert not ids & {row["patient_id"] for row in _truth(cohort)}
    with pytest.raises(InputError, match="could be in a cohort"):
        write_studies(tmp_path, count=1, seed=1, patient_offset=50_000)
    with pytest.raises(InputError, match="no studies"):
        write_studies(tmp_path, count=0, seed=1)


def test_single_studies_come_from_the_vendors_that_are_asked_for(tmp_path):
    paths = write_studies(tmp_path, count=3, seed=1, vendors=[UNSEEN_VENDOR], rows=128)
    assert {pydicom.dcmread(path).Manufacturer for path in paths} == {"Veloria"}
