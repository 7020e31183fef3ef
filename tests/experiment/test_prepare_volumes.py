"""Volumes of a DICOM cohort, with segmentations for masks, are prepared like any others."""

from pathlib import Path

import numpy as np
import pydicom
import yaml

from cauce.dataset.audit import audit_cohort
from cauce.dataset.index import index_cohort
from cauce.dataset.split import split_cohort
from cauce.domain.preprocess import VolumeRecipe
from cauce.domain.progress import silent
from cauce.experiment.prepare_volumes import load_train_volumes
from cauce.predictor.series_source import load_series
from cauce.predictor.volume_preprocess import prepare_volume
from cauce.store.workspace import Workspace
from dataset.series_folders import REFERENCE, SIDE, add_series
from dicom.mask_objects import write_seg

MASKS = {"readers": {"reader": {}}}


def test_series_and_their_segmentations_become_prepared_volumes(tmp_path: Path) -> None:
    folder, mask = tmp_path / "data", np.zeros((9, SIDE, SIDE), dtype=np.uint8)
    mask[2:5, 3:8, 4:12] = 1
    for study in range(1, 7):
        paths = sorted(add_series(folder, study=str(study)), key=lambda path: path.name[1:])
        write_seg(folder / str(study) / "seg.dcm", paths, mask, ["lesion"])
    reference = {"kind": "mask", "classes": ["lesion"], "finding": REFERENCE["finding"], "source": "made"}
    content = {
        "description": "d", "licence": "CC0", "source": {"kind": "dicom", "unit": "series", "masks": MASKS},
        "reference": reference, "include": {"minimum_rows": 8},
        "split": {"train": 0.5, "tune": 0.25, "test": 0.25, "folds": 2, "balance": ["label"]},
    }
    (folder / "cohort.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    workspace = Workspace.open(tmp_path / "w")
    cohort = index_cohort(workspace, folder, name="series")
    split = split_cohort(workspace, cohort)
    audit_cohort(workspace, "series")
    recipe = VolumeRecipe(patch=(8, 16, 16))
    volumes = load_train_volumes(workspace, cohort=cohort, split=split, recipe=recipe, data_root=folder, progress=silent)
    assert volumes.channels == ("image",)
    np.testing.assert_array_equal(volumes.mask(0), mask)
    study = volumes.cases[0].path.partition("/")[0]
    files = [path for path in folder.glob(f"{study}/1/*") if pydicom.dcmread(path).Modality == "CT"]
    loaded = load_series(files, "ct")
    expected = prepare_volume(recipe, [loaded.voxels], loaded.geometry, "ct").voxels
    np.testing.assert_allclose(volumes.voxels(0), expected, atol=2e-3)
