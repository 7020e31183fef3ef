import pytest

from cauce.dataset.strata import AGE_BANDS, age_band, patient_strata
from cauce.domain.split import Stratum
from cauce.domain.study import InstanceRow
from dataset.cohorts import row


@pytest.mark.parametrize(
    ("age", "band"), [(0, "under 1"), (0.99, "under 1"), (1, "1 to 5"), (17.9, "13 to 17"), (18, "18 to 39"),
                      (74.9, "60 to 74"), (75, "75 and over"), (110, "75 and over"), (None, "unknown")],
)
def test_age_bands_meet_without_gap(age: float | None, band: str) -> None:
    assert age_band(age) == band
    assert band in AGE_BANDS


def carried(rows: list[InstanceRow], *strata: Stratum) -> list[tuple[str, ...]]:
    found = patient_strata(rows, strata)
    return [tuple(value for at, (_, value) in enumerate(found.values) if line[at]) for line in found.carries.toarray()]


def test_a_patient_takes_the_most_frequent_value_and_of_equals_the_first() -> None:
    key = row(0).patient_key
    rows = [row(0, vendor="B"), row(1, vendor="A", patient_key=key), row(2, vendor="B", patient_key=key)]
    assert carried(rows, Stratum.VENDOR) == [("B",)]
    assert carried(rows[:2], Stratum.VENDOR) == [("A",)]
    assert carried(rows[:1], Stratum.LABEL, Stratum.SEX, Stratum.AGE_BAND) == [("well", "unknown", "unknown")]


def test_of_several_findings_each_is_a_stratum_of_its_own() -> None:
    key = row(0).patient_key
    rows = [row(0, labels=("mass", "effusion")), row(1, labels=("mass",), patient_key=key), row(2)]
    found = patient_strata(rows, (Stratum.LABEL,))
    assert carried(rows, Stratum.LABEL) == [("effusion", "mass"), ("well",)]
    assert found.images.toarray().tolist() == [[1, 2, 0], [0, 0, 1]]
