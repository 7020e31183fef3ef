"""The visible table of losses: logits and targets (n,) → one number. A new one is a function, a member of `Loss` and a row."""

from collections.abc import Callable

import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from cauce.domain.errors import ConfigurationError
from cauce.domain.experiment import Loss

FOCUS = 2.0  # γ of Lin et al. 2017, 10.1109/ICCV.2017.324


def _cross_entropy(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return binary_cross_entropy_with_logits(logits, targets)


def _focal(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    each = binary_cross_entropy_with_logits(logits, targets, reduction="none")
    distance = (targets - torch.sigmoid(logits)).abs()
    return (distance**FOCUS * each).mean()


LOSSES: dict[Loss, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    Loss.CROSS_ENTROPY: _cross_entropy,
    Loss.FOCAL: _focal,
}


def require_loss(loss: Loss) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    """The function of a loss.

    Raises:
        ConfigurationError: the loss is one of masks; the message names those that are not.
    """
    if loss not in LOSSES:
        raise ConfigurationError(
            "the loss does not fit the task", where="training.loss", expected=", ".join(each.value for each in LOSSES),
            got=loss.value, remedy="Choose one of these in experiment.yaml.",
        )
    return LOSSES[loss]


def loss_of(loss: Loss, logits: torch.Tensor, labels: torch.Tensor, *, label_smoothing: float) -> torch.Tensor:
    """Loss in float32; labels (n,) of 0 and 1 are drawn towards one half: 1 becomes 1 − `label_smoothing`.

    `label_smoothing` is below 0.5; 0 leaves the labels as they are.
    """
    return require_loss(loss)(logits.float(), labels * (1 - 2 * label_smoothing) + label_smoothing)
