"""The set of metrics that a binary classifier is judged by."""

from cauce.domain.estimate import Estimate
from cauce.metrics.bootstrap import DEFAULT, Resampling
from cauce.metrics.calibration import brier, calibration_intercept, calibration_slope
from cauce.metrics.calibration_error import calibration_error
from cauce.metrics.calls import call_summaries
from cauce.metrics.cases import MINIMUM_PATIENTS, Cases
from cauce.metrics.delong import auc
from cauce.metrics.discrimination import average_precision
from cauce.metrics.net_benefit import net_benefit
from cauce.metrics.operating_point import at_threshold


def binary_metrics(
    cases: Cases, threshold: float, *, resampling: Resampling = DEFAULT, minimum: int = MINIMUM_PATIENTS
) -> tuple[Estimate, ...]:
    """Discrimination, operating point and calibration of probabilities (score, 0 to 1) at a frozen threshold."""
    return (
        auc(cases, minimum=minimum),
        average_precision(cases, resampling=resampling, minimum=minimum),
        *at_threshold(cases, threshold, minimum=minimum),
        *call_summaries(cases, cases.score >= threshold, minimum=minimum),
        net_benefit(cases, threshold, minimum=minimum),
        brier(cases, minimum=minimum),
        calibration_error(cases, resampling=resampling, minimum=minimum),
        calibration_slope(cases, minimum=minimum),
        calibration_intercept(cases, minimum=minimum),
    )
