"""Measured numbers: errors and agreement with a reference, means over cases (Dice, distances), shares within a radius."""

from collections.abc import Callable

import numpy as np
from scipy import stats

from cauce.domain.estimate import Estimate
from cauce.metrics.agreement import Readings, logarithmic, logit, symmetric
from cauce.metrics.bootstrap import Resampling
from cauce.metrics.cases import Cases
from cauce.metrics.landmarks import landmark_metrics
from cauce.metrics.mean import mean_over_cases
from cauce.metrics.proportion import proportion
from cauce.metrics.regression import regression_metrics, repeatability_coefficient
from simulated.scenario import Simulation, named, of_population, patients_of, shared_normal

Law = Callable[[np.ndarray], np.ndarray]
Sample = tuple[np.ndarray, np.ndarray, np.ndarray]


def _errors(law: Law) -> Callable[[np.random.Generator, int, int], Sample]:
    """Reference of 20 ± 6, measured with a bias of 1 and errors of standard deviation 2; both correlate within a patient."""

    def draw(generator: np.random.Generator, patients: int, largest: int) -> Sample:
        patient = patients_of(generator, patients, largest)
        reference = 20 + 6 * shared_normal(generator, patient)
        return reference, reference + 1 + 2 * law(stats.norm.cdf(shared_normal(generator, patient))), patient

    return draw


def _regression(sample: Sample, _: Resampling) -> dict[str, Estimate]:
    return named(regression_metrics(*sample, unit="mm"))


def _repeats(generator: np.random.Generator, patients: int, largest: int) -> tuple[np.ndarray, np.ndarray]:
    """Two measurements of each case; the spread itself varies between patients."""
    patient = patients_of(generator, patients, largest)
    spread = np.exp(0.3 * shared_normal(generator, patient))
    truth = 20 + 6 * shared_normal(generator, patient)
    return truth[:, None] + spread[:, None] * generator.normal(size=(len(patient), 2)), patient


def _repeatability(sample: tuple[np.ndarray, np.ndarray], _: Resampling) -> dict[str, Estimate]:
    return named((repeatability_coefficient(Readings.of(*sample), unit="mm"),))


def _masks(median: float, spread: float) -> Callable[[np.random.Generator, int, int], Sample]:
    """Dice of logit-normal law, and a distance of lognormal law that is the larger the smaller the Dice."""

    def draw(generator: np.random.Generator, patients: int, largest: int) -> Sample:
        patient = patients_of(generator, patients, largest)
        quality, other = shared_normal(generator, patient), shared_normal(generator, patient)
        dice = 1 / (1 + np.exp(-(np.log(median / (1 - median)) + spread * quality)))
        return dice, np.exp(1 - 0.5 * quality + 0.5 * other), patient

    return draw


def _mask_means(sample: Sample, _: Resampling) -> dict[str, Estimate]:
    dice, distance, patient = sample
    return named((mean_over_cases("mean Dice", dice, patient, logit),
                  mean_over_cases("mean HD95", distance, patient, logarithmic, unit="mm"),
                  mean_over_cases("mean volume error", dice - 0.7 * dice.clip(0, 0.5) - 0.5, patient, symmetric)))


def _points(generator: np.random.Generator, patients: int, largest: int) -> tuple[np.ndarray, np.ndarray]:
    patient = patients_of(generator, patients, largest)
    step = np.stack([shared_normal(generator, patient), shared_normal(generator, patient)])
    return 1.4 * np.exp(0.3 * shared_normal(generator, patient)) * np.sqrt((step**2).sum(axis=0)), patient


def _landmarks(sample: tuple[np.ndarray, np.ndarray], _: Resampling) -> dict[str, Estimate]:
    return named(landmark_metrics(*sample))


def _share(true: float, correlation: float) -> Simulation:
    """A proportion alone; no correlation means one case a patient."""

    def draw(generator: np.random.Generator, patients: int, largest: int) -> tuple[np.ndarray, np.ndarray]:
        patient = patients_of(generator, patients, largest if correlation else 1)
        return shared_normal(generator, patient, correlation) < stats.norm.ppf(true), patient

    def measure(sample: tuple[np.ndarray, np.ndarray], _: Resampling) -> dict[str, Estimate]:
        success, patient = sample
        cases = Cases.of(np.ones(len(success), bool), np.zeros(len(success)), patient)
        return named((proportion("proportion", success, cases),))

    words = f"correlation {correlation:g}" if correlation else "one case a patient"
    return Simulation("proportions", f"{true:g}, {words}", draw, measure, lambda: {"proportion": true})


def _simulation(name: str, draw: Callable, measure: Callable) -> Simulation:
    return Simulation("numbers", name, draw, measure, of_population(draw, measure))


SIMULATIONS = (
    _simulation("normal errors", _errors(stats.norm.ppf), _regression),
    _simulation("Laplace errors", _errors(lambda u: stats.laplace.ppf(u, scale=np.sqrt(0.5))), _regression),
    _simulation("repeated measurements", _repeats, _repeatability),
    _simulation("masks, Dice about 0.85", _masks(0.85, 0.7), _mask_means),
    _simulation("masks, Dice about 0.95", _masks(0.95, 1.0), _mask_means),
    _simulation("landmarks", _points, _landmarks),
    *(_share(true, correlation) for true in (0.5, 0.9, 0.97) for correlation in (0.0, 0.5)),
)
