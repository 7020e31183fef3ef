"""Agreement between readers: κ of two and of several, ICC, Dice and distance of their marks."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cauce.domain.estimate import Estimate
from cauce.metrics.agreement import Readings
from cauce.metrics.agreement_icc import intraclass_correlation
from cauce.metrics.agreement_kappa import Weights, cohen_kappa, fleiss_kappa
from cauce.metrics.agreement_places import reader_dice, reader_distance
from cauce.metrics.bootstrap import Resampling
from simulated.scenario import Simulation, named, of_population, patients_of, shared_normal

Sample = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Ratings:
    """Readers see the case's latent number with an error of their own and cut it into categories."""

    readers: int
    error: float
    cuts: tuple[float, ...]

    def draw(self, generator: np.random.Generator, patients: int, largest: int) -> Sample:
        patient = patients_of(generator, patients, largest)
        seen = shared_normal(generator, patient)[:, None] + self.error * generator.normal(size=(len(patient), self.readers))
        return np.searchsorted(np.array(self.cuts), seen.ravel()).reshape(seen.shape), patient

    def measure(self, sample: Sample, _: Resampling) -> dict[str, Estimate]:
        readings, categories = Readings.of(*sample), len(self.cuts) + 1
        if self.readers > 2:
            return {"κ (Fleiss)": fleiss_kappa(readings, categories)}
        return named([cohen_kappa(readings, categories, weights=weights) for weights in Weights])


@dataclass(frozen=True)
class Measured:
    """Readers measure with fixed biases: they are the readers of the study, not drawn from a population of readers."""

    biases: tuple[float, ...]
    error: float

    def draw(self, generator: np.random.Generator, patients: int, largest: int) -> Sample:
        patient = patients_of(generator, patients, largest)
        noise = self.error * generator.normal(size=(len(patient), len(self.biases)))
        return 5 * shared_normal(generator, patient)[:, None] + np.array(self.biases) + noise, patient

    def measure(self, sample: Sample, _: Resampling) -> dict[str, Estimate]:
        return named((intraclass_correlation(Readings.of(*sample)),))


def _marks(generator: np.random.Generator, patients: int, largest: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    patient = patients_of(generator, patients, largest)
    dice = 1 / (1 + np.exp(-(1.8 + 0.8 * shared_normal(generator, patient))))
    return dice, np.exp(0.5 + 0.6 * shared_normal(generator, patient)), patient


def _places(sample: tuple[np.ndarray, np.ndarray, np.ndarray], _: Resampling) -> dict[str, Estimate]:
    dice, distance, patient = sample
    return named((reader_dice(dice, patient), reader_distance(distance, patient, unit="mm")))


def _simulation(name: str, draw: Callable, measure: Callable) -> Simulation:
    return Simulation("readers", name, draw, measure, of_population(draw, measure))


_POPULATIONS: tuple[tuple[str, "Ratings | Measured"], ...] = (
    ("2 readers, 4 categories, fair", Ratings(2, 1.0, (-0.8, 0.3, 1.2))),
    ("2 readers, 4 categories, good", Ratings(2, 0.3, (-0.8, 0.3, 1.2))),
    ("2 readers, 2 categories, 10 % rare", Ratings(2, 0.5, (1.4,))),
    ("3 readers, 3 categories", Ratings(3, 0.6, (-0.5, 0.7))),
    ("3 readers, 2 categories, 10 % rare", Ratings(3, 0.5, (1.4,))),
    ("2 readers measure well", Measured((0.0, 0.5), 1.0)),
    ("3 readers measure poorly", Measured((-1.0, 0.0, 2.0), 4.0)),
)

SIMULATIONS = (
    *(_simulation(name, each.draw, each.measure) for name, each in _POPULATIONS),
    _simulation("marks", _marks, _places),
)
