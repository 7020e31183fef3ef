"""Cohort: the included instances, the criteria that chose them, and a reason for every exclusion."""

import re
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from cauce.domain.mask_source import MaskSource, SegmentSpelling
from cauce.domain.reading_source import ReadingSource
from cauce.domain.record import Digest, Name, Record
from cauce.domain.reference import ReferenceKind, ReferenceStandard
from cauce.domain.series import SeriesRules
from cauce.domain.split import SplitPolicy


def _is_none(value: object) -> bool:
    """Left out of the JSON, so that records made before the field was known keep their digest."""
    return value is None


class SourceKind(StrEnum):
    """How images and labels come."""

    DICOM = "dicom"
    TABLE = "table"
    NIFTI = "nifti"
    PHANTOM = "phantom"


class ColumnMap(Record):
    """Which column of the source's table means what. Only `image` and `patient` are required; without images `patient`."""

    image: str | None = None
    patient: str
    label: str | None = None
    origin: str | None = None
    vendor: str | None = None
    view: str | None = None
    sex: str | None = None
    age_years: str | None = None
    source_partition: str | None = None


class DicomSource(Record):
    """A folder of DICOM files of any depth, and a table of labels, partitions and the like.

    Attributes:
        root: folder relative to the data root.
        unit: what a row is: one file, or one series read as a volume.
        series: which series of a study are taken; unit `series` alone.
        masks: segmentations and structure sets; unit `series` and reference kind `mask` alone.
        labels: CSV file relative to `root`.
        key: what a row of `labels` is about: an instance, series, study, patient (PatientID, of files that name no issuer of
            it), or all files below a folder, whose path starts from `root`.
        key_column: column of `labels` that holds it; None when it is called like the key.
        label: column of `labels`; null when it holds no labels, but e.g. partitions.
        label_separator: between the findings of one cell of the label column, e.g. "|".
        origin, vendor, sex, age_years: columns of `labels`; origin goes before the file's InstitutionName (0008,0080), the
            others fill what the file does not say.
        source_partition: column of `labels` with the partition that the source itself proposes.
    """

    kind: Literal[SourceKind.DICOM] = SourceKind.DICOM
    root: str = "."
    unit: Literal["instance", "series"] = Field(default="instance", exclude_if=lambda value: value == "instance")
    series: SeriesRules | None = Field(default=None, exclude_if=_is_none)
    masks: MaskSource | None = Field(default=None, exclude_if=_is_none)
    labels: str | None = None
    key: Literal["sop_instance_uid", "series_instance_uid", "study_instance_uid", "patient_id", "folder"] = "sop_instance_uid"
    key_column: str | None = Field(default=None, exclude_if=_is_none)
    label: str | None = "label"
    label_separator: str | None = Field(default=None, min_length=1, exclude_if=_is_none)
    origin: str | None = None
    vendor: str | None = Field(default=None, exclude_if=_is_none)
    sex: str | None = Field(default=None, exclude_if=_is_none)
    age_years: str | None = Field(default=None, exclude_if=_is_none)
    source_partition: str | None = Field(default=None, exclude_if=_is_none)

    @model_validator(mode="after")
    def _rules_and_key_fit_the_unit(self) -> "DicomSource":
        if self.unit == "instance" and self.series is not None:
            raise ValueError("series rules need `unit: series`")
        if self.unit == "instance" and self.masks is not None:
            raise ValueError("masks need `unit: series`")
        if self.unit == "series" and self.labels is not None and self.key == "sop_instance_uid":
            raise ValueError("labels of series need another key: series_instance_uid, study_instance_uid, patient_id or folder")
        if self.masks is not None and self.labels is not None and self.label is not None:
            raise ValueError("the masks are the reference; write `label: null` to take the other columns of the table")
        return self


class TableSource(Record):
    """PNG, JPEG or TIFF images named by a CSV table.

    Attributes:
        images: folder of the images; null for a table without images, of which nothing but the table is read.
        label_separator: between the findings of one cell of the label column, e.g. "|".
        readings: where the reference stands when it is not one label in the image table; columns.label is then not used.
    """

    kind: Literal[SourceKind.TABLE] = SourceKind.TABLE
    table: str
    images: str | None = "."
    columns: ColumnMap
    modality: str = "DX"
    body_part: str = "CHEST"
    origin: str = "unknown"
    vendor: str = "unknown"
    label_separator: str | None = Field(default=None, min_length=1, exclude_if=_is_none)
    readings: ReadingSource | None = Field(default=None, exclude_if=_is_none)

    @model_validator(mode="after")
    def _images_have_names(self) -> "TableSource":
        if self.images is not None and self.columns.image is None:
            raise ValueError("columns.image is needed; or write `images: null` for a table without images")
        if self.readings is not None and self.columns.label is not None:
            raise ValueError("columns.label and readings both name a reference; keep one of them")
        if self.readings is not None and self.images is None and (self.readings.masks or self.readings.boxes):
            raise ValueError("boxes and masks need images")
        return self


Patterns = str | Annotated[tuple[str, ...], Field(min_length=1)]
"""One pattern of paths, or several."""


def patterns_of(patterns: Patterns) -> tuple[str, ...]:
    """All of them."""
    return (patterns,) if isinstance(patterns, str) else patterns


