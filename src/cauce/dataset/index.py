"""Files → Cohort: list, read on all cores, decide, and only then write, all at once."""

import io
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter, ValidationError

from cauce import __version__
from cauce.dataset.bands import with_bands
from cauce.dataset.dicom_listing import list_dicom
from cauce.dataset.inclusion import decide, labels_without_image, without_duplicates
from cauce.dataset.journal import Journal
from cauce.dataset.listing import Listing, list_table
from cauce.dataset.metadata_table import read_metadata
from cauce.dataset.nifti_index import read_cases
from cauce.dataset.reading import FileRead, read_files
from cauce.dataset.reading_checks import ReadingChecks
from cauce.dataset.sample_pictures import Samples
from cauce.dataset.series_masks import segment_spellings
from cauce.dataset.series_reading import read_chosen_series
from cauce.dataset.series_volumes import Work
from cauce.dataset.table_readings import check_readings
from cauce.dataset.thumbnail import THUMBNAIL
from cauce.dicom.pseudonym import load_key
from cauce.domain.cohort import Cohort, CohortSpec, DicomSource, Exclusion, NiftiSource, PhantomSource, TableSource
from cauce.domain.errors import InputError
from cauce.domain.progress import Progress, silent
from cauce.domain.record import Name, sha256_hex
from cauce.domain.study import InstanceRow
from cauce.store.cohort_table import write_rows
from cauce.store.data_root import phantom_folder, remember_data_root
from cauce.store.workspace import Workspace
from cauce.store.yaml_adapter import read_yaml

_SAMPLES_PER_CLASS = 18


def index_cohort(
    workspace: Workspace, yaml_path: Path, *, name: str, data_root: Path | None = None, progress: Progress = silent
) -> Cohort:
    """Index what a `cohort.yaml` describes and store the Cohort under `name`.

    An interrupted call continues where it stopped; a call on unchanged files gives the same record.

    Args:
        workspace: where table, record and journal go.
        yaml_path: the file, or a folder that holds `cohort.yaml`.
        name: of the cohort.
        data_root: folder that relative paths in the YAML start from; None means the YAML's own folder.
        progress: told after every few files.

    Raises:
        ConfigurationError: the YAML is wrong.
        InputError: `name` is not a Name, the source is empty, a table is wrong, or every file was excluded; then nothing is
            written.
    """
    path = yaml_path / "cohort.yaml" if yaml_path.is_dir() else yaml_path
    spec = read_yaml(path, CohortSpec)
    _check_name(name)
    key = load_key(workspace.settings, workspace.root)
    if isinstance(spec.source, NiftiSource):
        return _index_nifti(workspace, name, spec, (data_root or path.parent, key), progress)
    if not (isinstance(spec.source, DicomSource) and spec.source.masks):
        check_readings(spec)
    if isinstance(spec.source, TableSource) and spec.source.images is None:
        return _index_metadata(workspace, name, spec, (data_root or path.parent, key))
    listing = _list(workspace, spec, data_root or path.parent, name=name, progress=progress)
    journal = workspace.root / "journal" / f"{name}.db"
    if isinstance(spec.source, DicomSource) and spec.source.unit == "series":
        work = Work(listing.root, key, journal, workspace.arrays.root)
        series = read_chosen_series(listing.names, spec, work, progress=progress)
        reads = series.reads
        rows, exclusions = _decide(reads, listing, spec, key)
        exclusions = series.explain(exclusions)
        if spec.source.masks is not None:
            read = [reading.mask for row in rows for reading in row.readings if reading.mask is not None]
            used = {name for mask in read for name in mask.files or (mask.path,)}
            masks = [mask for mask in series.masks if mask.name in used]
            spellings = segment_spellings(masks, spec.source.masks, spec.reference.classes)
            listing = replace(listing, segment_spellings=spellings)
    else:
        known = Journal(journal, root=listing.root, key=key)
        reads = read_files(listing.root, listing.names, key=key, journal=known, progress=progress)
        rows, exclusions = _decide(reads, listing, spec, key)
    if not rows:
        raise _nothing_left(name, exclusions)
    cohort = _store(workspace, name, spec, (rows, exclusions, {read.name: read.thumbnail for read in reads}), listing, key)
    remember_data_root(workspace, name, listing.root)
    return cohort


def _index_metadata(workspace: Workspace, name: str, spec: CohortSpec, place: tuple[Path, bytes | None]) -> Cohort:
    """A table without images: nothing but the table is read, and the record says so."""
    root, key = place
    rows, exclusions, spellings = read_metadata(spec, root, key=key)
    if not rows:
        raise _nothing_left(name, exclusions)
    history = workspace.records.history(Cohort, name)
    cohort = Cohort(
        name=name, spec=spec, table_sha256=write_rows(workspace, rows), n_instances=len(rows),
        n_studies=len({row.study_instance_uid for row in rows}), n_patients=len({row.patient_key for row in rows}),
        exclusions=tuple(exclusions), supersedes=history[-1] if history else None, cauce_version=__version__,
        pixels_read=False, vendor_spellings=spellings,
    )
    kept = _put(workspace, cohort, history)
    remember_data_root(workspace, name, root)
    return kept


def _index_nifti(
    workspace: Workspace, name: str, spec: CohortSpec, place: tuple[Path, bytes | None], progress: Progress
) -> Cohort:
    root, key = place
    _check_folder(root)
    journal = workspace.root / "journal" / f"{name}.db"
    rows, exclusions, thumbnails = read_cases(spec, root, journal=journal, key=key, progress=progress)
    if not rows:
        raise _nothing_left(name, exclusions)
    listing = Listing(root, tuple(thumbnails), {}, "path", has_labels=False)
    cohort = _store(workspace, name, spec, (rows, exclusions, thumbnails), listing, key)
    remember_data_root(workspace, name, root)
    return cohort


