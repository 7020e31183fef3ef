"""Whole units over parts of given shares, so that every counted feature comes near its share in every part.

The objective is the weighted sum of squared residuals (count − share × total). Units with equal features are interchangeable,
so the search works on how many of each type a part gets: floors of the exact shares, the rest greedily, then the best
single move or exchange until none improves. Everything is integer arithmetic: no rounding, no ties decided by a machine.
"""

from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]

_MAXIMUM_STEPS = 20_000
_EXCHANGED_TYPES = 1200  # exchanges are looked for among so many types at a time; their table is quadratic


@dataclass(frozen=True)
class Features:
    """What is counted.

    Attributes:
        counts: (units, features), how much of each feature a unit carries.
        weights: (features,), how much a squared residual matters.
    """

    counts: Integers
    weights: Integers


def assign(features: Features, shares: tuple[int, ...]) -> Integers:
    """Part of each unit, (units,).

    Args:
        features: of the units; units of equal counts are given out in their order.
        shares: whole numbers, e.g. (70, 15, 15); only their proportions matter.
    """
    types, members = np.unique(features.counts, axis=0, return_inverse=True)
    members = members.reshape(-1)
    state = _State(types.astype(np.int64), np.bincount(members, minlength=len(types)), features.weights, shares)
    state.fill()
    state.improve()
    parts = np.empty(len(members), dtype=np.int64)
    for kind in range(len(types)):
        parts[np.flatnonzero(members == kind)] = np.repeat(np.arange(len(shares)), state.given[kind])
    return parts


class _State:
    """How many units of each type a part has, and the residuals, all times the sum of shares so that they are whole."""

    def __init__(self, types: Integers, available: Integers, weights: Integers, shares: tuple[int, ...]) -> None:
        self.types, self.available, self.weights = types, available, weights
        self.shares = np.asarray(shares, dtype=np.int64)
        self.scale = int(self.shares.sum())
        self.given = np.zeros((len(types), len(shares)), dtype=np.int64)
        self.residual = -np.outer(available @ types, self.shares)  # (features, parts)
        self.square = (types * types) @ weights  # (types,)

    def fill(self) -> None:
        """Give every type its whole shares, and what is left over one by one where it costs least."""
        self.given += self.available[:, None] * self.shares // self.scale
        self.residual += self.types.T @ self.given * self.scale
        for kind in np.lexsort((np.arange(len(self.types)), -self.square)):
            for _ in range(int(self.available[kind] - self.given[kind].sum())):
                cost = (self.weights * self.types[kind]) @ (2 * self.residual + self.scale * self.types[kind][:, None])
                self._add(int(kind), int(np.argmin(cost)), 1)

    def improve(self) -> None:
        """Best move or exchange, until none lowers the objective."""
        for step in range(_MAXIMUM_STEPS):
            if not self._step(step):
                return

    def _add(self, kind: int, part: int, number: int) -> None:
        self.given[kind, part] += number
        self.residual[:, part] += number * self.scale * self.types[kind]

    def _step(self, step: int) -> bool:
        chosen = self._candidates(step)
        product = (self.types[chosen] * self.weights) @ self.types[chosen].T
        apart = self.square[chosen][:, None] + self.square[chosen][None, :] - 2 * product
        best, action = 0, None
        for source, target in permutations(range(len(self.shares)), 2):
            pull = (self.types * self.weights) @ (self.residual[:, target] - self.residual[:, source])
            move = np.where(self.given[:, source] > 0, pull + self.scale * self.square, 0)
            kind = int(np.argmin(move))
            if move[kind] < best:
                best, action = int(move[kind]), (source, target, kind, -1)
            if source > target:
                continue
            there, back = self.given[chosen, source] > 0, self.given[chosen, target] > 0
            swap = pull[chosen][:, None] - pull[chosen][None, :] + self.scale * apart
            swap = np.where(there[:, None] & back[None, :], swap, 0)
            place = int(np.argmin(swap))
            first, second = divmod(place, len(chosen))
            if swap[first, second] < best:
                best, action = int(swap[first, second]), (source, target, int(chosen[first]), int(chosen[second]))
        if action is None:
            return False
        source, target, kind, exchanged = action
        self._add(kind, source, -1)
        self._add(kind, target, 1)
        if exchanged >= 0:
            self._add(exchanged, target, -1)
            self._add(exchanged, source, 1)
        return True

    def _candidates(self, step: int) -> Integers:
        """Types among which exchanges are sought: all, or a window that moves with each step."""
        count = len(self.types)
        if count <= _EXCHANGED_TYPES:
            return np.arange(count)
        return np.sort((np.arange(_EXCHANGED_TYPES) + step * _EXCHANGED_TYPES) % count)
