"""Small real DICOM files, made value by value."""

import io

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ComputedRadiographyImageStorage, ExplicitVRLittleEndian, generate_uid


def radiograph(pixels: np.ndarray | None = None, **attributes: object) -> Dataset:
    """A CR instance of 12 stored bits (or 8 for uint8 pixels); `attributes` are set by keyword, None deletes."""
    if pixels is None:
        pixels = np.arange(32 * 40, dtype=np.uint16).reshape(32, 40) * 3
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = ComputedRadiographyImageStorage, "1.2.3.4"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.3", "1.2.3.1"
    dataset.PatientID, dataset.PatientName, dataset.Modality = "ID-1", "DOE^JANE", "CR"
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    wide = pixels.dtype.itemsize == 2
    dataset.BitsAllocated = 16 if wide else 8
    dataset.BitsStored = 12 if wide else 8
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = 1 if pixels.dtype.kind == "i" else 0
    dataset.PixelData = pixels.tobytes()
    for keyword, value in attributes.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.get("SOPInstanceUID", generate_uid())
    return dataset


def file_of(dataset: Dataset, *, preamble: bool = True) -> bytes:
    """The bytes of a file, with preamble and file meta or without both."""
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=preamble)
    return stream.getvalue()


def headerless(dataset: Dataset) -> bytes:
    """The data set alone, explicit little endian."""
    from pydicom.filebase import DicomBytesIO
    from pydicom.filewriter import write_dataset

    stream = DicomBytesIO()
    stream.is_little_endian, stream.is_implicit_VR = True, False
    write_dataset(stream, dataset)
    return stream.getvalue()
