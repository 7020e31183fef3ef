"""One DICOM file: its bytes → de-identified bytes, or the reason why it does not pass. Nothing is written here."""

import io
import warnings
from collections import Counter
from dataclasses import dataclass, field

from pydicom.dataset import Dataset

from cauce.dataset.deidentify.cleaner import Change, Cleaner
from cauce.dataset.deidentify.dates import offset_days
from cauce.dataset.deidentify.identifiers import identifiers
from cauce.dataset.deidentify.key import subkey
from cauce.dataset.deidentify.method import write_file_meta, write_method
from cauce.dataset.deidentify.pixels import clean_pixels
from cauce.dataset.deidentify.policy import Policy, Retain
from cauce.dataset.deidentify.quarantine import Risk, risk_of
from cauce.dataset.deidentify.uids import UidMap
from cauce.dicom.pseudonym import patient_key
from cauce.dicom.read import read_dataset
from cauce.dicom.values import text
from cauce.domain.errors import CauceError

_METHOD = ("PatientIdentityRemoved", "DeidentificationMethod", "DeidentificationMethodCodeSequence",
           "LongitudinalTemporalInformationModified")


@dataclass(frozen=True)
class Passed:
    """A de-identified file.

    Attributes:
        data: the whole file.
        name: path below the destination, made of new identifiers only.
        changes: how often an action was applied, by attribute, action and reason.
    """

    data: bytes
    name: str
    changes: Counter[Change] = field(compare=False)


def deidentify_bytes(data: bytes, *, policy: Policy, key: bytes) -> Passed | Risk:
    """De-identify one file.

    Whatever cannot be read, is not understood, or still holds an identifier afterwards is a `Risk`; no input raises.
    """
    try:
        dataset = read_dataset(data)
    except CauceError as error:
        return Risk("unreadable", _without_values(error))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydicom's warnings quote values
            return _deidentify(dataset, policy, key)
    except Exception as error:  # hostile bytes: what cannot be processed does not pass
        return Risk("not-processed", f"unexpected {type(error).__name__} while it was processed")


def _deidentify(dataset: Dataset, policy: Policy, key: bytes) -> Passed | Risk:
    risk = risk_of(dataset)
    if risk is not None:
        return risk
    found = identifiers(dataset)
    patient = _patient(dataset)
    pseudonym = patient_key(patient, text(dataset, "IssuerOfPatientID"), key=subkey(key, "patient"))
    uids = UidMap(key)
    cleaner = Cleaner(policy, uids=uids, pseudonym=pseudonym, days=offset_days(pseudonym, key), identifiers=found)
    name = _name(dataset, uids, pseudonym)
    for keyword in _METHOD:
        if keyword in dataset:
            del dataset[keyword]
    cleaner.clean(dataset)
    dataset.PatientID = dataset.PatientName = pseudonym
    pixels = clean_pixels(dataset)
    if isinstance(pixels, Risk):
        return pixels
    cleaner.changes.update(("7FE0,0010", "PixelData", "clean", what) for what in pixels)
    write_method(dataset, policy)
    write_file_meta(dataset)
    written = _written(dataset)
    if found.occur_in_bytes(written, uids=Retain.UIDS not in policy.retain):
        return Risk("identifier-left", "an identifier still stands in the bytes of the file")
    return Passed(written, name, cleaner.changes)


def _patient(dataset: Dataset) -> str:
    """What keeps a patient's files together: PatientID, else the study."""
    return text(dataset, "PatientID") or "study " + (text(dataset, "StudyInstanceUID") or text(dataset, "SOPInstanceUID"))


def _name(dataset: Dataset, uids: UidMap, pseudonym: str) -> str:
    """patient/study/series/instance.dcm, of new identifiers also where the policy keeps the old UIDs inside."""
    parts = [uids(text(dataset, keyword)) or "none" for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")]
    return "/".join((pseudonym, *parts)) + ".dcm"


def _written(dataset: Dataset) -> bytes:
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def _without_values(error: CauceError) -> str:
    return " ".join(part for part in (error.what, f"({error.where})" if error.where else "") if part)
