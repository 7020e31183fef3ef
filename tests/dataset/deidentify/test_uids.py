from hypothesis import given
from hypothesis import strategies as st

from cauce.dataset.deidentify.uids import UidMap

KEY = b"k" * 32
UIDS = st.lists(st.integers(0, 10**9), min_size=3, max_size=6).map(lambda parts: "1.3." + ".".join(map(str, parts)))


@given(UIDS, UIDS)
def test_equal_uids_stay_equal_and_different_ones_stay_different(one: str, other: str) -> None:
    assert (UidMap(KEY)(one) == UidMap(KEY)(other)) == (one == other)


@given(UIDS)
def test_a_new_uid_is_valid_and_shares_nothing_with_the_old(uid: str) -> None:
    new = UidMap(KEY)(uid)
    assert new.startswith("2.25.")
    assert len(new) <= 44
    assert not new[5:].startswith("0")
    assert new != UidMap(b"x" * 32)(uid)


def test_uids_of_the_standard_and_empty_ones_stay() -> None:
    for uid in ("1.2.840.10008.1.2.1", "1.2.840.10008.5.1.4.1.1.2", ""):
        assert UidMap(KEY)(uid) == uid


def test_padding_does_not_count() -> None:
    assert UidMap(KEY)("1.3.4.5\0") == UidMap(KEY)("1.3.4.5 ") == UidMap(KEY)("1.3.4.5")


def test_a_hundred_thousand_uids_do_not_collide() -> None:
    uids = UidMap(KEY)
    assert len({uids(f"1.3.6.1.{number}") for number in range(100_000)}) == 100_000


def test_something_that_only_begins_like_the_standard_is_mapped() -> None:
    assert UidMap(KEY)("1.2.840.10008.DOE").startswith("2.25.")
