"""What a task asks of training: the loss of a batch, and how held-out cases are judged."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.utils.data import Sampler

from cauce.domain.experiment import Metric

Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Judged:
    """The held-out fold after an epoch: loss, lower is better; score, higher is better."""

    loss: float
    score: float


class Learner(Protocol):
    """One task on one fold.

    Contract: whatever is drawn at random in a step comes from the `generator` that is given or from torch's global one, so that
    an epoch can be repeated; tensors come to the device of the network; nothing is kept from one epoch to the next.

    Attributes:
        metric: what `Judged.score` is.
        averaging: share of the moving average that stays at each step.
        warm_up: share of all steps in which the learning rate rises.
        train: what an epoch goes through, in no order; an index may stand in it more than once.
        held_out: batches that the fold is judged by.
        n_train, n_held_out: cases.
    """

    metric: Metric
    averaging: float
    warm_up: float
    train: Indices
    held_out: Sampler[Indices]
    n_train: int
    n_held_out: int

    def read(self, indices: Indices) -> Any:
        """The batch of these indices: tensors that Lightning brings to the device."""
        ...

    def loss(self, network: nn.Module, batch: Any, generator: torch.Generator) -> torch.Tensor:
        """Loss of a batch, changed at random as the settings say."""
        ...

    def answer(self, network: nn.Module, batch: Any) -> Any:
        """What `judge` needs of a held-out batch; called without gradients."""
        ...

    def judge(self, answers: list[Any]) -> Judged:
        """Loss and score of all held-out batches.

        Raises:
            InputError: they cannot be judged; the message says why.
        """
        ...
