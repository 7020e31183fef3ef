"""Processed densities → stored integers, modality LUT and VOI LUT, in each vendor's own manner."""

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from cauce.phantom.chest_radiograph import Radiograph
from cauce.phantom.study import DigitalStudy
from cauce.phantom.vendor import ToneCurve

_FLOOR, _TOP = -0.5, 7.5  # densities at the two ends of the stored range
_LUT_STEEPNESS = 5.5
_LUT_BITS = 16


def encode(radiograph: Radiograph, study: DigitalStudy) -> Dataset:
    """A data set that holds pixels, photometric interpretation, rescale and VOI LUT, and nothing else.

    MONOCHROME1 files store the reversed density, so that every file shows bone bright after its own LUTs.
    """
    machine = study.machine
    bits, inverted = machine.bits_stored[study.origin], machine.inverted[study.origin]
    maximum = (1 << bits) - 1
    value = radiograph.density if not inverted else np.float32(_FLOOR + _TOP) - radiograph.density
    ends = radiograph.shown if not inverted else (_FLOOR + _TOP - radiograph.shown[1], _FLOOR + _TOP - radiograph.shown[0])
    stored = np.clip(np.rint((value - np.float32(_FLOOR)) * np.float32(maximum / (_TOP - _FLOOR))), 0, maximum)

    dataset = Dataset()
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME1" if inverted else "MONOCHROME2"
    dataset.Rows, dataset.Columns = stored.shape
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, bits, bits - 1, 0
    dataset.PresentationLUTShape = "INVERSE" if inverted else "IDENTITY"
    if machine.modality == "DX":
        dataset.PixelIntensityRelationship = "LOG"
        dataset.PixelIntensityRelationshipSign = 1 if inverted else -1
    slope, intercept = _rescale(machine.modality, maximum)
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = intercept, slope, "US"
    black, white = ((end - _FLOOR) * maximum / (_TOP - _FLOOR) for end in ends)
    if machine.tone is ToneCurve.LUT_SEQUENCE:
        dataset.VOILUTSequence = Sequence([_lut(black, white, maximum + 1)])
    else:
        dataset.WindowCenter = round((black + white) / 2 * slope + intercept, 2)
        dataset.WindowWidth = round((white - black) * slope, 2)
        dataset.VOILUTFunction = machine.tone.value
    dataset.add_new("PixelData", "OW", stored.astype("<u2").tobytes())
    return dataset


def _rescale(modality: str, maximum: int) -> tuple[float, float]:
    """DX for presentation must be an identity (PS3.3 C.8.11.3); CR may carry thousandths of the log signal."""
    if modality == "DX":
        return 1.0, 0.0
    return round(1000 * (_TOP - _FLOOR) / maximum, 8), 1000 * _FLOOR


def _lut(black: float, white: float, entries: int) -> Dataset:
    """An S-shaped curve over all stored values, flat outside black..white."""
    x = np.clip((np.arange(entries) - black) / (white - black), 0, 1)
    curve: npt.NDArray[np.float64] = 1 / (1 + np.exp(-_LUT_STEEPNESS * (x - 0.5)))
    curve = (curve - curve.min()) / (curve.max() - curve.min())
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [entries, 0, _LUT_BITS])
    item.LUTExplanation = "CHEST"
    item.add_new("LUTData", "OW", np.rint(curve * ((1 << _LUT_BITS) - 1)).astype("<u2").tobytes())
    return item
