"""Coded concepts (DICOM PS3.3 section 8)."""

from cauce.domain.record import Record


class Code(Record):
    """CodingSchemeDesignator, CodeValue and CodeMeaning, e.g. DCM 130591 "Focal abnormality"."""

    scheme: str
    value: str
    meaning: str
