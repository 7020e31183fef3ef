"""Detection: FROC, CPM and average precision of scored candidates.

Sources: Bunch 1978 (FROC); Setio 2017, 10.1016/j.media.2017.06.015 (CPM, LUNA16); Everingham 2010, 10.1007/s11263-009-0275-4
(average precision with the envelope of precision, without points of interpolation).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cauce.domain.errors import InputError
from cauce.domain.estimate import Estimate
from cauce.metrics.agreement import patient_codes
from cauce.metrics.bootstrap import DEFAULT, Resampling, Statistic
from cauce.metrics.cases import MINIMUM_PATIENTS, Booleans, Floats, Ints
from cauce.metrics.influence import QUANTILE, Linearised

CPM_RATES = (1 / 8, 1 / 4, 1 / 2, 1.0, 2.0, 4.0, 8.0)
_CHUNK = 2_000_000


@dataclass(frozen=True, eq=False)
class Detections:
    """Candidates of all images, each counted as a hit or a false alarm.

    Attributes:
        image: (n,) image of each candidate, from 0.
        score: (n,) larger is more suspicious.
        hit: (n,) True for the best candidate of a reference object; a second one of the same object is a false alarm.
        objects: (images,) reference objects in each image.
        patient: (images,) patient of each image, from 0.
    """

    image: Ints
    score: Floats
    hit: Booleans
    objects: Ints
    patient: Ints
    n_patients: int

    @classmethod
    def of(
        cls, scores: Sequence[ArrayLike], hits: Sequence[ArrayLike], objects: Sequence[int], patient: ArrayLike | None = None
    ) -> "Detections":
        """From one array of scores and one of hits for each image (see `matching.py`), and its number of reference objects.

        Raises:
            InputError: lengths differ, or a score is not finite.
        """
        codes, count = patient_codes(patient, len(objects))
        sizes = [len(np.atleast_1d(each)) for each in scores]
        if len(scores) != len(objects) or sizes != [len(np.atleast_1d(each)) for each in hits]:
            raise InputError("each image needs its scores, hits and number of objects", where="detection")
        score = np.concatenate([np.asarray(each, dtype=np.float64).ravel() for each in scores] or [np.zeros(0)])
        hit = np.concatenate([np.asarray(each, dtype=bool).ravel() for each in hits] or [np.zeros(0, bool)])
        if not np.isfinite(score).all():
            raise InputError("a score is not a finite number", where="detection")
        image = np.repeat(np.arange(len(objects)), sizes).astype(np.intp)
        return cls(image, score, hit, np.asarray(objects, dtype=np.intp), codes, count)


def froc(found: Detections) -> tuple[Floats, Floats]:
    """False alarms per image and sensitivity (k,), one point for each distinct score, from (0, 0)."""
    order, ends = _order(found)
    hits, false = np.cumsum(found.hit[order])[ends], np.cumsum(~found.hit[order])[ends]
    return np.r_[0.0, false / len(found.objects)], np.r_[0.0, hits / max(int(found.objects.sum()), 1)]


def detection_metrics(
    found: Detections, *, rates: Sequence[float] = CPM_RATES, resampling: Resampling = DEFAULT,
    minimum: int = MINIMUM_PATIENTS,
) -> tuple[Estimate, ...]:
    """CPM (mean sensitivity over `rates`), sensitivity at each rate of false alarms per image, and average precision.

    The sensitivity at a rate is the largest that is reached with no more false alarms. Patients are drawn with all images.
    """
    rules: list[tuple[str, Statistic]] = [("CPM", _mean_sensitivity(found, rates))]
    rules += [(f"sensitivity at {rate:g} false alarms per image", _mean_sensitivity(found, (rate,))) for rate in rates]
    rules.append(("average precision", _average_precision(found)))
    return tuple(_estimate(name, rule, found, resampling, minimum) for name, rule in rules)


def _estimate(name: str, rule: Statistic, found: Detections, resampling: Resampling, minimum: int) -> Estimate:
    method = f"bootstrap standard error ({resampling.resamples} resamples of patients), logit interval, {QUANTILE}"
    n, with_objects = found.n_patients, len(np.unique(found.patient[found.objects > 0]))
    if with_objects < minimum:
        note = f"{with_objects} patients with an object, at least {minimum} needed"
        return Estimate.insufficient(name, method, n, len(found.objects), note)
    value = float(rule(np.ones((1, len(found.objects)), np.float32))[0])
    values = _resampled(rule, found, resampling)
    error = float(np.nanstd(values, ddof=1))
    if error < 1e-9 or not 0 < value < 1:
        note = f"every resample gives {value:.3f}: resampling cannot tell how far from it the truth is"
        return Estimate.insufficient(name, method, n, len(found.objects), note)
    lower, upper = Linearised(value, _jackknife(rule, found), error**2).logit_interval()
    return Estimate(name=name, value=value, lower=lower, upper=upper, method=method, n_patients=n, n_cases=len(found.objects))


def _resampled(rule: Statistic, found: Detections, resampling: Resampling) -> Floats:
    generator = np.random.default_rng(resampling.seed)
    size = max(1, _CHUNK // max(len(found.score) + len(found.objects), 1))
    values = []
    for start in range(0, resampling.resamples, size):
        b = min(size, resampling.resamples - start)
        drawn = generator.integers(found.n_patients, size=(b, found.n_patients))
        drawn += np.arange(b)[:, None] * found.n_patients
        weights = np.bincount(drawn.ravel(), minlength=b * found.n_patients).reshape(b, -1)
        values.append(rule(weights[:, found.patient].astype(np.float32)))
    return np.concatenate(values)


def _jackknife(rule: Statistic, found: Detections) -> Floats:
    size = max(1, _CHUNK // max(len(found.score) + len(found.objects), 1))
    parts = [np.arange(start, min(start + size, found.n_patients))[:, None] for start in range(0, found.n_patients, size)]
    values = np.concatenate([rule((found.patient != left_out).astype(np.float32)) for left_out in parts])
    return np.asarray(values.mean() - values)


def _order(found: Detections) -> tuple[Ints, Ints]:
    order = np.argsort(-found.score, kind="stable")
    return order, np.flatnonzero(np.r_[np.diff(found.score[order]) != 0, True][: len(order)])


def _mean_sensitivity(found: Detections, rates: Sequence[float]) -> Statistic:
    order, ends = _order(found)
    image, hit = found.image[order], found.hit[order]

    def statistic(weights: np.ndarray) -> Floats:
        ranked = weights[:, image]
        false = np.cumsum(ranked * ~hit, axis=1, dtype=np.float64)[:, ends]
        hits = np.cumsum(ranked * hit, axis=1, dtype=np.float64)[:, ends]
        images, objects = weights.sum(axis=1, dtype=np.float64), weights @ found.objects
        reached = []
        for rate in rates:
            allowed = (false <= rate * images[:, None] + 1e-9).sum(axis=1)  # false alarms only grow
            padded = np.concatenate([np.zeros((len(weights), 1)), hits], axis=1)
            reached.append(np.take_along_axis(padded, allowed[:, None], axis=1)[:, 0])
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.mean(reached, axis=0) / objects)

    return statistic


def _average_precision(found: Detections) -> Statistic:
    order, ends = _order(found)
    image, hit = found.image[order], found.hit[order]

    def statistic(weights: np.ndarray) -> Floats:
        ranked = weights[:, image]
        called = np.cumsum(ranked, axis=1, dtype=np.float64)[:, ends]
        hits = np.cumsum(ranked * hit, axis=1, dtype=np.float64)[:, ends]
        precision = np.divide(hits, called, out=np.zeros_like(hits), where=called > 0)
        envelope = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((np.diff(hits, axis=1, prepend=0.0) * envelope).sum(axis=1) / (weights @ found.objects))

    return statistic
