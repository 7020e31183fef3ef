"""highdicom: a Statement → Comprehensive 3D SR following TID 1500.

Works around highdicom 0.28: it demands header attributes that the standard lets be absent (ImagerPixelSpacing and
PatientOrientation in the image library), refuses patients whose sex is spelt otherwise, and stamps the present time.
"""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import highdicom as hd
import numpy as np
from highdicom.coding_schemes import CodingSchemeIdentificationItem
from pydicom.config import RAISE
from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian
from pydicom.valuerep import validate_value

from cauce.domain.codes import Code
from cauce.domain.errors import InputError
from cauce.domain.result import Place
from cauce.store.settings import Language

if TYPE_CHECKING:
    from cauce.report.structured_report import Group, Statement

_SERIES_NUMBER = 9701
_LANGUAGES = {Language.ENGLISH: ("en", "English"), Language.SPANISH: ("es", "español")}
_TEXT = ("PatientID", "AccessionNumber", "StudyID", "StudyDate", "StudyTime", "PatientBirthDate", "PatientSex",
         "ReferringPhysicianName")
_IDENTITY = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
_PROJECTION = ("PatientOrientation", "ImagerPixelSpacing")
_CROSS_SECTION = ("PixelSpacing", "ImageOrientationPatient", "ImagePositionPatient", "SliceThickness")


def comprehensive_sr(statement: "Statement", headers: Sequence[Dataset]) -> Dataset:
    """Build the document; `headers` are those of the instances it speaks of, and it inherits patient and study from them.

    Raises:
        InputError: a header lacks what every DICOM instance has.
    """
    evidence = [_evidence(header) for header in headers]
    content = _report(statement, evidence)
    document = hd.sr.Comprehensive3DSR(
        evidence=evidence, content=content, series_instance_uid=statement.series_instance_uid, series_number=_SERIES_NUMBER,
        sop_instance_uid=statement.sop_instance_uid, instance_number=1, manufacturer="cauce", is_complete=True, is_final=False,
        is_verified=False, transfer_syntax_uid=ExplicitVRLittleEndian, specific_character_set="ISO_IR 192",
        series_description="AI chest radiograph", manufacturer_model_name=statement.provenance.model_name[:64],
        software_versions=_versions(statement), device_serial_number=statement.provenance.model_digest[:16],
        content_date=statement.created.date(), content_time=statement.created.time(), coding_schemes=[_coding_scheme()],
    )
    document.InstanceCreationDate, document.InstanceCreationTime = document.ContentDate, document.ContentTime
    for equipment in document.get("ContributingEquipmentSequence", ()):
        if "ContributionDateTime" in equipment:  # the present time, and optional
            del equipment.ContributionDateTime
    return document


def file_bytes(dataset: Dataset) -> bytes:
    """DICOM file with preamble and file meta information."""
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def study_time(header: Dataset) -> datetime:
    """StudyDate and StudyTime; 1970-01-01 where the header states none."""
    date, time = str(header.get("StudyDate") or ""), str(header.get("StudyTime") or "")
    for value, form in ((date + time[:6], "%Y%m%d%H%M%S"), (date, "%Y%m%d")):
        try:
            return datetime.strptime(value, form)
        except ValueError:
            continue
    return datetime(1970, 1, 1)


def _report(statement: "Statement", evidence: Sequence[Dataset]) -> Any:
    by_uid = {str(item.SOPInstanceUID): item for item in evidence}
    language = _LANGUAGES[statement.language]
    return hd.sr.MeasurementReport(
        observation_context=hd.sr.ObservationContext(observer_device_context=_device(statement)),
        procedure_reported=_code(statement.procedure),
        imaging_measurements=[_group(group, by_uid[group.sop_instance_uid], statement) for group in statement.groups],
        language_of_content_item_and_descendants=hd.sr.LanguageOfContentItemAndDescendants(
            hd.sr.CodedConcept(language[0], "RFC5646", language[1])
        ),
        referenced_images=[_library_entry(item) for item in evidence],
    )[0]


def _device(statement: "Statement") -> Any:
    return hd.sr.ObserverContext(
        observer_type=hd.sr.CodedConcept("121007", "DCM", "Device"),
        observer_identifying_attributes=hd.sr.DeviceObserverIdentifyingAttributes(
            uid=statement.device_uid, name=statement.provenance.model_name, manufacturer_name="cauce",
            model_name=" ".join(_versions(statement)), serial_number=statement.provenance.model_digest,
        ),
    )


