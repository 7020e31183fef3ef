"""Bytes → pydicom Dataset → Image; every way in which a file can be wrong has a named error."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from cauce.dicom.decode import decode_pixels
from cauce.dicom.display import display_pixels
from cauce.dicom.image import Image
from cauce.dicom.spacing import pixel_spacing_mm
from cauce.dicom.structure import check_structure, has_dicom_start
from cauce.dicom.values import numbers, text, texts
from cauce.domain.errors import TooLargeError, UnreadableImageError

MAXIMUM_DECODED_BYTES = 1 << 29
"""Larger pixel data are refused before they are decoded."""

_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_DIRECTORY = "1.2.840.10008.1.3.10"
_RESEND = "Send the file again from its source."


def read_dataset(data: bytes) -> Dataset:
    """Parse a DICOM file, with or without preamble and file meta.

    Raises:
        UnreadableImageError: empty, not DICOM, truncated, nested too deeply, or not parsable.
        TooLargeError: a deflated data set grows past its limit.
    """
    if not data:
        raise UnreadableImageError("the file is empty", remedy=_RESEND)
    if not has_dicom_start(data):
        raise UnreadableImageError(
            "not a DICOM file", expected="a DICOM header", got=_looks_like(data), remedy="Check what wrote this file."
        )
    check_structure(data)
    # pydicom's warnings on invalid values quote them, and they may be a patient's.
    pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
    try:
        with _quiet():
            dataset = pydicom.dcmread(io.BytesIO(data), force=True)
    except Exception as error:  # a parser of hostile bytes: any failure is the file's, not the program's
        raise UnreadableImageError(f"the DICOM file cannot be parsed ({type(error).__name__})", remedy=_RESEND) from None
    if not len(dataset):
        raise UnreadableImageError("the DICOM file holds no elements", remedy=_RESEND)
    _name_transfer_syntax(dataset)
    return dataset


def read_image(dataset: Dataset) -> Image:
    """Decode the pixels of one instance and orient them for display (see `Image`).

    Raises:
        UnreadableImageError: no pixel data, attributes missing, or pixel data that cannot be decoded.
        TooLargeError: more than `MAXIMUM_DECODED_BYTES` when decoded.
    """
    with _decoding(dataset):
        pixels = display_pixels(decode_pixels(dataset), dataset)
        return _with_geometry(pixels, dataset)


def read_stored(dataset: Dataset) -> NDArray[Any]:
    """Decode the pixels of one instance as they are stored, before any look-up table; shaped as pydicom does.

    Raises:
        UnreadableImageError, TooLargeError: as `read_image`.
    """
    with _decoding(dataset):
        return decode_pixels(dataset)


@contextmanager
def _decoding(dataset: Dataset) -> Iterator[None]:
    _check_has_pixels(dataset)
    _check_size(dataset)
    try:
        with _quiet():
            yield
    except (UnreadableImageError, TooLargeError):
        raise
    except Exception as error:  # decoders of four libraries, fed with hostile bytes
        raise UnreadableImageError(
            f"the pixel data cannot be decoded ({type(error).__name__})", where=transfer_syntax(dataset),
            remedy="Send the file again, or uncompressed.",
        ) from None


def transfer_syntax(dataset: Dataset) -> str:
    """Name of the transfer syntax, `unknown` where the file states none."""
    uid = text(getattr(dataset, "file_meta", Dataset()), "TransferSyntaxUID")
    return UID(uid).name if uid else "unknown"


def _name_transfer_syntax(dataset: Dataset) -> None:
    """Write down how a data set without file meta turned out to be encoded; the decoders ask for it."""
    if "TransferSyntaxUID" in dataset.file_meta:
        return
    implicit, little = dataset.original_encoding
    explicit = ExplicitVRLittleEndian if little else ExplicitVRBigEndian
    dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else explicit


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _looks_like(data: bytes) -> str:
    head = data[:512]
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError:
        return "other binary content"
    return "text" if text.isprintable() or all(c.isprintable() or c.isspace() for c in text) else "other binary content"


def _check_has_pixels(dataset: Dataset) -> None:
    if any(keyword in dataset for keyword in _PIXELS):
        return
    meta = getattr(dataset, "file_meta", Dataset())
    if text(meta, "MediaStorageSOPClassUID") == _DIRECTORY or "DirectoryRecordSequence" in dataset:
        raise UnreadableImageError("a DICOMDIR, not an image", remedy="Give the folder with the images themselves.")
    kind = UID(text(dataset, "SOPClassUID")).name or "an object of unknown class"
    raise UnreadableImageError("no pixel data", expected="an image", got=kind, remedy="Leave this file out.")


def _check_size(dataset: Dataset) -> None:
    needed = ("Rows", "Columns", "BitsAllocated", "SamplesPerPixel", "PhotometricInterpretation")
    missing = [keyword for keyword in needed if not texts(dataset, keyword)]
    if missing:
        raise UnreadableImageError("attributes of the pixels are missing", where=", ".join(missing), remedy=_RESEND)
    factors = [numbers(dataset, keyword) or (1.0,) for keyword in ("Rows", "Columns", "SamplesPerPixel", "NumberOfFrames")]
    bits = (numbers(dataset, "BitsAllocated") or (8.0,))[0]
    size = max(bits, 8) / 8 * float(np.prod([max(factor[0], 1.0) for factor in factors]))
    if size > MAXIMUM_DECODED_BYTES:
        raise TooLargeError(
            "the decoded pixels are too large", expected=f"at most {MAXIMUM_DECODED_BYTES} bytes", got=f"{size:.0f}",
            remedy="Split the instance, or reduce its matrix.",
        )


def _with_geometry(pixels: NDArray[np.float32], dataset: Dataset) -> Image:
    spacing: tuple[float, ...] | None = pixel_spacing_mm(dataset)
    between = numbers(dataset, "SpacingBetweenSlices") or numbers(dataset, "SliceThickness")
    if spacing is not None and pixels.ndim == 3:
        spacing = (between[0], *spacing) if between else None
    position, direction = numbers(dataset, "ImagePositionPatient"), numbers(dataset, "ImageOrientationPatient")
    orientation = texts(dataset, "PatientOrientation")
    return Image(
        pixels=pixels,
        spacing_mm=spacing,
        origin_mm=(position[0], position[1], position[2]) if len(position) == 3 else None,
        direction=direction if len(direction) == 6 else None,
        patient_orientation=(orientation[0], orientation[1]) if len(orientation) == 2 else None,
    )
