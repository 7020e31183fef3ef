"""Stored pixel values → what a viewer shows: modality LUT, VOI LUT or window, then inversion (PS3.4 N.2).

For 8 and 16 bits the whole chain is computed once for each possible stored value and then looked up.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from cauce.dicom.values import first_item, number, text
from cauce.domain.errors import UnreadableImageError

Array = NDArray[np.float64]

_LUMINANCE = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # ITU-R BT.601
_WRONG = "The file's header is wrong."
_GREY = ("MONOCHROME1", "MONOCHROME2")


@dataclass(frozen=True)
class _Range:
    """Values after the modality LUT, and the range that they can take."""

    values: Array
    low: float
    high: float


def display_pixels(stored: NDArray[np.generic], dataset: Dataset) -> NDArray[np.float32]:
    """float32 (rows, columns) or (frames, rows, columns), 0 to 1, larger is brighter; colour becomes luminance.

    Args:
        stored: array as pydicom decodes it, (rows, columns), (frames, rows, columns), or either with 3 samples behind.
        dataset: header of the same instance.
    """
    photometric = text(dataset, "PhotometricInterpretation")
    if photometric == "PALETTE COLOR":
        return _palette(stored, dataset)
    if photometric not in _GREY:
        return _colour(stored)
    if stored.dtype.kind == "f" or stored.dtype.itemsize > 2:
        shown = _grey(stored.astype(np.float64), dataset).astype(np.float32)
    else:
        shown = _lookup(stored, dataset)
    padding = _padding(stored, dataset)
    if padding is not None:
        shown[padding] = 0.0
    return shown


def _lookup(stored: NDArray[np.generic], dataset: Dataset) -> NDArray[np.float32]:
    """The chain for every value of the stored type, then one look-up for each pixel."""
    limits = np.iinfo(stored.dtype)  # type: ignore[type-var]
    values = np.arange(limits.min, limits.max + 1, dtype=np.int64)
    table = _grey(_stored_bits(values, dataset), dataset).astype(np.float32)
    unsigned = stored.view(np.uint8 if stored.dtype.itemsize == 1 else np.uint16)
    return np.ascontiguousarray(np.roll(table, limits.min)[unsigned] if limits.min < 0 else table[unsigned])


def _stored_bits(values: NDArray[np.int64], dataset: Dataset) -> Array:
    """Cut overlay bits above HighBit (0028,0102) away and restore the sign."""
    bits = int(number(dataset, "BitsStored") or number(dataset, "BitsAllocated") or 16)
    kept = values & ((1 << bits) - 1)
    if number(dataset, "PixelRepresentation") == 1:
        kept = np.where(kept >= 1 << (bits - 1), kept - (1 << bits), kept)
    return kept.astype(np.float64)


def _grey(values: Array, dataset: Dataset) -> Array:
    shown = _window(_modality(values, dataset), dataset)
    return 1.0 - shown if text(dataset, "PhotometricInterpretation") == "MONOCHROME1" else shown


def _modality(values: Array, dataset: Dataset) -> _Range:
    item = first_item(dataset, "ModalityLUTSequence")
    if item is not None:
        return _through_lut(values, item)
    source = _functional(dataset, "PixelValueTransformationSequence") or dataset
    slope, intercept = number(source, "RescaleSlope"), number(source, "RescaleIntercept")
    slope, intercept = 1.0 if slope is None else slope, 0.0 if intercept is None else intercept
    if values.size == 0 or slope == 0:
        raise UnreadableImageError("RescaleSlope is 0", where="(0028,1053)", remedy=_WRONG)
    low, high = _stored_range(values, dataset)
    ends = sorted((low * slope + intercept, high * slope + intercept))
    return _Range(values * slope + intercept, ends[0], ends[1])


def _stored_range(values: Array, dataset: Dataset) -> tuple[float, float]:
    """The range of BitsStored, or of the values themselves where they are floating point or too wide to be shown in full."""
    bits = int(number(dataset, "BitsStored") or number(dataset, "BitsAllocated") or 16)
    if "PixelData" not in dataset or bits > 16:
        return float(values.min()), float(values.max())
    if number(dataset, "PixelRepresentation") == 1:
        return -float(1 << (bits - 1)), float((1 << (bits - 1)) - 1)
    return 0.0, float((1 << bits) - 1)


def _window(modality: _Range, dataset: Dataset) -> Array:
    """VOI LUT before window, as pydicom and PS3.3 C.11.2 prefer; without either the whole range is shown."""
    item = first_item(dataset, "VOILUTSequence")
    if item is not None:
        looked_up = _through_lut(modality.values, item)
        return (looked_up.values - looked_up.low) / (looked_up.high - looked_up.low)
    source = _functional(dataset, "FrameVOILUTSequence") or dataset
    centre, width = number(source, "WindowCenter"), number(source, "WindowWidth")
    if centre is None or width is None or width <= 0:
        span = modality.high - modality.low
        return np.clip((modality.values - modality.low) / (span if span > 0 else 1.0), 0.0, 1.0)
    function = text(source, "VOILUTFunction", "LINEAR")
    if function == "SIGMOID":
        return 1.0 / (1.0 + np.exp(np.clip(-4.0 * (modality.values - centre) / width, -500, 500)))
    if function == "LINEAR_EXACT":
        return np.clip((modality.values - centre) / width + 0.5, 0.0, 1.0)
    return np.clip((modality.values - (centre - 0.5)) / max(width - 1.0, 1e-6) + 0.5, 0.0, 1.0)


def _through_lut(values: Array, item: Dataset) -> _Range:
    """Look values up in a Modality or VOI LUT (PS3.3 C.11.1.1)."""
    entries, first, bits = _descriptor(item)
    data = item.LUTData
    if isinstance(data, bytes):
        wide = len(data) >= 2 * entries
        order = ">" if item.original_encoding[1] is False else "<"
        table = np.frombuffer(data, dtype=f"{order}u2" if wide else "u1")[:entries].astype(np.float64)
    else:
        table = np.asarray(data, dtype=np.float64).ravel()[:entries]
    if table.size != entries:
        raise UnreadableImageError("a LUT is shorter than it states", where="LUTData (0028,3006)", remedy=_WRONG)
    index = np.clip(np.round(values) - first, 0, entries - 1).astype(np.int64)
    return _Range(table[index], 0.0, float((1 << bits) - 1))


def _descriptor(item: Dataset) -> tuple[int, int, int]:
    entries, first, bits = (int(value) for value in item.LUTDescriptor)
    if not 0 <= entries <= 1 << 16 or not 8 <= bits <= 16:
        raise UnreadableImageError("a LUT descriptor is out of range", where="(0028,3002)", remedy=_WRONG)
    return entries or 1 << 16, first, bits


def _functional(dataset: Dataset, keyword: str) -> Dataset | None:
    """Item of a functional group of an enhanced multi-frame instance: shared, else the first frame's."""
    for group in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        item = first_item(dataset, group, keyword)
        if item is not None:
            return item
    return None


