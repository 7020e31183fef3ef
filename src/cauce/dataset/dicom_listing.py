"""DICOM files below a folder, and what a table says of them by UID, patient or folder."""

from collections import Counter
from pathlib import Path, PurePosixPath

from cauce.dataset.csv_table import CsvTable, read_csv
from cauce.dataset.listing import Listing, Stated, partition_of, person_of
from cauce.dicom.pseudonym import patient_key
from cauce.dicom.vendors import unify_vendor
from cauce.domain.cohort import DicomSource, VendorSpelling
from cauce.domain.errors import InputError
from cauce.predictor.source import find_files

_STATED_KEYS = {"patient_id": "patient_key"}
"""Attribute of a row by key of the source, where they differ: a row knows no patient but by key."""


def list_dicom(source: DicomSource, root: Path, *, key: bytes | None = None) -> Listing:
    """Files under a folder, and what the table of labels says.

    Args:
        source: of the cohort.
        root: data root.
        key: secret that PatientKeys are made with.

    Raises:
        InputError: the folder is empty or leaves the data root, or the table lacks a column or contradicts itself.
    """
    if Path(source.root).is_absolute() or ".." in Path(source.root).parts:
        raise InputError("not a path below the data root", where="source.root", got=source.root,
                         remedy="Make it relative; give --data.")
    folder = root / source.root
    labels = folder / source.labels if source.labels else None
    files = [path for path in find_files(folder) if path != labels]
    names = tuple(sorted(path.relative_to(root).as_posix() for path in files))
    if not names:
        raise InputError("the folder holds no images", where=source.root, remedy="Give the folder with the DICOM files.")
    stated_key = _STATED_KEYS.get(source.key, source.key)
    if labels is None:
        return Listing(root, names, {}, stated_key, has_labels=False)
    table = read_csv(labels)
    stated = _statements(table, source, key)
    return Listing(root, names, stated, stated_key, source.label is not None, _spellings(table, source))


def _statements(table: CsvTable, source: DicomSource, key: bytes | None) -> dict[str, Stated]:
    column = source.key_column or source.key
    named = (source.label, source.origin, source.vendor, source.sex, source.age_years, source.source_partition)
    table.need_columns((column, *named))
    stated: dict[str, Stated] = {}
    for index, row in enumerate(table.rows):
        name = _key_of(row[column], source, key)
        new = _statement(row, source)
        if not name or stated.get(name, new) != new:
            raise InputError(f"a row without {source.key}, or two rows of one that differ", where=table.where(index),
                             remedy=f"Give each {source.key} one row.")
        stated[name] = new
    return stated


def _key_of(cell: str, source: DicomSource, key: bytes | None) -> str:
    """What the statements are kept by; a PatientID is turned into its PatientKey at once."""
    if source.key == "patient_id":
        return patient_key(cell, "", key=key) if cell else ""
    if source.key == "folder":
        return PurePosixPath(source.root, cell.replace("\\", "/").strip("/")).as_posix() if cell else ""
    return cell


def _statement(row: dict[str, str], source: DicomSource) -> Stated:
    label = row[source.label] if source.label else ""
    parts = [part.strip() for part in label.split(source.label_separator)] if source.label_separator else []
    acquisition = person_of(row, sex=source.sex, age_years=source.age_years)
    if source.origin and row[source.origin]:
        acquisition["origin"] = row[source.origin]
    if source.vendor and row[source.vendor]:
        acquisition["vendor"] = unify_vendor(row[source.vendor])
    partition = row[source.source_partition] if source.source_partition else ""
    return Stated(label=label or None, labels=tuple(part for part in parts if part), acquisition=acquisition,
                  source_partition=partition_of(partition))


def _spellings(table: CsvTable, source: DicomSource) -> tuple[VendorSpelling, ...]:
    counts = Counter(row[source.vendor] for row in table.rows if row[source.vendor]) if source.vendor else Counter()
    return tuple(
        VendorSpelling(written=written, unified=unify_vendor(written), instances=count)
        for written, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )
