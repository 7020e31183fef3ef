"""Small seeded cohorts with several cases of one patient."""

import numpy as np

from cauce.metrics.cases import Cases


def cohort(patients: int, *, seed: int = 0, separation: float = 1.5, largest: int = 3, decimals: int | None = None) -> Cases:
    generator = np.random.default_rng(seed)
    patient = np.repeat(np.arange(patients), generator.integers(1, largest + 1, patients))
    positive = generator.random(len(patient)) < 0.4
    score = separation * positive + generator.normal(size=patients)[patient] + generator.normal(size=len(patient))
    probability = 1 / (1 + np.exp(-(score - separation / 2)))
    return Cases.of(positive, probability if decimals is None else np.round(probability, decimals), patient)
