"""Moving average of a network's weights over the steps of its training: steadier than the last step's weights."""

import copy

import torch
from torch import nn


class MovingAverage:
    """A second network whose parameters and buffers follow the trained one's; the early steps count less."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        """Begin with the weights of `network`; `decay` is the share of the average that stays at each step."""
        self.decay = decay
        self.network = copy.deepcopy(network).requires_grad_(False).eval()

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Move towards `network` after its step number `step`, counted from 1."""
        weight = 1 - min(self.decay, (1 + step) / (10 + step))
        mine, theirs = self.network.state_dict(), network.state_dict()
        floating = [name for name, tensor in mine.items() if tensor.is_floating_point()]
        torch._foreach_lerp_([mine[name] for name in floating], [theirs[name] for name in floating], weight)
        for name in mine.keys() - set(floating):
            mine[name].copy_(theirs[name])
