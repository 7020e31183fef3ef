"""Speed of the drift tests against peers and against the physical limit, in one process.

OMP_NUM_THREADS=2 python benchmarks/drift_speed.py [--repeats 5] [--json]

`drift-columns`: 128 columns, 1,000 + 1,000 rows; peers: scipy's ks_2samp in a loop, Evidently's preset; limit: the sort.
`drift-mmd`: 1,000 + 1,000 rows of 128 columns, 1,000 permutations; peer: Alibi Detect; limit: two matrix products of that size.
A peer that is not installed is named and its goal is not judged.
"""

import argparse
import json
import os
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import ks_2samp

from cauce.metrics.drift_mmd import mmd
from cauce.metrics.drift_numbers import ks_columns

Numbers = NDArray[np.float64]
_ROWS, _COLUMNS, _PERMUTATIONS = 1_000, 128, 1_000


@dataclass(frozen=True)
class Bench:
    """Callables that do the same work.

    Attributes:
        goals: least ratio of peer over cauce; limit_goal: largest ratio of cauce over limit.
    """

    name: str
    ours: Callable[[], object]
    limit: Callable[[], object]
    peers: dict[str, Callable[[], object]]
    goals: dict[str, float]
    limit_goal: float
    not_installed: tuple[str, ...] = field(default=())


def main() -> None:
    """Check correctness, time interleaved rounds, print medians and ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    os.environ.setdefault("DO_NOT_TRACK", "1")
    rng = np.random.default_rng(0)
    reference, window = rng.normal(size=(_ROWS, _COLUMNS)), rng.normal(0.05, 1, size=(_ROWS, _COLUMNS))
    for bench in (_columns(reference, window), _discrepancy(reference, window)):
        document = _time(bench, arguments.repeats)
        if arguments.json:
            print(json.dumps(document))
            continue
        ours, ratio = document["cauce_s"], document["ratio_limit"]
        print(f"{bench.name}: cauce {ours * 1e3:.1f} ms, {ratio:.2f} of the limit's time (goal ≤ {bench.limit_goal:g})")
        for peer, seconds in document["peers"].items():
            print(f"  {peer}: {seconds * 1e3:.1f} ms = {seconds / ours:.1f}× (goal ≥ {bench.goals[peer]:g}×)")
        for peer in bench.not_installed:
            print(f"  {peer}: not installed, goal not judged")


def _columns(reference: Numbers, window: Numbers) -> Bench:
    expected = [ks_2samp(reference[:, c], window[:, c], method="asymp") for c in range(_COLUMNS)]
    found = ks_columns(reference, window)
    if not np.allclose(found.statistic, [item.statistic for item in expected], atol=1e-12):
        raise SystemExit("drift-columns: D differs from scipy's")
    if not np.allclose(found.p_value, [item.pvalue for item in expected], atol=1e-9):
        raise SystemExit("drift-columns: p differs from scipy's")
    pooled = np.concatenate([reference, window])
    peers: dict[str, Callable[[], object]] = {
        "ks_2samp loop": lambda: [ks_2samp(reference[:, c], window[:, c]) for c in range(_COLUMNS)]
    }
    if find_spec("evidently"):
        peers["Evidently"] = _evidently(reference, window)
    return Bench(
        "drift-columns", ours=lambda: ks_columns(reference, window), limit=lambda: np.sort(pooled, axis=0), peers=peers,
        goals={"ks_2samp loop": 3, "Evidently": 50}, limit_goal=np.inf,
        not_installed=() if "Evidently" in peers else ("Evidently",),
    )


def _discrepancy(reference: Numbers, window: Numbers) -> Bench:
    pooled = np.concatenate([reference, window])
    signs = np.sign(np.random.default_rng(1).normal(size=(_PERMUTATIONS, len(pooled))))
    peers: dict[str, Callable[[], object]] = {}
    if find_spec("alibi_detect"):
        from alibi_detect.cd import MMDDrift

        peers["Alibi Detect"] = lambda: MMDDrift(reference, backend="pytorch", n_permutations=_PERMUTATIONS).predict(window)

    def products() -> Numbers:
        return np.asarray(signs @ (pooled @ pooled.T))

    return Bench(
        "drift-mmd", ours=lambda: mmd(reference, window, permutations=_PERMUTATIONS, seed=0), limit=products, peers=peers,
        goals={"Alibi Detect": 150}, limit_goal=3, not_installed=() if peers else ("Alibi Detect",),
    )


def _evidently(reference: Numbers, window: Numbers) -> Callable[[], object]:
    import pandas
    from evidently import Report
    from evidently.presets import DataDriftPreset

    names = [f"c{number}" for number in range(_COLUMNS)]
    before, after = pandas.DataFrame(reference, columns=names), pandas.DataFrame(window, columns=names)
    return lambda: Report([DataDriftPreset(num_method="ks")]).run(after, before)


def _time(bench: Bench, repeats: int) -> dict[str, Any]:
    work = {"cauce": bench.ours, "limit": bench.limit, **bench.peers}
    seconds: dict[str, list[float]] = {name: [] for name in work}
    for call in work.values():
        call()
    for round_number in range(repeats):
        for name in list(work)[:: 1 if round_number % 2 == 0 else -1]:
            started = perf_counter()
            work[name]()
            seconds[name].append(perf_counter() - started)
    median = {name: statistics.median(values) for name, values in seconds.items()}
    ours = median["cauce"]
    best = min((median[name] for name in bench.peers), default=None)
    return {
        "name": bench.name, "workload": f"{_ROWS} + {_ROWS} rows, {_COLUMNS} columns", "correct": True, "cauce_s": ours,
        "peers": {name: median[name] for name in bench.peers}, "limit_s": median["limit"],
        "ratio_best_peer": best / ours if best else None, "ratio_limit": ours / median["limit"], "repeats": repeats,
        "spread": max(seconds["cauce"]) / min(seconds["cauce"]), "not_installed": list(bench.not_installed),
    }


if __name__ == "__main__":
    main()
