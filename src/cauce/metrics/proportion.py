"""Proportions: Wilson's score interval, and its form for several cases of one patient."""

import numpy as np
from scipy import stats

from cauce.domain.estimate import Estimate
from cauce.metrics.cases import MINIMUM_PATIENTS, TAIL, Booleans, Cases
from cauce.metrics.influence import Linearised


def wilson(successes: float, n: float, quantile: float | None = None) -> tuple[float, float]:
    """Wilson's score interval of `successes` of `n` independent trials; neither needs to be whole.

    Source: Wilson 1927, 10.1080/01621459.1927.10502953.
    """
    z = float(stats.norm.isf(TAIL)) if quantile is None else quantile
    share = successes / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * float(np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)))
    lower = 0.0 if successes == 0 else centre - half
    return lower, 1.0 if successes == n else centre + half


def effective_interval(share: Linearised, quantile: float, *, at_most: float = float("inf")) -> tuple[float, float]:
    """Wilson's interval of a share between 0 and 1 at the number of independent trials that would give its variance.

    Args:
        at_most: a design effect below 1 is chance, not information; the number of trials is cut here.
    """
    effective = max(share.value * (1 - share.value) / max(share.variance, 1e-12), 1.0)
    effective = min(effective, at_most)
    return wilson(share.value * effective, effective, quantile)


def proportion(name: str, success: Booleans, cases: Cases, *, minimum: int = MINIMUM_PATIENTS) -> Estimate:
    """Share of `success` (n,) among `cases` (n,).

    With several cases of one patient, Wilson's interval is taken at the effective sample size: cases divided by the design
    effect of the ratio estimator (Rao and Scott 1992, 10.2307/2532311; Saha et al. 2016, 10.1002/sim.6870), with the
    Student quantile of G - 1 patients. When all or none succeed there is no design effect to estimate, and each patient
    counts as one trial.

    Args:
        name: of the metric, e.g. "sensitivity".
        minimum: patients needed.
    """
    n, patients = len(cases), cases.n_patients
    clustered = cases.clustered()
    method = "Wilson at the effective sample size, patient-clustered" if clustered else "Wilson, one case per patient"
    if patients < minimum:
        return Estimate.insufficient(name, method, patients, n, f"{patients} patients, at least {minimum} needed")
    value, note = float(success.mean()), ""
    if not clustered:
        lower, upper = wilson(float(success.sum()), n)
    elif value in (0.0, 1.0):
        lower, upper = wilson(value * patients, patients)
        note = f"all {n} cases alike: the interval counts {patients} patients as one trial each"
    else:
        share = Linearised.of(value, (success - value) / n, cases)
        lower, upper = effective_interval(share, float(stats.t.isf(TAIL, patients - 1)), at_most=float(n))
    return Estimate(
        name=name, value=value, lower=lower, upper=upper, method=method, n_patients=patients, n_cases=n, note=note
    )
