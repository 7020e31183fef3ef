import re

from hypothesis import given
from hypothesis import strategies as st

from cauce.dicom.uids import uid_from


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_uids_are_valid_and_stable(parts: list[str]) -> None:
    uid = uid_from(*parts)
    assert re.fullmatch(r"2\.25\.(0|[1-9]\d*)", uid)
    assert len(uid) <= 64
    assert uid == uid_from(*parts)


def test_the_border_between_parts_counts() -> None:
    assert uid_from("ab", "c") != uid_from("a", "bc") != uid_from("abc")


def test_the_value_never_changes_between_versions() -> None:
    assert uid_from("study", "0") == "2.25.79572142849165056601867326112995587137"