def _group(group: "Group", image: Dataset, statement: "Statement") -> Any:
    tracking = hd.sr.TrackingIdentifier(uid=group.tracking_uid, identifier=group.tracking_id)
    measurements = None if group.probability is None else [_probability(group.probability)]
    evaluations = [hd.sr.QualitativeEvaluation(_code(name), _code(value)) for name, value in group.evaluations]
    if group.place is None:
        return hd.sr.MeasurementsAndQualitativeEvaluations(
            tracking_identifier=tracking, finding_type=_code(group.finding), algorithm_id=_algorithm(statement),
            measurements=measurements, qualitative_evaluations=evaluations,
            source_images=[hd.sr.SourceImageForMeasurementGroup(image.SOPClassUID, image.SOPInstanceUID)],
        )
    return hd.sr.PlanarROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=tracking, referenced_region=_region(group.place, image), finding_type=_code(group.finding),
        algorithm_id=_algorithm(statement), finding_sites=[_site(group.place)], measurements=measurements,
        qualitative_evaluations=evaluations,
    )


def _probability(value: float) -> Any:
    return hd.sr.Measurement(
        name=hd.sr.CodedConcept("122157", "DCM", "Probability"), value=round(value, 6),
        unit=hd.sr.CodedConcept("1", "UCUM", "no units"),
    )


def _region(place: Place, image: Dataset) -> Any:
    """Closed polyline around the box, in image coordinates (column, row) from the corner of the first pixel (C.18.6.1.2)."""
    left, top, right, bottom = place.box
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], dtype=np.float32)
    return hd.sr.ImageRegion(
        graphic_type=hd.sr.GraphicTypeValues.POLYLINE, graphic_data=corners,
        source_image=hd.sr.SourceImageForRegion(image.SOPClassUID, image.SOPInstanceUID),
    )


def _site(place: Place) -> Any:
    from cauce.report.structured_report import SIDES, ZONES

    return hd.sr.FindingSite(anatomic_location=_code(ZONES[place.zone]), laterality=_code(SIDES[place.side]))


def _algorithm(statement: "Statement") -> Any:
    provenance = statement.provenance
    version = "unregistered" if provenance.model_version is None else str(provenance.model_version)
    return hd.sr.AlgorithmIdentification(
        name=provenance.model_name, version=version, parameters=list(statement.parameters),
        family=hd.sr.CodedConcept("123110", "DCM", "Artificial Intelligence"),
    )


def _versions(statement: "Statement") -> tuple[str, ...]:
    provenance = statement.provenance
    model = "unregistered" if provenance.model_version is None else f"version {provenance.model_version}"
    return f"cauce {provenance.cauce_version}", f"model {model} {provenance.model_digest[:12]}"


def _code(code: Code) -> Any:
    return hd.sr.CodedConcept(code.value, code.scheme, code.meaning)


def _coding_scheme() -> Any:
    return CodingSchemeIdentificationItem(
        designator="99CAUCE", name="cauce local codes", version="1", responsible_organization="The cauce developers"
    )


def _evidence(header: Dataset) -> Dataset:
    """A copy whose text is Unicode and whose identifying attributes are all there, empty where the source has none."""
    missing = [keyword for keyword in _IDENTITY if not header.get(keyword)]
    if missing:
        raise InputError(
            "a header that names no study cannot be reported on", where=missing[0], expected="a UID", got="nothing",
            remedy="Send complete DICOM files.",
        )
    copy = Dataset()
    copy.update({tag: element for tag, element in header.items() if tag.group <= 0x0028 and not tag.is_private})
    copy.SpecificCharacterSet = header.get("SpecificCharacterSet", "")
    copy.decode()
    copy.SpecificCharacterSet = "ISO_IR 192"
    copy.PatientName = str(copy.get("PatientName") or "")
    for keyword in _TEXT:
        setattr(copy, keyword, _valid(copy, keyword))
    copy.Rows, copy.Columns = header.get("Rows", 0), header.get("Columns", 0)
    return copy


def _valid(header: Dataset, keyword: str) -> str:
    """The value where it conforms to its VR, else empty: a malformed date must not cost the whole report."""
    element = header.get(keyword)
    value = "" if element is None else str(element)
    if keyword == "PatientSex":
        return value if value in ("M", "F", "O") else ""
    try:
        validate_value(dictionary_VR(keyword), value, RAISE)
    except ValueError:
        return ""
    return value


def _library_entry(evidence: Dataset) -> Dataset:
    """What the image library copies; geometry only where it is complete, since highdicom takes all of it or fails."""
    entry = Dataset()
    entry.SOPClassUID, entry.SOPInstanceUID = evidence.SOPClassUID, evidence.SOPInstanceUID
    entry.Rows, entry.Columns = evidence.Rows, evidence.Columns
    modality = str(evidence.get("Modality", ""))
    wanted = _CROSS_SECTION if modality in ("CT", "MR", "PT") else _PROJECTION
    is_complete = all(evidence.get(keyword) for keyword in wanted)
    entry.Modality = modality if is_complete else "OT"
    if is_complete:
        for keyword in wanted:
            setattr(entry, keyword, evidence.get(keyword))
    return entry
