"""Chosen series → rows: the header and picture of the middle slice, the geometry and digest of the volume, and its masks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cauce.dataset.journal import Journal
from cauce.dataset.mask_painting import MaskOfReader, MasksToPaint, paint_readings
from cauce.dataset.nifti_picture import volume_thumbnail
from cauce.dataset.pool import run_all
from cauce.dataset.reading import FileRead, lost_read, read_one, reason_of_failure
from cauce.dataset.series_choice import Stack
from cauce.dataset.series_masks import MaskFile, values_of
from cauce.dicom.series import read_series
from cauce.domain.cohort import CohortSpec, DicomSource
from cauce.domain.mask_source import MaskSource
from cauce.domain.progress import Progress
from cauce.domain.record import canonical_json
from cauce.predictor.series_source import geometry_of, voxel_sha256
from cauce.store.blobs import BlobStore

_INLINE = 4  # fewer series are read here: starting processes would take longer


@dataclass(frozen=True)
class Work:
    """Where the series index reads and writes.

    Attributes:
        key: secret that the PatientKeys are made with; None for the public default.
        journal: SQLite file.
        arrays: folder of the workspace's arrays.
    """

    root: Path
    key: bytes | None
    journal: Path
    arrays: Path


@dataclass(frozen=True)
class _Task:
    """One series: the path of its middle slice, the frame that this is in a multi-frame file, and all its files in order."""

    root: Path
    path: str
    frame: int | None
    names: tuple[str, ...]
    key: bytes | None
    masks: MasksToPaint | None


def read_stacks(
    stacks: Sequence[Stack], assigned: Mapping[str, Sequence[MaskFile]], spec: CohortSpec, work: Work, *, progress: Progress
) -> list[FileRead]:
    """One for each stack, sorted by path; a series is known while none of its files changes.

    Args:
        stacks: the series.
        assigned: masks by path of the series.
        spec: of the cohort.
        work: where.
        progress: told after each series.
    """
    masks = spec.source.masks if isinstance(spec.source, DicomSource) else None
    together = {stack.path: (*stack.names, *(mask.name for mask in assigned[stack.path])) for stack in stacks}
    depends = b"series" + (work.key or b"")
    if masks is not None:
        depends += canonical_json([masks.model_dump(mode="json"), list(masks.readers), list(spec.reference.classes)])
    kept = Journal(work.journal, root=work.root, key=depends, together=together)
    reads = {name: FileRead(**fields) for name, fields in kept.known(work.root, list(together)).items()}
    reads = {name: read for name, read in reads.items() if _has_its_masks(read, work.arrays)}
    tasks = [
        _Task(work.root, stack.path, stack.middle.frame, stack.names, work.key,
              None if masks is None else _to_paint(stack, assigned[stack.path], spec, masks, work.arrays))
        for stack in stacks if stack.path not in reads
    ]
    progress("read series", len(reads), len(stacks))
    for task, read in run_all(_read_stack, tasks, inline=len(tasks) < _INLINE):
        reads[task.path] = lost_read(task.path) if read is None else read
        kept.add(work.root, [reads[task.path]])
        progress("read series", len(reads), len(stacks))
    return [reads[path] for path in sorted(together)]


def _has_its_masks(read: FileRead, arrays: Path) -> bool:
    readings = () if read.row is None else read.row.readings
    digests = [reading.mask.array_sha256 for reading in readings if reading.mask is not None]
    return all(BlobStore(arrays).has(digest) for digest in digests if digest is not None)


def _to_paint(
    stack: Stack, masks: Sequence[MaskFile], spec: CohortSpec, source: MaskSource, arrays: Path
) -> MasksToPaint:
    classes = spec.reference.classes
    return MasksToPaint(
        masks=tuple(
            MaskOfReader(reader, tuple((mask.name, values_of(mask, source, classes)) for mask in own), files.threshold)
            for reader, files in source.readers.items() if (own := [mask for mask in masks if mask.reader == reader])
        ),
        frame_of_reference_uid=stack.middle.frame_of_reference_uid, classes=classes,
        keeps_overlaps=source.overlaps == "first_class", keeps_empty=source.empty == "keep", arrays=arrays,
    )


def _read_stack(task: _Task) -> FileRead:
    middle = read_one(task.root, task.path, task.key, task.frame)
    return middle if middle.row is None else reason_of_failure(task.path, lambda: _with_volume(middle, task))


def _with_volume(middle: FileRead, task: _Task) -> FileRead:
    if middle.row is None:
        return middle
    volume = read_series([task.root / each for each in task.names])
    geometry = geometry_of(volume)
    changes = {"volume": geometry, "files": task.names, "pixel_sha256": voxel_sha256(volume)}
    if task.masks is not None:
        painted = paint_readings(task.masks, task.root, geometry)
        if painted.one_is_empty and not task.masks.keeps_empty:
            return FileRead(task.path, code="empty-mask", reason="a reader marks no class at all")
        changes |= {"readings": painted.readings, "labels": painted.findings, "agreement": painted.agreement}
    thumbnail = volume_thumbnail(volume.voxels, geometry).tobytes()
    return replace(middle, row=middle.row.model_copy(update=changes), thumbnail=thumbnail)
