"""Prepared images: the train partition, preprocessed once, in pieces that are mapped into memory and not read whole."""

import io
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cauce.domain.cohort import Cohort
from cauce.domain.errors import InputError, IntegrityError, NotFoundError
from cauce.domain.experiment import ExperimentSpec, PreparedImages, Task, TrainingSettings
from cauce.domain.labelled import findings_of, is_labelled, number_of
from cauce.domain.preprocess import PreprocessRecipe
from cauce.domain.progress import Progress
from cauce.domain.record import canonical_json, sha256_hex
from cauce.domain.reference import ReferenceKind, ReferenceStandard
from cauce.domain.split import Partition, Split
from cauce.domain.study import InstanceRow
from cauce.experiment.image_labels import LABEL_KINDS
from cauce.experiment.label_kind import LabelKind, Labels
from cauce.predictor.preprocess import apply
from cauce.predictor.source import load_file
from cauce.store.cohort_table import read_rows
from cauce.store.data_root import data_root_of
from cauce.store.workspace import Workspace

_KINDS = {
    Task.BINARY_CLASSIFICATION: ReferenceKind.CLASS, Task.MULTI_CLASS: ReferenceKind.CLASSES,
    Task.MULTI_LABEL: ReferenceKind.LABELS, Task.REGRESSION: ReferenceKind.NUMBER,
}
_PIECE = 2048
_INLINE = 128  # fewer images are prepared here: starting processes would take longer

Half = NDArray[np.float16]


