"""Lesions, objects and scored candidates: counts that vary between patients more than chance alone makes them."""

from dataclasses import dataclass

import numpy as np

from cauce.domain.estimate import Estimate
from cauce.metrics.bootstrap import Resampling
from cauce.metrics.detection import Detections, detection_metrics
from cauce.metrics.instances import ObjectMatches, object_metrics
from cauce.metrics.lesions import LesionMatches, lesion_metrics
from simulated.scenario import Simulation, named, patients_of, shared_normal, values

_RATES = (0.25, 1.0, 4.0)
_POPULATION = 60_000


@dataclass(frozen=True)
class Counts:
    """Lesions of each case, how many were found, and false finds."""

    found: np.ndarray
    missed: np.ndarray
    false: np.ndarray
    overlap: np.ndarray
    patient: np.ndarray


@dataclass(frozen=True)
class Lesions:
    """`ease`: log odds that a lesion is found, on average; it varies between patients, as do the numbers of lesions."""

    ease: float
    lesions: float
    false: float

    def draw(self, generator: np.random.Generator, patients: int, largest: int) -> Counts:
        patient = patients_of(generator, patients, largest)
        total = generator.poisson(self.lesions * np.exp(0.6 * shared_normal(generator, patient) - 0.18))
        chance = 1 / (1 + np.exp(-(self.ease + 0.8 * shared_normal(generator, patient))))
        found = generator.binomial(total, chance)
        false = generator.poisson(self.false * np.exp(0.6 * shared_normal(generator, patient) - 0.18))
        overlap = found * np.clip(0.75 + 0.08 * shared_normal(generator, patient), 0.5, 1)
        return Counts(found, total - found, false, overlap, patient)

    def measure(self, drawn: Counts, _: Resampling) -> dict[str, Estimate]:
        lesions = [_matches(*row) for row in zip(drawn.found, drawn.missed, drawn.false, strict=True)]
        objects = [ObjectMatches(int(a), float(b), int(c), int(d))
                   for a, b, c, d in zip(drawn.found, drawn.overlap, drawn.missed, drawn.false, strict=True)]
        return named((*lesion_metrics(lesions, drawn.patient), *object_metrics(objects, drawn.patient)))


def _matches(found: int, missed: int, false: int) -> LesionMatches:
    reference = np.arange(found + missed) < found
    return LesionMatches(np.ones(found + missed, int), reference, np.ones(found + false, int), np.arange(found + false) < found)


@dataclass(frozen=True)
class Candidates:
    """Scores of hits about `strength`, of false alarms about 0; both vary between patients."""

    strength: float
    objects: float

    def draw(self, generator: np.random.Generator, patients: int, largest: int) -> Detections:
        patient = patients_of(generator, patients, largest)
        objects = generator.poisson(self.objects, len(patient))
        seen = generator.binomial(objects, 0.95)
        false = generator.poisson(8 * np.exp(0.4 * shared_normal(generator, patient) - 0.08))
        image = np.repeat(np.arange(len(patient)), seen + false)
        place = np.arange(len(image)) - np.repeat(np.cumsum(seen + false) - seen - false, seen + false)
        hit = place < seen[image]
        of_patient = 0.5 * generator.normal(size=patients)[patient]
        score = self.strength * hit + of_patient[image] + generator.normal(size=len(image))
        return Detections(image, score, hit, objects, patient, patients)

    def measure(self, found: Detections, resampling: Resampling) -> dict[str, Estimate]:
        return named(detection_metrics(found, rates=_RATES, resampling=resampling))

    def truth(self) -> dict[str, float]:
        from cauce.metrics.detection import _average_precision, _mean_sensitivity

        found = self.draw(np.random.default_rng(1), _POPULATION, 1)
        rules = {"CPM": _mean_sensitivity(found, _RATES), "average precision": _average_precision(found)}
        rules |= {f"sensitivity at {rate:g} false alarms per image": _mean_sensitivity(found, (rate,)) for rate in _RATES}
        once = np.ones((1, len(found.objects)), np.float32)
        return {name: float(rule(once)[0]) for name, rule in rules.items()}


def _lesions(name: str, lesions: Lesions) -> Simulation:
    return Simulation("lesions and objects", name, lesions.draw, lesions.measure,
                      lambda: values(lesions.measure(lesions.draw(np.random.default_rng(1), 100_000, 1), Resampling(2))))


def _candidates(name: str, candidates: Candidates) -> Simulation:
    return Simulation("detection", name, candidates.draw, candidates.measure, candidates.truth)


SIMULATIONS = (
    _lesions("many lesions", Lesions(0.8, 3.0, 1.0)), _lesions("few lesions", Lesions(1.5, 0.5, 0.3)),
    _candidates("easy objects", Candidates(3.0, 1.0)), _candidates("hard, rare objects", Candidates(1.5, 0.3)),
)
