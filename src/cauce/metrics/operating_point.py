"""Metrics at a threshold, and the choice of the threshold."""

from collections.abc import Callable

import numpy as np

from cauce.domain.errors import InputError
from cauce.domain.estimate import Estimate
from cauce.metrics.cases import MINIMUM_PATIENTS, Booleans, Cases
from cauce.metrics.proportion import proportion

Rule = Callable[[Booleans, Booleans], tuple[Booleans, Booleans]]
"""(reference, called) → (success, who is counted), each (n,)."""

PROPORTIONS: dict[str, Rule] = {
    "sensitivity": lambda positive, called: (called, positive),
    "specificity": lambda positive, called: (~called, ~positive),
    "PPV": lambda positive, called: (positive, called),
    "NPV": lambda positive, called: (~positive, ~called),
    "accuracy": lambda positive, called: (positive == called, np.ones_like(positive)),
}
"""Every metric at a threshold. PPV and NPV hold at the prevalence of these cases only."""


def at_threshold(cases: Cases, threshold: float, *, minimum: int = MINIMUM_PATIENTS) -> tuple[Estimate, ...]:
    """All of PROPORTIONS; a case is called positive when its score reaches `threshold`. Scores must be finite."""
    return at_calls(cases, cases.score >= threshold, minimum=minimum)


def at_calls(cases: Cases, called: Booleans, *, minimum: int = MINIMUM_PATIENTS) -> tuple[Estimate, ...]:
    """All of PROPORTIONS for calls (n,) made elsewhere."""
    estimates = []
    for name, rule in PROPORTIONS.items():
        success, counted = rule(cases.positive, called)
        estimates.append(proportion(name, success[counted], cases.subset(counted), minimum=minimum))
    return tuple(estimates)


def threshold_for_sensitivity(cases: Cases, sensitivity: float) -> float:
    """Threshold of the best specificity among those whose sensitivity reaches the target.

    All thresholds between two neighbouring scores, the higher of a positive and the lower of a negative case, share that
    specificity; the middle of them is taken, so that a small change of a score on another machine changes no call.

    Raises:
        InputError: there is no positive or no negative case, or a score is not a finite number.
    """
    if not np.isfinite(cases.score).all() or cases.positive.all() or not cases.positive.any():
        raise InputError(
            "an operating point needs finite scores of both classes", where="tune partition",
            expected="at least one positive and one negative case",
            got=f"{int(cases.positive.sum())} positive of {len(cases)}",
            remedy="Give `tune` a larger share in the split policy, or check the labels.",
        )
    positives = np.sort(cases.score[cases.positive])[::-1]
    needed = int(np.ceil(sensitivity * len(positives) - 1e-9))
    highest = float(positives[max(needed, 1) - 1])
    below = cases.score[~cases.positive & (cases.score < highest)]
    if not len(below):
        return highest
    lowest = float(below.max())
    middle = (lowest + highest) / 2
    return middle if lowest < middle <= highest else highest
