"""A short form of benchmarks/noise_sweeps.py: its first scenario whole, and one in which there is something to find."""

import importlib.util
import sys
from pathlib import Path

_FILE = Path(__file__).resolve().parents[2] / "benchmarks" / "noise_sweeps.py"


def test_equal_configurations_are_told_apart_in_at_most_five_of_a_hundred_sweeps_and_unequal_ones_more_often() -> None:
    spec = importlib.util.spec_from_file_location("noise_sweeps_benchmark", _FILE)
    assert spec is not None
    assert spec.loader is not None
    benchmark = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = benchmark
    spec.loader.exec_module(benchmark)
    by_name = {scenario.name: scenario for scenario in benchmark.SCENARIOS}
    assert benchmark.says_no_difference(by_name["two equal, noise"], sweeps=100, n_folds=5) >= 95
    assert benchmark.says_no_difference(by_name["two unequal, learnable"], sweeps=25, n_folds=5) <= 15
