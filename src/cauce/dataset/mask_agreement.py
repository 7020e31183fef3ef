"""How well the readers of one case agree, said while their masks are in memory; the report then needs no images."""

import math
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from cauce.domain.reference import MaskAgreement
from cauce.metrics.agreement_places import mask_dice


def agreement_of_masks(masks: Mapping[str, NDArray[np.uint8]], classes: Sequence[str]) -> tuple[MaskAgreement, ...]:
    """Dice of each two readers for each class.

    Args:
        masks: uint8 (z, y, x) by reader, i + 1 for classes[i].
        classes: of the reference standard.
    """
    found = []
    for first, second in combinations(masks, 2):
        for value, name in enumerate(classes, start=1):
            dice = mask_dice(masks[first] == value, masks[second] == value)
            found.append(MaskAgreement(first=first, second=second, name=name, dice=None if math.isnan(dice) else dice))
    return tuple(found)
