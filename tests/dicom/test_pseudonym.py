from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from cauce.dicom.pseudonym import load_key, patient_key, study_day
from cauce.domain.errors import ConfigurationError, InputError

SECRET = b"0123456789abcdef"


@dataclass(frozen=True)
class Keyed:
    pseudonym_key_file: str


def test_the_same_patient_gets_the_same_key_and_padding_does_not_count() -> None:
    assert patient_key("ID-1 ", "A", key=None) == patient_key("ID-1", " A", key=None)


def test_patients_issuers_and_secrets_are_told_apart() -> None:
    keys = {
        patient_key("ID-1", "A", key=None), patient_key("ID-2", "A", key=None), patient_key("ID-1", "B", key=None),
        patient_key("ID-1", "A", key=SECRET), patient_key("1", "AID-", key=None), patient_key("id-1", "A", key=None),
    }
    assert len(keys) == 6
    assert all("ID-1" not in key for key in keys)


def test_an_empty_identifier_is_refused() -> None:
    with pytest.raises(InputError, match="no PatientID"):
        patient_key("  ", "A", key=None)


def test_days_keep_intervals_of_a_patient_and_hide_dates() -> None:
    patient, other = patient_key("ID-1", "", key=None), patient_key("ID-2", "", key=None)
    day = study_day(date(2020, 3, 1), patient, key=SECRET)
    assert study_day(date(2020, 2, 1), patient, key=SECRET) == day - 29
    assert day != study_day(date(2020, 3, 1), other, key=SECRET)
    assert day != date(2020, 3, 1).toordinal()


def test_a_key_file_is_read_and_a_missing_or_short_one_refused(tmp_path: Path) -> None:
    (tmp_path / "k").write_bytes(SECRET + b"\n")
    (tmp_path / "short").write_bytes(b"abc")
    assert load_key(Keyed("k"), tmp_path) == SECRET
    assert load_key(Keyed(""), tmp_path) is None
    for name in ("short", "missing"):
        with pytest.raises(ConfigurationError, match=name):
            load_key(Keyed(name), tmp_path)
