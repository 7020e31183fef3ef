"""A table without images → rows: what can be said of a cohort when nothing but its metadata is at hand."""

from pathlib import Path

from cauce.dataset.bands import with_bands
from cauce.dataset.csv_table import CsvTable, read_csv
from cauce.dataset.inclusion import problem_of, with_class
from cauce.dataset.listing import statement_of, vendor_spellings
from cauce.dataset.reading_checks import ReadingChecks
from cauce.dataset.table_readings import list_readings
from cauce.dicom.pseudonym import patient_key
from cauce.dicom.uids import uid_from
from cauce.domain.cohort import CohortSpec, Exclusion, TableSource, VendorSpelling
from cauce.domain.errors import InputError
from cauce.domain.study import Acquisition, InstanceRow


def read_metadata(
    spec: CohortSpec, root: Path, *, key: bytes | None
) -> tuple[list[InstanceRow], list[Exclusion], tuple[VendorSpelling, ...]]:
    """Rows sorted by path, exclusions, and the vendors as they were written.

    A row without a column for images is named by table and line. Digests, sizes and statistics stay None; an age outside 0 to
    130 years is unknown. Each row is a study of its own: the table does not say otherwise.

    Raises:
        InputError: a column or a patient is missing, or an image stands in two rows; the row is named.
    """
    source = spec.source
    if not isinstance(source, TableSource):
        raise InputError("not a table", where="source", remedy="Set source.kind to table.")
    table = read_csv(root / source.table)
    table.need_columns(tuple(source.columns.model_dump().values()))
    acquisitions: dict[tuple[tuple[str, object], ...], Acquisition] = {}
    keys: dict[str, str] = {}
    rows: dict[str, InstanceRow] = {}
    exclusions: list[Exclusion] = []
    names = [_name(table, index, source) for index in range(len(table.rows))]
    checks = ReadingChecks(spec, list_readings(source, spec.reference, root, table, names), root)
    seen: set[str] = set()
    for index, cells in enumerate(table.rows):
        stated = statement_of(cells, source)
        name = names[index]
        if name in seen:
            raise InputError("an image stands in two rows", where=table.where(index), got=name, remedy="Keep one of them.")
        seen.add(name)
        if not stated.patient_id:
            raise InputError("a row names no patient", where=table.where(index), expected=f"'{source.columns.patient}' filled",
                             remedy="Without the patient an image cannot be kept in one partition.")
        if stated.patient_id not in keys:
            keys[stated.patient_id] = patient_key(stated.patient_id, "", key=key)
        said = tuple(stated.acquisition.items())
        if said not in acquisitions:
            acquisitions[said] = Acquisition.model_validate(stated.acquisition)
        patient = keys[stated.patient_id]
        # Not validated field by field: every value was made here, half a million times.
        row = with_class(InstanceRow.model_construct(
            path=name, file_sha256=None, pixel_sha256=None, patient_key=patient,
            study_instance_uid=uid_from("study", patient, name), series_instance_uid=uid_from("series", patient, name),
            sop_instance_uid=uid_from("instance", patient, name), rows=None, columns=None, acquisition=acquisitions[said],
            statistics=None, label=stated.label, labels=stated.labels, source_partition=stated.source_partition,
        ), spec.reference)
        problem = problem_of(row, spec, has_labels=source.columns.label is not None)
        outcome = checks(row) if problem is None else Exclusion(path=name, code=problem[0], reason=problem[1])
        if isinstance(outcome, Exclusion):
            exclusions.append(outcome)
        else:
            rows[name] = outcome
    exclusions.sort(key=lambda exclusion: (exclusion.path, exclusion.code))
    return with_bands([rows[name] for name in sorted(rows)], spec.reference), exclusions, vendor_spellings(table, source)


def _name(table: CsvTable, index: int, source: TableSource) -> str:
    """The table's own name for an image, never a path that anybody opens."""
    if source.columns.image is None:
        return f"{table.name}#{index + 2:07d}"
    cell = table.rows[index][source.columns.image]
    if not cell:
        raise InputError("a row names no image", where=table.where(index), got="an empty cell", remedy="Fill it in.")
    return cell
