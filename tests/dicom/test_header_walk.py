"""The fast walk: the same values as pydicom, or None."""

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.uid import ImplicitVRLittleEndian, RLELossless
from tests.dicom.ct_slices import write_series

from cauce.dicom.header_template import HeaderTemplate
from cauce.dicom.header_walk import ShortHeader, walk_header

WANTED = frozenset((0x00080018, 0x00200032, 0x00200052, 0x00280010, 0x00280030))


def test_values_and_pixel_offset_are_where_pydicom_finds_them(tmp_path):
    path = write_series(tmp_path, count=1)[0]
    data, dataset = path.read_bytes(), pydicom.dcmread(path)
    walked = walk_header(data, WANTED)
    assert walked.values[0x00280010] == (6).to_bytes(2, "little")
    assert walked.values[0x00200052].rstrip(b"\0").decode() == dataset.FrameOfReferenceUID  # and not the one inside a sequence
    assert data[walked.pixel_offset:walked.pixel_offset + walked.pixel_bytes] == dataset.PixelData


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, RLELossless])
def test_other_encodings_are_left_to_pydicom(tmp_path, syntax):
    assert walk_header(write_series(tmp_path, count=1, syntax=syntax)[0].read_bytes(), WANTED) is None


def test_a_cut_header_asks_for_more(tmp_path):
    data = write_series(tmp_path, count=1)[0].read_bytes()
    end = walk_header(data, WANTED).pixel_offset
    for size in range(0, end - 12, 7):
        with pytest.raises(ShortHeader):
            walk_header(data[:size], WANTED)


def test_the_template_gives_what_the_walk_gives_when_lengths_vary(tmp_path):
    template = HeaderTemplate(WANTED)
    for path in write_series(tmp_path, count=40):
        data = path.read_bytes()
        expected, found = walk_header(data, WANTED), template.read(data)
        assert (found.values, found.pixel_offset) == (expected.values, expected.pixel_offset)


@given(st.integers(0, 2**31), st.integers(1, 6))
@settings(max_examples=150, deadline=None)
def test_the_template_is_never_laxer_than_the_walk(seed, edits):
    rng = np.random.default_rng(seed)
    template = HeaderTemplate(WANTED)
    for data in _DATA:
        template.read(data)
    damaged = bytearray(_DATA[seed % len(_DATA)])
    for place in rng.integers(128, len(damaged), size=edits):
        damaged[place] = rng.integers(0, 256)
    expected, found = _outcome(lambda: walk_header(bytes(damaged), WANTED)), _outcome(lambda: template.read(bytes(damaged)))
    assert expected == found


def _outcome(call):
    try:
        walked = call()
    except ShortHeader:
        return "short"
    return None if walked is None else (walked.values, walked.pixel_offset, walked.pixel_bytes)


_DATA: list[bytes] = []


@pytest.fixture(autouse=True, scope="module")
def _series(tmp_path_factory):
    _DATA.extend(path.read_bytes() for path in write_series(tmp_path_factory.mktemp("series"), count=12))
