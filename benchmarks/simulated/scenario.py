"""What every simulated cohort is: a way to draw it, a way to measure it, and the values of the population."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cauce.domain.estimate import Estimate
from cauce.metrics.bootstrap import Resampling

POPULATION = 400_000
"""Patients, of one case each, that a truth without a formula is read from."""

LARGEST = 4
"""Cases of a patient: 1 to this many, all alike likely and independent of what they show."""


@dataclass(frozen=True)
class Simulation:
    """One population.

    Attributes:
        family, name: how the table calls it.
        draw: (generator, patients, largest number of cases of a patient) → sample.
        measure: (sample, resampling) → estimates by name.
        truth: values of the population by the same names.
    """

    family: str
    name: str
    draw: Callable[[np.random.Generator, int, int], Any]
    measure: Callable[[Any, Resampling], Mapping[str, Estimate]]
    truth: Callable[[], Mapping[str, float]]


def named(estimates: "list[Estimate] | tuple[Estimate, ...]") -> dict[str, Estimate]:
    return {each.name: each for each in estimates}


def values(estimates: Mapping[str, Estimate]) -> dict[str, float]:
    return {name: float(each.value) for name, each in estimates.items() if each.value is not None}


def of_population(draw: Callable[..., Any], measure: Callable[..., Mapping[str, Estimate]]) -> Callable[[], dict[str, float]]:
    """Truth read from `POPULATION` patients of one case each: its error is a fortieth of a cohort's of 200."""
    return lambda: values(measure(draw(np.random.default_rng(1), POPULATION, 1), Resampling(2)))


def patients_of(generator: np.random.Generator, patients: int, largest: int) -> np.ndarray:
    """(cases,) patient of each case."""
    return np.repeat(np.arange(patients), generator.integers(1, largest + 1, patients))


def shared_normal(generator: np.random.Generator, patient: np.ndarray, correlation: float = 0.5) -> np.ndarray:
    """(cases,) standard normal numbers that correlate within a patient."""
    shared, own = generator.normal(size=int(patient.max()) + 1)[patient], generator.normal(size=len(patient))
    return np.sqrt(correlation) * shared + np.sqrt(1 - correlation) * own