def _padding(stored: NDArray[np.generic], dataset: Dataset) -> NDArray[np.bool_] | None:
    """Pixels outside the field: PixelPaddingValue (0028,0120) up to PixelPaddingRangeLimit (0028,0121)."""
    value = number(dataset, "PixelPaddingValue")
    if value is None:
        return None
    limit = number(dataset, "PixelPaddingRangeLimit")
    low, high = sorted((value, value if limit is None else limit))
    values: NDArray[Any] = stored
    return np.asarray((values >= low) & (values <= high))


def _palette(stored: NDArray[np.generic], dataset: Dataset) -> NDArray[np.float32]:
    from pydicom.pixels.processing import apply_color_lut

    coloured = apply_color_lut(stored, dataset)
    return _colour(coloured[..., :3])


def _colour(samples: NDArray[np.generic]) -> NDArray[np.float32]:
    """Luminance of RGB samples; pydicom has turned YBR into RGB already."""
    if samples.ndim < 3 or samples.shape[-1] != 3:
        raise UnreadableImageError("colour pixels without three samples", where="SamplesPerPixel (0028,0002)", remedy=_WRONG)
    top = float(np.iinfo(samples.dtype).max)  # type: ignore[type-var]
    return np.asarray(np.clip(samples.astype(np.float32) @ _LUMINANCE / np.float32(top), 0.0, 1.0), dtype=np.float32)
