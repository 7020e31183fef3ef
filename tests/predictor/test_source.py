import io
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from cauce.domain.errors import InputError, UnreadableImageError
from cauce.predictor.source import find_files, load_bytes, load_file
from dicom.small_files import file_of, radiograph

GREY = (np.outer(np.arange(40), np.arange(32)) % 256).astype(np.uint8)


def encoded(kind: str, pixels: np.ndarray = GREY) -> bytes:
    stream = io.BytesIO()
    PIL.Image.fromarray(pixels).save(stream, kind)
    return stream.getvalue()


def test_formats_are_told_apart_by_content_and_not_by_name() -> None:
    for data in (encoded("PNG"), encoded("TIFF"), encoded("JPEG"), file_of(radiograph())):
        assert load_bytes(data, "x.anything", key=None).image.pixels.dtype == np.float32
    assert np.allclose(load_bytes(encoded("PNG"), "x", key=None).image.pixels, GREY / 255)


def test_dicom_with_a_tiff_header_in_its_preamble_is_dicom() -> None:
    data = b"II*\x00" + file_of(radiograph())[4:]
    assert load_bytes(data, "x", key=None).acquisition.modality == "CR"


def test_a_plain_image_belongs_to_nobody_and_its_uids_come_from_its_bytes() -> None:
    first, again = (load_bytes(encoded("PNG"), name, key=None) for name in ("a", "b"))
    other = load_bytes(encoded("PNG", GREY[::-1].copy()), "c", key=None)
    assert first.sop_instance_uid == again.sop_instance_uid != other.sop_instance_uid
    assert first.patient_key != other.patient_key
    assert not first.patient_known
    assert first.header is None


def test_dicom_carries_pseudonym_and_header_without_pixels() -> None:
    loaded = load_bytes(file_of(radiograph(StudyDate="20240102")), "x", key=None)
    assert loaded.patient_known
    assert loaded.header is not None
    assert "PixelData" not in loaded.header
    assert loaded.study_day is not None
    assert (loaded.study_instance_uid, loaded.sop_instance_uid) == ("1.2.3", "1.2.3.4")
    assert load_bytes(file_of(radiograph()), "x", key=b"another secret, long").patient_key != loaded.patient_key


def test_dicom_without_patient_id_says_so() -> None:
    loaded = load_bytes(file_of(radiograph(PatientID="")), "x", key=None)
    assert not loaded.patient_known


@pytest.mark.parametrize("data", [b"", b"text\n" * 50, file_of(radiograph())[:400], encoded("PNG")[:-30], encoded("JPEG")[:50]])
def test_an_unreadable_file_is_named_in_its_error(data: bytes) -> None:
    with pytest.raises(UnreadableImageError, match=r"^folder/x\.dcm"):
        load_bytes(data, "folder/x.dcm", key=None)


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="gone"):
        load_file(tmp_path / "gone.dcm", "gone.dcm", key=None)


def test_files_are_found_in_one_order_without_hidden_and_unfinished_ones(tmp_path: Path) -> None:
    for name in ("b/2.dcm", "a.png", "b/1.dcm", ".hidden/x.dcm", "b/.x", "b/3.dcm.partial"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert [path.relative_to(tmp_path).as_posix() for path in find_files(tmp_path)] == ["a.png", "b/1.dcm", "b/2.dcm"]
    assert find_files(tmp_path / "a.png") == [tmp_path / "a.png"]


def test_an_empty_and_a_missing_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="empty"):
        find_files(tmp_path)
    with pytest.raises(InputError, match="no such"):
        find_files(tmp_path / "none")
