"""Digital patients with known truth, written as real DICOM."""

from cauce.phantom.cohort import write_cohort, write_studies
from cauce.phantom.vendor import NORMAL_VENDORS, UNSEEN_VENDOR, Vendor

__all__ = ["NORMAL_VENDORS", "UNSEEN_VENDOR", "Vendor", "write_cohort", "write_studies"]
