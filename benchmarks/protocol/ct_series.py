"""A CT series with known voxels, as a scanner writes it, and its volume by pydicom alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

_INTERCEPT = -1024
_SPACING_MM, _BETWEEN_MM = 0.7, 1.25


@dataclass(frozen=True, eq=False)
class Reference:
    """int16 (slices, rows, columns) HU along the normal, and (slice, row, column, 1) → LPS mm."""

    voxels: NDArray[np.int16]
    affine_lps: NDArray[np.float64]


def write_ct_series(folder: Path, *, slices: int, size: int, seed: int) -> None:
    """Write `slices` files of size × size pixels, 12 bits in 16, about 120 elements and two sequences, names shuffled."""
    folder.mkdir()
    rng = np.random.default_rng(seed)
    names = rng.permutation(slices)
    texture = rng.integers(0, 400, size=(size + 64, size + 64), dtype=np.uint16)
    y, x = np.mgrid[-1:1:size * 1j, -1:1:size * 1j]
    body = np.where((x / 0.9) ** 2 + (y / 0.7) ** 2 < 1, 900, 0).astype(np.uint16)
    dataset = _header(size, rng)
    for index in range(slices):
        shift = index % 64
        pixels = body + texture[shift:shift + size, 64 - shift:64 - shift + size]
        pixels[size // 2, :8] = index  # every slice is like no other
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"{dataset.SeriesInstanceUID}.{index + 1}"
        dataset.InstanceNumber = slices - index
        dataset.ImagePositionPatient = [-180.5, -160.25, f"{-200 + index * _BETWEEN_MM:.3f}"]
        dataset.SliceLocation = f"{-200 + index * _BETWEEN_MM:.3f}"
        dataset.PixelData = pixels.astype("<u2").tobytes()
        dataset.save_as(folder / f"IM{names[index]:05d}", enforce_file_format=True)


def reference_volume(files: Sequence[Path]) -> Reference:
    """The definition: pydicom, stored × slope + intercept, sorted by position along z (the series is axial)."""
    datasets = sorted((pydicom.dcmread(path) for path in files), key=lambda item: float(item.ImagePositionPatient[2]))
    voxels = np.stack([
        np.int16(item.RescaleSlope) * item.pixel_array.astype(np.int16) + np.int16(item.RescaleIntercept) for item in datasets
    ])
    first, last = (np.array(item.ImagePositionPatient, dtype=float) for item in (datasets[0], datasets[-1]))
    affine = np.eye(4)
    affine[:3, 0] = (last - first) / (len(datasets) - 1)
    affine[:3, 1] = np.array([0, 1, 0]) * float(datasets[0].PixelSpacing[0])
    affine[:3, 2] = np.array([1, 0, 0]) * float(datasets[0].PixelSpacing[1])
    affine[:3, 3] = first
    return Reference(voxels, affine)


def _header(size: int, rng: np.random.Generator) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.TransferSyntaxUID = CTImageStorage, ExplicitVRLittleEndian
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    study = "1.2.826.0.1.3680043.8.498.1"
    values = {
        "SpecificCharacterSet": "ISO_IR 100", "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL", "CT_SOM5 SPI"],
        "SOPClassUID": CTImageStorage, "StudyDate": "20240131", "SeriesDate": "20240131", "AcquisitionDate": "20240131",
        "ContentDate": "20240131", "StudyTime": "101112.5", "SeriesTime": "101212.5", "AcquisitionTime": "101312.5",
        "ContentTime": "101412.5", "AccessionNumber": "0", "Modality": "CT", "Manufacturer": "Northlight",
        "InstitutionName": "Bench", "StationName": "CT1", "StudyDescription": "Thorax",
        "SeriesDescription": "Thorax 1.25", "ManufacturerModelName": "Bench 1", "PatientName": "Bench^CT",
        "PatientID": "BENCH", "PatientBirthDate": "19600101", "PatientSex": "O", "PatientAge": "064Y",
        "BodyPartExamined": "CHEST", "SliceThickness": _BETWEEN_MM, "KVP": 120, "DataCollectionDiameter": 500,
        "ProtocolName": "Thorax", "ReconstructionDiameter": 360, "DistanceSourceToDetector": 1040,
        "DistanceSourceToPatient": 570, "GantryDetectorTilt": 0, "TableHeight": 150, "RotationDirection": "CW",
        "ExposureTime": 500, "XRayTubeCurrent": 200, "Exposure": 100, "FilterType": "FLAT", "GeneratorPower": 24,
        "FocalSpots": [0.7], "ConvolutionKernel": ["B70f"], "PatientPosition": "HFS", "StudyInstanceUID": study,
        "SeriesInstanceUID": f"{study}.1", "FrameOfReferenceUID": f"{study}.2", "StudyID": "1", "SeriesNumber": 2,
        "AcquisitionNumber": 1, "ImageOrientationPatient": [1, 0, 0, 0, 1, 0], "PositionReferenceIndicator": "",
        "SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2", "Rows": size, "Columns": size,
        "PixelSpacing": [_SPACING_MM, _SPACING_MM], "BitsAllocated": 16, "BitsStored": 12, "HighBit": 11,
        "PixelRepresentation": 0, "SmallestImagePixelValue": 0, "LargestImagePixelValue": 4095,
        "WindowCenter": [40, -600], "WindowWidth": [400, 1200], "RescaleIntercept": _INTERCEPT, "RescaleSlope": 1,
        "RescaleType": "HU",
    }
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = CTImageStorage, f"{study}.3"
    dataset.ReferencedImageSequence = Items([item])
    dataset.RequestAttributesSequence = Items([Dataset()])
    private = dataset.private_block(0x0029, "BENCH HEADER", create=True)
    for offset in range(40):
        private.add_new(offset, "OB" if offset == 0 else "LO", rng.bytes(2048) if offset == 0 else f"value {offset}")
    return dataset
