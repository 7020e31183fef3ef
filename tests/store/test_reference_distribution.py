import math

import pytest

from cauce.domain.errors import InputError
from cauce.domain.record import sha256_hex
from cauce.domain.study import Acquisition, InstanceRow, PixelStatistics
from cauce.store.reference_distribution import acquisition_tags, age_band, reference_of


def row(patient: int, study: int, instance: int = 0, *, day: int | None = None, mean: float = 0.5) -> InstanceRow:
    name = f"{patient}-{study}-{instance}"
    statistics = PixelStatistics(
        mean=mean, standard_deviation=0.2, p01=0.0, p25=0.3, p50=0.5, p75=0.7, p99=1.0,
        noise=0.01, sharpness=0.1, contrast=0.8, border_fraction=0.0,
    )
    return InstanceRow(
        path=f"{name}.dcm", file_sha256=sha256_hex(name.encode()), pixel_sha256=sha256_hex(name.encode()),
        patient_key=f"P{patient:016x}", study_instance_uid=f"2.25.{study}", series_instance_uid=f"2.25.{study}1",
        sop_instance_uid=f"2.25.{study}{instance}", study_day=day, rows=512, columns=512,
        acquisition=Acquisition(vendor=f"vendor {patient}", tags={"KVP": "120", "StationName": "ROOM3"}),
        statistics=statistics, label="abnormal" if patient else None,
    )


def test_a_patient_counts_once_by_the_first_study_and_its_most_suspicious_instance() -> None:
    rows = [row(1, 9, day=0, mean=0.1), row(1, 2, day=30), row(2, 3, 0), row(2, 3, 1, mean=0.9), row(0, 5)]
    reference = reference_of(rows, [0.2, 0.9, 0.3, 0.7, 0.5], partition="tune")
    assert reference.n_patients == 3
    assert reference.score == (0.2, 0.7, 0.5)
    assert reference.image["mean"] == (0.1, 0.9, 0.5)
    assert reference.acquisition["vendor"] == ("vendor 1", "vendor 2", "vendor 0")
    assert reference.label == ("abnormal", "abnormal", "")


def test_every_variable_has_one_value_for_each_patient() -> None:
    reference = reference_of([row(n, n) for n in range(4)], [0.5] * 4, partition="tune")
    columns = [*reference.acquisition.values(), *reference.image.values(), reference.score]
    assert {len(column) for column in columns} == {4}


def test_only_settings_of_the_device_pass_and_none_of_its_names() -> None:
    tags = acquisition_tags(row(1, 1).acquisition)
    assert tags["KVP"] == "120"
    assert tags["EchoTime"] == "unknown"
    assert "StationName" not in tags


@pytest.mark.parametrize(
    ("years", "band"),
    [(0, "0-1"), (1.9, "0-1"), (2, "2-5"), (17.9, "12-17"), (18, "18-39"), (80, "80+"), (400, "unknown"), (None, "unknown")],
)
def test_age_becomes_a_band_and_an_impossible_age_is_unknown(years: float | None, band: str) -> None:
    assert age_band(years) == band


@pytest.mark.parametrize("scores", [[], [0.5, 0.5], [math.nan], [1.5]])
def test_scores_that_do_not_fit_are_refused(scores: list[float]) -> None:
    with pytest.raises(InputError):
        reference_of([row(1, 1)], scores, partition="tune")


def test_text_of_a_header_cannot_steer_a_terminal_and_has_a_bounded_length() -> None:
    tags = acquisition_tags(Acquisition(vendor="\x1b[31mred\x07", model="x" * 500, view="\x00"))
    assert tags["vendor"] == "[31mred"
    assert len(tags["model"]) == 64
    assert tags["view"] == "unknown"
