import pytest
from pydicom.dataelem import DataElement
from pydicom.tag import Tag

from cauce.dataset.deidentify.admissible import fits, is_admissible

SOME = Tag(0x0018, 0x0023)


@pytest.mark.parametrize(
    ("vr", "value", "expected"),
    [
        ("CS", "HEAD", True), ("CS", "O'Brien^Ann", False), ("CS", ["A", "B@C"], False), ("LO", "Northlight 3", True),
        ("LO", "Northlight\0\0LO\x12", False), ("SH", "x" * 65, False), ("UI", "1.2.3", True), ("US", 7, True),
    ],
)
def test_a_kept_value_is_made_of_what_its_vr_allows(vr: str, value: object, expected: bool) -> None:
    assert is_admissible(DataElement(SOME, vr, value, already_converted=True)) is expected


def test_numbers_written_as_text_hold_numbers_only() -> None:
    assert is_admissible(DataElement(SOME, "DS", ["1.5", "-2e3"]))
    assert is_admissible(DataElement(SOME, "IS", "12"))


@pytest.mark.parametrize(
    ("written", "expected", "result"),
    [("LO", "LO", True), ("LO", "SH", True), ("SS", "US or SS", True), ("OB", "OB or OW", True), ("LO", "US", False),
     ("UN", "LO", False), ("PN", "DA", False), ("OB", "DS", False)],
)
def test_makers_may_mix_vrs_of_one_kind_and_no_others(written: str, expected: str, result: bool) -> None:
    assert fits(written, expected) is result


def test_a_time_zone_is_a_time_zone() -> None:
    zone = Tag(0x0008, 0x0201)
    assert is_admissible(DataElement(zone, "SH", "+0100"))
    assert not is_admissible(DataElement(zone, "SH", "SMITH"))
