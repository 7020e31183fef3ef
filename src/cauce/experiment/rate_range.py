"""Learning-rate range test: raise the rate step by step, and see where the loss falls fastest and where it goes up.

On the same few batches again and again, so that what moves the loss is the rate and not the cases.
Source: Smith 2017, arXiv 1506.01186.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle

import numpy as np
import torch

from cauce.experiment.batches import ShuffledOrder
from cauce.experiment.fold import FoldTask
from cauce.experiment.optimiser import set_rate
from cauce.experiment.train import learner_of, new_state
from cauce.experiment.train_data import TrainData

_STEPS = 120
_BATCHES = 4
_USUAL = (1e-5, 1.0)  # range that is looked at in any case
_HIGHEST = 10.0
_SMOOTHING = 0.8
_LARGE = 1e6  # stands for a loss that is no number
_UP = 0.5  # of what the loss had fallen: who loses that again for good diverges
_FALL = 0.1  # of the first loss: less is no falling


@dataclass(frozen=True)
class RateRange:
    """Loss of one step at each learning rate, as it was and smoothed.

    Attributes:
        fastest: rate at which the smoothed loss falls fastest; None when it falls at none.
        diverges: rate from which it goes up for good; None when it never does.
    """

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    smooth: tuple[float, ...]
    fastest: float | None
    diverges: float | None


def rate_range(task: FoldTask, data: TrainData, asked: Sequence[float]) -> RateRange:
    """Train new weights for a few steps at rising rates, on cases outside the task's fold.

    Args:
        task: settings and seed.
        data: real cases.
        asked: rates that the experiment tries; the range reaches a decade beyond them.

    Raises:
        CauceError: as training does.
    """
    learner = learner_of(task.settings, data, task.fold, task.precision)
    state = new_state(task, data, learner.averaging, task.precision)
    generator = torch.Generator()
    generator.manual_seed(task.seed)
    batches = list(ShuffledOrder(learner.train, task.settings.batch_size, task.seed))[:_BATCHES]
    low, high = min(_USUAL[0], min(asked) / 10), min(max(_USUAL[1], max(asked) * 10), _HIGHEST)
    rates = np.geomspace(low, high, _STEPS).tolist()
    losses: list[float] = []
    with torch.random.fork_rng():
        torch.manual_seed(task.seed)
        state.network.train()
        for rate, indices in zip(rates, cycle(batches), strict=False):
            set_rate(state.optimiser, rate)
            state.optimiser.zero_grad()
            loss = learner.loss(state.network, learner.read(indices), generator)
            losses.append(float(loss.detach()))
            if not math.isfinite(losses[-1]):
                break
            loss.backward()  # type: ignore[no-untyped-call]
            state.optimiser.step()
    return _read(rates[: len(losses)], losses)


def _read(rates: list[float], losses: list[float]) -> RateRange:
    """Where the smoothed loss falls fastest, and where, after its lowest point, it has gone up for good."""
    smooth, mean = [], 0.0
    for number, loss in enumerate(losses):
        mean = _SMOOTHING * mean + (1 - _SMOOTHING) * (loss if math.isfinite(loss) else _LARGE)
        smooth.append(mean / (1 - _SMOOTHING ** (number + 1)))
    lowest = int(np.argmin(smooth))
    fell = smooth[0] - smooth[lowest]
    is_falling = lowest > 1 and fell > _FALL * smooth[0]
    fastest = rates[int(np.argmin(np.gradient(np.array(smooth[: lowest + 1]))))] if is_falling else None
    limit = smooth[lowest] + max(_UP * fell, _FALL * smooth[0])
    up = [number for number in range(lowest, len(smooth)) if min(smooth[number:]) > limit]
    return RateRange(tuple(rates), tuple(losses), tuple(smooth), fastest, rates[up[0]] if up else None)
