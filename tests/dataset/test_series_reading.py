"""Series of slices become one row each, and every file ends in a row or in an exclusion with its reason."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from cauce.dataset.audit import audit_cohort
from cauce.dataset.index import index_cohort
from cauce.dataset.report.write import write_report
from cauce.dataset.split import split_cohort
from cauce.dataset.thumbnail import read_thumbnails
from cauce.dicom.pseudonym import patient_key
from cauce.domain.audit import LeakKind
from cauce.domain.cohort import Cohort
from cauce.domain.errors import ConfigurationError, InputError
from cauce.predictor.series_source import load_series
from cauce.store.cohort_table import read_rows
from cauce.store.workspace import Workspace
from dataset.series_folders import SIDE, add_series, write_yaml
from dicom.ct_slices import oblique
from dicom.enhanced_ct import write_enhanced

CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)


@pytest.fixture
def empty(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "w")


def codes(cohort: Cohort) -> dict[str, int]:
    found: dict[str, int] = {}
    for exclusion in cohort.exclusions:
        assert exclusion.reason
        found[exclusion.code] = found.get(exclusion.code, 0) + exclusion.files
    return found


def accounted_for(workspace: Workspace, cohort: Cohort) -> int:
    """Files in rows and in exclusions."""
    named = [name for row in read_rows(workspace, cohort) for name in row.files]
    assert len(named) == len(set(named))
    return len(named) + sum(exclusion.files for exclusion in cohort.exclusions if "label" not in exclusion.code)


def test_a_series_becomes_one_row_with_its_files_in_slice_order(empty: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    add_series(folder, direction=oblique())
    cohort = index_cohort(empty, write_yaml(folder, labels={"1.2.9.1": "sick"}), name="ct")
    (row,) = read_rows(empty, cohort)
    assert row.volume is not None
    assert (row.volume.shape, row.label, row.acquisition.modality) == ((9, SIDE, SIDE), "sick", "CT")
    assert row.volume.spacing_mm == pytest.approx((2.5, 0.5, 0.75))
    assert row.volume.origin_mm == pytest.approx((-10, 20, -30.5))
    assert row.volume.direction[:6] == pytest.approx(oblique())
    assert row.volume.direction[6:] == pytest.approx(np.cross(oblique()[:3], oblique()[3:]))
    assert [int(Path(name).stem[1:]) for name in row.files] == list(range(9))
    assert row.path == row.files[4]
    assert read_thumbnails(empty, cohort).shape == (1, 64, 64)
    loaded = load_series([folder / name for name in row.files], "ct")
    assert loaded.geometry == row.volume
    assert (loaded.voxels.dtype, loaded.voxels.shape) == (np.float32, (9, SIDE, SIDE))
    assert index_cohort(empty, folder, name="ct").digest() == cohort.digest()


def _drop(dataset: Dataset, index: int) -> None:
    dataset.ImagePositionPatient[2] += 2.5 * (index > 4)


def _twice(dataset: Dataset, index: int) -> None:
    dataset.ImagePositionPatient[2] -= 2.5 * (index == 4)


def _uneven(dataset: Dataset, index: int) -> None:
    dataset.ImagePositionPatient[2] += 0.7 * (index == 4)


def _turned(dataset: Dataset, index: int) -> None:
    if index == 0:
        dataset.ImageOrientationPatient = list(CORONAL)


def _smaller(dataset: Dataset, index: int) -> None:
    if index == 3:
        dataset.Rows, dataset.PixelData = SIDE // 2, dataset.PixelData[: SIDE * SIDE]


def _another_modality(dataset: Dataset, index: int) -> None:
    dataset.Modality = "PT" if index == 3 else "CT"


def _another_patient(dataset: Dataset, index: int) -> None:
    dataset.PatientID = "ID-7" if index == 3 else "ID-1"


def _other_units(dataset: Dataset, index: int) -> None:
    dataset.Modality, dataset.RescaleType = "PT", "HU" if index == 3 else "BQML"


def _pet(dataset: Dataset, index: int) -> None:
    dataset.Modality = "PT"


def _no_uid(dataset: Dataset, index: int) -> None:
    dataset.SeriesInstanceUID = ""


@pytest.mark.parametrize(("change", "code"), [
    (_drop, "missing-slice"), (_twice, "duplicate-slice"), (_uneven, "uneven-spacing"), (_turned, "inconsistent-orientation"),
    (_smaller, "mixed-series"), (_another_modality, "mixed-series"), (_another_patient, "mixed-series"),
    (_other_units, "mixed-series"), (_pet, "wrong-modality"), (_no_uid, "no-series"),
])
def test_an_irregular_series_is_excluded_with_its_reason(
    empty: Workspace, tmp_path: Path, change: Callable[[Dataset, int], None], code: str
) -> None:
    folder = tmp_path / "data"
    add_series(folder, change=change)
    add_series(folder, study="2")
    rules = {"modality": ["CT"]} if code == "wrong-modality" else {}
    cohort = index_cohort(empty, write_yaml(folder, **rules), name="ct")
    assert codes(cohort)[code] == 9
    assert [row.study_instance_uid for row in read_rows(empty, cohort)] == ["1.2.9.2"]
    assert accounted_for(empty, cohort) == 19  # cohort.yaml lies in the folder and is no DICOM file


@pytest.mark.parametrize(("rules", "reason"), [
    ({"kernel": ["B70f"]}, "series.kernel: B30f"), ({"orientation": "coronal"}, "series.orientation: axial"),
    ({"maximum_thickness_mm": 1.5}, "series.thickness: 2.5 mm"), ({"minimum_thickness_mm": 3}, "series.thickness: 2.5 mm"),
    ({"image_type": ["DERIVED"]}, "series.image_type"),
])
def test_a_series_against_a_rule_is_left_out_and_the_rule_is_named(
    empty: Workspace, tmp_path: Path, rules: dict[str, object], reason: str
) -> None:
    folder = tmp_path / "data"

    def meets(dataset: Dataset, index: int) -> None:
        dataset.ConvolutionKernel, dataset.ImageType = "B70f", ["DERIVED", "PRIMARY"]
        dataset.SliceThickness = 1.0 if "maximum_thickness_mm" in rules else 4.0

    add_series(folder)
    add_series(folder, study="2", direction=CORONAL, change=meets)
    cohort = index_cohort(empty, write_yaml(folder, **rules), name="ct")
    assert [row.study_instance_uid for row in read_rows(empty, cohort)] == ["1.2.9.2"]
    assert codes(cohort)["series-not-chosen"] == 9
    assert any(exclusion.reason.startswith(reason) for exclusion in cohort.exclusions)


def test_of_several_series_the_longest_regular_one_is_taken_or_all(empty: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    add_series(folder, series="1", count=9)
    add_series(folder, series="2", count=11)
    add_series(folder, series="3", count=13, change=_drop)
    add_series(folder, series="4", count=4)
    longest = index_cohort(empty, write_yaml(folder), name="longest")
    assert [row.series_instance_uid for row in read_rows(empty, longest)] == ["1.2.9.1.2"]
    assert codes(longest) == {"series-not-chosen": 9, "missing-slice": 13, "too-few-slices": 4, "unreadable-image": 1}
    every = index_cohort(empty, write_yaml(folder, choose="all"), name="all")
    assert [row.series_instance_uid for row in read_rows(empty, every)] == ["1.2.9.1.1", "1.2.9.1.2"]
    assert accounted_for(empty, longest) == accounted_for(empty, every) == 38


def test_a_localiser_of_another_image_type_is_left_out_alone(empty: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "data"

    def localiser(dataset: Dataset, index: int) -> None:
        if index == 8:
            dataset.ImageType, dataset.ImageOrientationPatient = ["ORIGINAL", "PRIMARY", "LOCALIZER"], list(CORONAL)

    add_series(folder, count=10, change=localiser)
    # Without the rule the whole series would be refused for its orientation.
    add_series(folder, study="2", count=12, change=lambda dataset, index: localiser(dataset, index + 8))
    cohort = index_cohort(empty, write_yaml(folder, image_type=["AXIAL"]), name="ct")
    assert codes(cohort) == {"missing-slice": 9, "series-not-chosen": 2, "unreadable-image": 1}
    assert accounted_for(empty, cohort) == 23


def test_a_copied_file_is_left_out_and_pixels_that_cannot_be_read_exclude_the_series(empty: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    first = add_series(folder)
    shutil.copy(first[2], folder / "copy.dcm")
    broken = add_series(folder, study="2")
    broken[6].write_bytes(broken[6].read_bytes()[:-100])
    cohort = index_cohort(empty, write_yaml(folder), name="ct")
    assert codes(cohort) == {"duplicate": 1, "unreadable-image": 10}
    assert accounted_for(empty, cohort) == 20


def test_labels_without_series_say_whether_the_files_are_there(empty: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    add_series(folder)
    add_series(folder, study="2", count=3)
    labels = {"1.2.9.1": "sick", "1.2.9.2": "well", "1.2.9.3": "well"}
    cohort = index_cohort(empty, write_yaml(folder, labels=labels), name="ct")
    found = {exclusion.path: exclusion.code for exclusion in cohort.exclusions if "label" in exclusion.code}
    assert found == {"1.2.9.2": "label-without-series", "1.2.9.3": "label-without-image"}
    assert accounted_for(empty, cohort) == 13


def test_labels_by_instance_and_rules_without_series_are_refused(empty: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    add_series(folder)
    with pytest.raises(ConfigurationError, match="series_instance_uid"):
        index_cohort(empty, write_yaml(folder, labels={"1": "sick"}, key="sop_instance_uid"), name="ct")
    text = (write_yaml(folder) / "cohort.yaml").read_text("utf-8").replace("unit: series", "unit: instance")
    (folder / "cohort.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="unit: series"):
        index_cohort(empty, folder, name="ct")


def test_a_cohort_of_series_is_split_audited_and_a_copy_has_the_digest_of_its_volume(empty: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    paths = [add_series(folder, study=str(number)) for number in range(1, 13)]

    def copied(dataset: Dataset, index: int) -> None:
        dataset.PixelData = dcmread(paths[0][index]).PixelData

    add_series(folder, study="13", change=copied)
    labels = {f"1.2.9.{number}": ("sick", "well")[number % 2] for number in range(1, 14)}
    cohort = index_cohort(empty, write_yaml(folder, labels=labels), name="ct")
    digests = {row.study_instance_uid: row.pixel_sha256 for row in read_rows(empty, cohort)}
    assert digests.pop("1.2.9.13") == digests["1.2.9.1"]
    assert len(set(digests.values())) == 12
    split_cohort(empty, cohort)
    audit = audit_cohort(empty, "ct")
    assert audit.counts[LeakKind.PIXELS] == (0 if audit.passed else 1)
    assert audit.n_copies_between + audit.n_copies_inside >= 1
    page, _ = write_report(empty, "ct")
    assert page.is_file()


@pytest.mark.parametrize("name", ["dicom_mixed", "dicom_mr_study"])
def test_real_folders_never_crash_it_and_lose_no_file(real_data: Path, empty: Workspace, tmp_path: Path, name: str) -> None:
    folder = real_data / name
    cohort = index_cohort(empty, write_yaml(tmp_path, minimum_slices=2, choose="all"), name="real", data_root=folder)
    assert accounted_for(empty, cohort) == sum(path.is_file() for path in folder.rglob("*"))
    assert cohort.n_instances >= 1
    assert "unexpected" not in codes(cohort)


def test_real_slices_that_name_no_series_are_refused_and_not_guessed(real_data: Path, empty: Workspace, tmp_path: Path) -> None:
    folder = real_data / "ct_thorax_abdomen" / "example_ct_dicom"
    with pytest.raises(InputError, match="no-series 20"):
        index_cohort(empty, write_yaml(tmp_path), name="real", data_root=folder)


def test_a_multi_frame_object_is_one_row_like_the_same_slices_as_files(empty: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    single = add_series(folder, study="1")
    write_enhanced(sorted(single)[::-1], folder / "mf.dcm", change_object=_study_two)
    cohort = index_cohort(empty, write_yaml(folder, kernel=["B30f"], maximum_thickness_mm=3, image_type=["AXIAL"]), name="ct")
    first, second = sorted(read_rows(empty, cohort), key=lambda row: row.study_instance_uid)
    assert second.files == ("mf.dcm",)
    assert (second.pixel_sha256, second.volume, second.statistics) == (first.pixel_sha256, first.volume, first.statistics)
    assert second.acquisition.tags["ConvolutionKernel"] == "B30f"
    assert second.patient_key == patient_key("Müller-2", "", key=None)
    thumbnails = read_thumbnails(empty, cohort)
    np.testing.assert_array_equal(thumbnails[0], thumbnails[1])


def _study_two(dataset: Dataset) -> None:
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.SOPInstanceUID = "1.2.9.2", "1.2.9.2.1", "1.2.9.2.1.1"
    dataset.SpecificCharacterSet, dataset.PatientID = "ISO_IR 192", "Müller-2"


def test_an_interrupted_index_of_series_goes_on_and_a_changed_file_is_read_again(
    empty: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data"
    paths = [add_series(folder, study=str(number)) for number in range(1, 4)]
    from cauce.dataset import series_volumes

    monkeypatch.setattr(series_volumes, "_INLINE", 99)
    read: list[str] = []
    plain = series_volumes.read_series

    def until_the_third(files: list[Path]):
        if len(read) == 2:
            raise KeyboardInterrupt
        read.append(files[0].parent.parent.name)
        return plain(files)

    monkeypatch.setattr(series_volumes, "read_series", until_the_third)
    with pytest.raises(KeyboardInterrupt):
        index_cohort(empty, write_yaml(folder), name="ct")
    assert read == ["1", "2"]
    monkeypatch.setattr(series_volumes, "read_series", lambda files: read.append(files[0].parent.parent.name) or plain(files))
    cohort = index_cohort(empty, folder, name="ct")
    assert read == ["1", "2", "3"]
    assert index_cohort(empty, folder, name="ct").digest() == cohort.digest()
    assert read == ["1", "2", "3"]
    changed = dcmread(paths[1][0])
    changed.PixelData = bytes(len(changed.PixelData))
    changed.save_as(paths[1][0])
    assert index_cohort(empty, folder, name="ct").digest() != cohort.digest()
    assert read == ["1", "2", "3", "2"]
