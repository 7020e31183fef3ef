"""Landmarks: how far a point lies from its reference, and how often near enough."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from cauce.domain.errors import InputError
from cauce.domain.estimate import Estimate
from cauce.metrics.agreement import logarithmic, patient_codes
from cauce.metrics.cases import MINIMUM_PATIENTS, Cases, Floats
from cauce.metrics.mean import mean_over_cases
from cauce.metrics.proportion import proportion

RADII_MM = (2.0, 2.5, 3.0, 4.0)
"""Of the cephalometric challenges; Wang 2016, 10.1016/j.media.2016.02.004."""


def radial_errors(reference: ArrayLike, found: ArrayLike, spacing_mm: ArrayLike) -> Floats:
    """(n,) millimetres between (n, axes) points in pixels; NaN where a point was not found (NaN).

    Raises:
        InputError: shapes differ.
    """
    one, two, step = (np.asarray(each, dtype=np.float64) for each in (reference, found, spacing_mm))
    if one.ndim != 2 or one.shape != two.shape or step.shape[-1] != one.shape[1]:
        raise InputError("landmarks need one place for each reference", where="landmarks", expected=str(one.shape),
                         got=f"{two.shape}, spacing {step.shape}")
    return np.asarray(np.sqrt((((one - two) * step) ** 2).sum(axis=1)))


def landmark_metrics(
    errors_mm: ArrayLike, patient: ArrayLike | None = None, *, radii_mm: Sequence[float] = RADII_MM,
    minimum: int = MINIMUM_PATIENTS,
) -> tuple[Estimate, ...]:
    """Mean radial error over the points that were found, and the share within each radius; a point not found is outside.

    Args:
        errors_mm: (n,) of `radial_errors`; NaN where the point was not found.
        patient: (n,) labels; default one patient a point.
    """
    errors = np.asarray(errors_mm, dtype=np.float64)
    labels, _ = patient_codes(patient, len(errors))
    cases = Cases.of(np.ones(len(errors), bool), np.zeros(len(errors)), labels)
    mean = mean_over_cases("mean radial error", errors, labels, logarithmic, unit="mm", minimum=minimum)
    lost = int(np.isnan(errors).sum())
    if lost and mean.value is not None:
        mean = mean.model_copy(update={"note": f"{lost} points were not found and are left out"})
    within = np.nan_to_num(errors, nan=np.inf)
    shares = (proportion(f"detected within {radius:g} mm", within <= radius, cases, minimum=minimum) for radius in radii_mm)
    return mean, *shares
