"""Small CT series with a chosen geometry, written by pydicom."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless

ROWS, COLUMNS = 6, 5
AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
Change = Callable[[Dataset, int], None]


def oblique(degrees: float = 20.0) -> tuple[float, ...]:
    """Direction turned about x and then about z."""
    a = np.radians(degrees)
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_z = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    turned = about_z @ about_x
    return tuple(float(f"{value:.10f}") for value in (*turned[:, 0], *turned[:, 1]))


def write_series(
    folder: Path, *, count: int = 5, direction: tuple[float, ...] = AXIAL, syntax: str = ExplicitVRLittleEndian,
    change: Change = lambda dataset, index: None,
) -> list[Path]:
    """Write a series whose slice `index` lies 2.5 mm × index along the normal; `change` edits each before it is saved."""
    folder.mkdir(parents=True, exist_ok=True)
    normal = np.cross(direction[:3], direction[3:])
    rng = np.random.default_rng(0)
    paths = []
    for index in range(count):
        dataset = _slice(index, rng.integers(0, 4096, size=(ROWS, COLUMNS), dtype=np.uint16))
        dataset.ImageOrientationPatient = list(direction)
        dataset.ImagePositionPatient = [f"{value:.8f}" for value in np.array([-10.0, 20.0, -30.5]) + normal * 2.5 * index]
        change(dataset, index)
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian if syntax == RLELossless else syntax
        if syntax == RLELossless:
            dataset.compress(RLELossless, generate_instance_uid=False)
        path = folder / f"{'cbaed'[index % 5]}{index:03d}.dcm"
        dataset.save_as(path, enforce_file_format=True, implicit_vr=syntax == ImplicitVRLittleEndian, little_endian=True)
        paths.append(path)
    return paths


def by_pydicom(paths: list[Path], direction: tuple[float, ...] = AXIAL) -> NDArray[np.float64]:
    """float64 (slices, rows, columns): stored × slope + intercept, sorted along the normal."""
    normal = np.cross(direction[:3], direction[3:])
    datasets = sorted(map(pydicom.dcmread, paths), key=lambda item: float(np.dot(item.ImagePositionPatient, normal)))
    return np.stack([
        item.pixel_array.astype(np.float64) * float(item.get("RescaleSlope", 1)) + float(item.get("RescaleIntercept", 0))
        for item in datasets
    ])


def _slice(index: int, pixels: NDArray[np.uint16]) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = CTImageStorage, f"1.2.3.4.{10 ** (index % 4)}{index}"
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    values = {
        "SOPClassUID": CTImageStorage, "SOPInstanceUID": meta.MediaStorageSOPInstanceUID, "Modality": "CT",
        "SeriesInstanceUID": "1.2.3.4", "StudyInstanceUID": "1.2.3", "FrameOfReferenceUID": "1.2.5",
        "PixelSpacing": [0.5, 0.75],
        "SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2", "Rows": ROWS, "Columns": COLUMNS,
        "BitsAllocated": 16, "BitsStored": 12, "HighBit": 11, "PixelRepresentation": 0,
        "RescaleSlope": 1, "RescaleIntercept": -1024, "InstanceNumber": 100 - index,
        "PixelData": pixels.astype("<u2").tobytes(),
    }
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    inner = Dataset()
    inner.ReferencedSOPInstanceUID, inner.FrameOfReferenceUID, inner.Rows = "1.9", "1.9.9", 77  # decoys of wanted elements
    dataset.ReferencedImageSequence = Sequence([inner, Dataset()])
    dataset["ReferencedImageSequence"].is_undefined_length = True
    dataset.ReferencedImageSequence[0].is_undefined_length_sequence_item = True
    return dataset
