"""Losses of one class of several: logits (n, classes) and their numbers (n,) → one number."""

import torch
from torch.nn.functional import cross_entropy, log_softmax

from cauce.domain.experiment import Loss
from cauce.experiment.losses import FOCUS, require_loss


def class_loss_of(loss: Loss, logits: torch.Tensor, labels: torch.Tensor, *, label_smoothing: float) -> torch.Tensor:
    """Loss in float32; `label_smoothing` is the share of each label that is dealt out evenly to all classes.

    The focal loss weighs each case by how far its smoothed label lies from what was said: the form of Lin et al. 2017,
    10.1109/ICCV.2017.324, for several classes.

    Raises:
        ConfigurationError: the loss is one of masks.
    """
    require_loss(loss)
    if loss is Loss.CROSS_ENTROPY:
        return cross_entropy(logits.float(), labels, label_smoothing=label_smoothing)
    said = log_softmax(logits.float(), dim=1)
    targets = torch.full_like(said, label_smoothing / said.shape[1])
    targets.scatter_(1, labels[:, None], 1 - label_smoothing + label_smoothing / said.shape[1])
    distance = (targets - said.exp()).abs()
    return -(distance**FOCUS * targets * said).sum(1).mean()
