"""A digital study as a DICOM file: DX for presentation or CR, with the acquisition tags of such a machine."""

import io

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, ComputedRadiographyImageStorage, DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian

from cauce.dicom.uids import uid_from
from cauce.phantom.chest_radiograph import render
from cauce.phantom.encoding import encode
from cauce.phantom.study import ORIGINS, DigitalStudy
from cauce.phantom.vendor import Vendor

_IMPLEMENTATION_UID = "2.25.160846371519460207512953811347325416117"
_ISSUER = "CAUCE PHANTOM"
_VIEW_CODES = {"PA": ("399198007", "postero-anterior"), "AP": ("399348003", "antero-posterior")}


def dicom_bytes(study: DigitalStudy) -> bytes:
    """Render a study and return its DICOM file; the same study gives the same bytes."""
    dataset = encode(render(study), study)
    _describe_patient(dataset, study)
    _describe_study(dataset, study)
    _describe_equipment(dataset, study)
    _describe_acquisition(dataset, study)
    _describe_anatomy(dataset, study)
    if study.machine.modality == "DX":
        _describe_digital_detector(dataset, study)
    return _file(dataset)


def patient_id(study: DigitalStudy) -> str:
    """PatientID: names the seed too, since equal numbers under two seeds are two patients."""
    return f"PH{study.seed}-{study.patient:07d}"


def study_instance_uid(study: DigitalStudy) -> str:
    """StudyInstanceUID of a digital study."""
    return _uid(study, "study")


def sop_instance_uid(study: DigitalStudy) -> str:
    """SOPInstanceUID of the one image of a digital study."""
    return _uid(study, "image")


def _uid(study: DigitalStudy, level: str) -> str:
    parts = (study.seed, study.patient, study.number, study.rows, study.vendor.value)
    return uid_from("cauce phantom", level, *(str(part) for part in parts))


def _describe_patient(dataset: Dataset, study: DigitalStudy) -> None:
    dataset.PatientName = f"PHANTOM^{study.patient:04d}"
    dataset.PatientID = patient_id(study)
    dataset.IssuerOfPatientID = _ISSUER
    dataset.PatientBirthDate = ""
    dataset.PatientSex = study.anatomy.sex.value
    dataset.PatientAge = f"{study.age_years:03d}Y"


def _describe_study(dataset: Dataset, study: DigitalStudy) -> None:
    day = study.date.strftime("%Y%m%d")
    seconds = int(study.rng("time").integers(7 * 3600, 20 * 3600))
    time = f"{seconds // 3600:02d}{seconds // 60 % 60:02d}{seconds % 60:02d}"
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID = _sop_class(study)
    dataset.SOPInstanceUID = sop_instance_uid(study)
    dataset.StudyInstanceUID = study_instance_uid(study)
    dataset.SeriesInstanceUID = _uid(study, "series")
    for keyword in ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate"):
        setattr(dataset, keyword, day)
    for keyword in ("StudyTime", "SeriesTime", "AcquisitionTime", "ContentTime"):
        setattr(dataset, keyword, time)
    dataset.AccessionNumber = f"A{study.patient:07d}{study.number}"
    dataset.ReferringPhysicianName = ""
    dataset.StudyID = str(study.number + 1)
    dataset.SeriesNumber = 1
    dataset.InstanceNumber = 1
    dataset.Modality = study.machine.modality
    dataset.StudyDescription = "Chest radiograph (digital phantom)"
    dataset.SeriesDescription = f"Chest {study.view}"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", ""]
    dataset.BurnedInAnnotation = "NO"
    dataset.LossyImageCompression = "00"


def _sop_class(study: DigitalStudy) -> str:
    return str(DigitalXRayImageStorageForPresentation if study.machine.modality == "DX" else ComputedRadiographyImageStorage)


