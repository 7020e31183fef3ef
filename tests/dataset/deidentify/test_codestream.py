import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cauce.dataset.deidentify.codestream import CodestreamError, strip_frame

PICTURE = Image.fromarray((np.arange(64 * 48) % 251).astype(np.uint8).reshape(48, 64))


def encoded(kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    PICTURE.save(stream, kind, **options)
    return stream.getvalue()


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


@pytest.mark.parametrize("progressive", [False, True])
def test_comments_application_data_and_bytes_after_the_end_leave_a_jpeg_and_its_pixels_stay(progressive: bool) -> None:
    exif = Image.Exif()
    exif[0x010E] = "JANE DOE"
    frame = encoded("jpeg", comment=b"JANE DOE", exif=exif, progressive=progressive) + b"JANE DOE"
    clean = strip_frame(frame)
    assert frame.count(b"JANE DOE") == 3
    assert b"JANE DOE" not in clean
    assert np.array_equal(pixels(clean), pixels(frame))


def test_a_comment_between_two_scans_goes_too() -> None:
    frame = encoded("jpeg", progressive=True)
    at = frame.rfind(b"\xff\xda")
    planted = frame[:at] + b"\xff\xfe\x00\x0aJANE DOE" + frame[at:]
    assert strip_frame(planted) == strip_frame(frame)


def test_comments_leave_a_jpeg_2000_codestream() -> None:
    frame = encoded("jpeg2000", no_jp2=True, comment=b"JANE DOE", irreversible=False)
    clean = strip_frame(frame)
    assert b"JANE DOE" in frame
    assert b"JANE DOE" not in clean
    assert np.array_equal(pixels(clean), pixels(frame))


def test_comments_leave_a_jpeg_ls_codestream() -> None:
    from jpeg_ls import decode, encode

    frame = bytes(encode(np.asarray(PICTURE)))
    planted = frame[:2] + b"\xff\xfe\x00\x0aJANE DOE" + b"\xff\xe7\x00\x0aJANE DOE" + frame[2:]
    clean = strip_frame(planted)
    assert b"JANE DOE" not in clean
    assert np.array_equal(decode(np.frombuffer(clean, np.uint8)), decode(np.frombuffer(frame, np.uint8)))


def test_stripping_twice_is_stripping_once() -> None:
    frame = encoded("jpeg", comment=b"JANE DOE")
    assert strip_frame(strip_frame(frame)) == strip_frame(frame)


@pytest.mark.parametrize("frame", [b"", b"\xff\xd8", b"\xff\xd8\xff\xe0\xff\xff", b"JANE", b"\xff\x4f\xff\x51\x00"])
def test_a_damaged_frame_is_refused(frame: bytes) -> None:
    with pytest.raises(CodestreamError):
        strip_frame(frame)


@given(st.binary(max_size=200))
def test_no_bytes_end_in_another_way(data: bytes) -> None:
    for start in (b"", b"\xff\xd8", b"\xff\x4f"):
        try:
            strip_frame(start + data)
        except CodestreamError:
            continue