def _check_name(name: str) -> None:
    try:
        TypeAdapter(Name).validate_python(name)
    except ValidationError:
        raise InputError(
            "not a name for a cohort", where=name, expected="at most 100 letters, digits, '_', '.' and '-'",
            remedy="Rename the folder that holds the YAML, or give --name where the command has it.",
        ) from None


def _list(workspace: Workspace, spec: CohortSpec, root: Path, *, name: str, progress: Progress) -> Listing:
    _check_folder(root)
    match spec.source:
        case TableSource():
            return list_table(spec.source, root, spec.reference)
        case DicomSource():
            return list_dicom(spec.source, root, key=load_key(workspace.settings, workspace.root))
        case PhantomSource():
            from cauce.phantom.cohort import write_cohort

            folder = write_cohort(phantom_folder(workspace, name), spec.source, progress=progress)
            return _list_phantom(folder)
        case NiftiSource():
            raise InputError("cases of several files are not listed one by one", where=name)


def _check_folder(root: Path) -> None:
    if not root.is_dir():
        raise InputError("the data folder is missing", where=root.name, remedy="Give --data the folder with the images.")


def _list_phantom(folder: Path) -> Listing:
    """Digital patients are read like any other DICOM; their truth table lies beside the images."""
    listing = list_dicom(DicomSource(root=".", labels="truth.csv", origin="origin"), folder)
    return replace(listing, names=tuple(name for name in listing.names if name.endswith(".dcm")))


def _decide(
    reads: list[FileRead], listing: Listing, spec: CohortSpec, key: bytes | None
) -> tuple[list[InstanceRow], list[Exclusion]]:
    outcomes = [decide(read, listing, spec, key=key) for read in reads]
    checks = ReadingChecks(spec, listing.said, listing.root)
    outcomes = [checks(outcome) if isinstance(outcome, InstanceRow) else outcome for outcome in outcomes]
    rows = with_bands([outcome for outcome in outcomes if isinstance(outcome, InstanceRow)], spec.reference)
    exclusions = [*checks.dropped, *(outcome for outcome in outcomes if isinstance(outcome, Exclusion))]
    exclusions += labels_without_image(rows, reads, listing)
    # A table that names one image twice means it, and its own partitions may: the audit must see both.
    rows, duplicates = (rows, []) if listing.stated_key == "path" else without_duplicates(rows)
    return rows, sorted([*exclusions, *duplicates], key=lambda exclusion: (exclusion.path, exclusion.code))


def _nothing_left(name: str, exclusions: list[Exclusion]) -> InputError:
    common = Counter(exclusion.code for exclusion in exclusions).most_common(3)
    first = next(exclusion for exclusion in exclusions if exclusion.code == common[0][0])
    reasons = ", ".join(f"{code} {count}" for code, count in common)
    example = f"{first.path}: {first.reason.split('. ')[0]}"
    return InputError(
        f"no file can be used ({len(exclusions)} excluded: {reasons}; first: {example})", where=name,
        remedy="Check the folder and the criteria in cohort.yaml.",
    )


def _store(
    workspace: Workspace, name: str, spec: CohortSpec,
    content: tuple[list[InstanceRow], list[Exclusion], dict[str, bytes]], listing: Listing, key: bytes | None,
) -> Cohort:
    rows, exclusions, thumbnails = content
    stack = np.frombuffer(b"".join(thumbnails[row.path] for row in rows), dtype=np.uint8).reshape(-1, THUMBNAIL, THUMBNAIL)
    samples = _sample_paths(rows)
    by_path = {row.path: row for row in rows}
    drawn = [Samples(spec, listing.root, workspace.arrays, key).draw(by_path[path]) for path in samples]
    lines = np.stack([each for _, each in drawn])
    history = workspace.records.history(Cohort, name)
    cohort = Cohort(
        name=name, spec=spec, table_sha256=write_rows(workspace, rows), n_instances=len(rows),
        n_studies=len({row.study_instance_uid for row in rows}), n_patients=len({row.patient_key for row in rows}),
        exclusions=tuple(exclusions), supersedes=history[-1] if history else None, cauce_version=__version__,
        thumbnails_sha256=workspace.arrays.put_bytes(_npy(stack)), vendor_spellings=listing.vendor_spellings,
        samples_sha256=workspace.arrays.put_bytes(_npy(np.stack([grey for grey, _ in drawn]))), samples=samples,
        sample_lines_sha256=workspace.arrays.put_bytes(_npy(lines)) if lines.any() else None,
        segment_spellings=listing.segment_spellings,
    )
    return _put(workspace, cohort, history)


def _put(workspace: Workspace, cohort: Cohort, history: list[str]) -> Cohort:
    """Store a cohort, unless its name points to the same one already."""
    if history:
        newest = workspace.records.get(Cohort, history[-1])
        if cohort.model_copy(update={"supersedes": newest.supersedes}) == newest:
            return newest
    workspace.records.put(cohort, cohort.name)
    return cohort


def _sample_paths(rows: list[InstanceRow]) -> tuple[str, ...]:
    """A few instances of each class, of different patients, chosen by digest and not by a person."""
    chosen: list[str] = []
    for label in sorted({row.label or "" for row in rows}):
        of_class = sorted((row for row in rows if (row.label or "") == label), key=lambda row: sha256_hex(row.path.encode()))
        by_patient = {row.patient_key: row for row in reversed(of_class)}
        chosen += [row.path for row in list(by_patient.values())[-_SAMPLES_PER_CLASS:]]
    return tuple(chosen)


def _npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    return stream.getvalue()
