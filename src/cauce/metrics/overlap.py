"""How much of two masks is shared: Dice, intersection over union, volume."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import InputError

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Overlap:
    """Overlap of a predicted mask with its reference.

    Where both are empty nothing was there to find: Dice and IoU are NaN, and such cases are counted apart, not as 1.

    Attributes:
        dice: 2 |A and B| / (|A| + |B|). Source: Dice 1945.
        iou: |A and B| / |A or B|. Source: Jaccard 1912.
        reference_voxels, predicted_voxels: sizes.
    """

    dice: float
    iou: float
    reference_voxels: int
    predicted_voxels: int

    def volume_error(self) -> float:
        """Predicted minus reference volume, as a share of the reference; NaN without a reference."""
        if not self.reference_voxels:
            return float("nan")
        return (self.predicted_voxels - self.reference_voxels) / self.reference_voxels


def overlap(reference: Mask, prediction: Mask) -> Overlap:
    """Overlap of two masks of any equal shape.

    Raises:
        InputError: the shapes differ, or a mask is not of booleans.
    """
    check_masks(reference, prediction)
    both = int(np.count_nonzero(reference & prediction))
    wanted, found = int(np.count_nonzero(reference)), int(np.count_nonzero(prediction))
    if wanted + found == 0:
        return Overlap(float("nan"), float("nan"), 0, 0)
    return Overlap(2 * both / (wanted + found), both / (wanted + found - both), wanted, found)


def check_masks(reference: Mask, prediction: Mask) -> None:
    """Refuse masks that cannot be compared.

    Raises:
        InputError: the shapes differ, or a mask is not of booleans.
    """
    if reference.shape != prediction.shape:
        raise InputError("two masks differ in shape", where="segmentation", expected=str(reference.shape),
                         got=str(prediction.shape), remedy="Bring the prediction into the image's geometry first.")
    for mask in (reference, prediction):
        if mask.dtype != np.bool_:
            raise InputError("a mask holds something other than false and true", where="segmentation", expected="bool",
                             got=str(mask.dtype), remedy="Compare one class at a time: `mask == value`.")
