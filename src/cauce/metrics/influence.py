"""Intervals from the influence of each patient on a number.

A smooth metric is, to first order, a sum of one contribution per patient, so its variance is the sum of their squares
whatever the number of cases a patient has (the sandwich, or linearisation, estimator). That variance is itself uncertain
when a few patients make most of it, as with rare errors; the Student quantile takes its degrees of freedom from the
contributions' fourth moment (Satterthwaite's matching of moments), which keeps the level where the normal quantile does not.
`benchmarks/coverage.py` measures it.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from cauce.metrics.cases import TAIL, Cases, Floats


@dataclass(frozen=True, eq=False)
class Linearised:
    """A value and each patient's first-order contribution to its error.

    Attributes:
        by_patient: (n_patients,) in the value's unit; sums to 0.
        variance: of the value.
    """

    value: float
    by_patient: Floats
    variance: float

    @classmethod
    def of(cls, value: float, by_case: Floats, cases: Cases) -> "Linearised":
        """Sum contributions (n_cases,) over the cases of each patient; variance with the factor G / (G - 1)."""
        by_patient: Floats = np.bincount(cases.patient, by_case, cases.n_patients).astype(np.float64)
        factor = cases.n_patients / max(cases.n_patients - 1, 1)
        return cls(value, by_patient, float(by_patient @ by_patient) * factor)

    def quantile(self) -> float:
        """Student quantile of the two-sided interval."""
        return float(stats.t.isf(TAIL, self.freedom()))

    def freedom(self) -> float:
        """Degrees of freedom of the variance, by its fourth moment; 1 at least."""
        squares = self.by_patient**2
        concentration = float((squares @ squares) / squares.sum() ** 2) - 1 / len(squares)
        return max(2 / max(concentration, 1e-9), 1.0)

    def p_value(self) -> float:
        """Two-sided, of the hypothesis that the value is 0."""
        return float(2 * stats.t.sf(abs(self.value) / np.sqrt(self.variance), self.freedom()))

    def interval(self) -> tuple[float, float]:
        """On the metric's own scale."""
        half = self.quantile() * float(np.sqrt(self.variance))
        return self.value - half, self.value + half

    def logit_interval(self) -> tuple[float, float]:
        """On the logit scale, for a value between 0 and 1: never leaves that range."""
        half = self.quantile() * float(np.sqrt(self.variance)) / (self.value * (1 - self.value))
        centre = float(special.logit(self.value))
        return float(special.expit(centre - half)), float(special.expit(centre + half))


QUANTILE = "Student quantile with moment-matched degrees of freedom"
"""How method lines name it."""
