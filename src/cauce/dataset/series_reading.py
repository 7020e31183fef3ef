"""Files of a folder → the series that a cohort takes, read, and a reason for everything else."""

from collections.abc import Sequence
from dataclasses import dataclass

from cauce.dataset.reading import FileRead
from cauce.dataset.series_choice import Stack, choose_series
from cauce.dataset.series_heads import Head, read_heads
from cauce.dataset.series_masks import MaskFile, assign_masks, converted_from, find_masks, problem_of_masks, uids_of
from cauce.dataset.series_volumes import Work, read_stacks
from cauce.dicom.pseudonym import patient_key
from cauce.domain.cohort import CohortSpec, DicomSource, Exclusion
from cauce.domain.errors import ConfigurationError
from cauce.domain.progress import Progress
from cauce.domain.series import SeriesRules


@dataclass(frozen=True)
class SeriesReads:
    """What the series of a source gave.

    Attributes:
        reads: one for each chosen series, called by the file of its middle slice and sorted by it.
        exclusions: of everything that was not chosen.
        files: how many files each of `reads` stands for.
        known: UID of every study and series, and key of every patient, of which a slice is there, chosen or not.
        masks: of the series in `reads`.
    """

    reads: list[FileRead]
    exclusions: list[Exclusion]
    files: dict[str, int]
    known: frozenset[str]
    masks: tuple[MaskFile, ...] = ()

    def explain(self, exclusions: Sequence[Exclusion]) -> list[Exclusion]:
        """All exclusions: those of `decide`, which count one file and know of no series, and those made here."""
        return sorted([*map(self._explained, exclusions), *self.exclusions], key=lambda item: (item.path, item.code))

    def _explained(self, exclusion: Exclusion) -> Exclusion:
        if exclusion.code == "label-without-image":
            if exclusion.path not in self.known:
                return exclusion
            reason = "the label table names it and none of its series is in the cohort; each has its own reason"
            return exclusion.model_copy(update={"code": "label-without-series", "reason": reason})
        return exclusion.model_copy(update={"files": self.files.get(exclusion.path, 1)})


def read_chosen_series(names: Sequence[str], spec: CohortSpec, work: Work, *, progress: Progress) -> SeriesReads:
    """Read the headers of the files `names`, and the pixels and masks of the series that the rules choose.

    Series that are in the journal and unchanged are not read again.

    Raises:
        ConfigurationError: the source is no DICOM, or two readers claim one mask.
    """
    source = spec.source
    if not isinstance(source, DicomSource):
        raise ConfigurationError("series are read from DICOM", where="source.kind", remedy="Set source.kind to dicom.")
    heads = read_heads(work.root, names, progress=progress)
    masks, exclusions = find_masks(heads, source.masks, work.root, source.root) if source.masks else ([], [])
    taken = {mask.name for mask in masks} | {exclusion.path for exclusion in exclusions}
    marked = {uid for mask in masks for uid in mask.uids}
    stacks, not_chosen = choose_series(
        [head for head in heads if head.name not in taken], source.series or SeriesRules(),
        is_preferred=lambda stack: not marked.isdisjoint(uids_of(stack.slices) | converted_from(stack.slices)),
    )
    assigned, without = assign_masks(masks, stacks, heads, work.root)
    stacks, unfit = _with_masks(stacks, assigned, spec)
    return SeriesReads(
        reads=read_stacks(stacks, assigned, spec, work, progress=progress),
        exclusions=[*exclusions, *not_chosen, *without, *unfit],
        files={stack.path: len(stack.names) + len(assigned[stack.path]) for stack in stacks},
        known=_known(heads, work.key),
        masks=tuple(mask for stack in stacks for mask in assigned[stack.path]),
    )


def _known(heads: Sequence[Head], key: bytes | None) -> frozenset[str]:
    slices = [header for head in heads for header in head.slices]
    patients = {header.patient_id for header in slices if header.patient_id}
    uids = {uid for header in slices for uid in (header.study_instance_uid, header.series_instance_uid)}
    return frozenset(uids | {patient_key(patient, "", key=key) for patient in patients})


def _with_masks(
    stacks: Sequence[Stack], assigned: dict[str, list[MaskFile]], spec: CohortSpec
) -> tuple[list[Stack], list[Exclusion]]:
    """Series that have what the cohort needs, and those that have not; a cohort without masks needs nothing."""
    source = spec.source.masks if isinstance(spec.source, DicomSource) else None
    if source is None:
        return list(stacks), []
    kept, exclusions = [], []
    for stack in stacks:
        found = assigned[stack.path]
        problem = problem_of_masks(found, source, spec.reference.classes)
        if problem is None:
            kept.append(stack)
        else:
            files = len(stack.names) + len(found)
            exclusions.append(Exclusion(path=stack.path, code=problem[0], reason=problem[1], files=files))
    return kept, exclusions
