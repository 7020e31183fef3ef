"""How often each 95 % interval holds the true value, over simulated cohorts whose patients have several cases.

python benchmarks/coverage.py [--repeats 2000] [--patients 200] [--resamples 300] [--family NAME] [--json]

The goal is 93.5 to 96.5 % in every row. Each row is one metric of one simulated population (`simulated/`): patients have 1 to 4
cases that correlate with 0.5, but for survival, which has one row a patient. Truth is exact where there is a formula, and is
else read from up to a million cases. "Insufficient" counts the cohorts whose estimate says so: they have no interval to judge.
A bootstrap of 300 resamples stands for the product's 2,000: the standard error it gives varies by 4 % instead of 1.6 %.
Seeded by repeat. Exit code 1 when a row is outside.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from simulated import classification, numbers, objects, readers, several, times
from simulated.scenario import LARGEST, Simulation

from cauce.metrics.bootstrap import Resampling

LOWEST, HIGHEST = 93.5, 96.5
SIMULATIONS: tuple[Simulation, ...] = tuple(
    each for family in (classification, several, numbers, readers, objects, times) for each in family.SIMULATIONS
)


@dataclass(frozen=True)
class Row:
    """One metric of one population.

    Attributes:
        percent: of the intervals that hold the truth.
        below, above: percent whose whole interval lies below, or above, the truth.
        intervals, insufficient: cohorts with and without an interval.
    """

    metric: str
    truth: float
    percent: float
    below: float
    above: float
    intervals: int
    insufficient: int

    @property
    def held(self) -> bool:
        return LOWEST <= self.percent <= HIGHEST


def coverage(
    simulation: Simulation, *, repeats: int, patients: int, resamples: int, each: Callable[[], None] = lambda: None
) -> list[Row]:
    """A row for every metric of a population."""
    truth = simulation.truth()
    limits: dict[str, list[tuple[float, float]]] = defaultdict(list)
    insufficient: dict[str, int] = defaultdict(int)
    for repeat in range(repeats):
        generator = np.random.default_rng([repeat, crc32(simulation.name.encode())])
        sample = simulation.draw(generator, patients, LARGEST)
        for name, estimate in simulation.measure(sample, Resampling(resamples, repeat)).items():
            if estimate.lower is None or estimate.upper is None:
                insufficient[name] += 1
            else:
                limits[name].append((estimate.lower, estimate.upper))
        each()
    return [_row(name, true, np.array(limits[name]).reshape(-1, 2), insufficient[name]) for name, true in truth.items()]


def _row(name: str, truth: float, limits: np.ndarray, insufficient: int) -> Row:
    below, above = (100 * float(np.mean(missed)) if len(limits) else float("nan")
                    for missed in (limits[:, 1] < truth - 1e-12, limits[:, 0] > truth + 1e-12))
    return Row(name, truth, 100 - below - above, below, above, len(limits), insufficient)


def main() -> int:
    """Print a table, one row a population and metric."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=2000)
    parser.add_argument("--patients", type=int, default=200)
    parser.add_argument("--resamples", type=int, default=300)
    parser.add_argument("--family", choices=sorted({each.family for each in SIMULATIONS}))
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    document = []
    for simulation in SIMULATIONS:
        if arguments.family not in (None, simulation.family):
            continue
        rows = coverage(simulation, repeats=arguments.repeats, patients=arguments.patients, resamples=arguments.resamples)
        if not arguments.json:
            print(f"{simulation.family}: {simulation.name}", flush=True)
        for row in rows:
            document.append({"family": simulation.family, "population": simulation.name, **vars(row), "held": row.held})
            if not arguments.json:
                few = f"  {row.insufficient} insufficient" if row.insufficient else ""
                mark = "" if row.held else f"  OUTSIDE (truth below {row.above:.2f} %, above {row.below:.2f} %)"
                print(f"  {row.metric:38s} {row.percent:6.2f} %  truth {row.truth:8.4f}{few}{mark}", flush=True)
    outside = [row for row in document if not row["held"]]
    if arguments.json:
        settings = {"repeats": arguments.repeats, "patients": arguments.patients, "resamples": arguments.resamples}
        print(json.dumps({"name": "coverage", **settings, "outside": len(outside), "rows": document}, indent=1))
    else:
        print(f"{len(document) - len(outside)} of {len(document)} rows within {LOWEST} to {HIGHEST} %")
    return 1 if outside else 0


if __name__ == "__main__":
    sys.exit(main())