@dataclass(frozen=True, eq=False)
class TrainImages:
    """The labelled images of the train partition.

    Attributes:
        labels: (n,) reference: bool, whether it is the positive one; of several classes int, their number in `classes`; of
            findings bool (n, classes); of numbers float64, in the unit of the reference standard.
        fold: int (n,) number of the fold that holds the image's patient.
        pieces: NumPy files of float16 (at most `piece_length`, rows, columns), mapped into memory by who reads them; the
            images themselves do not travel between processes.
        classes: names of several classes or findings; else empty.
        kind: of the reference standard.
    """

    labels: Labels
    fold: NDArray[np.intp]
    pieces: tuple[Path, ...]
    piece_length: int
    classes: tuple[str, ...] = ()
    kind: ReferenceKind = ReferenceKind.CLASS

    @property
    def n_outputs(self) -> int:
        """Outputs of a network of these images."""
        return len(self.classes) or 1

    def said(self, chosen: NDArray[np.bool_] | None = None) -> LabelKind:
        """What the labels mean; of the images where `chosen` (n,) is true."""
        return LABEL_KINDS[self.kind](self.labels if chosen is None else self.labels[chosen], self.classes)

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns) of each image."""
        rows, columns = _mapped(self.pieces[0]).shape[1:]
        return rows, columns

    def batch_shape(self, settings: TrainingSettings) -> tuple[int, int, int, int]:
        """(n, 1, rows, columns) of a batch."""
        return (min(settings.batch_size, len(self.labels)), 1, *self.shape)

    def images_per_epoch(self, _: TrainingSettings) -> int:
        """How much there is to train on, in images."""
        return len(self.labels)

    def take(self, indices: NDArray[np.intp]) -> NDArray[np.float32]:
        """float32 (len(indices), rows, columns)."""
        rows = [_mapped(self.pieces[i // self.piece_length])[i % self.piece_length] for i in indices.tolist()]
        return np.stack(rows).astype(np.float32)


@lru_cache(maxsize=1024)
def _mapped(piece: Path) -> Half:
    images: Half = np.load(piece, mmap_mode="r", allow_pickle=False)
    return images


@dataclass(frozen=True)
class _Task:
    root: Path
    rows: tuple[tuple[str, str], ...]  # path, SHA-256
    recipe: PreprocessRecipe


def train_rows(workspace: Workspace, cohort: Cohort, split: Split) -> list[InstanceRow]:
    """Labelled rows whose patient is in train, sorted by path.

    Raises: as `rows_of_train`.
    """
    rows = rows_of_train(workspace, cohort, split)
    if cohort.spec.reference.kind in (ReferenceKind.CLASS, ReferenceKind.CLASSES):
        return [row for row in rows if row.label is not None]  # a label that is no class is refused later, not left out
    return [row for row in rows if is_labelled(row, cohort.spec.reference)]


def rows_of_train(workspace: Workspace, cohort: Cohort, split: Split) -> list[InstanceRow]:
    """Rows whose patient is in train, sorted by path. Tune and test are never touched here.

    Raises:
        IntegrityError: the split was made from another cohort.
    """
    if split.cohort != cohort.digest():
        raise IntegrityError(
            "the split was made from another state of the cohort", where=cohort.name, expected=split.cohort[:12],
            got=cohort.digest()[:12], remedy=f"Run `cauce dataset split {cohort.name}` again.",
        )
    partition = split.partition_of()
    rows = read_rows(workspace, cohort)
    return [row for row in rows if partition.get(row.patient_key) is Partition.TRAIN]


def load_train_images(
    workspace: Workspace, *, cohort: Cohort, split: Split, spec: ExperimentSpec, data_root: Path | None, progress: Progress
) -> TrainImages:
    """Open the prepared images, preparing what is missing; an interrupted call continues with the next piece.

    Raises:
        ConfigurationError: the cohort's reference is of another task.
        InputError: an image is missing or unreadable, or its label is no class; the message names it.
        IntegrityError: an image, or a stored piece, was changed.
    """
    reference = cohort.spec.reference
    reference.require(_KINDS[spec.task], where=cohort.name)
    rows = train_rows(workspace, cohort, split)
    if not rows:
        raise InputError("the train partition holds no labelled image", where=cohort.name, remedy="Check the labels.")
    labels = _labels_of(rows, reference)
    prepared = _find_or_prepare(workspace, cohort, split, rows, _Job(spec.preprocess, data_root, progress))
    fold = split.fold_of()
    return TrainImages(
        labels=labels,
        fold=np.array([fold[row.patient_key] for row in rows], dtype=np.intp),
        pieces=tuple(workspace.arrays.path(piece) for piece in prepared.pieces),
        piece_length=prepared.piece_length,
        classes=reference.classes,
        kind=reference.kind,
    )


def _labels_of(rows: Sequence[InstanceRow], reference: ReferenceStandard) -> Labels:
    if reference.kind is ReferenceKind.NUMBER:
        return np.array([number_of(row) for row in rows], dtype=np.float64)
    if reference.kind is ReferenceKind.LABELS:
        shown = [findings_of(row, reference.classes) for row in rows]
        return np.array([[name in each for name in reference.classes] for each in shown], dtype=np.bool_)
    if not reference.classes:
        return np.array([row.label in reference.positive for row in rows], dtype=np.bool_)
    foreign = [row for row in rows if row.label not in reference.classes]
    if foreign:
        raise InputError(
            "a label is no class of the reference standard", where=f"{foreign[0].path}, patient {foreign[0].patient_key}",
            expected=", ".join(reference.classes), got=f"{len(foreign)} images with another label",
            remedy="Correct the label, or name its class in cohort.yaml, and index again.",
        )
    return np.array([reference.classes.index(row.label or "") for row in rows], dtype=np.intp)


@dataclass(frozen=True)
class _Job:
    recipe: PreprocessRecipe
    data_root: Path | None
    progress: Progress


def _find_or_prepare(
    workspace: Workspace, cohort: Cohort, split: Split, rows: Sequence[InstanceRow], job: _Job
) -> PreparedImages:
    """The record of all pieces; after every piece a shorter record is stored, from which an interrupted call goes on."""
    key = sha256_hex(canonical_json([cohort.table_sha256, split.digest(), job.recipe.digest(), _PIECE]))
    pieces = _known_pieces(workspace, key)
    starts = range(0, len(rows), _PIECE)
    if len(pieces) < len(starts):
        root = data_root_of(workspace, cohort, job.data_root)
        for start in starts[len(pieces) :]:
            job.progress("prepare images", start, len(rows))
            chunk = rows[start : start + _PIECE]
            images = np.concatenate(list(_prepare(root, chunk, job.recipe)))
            pieces = (*pieces, workspace.arrays.put_bytes(_npy(images)))
            record = PreparedImages(
                table=cohort.table_sha256, split=split.digest(), recipe=job.recipe, pieces=pieces, piece_length=_PIECE,
                paths=tuple(row.path for row in rows[: start + len(chunk)]),
            )
            workspace.records.put(record, key)
        job.progress("prepare images", len(rows), len(rows))
    return workspace.records.latest(PreparedImages, key)


def _known_pieces(workspace: Workspace, key: str) -> tuple[str, ...]:
    try:
        pieces = workspace.records.latest(PreparedImages, key).pieces
        for piece in pieces:
            workspace.arrays.path(piece)
    except NotFoundError:
        return ()
    return pieces


def _prepare(root: Path, rows: Sequence[InstanceRow], recipe: PreprocessRecipe) -> Iterator[Half]:
    named = tuple((row.path, row.file_sha256 or "") for row in rows)
    if len(rows) <= _INLINE:
        yield _prepare_task(_Task(root, named, recipe))
        return
    workers = min(os.cpu_count() or 1, 16)
    size = -(-len(named) // (4 * workers))
    tasks = [_Task(root, named[start : start + size], recipe) for start in range(0, len(named), size)]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_prepare_task, tasks)


def _prepare_task(task: _Task) -> Half:
    return np.stack([_prepare_one(task.root, path, digest, task.recipe) for path, digest in task.rows])


def _prepare_one(root: Path, path: str, digest: str, recipe: PreprocessRecipe) -> Half:
    loaded = load_file(root / path, path, key=None)
    if loaded.file_sha256 != digest:
        raise IntegrityError(
            "the image was changed since it was indexed", where=path, expected=digest[:12], got=loaded.file_sha256[:12],
            remedy="Restore it, or index the cohort again.",
        )
    return apply(recipe, loaded.image.pixels).astype(np.float16)


def _npy(array: Half) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()
