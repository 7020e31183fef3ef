from datetime import date

from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from cauce.dicom.values import day, first_item, many_numbers, number, numbers, text, texts
from dicom.small_files import radiograph


def test_values_are_stripped_and_absent_ones_empty() -> None:
    dataset = radiograph(ImageType=["ORIGINAL", " PRIMARY "], WindowCenter=[10.5, 20])
    assert texts(dataset, "ImageType") == ("ORIGINAL", "PRIMARY")
    assert numbers(dataset, "WindowCenter") == (10.5, 20.0)
    assert text(dataset, "ViewPosition", "none") == "none"
    assert number(dataset, "KVP") is None


def test_a_malformed_value_reads_as_absent() -> None:
    dataset = Dataset()
    dataset[Tag(0x0018, 0x0060)] = RawDataElement(Tag(0x0018, 0x0060), "DS", 4, b"abcd", 0, False, True)
    assert numbers(dataset, "KVP") == ()
    assert day(dataset, "StudyDate") is None
    assert first_item(radiograph(), "VOILUTSequence") is None


def test_dates_are_read() -> None:
    assert day(radiograph(StudyDate="20240229"), "StudyDate") == date(2024, 2, 29)


def test_many_numbers_are_the_same_from_the_file_and_from_memory() -> None:
    contour = Dataset()
    contour.ContourData = [1.5, -2, "3e2"]
    tag = Tag(0x3006, 0x0050)
    for value, expected in ((b"1.5\\-2\\ 3e2 ", (1.5, -2.0, 300.0)), (b"1\\x", ()), (b"1\\\\2", ()), (b"1\\inf", ())):
        raw = Dataset()
        raw[tag] = RawDataElement(tag, "DS", len(value), value, 0, False, True)
        assert many_numbers(raw, "ContourData") == expected
    assert many_numbers(contour, "ContourData") == (1.5, -2.0, 300.0)
    assert many_numbers(contour, "KVP") == ()
