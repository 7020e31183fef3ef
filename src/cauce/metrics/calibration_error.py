"""Expected calibration error (ECE), corrected for its bias, with an interval that holds at perfect calibration too.

The plain ECE sums absolute gaps, so chance alone makes it positive, and resampling it makes it larger still. Here the gaps
are taken to be t times the observed ones plus noise with the patient-clustered covariance of the gaps. For each t the
distribution of the plain ECE follows; the t at which the observed one is the median gives the value, and the one at which
it is the 97.5 % quantile the lower limit (inversion of a test): 0 for a calibrated model. The upper limit is the plain ECE
plus 1.96 standard errors, not corrected: the correction is too strong where gaps and noise are of one size
(`benchmarks/coverage.py`).
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from cauce.domain.estimate import Estimate
from cauce.metrics.bootstrap import DEFAULT, Resampling
from cauce.metrics.calibration import why_no_calibration
from cauce.metrics.cases import MINIMUM_PATIENTS, TAIL, Cases, Floats, Ints, clustering_words

NAME = "expected calibration error"
_MAXIMUM_BINS = 15
_CASES_IN_BIN = 20
_FACTORS = np.r_[np.linspace(0, 2, 81), np.linspace(2.05, 4, 40)]


@dataclass(frozen=True, eq=False)
class ReliabilityBins:
    """Bins of equal numbers of cases along the probability.

    Attributes:
        of_case: (n,) bin of each case, from 0.
        mean_probability, observed: (k,) mean probability and share of positives of each bin.
        share: (k,) share of all cases.
    """

    of_case: Ints
    mean_probability: Floats
    observed: Floats
    share: Floats

    @property
    def plain_error(self) -> float:
        """The usual, upward-biased ECE."""
        return float(self.share @ np.abs(self.observed - self.mean_probability))


def reliability_bins(cases: Cases, maximum: int = _MAXIMUM_BINS) -> ReliabilityBins:
    """Equal-mass bins with about 20 cases or more each; cases of one probability are never parted."""
    wanted = max(2, min(maximum, len(cases) // _CASES_IN_BIN))
    edges = np.unique(np.quantile(cases.score, np.linspace(0, 1, wanted + 1)[1:-1]))
    _, of_case = np.unique(np.searchsorted(edges, cases.score, side="right"), return_inverse=True)
    sizes = np.bincount(of_case).astype(float)
    return ReliabilityBins(
        of_case=of_case.astype(np.intp),
        mean_probability=np.bincount(of_case, weights=cases.score) / sizes,
        observed=np.bincount(of_case, weights=cases.positive.astype(float)) / sizes,
        share=sizes / len(cases),
    )


def calibration_error(cases: Cases, *, resampling: Resampling = DEFAULT, minimum: int = MINIMUM_PATIENTS) -> Estimate:
    """Bias-corrected expected calibration error over equal-mass bins; 0 is perfect."""
    words = f"bias-corrected, lower limit by test inversion ({resampling.resamples} draws), {clustering_words(cases)}"
    reason = why_no_calibration(cases, minimum)
    if reason:
        return Estimate.insufficient(NAME, words, cases.n_patients, len(cases), reason)
    bins = reliability_bins(cases)
    gaps = bins.share * (bins.observed - bins.mean_probability)
    noise = _noise(cases, bins, resampling)
    spread = np.abs(_FACTORS[:, None, None] * gaps + noise).sum(axis=2)
    middle, high = np.quantile(spread, [0.5, 1 - TAIL], axis=1)
    value, lower = (_crossing(curve, bins.plain_error) * float(np.abs(gaps).sum()) for curve in (middle, high))
    error = float(np.abs(gaps + noise).sum(axis=1).std())
    chance = float(middle[0])
    upper = max(bins.plain_error + float(stats.norm.isf(TAIL)) * error, chance)
    return Estimate(
        name=NAME, value=min(value, upper), lower=min(lower, value), upper=min(upper, 1.0), n_patients=cases.n_patients,
        n_cases=len(cases), method=f"{len(bins.share)} equal-mass bins, {words}",
        note=f"plain ECE {bins.plain_error:.4f}, of which chance alone explains {chance:.4f}",
    )


def _noise(cases: Cases, bins: ReliabilityBins, resampling: Resampling) -> Floats:
    """(resamples, k) normal draws with the patient-clustered covariance of the weighted gaps."""
    k = len(bins.share)
    gaps = bins.share * (bins.observed - bins.mean_probability)
    cell = cases.patient * k + bins.of_case
    by_patient = np.bincount(cell, weights=cases.positive - cases.score, minlength=cases.n_patients * k).reshape(-1, k)
    influence = (by_patient - np.bincount(cases.patient)[:, None] * gaps) / len(cases)
    factor = np.sqrt(cases.n_patients / (cases.n_patients - 1))
    generator = np.random.default_rng(resampling.seed)
    draws = generator.standard_normal((resampling.resamples, k))
    root = np.linalg.svd(influence, full_matrices=False)
    return np.asarray(factor * draws[:, : len(root.S)] @ (root.S[:, None] * root.Vh))


def _crossing(curve: Floats, observed: float) -> float:
    """Smallest factor at which the curve reaches the observed error; 0 when it lies above from the start."""
    reached = np.maximum.accumulate(curve)
    return float(np.interp(observed, reached, _FACTORS)) if observed > reached[0] else 0.0
