"""Agreement on places: overlap of two readers' masks, and distance of two readers' landmarks."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cauce.domain.errors import InputError
from cauce.domain.estimate import Estimate
from cauce.metrics.agreement import logarithmic, logit, patient_codes
from cauce.metrics.cases import MINIMUM_PATIENTS, Floats
from cauce.metrics.mean import mean_over_cases


def mask_dice(first: NDArray[np.generic], second: NDArray[np.generic]) -> float:
    """Dice of two masks of any equal shape, where not 0 is inside; NaN when both are empty: nothing was there to agree on.

    Raises:
        InputError: the shapes differ.
    """
    if first.shape != second.shape:
        raise InputError("two readers' masks differ in shape", where="agreement", expected=str(first.shape),
                         got=str(second.shape), remedy="Resample neither: find which image each was drawn on.")
    inside, other = first != 0, second != 0
    size = int(np.count_nonzero(inside)) + int(np.count_nonzero(other))
    return 2 * int(np.count_nonzero(inside & other)) / size if size else float("nan")


def reader_dice(dice: ArrayLike, patient: ArrayLike | None = None, *, minimum: int = MINIMUM_PATIENTS) -> Estimate:
    """Mean Dice between readers over cases.

    Args:
        dice: (n,) from `mask_dice`; NaN, where no reader drew anything, is left out and counted in the note.
        patient: (n,) labels of patients; default one patient a case.

    Raises:
        InputError: a value outside 0 to 1.
    """
    values = np.asarray(dice, dtype=np.float64)
    codes, _ = patient_codes(patient, len(values))
    drawn = ~np.isnan(values)
    if ((values[drawn] < 0) | (values[drawn] > 1)).any():
        raise InputError("Dice lies between 0 and 1", where="agreement")
    found = mean_over_cases("Dice", values[drawn], codes[drawn], logit, minimum=minimum)
    if drawn.all():
        return found
    note = f"{len(values) - int(drawn.sum())} cases without any mask are left out"
    return found.model_copy(update={"note": f"{found.note}; {note}" if found.note else note})


def point_distances(first: Floats, second: Floats, *, spacing_mm: Floats | None = None) -> Floats:
    """(n,) mean distance of two readers' points in each case.

    Args:
        first, second: (n, points, dimensions) in pixels; NaN where a reader set no point, which leaves that point out.
        spacing_mm: (n, dimensions) size of a pixel; without it the distance is in pixels.

    Raises:
        InputError: the shapes differ.
    """
    if first.shape != second.shape or first.ndim != 3:
        raise InputError("two readers' points differ in number", where="agreement", expected=str(first.shape),
                         got=str(second.shape))
    step = first - second
    if spacing_mm is not None:
        step = step * spacing_mm[:, None, :]
    distance = np.sqrt((step**2).sum(axis=2))
    set_by_both = ~np.isnan(distance)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(set_by_both, distance, 0).sum(axis=1) / set_by_both.sum(axis=1))


def reader_distance(
    distance: ArrayLike, patient: ArrayLike | None = None, *, unit: str, minimum: int = MINIMUM_PATIENTS
) -> Estimate:
    """Mean distance between readers over cases.

    Args:
        distance: (n,) from `point_distances`, in `unit` ("mm" or "px"); NaN cases are left out.
        patient: (n,) labels of patients; default one patient a case.
    """
    values = np.asarray(distance, dtype=np.float64)
    return mean_over_cases("point distance", values, patient, logarithmic, minimum=minimum, unit=unit)
