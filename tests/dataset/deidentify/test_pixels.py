import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRLittleEndian, RLELossless

from cauce.dataset.deidentify.pixels import clean_pixels
from cauce.dataset.deidentify.quarantine import Risk


def made(values: np.ndarray, *, stored: int = 12, syntax: str = ExplicitVRLittleEndian, **attributes: object) -> Dataset:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    dataset.Rows, dataset.Columns, dataset.SamplesPerPixel = *values.shape, 1
    dataset.PhotometricInterpretation, dataset.PixelRepresentation = "MONOCHROME2", int(values.dtype.kind == "i")
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8 * values.itemsize, stored, stored - 1
    dataset.PixelData = values.tobytes()
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset


VALUES = np.arange(4096, dtype=np.uint16).reshape(64, 64)


def test_clean_pixels_are_not_touched() -> None:
    for values in (VALUES, VALUES.astype(np.int16) - 2048):
        dataset = made(values)
        assert clean_pixels(dataset) == []
        assert dataset.PixelData == values.tobytes()


def test_an_overlay_in_unused_bits_is_cleared_and_the_image_stays() -> None:
    dataset = made(VALUES | 0x1000 * (VALUES % 3 == 0).astype(np.uint16))
    assert clean_pixels(dataset) == ["unused bits cleared"]
    assert dataset.PixelData == VALUES.tobytes()


def test_signed_values_keep_their_sign_without_what_hides_above_it() -> None:
    values = VALUES.astype(np.int16) - 2048
    dataset = made(((values.view(np.uint16) & 0x0FFF) | 0x4000).view(np.int16))
    assert clean_pixels(dataset) == ["unused bits cleared"]
    assert dataset.PixelData == values.tobytes()


def test_declared_padding_may_use_all_bits() -> None:
    values = VALUES.copy()
    values[0] = 63536
    dataset = made(values, PixelPaddingValue=63536)
    assert clean_pixels(dataset) == []
    assert dataset.PixelData == values.tobytes()


def test_bytes_after_the_last_pixel_are_removed() -> None:
    dataset = made(VALUES)
    dataset.PixelData += b"JANE DOE"
    assert clean_pixels(dataset) == ["bytes after the last pixel removed"]
    assert dataset.PixelData == VALUES.tobytes()


@pytest.mark.parametrize(
    "attributes",
    [{"Rows": 65}, {"PixelData": b""}, {"NumberOfFrames": "3"}, {"Rows": None}, {"BitsAllocated": 32}],
)
def test_pixel_data_that_are_not_as_long_as_stated_do_not_pass(attributes: dict[str, object]) -> None:
    assert isinstance(clean_pixels(made(VALUES, **attributes)), Risk)


def test_compressed_frames_without_markers_or_of_another_number_do_not_pass() -> None:
    dataset = made(VALUES, syntax="1.2.840.10008.1.2.4.50", PixelData=encapsulate([b"JANE DOE"]))
    assert isinstance(clean_pixels(dataset), Risk)
    dataset = made(VALUES, syntax=RLELossless, PixelData=encapsulate([b"\1" + b"JANE DOE" * 9]))
    assert isinstance(clean_pixels(dataset), Risk)


def test_an_object_without_pixels_passes() -> None:
    dataset = made(VALUES)
    del dataset.PixelData
    assert clean_pixels(dataset) == []
