"""DICOM segmentations and structure sets are the masks of a cohort of series; whatever does not fit is named."""

import shutil
from pathlib import Path

import numpy as np
import pydicom
import pytest
import yaml
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from cauce.dataset import series_volumes
from cauce.dataset.audit import audit_cohort
from cauce.dataset.index import index_cohort
from cauce.dataset.report.write import write_report
from cauce.dataset.split import split_cohort
from cauce.domain.cohort import Cohort
from cauce.domain.errors import ConfigurationError, IntegrityError
from cauce.domain.study import InstanceRow
from cauce.predictor.case_source import CasePlace, load_channels, load_reading
from cauce.predictor.mask_runs import pack_mask, unpack_mask
from cauce.store.cohort_table import read_rows
from cauce.store.workspace import Workspace
from dataset.series_folders import REFERENCE, SIDE, add_series
from dicom.mask_objects import write_seg, write_structure_set

MASK = {"kind": "mask", "classes": ["tumour", "node"], "finding": REFERENCE["finding"], "source": "made for a test"}


@pytest.fixture
def empty(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "w")


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small series, many tests: starting processes would take most of the time; `test_series_reading` starts them."""
    monkeypatch.setattr(series_volumes, "_INLINE", 1000)


def write_yaml(folder: Path, *, series: dict[str, object] | None = None, **masks: object) -> Path:
    source = {"kind": "dicom", "unit": "series", "masks": {"readers": {"first": {}}, **masks}, "series": series or {}}
    content = {"description": "made for a test", "licence": "CC0", "source": source, "reference": MASK,
               "include": {"minimum_rows": 8}}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cohort.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return folder


def block(value: int = 1) -> NDArray[np.uint8]:
    mask = np.zeros((9, SIDE, SIDE), dtype=np.uint8)
    mask[3:6, 2:9, 4:12] = value
    return mask


def marked(folder: Path, study: int, *, pixels: NDArray | None = None, names: tuple[str, ...] = ("Tumour",), series: str = "1",
           target: str = "seg", **options: object) -> list[Path]:
    """A study of one series with a SEG beside it."""
    paths = sorted(add_series(folder, study=str(study), series=series), key=lambda path: path.name[1:])
    write_seg(folder / str(study) / f"{target}.dcm", paths, block() if pixels is None else pixels, names, **options)
    return paths


def square(at: int) -> NDArray[np.float64]:
    """Contour about the pixels 2..8 down and 4..11 along on slice `at` of `add_series`."""
    x, y, z = -10 + 0.75 * np.array([3.5, 11.5]), 20 + 0.5 * np.array([1.5, 8.5]), -30.5 + 2.5 * at
    return np.array([[x[0], y[0], z], [x[1], y[0], z], [x[1], y[1], z], [x[0], y[1], z]])


def reasons(cohort: Cohort) -> dict[str, str]:
    return {exclusion.path: exclusion.code for exclusion in cohort.exclusions if exclusion.path != "cohort.yaml"}


def masks_of(workspace: Workspace, folder: Path, row: InstanceRow) -> dict[str, NDArray[np.uint8]]:
    place = CasePlace(folder, workspace.arrays)
    assert row.volume is not None
    return {
        reading.reader: load_reading(place, reading.mask, image=row.volume, n_classes=2)
        for reading in row.readings if reading.mask is not None
    }


def accounted_for(workspace: Workspace, cohort: Cohort) -> int:
    rows = read_rows(workspace, cohort)
    masks = [reading.mask for row in rows for reading in row.readings if reading.mask is not None]
    named = [name for row in rows for name in row.files] + [name for mask in masks for name in mask.files or (mask.path,)]
    assert len(named) == len(set(named))
    return len(named) + sum(exclusion.files for exclusion in cohort.exclusions)


def test_a_segmentation_and_a_structure_set_of_two_readers_are_kept_apart(empty: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    paths = marked(folder, 1, target="a/seg", pixels=block(2), names=("node", " TUMOUR "))
    write_structure_set(folder / "1" / "b" / "rt.dcm", paths, {"GTV  1": [square(at) for at in (3, 4)], "Couch": [square(0)]})
    readers = {"seg": {"files": "**/a/*.dcm"}, "contours": {"files": "**/b/*"}}
    write_yaml(folder, readers=readers, segments={"gtv 1": "tumour", "Couch": None})
    cohort = index_cohort(empty, folder, name="two")
    (row,) = read_rows(empty, cohort)
    assert [reading.reader for reading in row.readings] == ["seg", "contours"]
    assert row.labels == ("tumour",)
    assert [(each.first, each.second, each.name, each.dice) for each in row.agreement] == [
        ("seg", "contours", "tumour", pytest.approx(0.8)), ("seg", "contours", "node", None),
    ]
    found = masks_of(empty, folder, row)
    np.testing.assert_array_equal(found["seg"], block(1))
    expected = block(1)
    expected[5] = 0
    np.testing.assert_array_equal(found["contours"], expected)
    assert load_channels(folder, row)[0].voxels.shape == expected.shape
    spellings = [(each.written, each.unified) for each in cohort.segment_spellings]
    assert spellings == [("Couch", None), ("GTV 1", "tumour"), ("TUMOUR", "tumour"), ("node", "node")]
    assert accounted_for(empty, cohort) == 12
    assert index_cohort(empty, folder, name="two").digest() == cohort.digest()


def _elsewhere(dataset: Dataset) -> None:
    dataset.FrameOfReferenceUID = "1.2.999"


def _of_another_series(dataset: Dataset) -> None:
    dataset.ReferencedSeriesSequence[0].SeriesInstanceUID = "1.2.999"
    for index, item in enumerate(dataset.ReferencedSeriesSequence[0].ReferencedInstanceSequence):
        item.ReferencedSOPInstanceUID = f"1.2.999.{index}"
    for group in dataset.PerFrameFunctionalGroupsSequence:
        group.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID = "1.2.999.1"


def _without_references(dataset: Dataset) -> None:
    del dataset.ReferencedSeriesSequence, dataset.SourceImageSequence
    for group in dataset.PerFrameFunctionalGroupsSequence:
        del group.DerivationImageSequence


def _moved(dataset: Dataset) -> None:
    for group in dataset.PerFrameFunctionalGroupsSequence:
        group.PlanePositionSequence[0].ImagePositionPatient[0] += 0.75 * 9


def test_every_mismatch_is_named_with_its_own_reason(empty: Workspace, tmp_path: Path) -> None:
    folder = write_yaml(tmp_path / "data")
    marked(folder, 1)
    marked(folder, 2, change=_elsewhere)
    marked(folder, 3, change=_of_another_series)
    marked(folder, 4, change=_without_references)
    marked(folder, 5, change=_moved)
    marked(folder, 6, names=("Spleen",))
    shares = block().astype(np.float32) / 2
    marked(folder, 7, pixels=shares, kind="FRACTIONAL")
    add_series(folder, study="8")
    shutil.copy(folder / "6" / "seg.dcm", folder / "6" / "again.dcm")
    second = pydicom.dcmread(marked(folder, 9)[0].parents[1] / "seg.dcm")
    second.SOPInstanceUID = "1.2.888"
    second.save_as(folder / "9" / "second.dcm")
    for path in marked(folder, 10):
        path.unlink()
    for path in marked(folder, 11)[:3]:
        path.unlink()
    cohort = index_cohort(empty, folder, name="small")
    assert [row.study_instance_uid for row in read_rows(empty, cohort)] == ["1.2.9.1"]
    found = {path.partition("/")[0] + (":mask" if "seg" in path else ""): code for path, code in reasons(cohort).items()}
    assert sorted(code for path, code in reasons(cohort).items() if path.startswith("6/")) == ["duplicate", "no-class"]
    del found["6"], found["6:mask"]
    assert found == {
        "2": "other-frame-of-reference", "3": "no-label", "3:mask": "label-without-image", "4": "no-label",
        "4:mask": "no-reference", "5": "outside-volume", "7": "no-threshold", "8": "no-label",
        "9": "several-masks", "10:mask": "label-without-image", "11": "too-few-slices", "11:mask": "label-without-series",
    }
    assert accounted_for(empty, cohort) == sum(path.is_file() for path in folder.rglob("*"))
    assert all(exclusion.reason for exclusion in cohort.exclusions)


def test_several_masks_that_each_hold_a_part_are_joined_where_the_source_says_so(empty: Workspace, tmp_path: Path) -> None:
    folder = write_yaml(tmp_path / "data", readers={"first": {"several": "join"}})
    paths = marked(folder, 1)
    other = np.zeros((9, SIDE, SIDE), dtype=np.uint8)
    other[7, 2, 2] = 1
    write_seg(folder / "1" / "second.dcm", paths, other, ["node"])
    cohort = index_cohort(empty, folder, name="small")
    (row,) = read_rows(empty, cohort)
    np.testing.assert_array_equal(masks_of(empty, folder, row)["first"], block() + 2 * other)
    assert row.labels == ("tumour", "node")
    assert row.readings[0].mask is not None
    assert row.readings[0].mask.files == ("1/second.dcm", "1/seg.dcm")
    assert accounted_for(empty, cohort) == 12
    write_seg(folder / "1" / "second.dcm", paths, block(), ["node"])
    marked(folder, 2)
    assert "overlapping-segments" in reasons(index_cohort(empty, folder, name="small")).values()


def test_a_segment_that_is_no_class_excludes_unless_it_is_ignored(empty: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    marked(folder, 1)
    marked(folder, 2, pixels=block(2), names=("Tumour", "Spleen"))
    cohort = index_cohort(empty, write_yaml(folder), name="small")
    (reason,) = [exclusion.reason for exclusion in cohort.exclusions if exclusion.code == "no-class"]
    assert reason == "2/seg.dcm: segment 'Spleen' is no class and not in source.masks.segments"
    ignored = index_cohort(empty, write_yaml(folder, other_segments="ignore"), name="small")
    assert [row.labels for row in read_rows(empty, ignored)] == [("tumour",), ("none",)]
    strict = index_cohort(empty, write_yaml(folder, other_segments="ignore", empty="exclude"), name="small")
    assert "empty-mask" in reasons(strict).values()


def test_overlapping_classes_exclude_unless_the_first_class_takes_them(empty: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    paths = sorted(add_series(folder), key=lambda path: path.name[1:])
    marked(folder, 2)
    write_structure_set(folder / "1" / "rt.dcm", paths, {"node": [square(3)], "tumour": [square(3)]})
    refused = index_cohort(empty, write_yaml(folder), name="small")
    assert "overlapping-segments" in reasons(refused).values()
    cohort = index_cohort(empty, write_yaml(folder, overlaps="first_class"), name="small")
    row = next(row for row in read_rows(empty, cohort) if row.study_instance_uid == "1.2.9.1")
    expected = np.zeros((9, SIDE, SIDE), dtype=np.uint8)
    expected[3] = block(1)[3]
    np.testing.assert_array_equal(masks_of(empty, folder, row)["first"], expected)


def test_of_the_series_of_a_study_the_marked_one_is_taken_before_a_longer_one(empty: Workspace, tmp_path: Path) -> None:
    folder = write_yaml(tmp_path / "data")
    marked(folder, 1)
    add_series(folder, study="1", series="2", count=14)
    cohort = index_cohort(empty, folder, name="small")
    assert [row.series_instance_uid for row in read_rows(empty, cohort)] == ["1.2.9.1.1"]
    assert "series.choose: another series of the study has a mask" in {exclusion.reason for exclusion in cohort.exclusions}


def test_a_lost_mask_is_made_again_and_a_changed_one_is_refused(empty: Workspace, tmp_path: Path) -> None:
    folder = write_yaml(tmp_path / "data")
    marked(folder, 1)
    cohort = index_cohort(empty, folder, name="small")
    (row,) = read_rows(empty, cohort)
    mask = row.readings[0].mask
    assert mask is not None
    assert mask.array_sha256 is not None
    stored = empty.arrays.path(mask.array_sha256)
    stored.unlink()
    assert index_cohort(empty, folder, name="small").digest() == cohort.digest()
    np.testing.assert_array_equal(masks_of(empty, folder, row)["first"], block())
    stored.write_bytes(stored.read_bytes()[:-8])
    with pytest.raises(IntegrityError, match="stored file"):
        masks_of(empty, folder, row)
    single = folder / row.files[0]
    changed = pydicom.dcmread(single)
    changed.PixelData = bytes(len(changed.PixelData))
    changed.save_as(single)
    with pytest.raises(IntegrityError, match="changed since it was indexed"):
        load_channels(folder, row)
    with pytest.raises(IntegrityError, match="damaged"):
        unpack_mask(pack_mask(block())[:-8], "mask")
    np.testing.assert_array_equal(unpack_mask(pack_mask(block()), "mask"), block())


def test_masks_that_cannot_be_meant_are_refused(empty: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    marked(folder, 1)
    with pytest.raises(ConfigurationError, match="two readers meet the same mask"):
        index_cohort(empty, write_yaml(folder, readers={"a": {}, "b": {"files": "1/*.dcm"}}), name="small")
    with pytest.raises(ConfigurationError, match="'liver', which is no class"):
        index_cohort(empty, write_yaml(folder, segments={"Leber": "liver"}), name="small")
    with pytest.raises(ConfigurationError, match="stands twice"):
        index_cohort(empty, write_yaml(folder, segments={"GTV": "tumour", "gtv": "node"}), name="small")
    text = (write_yaml(folder) / "cohort.yaml").read_text("utf-8").replace("unit: series", "unit: instance")
    (folder / "cohort.yaml").write_text(text.replace("  series: {}\n", ""), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="masks need `unit: series`"):
        index_cohort(empty, folder, name="small")


def test_a_cohort_with_masks_is_split_audited_and_reported(empty: Workspace, tmp_path: Path) -> None:
    folder = write_yaml(tmp_path / "data")
    for study in range(1, 13):
        marked(folder, study, pixels=block(1 + study % 2), names=("tumour", "node")[: 1 + study % 2])
    cohort = index_cohort(empty, folder, name="small")
    split_cohort(empty, cohort)
    audit_cohort(empty, "small")
    page, _ = write_report(empty, "small")
    assert page.is_file()


@pytest.mark.real_data
def test_real_objects_are_matched_by_what_they_refer_to(real_data: Path, empty: Workspace, tmp_path: Path) -> None:
    """The images are multi-frame; the masks refer to the single slices that these were converted from."""
    folder = tmp_path / "data"
    (folder / "a").mkdir(parents=True)
    for name in ("mf.dcm", "label.seg"):
        shutil.copy(real_data / "dicom_mixed" / "files" / name, folder / "a" / name)
    write_yaml(folder, segments={"LIVER": "tumour"}, series={"minimum_slices": 2})
    (row,) = read_rows(empty, index_cohort(empty, folder, name="real"))
    mask = masks_of(empty, folder, row)["first"]
    np.testing.assert_array_equal(mask, pydicom.dcmread(folder / "a" / "label.seg").pixel_array)


@pytest.mark.real_data
def test_the_real_mixture_with_masks_never_crashes_it_and_loses_no_file(
    real_data: Path, empty: Workspace, tmp_path: Path
) -> None:
    folder = real_data / "dicom_mixed"
    readers = {"a": {"files": "files/label.seg"}, "b": {"files": "**/seg__*"}, "c": {"files": "files/liver*"}}
    write_yaml(tmp_path / "yaml", readers=readers, other_segments="ignore", series={"minimum_slices": 2, "choose": "all"})
    cohort = index_cohort(empty, tmp_path / "yaml", name="real", data_root=folder)
    assert accounted_for(empty, cohort) == sum(path.is_file() for path in folder.rglob("*"))
    found = [reading.mask.path for row in read_rows(empty, cohort) for reading in row.readings if reading.mask]
    assert sorted(found) == ["files/label.seg", "files/seg__label.seg"]
    assert not {"unexpected", "decoder-crash"} & set(reasons(cohort).values())
