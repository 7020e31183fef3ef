"""How often each 95 % interval holds the true value, over simulated cohorts whose patients have several cases.

python benchmarks/coverage.py [--repeats 2000] [--patients 200] [--json]

The goal is 93.5 to 96.5 % in every scenario. Truth is exact for the AUC and comes from a million independent cases for the
rest. Scenarios differ in AUC, prevalence, whether the class belongs to the patient or to the case, and calibration.
"""

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from cauce.domain.estimate import Estimate
from cauce.metrics.bootstrap import Resampling
from cauce.metrics.calibration import brier, calibration_intercept, calibration_slope
from cauce.metrics.calibration_error import calibration_error, reliability_bins
from cauce.metrics.cases import Cases
from cauce.metrics.delong import auc
from cauce.metrics.discrimination import average_precision, bootstrap_auc
from cauce.metrics.operating_point import at_threshold
from cauce.metrics.weighted import weighted_average_precision

LOWEST, HIGHEST = 93.5, 96.5
_THRESHOLD = 0.5


@dataclass(frozen=True)
class Scenario:
    """Two normal score distributions; patients have 1 to 4 cases whose scores correlate with 0.5.

    Attributes:
        auc, prevalence: of independent cases.
        class_of_patient: all cases of a patient share the class; otherwise the classes correlate with 0.5 (latent).
        stretch, shift: of the log odds; 1 and 0 make a perfectly calibrated probability.
    """

    auc: float
    prevalence: float
    class_of_patient: bool
    stretch: float = 2.0
    shift: float = -0.5

    def draw(self, generator: np.random.Generator, patients: int, largest: int = 4) -> Cases:
        """A cohort; with `largest` = 1 every patient has one case."""
        patient = np.repeat(np.arange(patients), generator.integers(1, largest + 1, patients))
        shared, own = generator.normal(size=patients)[patient], generator.normal(size=len(patient))
        latent = shared if self.class_of_patient else (shared + own) / np.sqrt(2)
        positive = latent > stats.norm.isf(self.prevalence)
        distance = np.sqrt(2) * stats.norm.ppf(self.auc)
        noise = (generator.normal(size=patients)[patient] + generator.normal(size=len(patient))) / np.sqrt(2)
        log_odds = distance * (distance * positive + noise) - distance**2 / 2 + special.logit(self.prevalence)
        return Cases.of(positive, special.expit(self.stretch * log_odds + self.shift), patient)


SCENARIOS = (
    Scenario(auc=0.75, prevalence=0.5, class_of_patient=False),
    Scenario(auc=0.75, prevalence=0.2, class_of_patient=True),
    Scenario(auc=0.90, prevalence=0.5, class_of_patient=True),
    Scenario(auc=0.90, prevalence=0.2, class_of_patient=False, stretch=1.0, shift=0.0),
    Scenario(auc=0.95, prevalence=0.3, class_of_patient=True),
    Scenario(auc=0.98, prevalence=0.5, class_of_patient=False),
    Scenario(auc=0.98, prevalence=0.2, class_of_patient=True),
)


def estimates(cases: Cases, resampling: Resampling) -> dict[str, Estimate]:
    """Every metric with every interval method there is for it."""
    found = [auc(cases), average_precision(cases, resampling=resampling), *at_threshold(cases, _THRESHOLD)]
    found += [brier(cases), calibration_slope(cases), calibration_intercept(cases)]
    found += [calibration_error(cases, resampling=resampling)]
    return {"AUC, bootstrap": bootstrap_auc(cases, resampling=resampling)} | {each.name: each for each in found}


def true_values(scenario: Scenario, bins: int) -> dict[str, float]:
    """Of the population; the calibration error over as many equal-mass bins as the sample has."""
    cases = scenario.draw(np.random.default_rng(1), 1_000_000, largest=1)
    smooth = (*at_threshold(cases, _THRESHOLD), brier(cases), calibration_slope(cases), calibration_intercept(cases))
    values = {each.name: float(each.value) for each in smooth if each.value is not None}
    values["average precision"] = float(weighted_average_precision(cases)(np.ones((1, len(cases)), np.float32))[0])
    calibrated = scenario.stretch == 1 and scenario.shift == 0
    values["expected calibration error"] = 0.0 if calibrated else reliability_bins(cases, bins).plain_error
    return values | {"AUC": scenario.auc, "AUC, bootstrap": scenario.auc}


def coverage(
    scenario: Scenario, *, repeats: int, patients: int, resamples: int, each: Callable[[], None] = lambda: None
) -> dict[str, tuple[float, int]]:
    """Percentage of intervals that hold the truth, and number of intervals, by metric."""
    truth = true_values(scenario, bins=15)
    held: dict[str, list[bool]] = {name: [] for name in truth}
    for repeat in range(repeats):
        seed = [repeat, int(1000 * scenario.auc), int(100 * scenario.prevalence), 11]
        cases = scenario.draw(np.random.default_rng(seed), patients)
        for name, estimate in estimates(cases, Resampling(resamples, repeat)).items():
            if estimate.value is not None and estimate.lower is not None and estimate.upper is not None:
                held[name].append(estimate.lower - 1e-12 <= truth[name] <= estimate.upper + 1e-12)
        each()
    return {name: (100 * float(np.mean(hits)), len(hits)) for name, hits in held.items() if hits}


def main() -> None:
    """Print a table, one row a scenario and metric."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=2000)
    parser.add_argument("--patients", type=int, default=200)
    parser.add_argument("--resamples", type=int, default=1000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows = []
    for scenario in SCENARIOS:
        found = coverage(scenario, repeats=arguments.repeats, patients=arguments.patients, resamples=arguments.resamples)
        for name, (percent, n) in found.items():
            row = {"auc": scenario.auc, "prevalence": scenario.prevalence, "class_of_patient": scenario.class_of_patient,
                   "metric": name, "coverage_percent": round(percent, 2), "intervals": n, "held": LOWEST <= percent <= HIGHEST}
            rows.append(row)
            if not arguments.json:
                mark = "" if row["held"] else "  outside"
                where = f"AUC {scenario.auc:.2f}  prevalence {scenario.prevalence:.1f}"
                print(f"{where}  {name:28s} {percent:6.2f} %  n={n}{mark}", flush=True)
    if arguments.json:
        settings = {"repeats": arguments.repeats, "patients": arguments.patients, "resamples": arguments.resamples}
        print(json.dumps({"name": "coverage", **settings, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
