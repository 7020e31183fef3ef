"""A small fully connected network that weighs the answers of several models: stacking.

Source: Wolpert 1992, 10.1016/S0893-6080(05)80023-1; fitted to answers for cases that the models did not learn from.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

HIDDEN = 4
_STEPS = 200


class StackHead(nn.Module):
    """Logits of m models (n, m) → one logit (n,), and its slope along each of them (n, m)."""

    centre: torch.Tensor
    spread: torch.Tensor

    def __init__(self, models: int) -> None:
        super().__init__()
        self.register_buffer("centre", torch.zeros(models))
        self.register_buffer("spread", torch.ones(models))
        self.first, self.last = nn.Linear(models, HIDDEN), nn.Linear(HIDDEN, 1)

    def forward(self, logits: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logit and slope of each case."""
        hidden = torch.tanh(self.first((logits - self.centre) / self.spread))
        steepness = (1 - hidden**2) * self.last.weight  # (n, HIDDEN)
        return self.last(hidden).squeeze(1), steepness @ self.first.weight / self.spread


def fit_head(logits: NDArray[np.float64], positive: NDArray[np.bool_], *, seed: int) -> StackHead:
    """The most probable head, so that a handful of cases does not bend the answers; the same cases and seed give the same head.

    Args:
        logits: (n, m), each of a network that did not learn from the case.
        positive: (n,), both values among them.
        seed: of the first weights.
    """
    table, wanted = torch.from_numpy(logits).float(), torch.from_numpy(positive.astype(np.float32))
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        head = StackHead(logits.shape[1])
    head.centre.copy_(table.mean(0))
    head.spread.copy_(table.std(0).clamp_min(1e-3))
    optimiser = torch.optim.LBFGS(head.parameters(), max_iter=_STEPS, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(head(table)[0], wanted)
        squares = head.first.weight.square().sum() + head.last.weight.square().sum()
        total: torch.Tensor = loss + squares / (2 * len(table))  # weights are standard normal before any case is seen
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    return head.eval()
