"""Bootstrap forms of the ranking metrics; DeLong's is in `delong.py`."""

from dataclasses import replace

from cauce.domain.estimate import Estimate
from cauce.metrics.bootstrap import DEFAULT, Resampling, bootstrap, bootstrap_estimate, resampled
from cauce.metrics.cases import MINIMUM_PATIENTS, Cases, Floats
from cauce.metrics.delong import linearised_auc
from cauce.metrics.tied import tied_auc
from cauce.metrics.weighted import weighted_auc, weighted_average_precision


def bootstrap_auc(cases: Cases, *, resampling: Resampling = DEFAULT, minimum: int = MINIMUM_PATIENTS) -> Estimate:
    """Area under the ROC curve with a patient bootstrap; each patient's influence is DeLong's."""

    def value() -> float:
        return linearised_auc(cases).value

    def draw() -> tuple[Floats, Floats]:
        if resampling.stratified and not cases.clustered():
            values = tied_auc(cases, resampling)
        else:
            values = resampled(weighted_auc(cases), cases, resampling)
        return values, linearised_auc(cases).by_patient

    return bootstrap_estimate("AUC", value, draw, cases, resampling=resampling, minimum=minimum)


def average_precision(cases: Cases, *, resampling: Resampling = DEFAULT, minimum: int = MINIMUM_PATIENTS) -> Estimate:
    """Average precision (area under the precision-recall steps, without interpolation) with a patient bootstrap.

    Depends on the prevalence among these cases, so patients are drawn without strata.
    """
    resampling = replace(resampling, stratified=False)
    return bootstrap(
        "average precision", weighted_average_precision(cases), cases, resampling=resampling, minimum=minimum
    )
