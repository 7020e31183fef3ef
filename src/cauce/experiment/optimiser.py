"""AdamW over what is trained: biases and normalisation are not drawn to zero; earlier stages may learn more slowly.

Source: Loshchilov and Hutter 2019, arXiv 1711.05101; rates by stage: Howard and Ruder 2018, 10.18653/v1/P18-1031.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from cauce.domain.experiment import TrainingSettings
from cauce.experiment.freeze import Stage, stages_of

_BETAS = (0.9, 0.999)


def new_optimiser(network: nn.Module, settings: TrainingSettings) -> torch.optim.Optimizer:
    """Of the parameters that have gradients."""
    if not settings.freeze and settings.layer_decay == 1:
        groups = _groups(network, settings, 1.0)
    else:
        stages = stages_of(network)
        groups = [group for stage in reversed(stages) for group in stage_groups(stage, stages, settings)]
    return torch.optim.AdamW(groups, lr=settings.learning_rate, betas=_BETAS)


def stage_groups(stage: Stage, stages: Sequence[Stage], settings: TrainingSettings) -> list[dict[str, Any]]:
    """Parameter groups of a stage; none where it is frozen. `rate_factor` is its share of the learning rate."""
    place = next(number for number, each in enumerate(stages) if each.name == stage.name)
    return _groups(stage.module, settings, settings.layer_decay ** (len(stages) - 1 - place))


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """The rate of the head; each group takes its share."""
    for group in optimiser.param_groups:
        group["lr"] = rate * group["rate_factor"]


def _groups(module: nn.Module, settings: TrainingSettings, factor: float) -> list[dict[str, Any]]:
    parameters = [parameter for parameter in module.parameters() if parameter.requires_grad]
    groups: list[dict[str, Any]] = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": settings.weight_decay, "rate_factor": factor},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0, "rate_factor": factor},
    ]
    return [group for group in groups if group["params"]]
