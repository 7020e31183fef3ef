"""Prepared volumes: the train partition, preprocessed once, a file of voxels and one of classes for each case."""

import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cauce.domain.cohort import Cohort
from cauce.domain.errors import InputError, NotFoundError
from cauce.domain.experiment import PreparedCase, PreparedVolumes, TrainingSettings
from cauce.domain.preprocess import VolumeRecipe
from cauce.domain.progress import Progress
from cauce.domain.record import canonical_json, sha256_hex
from cauce.domain.reference import ReferenceKind
from cauce.domain.split import Split
from cauce.domain.study import InstanceRow
from cauce.experiment.patch_source import PatchSource
from cauce.experiment.prepare import rows_of_train
from cauce.predictor.case_source import CasePlace
from cauce.predictor.volume_case import channels_of, read_case, read_reference, reference_of
from cauce.store.data_root import data_root_of
from cauce.store.workspace import Workspace

_CHUNK = 32  # cases between two records of what is done
_IMAGE_VOXELS = 128 * 128


@dataclass(frozen=True, eq=False)
class TrainVolumes:
    """The cases of the train partition that have a reference mask.

    Attributes:
        classes: names; i + 1 in a mask is classes[i].
        fold: int (n,) number of the fold that holds the case's patient.
        cases: spacing, and the classes that each holds.
        files: NumPy files of each case: float16 (channels, z, y, x) and uint8 (z, y, x). They are mapped into memory by who
            reads them; the volumes themselves do not travel between processes.
    """

    recipe: VolumeRecipe
    channels: tuple[str, ...]
    classes: tuple[str, ...]
    fold: NDArray[np.intp]
    cases: tuple[PreparedCase, ...]
    files: tuple[tuple[Path, Path], ...]

    def voxels(self, number: int) -> NDArray[np.float16]:
        """(channels, z, y, x) of a case."""
        voxels: NDArray[np.float16] = _mapped(self.files[number][0])
        return voxels

    def mask(self, number: int) -> NDArray[np.uint8]:
        """(z, y, x) of a case."""
        mask: NDArray[np.uint8] = _mapped(self.files[number][1])
        return mask

    def source(self, number: int) -> PatchSource:
        """What patches of a case are drawn from."""
        return PatchSource(self.voxels(number), self.mask(number), self.cases[number].spacing_mm)

    def batch_shape(self, settings: TrainingSettings) -> tuple[int, ...]:
        """(n, channels, z, y, x) of a batch."""
        return (settings.batch_size, len(self.channels), *self.recipe.patch)

    def images_per_epoch(self, settings: TrainingSettings) -> int:
        """How much there is to train on, in images of 128 × 128."""
        patches = settings.patches_per_volume * len(self.cases)
        return int(patches * np.prod(self.recipe.patch)) // _IMAGE_VOXELS


@lru_cache(maxsize=4096)
def _mapped(file: Path) -> Any:
    return np.load(file, mmap_mode="r", allow_pickle=False)


def load_train_volumes(
    workspace: Workspace, *, cohort: Cohort, split: Split, recipe: VolumeRecipe, data_root: Path | None, progress: Progress
) -> TrainVolumes:
    """Open the prepared volumes, preparing what is missing; an interrupted call continues.

    Raises:
        ConfigurationError: the cohort has no masks, or lacks a channel.
        InputError: no case in train, or a file is missing or unreadable; the message names it.
        IntegrityError: a file, or a stored volume, was changed.
    """
    cohort.spec.reference.require(ReferenceKind.MASK, where=cohort.name)
    channels = channels_of(cohort, recipe)
    rows = [row for row in rows_of_train(workspace, cohort, split) if reference_of(row) is not None]
    if not rows:
        raise InputError("the train partition holds no case with a mask", where=cohort.name, remedy="Check the masks.")
    job = _Job(workspace, cohort, recipe.model_copy(update={"channels": channels}), data_root, progress)
    cases = _find_or_prepare(job, rows, split)
    fold, arrays = split.fold_of(), workspace.arrays
    return TrainVolumes(
        recipe=recipe, channels=channels, classes=cohort.spec.reference.classes, cases=cases,
        fold=np.array([fold[row.patient_key] for row in rows], dtype=np.intp),
        files=tuple((arrays.path(case.voxels), arrays.path(case.mask)) for case in cases),
    )


@dataclass(frozen=True, eq=False)
class _Job:
    workspace: Workspace
    cohort: Cohort
    recipe: VolumeRecipe
    data_root: Path | None
    progress: Progress


def _find_or_prepare(job: _Job, rows: Sequence[InstanceRow], split: Split) -> tuple[PreparedCase, ...]:
    """The cases in the order of `rows`; after every chunk a record is stored, from which an interrupted call goes on."""
    classes = list(job.cohort.spec.reference.classes)
    key = sha256_hex(canonical_json([job.cohort.table_sha256, split.digest(), classes, job.recipe.digest()]))
    cases = _known(job.workspace, key)
    if len(cases) < len(rows):
        root = data_root_of(job.workspace, job.cohort, job.data_root)
        with ThreadPoolExecutor() as pool:
            for start in range(len(cases), len(rows), _CHUNK):
                job.progress("prepare volumes", start, len(rows))
                chunk = rows[start : start + _CHUNK]
                cases = (*cases, *pool.map(lambda row: _prepare(job, root, row), chunk))
                record = PreparedVolumes(
                    table=job.cohort.table_sha256, split=split.digest(), recipe=job.recipe, cases=cases,
                )
                job.workspace.records.put(record, key)
        job.progress("prepare volumes", len(rows), len(rows))
    return cases


def _known(workspace: Workspace, key: str) -> tuple[PreparedCase, ...]:
    try:
        cases = workspace.records.latest(PreparedVolumes, key).cases
        for case in cases:
            workspace.arrays.path(case.voxels)
            workspace.arrays.path(case.mask)
    except NotFoundError:
        return ()
    return cases


def _prepare(job: _Job, root: Path, row: InstanceRow) -> PreparedCase:
    volume = read_case(root, row, job.recipe, job.recipe.channels)
    reference = reference_of(row)
    if reference is None:
        raise InputError("the case has no mask", where=row.path, remedy="Leave it out.")
    place = CasePlace(root, job.workspace.arrays)
    mask = read_reference(place, reference, volume, recipe=job.recipe, n_classes=len(job.cohort.spec.reference.classes))
    put = job.workspace.arrays.put_bytes
    return PreparedCase(
        path=row.path, voxels=put(_npy(volume.voxels.astype(np.float16))), mask=put(_npy(mask)),
        spacing_mm=volume.geometry.spacing_mm, present=tuple(value for value in np.unique(mask).tolist() if value),
    )


def _npy(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()
