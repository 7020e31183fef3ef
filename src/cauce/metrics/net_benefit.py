"""Net benefit: true positives, less false positives weighed by the odds of the threshold, per case.

Source: Vickers and Elkin 2006, 10.1177/0272989X06295361. It holds at the prevalence of these cases.
"""

import numpy as np

from cauce.domain.estimate import Estimate
from cauce.metrics.cases import MINIMUM_PATIENTS, Cases, Floats, clustering_words
from cauce.metrics.influence import QUANTILE, Linearised

NAME = "net benefit"


def net_benefit(cases: Cases, threshold: float, *, minimum: int = MINIMUM_PATIENTS) -> Estimate:
    """Net benefit of calling a case positive when its probability reaches `threshold`.

    Args:
        threshold: probability, above 0 and below 1, at which harm and benefit of a call are held to be equal.
    """
    method = f"mean over cases at threshold {threshold:.4g}, {QUANTILE}, {clustering_words(cases)}"
    reason = cases.why_insufficient(minimum)
    if not reason and not 0 < threshold < 1:
        reason = "the threshold is no probability between 0 and 1"
    if reason:
        return Estimate.insufficient(NAME, method, cases.n_patients, len(cases), reason)
    gain = _gains(cases, np.array([threshold]))[0]
    value = float(gain.mean())
    mean = Linearised.of(value, (gain - value) / len(cases), cases)
    if mean.variance < 1e-18:
        return Estimate.insufficient(NAME, method, cases.n_patients, len(cases), "every case gains the same")
    lower, upper = mean.interval()
    return Estimate(name=NAME, value=value, lower=lower, upper=upper, method=method, n_patients=cases.n_patients,
                    n_cases=len(cases))


def decision_curve(cases: Cases, thresholds: Floats) -> tuple[Floats, Floats]:
    """Net benefit (k,) of the model, and of calling everybody positive, at thresholds (k,)."""
    share = float(cases.positive.mean())
    odds = thresholds / (1 - thresholds)
    return _gains(cases, thresholds).mean(axis=1), share - (1 - share) * odds


def _gains(cases: Cases, thresholds: Floats) -> Floats:
    """(k, n) what each case adds: 1 for a hit, minus the odds for a false alarm."""
    called = cases.score[None, :] >= thresholds[:, None]
    worth = np.where(cases.positive[None, :], 1.0, -(thresholds / (1 - thresholds))[:, None])
    return np.asarray(called * worth)
