"""The distribution of censoring by Kaplan and Meier, and what each patient does to a number through inverse weights of it.

Whoever is censored while others stay makes the others count more. Estimated weights vary with the data, and against the
number that they correct: an interval that takes them as known is too wide. Source: Robins and Rotnitzky 1992,
10.1007/978-1-4757-1229-2_14: a patient's influence on 1/G at t is the integral up to t of the patient's censoring martingale
over the share at risk.
"""

import numpy as np

from cauce.metrics.cases import Booleans, Floats


def kaplan_meier(time: Floats, event: Booleans, at: Floats, *, before: bool = False) -> Floats:
    """Share still without the event at times `at`; `before`: just before them."""
    moments, group = np.unique(time, return_inverse=True)
    events = np.bincount(group, event, len(moments))
    at_risk = len(time) - np.r_[0, np.cumsum(np.bincount(group, minlength=len(moments)))[:-1]]
    curve = np.r_[1.0, np.cumprod(1 - events / at_risk)]
    return np.asarray(curve[np.searchsorted(moments, at, side="left" if before else "right")])


def weights_influence(time: Floats, event: Booleans, terms: Floats, *, until: float | None = None) -> Floats:
    """(n,) influence of each patient, by way of the weights, on a sum of terms that were divided by the censoring curve G.

    Args:
        time, event: (n,) of the patients.
        terms: (n,) the parts of the sum, each divided by G just before the patient's own time, or by G at `until`.
        until: time of the weight of all terms; None for each patient's own.
    """
    moments, of_patient = np.unique(time, return_inverse=True)
    k = len(moments)
    censored = np.bincount(of_patient, ~event, k)
    at_risk = len(time) - np.r_[0, np.cumsum(np.bincount(of_patient, minlength=k))[:-1]]
    if until is None:  # a term is weighted by what happened before its own time
        later = float(terms.sum()) - np.cumsum(np.bincount(of_patient, terms, k))
    else:
        later = float(terms.sum()) * (moments <= until)
    jump = later / (at_risk / len(time))
    lost = np.cumsum(jump * censored / at_risk)
    return np.asarray(np.where(event, 0.0, jump[of_patient]) - lost[of_patient]) / len(time)
