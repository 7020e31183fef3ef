import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from cauce.domain.errors import InputError
from cauce.domain.monitoring import DriftReport, MonitoringPolicy, ReferenceDistribution, ShiftKind, Stream, WindowStatus
from cauce.monitor.compare import compare
from cauce.store.result_log import LoggedResult

from .conftest import MODEL, Population, refused

Make = Callable[..., list[LoggedResult]]
POLICY = MonitoringPolicy()
NEW_VENDOR = Population(vendors=("Umbra",), factors=(("contrast", 0.82), ("noise", 1.4)))


def report_of(rows: list[LoggedResult], reference: ReferenceDistribution) -> DriftReport:
    return compare(rows, reference, POLICY, model_name="chest", model_digest=MODEL)


def test_without_shift_at_most_five_percent_of_windows_alarm(reference: ReferenceDistribution, window: Make) -> None:
    # 40 windows at two sizes here, more in benchmarks/drift_power.py. 7 or more of 40 would be improbable at 5 % (p < 0.01).
    for n in (50, 100):
        alarms = sum(report_of(window(n, seed), reference).status is WindowStatus.DRIFTED for seed in range(40))
        assert alarms <= 6


def test_a_new_vendor_is_found_in_sixty_studies_and_named_with_what_it_does_to_images(
    reference: ReferenceDistribution, window: Make
) -> None:
    named = 0
    for seed in range(20):
        report = report_of(window(60, seed, NEW_VENDOR), reference)
        named += "vendor: Umbra 0 % → 100 %" in report.cause and "contrast lower by" in report.cause
        assert report.shift in (ShiftKind.COVARIATE, ShiftKind.MIXED)
    assert named >= 19


def test_the_size_of_the_change_is_told_in_percent(reference: ReferenceDistribution, window: Make) -> None:
    report = report_of(window(400, 3, Population(factors=(("contrast", 0.82),))), reference)
    (contrast,) = (test for test in report.tests if test.variable == "contrast")
    assert contrast.detail in {f"contrast lower by {percent} %" for percent in (16, 17, 18, 19, 20)}


def test_more_abnormal_patients_are_named_prevalence_with_the_estimated_share(
    reference: ReferenceDistribution, window: Make
) -> None:
    reports = [report_of(window(250, seed, Population(abnormal=0.8)), reference) for seed in range(10)]
    assert sum(report.shift is ShiftKind.PREVALENCE for report in reports) >= 9
    share = next(item.window for item in reports[0].classes if item.label == "abnormal")
    assert share == pytest.approx(0.8, abs=0.1)


def test_drifted_variables_stand_first_and_each_test_has_its_chart(reference: ReferenceDistribution, window: Make) -> None:
    report = report_of(window(80, 1, NEW_VENDOR), reference)
    flags = [test.drifted for test in report.tests]
    assert flags == sorted(flags, reverse=True)
    assert {(test.stream, test.variable) for test in report.tests} == {(c.stream, c.variable) for c in report.comparisons}
    assert all(abs(sum(chart.window) - 1) < 1e-9 for chart in report.comparisons)


def test_the_same_results_in_any_order_give_the_same_report(reference: ReferenceDistribution, window: Make) -> None:
    rows = window(60, 2)
    assert report_of(rows, reference).digest() == report_of(rows[::-1], reference).digest()


def test_many_studies_of_few_patients_do_not_pass_for_many_patients(reference: ReferenceDistribution, window: Make) -> None:
    rows = [replace(row, patient=f"{number % 10:016x}") for number, row in enumerate(window(200, 4, NEW_VENDOR))]
    report = report_of(rows, reference)
    assert (report.n_studies, report.n_patients, report.status) == (200, 10, WindowStatus.INSUFFICIENT)
    assert "10 patients with an analysed study, at least 20 needed" in report.note


def test_an_empty_window_says_so_and_gives_no_number(reference: ReferenceDistribution) -> None:
    report = report_of([], reference)
    assert (report.status, report.tests, report.cause) == (WindowStatus.INSUFFICIENT, (), "")
    assert "the window is empty" in report.note


def test_a_model_that_refuses_nearly_everything_is_an_alarm_not_a_lack_of_data(
    reference: ReferenceDistribution, window: Make
) -> None:
    report = report_of([refused(row) for row in window(50)], reference)
    assert report.status is WindowStatus.DRIFTED
    assert [test.stream for test in report.tests if test.drifted] == [Stream.REFUSAL]
    assert "lateral-view" in report.cause


def test_a_model_stuck_at_one_probability_is_told(reference: ReferenceDistribution, window: Make) -> None:
    report = report_of([replace(row, probability=0.5) for row in window(60)], reference)
    assert "every patient of the window got the same probability, 0.500" in report.note
    assert any(test.variable == "probability" and test.drifted for test in report.tests)
    assert report.shift is ShiftKind.UNDETERMINED


def test_constant_and_unknown_variables_are_not_tested_and_listed(reference: ReferenceDistribution, window: Make) -> None:
    rows = [replace(row, acquisition={**row.acquisition, "KVP": "unknown"}) for row in window(60)]
    report = report_of(rows, reference)
    reasons = {item.variable: item.reason for item in report.not_tested}
    assert reasons["modality"] == "one value in reference and window: DX"
    assert reasons["EchoTime"] == "the reference does not say"
    assert reasons["KVP"] == "the window does not say"
    assert reasons["border_fraction"].startswith("one value")
    assert not set(reasons) & {test.variable for test in report.tests}


def test_a_reference_of_one_class_leaves_the_kind_of_an_output_shift_open(
    reference: ReferenceDistribution, window: Make
) -> None:
    one_class = reference.model_copy(update={"label": ("normal",) * 300})
    report = report_of(window(250, 1, Population(abnormal=0.9)), one_class)
    assert report.shift is ShiftKind.UNDETERMINED
    assert "fewer than two classes" in report.note


def test_a_small_reference_is_said_to_be_too_small(reference: ReferenceDistribution, window: Make) -> None:
    few = ReferenceDistribution(
        partition="tune", n_patients=5, acquisition={"vendor": ("A",) * 5}, image={"mean": (0.5,) * 5}, score=(0.5,) * 5
    )
    report = report_of([replace(row, image={"mean": 0.5}) for row in window(60)], few)
    assert report.status is WindowStatus.INSUFFICIENT
    assert "the reference holds 5 patients" in report.note


def test_results_of_two_models_or_without_descriptors_are_refused(reference: ReferenceDistribution, window: Make) -> None:
    rows = window(30)
    with pytest.raises(InputError, match="mixes models"):
        report_of([replace(rows[0], model_digest="0" * 64), *rows[1:]], reference)
    with pytest.raises(InputError, match="without image descriptors"):
        report_of([replace(rows[0], image={}), *rows[1:]], reference)
    uneven = reference.model_copy(update={"image": {**reference.image, "mean": (0.5,)}})
    with pytest.raises(InputError, match="one row for each patient"):
        report_of(rows, uneven)


def test_a_window_of_five_hundred_studies_takes_less_than_two_seconds(reference: ReferenceDistribution, window: Make) -> None:
    rows = window(500, 9, NEW_VENDOR)
    report_of(rows[:30], reference)  # imports
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        report_of(rows, reference)
        seconds.append(time.perf_counter() - started)
    assert np.min(seconds) < 2.0
