"""Time to an event: one row for each patient, exponential times, independent censoring."""

from dataclasses import dataclass

import numpy as np

from cauce.domain.estimate import Estimate
from cauce.metrics.bootstrap import Resampling
from cauce.metrics.survival import Survival, auc_at, calibration_at, concordance, integrated_brier, uno_concordance
from simulated.scenario import Simulation, named, values

_TIMES = (0.25, 0.5, 0.75, 1.0)
_COHORTS, _PATIENTS = 8, 15_000
Sample = tuple[Survival, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Times:
    """`strength` of the risk score; censoring is exponential at `censoring`."""

    strength: float
    censoring: float

    def draw(self, generator: np.random.Generator, patients: int, _: int) -> Sample:
        score = generator.normal(size=patients)
        hazard = np.exp(self.strength * score)
        time, lost = generator.exponential(1 / hazard), generator.exponential(1 / self.censoring, patients)
        predicted = np.exp(-0.8 * hazard[:, None] * np.array(_TIMES))  # as a model would that is a little too hopeful
        return Survival.of(np.minimum(time, lost), time <= lost), score, predicted

    def measure(self, sample: Sample, _: Resampling) -> dict[str, Estimate]:
        data, score, predicted = sample
        return named((concordance(data, score), uno_concordance(data, score, until=1.0), auc_at(data, score, time=0.5),
                      integrated_brier(data, predicted, times=_TIMES), calibration_at(data, 1 - predicted[:, 1], time=0.5)))

    def truth(self) -> dict[str, float]:
        """Mean of large cohorts; Harrell's C is that of this censoring."""
        found = [values(self.measure(self.draw(np.random.default_rng(seed), _PATIENTS, 1), Resampling(2)))
                 for seed in range(1, _COHORTS + 1)]
        return {name: float(np.mean([each[name] for each in found])) for name in found[0]}


def _simulation(name: str, times: Times) -> Simulation:
    return Simulation("survival", name, times.draw, times.measure, times.truth)


SIMULATIONS = (
    _simulation("C about 0.7, a third censored", Times(1.0, 0.5)),
    _simulation("C about 0.8, half censored", Times(2.0, 1.2)),
)
