"""The number that folds are compared by."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

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


def macro_area_under_roc(labels: NDArray[Any], logits: NDArray[np.float64], classes: Sequence[str]) -> float:
    """Mean over classes of the area of each against the rest. Cases are ranked by probability, as a prediction says it.

    Args:
        labels: (n,) numbers of classes.
        logits: (n, classes).
        classes: their names.

    Raises:
        InputError: a class is missing, the message names it; or a logit is no number.
    """
    missing = [name for number, name in enumerate(classes) if number not in labels]
    if missing:
        raise InputError(
            "a class is missing", where="held-out fold", expected="cases of every class", got=f"none of {', '.join(missing)}",
            remedy="Use fewer folds, balance the split over label, or leave the class out.",
        )
    probability = softmax(logits, axis=1)
    return float(np.mean([area_under_roc(labels == number, probability[:, number]) for number in range(len(classes))]))


def macro_area_of_findings(shown: NDArray[np.bool_], logits: NDArray[np.float64], classes: Sequence[str]) -> float:
    """Mean over findings of the area under the ROC curve of each.

    Args:
        shown: (n, findings).
        logits: (n, findings).
        classes: their names.

    Raises:
        InputError: a finding is in no case, or in every one, the message names it; or a logit is no number.
    """
    missing = [name for name, column in zip(classes, shown.T, strict=True) if column.all() or not column.any()]
    if missing:
        raise InputError(
            "a finding is in no case, or in every one", where="held-out fold", expected="cases with and without every finding",
            got=", ".join(missing), remedy="Use fewer folds, balance the split over label, or leave the finding out.",
        )
    return float(np.mean([area_under_roc(shown[:, number], logits[:, number]) for number in range(len(classes))]))


def explained_variance(numbers: NDArray[np.float64], answers: NDArray[np.float64]) -> float:
    """R²: 1 less the squared error as a share of that of the mean of (n,) numbers; below 0 for answers worse than the mean.

    Raises:
        InputError: the numbers are all the same, or an answer is no number.
    """
    if len(np.unique(numbers)) < 2:
        raise InputError("every case has the same number", where="held-out fold", expected="numbers that differ",
                         remedy="Use fewer folds, or balance the split over label.")
    if not np.isfinite(answers).all():
        raise InputError("the network's answers are no numbers", where="held-out fold", remedy="Lower the learning rate.")
    return float(1 - ((numbers - answers) ** 2).sum() / ((numbers - numbers.mean()) ** 2).sum())
