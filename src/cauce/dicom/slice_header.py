"""SliceHeader: what a series needs to know of one of its files, from the fast walk or from pydicom."""

import math
import os
import struct
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from cauce.dicom.frames import frame_headers, frame_size, is_enhanced
from cauce.dicom.header_template import HeaderTemplate
from cauce.dicom.header_walk import ShortHeader, WalkedHeader
from cauce.dicom.read import read_dataset
from cauce.dicom.values import number, numbers, text, texts
from cauce.domain.errors import InputError, NotASliceError, UnreadableImageError

_FIRST_READ_BYTES = 8 << 10
_LARGEST_HEADER_BYTES = 64 << 20

_SOP, _MODALITY, _STUDY, _SERIES, _FRAME_OF_REFERENCE = 0x00080018, 0x00080060, 0x0020000D, 0x0020000E, 0x00200052
_IMAGE_TYPE, _PATIENT_ID, _THICKNESS, _KERNEL = 0x00080008, 0x00100020, 0x00180050, 0x00181210
_POSITION, _ORIENTATION, _SPACING = 0x00200032, 0x00200037, 0x00280030
_SAMPLES, _PHOTOMETRIC, _FRAMES, _ROWS, _COLUMNS = 0x00280002, 0x00280004, 0x00280008, 0x00280010, 0x00280011
_ALLOCATED, _STORED, _HIGH_BIT, _SIGNED = 0x00280100, 0x00280101, 0x00280102, 0x00280103
_INTERCEPT, _SLOPE, _RESCALE_TYPE, _MODALITY_LUT = 0x00281052, 0x00281053, 0x00281054, 0x00283000
_WANTED = frozenset((
    _SOP, _MODALITY, _STUDY, _SERIES, _FRAME_OF_REFERENCE, _IMAGE_TYPE, _PATIENT_ID, _THICKNESS, _KERNEL, _POSITION,
    _ORIENTATION, _SPACING, _SAMPLES, _PHOTOMETRIC, _FRAMES, _ROWS, _COLUMNS, _ALLOCATED, _STORED, _HIGH_BIT, _SIGNED,
    _INTERCEPT, _SLOPE, _RESCALE_TYPE, _MODALITY_LUT,
))
_RESEND = "Send the file again from its source."


@dataclass(frozen=True)
class SliceHeader:
    """One slice.

    Attributes:
        name: what messages call the file.
        position_mm, direction, spacing_mm: ImagePositionPatient (0020,0032), ImageOrientationPatient (0020,0037) and
            PixelSpacing (0028,0030: between rows, between columns).
        bits_stored, signed: the range of stored values; they lie in the low bits of 16.
        slope, intercept: from stored values to modality values.
        is_hounsfield: True for CT, and where RescaleType (0028,1054) says HU.
        pixel_offset: where the pixels stand in the file as plain 16-bit little-endian numbers; None when pydicom must decode.
        image_type, kernel, thickness_mm: ImageType (0008,0008), ConvolutionKernel (0018,1210), SliceThickness (0018,0050);
            empty and None where the file does not say.
        patient_id: in memory only; never written.
        frame: number of the frame in its file, from 0; None for a file of a single slice.
        source_sop_uid: of the single slice that this frame was converted from, where the file says so.
    """

    path: Path
    name: str
    sop_instance_uid: str
    series_instance_uid: str
    frame_of_reference_uid: str
    position_mm: tuple[float, ...]
    direction: tuple[float, ...]
    spacing_mm: tuple[float, ...]
    rows: int
    columns: int
    bits_stored: int
    signed: bool
    slope: float
    intercept: float
    is_hounsfield: bool
    pixel_offset: int | None
    study_instance_uid: str = ""
    modality: str = ""
    image_type: tuple[str, ...] = ()
    kernel: str = ""
    thickness_mm: float | None = None
    patient_id: str = field(default="", repr=False)
    frame: int | None = None
    source_sop_uid: str = ""


def slice_template() -> HeaderTemplate:
    """What `read_slice_header` learns from one file to the next."""
    return HeaderTemplate(_WANTED)


