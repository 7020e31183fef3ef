"""Compressed pixels that contradict their header: GDCM ended the process on each of these."""

import io

import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import JPEGLSLossless
from tests.dicom.small_files import file_of, radiograph

from cauce.dicom.read import read_dataset, read_image, read_stored
from cauce.domain.errors import UnreadableImageError

PIXELS = (np.arange(32 * 40, dtype=np.uint16) * 3).reshape(32, 40)


def _jpeg_ls(**attributes: object) -> bytes:
    dataset = radiograph(PIXELS)
    dataset.compress(JPEGLSLossless)
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return file_of_compressed(dataset)


def file_of_compressed(dataset: pydicom.Dataset) -> bytes:
    stream = io.BytesIO()
    pydicom.dcmwrite(stream, dataset, enforce_file_format=True)
    return stream.getvalue()


def test_stored_values_come_back_from_a_lossless_frame():
    assert np.array_equal(read_stored(read_dataset(_jpeg_ls())), PIXELS)


@pytest.mark.parametrize(
    "attributes", [{"Rows": 31}, {"Rows": 4000}, {"Columns": 1}, {"SamplesPerPixel": 3, "PlanarConfiguration": 0}]
)
def test_a_frame_of_another_size_than_the_header_is_refused(attributes):
    with pytest.raises(UnreadableImageError, match="contradicts the header"):
        read_image(read_dataset(_jpeg_ls(**attributes)))


def test_a_jpeg_ls_frame_without_its_end_is_refused_at_once():
    dataset = pydicom.dcmread(io.BytesIO(_jpeg_ls()))
    frame = next(generate_frames(dataset.PixelData, number_of_frames=1)).rstrip(b"\0")
    dataset.PixelData = encapsulate([frame[:-2]])
    with pytest.raises(UnreadableImageError, match="frame is cut"):
        read_image(read_dataset(file_of_compressed(dataset)))


@pytest.mark.parametrize(("allocated", "words"), [(64, "wrong BitsAllocated"), (8, "wider than the header")])
def test_bits_that_no_decoder_can_hold_are_refused(allocated, words):
    with pytest.raises(UnreadableImageError, match=words):
        read_image(read_dataset(_jpeg_ls(BitsAllocated=allocated)))


@pytest.mark.real_data
@pytest.mark.parametrize("attributes", [{"BitsAllocated": 32}, {"BitsStored": 3}, {"HighBit": 9}, {"Columns": 400}])
def test_contradicting_bits_of_a_real_lossless_jpeg_are_refused(real_data, attributes):
    dataset = pydicom.dcmread(real_data / "dicom_mixed" / "files" / "JPLL__CT1_JPLL")
    assert read_stored(read_dataset(file_of_compressed(dataset))).shape == (512, 512)
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    with pytest.raises(UnreadableImageError):
        read_image(read_dataset(file_of_compressed(dataset)))


@pytest.mark.parametrize("keyword", [b"\x08\x00\x16\x00UI", b"\x02\x00\x02\x00UI"])
def test_an_unknown_value_representation_is_no_crash(keyword):
    dataset = radiograph()
    del dataset.PixelData
    data = file_of(dataset)
    assert keyword in data
    with pytest.raises(UnreadableImageError):
        read_image(read_dataset(data.replace(keyword, keyword[:4] + b"UY")))
