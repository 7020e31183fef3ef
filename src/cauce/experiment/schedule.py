"""Learning rate over a training, as a factor of its peak. A function of the step alone: resuming needs no state."""

import math

_WARM_UP = 0.25
_FLOOR = 0.01


def one_cycle(step: int, total: int) -> float:
    """Rise in a line over the first quarter of the steps, then fall along half a cosine.

    Source: Smith 2018, arXiv 1803.09820.
    """
    share = step / total
    factor = share / _WARM_UP if share < _WARM_UP else 0.5 * (1 + math.cos(math.pi * (share - _WARM_UP) / (1 - _WARM_UP)))
    return max(factor, _FLOOR)
