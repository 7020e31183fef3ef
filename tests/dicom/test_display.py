import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.pixels import apply_modality_lut, apply_voi_lut
from pydicom.sequence import Sequence

from cauce.dicom.read import read_dataset, read_image
from cauce.domain.errors import UnreadableImageError
from dicom.small_files import file_of, radiograph

RAMP = np.arange(0, 4096, 4, dtype=np.uint16).reshape(32, 32)


def shown(dataset: Dataset) -> np.ndarray:
    return read_image(read_dataset(file_of(dataset))).pixels


def lut(first: int, values: list[int], bits: int = 16) -> Dataset:
    item = Dataset()
    item.LUTDescriptor = [len(values), first, bits]
    item.LUTData = np.asarray(values, dtype="<u2").tobytes()
    return item


def test_without_any_lut_the_stored_range_becomes_0_to_1() -> None:
    assert np.allclose(shown(radiograph(RAMP)), RAMP / 4095)


def test_monochrome1_is_inverted_after_the_window() -> None:
    window = {"WindowCenter": 1000, "WindowWidth": 500}
    plain = shown(radiograph(RAMP, **window))
    assert np.allclose(shown(radiograph(RAMP, PhotometricInterpretation="MONOCHROME1", **window)), 1 - plain)


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(["LINEAR", "LINEAR_EXACT", "SIGMOID"]), st.integers(-500, 5000), st.integers(2, 5000),
    st.sampled_from([0.5, 1, 2.5]), st.integers(-1024, 100),
)
def test_windows_agree_with_pydicom(function: str, centre: int, width: int, slope: float, intercept: int) -> None:
    dataset = radiograph(RAMP, WindowCenter=centre, WindowWidth=width, VOILUTFunction=function, RescaleSlope=slope,
                         RescaleIntercept=intercept)
    reference = apply_voi_lut(apply_modality_lut(RAMP, dataset), dataset)
    low, high = intercept, intercept + slope * 4095
    assert np.allclose(shown(dataset), (reference - low) / (high - low), atol=1e-5)


def test_a_voi_lut_goes_before_a_window() -> None:
    curve = [int(65535 * (step / 4095) ** 2) for step in range(4096)]
    dataset = radiograph(RAMP, VOILUTSequence=Sequence([lut(0, curve)]), WindowCenter=5, WindowWidth=5)
    assert np.allclose(shown(dataset), np.asarray(curve)[RAMP] / 65535)


def test_a_modality_lut_is_applied_before_the_window() -> None:
    reversed_values = [4095 - step for step in range(4096)]
    dataset = radiograph(RAMP, ModalityLUTSequence=Sequence([lut(0, reversed_values, 12)]))
    assert np.allclose(shown(dataset), 1 - RAMP / 4095)


def test_signed_pixels_keep_their_order() -> None:
    signed = (RAMP.astype(np.int16) - 2048).astype(np.int16)
    assert np.allclose(shown(radiograph(signed)), (signed.astype(float) + 2048) / 4095)


def test_overlay_bits_above_the_stored_ones_are_cut_away() -> None:
    assert np.array_equal(shown(radiograph(RAMP | 0x8000)), shown(radiograph(RAMP)))


def test_padding_is_background_even_when_the_image_is_inverted() -> None:
    pixels = RAMP.copy()
    pixels[:, :4] = 0
    inverted = shown(radiograph(pixels, PhotometricInterpretation="MONOCHROME1", PixelPaddingValue=0))
    assert (inverted[:, :4] == 0).all()
    assert inverted[0, 5] > 0.9


def test_a_lut_that_is_shorter_than_it_states_is_refused() -> None:
    item = lut(0, [0, 1, 2])
    item.LUTDescriptor = [100, 0, 16]
    with pytest.raises(UnreadableImageError, match="shorter"):
        shown(radiograph(RAMP, VOILUTSequence=Sequence([item])))


def test_colour_becomes_luminance() -> None:
    pixels = np.zeros((16, 16, 3), dtype=np.uint8)
    pixels[..., 1] = 255
    dataset = radiograph(pixels, SamplesPerPixel=3, PhotometricInterpretation="RGB", PlanarConfiguration=0)
    assert np.allclose(shown(dataset), 0.587)
