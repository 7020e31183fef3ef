"""What is known of an imaging instance without knowing who the patient is."""

from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

from cauce.domain.record import Digest, Record
from cauce.domain.reference import Channel, MaskAgreement, Reading, VolumeGeometry

PatientKey = Annotated[str, StringConstraints(pattern=r"^P[0-9a-f]{16}$")]
"""Stable pseudonym of a patient; the only grouping key of a split. Made by `cauce.dicom.pseudonym`."""


class Sex(StrEnum):
    """PatientSex (0010,0040), with unknown said aloud."""

    FEMALE = "F"
    MALE = "M"
    OTHER = "O"
    UNKNOWN = "unknown"


class Acquisition(Record):
    """Acquisition tags of one instance, free of identifiers. `unknown` and None mean the source does not say.

    Attributes:
        origin: hospital or country the image comes from.
        vendor: manufacturer, spelling unified (`SIEMENS`, `Siemens AG` → `Siemens`).
        view: ViewPosition (0018,5101): PA, AP, LL, ...
        pixel_spacing_mm: (row, column) spacing at the detector or patient, whichever the file gives.
        tags: further acquisition values by DICOM keyword (KVP, Exposure, ConvolutionKernel, ...), as text.
    """

    modality: str = "unknown"
    body_part: str = "unknown"
    view: str = "unknown"
    origin: str = "unknown"
    vendor: str = "unknown"
    model: str = "unknown"
    sex: Sex = Sex.UNKNOWN
    age_years: float | None = None
    pixel_spacing_mm: tuple[float, float] | None = None
    photometric_interpretation: str = "unknown"
    bits_stored: int | None = None
    tags: dict[str, str] = {}


class PixelStatistics(Record):
    """Descriptors of the display-oriented pixels (after LUTs and inversion), each comparable between images.

    Sources are in `cauce.predictor.descriptors`. Intensities are in units of the stored range, 0 to 1.
    """

    mean: float
    standard_deviation: float
    p01: float
    p25: float
    p50: float
    p75: float
    p99: float
    noise: float
    sharpness: float
    contrast: float
    border_fraction: float


class InstanceRow(Record):
    """One row of a cohort table: one image, its place in the DICOM hierarchy, and its reference label.

    Attributes:
        path: relative to the cohort's data root, with forward slashes; in a table without images its name for the image.
        file_sha256, pixel_sha256, rows, columns, statistics: None in a table without images: nothing was read.
        label: the reference class, or None for an unlabelled instance.
        source_partition: the partition that the source itself proposes, if it does.
        labels: all findings of the image where the source names several.
        volume: geometry of a volume; None for a single image.
        files: of a DICOM series, in the order of its slices; empty means `path` alone. Of a series, `path`, its digest, its
            SOP Instance UID, acquisition and statistics are the middle slice's; `pixel_sha256` is the whole volume's.
        channels: of a case with several input channels, in the order of the cohort's YAML; `path` is the first.
        readings: what each reader says of the image, kept apart.
        agreement: of each two readers' masks of a volume, by class.
    """

    path: str
    file_sha256: Digest | None
    pixel_sha256: Digest | None
    patient_key: PatientKey
    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uid: str
    study_day: int | None = None
    rows: int | None
    columns: int | None
    acquisition: Acquisition
    statistics: PixelStatistics | None
    label: str | None
    source_partition: str | None = None
    labels: tuple[str, ...] = ()
    volume: VolumeGeometry | None = None
    files: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = ()
    readings: tuple[Reading, ...] = ()
    agreement: tuple[MaskAgreement, ...] = ()
