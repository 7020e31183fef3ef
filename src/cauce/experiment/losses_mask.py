"""The visible table of losses of masks: logits (n, classes + 1, z, y, x), classes (n, z, y, x) → one number.

A new one is a function, a member of `Loss` and a row. Background counts in cross entropy, not in overlaps. Overlaps are summed
over the whole batch: a patch without the class would otherwise count like a whole organ that was missed.
"""

from collections.abc import Callable

import torch
from torch.nn.functional import cross_entropy, one_hot

from cauce.domain.errors import ConfigurationError
from cauce.domain.experiment import Loss

MaskLoss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

_SMOOTH = 1.0  # voxels added above and below: an overlap of nothing with nothing is 1
_FOCUS = 2.0  # γ of Lin et al. 2017, 10.1109/ICCV.2017.324
_MISSED, _INVENTED = 0.7, 0.3  # β, α of Salehi et al. 2017, 10.1007/978-3-319-67389-9_44: a missed voxel weighs more


def mask_loss(loss: Loss, logits: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    """Loss in float32 of any shape (n, classes + 1, ...) and int64 (n, ...).

    Raises:
        ConfigurationError: the loss is not one of masks.
    """
    return require_mask_loss(loss)(logits.float(), classes)


def require_mask_loss(loss: Loss) -> MaskLoss:
    """The function of a loss.

    Raises:
        ConfigurationError: the loss is not one of masks; the message names those that are.
    """
    if loss not in MASK_LOSSES:
        raise ConfigurationError(
            "the loss does not fit the task segmentation", where="training.loss", got=loss.value,
            expected=", ".join(each.value for each in MASK_LOSSES), remedy="Choose one of these in experiment.yaml.",
        )
    return MASK_LOSSES[loss]


def _cross_entropy(logits: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    return cross_entropy(logits, classes)


def _focal(logits: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    each = cross_entropy(logits, classes, reduction="none")
    return ((1 - torch.exp(-each)) ** _FOCUS * each).mean()


def _dice(logits: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    """1 − mean soft Dice of the foreground classes. Source: Milletari et al. 2016, 10.1109/3DV.2016.79, without squares."""
    both, found, wanted = _shared(logits, classes)
    return 1 - ((2 * both + _SMOOTH) / (found + wanted + _SMOOTH)).mean()


def _tversky(logits: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    both, found, wanted = _shared(logits, classes)
    missed, invented = wanted - both, found - both
    return 1 - ((both + _SMOOTH) / (both + _MISSED * missed + _INVENTED * invented + _SMOOTH)).mean()


def _shared(logits: torch.Tensor, classes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(classes,) of foreground: voxels in common, found, and wanted, over the batch."""
    probability = logits.softmax(1)
    wanted = one_hot(classes, logits.shape[1]).movedim(-1, 1).to(probability.dtype)
    axes = (0, *range(2, logits.ndim))
    sums = ((probability * wanted).sum(axes), probability.sum(axes), wanted.sum(axes))
    both, found, expected = (each[1:] for each in sums)
    return both, found, expected


MASK_LOSSES: dict[Loss, MaskLoss] = {
    Loss.CROSS_ENTROPY: _cross_entropy,
    Loss.DICE: _dice,
    Loss.DICE_CROSS_ENTROPY: lambda logits, classes: _dice(logits, classes) + _cross_entropy(logits, classes),
    Loss.DICE_FOCAL: lambda logits, classes: _dice(logits, classes) + _focal(logits, classes),
    Loss.TVERSKY: _tversky,
}
