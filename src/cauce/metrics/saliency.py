"""Maps of where a model looks: whether they point at the right place, and how alike two of them are."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cauce.domain.errors import InputError
from cauce.domain.estimate import Estimate
from cauce.metrics.agreement import patient_codes
from cauce.metrics.cases import MINIMUM_PATIENTS, Cases, Floats
from cauce.metrics.proportion import proportion
from cauce.metrics.ranking import midranks

Map = NDArray[np.floating]

_WINDOW = 7  # cells of an SSIM window, as Wang 2004 with uniform weights
_STABLE = (0.01**2, 0.03**2)  # Wang's constants for a range of 1


def pointing_game(
    hits: ArrayLike, region_shares: ArrayLike, patient: ArrayLike | None = None, *, minimum: int = MINIMUM_PATIENTS
) -> Estimate:
    """Share of cases whose map has its highest point where the reference marks something, without tolerance.

    Source: Zhang et al. 2018, 10.1007/s11263-017-1059-x.

    Args:
        hits: (n,) whether the peak lies in the marked region; a case without a peak is a miss.
        region_shares: (n,) share of the image that is marked: what a point thrown at random would hit, told in the note.
        patient: (n,) labels of patients; default one patient a case.

    Raises:
        InputError: lengths differ.
    """
    hit, shares = np.asarray(hits, dtype=bool), np.asarray(region_shares, dtype=np.float64)
    if hit.ndim != 1 or hit.shape != shares.shape:
        raise InputError("each case needs its hit and the size of its region", where="pointing game", expected=str(hit.shape),
                         got=str(shares.shape))
    codes, _ = patient_codes(patient, len(hit))
    found = proportion("pointing game", hit, Cases.of(np.ones(len(hit), bool), np.zeros(len(hit)), codes), minimum=minimum)
    if found.value is None:
        return found
    note = f"a point thrown at random would hit in {100 * shares.mean():.1f} %"
    return found.model_copy(update={"note": f"{found.note}; {note}" if found.note else note})


def rank_correlation(first: Map, second: Map) -> float:
    """Spearman's correlation of two maps of one shape; 0 when one of them is constant: nothing of the other is in it.

    Source: Adebayo et al. 2018, arXiv 1810.03292, section 3.

    Raises:
        InputError: the shapes differ.
    """
    one, two = (midranks(each) for each in _pair(first, second))
    one, two = one - one.mean(), two - two.mean()
    scale = float(np.sqrt((one @ one) * (two @ two)))
    return float(one @ two) / scale if scale > 0 else 0.0


def structural_similarity(first: Map, second: Map) -> float:
    """Mean SSIM of two maps, each scaled to 0..1, over windows of 7 × 7; 1 when they are equal.

    Source: Wang et al. 2004, 10.1109/TIP.2003.819861.

    Raises:
        InputError: the shapes differ.
    """
    from scipy.ndimage import uniform_filter

    _pair(first, second)
    one, two = _scaled(first), _scaled(second)

    def mean(values: Floats) -> Floats:
        return np.asarray(uniform_filter(values, _WINDOW, mode="reflect"))

    centre, other = mean(one), mean(two)
    spread, further = mean(one * one) - centre**2, mean(two * two) - other**2
    shared = mean(one * two) - centre * other
    luminance = (2 * centre * other + _STABLE[0]) / (centre**2 + other**2 + _STABLE[0])
    return float((luminance * (2 * shared + _STABLE[1]) / (spread + further + _STABLE[1])).mean())


def _pair(first: Map, second: Map) -> tuple[Floats, Floats]:
    if first.shape != second.shape:
        raise InputError("two maps differ in shape", where="saliency", expected=str(first.shape), got=str(second.shape))
    return np.asarray(first, dtype=np.float64).ravel(), np.asarray(second, dtype=np.float64).ravel()


def _scaled(values: Map) -> Floats:
    numbers = np.asarray(values, dtype=np.float64)
    low, high = float(numbers.min()), float(numbers.max())
    return (numbers - low) / (high - low) if high > low else np.zeros_like(numbers)