class NiftiSource(Record):
    """NIfTI volumes with masks on the same grid, found by patterns of paths such as `images/{case}.nii.gz`.

    Attributes:
        root: folder relative to the data root; the patterns start there.
        channels: pattern by name of channel; the first gives the image its grid. A case without one of them is excluded.
        masks: pattern by reader; a case needs the mask of one reader at least. A list of patterns joins folders that name
            their files differently; a case is found by one of them.
        patient: regular expression that finds the patient in the name of a case, by its first group if it has one;
            null when each case is another patient.
        empty_masks: whether a case in which a reader marks nothing stays; it means "nothing found" where lesions are sought.
    """

    kind: Literal[SourceKind.NIFTI] = SourceKind.NIFTI
    root: str = "."
    channels: dict[str, Patterns] = Field(min_length=1)
    masks: dict[str, Patterns] = Field(min_length=1)
    patient: str | None = None
    modality: str = "MR"
    body_part: str = "unknown"
    origin: str = "unknown"
    vendor: str = "unknown"
    empty_masks: Literal["keep", "exclude"] = "keep"

    @model_validator(mode="after")
    def _patterns_name_the_case(self) -> "NiftiSource":
        patterns = [pattern for each in (*self.channels.values(), *self.masks.values()) for pattern in patterns_of(each)]
        if any("{case}" not in pattern for pattern in patterns):
            raise ValueError("every pattern needs {case}, e.g. 'images/{case}.nii.gz'")
        if len(set(patterns)) < len(patterns):
            raise ValueError("two channels or masks have the same pattern")
        if self.patient is not None:
            try:
                re.compile(self.patient)
            except re.error as error:
                raise ValueError(f"patient is no regular expression: {error}") from None
        return self


class PhantomSource(Record):
    """Digital patients made on the spot by `cauce.phantom`, written as DICOM and then read like any other DICOM."""

    kind: Literal[SourceKind.PHANTOM] = SourceKind.PHANTOM
    patients: int = Field(ge=10, le=100_000)
    seed: int = 0
    rows: int = Field(default=512, ge=128, le=4096)


class InclusionCriteria(Record):
    """An instance is included when it meets all of these; empty means no restriction.

    Attributes:
        for_processing: whether images stay whose PresentationIntentType (0008,0068) is FOR PROCESSING. These are the raw values
            of the detector, which nobody reads, and mostly the second copy of an exposure that is there FOR PRESENTATION.
    """

    modalities: tuple[str, ...] = ()
    body_parts: tuple[str, ...] = ()
    views: tuple[str, ...] = ()
    minimum_age_years: float | None = None
    maximum_age_years: float | None = None
    minimum_rows: int = 64
    for_processing: bool = Field(default=False, exclude_if=lambda value: not value)


class CohortSpec(Record):
    """The file `cohort.yaml`."""

    description: str
    licence: str
    source: DicomSource | TableSource | NiftiSource | PhantomSource = Field(discriminator="kind")
    reference: ReferenceStandard
    include: InclusionCriteria = InclusionCriteria()
    split: SplitPolicy = SplitPolicy()

    @model_validator(mode="after")
    def _masks_are_of_the_reference(self) -> "CohortSpec":
        masks = self.source.masks if isinstance(self.source, DicomSource) else None
        if masks is None:
            return self
        if self.reference.kind is not ReferenceKind.MASK:
            raise ValueError("source.masks need reference.kind mask")
        foreign = sorted({name for name in masks.segments.values() if name is not None} - set(self.reference.classes))
        if foreign:
            raise ValueError(f"source.masks.segments names '{foreign[0]}', which is no class of the reference standard")
        return self


class Exclusion(Record):
    """One excluded file with its reason; `code` groups reasons for counting. A series is one, with its `files` counted."""

    path: str
    code: str
    reason: str
    files: int = Field(default=1, exclude_if=lambda value: value == 1)


class VendorSpelling(Record):
    """A manufacturer as the source writes it, the one spelling used for it, and how many images carry it."""

    written: str
    unified: str
    instances: int


class Cohort(Record):
    """Header of a cohort; its rows (`InstanceRow`) stand in the table whose digest is `table_sha256`.

    Attributes:
        thumbnails_sha256: uint8 array (instances, 64, 64) in the order of the table's rows; the audit compares them.
        samples_sha256: uint8 array (images, 160, 160) of a few instances of each class, for the report.
        samples: paths of the instances in that array.
        sample_lines_sha256: uint8 array of the same shape with what readers marked, as lines: number of the class or reader.
        pixels_read: False for a table without images: nothing that needs pixels can be said of it.
        vendor_spellings: of the source's table, most frequent first; empty where no table names manufacturers.
        segment_spellings: of segmentations and structure sets, most frequent first.
    """

    name: Name
    spec: CohortSpec
    table_sha256: Digest
    n_instances: int
    n_studies: int
    n_patients: int
    exclusions: tuple[Exclusion, ...]
    supersedes: Digest | None = None
    cauce_version: str
    thumbnails_sha256: Digest | None = None
    samples_sha256: Digest | None = None
    samples: tuple[str, ...] = ()
    sample_lines_sha256: Digest | None = Field(default=None, exclude_if=_is_none)
    pixels_read: bool = Field(default=True, exclude_if=bool)
    vendor_spellings: tuple[VendorSpelling, ...] = Field(default=(), exclude_if=lambda value: not value)
    segment_spellings: tuple[SegmentSpelling, ...] = Field(default=(), exclude_if=lambda value: not value)
