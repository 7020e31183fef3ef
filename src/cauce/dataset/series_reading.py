"""Chosen series → rows: the header and picture of the middle slice, and the geometry and digest of the volume."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cauce.dataset.journal import Journal
from cauce.dataset.listing import Listing
from cauce.dataset.pool import run_all
from cauce.dataset.reading import FileRead, lost_read, read_one, reason_of_failure
from cauce.dataset.series_choice import Stack, choose_series
from cauce.dataset.series_heads import read_heads
from cauce.dicom.series import read_series
from cauce.dicom.volume import Volume
from cauce.domain.cohort import Exclusion
from cauce.domain.progress import Progress
from cauce.domain.series import SeriesRules
from cauce.predictor.series_source import geometry_of

_INLINE = 2  # fewer series are read here


@dataclass(frozen=True)
class SeriesReads:
    """What the series of a source gave.

    Attributes:
        reads: one for each chosen series, called by the file of its middle slice and sorted by it.
        exclusions: of everything that was not chosen.
        files: how many files each of `reads` stands for.
        uids: of every study and series that has a slice, chosen or not.
    """

    reads: list[FileRead]
    exclusions: list[Exclusion]
    files: dict[str, int]
    uids: frozenset[str]

    def explain(self, exclusions: Sequence[Exclusion]) -> list[Exclusion]:
        """All exclusions: those of `decide`, which count one file and know of no series, and those made here."""
        return sorted([*map(self._explained, exclusions), *self.exclusions], key=lambda item: (item.path, item.code))

    def _explained(self, exclusion: Exclusion) -> Exclusion:
        if exclusion.code == "label-without-image":
            if exclusion.path not in self.uids:
                return exclusion
            reason = "the label table names it and none of its series is in the cohort; each has its own reason"
            return exclusion.model_copy(update={"code": "label-without-series", "reason": reason})
        return exclusion.model_copy(update={"files": self.files.get(exclusion.path, 1)})


@dataclass(frozen=True)
class _Task:
    """One series: the path of its middle slice, the frame that this is in a multi-frame file, and all its files in order."""

    root: Path
    path: str
    frame: int | None
    names: tuple[str, ...]
    key: bytes | None


def read_chosen_series(
    listing: Listing, rules: SeriesRules, *, key: bytes | None, journal: Path, progress: Progress
) -> SeriesReads:
    """Read the headers of all files and the pixels of the series that the rules choose, but for those in the journal."""
    heads = read_heads(listing.root, listing.names, progress=progress)
    stacks, exclusions = choose_series(heads, rules)
    slices = [header for head in heads for header in head.slices]
    return SeriesReads(
        reads=_read_stacks(stacks, listing.root, key=key, journal=journal, progress=progress), exclusions=exclusions,
        files={stack.path: len(stack.names) for stack in stacks},
        uids=frozenset(uid for header in slices for uid in (header.study_instance_uid, header.series_instance_uid)),
    )


def _read_stacks(
    stacks: Sequence[Stack], root: Path, *, key: bytes | None, journal: Path, progress: Progress
) -> list[FileRead]:
    """One for each stack, sorted by path; a series is known while none of its files changes."""
    kept = Journal(journal, root=root, key=b"series" + (key or b""), together={stack.path: stack.names for stack in stacks})
    paths = [stack.path for stack in stacks]
    reads = {name: FileRead(**fields) for name, fields in kept.known(root, paths).items()}
    tasks = [
        _Task(root, stack.path, stack.middle.frame, stack.names, key) for stack in stacks if stack.path not in reads
    ]
    progress("read series", len(reads), len(stacks))
    for task, read in run_all(_read_stack, tasks, inline=len(tasks) < _INLINE):
        reads[task.path] = lost_read(task.path) if read is None else read
        kept.add(root, [reads[task.path]])
        progress("read series", len(reads), len(stacks))
    return [reads[path] for path in sorted(paths)]


def _read_stack(task: _Task) -> FileRead:
    middle = read_one(task.root, task.path, task.key, task.frame)
    return middle if middle.row is None else reason_of_failure(task.path, lambda: _with_volume(middle, task))


def _with_volume(middle: FileRead, task: _Task) -> FileRead:
    if middle.row is None:
        return middle
    volume = read_series([task.root / each for each in task.names])
    changes = {"volume": geometry_of(volume), "files": task.names, "pixel_sha256": _voxel_sha256(volume)}
    return replace(middle, row=middle.row.model_copy(update=changes))


def _voxel_sha256(volume: Volume) -> str:
    """Digest of shape and values: the same for a series however its files are encoded."""
    shape = ",".join(str(size) for size in volume.voxels.shape)
    digest = hashlib.sha256(f"{shape} {volume.voxels.dtype.str} ".encode())
    digest.update(volume.voxels.data)
    return digest.hexdigest()
