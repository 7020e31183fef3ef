"""One CT with one planted identifier in each place where identifiers are forgotten: a leak then has the name of its place."""

import io
from typing import Any

import numpy as np
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

_ATTRIBUTES = {
    "PatientName": "PN", "PatientID": "LO", "OtherPatientIDs": "LO", "OtherPatientNames": "PN", "PatientAddress": "LO",
    "PatientTelephoneNumbers": "SH", "PatientMotherBirthName": "PN", "MilitaryRank": "LO", "EthnicGroup": "SH",
    "Occupation": "SH", "AdditionalPatientHistory": "LT", "PatientComments": "LT", "MedicalAlerts": "LO", "Allergies": "LO",
    "AccessionNumber": "SH", "StudyID": "SH", "AdmissionID": "LO",
    "ReferringPhysicianName": "PN", "PerformingPhysicianName": "PN", "OperatorsName": "PN", "PhysiciansOfRecord": "PN",
    "RequestingPhysician": "PN", "InstitutionName": "LO", "InstitutionAddress": "ST", "InstitutionalDepartmentName": "LO",
    "StationName": "SH", "DeviceSerialNumber": "LO", "PlateID": "LO", "DetectorID": "SH", "ScheduledStationAETitle": "AE",
    "StudyDescription": "LO", "SeriesDescription": "LO", "ProtocolName": "LO", "RequestedProcedureDescription": "LO",
    "ImageComments": "LT", "ClinicalTrialSubjectID": "LO", "ClinicalTrialSiteName": "LO",
}
_SEQUENCES = ("RequestAttributesSequence", "ReferencedPatientSequence", "ReferencedStudySequence")
_OUTSIDE = {
    "private attribute without creator": (0x0031_1001, "UN"), "overlay label": (0x6000_1500, "LO"),
    "overlay comments": (0x6000_4000, "LT"), "curve data": (0x5000_3000, "OW"), "trailing padding": (0xFFFC_FFFC, "OB"),
}


def one_in_each_place(mark: str) -> tuple[bytes, dict[str, str]]:
    """The file, and the place of each planted word; a word is `mark` and seven digits."""
    places: dict[str, str] = {}

    def word(place: str) -> str:
        places[text := f"{mark}{len(places):07d}"] = place
        return text

    dataset = _plain_ct()
    for keyword in _ATTRIBUTES:
        setattr(dataset, keyword, word(keyword))
    for keyword in _SEQUENCES:
        setattr(dataset, keyword, Sequence([_named(PatientName=word(f"{keyword} > PatientName"))]))
    modified = Sequence([_named(PatientName=word("OriginalAttributesSequence > ModifiedAttributesSequence > PatientName"))])
    dataset.OriginalAttributesSequence = Sequence([
        _named(ModifyingSystem=word("OriginalAttributesSequence > ModifyingSystem"), ModifiedAttributesSequence=modified)
    ])
    _plant_private(dataset, word)
    for place, (tag, vr) in _OUTSIDE.items():
        text = word(place)
        dataset[tag] = DataElement(Tag(tag), vr, text if vr in ("LO", "LT") else text.encode() + b"\0")
    dataset.file_meta.SourceApplicationEntityTitle = word("file meta > SourceApplicationEntityTitle")
    dataset.preamble = word("preamble").encode().ljust(128, b"\0")
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue(), places


def _plant_private(dataset: Dataset, word: Any) -> None:
    block = dataset.private_block(0x0029, "EXAMPLE CREATOR", create=True)
    block.add_new(0x10, "LO", word("private text"))
    block.add_new(0x11, "OB", word("private bytes").encode() + b"\0")
    block.add_new(0x12, "SQ", Sequence([_named(PatientName=word("private sequence > PatientName"))]))


def _named(**attributes: object) -> Dataset:
    item = Dataset()
    for keyword, value in attributes.items():
        setattr(item, keyword, value)
    return item


def _plain_ct() -> Dataset:
    dataset = _named(
        SOPClassUID=CTImageStorage, SOPInstanceUID=generate_uid(entropy_srcs=["instance"]), Modality="CT",
        StudyInstanceUID=generate_uid(entropy_srcs=["study"]), SeriesInstanceUID=generate_uid(entropy_srcs=["series"]),
        FrameOfReferenceUID=generate_uid(entropy_srcs=["frame"]), ImageType=["ORIGINAL", "PRIMARY", "AXIAL"],
        StudyDate="19310114", Rows=16, Columns=16, SamplesPerPixel=1, PhotometricInterpretation="MONOCHROME2",
        BitsAllocated=16, BitsStored=12, HighBit=11, PixelRepresentation=0,
        PixelData=np.zeros(256, dtype=np.uint16).tobytes(),
    )
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = CTImageStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    return dataset
