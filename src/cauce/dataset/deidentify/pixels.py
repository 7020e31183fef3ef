"""Pixel data hold pixels and nothing else: no bytes after the last one, no overlay in unused bits, no talk in codestreams."""

import numpy as np
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import UID, RLELossless

from cauce.dataset.deidentify.codestream import CodestreamError, strip_frame
from cauce.dataset.deidentify.quarantine import Risk
from cauce.dicom.values import number, text

_HALF_CHROMA = "YBR_FULL_422"
_DECIMAL = {"FloatPixelData": 4, "DoubleFloatPixelData": 8}


def clean_pixels(dataset: Dataset) -> Risk | list[str]:
    """Change PixelData (7FE0,0010) in place; what was done to it, or why the instance cannot pass."""
    if "PixelData" not in dataset:
        return _other_pixels(dataset)
    if not isinstance(dataset["PixelData"].value, bytes) or not dataset.PixelData:
        return Risk("pixel-data", "the pixel data are empty or not bytes")
    needed = ("Rows", "Columns", "BitsAllocated", "SamplesPerPixel")
    if any(number(dataset, keyword) is None for keyword in needed):
        return Risk("pixel-attributes", "Rows, Columns, BitsAllocated or SamplesPerPixel is missing or no number")
    if dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        return _clean_frames(dataset)
    return _clean_native(dataset)


def _other_pixels(dataset: Dataset) -> Risk | list[str]:
    if "Image Storage" in UID(text(dataset, "SOPClassUID")).name and not any(keyword in dataset for keyword in _DECIMAL):
        return Risk("pixel-data", "an image without pixel data: the file is cut off, or its pixels are elsewhere")
    for keyword, size in _DECIMAL.items():
        if keyword in dataset:
            expected = _values(dataset) * size
            if len(dataset[keyword].value) != expected:
                return Risk("pixel-data", f"{keyword} is not as long as the attributes say")
    return []


def _values(dataset: Dataset) -> int:
    factors = [int(number(dataset, keyword) or 1) for keyword in ("Rows", "Columns", "SamplesPerPixel", "NumberOfFrames")]
    return int(np.prod([max(factor, 1) for factor in factors], dtype=object))


def _clean_native(dataset: Dataset) -> Risk | list[str]:
    data, bits = bytes(dataset.PixelData), int(number(dataset, "BitsAllocated") or 0)
    expected = (_values(dataset) * bits + 7) // 8
    if text(dataset, "PhotometricInterpretation") == _HALF_CHROMA and len(data) < expected:
        expected = expected // 3 * 2
    if len(data) < expected:
        return Risk("pixel-data", "the pixel data are shorter than the attributes say")
    done = []
    if len(data) > expected and any(data[expected:]):
        done.append("bytes after the last pixel removed")
    data = data[:expected]
    cleared = _without_unused_bits(dataset, data, bits)
    if cleared is not None:
        data = cleared
        done.append("unused bits cleared")
    dataset.PixelData = data + b"\0" * (len(data) % 2)
    return done


def _without_unused_bits(dataset: Dataset, data: bytes, bits: int) -> bytes | None:
    """Pixel data whose unused bits repeat the sign or are zero; None when they do already.

    Values that the file declares as padding stay: they often use all allocated bits.
    """
    stored = int(number(dataset, "BitsStored") or bits)
    high = int(number(dataset, "HighBit") or stored - 1)
    if bits not in (8, 16, 32) or not 0 < stored < bits or not stored - 1 <= high < bits:
        return None
    signed = number(dataset, "PixelRepresentation") == 1
    order = "<" if dataset.file_meta.TransferSyntaxUID.is_little_endian else ">"
    kind = np.dtype(f"{order}{'i' if signed else 'u'}{bits // 8}")
    values = np.frombuffer(data, kind)
    wide = np.int64 if signed else np.uint64
    left, right = wide(bits - 1 - high), wide(bits - stored)
    shifted = (values << kind.type(left)).astype(kind)          # the bits above the highest one fall out
    clean = ((shifted >> kind.type(right)) << kind.type(high - stored + 1)).astype(kind)
    padding = [number(dataset, keyword) for keyword in ("PixelPaddingValue", "PixelPaddingRangeLimit")]
    stays = np.isin(values.astype(np.int64), [int(value) for value in padding if value is not None])
    clean = np.where(stays, values, clean).astype(kind)
    return None if np.array_equal(clean, values) else clean.tobytes()


def _clean_frames(dataset: Dataset) -> Risk | list[str]:
    frames_stated = max(int(number(dataset, "NumberOfFrames") or 1), 1)
    try:
        frames = list(generate_frames(dataset.PixelData, number_of_frames=frames_stated))
    except Exception:  # fragments of hostile bytes
        return Risk("pixel-data", "the compressed frames cannot be told apart")
    if len(frames) != frames_stated:
        return Risk("pixel-data", "the number of compressed frames is not NumberOfFrames")
    try:
        stripped = [_strip_rle(frame) if _is_rle(dataset) else strip_frame(frame) for frame in frames]
    except CodestreamError:
        return Risk("pixel-data", "a compressed frame cannot be searched for comments")
    shorter = any(len(after) < len(before.rstrip(b"\0")) for after, before in zip(stripped, frames, strict=True))
    dataset.PixelData = encapsulate(stripped)
    dataset["PixelData"].is_undefined_length = True
    for keyword in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths"):
        if keyword in dataset:
            del dataset[keyword]
    return ["comments in compressed frames removed"] if shorter else []


def _is_rle(dataset: Dataset) -> bool:
    return bool(dataset.file_meta.TransferSyntaxUID == RLELossless)


def _strip_rle(frame: bytes) -> bytes:
    """RLE has no comments; its header must be one (PS3.5 G.5)."""
    segments = int.from_bytes(frame[:4], "little")
    if len(frame) < 64 or not 1 <= segments <= 15 or any(frame[4 + 4 * segments:64]):
        raise CodestreamError("not an RLE header")
    return frame
