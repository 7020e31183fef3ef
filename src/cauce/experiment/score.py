"""The number that folds are compared by."""

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import InputError
from cauce.metrics.ranking import placements


def area_under_roc(positive: NDArray[np.bool_], logits: NDArray[np.float64]) -> float:
    """Area under the ROC curve of (n,) cases; ties count one half. No interval: the spread over folds stands for it.

    Raises:
        InputError: one of the classes is missing, or a logit is no number.
    """
    if positive.all() or not positive.any():
        raise InputError(
            "a class is missing", where="held-out fold", expected="cases with and without the finding",
            remedy="Use fewer folds, or balance the split over label.",
        )
    if not np.isfinite(logits).all():
        raise InputError("the network's answers are no numbers", where="held-out fold", remedy="Lower the learning rate.")
    return float(placements(positive, logits)[0].mean())
