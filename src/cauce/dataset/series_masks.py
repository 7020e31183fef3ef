"""Segmentations and structure sets of a DICOM folder → whose mask of which series each is, or why it is none."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cauce.dataset.pool import run_chunks
from cauce.dataset.series_choice import Stack
from cauce.dataset.series_heads import Head
from cauce.dicom.mask_object import MaskHeader, read_mask_header
from cauce.dicom.slice_header import SliceHeader
from cauce.domain.cohort import Exclusion
from cauce.domain.errors import CauceError, ConfigurationError
from cauce.domain.mask_source import MaskSource, SegmentSpelling, same_name
from cauce.store.blobs import file_sha256

_CHUNK = 16
_INLINE = 64  # fewer headers are read here


@dataclass(frozen=True)
class MaskFile:
    """One reader's mask in one file; `name` is relative to the data root."""

    name: str
    reader: str
    header: MaskHeader

    @property
    def uids(self) -> frozenset[str]:
        """Of the series and images that it refers to."""
        return self.header.series | self.header.instances


def uids_of(slices: Sequence[SliceHeader]) -> set[str]:
    """By what a mask may refer to a series: the series itself, or its images."""
    return {slices[0].series_instance_uid, *(header.sop_instance_uid for header in slices)} - {""}


def converted_from(slices: Sequence[SliceHeader]) -> set[str]:
    """Images that the frames of a series were converted from; a mask of these is a mask of the frames."""
    return {header.source_sop_uid for header in slices} - {""}


@dataclass(frozen=True)
class _Chunk:
    root: Path
    names: tuple[str, ...]


@dataclass(frozen=True)
class _Found:
    name: str
    header: MaskHeader | None = None
    code: str = ""
    reason: str = ""


def find_masks(
    heads: Sequence[Head], source: MaskSource, root: Path, folder: str
) -> tuple[list[MaskFile], list[Exclusion]]:
    """Masks among the files that are no slices, and those that cannot be read; of `folder`, which is relative to `root`.

    Raises:
        ConfigurationError: the patterns of two readers meet the same mask.
    """
    patterns = {reader: _expression(files.files) for reader, files in source.readers.items()}
    start = "" if folder == "." else Path(folder).as_posix() + "/"
    candidates = {
        head.name: [reader for reader, pattern in patterns.items() if pattern.fullmatch(head.name.removeprefix(start))]
        for head in heads if head.code == "not-a-slice"
    }
    names = [name for name, readers in candidates.items() if readers]
    chunks = [_Chunk(root, tuple(names[at:at + _CHUNK])) for at in range(0, len(names), _CHUNK)]
    masks, exclusions = [], []
    for found in run_chunks(_read_chunk, chunks, split=_singles, lost=_lost, inline=len(names) <= _INLINE):
        for each in found:
            readers = candidates[each.name]
            if each.code:
                exclusions.append(Exclusion(path=each.name, code=each.code, reason=each.reason))
            elif each.header is not None and len(readers) > 1:
                raise ConfigurationError("the patterns of two readers meet the same mask", where=each.name,
                                         expected="one reader", got=", ".join(readers),
                                         remedy="Make `files` in source.masks.readers say whose it is.")
            elif each.header is not None:
                masks.append(MaskFile(each.name, readers[0], each.header))
    return sorted(masks, key=lambda mask: mask.name), exclusions


def _read_chunk(chunk: _Chunk) -> list[_Found]:
    return [_read(chunk.root / name, name) for name in chunk.names]


def _read(path: Path, name: str) -> _Found:
    try:
        return _Found(name, read_mask_header(path, name))
    except CauceError as error:
        return _Found(name, code=error.code, reason=error.line().removeprefix(name).lstrip(":, "))


def _singles(chunk: _Chunk) -> list[_Chunk]:
    return [_Chunk(chunk.root, (name,)) for name in chunk.names]


def _lost(chunk: _Chunk) -> _Found:
    return _Found(chunk.names[0], code="decoder-crash", reason="the process that read it died")


