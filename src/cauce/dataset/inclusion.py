"""Which read files enter a cohort; each that does not gets its reason."""

from cauce.dataset.listing import Listing, Stated, folders_of
from cauce.dataset.reading import FileRead
from cauce.dicom.pseudonym import patient_key
from cauce.dicom.vendors import UNKNOWN
from cauce.domain.cohort import CohortSpec, Exclusion, InclusionCriteria
from cauce.domain.reference import ReferenceKind, ReferenceStandard
from cauce.domain.study import InstanceRow


def decide(read: FileRead, listing: Listing, spec: CohortSpec, *, key: bytes | None) -> InstanceRow | Exclusion:
    """The row of an included file, or the reason why it is excluded."""
    if read.row is None:
        return Exclusion(path=read.name, code=read.code, reason=read.reason)
    if read.slices > 1:
        return Exclusion(path=read.name, code="multi-frame", reason=f"{read.slices} frames, expected a single image")
    stated = listing.stated_of(read.row)
    row = with_class(_completed(read.row, stated, key), spec.reference)
    if stated.patient_id is None and not read.patient_known:
        return Exclusion(path=read.name, code="no-patient", reason="the file names no patient (PatientID is empty)")
    problem = problem_of(row, spec, has_labels=listing.has_labels)
    return row if problem is None else Exclusion(path=read.name, code=problem[0], reason=problem[1])


def problem_of(row: InstanceRow, spec: CohortSpec, *, has_labels: bool) -> tuple[str, str] | None:
    """Code and reason why a complete row is not included, None when it is."""
    return _criteria(row, spec.include) or (_label(row, spec) if has_labels else None)


def with_class(row: InstanceRow, reference: ReferenceStandard) -> InstanceRow:
    """Of several findings, the class is the first positive one, else the first negative one, else the first."""
    if not row.labels or reference.kind not in (ReferenceKind.CLASS, ReferenceKind.CLASSES, ReferenceKind.LABELS):
        return row
    ranked = (*(name for name in row.labels if name in reference.positive),
              *(name for name in row.labels if name in reference.negative), *row.labels)
    return row if row.label == ranked[0] else row.model_copy(update={"label": ranked[0]})


def without_duplicates(rows: list[InstanceRow]) -> tuple[list[InstanceRow], list[Exclusion]]:
    """Keep the first of several files that are the same instance of the same patient.

    Copies under another patient stay: they are for the audit to find.
    """
    seen: dict[tuple[str, str, str | None], str] = {}
    kept, exclusions = [], []
    for row in rows:
        identity = (row.patient_key, row.sop_instance_uid, row.pixel_sha256)
        if identity in seen and seen[identity] != row.path:
            exclusions.append(Exclusion(path=row.path, code="duplicate", reason=f"the same instance as {seen[identity]}"))
        else:
            seen[identity] = row.path
            kept.append(row)
    return kept, exclusions


def labels_without_image(rows: list[InstanceRow], excluded: list[FileRead], listing: Listing) -> list[Exclusion]:
    """What the label table names and no file has: UIDs, patients or folders."""
    if listing.stated_key == "path":
        return []
    found = {key for row in rows for key in listing.keys_of(row)}
    found |= {key for read in excluded if read.row is not None for key in listing.keys_of(read.row)}
    if listing.stated_key == "folder":
        found |= {folder for name in listing.names for folder in folders_of(name)}
    return [
        Exclusion(path=uid, code="label-without-image", reason="the label table names it and no file has it")
        for uid in listing.stated if uid not in found
    ]


def _completed(row: InstanceRow, stated: Stated, key: bytes | None) -> InstanceRow:
    """The table fills what the file does not say; origin, which few files say well, is the table's where it states one."""
    acquisition = row.acquisition
    fill = {
        name: value for name, value in stated.acquisition.items()
        if getattr(acquisition, name) in (UNKNOWN, None) or (name == "origin" and value != UNKNOWN)
    }
    changes: dict[str, object] = {
        "acquisition": acquisition.model_copy(update=fill), "label": stated.label, "source_partition": stated.source_partition,
        "labels": stated.labels or row.labels,
    }
    if stated.patient_id is not None:
        changes["patient_key"] = patient_key(stated.patient_id, "", key=key)
    return row.model_copy(update=changes)


def _criteria(row: InstanceRow, include: InclusionCriteria) -> tuple[str, str] | None:
    found = row.acquisition
    for code, value, allowed in (
        ("modality", found.modality, include.modalities), ("body-part", found.body_part, include.body_parts),
        ("view", found.view, include.views),
    ):
        if allowed and value not in allowed:
            return code, f"{code} is {value}, the cohort takes {', '.join(allowed)}"
    if found.tags.get("PresentationIntentType", "").upper() == "FOR PROCESSING" and not include.for_processing:
        return "for-processing", "PresentationIntentType is FOR PROCESSING: the detector's raw values, not what is read"
    low, high = include.minimum_age_years, include.maximum_age_years
    if low is not None or high is not None:
        if found.age_years is None:
            return "age", "the age is unknown and the cohort is limited by age"
        if found.age_years < (low or 0) or (high is not None and found.age_years > high):
            return "age", f"outside {low or 0:g} to {high if high is not None else 130:g} years"
    if row.rows is not None and row.columns is not None and min(row.rows, row.columns) < include.minimum_rows:
        return "too-small", f"{row.rows} × {row.columns} pixels, the cohort takes at least {include.minimum_rows}"
    return None


def _label(row: InstanceRow, spec: CohortSpec) -> tuple[str, str] | None:
    reference = spec.reference
    if row.label is None:
        return "no-label", "no label in the table"
    if reference.kind is ReferenceKind.CLASSES and row.label not in reference.classes:
        return "other-label", f"label '{row.label}' is no class of the reference standard"
    if reference.kind is ReferenceKind.CLASS and row.label not in (*reference.positive, *reference.negative):
        return "other-label", f"label '{row.label}' is neither positive nor negative in the reference standard"
    return None
