"""DICOM: bytes to pixels and header, pseudonyms, UIDs; pydicom stays behind this folder."""
