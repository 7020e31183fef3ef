"""A small form of benchmarks/coverage.py: enough repeats to notice a broken interval, not to certify a good one."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

_FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(_FOLDER))
    spec = importlib.util.spec_from_file_location("coverage_benchmark", _FOLDER / "coverage.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", [
    "AUC 0.90, prevalence 0.5, class of patient", "normal errors", "3 readers, 3 categories", "3 classes, strength 1",
])
def test_intervals_hold_the_truth_about_nineteen_times_in_twenty(benchmark: ModuleType, name: str) -> None:
    simulation = next(each for each in benchmark.SIMULATIONS if each.name == name)
    for row in benchmark.coverage(simulation, repeats=150, patients=200, resamples=200):
        assert row.intervals == 150, row.metric
        assert row.percent == pytest.approx(95, abs=5.5), row.metric  # 3 standard errors of 150 repeats


def test_an_interval_that_is_too_narrow_is_noticed(benchmark: ModuleType) -> None:
    """Half as wide it holds the truth in two of three cohorts."""
    simulation = next(each for each in benchmark.SIMULATIONS if each.name == "0.9, correlation 0.5")

    def halved(sample, resampling):
        found = simulation.measure(sample, resampling)["proportion"]
        lower, upper = ((found.value + limit) / 2 for limit in (found.lower, found.upper))
        return {"proportion": found.model_copy(update={"lower": lower, "upper": upper})}

    narrow = benchmark.Simulation("proportions", "narrow", simulation.draw, halved, simulation.truth)
    row = benchmark.coverage(narrow, repeats=150, patients=200, resamples=10)[0]
    assert row.percent < 85
    assert not row.held
