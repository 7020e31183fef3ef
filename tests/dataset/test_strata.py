import pytest

from cauce.dataset.strata import AGE_BANDS, age_band, patient_values
from cauce.domain.split import Stratum
from dataset.cohorts import row


@pytest.mark.parametrize(
    ("age", "band"), [(0, "under 1"), (0.99, "under 1"), (1, "1 to 5"), (17.9, "13 to 17"), (18, "18 to 39"),
                      (74.9, "60 to 74"), (75, "75 and over"), (110, "75 and over"), (None, "unknown")],
)
def test_age_bands_meet_without_gap(age: float | None, band: str) -> None:
    assert age_band(age) == band
    assert band in AGE_BANDS


def test_a_patient_takes_the_most_frequent_value_and_of_equals_the_first() -> None:
    key = row(0).patient_key
    rows = [row(0, vendor="B"), row(1, vendor="A", patient_key=key), row(2, vendor="B", patient_key=key)]
    assert patient_values(rows, (Stratum.VENDOR,)) == {key: ("B",)}
    assert patient_values(rows[:2], (Stratum.VENDOR,)) == {key: ("A",)}
    assert patient_values(rows[:1], (Stratum.LABEL, Stratum.SEX, Stratum.AGE_BAND)) == {key: ("well", "unknown", "unknown")}
