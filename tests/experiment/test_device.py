from pathlib import Path

import pytest
import torch

from cauce.domain.device_report import DeviceReport
from cauce.experiment import device
from cauce.experiment.device import compare_devices
from cauce.experiment.device_text import device_text
from cauce.experiment.dry_run import dry_run

from .spots import Place, spec


def test_a_device_report_has_every_size_and_batch_and_a_plan_that_was_tried(
    shared_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "_LONGEST_TRIAL_S", 0.5)
    place = shared_place
    report, picture = compare_devices(place.workspace, name="timed", cohort=place.cohort, split=place.split, spec=spec())
    on_cpu = [cost for cost in report.costs if cost.device == "cpu"]
    assert {cost.size for cost in on_cpu} == {(16, 16), (32, 32), (64, 64)}
    assert {cost.batch for cost in on_cpu} == {2, 4, 8, 16}
    for cost in on_cpu:
        assert cost.seconds_per_epoch == pytest.approx(cost.seconds * (report.n_train // cost.batch))
    assert report.plans[0].batch >= 1
    assert report.plans[0].peak_bytes < report.plans[0].available_bytes
    assert place.workspace.records.latest(DeviceReport, "timed") == report
    assert picture.is_file()
    assert picture.with_suffix(".svg").is_file()
    assert not list(place.workspace.folder("unfinished").glob("device-*"))
    assert "32 × 32" in device_text(report)


def test_more_cases_at_once_take_more_memory(shared_place: Place, tmp_path: Path) -> None:
    from cauce.experiment.dry_run import made_up
    from cauce.experiment.train_data import load_train_data

    place = shared_place
    data = load_train_data(
        place.workspace, cohort=place.cohort, split=place.split, spec=spec(), data_root=None, progress=lambda *_: None
    )
    peaks = []
    for batch in (8, 128):
        settings = spec().training.model_copy(update={"batch_size": batch})
        found = dry_run(settings, made_up(data, (96, 96), batch, tmp_path), torch.device("cpu"), tmp_path)
        assert found is not None
        assert found.seconds > 0
        peaks.append(found.peak_bytes)
    assert peaks[1] > 2 * peaks[0]


def test_a_step_that_does_not_fit_is_told_as_such(shared_place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr("cauce.experiment.dry_run._seconds", full)
    place = shared_place
    report, _ = compare_devices(place.workspace, name="full", cohort=place.cohort, split=place.split, spec=spec())
    assert all(cost.seconds is None for cost in report.costs)
    assert report.plans == ()
    assert "does not fit into memory" in device_text(report)
