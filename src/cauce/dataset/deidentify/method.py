"""What a de-identified file says about itself: method codes, file meta information, nothing of its source."""

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

from cauce.dataset.deidentify.policy import Dates, Policy

_IMPLEMENTATION_UID = "2.25.160846371519460207512953811347325416117"
_TEMPORAL = {Dates.MODIFIED: "MODIFIED", Dates.FULL: "UNMODIFIED", Dates.REMOVED: "REMOVED"}
_PREAMBLE = b"\0" * 128


def write_method(dataset: Dataset, policy: Policy) -> None:
    """State that and how identity was removed: (0012,0062), (0012,0063), (0012,0064) and (0028,0303)."""
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = ["cauce dataset deidentify", policy.edition]
    dataset.DeidentificationMethodCodeSequence = Sequence([_code(code, meaning) for code, meaning in policy.codes])
    dataset.LongitudinalTemporalInformationModified = _TEMPORAL[policy.dates]


def write_file_meta(dataset: Dataset) -> None:
    """New preamble and file meta information; a deflated data set is written plain, so that it can be searched."""
    syntax = UID(str(dataset.file_meta.TransferSyntaxUID))
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\0\x01"
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian if syntax == DeflatedExplicitVRLittleEndian else syntax
    meta.ImplementationClassUID = UID(_IMPLEMENTATION_UID)
    meta.ImplementationVersionName = "CAUCE"
    dataset.file_meta, dataset.preamble = meta, _PREAMBLE


def _code(code: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code, "DCM", meaning
    return item
