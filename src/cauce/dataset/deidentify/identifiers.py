"""What names the patient and the staff in one file, to look for it where nobody expects it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pydicom.dataset import Dataset

from cauce.dataset.deidentify.admissible import written
from cauce.dataset.deidentify.vocabulary import words
from cauce.domain.errors import CauceError

_WORD = re.compile(r"[^\W_]+")
_SMALLEST_NAME, _SMALLEST_NUMBER, _SMALLEST_IN_BYTES = 3, 4, 6
_NUMBERS = frozenset((
    "PatientID", "OtherPatientIDs", "AccessionNumber", "AdmissionID", "ServiceEpisodeID", "PatientTelephoneNumbers",
    "MedicalRecordLocator", "MilitaryRank", "InsurancePlanIdentification", "PatientBirthDate", "PatientBirthName",
    "PatientAddress", "ClinicalTrialSubjectID", "ClinicalTrialSubjectReadingID", "PlacerOrderNumberImagingServiceRequest",
    "FillerOrderNumberImagingServiceRequest", "IssuerOfPatientID", "ResponsibleOrganization", "CurrentPatientLocation",
))
_UIDS = ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")


@dataclass(frozen=True)
class Identifiers:
    """Names (single words, lower case) and numbers (whole values) of one instance; in memory only."""

    names: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    uids: frozenset[str] = frozenset()

    def occur_in(self, text: str) -> bool:
        """True when a name stands in `text` as a word, or a number anywhere."""
        folded = text.casefold()
        return not self.names.isdisjoint(_WORD.findall(folded)) or any(number.casefold() in folded for number in self.numbers)

    def occur_in_bytes(self, data: bytes, *, uids: bool) -> bool:
        """True when a number, or with `uids` an old UID, stands in the bytes of a file."""
        long = [number for number in self.numbers if len(number) >= _SMALLEST_IN_BYTES and len(set(number)) > 1]
        return any(text.encode("utf-8", "surrogateescape") in data for text in (*long, *(self.uids if uids else ())))


def identifiers(dataset: Dataset) -> Identifiers:
    """Collect from a data set before it is changed."""
    names: set[str] = set()
    numbers: set[str] = set()
    for keyword, vr, text in _walk(dataset):
        if vr == "PN":
            names.update(word for word in _WORD.findall(text.casefold()) if len(word) >= _SMALLEST_NAME)
        if keyword in _NUMBERS and len(text) >= _SMALLEST_NUMBER and text.casefold() not in words():
            numbers.add(text)
    return Identifiers(frozenset(names - words()), frozenset(numbers), _uids(dataset))


def _uids(dataset: Dataset) -> frozenset[str]:
    found = (str(dataset.get(keyword, "") or "").strip(" \0") for keyword in _UIDS)
    return frozenset(uid for uid in found if len(uid) >= 2 * _SMALLEST_IN_BYTES and not uid.startswith("1.2.840.10008."))


def _walk(dataset: Dataset) -> Iterator[tuple[str, str, str]]:
    for tag in list(dataset.keys()):
        try:
            element = dataset[tag]
            if element.VR == "SQ":
                for item in element.value:
                    yield from _walk(item)
            elif element.VR == "PN" or element.keyword in _NUMBERS:
                yield from ((element.keyword, element.VR, text) for text in written(element))
        except CauceError:
            raise
        except Exception:  # a value whose bytes do not fit its VR; the walk that changes values removes it
            continue
