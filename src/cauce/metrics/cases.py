"""What every classification metric is computed from: reference, score and patient of each case."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cauce.domain.errors import InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Booleans = NDArray[np.bool_]

CONFIDENCE = 0.95
TAIL = (1 - CONFIDENCE) / 2

MINIMUM_PATIENTS = 10
"""Fewer patients of a class than this, and no interval method here is known to hold: the answer is "insufficient"."""


@dataclass(frozen=True, eq=False)
class Cases:
    """n cases (images, usually) of one task.

    Attributes:
        positive: (n,) reference class.
        score: (n,) score or probability, larger is more suspicious; NaN marks a score that does not exist.
        patient: (n,) patient of each case as a number from 0 to n_patients - 1.
        n_patients: number of different patients.
    """

    positive: Booleans
    score: Floats
    patient: Ints
    n_patients: int

    @classmethod
    def of(cls, positive: ArrayLike, score: ArrayLike, patient: ArrayLike | None = None) -> "Cases":
        """Check and convert arrays of one length; `patient` holds any labels, and defaults to one patient a case.

        Raises:
            InputError: the lengths differ, or `positive` holds something other than two classes.
        """
        labels, scores = np.asarray(positive), np.asarray(score, dtype=np.float64)
        keys = np.arange(len(labels)) if patient is None else np.asarray(patient)
        if not (labels.ndim == scores.ndim == keys.ndim == 1 and len(labels) == len(scores) == len(keys)):
            raise InputError(
                "reference, score and patient need one entry for each case", where="metrics",
                expected=f"arrays of shape ({len(np.ravel(labels))},)", got=f"{labels.shape}, {scores.shape}, {keys.shape}",
            )
        if not np.isin(labels, (0, 1)).all():
            raise InputError("the reference must be 0/1 or false/true", where="metrics")
        names, codes = np.unique(keys, return_inverse=True)
        return cls(labels.astype(np.bool_), scores, codes.astype(np.intp), len(names))

    def __len__(self) -> int:
        return len(self.positive)

    def subset(self, chosen: Booleans) -> "Cases":
        """The cases where `chosen` (n,) is true."""
        return Cases.of(self.positive[chosen], self.score[chosen], self.patient[chosen])

    def patients_with(self, chosen: Booleans) -> int:
        """Number of patients with at least one case where `chosen` (n,) is true."""
        return len(np.unique(self.patient[chosen]))

    def clustered(self) -> bool:
        """True when a patient has more than one case."""
        return self.n_patients < len(self)

    def why_insufficient(self, minimum: int = MINIMUM_PATIENTS) -> str:
        """Why the two classes cannot be compared, in words; empty when they can."""
        unusable = int(np.count_nonzero(~np.isfinite(self.score)))
        if unusable:
            return f"{unusable} of {len(self)} scores are not finite numbers"
        n_positive, n_negative = self.patients_with(self.positive), self.patients_with(~self.positive)
        if min(n_positive, n_negative) < minimum:
            return f"{n_positive} patients with and {n_negative} without the finding, at least {minimum} of each needed"
        return ""


def clustering_words(cases: Cases) -> str:
    """How the method line names the independent unit."""
    return "patient-clustered" if cases.clustered() else "one case per patient"
