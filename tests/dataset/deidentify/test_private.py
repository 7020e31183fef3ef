import struct

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from cauce.dataset.deidentify.private import safe_private, safe_vr


def test_the_list_holds_numbers_only() -> None:
    assert set(safe_private().values()) <= {"US", "SS", "UL", "SL", "FL", "FD", "DS", "IS"}
    assert len(safe_private()) >= 25


def value(vr: str, content: object, *, creator: str = "SIEMENS MR HEADER", element: int = 0x100C) -> str | None:
    dataset = Dataset()
    dataset[Tag(0x0019, 0x0010)] = DataElement(Tag(0x0019, 0x0010), "LO", creator)
    dataset[Tag(0x0019, element)] = DataElement(Tag(0x0019, element), vr, content)
    return safe_vr(dataset, Tag(0x0019, element))


def test_a_number_of_a_known_maker_is_safe() -> None:
    assert value("IS", "1000") == "IS"
    assert value("UN", b"1000") == "IS"
    assert value("UN", struct.pack("<3d", 0.1, 0.2, 0.3), element=0x100E) == "FD"


def test_text_in_its_place_is_not() -> None:
    assert value("LO", "JANE") is None
    assert value("UN", b"JANE") is None
    assert value("UN", b"JANE DOE", element=0x100E) is None


def test_another_creator_block_or_element_is_not() -> None:
    assert value("IS", "1000", creator="SIEMENS MR HEADER JANE") is None
    assert value("IS", "1000", creator="") is None
    assert value("IS", "1000", element=0x110C) is None
    assert value("IS", "1000", element=0x1099) is None
