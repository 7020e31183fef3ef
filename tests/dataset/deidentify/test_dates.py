from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cauce.dataset.deidentify.dates import (
    LARGEST_SHIFT_DAYS,
    SMALLEST_SHIFT_DAYS,
    clean_time,
    offset_days,
    shift_date,
    shift_datetime,
)

DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31))
OFFSETS = st.integers(-LARGEST_SHIFT_DAYS, -SMALLEST_SHIFT_DAYS)


@given(DAYS, DAYS, OFFSETS)
def test_intervals_between_dates_are_exact(first: date, second: date, days: int) -> None:
    moved = [datetime.strptime(str(shift_date(f"{day:%Y%m%d}", days)), "%Y%m%d").date() for day in (first, second)]
    assert moved[1] - moved[0] == second - first
    assert moved[0] - first == timedelta(days=days)


@given(MOMENTS, MOMENTS, OFFSETS)
def test_intervals_between_moments_are_exact_to_the_microsecond(first: datetime, second: datetime, days: int) -> None:
    form = "%Y%m%d%H%M%S.%f"
    moved = [datetime.strptime(str(shift_datetime(moment.strftime(form), days)), form) for moment in (first, second)]
    assert moved[1] - moved[0] == second - first


@given(MOMENTS, OFFSETS)
def test_a_moment_is_its_date_and_its_time(moment: datetime, days: int) -> None:
    parts = f"{shift_date(f'{moment:%Y%m%d}', days)}{clean_time(f'{moment:%H%M%S}')}"
    assert shift_datetime(f"{moment:%Y%m%d%H%M%S}", days) == parts


@given(st.text(min_size=1), st.binary(min_size=16, max_size=40))
def test_a_patient_has_one_offset_that_no_date_survives(patient: str, key: bytes) -> None:
    assert offset_days(patient, key) == offset_days(patient, key)
    assert -LARGEST_SHIFT_DAYS <= offset_days(patient, key) <= -SMALLEST_SHIFT_DAYS


@given(st.text())
def test_no_text_crashes_and_what_is_no_date_gives_none(text: str) -> None:
    for value in (shift_date(text, -40), shift_datetime(text, -40), clean_time(text)):
        assert value is None or all(character in "0123456789+-.:" for character in value)


def test_precision_time_zone_and_old_forms_are_understood() -> None:
    assert shift_date("2024.03.01", -366) == "20230301"
    assert shift_datetime("20240301235959.123456-0500", -1) == "20240229235959.123456-0500"
    assert shift_datetime("2024", -366) == "2023"
    assert shift_datetime("202403", -367) == "202302"
    assert shift_date("20241399", -30) is None
    assert shift_date("Smith", -30) is None
    assert clean_time("235959.75 ") == "235959.75"
    assert clean_time("noon") is None
    assert shift_date("00010105", -30) is None


def test_offsets_of_patients_differ() -> None:
    assert len({offset_days(f"P{number}", b"k" * 32) for number in range(300)}) > 250
