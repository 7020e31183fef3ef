"""A folder of NIfTI cases → rows and exclusions: list, read on all cores, decide."""

from pathlib import Path

from cauce.dataset.inclusion import problem_of, without_duplicates
from cauce.dataset.journal import Journal
from cauce.dataset.nifti_cases import list_cases
from cauce.dataset.nifti_reading import CaseReader
from cauce.dataset.reading import FileRead, Reader, read_files
from cauce.domain.cohort import CohortSpec, Exclusion, NiftiSource
from cauce.domain.errors import ConfigurationError
from cauce.domain.progress import Progress
from cauce.domain.record import canonical_json
from cauce.domain.reference import ReferenceKind
from cauce.domain.study import InstanceRow

_CHUNK = 4  # volumes of one task


def read_cases(
    spec: CohortSpec, root: Path, *, journal: Path, key: bytes | None, progress: Progress
) -> tuple[list[InstanceRow], list[Exclusion], dict[str, bytes]]:
    """Rows, exclusions and thumbnails by path; cases in the journal whose files are unchanged are not read again.

    Raises:
        ConfigurationError: the source is not NIfTI, or the reference standard is no mask.
        InputError: as `list_cases`.
    """
    source = spec.source
    if not isinstance(source, NiftiSource) or spec.reference.kind is not ReferenceKind.MASK:
        raise ConfigurationError("NIfTI volumes are indexed with a mask as their reference", where="reference.kind",
                                 expected="mask", got=spec.reference.kind.value,
                                 remedy="Write `kind: mask` and name the classes.")
    cases, exclusions = list_cases(source, root)
    order = [list(source.channels), list(source.masks), list(spec.reference.classes)]
    depends = (key or b"") + canonical_json([source.model_dump(mode="json"), order])
    together = {name: case.files for name, case in cases.items()}
    reads = read_files(
        root, list(cases), key=key, progress=progress, journal=Journal(journal, root=root, key=depends, together=together),
        reader=Reader(CaseReader(source, cases, spec.reference.classes), _CHUNK),
    )
    rows: list[InstanceRow] = []
    for read in reads:
        outcome = _decide(read, spec)
        if isinstance(outcome, InstanceRow):
            rows.append(outcome)
        else:
            exclusions.append(outcome)
    rows, duplicates = without_duplicates(rows)
    ordered = sorted([*exclusions, *duplicates], key=lambda exclusion: (exclusion.path, exclusion.code))
    return rows, ordered, {read.name: read.thumbnail for read in reads}


def _decide(read: FileRead, spec: CohortSpec) -> InstanceRow | Exclusion:
    if read.row is None:
        return Exclusion(path=read.name, code=read.code, reason=read.reason)
    problem = problem_of(read.row, spec, has_labels=False)
    return read.row if problem is None else Exclusion(path=read.name, code=problem[0], reason=problem[1])
