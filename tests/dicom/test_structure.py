import pytest

from cauce.dicom.structure import check_structure, has_dicom_start
from cauce.domain.errors import TooLargeError, UnreadableImageError
from dicom.small_files import file_of, headerless, radiograph


def test_whole_files_pass_with_and_without_preamble() -> None:
    for data in (file_of(radiograph()), headerless(radiograph())):
        assert has_dicom_start(data)
        check_structure(data)


def test_text_and_zeros_do_not_start_like_dicom() -> None:
    assert not has_dicom_start(b"patient,label\n1,normal\n")
    assert not has_dicom_start(b"\0" * 300)
    assert not has_dicom_start(b"\x89PNG\r\n\x1a\n" + b"\0" * 300)


def test_a_deflated_data_set_cannot_grow_without_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = radiograph()
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1.99"
    data = file_of(dataset)
    check_structure(data)
    monkeypatch.setattr("cauce.dicom.structure.MAXIMUM_INFLATED_BYTES", 1000)
    with pytest.raises(TooLargeError):
        check_structure(data)


def test_a_deflated_stream_that_ends_early_is_truncated() -> None:
    dataset = radiograph()
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1.99"
    data = file_of(dataset)
    with pytest.raises(UnreadableImageError, match=r"truncated|inflated"):
        check_structure(data[:-40])
