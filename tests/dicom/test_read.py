import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from cauce.dicom.read import MAXIMUM_DECODED_BYTES, read_dataset, read_image
from cauce.domain.errors import CauceError, TooLargeError, UnreadableImageError
from dicom.small_files import file_of, headerless, radiograph

WHOLE = file_of(radiograph())


def test_every_real_file_is_read_or_refused_with_a_named_reason(real_data: Path) -> None:
    outcomes: dict[str, str] = {}
    for path in sorted((real_data / "dicom_mixed" / "files").iterdir()):
        try:
            image = read_image(read_dataset(path.read_bytes()))
        except CauceError as error:
            outcomes[path.name] = error.what
        else:
            assert image.pixels.dtype == np.float32
            assert image.pixels.min() >= 0
            assert image.pixels.max() <= 1
            outcomes[path.name] = "read"
    assert len(outcomes) == 237
    assert sum(outcome == "read" for outcome in outcomes.values()) >= 170
    assert outcomes["rtplan_truncated.dcm"] == "the DICOM file is truncated"
    assert outcomes["dicomdirtests__DICOMDIR"] == "a DICOMDIR, not an image"
    assert outcomes["rtplan.dcm"] == "no pixel data"
    for name in ("ExplVR_BigEnd.dcm", "JPLL__CT1_JPLL", "RG3_J2KI.dcm", "JLSL__CT1_JLSL", "RLE__CT1_RLE", "image_dfl.dcm",
                 "JLSL_RGB_ILV0.dcm", "OT-PAL-8-face.dcm", "emri_small_jpeg_ls_lossless.dcm"):
        assert outcomes[name] == "read", name


def test_a_file_without_preamble_reads_as_the_same_image() -> None:
    assert np.array_equal(read_image(read_dataset(headerless(radiograph()))).pixels, read_image(read_dataset(WHOLE)).pixels)


@pytest.mark.parametrize(
    ("data", "what"),
    [(b"", "empty"), (b"just some text, named .dcm\n" * 9, "not a DICOM file"), (b"\x00" * 400, "not a DICOM file"),
     (WHOLE[: len(WHOLE) // 2], "truncated"), (WHOLE[:-1], "truncated"), (WHOLE[:140], "truncated")],
)
def test_a_broken_file_is_refused_by_name(data: bytes, what: str) -> None:
    with pytest.raises(UnreadableImageError, match=what):
        read_image(read_dataset(data))


@settings(max_examples=60, deadline=None)
@given(st.integers(min_value=132, max_value=len(WHOLE) - 1))
def test_a_file_cut_anywhere_never_passes_as_an_image(end: int) -> None:
    with pytest.raises(CauceError):
        read_image(read_dataset(WHOLE[:end]))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(min_value=0, max_value=900), st.integers(min_value=0, max_value=255)), max_size=8))
def test_changed_bytes_give_an_image_or_a_named_error(changes: list[tuple[int, int]]) -> None:
    data = bytearray(WHOLE)
    for place, value in changes:
        data[place] = value
    try:
        pixels = read_image(read_dataset(bytes(data))).pixels
    except CauceError:
        return
    assert 0 <= pixels.min() <= pixels.max() <= 1


def test_sequences_that_nest_beyond_reason_are_refused() -> None:
    dataset = radiograph()
    inner = dataset
    for _ in range(200):
        item = Dataset()
        item.is_undefined_length_sequence_item = True
        inner.ReferencedSeriesSequence = Sequence([item])
        inner["ReferencedSeriesSequence"].is_undefined_length = True
        inner = item
    with pytest.raises(UnreadableImageError, match="nested too deeply"):
        read_dataset(file_of(dataset))


def test_a_matrix_that_would_fill_the_memory_is_refused_before_decoding() -> None:
    with pytest.raises(TooLargeError, match=str(MAXIMUM_DECODED_BYTES)):
        read_image(read_dataset(file_of(radiograph(Rows=60_000, Columns=60_000))))


def test_no_value_of_a_file_is_quoted_in_a_warning() -> None:
    dataset = radiograph()
    dataset.PatientID = "ID-1"
    data = file_of(dataset).replace(b"1.2.3.4", b"1.2.X.4")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_dataset(data).SOPInstanceUID == "1.2.X.4"


def test_geometry_stands_beside_the_pixels() -> None:
    image = read_image(read_dataset(file_of(radiograph(ImagerPixelSpacing=[0.2, 0.1], PatientOrientation=["L", "F"]))))
    assert image.spacing_mm == (0.2, 0.1)
    assert image.patient_orientation == ("L", "F")
    assert (image.rows, image.columns) == (32, 40)
    assert image.origin_mm is None
