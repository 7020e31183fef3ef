"""What a report prints about patient and study. Lives in memory and in PDF and SR only, never in a record or a log."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


@dataclass(frozen=True)
class StudyHeader:
    """Header table of a report; an empty string means that the source does not say.

    The representation shows no value, so that a header in a log line or a traceback gives nothing away.

    Attributes:
        study_date, birth_date: DICOM DA, YYYYMMDD.
        sex: DICOM code M, F or O.
    """

    imaging_centre: str = field(default="", repr=False)
    modality: str = field(default="", repr=False)
    study_description: str = field(default="", repr=False)
    study_date: str = field(default="", repr=False)
    patient_name: str = field(default="", repr=False)
    patient_id: str = field(default="", repr=False)
    sex: str = field(default="", repr=False)
    birth_date: str = field(default="", repr=False)
    accession_number: str = field(default="", repr=False)

    @classmethod
    def of(cls, dataset: "Dataset | None", *, institution: str = "") -> "StudyHeader":
        """Read the DICOM header of one instance; a plain image has none, and gives an empty header.

        Args:
            institution: imaging centre where the header names none.
        """
        if dataset is None:
            return cls(imaging_centre=institution)
        return cls(
            imaging_centre=_text(dataset, "InstitutionName") or institution, modality=_text(dataset, "Modality"),
            study_description=_text(dataset, "StudyDescription"), study_date=_text(dataset, "StudyDate"),
            patient_name=_name(dataset), patient_id=_text(dataset, "PatientID"), sex=_text(dataset, "PatientSex"),
            birth_date=_text(dataset, "PatientBirthDate"), accession_number=_text(dataset, "AccessionNumber"),
        )


def _text(dataset: "Dataset", keyword: str) -> str:
    """A text value; a malformed value, or several of them, counts as it stands."""
    try:
        value = dataset.get(keyword)
    except Exception:  # pydicom converts when a value is read and raises many kinds; a report must still come out
        return ""
    return "" if value is None else str(value).strip()


def _name(dataset: "Dataset") -> str:
    """PatientName (0010,0010) as people write it: `FAMILY, Given Middle`; native writing follows in brackets."""
    groups = [_group(group) for group in _text(dataset, "PatientName").split("=")[:3]]
    written = [group for group in groups if group]
    if len(written) < 2:
        return "".join(written)
    return f"{written[0]} ({written[1]})"


def _group(group: str) -> str:
    family, given, middle, prefix, suffix = ([part.strip() for part in group.split("^")] + [""] * 5)[:5]
    first = " ".join(part for part in (prefix, given, middle) if part)
    name = ", ".join(part for part in (family, first) if part)
    return f"{name} {suffix}".strip()
