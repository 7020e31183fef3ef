"""Several classes, one of them right, or any number of them: macro averages of the two-class numbers, clustered by patient."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from cauce.domain.errors import InputError
from cauce.domain.estimate import Estimate
from cauce.metrics.agreement import PatientSums, estimate_of, logit, patient_codes
from cauce.metrics.cases import MINIMUM_PATIENTS, Booleans, Cases, Floats
from cauce.metrics.delong import linearised_auc
from cauce.metrics.influence import QUANTILE, Linearised
from cauce.metrics.proportion import proportion


def multiclass_metrics(
    reference: ArrayLike, probability: ArrayLike, patient: ArrayLike | None = None, *, names: Sequence[str] = (),
    minimum: int = MINIMUM_PATIENTS,
) -> tuple[Estimate, ...]:
    """Macro AUC (one class against the rest), accuracy and macro F1 of the most probable class.

    Args:
        reference: (n,) class of each case, from 0.
        probability: (n, k).
        names: of the classes, for a class that is too rare; default: their numbers.

    Raises:
        InputError: shapes differ, or a class is no column.
    """
    scores, labels = np.asarray(probability, dtype=np.float64), np.asarray(reference)
    if scores.ndim != 2 or labels.shape != (len(scores),) or not np.isin(labels, np.arange(scores.shape[1])).all():
        raise InputError("each case needs a class and a probability of each class", where="multiclass",
                         expected="(n,) and (n, k)", got=f"{labels.shape} and {scores.shape}")
    wanted = labels[:, None] == np.arange(scores.shape[1])
    called = scores.argmax(axis=1)
    codes, _ = patient_codes(patient, len(labels))
    cases = Cases.of(np.ones(len(labels), bool), np.zeros(len(labels)), codes)
    right = proportion("accuracy", called == labels, cases, minimum=minimum)
    return (_macro_auc(wanted, scores, patient, minimum, names), right,
            _macro_f1(wanted, called[:, None] == np.arange(scores.shape[1]), patient, minimum))


def multilabel_metrics(
    reference: ArrayLike, probability: ArrayLike, thresholds: Sequence[float], patient: ArrayLike | None = None, *,
    names: Sequence[str] = (), minimum: int = MINIMUM_PATIENTS,
) -> tuple[Estimate, ...]:
    """Macro AUC, share of cases with every label right, and macro F1 at frozen thresholds.

    Args:
        reference: (n, k) which labels a case has.
        probability: (n, k).
        thresholds: (k,).
        names: of the labels, for one that is too rare; default: their numbers.
    """
    scores, wanted = np.asarray(probability, dtype=np.float64), np.asarray(reference, dtype=bool)
    if scores.shape != wanted.shape or scores.ndim != 2 or len(thresholds) != scores.shape[1]:
        raise InputError("each case needs a truth and a probability of each label", where="multilabel",
                         expected=str(wanted.shape), got=f"{scores.shape}, {len(thresholds)} thresholds")
    called = scores >= np.asarray(thresholds)
    codes, _ = patient_codes(patient, len(wanted))
    cases = Cases.of(np.ones(len(wanted), bool), np.zeros(len(wanted)), codes)
    exact = proportion("every label right", (called == wanted).all(axis=1), cases, minimum=minimum)
    return _macro_auc(wanted, scores, patient, minimum, names), exact, _macro_f1(wanted, called, patient, minimum)


def _macro_auc(
    wanted: Booleans, scores: Floats, patient: ArrayLike | None, minimum: int, names: Sequence[str]
) -> Estimate:
    name, method = "macro AUC", f"mean of DeLong's areas and influences, logit interval, {QUANTILE}, patient-clustered"
    each = [Cases.of(wanted[:, column], scores[:, column], patient) for column in range(scores.shape[1])]
    reasons = [f"{names[number] if names else f'class {number}'}: {why}" for number, cases in enumerate(each)
               if (why := cases.why_insufficient(max(minimum, 2)))]
    if reasons:
        return Estimate.insufficient(name, method, each[0].n_patients, len(scores), reasons[0])
    areas = [linearised_auc(cases) for cases in each]
    influence = np.mean([area.by_patient for area in areas], axis=0)
    n = each[0].n_patients
    mean = Linearised(float(np.mean([area.value for area in areas])), influence, float(influence @ influence) * n / (n - 1))
    if mean.variance < 1e-18 or not 0 < mean.value < 1:
        return Estimate.insufficient(name, method, n, len(scores), f"every class gives {mean.value:.3f} without variance")
    lower, upper = mean.logit_interval()
    return Estimate(name=name, value=mean.value, lower=lower, upper=upper, method=method, n_patients=n, n_cases=len(scores))


def _macro_f1(wanted: Booleans, called: Booleans, patient: ArrayLike | None, minimum: int) -> Estimate:
    codes, count = patient_codes(patient, len(wanted))
    k = wanted.shape[1]
    table = np.concatenate([wanted & called, wanted ^ called], axis=1).astype(np.float64)

    def statistic(sums: Floats) -> Floats:
        hits, wrong = sums[..., :k], sums[..., k:]
        with np.errstate(invalid="ignore", divide="ignore"):
            f1 = 2 * hits / (2 * hits + wrong)
        return np.asarray(np.nan_to_num(f1).mean(axis=-1))  # a class that nobody has and nobody is called counts as 0

    sums = PatientSums.of(table, codes, count)
    return estimate_of("macro F1", statistic, sums, logit, method="mean of F1 over classes", minimum=minimum)
