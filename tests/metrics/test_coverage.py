"""A small form of benchmarks/coverage.py: enough repeats to notice a broken interval, not to certify a good one."""

import importlib.util
import sys
from pathlib import Path

import pytest

_FILE = Path(__file__).resolve().parents[2] / "benchmarks" / "coverage.py"


def test_intervals_hold_the_truth_about_nineteen_times_in_twenty() -> None:
    spec = importlib.util.spec_from_file_location("coverage_benchmark", _FILE)
    benchmark = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = benchmark
    spec.loader.exec_module(benchmark)
    scenario = benchmark.SCENARIOS[2]
    for name, (percent, n) in benchmark.coverage(scenario, repeats=150, patients=200, resamples=400).items():
        assert n == 150, name
        assert percent == pytest.approx(95, abs=5.0), name  # 2.8 standard errors of 150 repeats
