"""Several classes, one right or any number: macro averages."""

from dataclasses import dataclass

import numpy as np

from cauce.domain.estimate import Estimate
from cauce.metrics.bootstrap import Resampling
from cauce.metrics.multiclass import multiclass_metrics, multilabel_metrics
from simulated.scenario import Simulation, named, of_population, patients_of, shared_normal

_SHARES = (0.5, 0.3, 0.2)


@dataclass(frozen=True)
class Classes:
    """Each class adds `strength` to its own score; `several`: the classes do not exclude one another."""

    strength: float
    several: bool

    def draw(self, generator: np.random.Generator, patients: int, largest: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        patient = patients_of(generator, patients, largest)
        noise = np.stack([shared_normal(generator, patient) for _ in _SHARES], axis=1)
        if self.several:
            draws = np.stack([shared_normal(generator, patient) for _ in _SHARES], axis=1)
            wanted = draws > np.array([0.0, 0.5, 0.8])
            return wanted, 1 / (1 + np.exp(-(self.strength * (wanted - 0.5) + noise))), patient
        # A normal number per patient and case, cut into classes: the classes of a patient correlate.
        latent = shared_normal(generator, patient)
        label = np.searchsorted(np.array([0.0, 0.841621]), latent)
        score = np.exp(noise + self.strength * (label[:, None] == np.arange(len(_SHARES))))
        return label, score / score.sum(axis=1, keepdims=True), patient

    def measure(self, sample: tuple[np.ndarray, np.ndarray, np.ndarray], _: Resampling) -> dict[str, Estimate]:
        reference, probability, patient = sample
        if self.several:
            return named(multilabel_metrics(reference, probability, (0.5, 0.5, 0.5), patient))
        return named(multiclass_metrics(reference, probability, patient))


def _simulation(strength: float, several: bool) -> Simulation:
    classes = Classes(strength, several)
    what = "labels" if several else "classes"
    return Simulation(f"several {what}", f"3 {what}, strength {strength:g}", classes.draw, classes.measure,
                      of_population(classes.draw, classes.measure))


SIMULATIONS = tuple(_simulation(strength, several) for several in (False, True) for strength in (1.0, 2.5))