def read_slice_headers(path: Path, template: HeaderTemplate) -> tuple[SliceHeader, ...]:
    """Read one file's header: one slice, or the frames of an enhanced multi-frame object in the order of the file.

    The pixels of a single slice are not read when it is uncompressed explicit-VR little endian.

    Args:
        path: messages call the file by its name.
        template: made by `slice_template`, one for all files of a series.

    Raises:
        InputError: the file cannot be opened.
        UnreadableImageError: no DICOM slice with a place in space, or frames that are not one volume; the file is named.
    """
    name = path.name
    try:
        walked = _walk(path, template)
        header = None if walked is None else _from_walk(path, name, walked)
        if header is not None:
            return (header,)
        dataset = read_dataset(path.read_bytes())
        return _from_frames(path, name, dataset) if is_enhanced(dataset) else (_from_dataset(path, name, dataset),)
    except OSError as error:
        raise InputError(f"the file cannot be opened ({error.strerror})", where=name, remedy="Check its permissions.") from None
    except UnreadableImageError as error:
        if error.where.startswith(name):
            raise
        raise named(error, name) from None


def named(error: UnreadableImageError, name: str) -> UnreadableImageError:
    """The same error, with the file's name in front of its place."""
    where = f"{name}, {error.where}" if error.where else name
    return type(error)(error.what, where=where, expected=error.expected, got=error.got, remedy=error.remedy)