def _describe_equipment(dataset: Dataset, study: DigitalStudy) -> None:
    name = study.vendor.value
    # One hospital's machines of this make write themselves in capitals, as machines of one make do in real archives.
    dataset.Manufacturer = name.upper() if study.vendor is Vendor.MERIDIAN and study.origin else name
    dataset.ManufacturerModelName = study.machine.model
    dataset.DeviceSerialNumber = f"{name[:2].upper()}{study.origin + 1:03d}"
    dataset.SoftwareVersions = study.machine.software
    dataset.InstitutionName = ORIGINS[study.origin]
    dataset.StationName = f"XR{study.origin + 1}"


def _describe_acquisition(dataset: Dataset, study: DigitalStudy) -> None:
    spacing = f"{study.frame.grid.spacing_mm:.6f}"
    dose = study.exposure_gain * (0.5 + 0.5 * study.anatomy.build)
    exposure = max(1, round((2.2 if study.view == "PA" else 2.8) * dose * study.machine.dose))
    current = 250 if study.view == "PA" else 160
    dataset.KVP = f"{study.kvp:g}"
    dataset.XRayTubeCurrent = current
    dataset.ExposureTime = max(1, round(1000 * exposure / current))
    dataset.Exposure = exposure
    distance_mm = 1800 if study.view == "PA" else 1100
    dataset.DistanceSourceToDetector = str(distance_mm)
    dataset.DistanceSourceToPatient = f"{distance_mm / study.pose.magnification:.3f}"
    dataset.ImagerPixelSpacing = [spacing, spacing]
    dataset.ExposureIndex = f"{400 * study.exposure_gain:.1f}"
    dataset.TargetExposureIndex = "400"
    dataset.ViewPosition = study.view
    dataset.PatientOrientation = ["L", "F"]
    dataset.BodyPartExamined = "CHEST"
    dataset.AcquisitionDeviceProcessingDescription = study.machine.software
    if study.machine.modality == "CR":
        dataset.PixelSpacing = [spacing, spacing]
        dataset.PlateType = "GP"
        dataset.Sensitivity = f"{200 * study.exposure_gain:.1f}"


def _describe_anatomy(dataset: Dataset, study: DigitalStudy) -> None:
    dataset.AnatomicRegionSequence = Sequence([_code("51185008", "Chest")])
    view = _code(*_VIEW_CODES[study.view])
    if study.machine.modality == "DX":
        view.ViewModifierCodeSequence = Sequence([])
        dataset.ViewCodeSequence = Sequence([view])
        dataset.ImageLaterality = "U"
        orientation = _code("102538003", "recumbent") if study.supine else _code("10904000", "erect")
        dataset.PatientOrientationCodeSequence = Sequence([orientation])


def _describe_digital_detector(dataset: Dataset, study: DigitalStudy) -> None:
    grid = study.frame.grid
    dataset.PresentationIntentType = "FOR PRESENTATION"
    dataset.DetectorType = study.machine.detector
    dataset.DetectorConfiguration = "AREA"
    dataset.DetectorID = f"{study.vendor.value[:3].upper()}-{study.origin + 1}"
    dataset.DetectorConditionsNominalFlag = "YES"
    dataset.PositionerType = ""
    dataset.EstimatedRadiographicMagnificationFactor = f"{study.pose.magnification:.6f}"
    dataset.Grid = "NONE" if study.supine else ["FIXED", "FOCUSED"]
    dataset.FieldOfViewShape = "RECTANGLE"
    dataset.FieldOfViewDimensions = [round(grid.rows * grid.spacing_mm), round(grid.columns * grid.spacing_mm)]
    dataset.AcquisitionContextSequence = Sequence([])


def _code(value: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "SCT", meaning
    return item


def _file(dataset: Dataset) -> bytes:
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\x00\x01"
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = UID(_IMPLEMENTATION_UID)
    meta.ImplementationVersionName = "CAUCE"
    dataset.file_meta = meta
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True, implicit_vr=False, little_endian=True)
    return buffer.getvalue()
