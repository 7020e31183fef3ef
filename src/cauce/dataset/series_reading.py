"""Chosen series → rows: the header and picture of the middle slice, and the geometry and digest of the volume."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cauce.dataset.listing import Listing
from cauce.dataset.reading import FileRead, read_one
from cauce.dataset.series_choice import choose_series
from cauce.dataset.series_heads import read_heads
from cauce.dataset.series_pool import run_all
from cauce.dicom.series import read_series
from cauce.dicom.volume import Volume
from cauce.domain.cohort import Exclusion
from cauce.domain.errors import CauceError
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
    root: Path
    names: tuple[str, ...]
    key: bytes | None


def read_chosen_series(listing: Listing, rules: SeriesRules, *, key: bytes | None, progress: Progress) -> SeriesReads:
    """Read the headers of all files and the pixels of the series that the rules choose."""
    heads = read_heads(listing.root, listing.names, progress=progress)
    stacks, exclusions = choose_series(heads, rules)
    tasks = [_Task(listing.root, stack.names, key) for stack in stacks]
    reads: list[FileRead] = []
    progress("read series", 0, len(tasks))
    for task, read in run_all(_read_stack, tasks, inline=len(tasks) < _INLINE):
        lost = FileRead(_middle(task.names), code="decoder-crash", reason="the process that decoded it died")
        reads.append(lost if read is None else read)
        progress("read series", len(reads), len(tasks))
    slices = [head.slice for head in heads if head.slice is not None]
    return SeriesReads(
        reads=sorted(reads, key=lambda read: read.name), exclusions=exclusions,
        files={_middle(stack.names): len(stack.names) for stack in stacks},
        uids=frozenset(uid for header in slices for uid in (header.study_instance_uid, header.series_instance_uid)),
    )


def _read_stack(task: _Task) -> FileRead:
    name = _middle(task.names)
    middle = read_one(task.root, name, task.key)
    if middle.row is None:
        return middle
    try:
        volume = read_series([task.root / each for each in task.names])
    except CauceError as error:
        return FileRead(name, code=error.code, reason=error.line())
    except Exception as error:  # one series must not end the run; it is listed with its reason
        return FileRead(name, code="unexpected", reason=f"unexpected {type(error).__name__} while reading the series")
    changes = {"volume": geometry_of(volume), "files": task.names, "pixel_sha256": _voxel_sha256(volume)}
    return replace(middle, row=middle.row.model_copy(update=changes))


def _middle(names: Sequence[str]) -> str:
    return names[len(names) // 2]


def _voxel_sha256(volume: Volume) -> str:
    """Digest of shape and values: the same for a series however its files are encoded."""
    shape = ",".join(str(size) for size in volume.voxels.shape)
    digest = hashlib.sha256(f"{shape} {volume.voxels.dtype.str} ".encode())
    digest.update(volume.voxels.data)
    return digest.hexdigest()
