"""A small real cohort of volumes: NIfTI files with a bright ball and a dark one, indexed, split, audited."""

from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np

from cauce.dataset.audit import audit_cohort
from cauce.dataset.index import index_cohort
from cauce.dataset.split import split_cohort
from cauce.domain.cohort import Cohort
from cauce.domain.experiment import ExperimentSpec, Search
from cauce.domain.progress import Progress, silent
from cauce.domain.split import Split
from cauce.experiment.search import search
from cauce.store.workspace import Workspace

CASES = 12
SHAPE = (20, 22, 18)  # x, y, z as NIfTI stores them

_COHORT = """
description: balls
licence: CC0
source: {kind: nifti, channels: {T1: "images/{case}.nii.gz"}, masks: {reference: "labels/{case}.nii.gz"}}
include: {minimum_rows: 8}
reference:
  kind: mask
  classes: [bright, dark]
  finding: {scheme: DCM, value: "1", meaning: Ball}
  source: made
split: {train: 0.6, tune: 0.2, test: 0.2, folds: 3, balance: [label]}
"""


@dataclass(frozen=True)
class Place:
    """A workspace with a cohort of volumes."""

    workspace: Workspace
    cohort: Cohort
    split: Split
    data: Path


def spec(**changes: object) -> ExperimentSpec:
    training = {
        "network": "dynunet_tiny", "loss": "dice_cross_entropy", "learning_rate": 5e-3, "batch_size": 2, "epochs": 1,
        "patches_per_volume": 1, "foreground_share": 0.5, "precision": "float32", "deep_supervision": 0.5,
        **changes.pop("training", {}),  # type: ignore[dict-item]
    }
    return ExperimentSpec.model_validate({
        "question": "Where are the balls?", "intended_use": "tests", "task": "segmentation", "train_folds": 2,
        "volume": {"patch": (16, 16, 16), "overlap": 0.25}, "training": training, **changes,
    })


def write_case(folder: Path, number: int, *, dark: bool = True) -> None:
    """One volume with a bright ball on the one side and, if wanted, a dark one on the other."""
    rng = np.random.default_rng(number)
    x, y, z = np.indices(SHAPE)
    image, mask = rng.normal(100, 5, SHAPE), np.zeros(SHAPE, dtype=np.uint8)
    for value, middle, step in ((1, 6, 60), (2, 14, -60)):
        if value == 2 and not dark:
            continue
        centre = (middle, *rng.uniform(7, 11, size=2))
        inside = (x - centre[0]) ** 2 + (y - centre[1]) ** 2 + (z - centre[2]) ** 2 < 16
        image[inside] += step
        mask[inside] = value
    for name, voxels in (("images", image.astype(np.float32)), ("labels", mask)):
        (folder / name).mkdir(parents=True, exist_ok=True)
        picture = nibabel.Nifti1Image(voxels, np.eye(4))
        picture.set_sform(np.eye(4), code=1)
        nibabel.save(picture, folder / name / f"case{number:02}.nii.gz")


def build_place(folder: Path, *, without_dark: bool = False) -> Place:
    """Cases, index, split and audit; `without_dark` leaves the dark ball out of all."""
    data = folder / "data"
    for number in range(CASES):
        write_case(data, number, dark=not without_dark)
    (data / "cohort.yaml").write_text(_COHORT)
    workspace = Workspace.open(folder / "workspace")
    cohort = index_cohort(workspace, data / "cohort.yaml", name="balls", data_root=data, progress=silent)
    split = split_cohort(workspace, cohort)
    audit_cohort(workspace, "balls", progress=silent)
    return Place(workspace, cohort, split, data)


def run(place: Place, name: str, experiment: ExperimentSpec, progress: Progress = silent) -> Search:
    return search(
        place.workspace, name=name, cohort=place.cohort, split=place.split, spec=experiment, data_root=place.data, workers=0,
        progress=progress,
    )
