"""The same metrics by origin, vendor, view, sex and age band."""

from collections.abc import Sequence

import numpy as np

from cauce.domain.estimate import Estimate
from cauce.domain.model import Subgroup
from cauce.metrics.cases import Cases
from cauce.metrics.delong import auc
from cauce.metrics.operating_point import at_threshold
from cauce.model.scoring import ScoredRow, cases_of
from cauce.store.reference_distribution import acquisition_tags

VARIABLES = ("origin", "vendor", "view", "sex", "age_band")

MINIMUM_PATIENTS = 20
"""Patients with, and patients without the finding; below it a subgroup says "insufficient data"."""

_PROPORTIONS = ("sensitivity", "specificity")


def subgroups(scored: Sequence[ScoredRow], threshold: float) -> tuple[Subgroup, ...]:
    """AUC, sensitivity and specificity of each value of each variable that takes more than one value."""
    cases = cases_of(scored)
    tags = [acquisition_tags(each.row.acquisition) for each in scored]
    found = []
    for variable in VARIABLES:
        values = np.array([tag[variable] for tag in tags])
        names = sorted(set(values.tolist()))
        if len(names) > 1:
            found += [Subgroup(variable=variable, value=name, metrics=_metrics(cases.subset(values == name), threshold))
                      for name in names]
    return tuple(found)


def _metrics(cases: Cases, threshold: float) -> tuple[Estimate, ...]:
    at = at_threshold(cases, threshold, minimum=MINIMUM_PATIENTS)
    return (auc(cases, minimum=MINIMUM_PATIENTS), *(each for each in at if each.name in _PROPORTIONS))
