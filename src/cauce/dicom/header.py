"""Header → Acquisition: what is known of the image, without who the patient is."""

import re

from pydicom.dataset import Dataset

from cauce.dicom.read import transfer_syntax
from cauce.dicom.spacing import pixel_spacing_mm
from cauce.dicom.values import day, first_item, number, text, texts
from cauce.dicom.vendors import UNKNOWN, unify_vendor
from cauce.domain.study import Acquisition, Sex

TAGS = (
    "KVP", "Exposure", "ExposureTime", "XRayTubeCurrent", "DistanceSourceToDetector", "Grid", "FilterType", "DetectorType",
    "ExposureIndex", "RelativeXRayExposure", "PresentationIntentType", "BurnedInAnnotation", "ImageLaterality",
    "SoftwareVersions", "ConvolutionKernel", "SliceThickness", "MagneticFieldStrength",
)
"""Acquisition attributes that are kept as text by their keyword; none of them identifies a person."""

_MAXIMUM_TAG_LENGTH = 64
_OLDEST_YEARS = 130
_DAYS = {"D": 1.0, "W": 7.0, "M": 365.25 / 12, "Y": 365.25}

VIEW_CODES = {
    "399348003": "AP", "R-10206": "AP",
    "399198007": "PA", "R-10214": "PA",
    "399067008": "LATERAL", "R-10228": "LATERAL",
    "399173006": "LL", "R-10236": "LL",
    "399352003": "RL", "R-10232": "RL",
}
"""View codes of CID 4010 (SNOMED CT and the older SRT) → ViewPosition; read where ViewPosition is empty."""


def acquisition_of(dataset: Dataset) -> Acquisition:
    """Acquisition tags of one instance; a value that is missing or malformed stays unknown."""
    bits = number(dataset, "BitsStored")
    tags = {keyword: "\\".join(texts(dataset, keyword))[:_MAXIMUM_TAG_LENGTH] for keyword in TAGS}
    tags["TransferSyntax"] = transfer_syntax(dataset)
    return Acquisition(
        modality=text(dataset, "Modality").upper() or UNKNOWN,
        body_part=text(dataset, "BodyPartExamined").upper() or UNKNOWN,
        view=_view(dataset),
        origin=text(dataset, "InstitutionName", UNKNOWN),
        vendor=unify_vendor(text(dataset, "Manufacturer")),
        model=text(dataset, "ManufacturerModelName", UNKNOWN),
        sex=_sex(text(dataset, "PatientSex")),
        age_years=_age_years(dataset),
        pixel_spacing_mm=pixel_spacing_mm(dataset),
        photometric_interpretation=text(dataset, "PhotometricInterpretation", UNKNOWN),
        bits_stored=None if bits is None else int(bits),
        tags={keyword: value for keyword, value in sorted(tags.items()) if value},
    )


def _view(dataset: Dataset) -> str:
    position = text(dataset, "ViewPosition").upper()
    if position:
        return position
    code = first_item(dataset, "ViewCodeSequence")
    return VIEW_CODES.get(text(code, "CodeValue"), UNKNOWN) if code is not None else UNKNOWN


def _sex(value: str) -> Sex:
    known = {member.value: member for member in (Sex.FEMALE, Sex.MALE, Sex.OTHER)}
    return known.get(value.upper()[:1], Sex.UNKNOWN)


def _age_years(dataset: Dataset) -> float | None:
    """PatientAge (0010,1010), else StudyDate minus PatientBirthDate; None outside 0 to 130 years."""
    stated = re.fullmatch(r"(\d{1,3})([DWMY])", text(dataset, "PatientAge").upper())
    if stated:
        age = int(stated[1]) * _DAYS[stated[2]] / 365.25
    else:
        born, studied = day(dataset, "PatientBirthDate"), day(dataset, "StudyDate")
        if born is None or studied is None:
            return None
        age = (studied - born).days / 365.25
    return round(age, 3) if 0 <= age <= _OLDEST_YEARS else None
