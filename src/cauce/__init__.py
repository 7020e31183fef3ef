"""cauce carries a radiology AI model from DICOM studies to a monitored service."""

__version__ = "0.1.0"
