"""Numbers as a network learns them: less their mean, in standard deviations; what it says is brought back with the same two."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import InputError


@dataclass(frozen=True)
class NumberScale:
    """Mean and standard deviation, in the unit of the reference standard, of the numbers that a fold was trained on."""

    mean: float
    deviation: float

    def standard(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Standard deviations above the mean."""
        return (numbers - self.mean) / self.deviation


def scale_of(numbers: NDArray[np.float64]) -> NumberScale:
    """The scale of (n,) numbers.

    Raises:
        InputError: they are all the same: there is nothing to learn.
    """
    deviation = float(numbers.std()) if len(numbers) else 0.0
    if not deviation:
        raise InputError(
            "every case to train on has the same number", where="training cases of the fold",
            expected="numbers that differ", got=f"{numbers[0]:g} in {len(numbers)} cases" if len(numbers) else "no case",
            remedy="Check the reference standard of the cohort.",
        )
    return NumberScale(float(numbers.mean()), deviation)