def _walk(path: Path, template: HeaderTemplate) -> WalkedHeader | None:
    """Read as much of the file as its header needs."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        size = _FIRST_READ_BYTES
        while size <= _LARGEST_HEADER_BYTES:
            head = os.pread(descriptor, size, 0)
            try:
                return template.read(head)
            except ShortHeader:
                if len(head) < size:
                    return None
                size *= 8
        return None
    finally:
        os.close(descriptor)


def _from_walk(path: Path, name: str, walked: WalkedHeader) -> SliceHeader | None:
    """None where the file is not plain 16-bit grey, or a value is missing or malformed: pydicom then reads it."""
    values = walked.values
    rows, columns, stored = _short(values, _ROWS), _short(values, _COLUMNS), _short(values, _STORED)
    is_plain = (
        _short(values, _SAMPLES) == 1 and _short(values, _ALLOCATED) == 16 and 1 <= stored <= 16
        and _short(values, _HIGH_BIT) == stored - 1 and _short(values, _SIGNED) in (0, 1)
        and _string(values, _PHOTOMETRIC) in ("MONOCHROME1", "MONOCHROME2") and _MODALITY_LUT not in values
        and values.get(_FRAMES, b"1").strip(b" \0") in (b"", b"1")
        and rows > 0 and columns > 0 and walked.pixel_bytes == rows * columns * 2
    )
    position, direction, spacing = (_decimals(values.get(tag, b"")) for tag in (_POSITION, _ORIENTATION, _SPACING))
    slope, intercept = _decimals(values.get(_SLOPE, b"1")), _decimals(values.get(_INTERCEPT, b"0"))
    if not is_plain or (len(position), len(direction), len(spacing), len(slope), len(intercept)) != (3, 6, 2, 1, 1):
        return None
    return SliceHeader(
        path=path, name=name, sop_instance_uid=_string(values, _SOP), series_instance_uid=_string(values, _SERIES),
        frame_of_reference_uid=_string(values, _FRAME_OF_REFERENCE),
        position_mm=position, direction=direction, spacing_mm=spacing, rows=rows, columns=columns,
        bits_stored=stored, signed=_short(values, _SIGNED) == 1,
        slope=slope[0], intercept=intercept[0],
        is_hounsfield=_string(values, _MODALITY) == "CT" or _string(values, _RESCALE_TYPE) == "HU",
        pixel_offset=walked.pixel_offset, study_instance_uid=_string(values, _STUDY), modality=_string(values, _MODALITY),
        image_type=tuple(part.strip() for part in _string(values, _IMAGE_TYPE).split("\\") if part.strip()),
        kernel=_string(values, _KERNEL), thickness_mm=next(iter(_decimals(values.get(_THICKNESS, b""))), None),
        patient_id=_string(values, _PATIENT_ID),
    )


def _from_frames(path: Path, name: str, dataset: Dataset) -> tuple[SliceHeader, ...]:
    headers = frame_headers(dataset, name)
    start, size = _native_offset(dataset), frame_size(dataset)
    return tuple(
        replace(
            _from_dataset(path, f"{name}, frame {index + 1}", header), frame=index,
            pixel_offset=None if start is None else start + index * size,
            source_sop_uid=text(header, "ReferencedSOPInstanceUID"),
        )
        for index, header in enumerate(headers)
    )


def _native_offset(dataset: Dataset) -> int | None:
    """Where the pixels begin in the file when they are plain 16-bit little-endian numbers."""
    element = dataset.get_item("PixelData")
    is_plain = (
        text(dataset.file_meta, "TransferSyntaxUID") in (ImplicitVRLittleEndian, ExplicitVRLittleEndian)
        and number(dataset, "BitsAllocated") == 16 and number(dataset, "HighBit") == (number(dataset, "BitsStored") or 0) - 1
    )
    return element.value_tell if is_plain and isinstance(element, RawDataElement) else None


def _from_dataset(path: Path, name: str, dataset: Dataset) -> SliceHeader:
    frames, samples = int(number(dataset, "NumberOfFrames") or 1), int(number(dataset, "SamplesPerPixel") or 1)
    if (frames, samples) != (1, 1):
        raise NotASliceError("not one grey slice", where=name, expected="one frame of one sample",
                             got=f"{frames} frames, {samples} samples", remedy="Leave this file out of the series.")
    position, direction = numbers(dataset, "ImagePositionPatient"), numbers(dataset, "ImageOrientationPatient")
    spacing = numbers(dataset, "PixelSpacing")
    if (len(position), len(direction), len(spacing)) != (3, 6, 2):
        raise NotASliceError(
            "no slice with a place in the patient", where=name, got=text(dataset, "Modality", "an object of unknown kind"),
            expected="ImagePositionPatient, ImageOrientationPatient, PixelSpacing", remedy="Leave this file out of the series.",
        )
    if "ModalityLUTSequence" in dataset:
        raise UnreadableImageError("values go through a look-up table", where=name, expected="RescaleSlope (0028,1053)",
                                   got="ModalityLUTSequence (0028,3000)", remedy="Export the series with a rescale slope.")
    slope, intercept = number(dataset, "RescaleSlope"), number(dataset, "RescaleIntercept")
    return SliceHeader(
        path=path, name=name, sop_instance_uid=text(dataset, "SOPInstanceUID"),
        series_instance_uid=text(dataset, "SeriesInstanceUID"), frame_of_reference_uid=text(dataset, "FrameOfReferenceUID"),
        position_mm=position, direction=direction, spacing_mm=spacing,
        rows=int(number(dataset, "Rows") or 0), columns=int(number(dataset, "Columns") or 0),
        bits_stored=int(number(dataset, "BitsStored") or number(dataset, "BitsAllocated") or 16),
        signed=number(dataset, "PixelRepresentation") == 1,
        slope=1.0 if slope is None else slope, intercept=0.0 if intercept is None else intercept,
        is_hounsfield=text(dataset, "Modality") == "CT" or text(dataset, "RescaleType") == "HU",
        pixel_offset=None, study_instance_uid=text(dataset, "StudyInstanceUID"), modality=text(dataset, "Modality"),
        image_type=texts(dataset, "ImageType"), kernel="\\".join(texts(dataset, "ConvolutionKernel")),
        thickness_mm=number(dataset, "SliceThickness"), patient_id=text(dataset, "PatientID"),
    )


def _short(values: dict[int, bytes], tag: int) -> int:
    """A US value; -1 when it is missing or malformed."""
    value = values.get(tag, b"")
    return struct.unpack("<H", value)[0] if len(value) == 2 else -1


def _string(values: dict[int, bytes], tag: int) -> str:
    return values.get(tag, b"").decode("ascii", "replace").strip("\0 ")


@lru_cache(maxsize=4096)
def _decimals(value: bytes) -> tuple[float, ...]:
    """DS values; empty when one is malformed. Slices of a series share most of them, hence the cache."""
    try:
        found = tuple(float(part) for part in value.split(b"\\"))
    except ValueError:
        return ()
    return found if all(map(math.isfinite, found)) else ()
