"""The numbers that a model of several classes is judged by; the most probable class is the called one."""

from collections.abc import Sequence

import numpy as np

from cauce.domain.estimate import Estimate
from cauce.metrics.agreement import PatientSums, estimate_of, logit, patient_codes
from cauce.metrics.cases import MINIMUM_PATIENTS, Cases, Floats
from cauce.metrics.delong import auc
from cauce.metrics.multiclass import multiclass_metrics
from cauce.metrics.proportion import proportion
from cauce.model.class_scoring import ClassAnswers

MEASURES = ("AUC", "sensitivity", "specificity")
"""Of each class against the rest, as "AUC, NAME"."""


def class_metrics(answers: ClassAnswers, classes: Sequence[str], *, minimum: int = MINIMUM_PATIENTS) -> tuple[Estimate, ...]:
    """Macro AUC, accuracy, balanced accuracy and macro F1; then AUC, sensitivity and specificity of each class against the
    rest. Intervals are clustered by patient.
    """
    area, right, f1 = multiclass_metrics(answers.reference, answers.score, answers.patient, names=classes, minimum=minimum)
    overall = (area, right, balanced_accuracy(answers, minimum=minimum), f1)
    return overall + tuple(
        estimate for number, name in enumerate(classes) for estimate in _one_class(answers, number, name, minimum)
    )


def balanced_accuracy(answers: ClassAnswers, *, minimum: int = MINIMUM_PATIENTS) -> Estimate:
    """Mean over classes of the share that is called right: a rare class counts like a frequent one.

    Source: Brodersen et al. 2010, 10.1109/ICPR.2010.764.
    """
    wanted, k = answers.wanted, answers.wanted.shape[1]
    codes, count = patient_codes(answers.patient, len(wanted))
    name, method = "balanced accuracy", "mean of sensitivity over classes"
    patients = [len(np.unique(codes[wanted[:, number]])) for number in range(k)]
    if min(patients) < minimum:
        return Estimate.insufficient(
            name, method, count, len(wanted), f"{min(patients)} patients of a class, at least {minimum} needed"
        )

    def statistic(sums: Floats) -> Floats:
        return np.asarray((sums[..., :k] / sums[..., k:]).mean(axis=-1))

    table = np.concatenate([wanted & answers.called, wanted], axis=1).astype(np.float64)
    return estimate_of(name, statistic, PatientSums.of(table, codes, count), logit, method=method, minimum=minimum)


def _one_class(answers: ClassAnswers, number: int, name: str, minimum: int) -> tuple[Estimate, ...]:
    wanted, called = answers.wanted[:, number], answers.called[:, number]
    cases = Cases.of(wanted, answers.score[:, number], answers.patient)
    found = (
        auc(cases, minimum=minimum),
        proportion("sensitivity", called[wanted], cases.subset(wanted), minimum=minimum),
        proportion("specificity", ~called[~wanted], cases.subset(~wanted), minimum=minimum),
    )
    return tuple(each.model_copy(update={"name": f"{each.name}, {name}"}) for each in found)
