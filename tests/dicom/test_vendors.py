import pytest
from hypothesis import given
from hypothesis import strategies as st

from cauce.dicom.vendors import VENDORS, unify_vendor


@pytest.mark.parametrize(
    ("stated", "unified"),
    [("SIEMENS", "Siemens"), ("Siemens", "Siemens"), ("Siemens Healthineers AG", "Siemens"), ("GE MEDICAL SYSTEMS", "GE"),
     ("GE", "GE"), ('"GE Healthcare"'.strip('"'), "GE"), ("G.E. Medical Systems", "GE"), ("GENDEX", "Gendex"),
     ("Philips Medical Systems", "Philips"),
     ("FUJI PHOTO FILM Co., ltd.", "Fujifilm"), ("TOSHIBA_MEC", "Toshiba"), ("NORTHLIGHT", "Northlight"),
     ("northlight imaging gmbh", "Northlight Imaging"), ("Northlight", "Northlight"), ("", "unknown"), (None, "unknown"),
     ("unknown", "unknown")],
)
def test_spellings_are_unified(stated: str | None, unified: str) -> None:
    assert unify_vendor(stated) == unified


@given(st.text(max_size=40))
def test_unifying_twice_changes_nothing_and_never_fails(text: str) -> None:
    once = unify_vendor(text)
    assert unify_vendor(once) == once


def test_every_row_of_the_table_leads_to_its_own_name() -> None:
    for pattern, name in VENDORS:
        assert unify_vendor(pattern.upper()) == name
        assert unify_vendor(name) == name
