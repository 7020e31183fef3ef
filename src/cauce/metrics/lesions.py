"""Lesion-wise agreement of two masks: how many lesions were found, and how many finds are none."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cauce.domain.estimate import Estimate
from cauce.metrics.agreement import PatientSums, estimate_of, logarithmic, logit, patient_codes
from cauce.metrics.cases import MINIMUM_PATIENTS, Booleans, Floats, Ints
from cauce.metrics.components import components
from cauce.metrics.overlap import Mask, check_masks


@dataclass(frozen=True, eq=False)
class LesionMatches:
    """Lesions of one case.

    Attributes:
        reference_voxels, found: (n,) size of each reference lesion, and whether the prediction covers enough of it.
        predicted_voxels, true: (m,) size of each predicted lesion, and whether it touches a reference lesion.
    """

    reference_voxels: Ints
    found: Booleans
    predicted_voxels: Ints
    true: Booleans


def match_lesions(
    reference: Mask, prediction: Mask, *, least_share: float = 0.0, least_voxels: int = 1, corners: bool = True
) -> LesionMatches:
    """Lesions are connected components; a reference lesion is found when the prediction covers it.

    Args:
        least_share: share of a reference lesion that must be covered; 0 means one voxel.
        least_voxels: smaller components of either mask are no lesions.
        corners: see `components`.

    Raises:
        InputError: the masks cannot be compared.
    """
    check_masks(reference, prediction)
    wanted, given = components(reference, corners=corners), components(prediction, corners=corners)
    (wanted_place, wanted_lesion), (given_place, given_lesion) = wanted.places(), given.places()
    _, one, two = np.intersect1d(wanted_place, given_place, assume_unique=True, return_indices=True)
    is_lesion = given.voxels >= least_voxels
    kept = is_lesion[given_lesion[two]] if len(two) else np.zeros(0, bool)
    covered = np.bincount(wanted_lesion[one][kept], minlength=len(wanted))
    touching = np.bincount(given_lesion[two], minlength=len(given))
    large = wanted.voxels >= least_voxels
    found = (covered > 0) & (covered >= least_share * wanted.voxels)
    return LesionMatches(wanted.voxels[large], found[large], given.voxels[is_lesion], touching[is_lesion] > 0)


def lesion_metrics(
    cases: Sequence[LesionMatches], patient: ArrayLike | None = None, *, minimum: int = MINIMUM_PATIENTS
) -> tuple[Estimate, ...]:
    """Sensitivity, precision and F1 over all lesions of all cases, and false finds per case, clustered by patient.

    Args:
        patient: label of each case's patient; default one patient a case.
    """
    codes, count = patient_codes(patient, len(cases))
    table = np.array([[each.found.sum(), (~each.found).sum(), each.true.sum(), (~each.true).sum(), 1] for each in cases])
    sums = PatientSums.of(table.reshape(len(cases), 5).astype(np.float64), codes, count)
    shared = "pooled over lesions"
    return (
        estimate_of("lesion sensitivity", _sensitivity, sums, logit, method=shared, minimum=minimum),
        estimate_of("lesion precision", _precision, sums, logit, method=shared, minimum=minimum),
        estimate_of("lesion F1", _f1, sums, logit, method=shared, minimum=minimum),
        estimate_of("false lesions per case", _false, sums, logarithmic, method="mean over cases", minimum=minimum),
    )


def _sensitivity(sums: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(sums[..., 0] / (sums[..., 0] + sums[..., 1]))


def _precision(sums: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(sums[..., 2] / (sums[..., 2] + sums[..., 3]))


def _f1(sums: Floats) -> Floats:
    recall, precision = _sensitivity(sums), _precision(sums)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(2 * recall * precision / (recall + precision))


def _false(sums: Floats) -> Floats:
    return np.asarray(sums[..., 3] / sums[..., 4])
