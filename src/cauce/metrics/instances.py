"""Instance maps: panoptic quality and average precision of objects.

Sources: Kirillov 2019, 10.1109/CVPR.2019.00963 (PQ); Caicedo 2019, 10.1038/s41592-019-0612-7 (AP of objects without scores).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cauce.domain.errors import InputError
from cauce.domain.estimate import Estimate
from cauce.metrics.agreement import PatientSums, estimate_of, logit, patient_codes
from cauce.metrics.cases import MINIMUM_PATIENTS, Floats


@dataclass(frozen=True)
class ObjectMatches:
    """Objects of one case: how many were matched, how well, and how many were not."""

    matched: int
    iou_sum: float
    missed: int
    false: int


def match_objects(reference: NDArray[np.integer], prediction: NDArray[np.integer], *, iou: float = 0.5) -> ObjectMatches:
    """Match objects (numbers above 0) whose IoU is larger than `iou`; from 0.5 on, no object has two partners.

    Raises:
        InputError: shapes differ, or `iou` is below 0.5.
    """
    if reference.shape != prediction.shape or not 0.5 <= iou < 1:
        raise InputError("two instance maps cannot be compared", where="instances", expected=f"{reference.shape}, IoU from 0.5",
                         got=f"{prediction.shape}, IoU {iou:g}")
    wanted, one = np.unique(reference.ravel(), return_inverse=True)
    given, two = np.unique(prediction.ravel(), return_inverse=True)
    shared = np.bincount(one * len(given) + two, minlength=len(wanted) * len(given)).reshape(len(wanted), len(given))
    union = shared.sum(axis=1)[:, None] + shared.sum(axis=0)[None, :] - shared
    overlap = (shared / union)[np.ix_(wanted > 0, given > 0)]
    fits = overlap > iou
    matched = int(fits.sum())
    return ObjectMatches(matched, float(overlap[fits].sum()), int((wanted > 0).sum()) - matched,
                         int((given > 0).sum()) - matched)


def object_metrics(
    cases: Sequence[ObjectMatches], patient: ArrayLike | None = None, *, minimum: int = MINIMUM_PATIENTS
) -> tuple[Estimate, ...]:
    """PQ, its parts SQ (mean IoU of matches) and RQ (F1 of objects), and AP = TP / (TP + FP + FN), pooled over objects."""
    codes, count = patient_codes(patient, len(cases))
    table = np.array([[each.iou_sum, each.matched, each.missed, each.false] for each in cases], dtype=np.float64)
    sums = PatientSums.of(table.reshape(len(cases), 4), codes, count)
    named = (("PQ", _quality), ("SQ", _shape), ("RQ", _recognition), ("AP of objects", _precision))
    return tuple(estimate_of(name, rule, sums, logit, method="pooled over objects", minimum=minimum) for name, rule in named)


def _recognition(sums: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(sums[..., 1] / (sums[..., 1] + sums[..., 2] / 2 + sums[..., 3] / 2))


def _shape(sums: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(sums[..., 0] / sums[..., 1])


def _quality(sums: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(sums[..., 0] / (sums[..., 1] + sums[..., 2] / 2 + sums[..., 3] / 2))


def _precision(sums: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(sums[..., 1] / (sums[..., 1] + sums[..., 2] + sums[..., 3]))
