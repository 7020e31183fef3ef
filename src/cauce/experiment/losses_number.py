"""The visible table of losses of numbers: outputs and targets (n,), in standard deviations → one number."""

from collections.abc import Callable

import torch
from torch.nn.functional import huber_loss, l1_loss, mse_loss

from cauce.domain.errors import ConfigurationError
from cauce.domain.experiment import Loss

NumberLoss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

NUMBER_LOSSES: dict[Loss, NumberLoss] = {
    Loss.HUBER: huber_loss,  # squared up to one standard deviation, then absolute. Huber 1964, 10.1214/aoms/1177703732
    Loss.SQUARED_ERROR: mse_loss,
    Loss.ABSOLUTE_ERROR: l1_loss,
}


def require_number_loss(loss: Loss) -> NumberLoss:
    """The function of a loss.

    Raises:
        ConfigurationError: the loss is not one of numbers; the message names those that are.
    """
    if loss not in NUMBER_LOSSES:
        raise ConfigurationError(
            "the loss does not fit the task regression", where="training.loss", got=loss.value,
            expected=", ".join(each.value for each in NUMBER_LOSSES), remedy="Choose one of these in experiment.yaml.",
        )
    return NUMBER_LOSSES[loss]


def number_loss_of(loss: Loss, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Loss in float32.

    Raises:
        ConfigurationError: the loss is not one of numbers.
    """
    return require_number_loss(loss)(outputs.float(), targets)
