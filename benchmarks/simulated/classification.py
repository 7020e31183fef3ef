"""Two classes: areas, proportions at a threshold, summaries of calls, calibration, and differences of two models."""

from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from cauce.domain.estimate import Estimate
from cauce.metrics.bootstrap import Resampling
from cauce.metrics.calibration import brier, calibration_intercept, calibration_slope
from cauce.metrics.calibration_error import calibration_error, reliability_bins
from cauce.metrics.calls import call_summaries
from cauce.metrics.cases import Cases
from cauce.metrics.delong import auc, auc_difference
from cauce.metrics.difference import bootstrap_difference, mean_difference
from cauce.metrics.discrimination import average_precision, bootstrap_auc
from cauce.metrics.net_benefit import net_benefit
from cauce.metrics.operating_point import at_threshold
from cauce.metrics.weighted import weighted_average_precision
from simulated.scenario import Simulation, named, patients_of, shared_normal, values

_THRESHOLD = 0.5
_POPULATION = 1_000_000
_BINS = 15


@dataclass(frozen=True)
class Scores:
    """Two normal score distributions; scores of one patient correlate with 0.5.

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

    def draw(self, generator: np.random.Generator, patients: int, largest: int) -> Cases:
        patient = np.repeat(np.arange(patients), generator.integers(1, largest + 1, patients))
        shared, own = generator.normal(size=patients)[patient], generator.normal(size=len(patient))
        latent = shared if self.class_of_patient else (shared + own) / np.sqrt(2)
        positive = latent > stats.norm.isf(self.prevalence)
        noise = (generator.normal(size=patients)[patient] + generator.normal(size=len(patient))) / np.sqrt(2)
        return Cases.of(positive, self.probability(positive, noise, self.auc), patient)

    def probability(self, positive: np.ndarray, noise: np.ndarray, area: float) -> np.ndarray:
        distance = np.sqrt(2) * stats.norm.ppf(area)
        log_odds = distance * (distance * positive + noise) - distance**2 / 2 + special.logit(self.prevalence)
        return np.asarray(special.expit(self.stretch * log_odds + self.shift))

    def truth(self) -> dict[str, float]:
        """Of the population; the calibration error over as many equal-mass bins as the sample has."""
        cases = self.draw(np.random.default_rng(1), _POPULATION, 1)
        found = values(_smooth(cases))
        found["average precision"] = _precision(cases)
        calibrated = self.stretch == 1 and self.shift == 0
        found["expected calibration error"] = 0.0 if calibrated else reliability_bins(cases, _BINS).plain_error
        return found | {"AUC": self.auc, "AUC, bootstrap": self.auc}


def _smooth(cases: Cases) -> dict[str, Estimate]:
    return named((*at_threshold(cases, _THRESHOLD), *call_summaries(cases, cases.score >= _THRESHOLD),
                  net_benefit(cases, _THRESHOLD), brier(cases), calibration_slope(cases), calibration_intercept(cases)))


def _precision(cases: Cases) -> float:
    return float(weighted_average_precision(cases)(np.ones((1, len(cases)), np.float32))[0])


def measure(cases: Cases, resampling: Resampling) -> dict[str, Estimate]:
    """Every metric with every interval method there is for it."""
    drawn = named((auc(cases), average_precision(cases, resampling=resampling),
                   calibration_error(cases, resampling=resampling)))
    return {"AUC, bootstrap": bootstrap_auc(cases, resampling=resampling)} | drawn | _smooth(cases)


SCORES = (
    Scores(auc=0.75, prevalence=0.5, class_of_patient=False),
    Scores(auc=0.75, prevalence=0.2, class_of_patient=True),
    Scores(auc=0.90, prevalence=0.5, class_of_patient=True),
    Scores(auc=0.90, prevalence=0.2, class_of_patient=False, stretch=1.0, shift=0.0),
    Scores(auc=0.95, prevalence=0.3, class_of_patient=True),
    Scores(auc=0.98, prevalence=0.5, class_of_patient=False),
    Scores(auc=0.98, prevalence=0.2, class_of_patient=True),
)


@dataclass(frozen=True)
class Pair:
    """Two models on the same cases, whose scores correlate within a case and within a patient."""

    scores: Scores
    second_auc: float

    def draw(self, generator: np.random.Generator, patients: int, largest: int) -> tuple[Cases, Cases]:
        patient = patients_of(generator, patients, largest)
        positive = shared_normal(generator, patient) > stats.norm.isf(self.scores.prevalence)
        one, two = shared_normal(generator, patient), shared_normal(generator, patient)
        noises = (one, 0.7 * one + np.sqrt(1 - 0.49) * two)
        areas = (self.scores.auc, self.second_auc)
        first, second = (Cases.of(positive, self.scores.probability(positive, noise, area), patient)
                         for noise, area in zip(noises, areas, strict=True))
        return first, second

    def measure(self, pair: tuple[Cases, Cases], resampling: Resampling) -> dict[str, Estimate]:
        first, second = pair
        precision = bootstrap_difference(
            "average precision", weighted_average_precision(first), weighted_average_precision(second), first,
            resampling=Resampling(resampling.resamples, resampling.seed, stratified=False),
        )
        return named((auc_difference(first, second), *self._means(pair), precision))

    def truth(self) -> dict[str, float]:
        pair = self.draw(np.random.default_rng(1), _POPULATION, 1)
        return values(named(self._means(pair))) | {
            "difference of AUC": self.second_auc - self.scores.auc,
            "difference of average precision": _precision(pair[1]) - _precision(pair[0]),
        }

    def _means(self, pair: tuple[Cases, Cases]) -> tuple[Estimate, ...]:
        first, second = pair
        right = [(cases.score >= _THRESHOLD) == cases.positive for cases in pair]
        squares = [(cases.score - cases.positive) ** 2 for cases in pair]
        return (mean_difference("accuracy", right[1].astype(float) - right[0], first),
                mean_difference("Brier score", squares[1] - squares[0], second))


def _simulation(scores: Scores) -> Simulation:
    unit = "class of patient" if scores.class_of_patient else "class of case"
    return Simulation("classification", f"AUC {scores.auc:.2f}, prevalence {scores.prevalence:.1f}, {unit}", scores.draw,
                      measure, scores.truth)


def _comparison(first: float, second: float, prevalence: float) -> Simulation:
    pair = Pair(Scores(auc=first, prevalence=prevalence, class_of_patient=False), second)
    return Simulation("differences", f"AUC {first:.2f} and {second:.2f}, prevalence {prevalence:.1f}", pair.draw, pair.measure,
                      pair.truth)


SIMULATIONS = (
    *map(_simulation, SCORES),
    _comparison(0.80, 0.80, 0.5), _comparison(0.85, 0.90, 0.3), _comparison(0.92, 0.97, 0.2),
)
