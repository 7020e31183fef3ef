"""Damaged files through the loader, as the long run in `benchmarks/fuzz_dicom.py`, small: own files and real ones."""

from pathlib import Path

import pytest
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless
from tests.conftest import ROOT
from tests.dicom.ct_slices import write_series

_BAD = ("unexpected", "crash", "hang", "memory")


@pytest.fixture(autouse=True)
def _benchmarks(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))


def test_damage_is_the_same_for_the_same_seed_and_differs_between_cases():
    from fuzzing.mutations import mutate

    originals = [bytes(range(256)) * 8]
    first = [mutate(originals, seed=1, case=case) for case in range(50)]
    assert first == [mutate(originals, seed=1, case=case) for case in range(50)]
    assert len(set(first)) > 40


def test_a_damaged_file_is_read_or_refused_and_nothing_else(tmp_path):
    folder = tmp_path / "files"
    for number, syntax in enumerate((ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless)):
        write_series(tmp_path / str(number), count=1, syntax=syntax)[0].rename(_in(folder, f"{number}.dcm"))
    assert _wrong(folder, range(600)) == []


@pytest.mark.real_data
def test_a_damaged_real_file_is_read_or_refused_and_nothing_else(real_data):
    assert _wrong(real_data / "dicom_mixed" / "files", range(700)) == []


def _in(folder: Path, name: str) -> Path:
    folder.mkdir(exist_ok=True)
    return folder / name


def _wrong(folder: Path, cases: range) -> list[object]:
    from fuzzing.pool import run

    return [outcome for outcome in run(folder, cases, seed=0, workers=1) if outcome.verdict in _BAD]
