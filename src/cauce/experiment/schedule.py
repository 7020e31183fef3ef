"""Learning rate over a training, as a factor of its peak. A function of the step alone: resuming needs no state."""

import math

_FLOOR = 0.01


def one_cycle(step: int, total: int, *, warm_up: float = 0.25) -> float:
    """Rise in a line over the share `warm_up` of the steps, then fall along half a cosine.

    Source: Smith 2018, arXiv 1803.09820.
    """
    share = step / total
    factor = share / warm_up if share < warm_up else 0.5 * (1 + math.cos(math.pi * (share - warm_up) / (1 - warm_up)))
    return max(factor, _FLOOR)
