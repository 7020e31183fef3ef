"""The makers of the imaginary machines, as one visible table. All names are invented."""

from dataclasses import dataclass
from enum import StrEnum


class Vendor(StrEnum):
    """Three makers that cohorts come from, and one that no cohort ever holds."""

    NORTHLIGHT = "Northlight"
    MERIDIAN = "Meridian"
    CASTELLAN = "Castellan"
    VELORIA = "Veloria"


NORMAL_VENDORS = (Vendor.NORTHLIGHT, Vendor.MERIDIAN, Vendor.CASTELLAN)
"""Vendors of every cohort."""

UNSEEN_VENDOR = Vendor.VELORIA
"""Appears only where it is asked for by name."""


class ToneCurve(StrEnum):
    """How a file says what is shown (VOI LUT Module, PS3.3 C.11.2)."""

    WINDOW_LINEAR = "LINEAR"
    WINDOW_SIGMOID = "SIGMOID"
    LUT_SEQUENCE = "LUT"


@dataclass(frozen=True)
class Machine:
    """Everything that makes one vendor's images its own.

    Attributes:
        modality: DX or CR; decides the SOP class.
        row_factor: detector rows over the rows that were asked for.
        field_mm: (height, width) of the detector.
        bits_stored: by origin, since hospitals own different generations.
        inverted: MONOCHROME1, by origin.
        blur_mm: standard deviation of the detector's point spread.
        photons: quanta per mm² of the unattenuated beam that are turned into signal.
        scatter: scattered over primary beam, before the patient's build and the grid.
        base_contrast: what is left of contrast wider than `base_mm` after dynamic range compression.
        edge_gain: strength of unsharp masking at `edge_mm`.
        tone: form of the VOI LUT.
        black, white: shown part of the log signal, as margins beyond the lungs' and the spine's level.
        detector: DetectorType; software: SoftwareVersions; dose: tube output against the average.
    """

    modality: str
    model: str
    row_factor: float
    field_mm: tuple[float, float]
    bits_stored: tuple[int, int]
    inverted: tuple[bool, bool]
    blur_mm: float
    photons: float
    scatter: float
    base_contrast: float
    base_mm: float
    edge_gain: float
    edge_mm: float
    tone: ToneCurve
    black: float
    white: float
    detector: str
    software: str
    dose: float


MACHINES: dict[Vendor, Machine] = {
    Vendor.NORTHLIGHT: Machine(
        modality="DX", model="Aurora 43", row_factor=1.0, field_mm=(430.0, 430.0), bits_stored=(14, 16),
        inverted=(False, False), blur_mm=0.32, photons=60_000, scatter=0.35, base_contrast=0.80, base_mm=22.0,
        edge_gain=0.9, edge_mm=1.8, tone=ToneCurve.WINDOW_LINEAR, black=0.45, white=0.35,
        detector="SCINTILLATOR", software="NL 4.2", dose=1.0,
    ),
    Vendor.MERIDIAN: Machine(
        modality="DX", model="Zenith Chest", row_factor=1.0, field_mm=(430.0, 354.0), bits_stored=(12, 12),
        inverted=(True, True), blur_mm=0.40, photons=42_000, scatter=0.45, base_contrast=0.72, base_mm=30.0,
        edge_gain=0.6, edge_mm=2.6, tone=ToneCurve.LUT_SEQUENCE, black=0.50, white=0.40,
        detector="SCINTILLATOR", software="MR-7.1", dose=1.1,
    ),
    Vendor.CASTELLAN: Machine(
        modality="CR", model="Plate Reader 7", row_factor=0.875, field_mm=(430.0, 392.0), bits_stored=(12, 15),
        inverted=(False, True), blur_mm=0.62, photons=16_000, scatter=0.55, base_contrast=0.92, base_mm=26.0,
        edge_gain=0.35, edge_mm=3.0, tone=ToneCurve.WINDOW_LINEAR, black=0.26, white=0.26,
        detector="STORAGE", software="CPR 2.9", dose=1.6,
    ),
    Vendor.VELORIA: Machine(
        modality="DX", model="Lumen Mobile", row_factor=1.125, field_mm=(420.0, 420.0), bits_stored=(16, 16),
        inverted=(False, False), blur_mm=0.85, photons=12_000, scatter=0.75, base_contrast=0.55, base_mm=14.0,
        edge_gain=1.6, edge_mm=2.2, tone=ToneCurve.WINDOW_SIGMOID, black=0.60, white=0.10,
        detector="DIRECT", software="VX 1.0", dose=0.6,
    ),
}
"""One row per vendor; a new vendor is one member and one row."""
