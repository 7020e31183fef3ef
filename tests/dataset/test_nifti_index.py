"""NIfTI volumes with masks become a cohort; whatever does not fit is excluded with its reason."""

from collections import Counter
from pathlib import Path

import nibabel
import numpy as np
import pytest
import yaml
from pydantic import ValidationError

from cauce.dataset.audit import audit_cohort
from cauce.dataset.index import index_cohort
from cauce.dataset.split import split_cohort
from cauce.dataset.thumbnail import read_thumbnails
from cauce.domain.cohort import Cohort, NiftiSource
from cauce.domain.errors import ConfigurationError, InputError
from cauce.store.cohort_table import read_rows
from cauce.store.workspace import Workspace

SOURCE = {"kind": "nifti", "channels": {"t1": "images/{case}.nii.gz"}, "masks": {"reader": "labels/{case}.nii.gz"}}
FINDING = {"scheme": "SCT", "value": "5366008", "meaning": "Hippocampus"}


@pytest.fixture
def empty(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "w")


def write_yaml(folder: Path, *, classes: tuple[str, ...] = ("front", "back"), **source: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    content = {
        "description": "made for a test", "licence": "CC0", "source": {**SOURCE, **source}, "include": {"minimum_rows": 8},
        "reference": {"kind": "mask", "classes": list(classes), "finding": FINDING, "source": "made for a test"},
    }
    (folder / "cohort.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return folder


def write_volume(path: Path, voxels: np.ndarray, *, origin: float = 0.0) -> None:
    """`voxels` (x, y, z)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    affine = np.diag([1.0, 1.0, 2.0, 1.0])
    affine[:3, 3] = origin
    nibabel.save(nibabel.Nifti1Image(voxels, affine), path)


def write_case(folder: Path, case: str, seed: int, *, values: tuple[int, ...] = (1, 2)) -> None:
    image = np.random.default_rng(seed).normal(100, 20, (20, 24, 12)).astype(np.float32)
    mask = np.zeros(image.shape, dtype=np.uint8)
    for number, value in enumerate(values):
        mask[4:8, 4:8, 2 + number] = value
    write_volume(folder / "images" / f"{case}.nii.gz", image)
    write_volume(folder / "labels" / f"{case}.nii.gz", mask)


def reasons(cohort: Cohort) -> dict[str, str]:
    return {exclusion.path: exclusion.code for exclusion in cohort.exclusions}


def test_real_hippocampi_name_their_planted_mismatches(real_data: Path, empty: Workspace, tmp_path: Path) -> None:
    folder = write_yaml(tmp_path / "yaml", classes=("anterior", "posterior"))
    cohort = index_cohort(empty, folder, name="hippocampus", data_root=real_data / "hippocampus")
    assert (cohort.n_instances, cohort.n_patients) == (209, 209)
    assert reasons(cohort) == {
        "images/hippocampus_118.nii.gz": "no-label", "labels/hippocampus_010.nii.gz": "label-without-image",
        "labels/hippocampus_281.nii.gz": "label-without-image",
    }
    first = read_rows(empty, cohort)[0]
    assert first.volume is not None
    assert first.volume.shape == (35, 51, 35)
    assert first.labels == ("anterior", "posterior")
    assert first.readings[0].mask is not None
    assert first.readings[0].mask.path == "labels/hippocampus_001.nii.gz"
    assert read_thumbnails(empty, cohort).shape == (209, 64, 64)


def test_real_lesions_have_three_channels_and_masks_alone_are_named(real_data: Path, empty: Workspace, tmp_path: Path) -> None:
    channels = {name: f"{{case}}/{name}.nii.gz" for name in ("flair", "t1", "t2")}
    folder = write_yaml(tmp_path / "yaml", classes=("lesion",), channels=channels, masks={"consensus": "{case}/lesions.nii.gz"})
    cohort = index_cohort(empty, folder, name="ms", data_root=real_data / "ms_lesions")
    rows = read_rows(empty, cohort)
    assert [row.path for row in rows] == ["patient07/flair.nii.gz", "patient19/flair.nii.gz"]
    assert [channel.name for channel in rows[0].channels] == ["flair", "t1", "t2"]
    assert Counter(reasons(cohort).values()) == {"label-without-image": 27}


def test_real_readers_of_one_image_are_kept_apart(real_data: Path, empty: Workspace, tmp_path: Path) -> None:
    masks = {"reader": "{case}/gt.nii.gz", "model": "{case}/seg.nii.gz"}
    channels = {"flair": "{case}/t2flair-stripped.nii.gz"}
    folder = write_yaml(tmp_path / "yaml", classes=("lesion",), channels=channels, masks=masks)
    cohort = index_cohort(empty, folder, name="wmh", data_root=real_data / "white_matter_hyperintensity")
    rows = read_rows(empty, cohort)
    assert len(rows) == 4
    assert not cohort.exclusions
    assert {tuple(reading.reader for reading in row.readings) for row in rows} == {("reader", "model")}
    dice = [each.dice for row in rows for each in row.agreement]
    assert len(dice) == 4
    assert all(value is not None and 0.80 < value < 0.94 for value in dice)


def test_every_mismatch_is_excluded_with_its_own_reason(empty: Workspace, tmp_path: Path) -> None:
    folder = write_yaml(tmp_path / "data", patient=r"^(\w+)-")
    for number in range(8):
        write_case(folder, f"p{number}-a", number)
    write_volume(folder / "labels" / "p1-a.nii.gz", np.zeros((20, 24, 11), dtype=np.uint8))
    write_volume(folder / "labels" / "p2-a.nii.gz", np.zeros((20, 24, 12), dtype=np.uint8), origin=3.0)
    write_case(folder, "p3-a", 3, values=(1, 7))
    (folder / "images" / "p4-a.nii.gz").write_bytes(b"no volume")
    (folder / "labels" / "p5-a.nii.gz").unlink()
    (folder / "images" / "p6-a.nii.gz").unlink()
    write_case(folder, "nobody", 9)
    write_volume(folder / "elsewhere.nii", np.zeros((9, 9, 9), dtype=np.uint8))
    cohort = index_cohort(empty, folder, name="small")
    assert [row.path for row in read_rows(empty, cohort)] == ["images/p0-a.nii.gz", "images/p7-a.nii.gz"]
    assert reasons(cohort) == {
        "images/p1-a.nii.gz": "other-shape", "images/p2-a.nii.gz": "other-place", "images/p3-a.nii.gz": "no-class",
        "images/p4-a.nii.gz": "unreadable-image", "images/p5-a.nii.gz": "no-label", "images/nobody.nii.gz": "no-patient",
        "labels/p6-a.nii.gz": "label-without-image", "elsewhere.nii": "no-pattern",
    }


def test_an_empty_mask_says_nothing_found_unless_the_source_excludes_it(empty: Workspace, tmp_path: Path) -> None:
    folder = write_yaml(tmp_path / "data")
    write_case(folder, "a", 1)
    write_case(folder, "b", 2, values=())
    kept = index_cohort(empty, folder, name="small")
    assert [row.labels for row in read_rows(empty, kept)] == [("front", "back"), ("none",)]
    strict = index_cohort(empty, write_yaml(folder, empty_masks="exclude"), name="small")
    assert reasons(strict) == {"images/b.nii.gz": "empty-mask"}


def test_a_case_without_one_of_its_channels_is_excluded(empty: Workspace, tmp_path: Path) -> None:
    folder = write_yaml(tmp_path / "data", channels={"t1": "images/{case}.nii.gz", "t2": "second/{case}.nii.gz"})
    for number in range(2):
        write_case(folder, f"c{number}", number)
    write_volume(folder / "second" / "c0.nii.gz", np.ones((20, 24, 12), dtype=np.float32))
    assert reasons(index_cohort(empty, folder, name="small")) == {"images/c1.nii.gz": "missing-channel"}


def test_a_known_case_is_read_again_only_when_one_of_its_files_changes(
    empty: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_yaml(tmp_path / "data")
    for number in range(3):
        write_case(folder, f"c{number}", number)
    first = index_cohort(empty, folder, name="small")
    from cauce.dataset import nifti_reading

    read: list[str] = []
    load = nifti_reading.load_volume
    monkeypatch.setattr(nifti_reading, "load_volume", lambda path, name: read.append(name) or load(path, name))
    assert index_cohort(empty, folder, name="small").digest() == first.digest()
    assert read == []
    write_volume(folder / "labels" / "c1.nii.gz", np.ones((20, 24, 12), dtype=np.uint8))
    changed = index_cohort(empty, folder, name="small")
    assert read == ["images/c1.nii.gz"]
    assert read_rows(empty, changed)[1].labels == ("front",)


def test_visits_of_one_patient_stay_together_and_the_audit_passes(empty: Workspace, tmp_path: Path) -> None:
    folder = write_yaml(tmp_path / "data", patient=r"^p\d+")
    for number in range(36):
        write_case(folder, f"p{number // 2}_v{number % 2}", number, values=(1,) if number % 4 < 2 else (1, 2))
    cohort = index_cohort(empty, folder, name="small")
    assert (cohort.n_instances, cohort.n_patients) == (36, 18)
    split = split_cohort(empty, cohort)
    assert sum(len(part) for part in (split.train, split.tune, split.test)) == 18
    assert not audit_cohort(empty, "small").leaks


def test_another_reference_or_a_pattern_that_finds_nothing_is_refused(empty: Workspace, tmp_path: Path) -> None:
    folder = write_yaml(tmp_path / "data", channels={"t1": "pictures/{case}.nii.gz"})
    write_case(folder, "a", 1)
    with pytest.raises(InputError, match="no file matches a channel"):
        index_cohort(empty, folder, name="small")
    content = yaml.safe_load((folder / "cohort.yaml").read_text())
    content["reference"] = {"kind": "number", "unit": "mm", "finding": FINDING, "source": "made for a test"}
    (folder / "cohort.yaml").write_text(yaml.safe_dump(content))
    with pytest.raises(ConfigurationError, match="a mask as their reference"):
        index_cohort(empty, folder, name="small")


@pytest.mark.parametrize("change", [
    {"channels": {"t1": "images/one.nii.gz"}}, {"patient": "("}, {"channels": {"t1": "labels/{case}.nii.gz"}}, {"masks": {}},
])
def test_a_source_that_cannot_be_meant_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        NiftiSource.model_validate({**SOURCE, **change})


def test_two_folders_that_name_their_files_differently_become_one_cohort(empty: Workspace, tmp_path: Path) -> None:
    data = tmp_path / "data"
    for number in range(2):
        write_case(data / "here", f"a{number}", number)
        write_case(data / "there", f"b{number}", 10 + number)
    (data / "there" / "images").rename(data / "there" / "scans")
    channels = {"t1": ["here/images/{case}.nii.gz", "there/scans/{case}.nii.gz"]}
    masks = {"reader": ["here/labels/{case}.nii.gz", "there/labels/{case}.nii.gz"]}
    folder = write_yaml(tmp_path / "yaml", channels=channels, masks=masks)
    cohort = index_cohort(empty, folder, name="both", data_root=data)
    assert (cohort.n_instances, cohort.exclusions) == (4, ())
    write_case(data / "here", "b0", 20)
    with pytest.raises(InputError, match="two files are the t1 of one case"):
        index_cohort(empty, folder, name="both", data_root=data)