def _expression(pattern: str) -> re.Pattern[str]:
    """`**` is any folders, `*` any part of a name, `?` one character."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(known.get(part, re.escape(part)) for part in parts))


def assign_masks(
    masks: Sequence[MaskFile], stacks: Sequence[Stack], heads: Sequence[Head], root: Path
) -> tuple[dict[str, list[MaskFile]], list[Exclusion]]:
    """Masks by path of the series that they belong to, and those that belong to none of them.

    Args:
        masks: of `find_masks`.
        stacks: series of the cohort.
        heads: of all files, for saying whether the images are there at all.
        root: data root.
    """
    assigned: dict[str, list[MaskFile]] = {stack.path: [] for stack in stacks}
    own = {uid: stack.path for stack in stacks for uid in uids_of(stack.slices)}
    sources = {uid: stack.path for stack in stacks for uid in converted_from(stack.slices)}
    there = {uid for head in heads if head.slices for uid in uids_of(head.slices)} if masks else set()
    masks, exclusions = _without_copies(masks, root)
    for mask in masks:
        targets = {own[uid] for uid in mask.uids & own.keys()} or {sources[uid] for uid in mask.uids & sources.keys()}
        if len(targets) == 1:
            assigned[targets.pop()].append(mask)
        else:
            code, reason = _why_none(mask, len(targets), there)
            exclusions.append(Exclusion(path=mask.name, code=code, reason=reason))
    return assigned, exclusions


def _without_copies(masks: Sequence[MaskFile], root: Path) -> tuple[list[MaskFile], list[Exclusion]]:
    """The first of several identical files of one reader; digests are taken only of those that refer to the same images."""
    counts = Counter((mask.reader, mask.uids) for mask in masks)
    seen: dict[tuple[str, str], str] = {}
    kept, exclusions = [], []
    for mask in masks:
        digest = file_sha256(root / mask.name) if counts[mask.reader, mask.uids] > 1 else mask.name
        twin = seen.setdefault((mask.reader, digest), mask.name)
        if twin == mask.name:
            kept.append(mask)
        else:
            exclusions.append(Exclusion(path=mask.name, code="duplicate", reason=f"the same file as {twin}"))
    return kept, exclusions


def _why_none(mask: MaskFile, targets: int, there: set[str]) -> tuple[str, str]:
    if targets > 1:
        return "several-series", f"a mask that refers to {targets} series of the cohort"
    if not mask.uids:
        return "no-reference", "a mask that refers to no image"
    if mask.uids & there:
        return "label-without-series", "a mask of a series that is not in the cohort; the series has its own reason"
    return "label-without-image", "a mask whose image is missing"


def problem_of_masks(masks: Sequence[MaskFile], source: MaskSource, classes: Sequence[str]) -> tuple[str, str] | None:
    """Code and reason why a series with these masks cannot be taken."""
    if not masks:
        return "no-label", f"no mask of {', '.join(source.readers)}"
    for reader, files in source.readers.items():
        names = [mask.name for mask in masks if mask.reader == reader]
        if len(names) > 1 and files.several == "exclude":
            return "several-masks", f"{len(names)} masks of {reader} for one series: {', '.join(names)}"
    if source.other_segments == "ignore":
        return None
    known = class_by_name(source, classes)
    for mask in masks:
        for written in mask.header.names.values():
            if same_name(written) not in known:
                return "no-class", f"{mask.name}: segment '{written}' is no class and not in source.masks.segments"
    return None


def class_by_name(source: MaskSource, classes: Sequence[str]) -> dict[str, str | None]:
    """Class by the compared name of a segment; None for those that are left out on purpose."""
    return {same_name(name): name for name in classes} | {same_name(name): found for name, found in source.segments.items()}


def values_of(mask: MaskFile, source: MaskSource, classes: Sequence[str]) -> dict[int, int]:
    """Value of the mask (i + 1 for classes[i]) by number of the segment or ROI."""
    known = class_by_name(source, classes)
    found = {number: known.get(same_name(written)) for number, written in mask.header.names.items()}
    return {number: list(classes).index(name) + 1 for number, name in found.items() if name is not None}


def segment_spellings(masks: Sequence[MaskFile], source: MaskSource, classes: Sequence[str]) -> tuple[SegmentSpelling, ...]:
    """Each name as the masks write it, with its class, most frequent first."""
    known = class_by_name(source, classes)
    counts = Counter(written for mask in masks for written in set(mask.header.names.values()))
    return tuple(
        SegmentSpelling(written=written, unified=known.get(same_name(written)), masks=count)
        for written, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )
