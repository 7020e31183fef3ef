"""Which instances a person has to look at: pixels may show text or a face, or the kind of object is not understood."""

from dataclasses import dataclass

from pydicom._uid_dict import UID_dictionary
from pydicom.dataset import Dataset
from pydicom.uid import UID

from cauce.dicom.values import text, texts

_GREY_MODALITIES = frozenset(("CR", "DX", "CT", "MR", "PT", "MG", "RF", "XA", "IO", "PX", "BMD"))
_RISKY_MODALITIES = frozenset((
    "US", "IVUS", "SC", "OT", "DOC", "ES", "GM", "SM", "XC", "OP", "OPT", "OPM", "IVOCT", "DG", "LP", "TG", "HC", "DD", "EC",
    "CD", "FA", "FS", "CP", "CS", "BI", "LS", "VF", "DMS", "PHOTO", "VIDEO", "M3D", "STAIN", "TEXTUREMAP",
))
_RISKY_TYPES = (
    "SCREEN", "CAPTURE", "SNAPSHOT", "REPORT", "DOSE_INFO", "PATIENT PROTOCOL", "BURNED", "SUMMARY", "PHOTO", "COLLAGE", "GSPS",
    "SECONDARY CAPTURE", "PROT", "HARDCOPY", "DIGITIZED", "PRINT",
)
_RISKY_DESCRIPTIONS = ("SCREEN", "CAPTURE", "SNAPSHOT", "DOSE REPORT", "PATIENT PROTOCOL", "REPORT PAGE", "SCANNED")
_DESCRIPTIONS = ("SeriesDescription", "ImageComments", "StudyDescription")
_CONVERTED = frozenset(("DV", "DF", "WSD", "SD", "SI", "DRW"))
_COLOURED = ("RGB", "PALETTE COLOR", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422", "YBR_PARTIAL_420", "YBR_ICT", "YBR_RCT")
_VIDEO = ("MPEG", "HEVC", "H.264", "MPEG2", "MPEG-4", "SMPTE")

# Storage SOP classes that the procedure understands, by their names in PS3.6; all others are for a person to look at.
_ADMITTED = frozenset((
    "Computed Radiography Image Storage", "Digital X-Ray Image Storage - For Presentation",
    "Digital X-Ray Image Storage - For Processing", "Digital Mammography X-Ray Image Storage - For Presentation",
    "Digital Mammography X-Ray Image Storage - For Processing", "Digital Intra-Oral X-Ray Image Storage - For Presentation",
    "Digital Intra-Oral X-Ray Image Storage - For Processing", "CT Image Storage", "Enhanced CT Image Storage",
    "Legacy Converted Enhanced CT Image Storage", "MR Image Storage", "Enhanced MR Image Storage", "MR Spectroscopy Storage",
    "Legacy Converted Enhanced MR Image Storage", "Positron Emission Tomography Image Storage", "Enhanced PET Image Storage",
    "Legacy Converted Enhanced PET Image Storage", "Nuclear Medicine Image Storage", "X-Ray Angiographic Image Storage",
    "Enhanced XA Image Storage", "X-Ray Radiofluoroscopic Image Storage", "Enhanced XRF Image Storage",
    "X-Ray 3D Angiographic Image Storage", "X-Ray 3D Craniofacial Image Storage", "Breast Tomosynthesis Image Storage",
    "Breast Projection X-Ray Image Storage - For Presentation", "Breast Projection X-Ray Image Storage - For Processing",
    "RT Image Storage", "RT Dose Storage", "RT Structure Set Storage", "RT Plan Storage", "RT Ion Plan Storage",
    "Segmentation Storage", "Surface Segmentation Storage", "Parametric Map Storage", "Real World Value Mapping Storage",
    "Spatial Registration Storage", "Spatial Fiducials Storage", "Deformable Spatial Registration Storage",
    "Key Object Selection Document Storage", "Basic Text SR Storage", "Enhanced SR Storage", "Comprehensive SR Storage",
    "Comprehensive 3D SR Storage", "Extensible SR Storage", "Mammography CAD SR Storage", "Chest CAD SR Storage",
    "Colon CAD SR Storage", "X-Ray Radiation Dose SR Storage", "Radiopharmaceutical Radiation Dose SR Storage",
    "Enhanced X-Ray Radiation Dose SR Storage", "Grayscale Softcopy Presentation State Storage",
    "Color Softcopy Presentation State Storage", "Pseudo-Color Softcopy Presentation State Storage",
    "Blending Softcopy Presentation State Storage", "12-lead ECG Waveform Storage", "General ECG Waveform Storage",
    "Ambulatory ECG Waveform Storage", "Hemodynamic Waveform Storage",
))


@dataclass(frozen=True)
class Risk:
    """Why an instance does not pass.

    Attributes:
        code: stable, for counting.
        reason: one clause for a person; no value of the file in it.
    """

    code: str
    reason: str


def risk_of(dataset: Dataset) -> Risk | None:
    """The first risk of an instance that automatic rules cannot clear, None when there is none."""
    return _object_risk(dataset) or _pixel_risk(dataset)


def _object_risk(dataset: Dataset) -> Risk | None:
    sop_class = text(dataset, "SOPClassUID")
    name = UID_dictionary.get(sop_class, ("",))[0]
    if "DirectoryRecordSequence" in dataset or "Directory" in name:
        return Risk("directory", "a DICOMDIR names patients and files; make a new one from the de-identified files")
    if not sop_class:
        return Risk("no-sop-class", "no SOPClassUID: it is not known what kind of object this is")
    if "Encapsulated" in name or "EncapsulatedDocument" in dataset:
        return Risk("encapsulated-document", "a document is inside, and documents are not searched for identifiers")
    if not text(dataset, "SOPInstanceUID"):
        return Risk("no-sop-instance", "no SOPInstanceUID: references to it cannot be kept")
    if name.startswith(("Secondary Capture", "Multi-frame")):
        return Risk("secondary-capture", "a secondary capture: text is often burned into such pictures")
    if name.startswith(("Ultrasound", "Enhanced US", "Intravascular", "Photoacoustic")):
        return Risk("ultrasound", "ultrasound: name and date are usually burned in")
    if name not in _ADMITTED:
        return Risk("unknown-object", "a kind of object that the procedure has no rules for")
    return None


def _pixel_risk(dataset: Dataset) -> Risk | None:
    burned_in = texts(dataset, "BurnedInAnnotation")
    if burned_in and burned_in[0].upper() != "NO":
        return Risk("burned-in-annotation", "BurnedInAnnotation does not say NO")
    if text(dataset, "RecognizableVisualFeatures").upper() == "YES":
        return Risk("recognizable-features", "RecognizableVisualFeatures says YES")
    modality = text(dataset, "Modality").upper()
    if modality in _RISKY_MODALITIES:
        return Risk("modality", "a modality whose pictures often show text or a face")
    if any(word in kind.upper() for kind in texts(dataset, "ImageType")[1:] for word in _RISKY_TYPES):
        return Risk("image-type", "ImageType tells of a screen, a capture or a report")
    descriptions = " ".join(text(dataset, keyword).upper() for keyword in _DESCRIPTIONS)
    if any(word in descriptions for word in _RISKY_DESCRIPTIONS):
        return Risk("description", "the description tells of a screen, a capture or a report")
    if text(dataset, "ConversionType").upper() in _CONVERTED:
        return Risk("converted", "ConversionType tells of a digitised film, a screen or a drawing")
    if modality in _GREY_MODALITIES and text(dataset, "PhotometricInterpretation").upper() in _COLOURED:
        return Risk("colour", "a colour picture of a grey modality: a screen or a fusion, often with text")
    return _encoding_risk(dataset)


def _encoding_risk(dataset: Dataset) -> Risk | None:
    syntax = UID(str(dataset.file_meta.get("TransferSyntaxUID", "")))
    if any(word in syntax.name for word in _VIDEO):
        return Risk("video", "a video: its stream is not searched for identifiers")
    if "PixelDataProviderURL" in dataset:
        return Risk("external-pixels", "the pixels are elsewhere, at an address of the source")
    if syntax.is_private or syntax.name == str(syntax):
        return Risk("transfer-syntax", "a transfer syntax that is not in the standard")
    return None
