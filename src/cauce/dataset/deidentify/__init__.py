"""De-identification of DICOM files after PS3.15 Annex E: what is not known to be safe does not pass."""
