"""Whole units over parts of given shares, so that every counted feature comes near its share in every part.

The objective is the sum, over features and parts, of weight × residual² / share (residual: count − share × total), which is
χ² with weights. Large units are placed first, each where it costs least; then single moves and exchanges lower the objective
until none of those that are looked at does. Everything is integer arithmetic: no rounding, no ties decided by a machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import gcd

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Integers = NDArray[np.int64]

_WINDOW = 480      # types among which exchanges are looked for at once; their table is quadratic
_WINDOWS = 40      # of these in one sweep, at most: half a million images are balanced by some thousands of exchanges
_SWEEPS = 60
_STEPS = 200       # between two parts, before the next two have their turn
_LEAST_GAIN = 200  # a sweep that lowers the objective by less than one part in so many is the last
_LARGEST = 1 << 60


@dataclass(frozen=True, eq=False)
class Features:
    """What is counted.

    Attributes:
        counts: (units, features) int64, how much of each feature a unit carries.
        weights: (features,), how much a squared residual matters.
    """

    counts: csr_array
    weights: Integers


def assign(features: Features, shares: tuple[int, ...], held: Integers | None = None) -> Integers:
    """Part of each unit, (units,).

    Args:
        features: of the units. Of equally large units the first is placed first.
        shares: whole numbers, e.g. (70, 15, 15); only their proportions matter.
        held: (units,) part that a unit stays in, -1 for a unit that is free; None: all are free.
    """
    parts = np.full(features.counts.shape[0], -1, dtype=np.int64) if held is None else held.copy()
    free = np.flatnonzero(parts < 0)
    if len(free) == 0:
        return parts
    types, members = _types(features.counts[free])
    state = _State(features, types, shares, parts)
    parts[free] = state.fill(members)
    state.improve()
    for kind, units in enumerate(_members_of(members)):
        parts[free[units]] = np.repeat(np.arange(len(shares)), state.given[kind])
    return parts


def _types(counts: csr_array) -> tuple[csr_array, Integers]:
    """Units with equal counts are interchangeable: one row for each type in order of appearance, and the type of each unit."""
    counts.sort_indices()
    known: dict[bytes, int] = {}
    first: list[int] = []
    members = np.empty(counts.shape[0], dtype=np.int64)
    for unit, (start, end) in enumerate(zip(counts.indptr[:-1], counts.indptr[1:], strict=True)):
        key = counts.indices[start:end].tobytes() + counts.data[start:end].tobytes()
        members[unit] = known.setdefault(key, len(known))
        if members[unit] == len(first):
            first.append(unit)
    return counts[first], members


def _members_of(members: Integers) -> Sequence[Integers]:
    order = np.argsort(members, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(members[order])) + 1)


class _State:
    """How many free units of each type a part has, and the residuals, all times the sum of shares so that they are whole."""

    def __init__(self, features: Features, types: csr_array, shares: tuple[int, ...], held: Integers) -> None:
        whole = gcd(*shares)
        self.shares = np.asarray([share // whole for share in shares], dtype=np.int64)
        self.scale = int(self.shares.sum())
        self.types = types
        self.given = np.zeros((types.shape[0], len(shares)), dtype=np.int64)
        totals = np.asarray(features.counts.sum(axis=0), dtype=np.int64)
        self.residual = -np.outer(totals, self.shares)  # (features, parts)
        for part in range(len(shares)):
            self.residual[:, part] += self.scale * np.asarray(features.counts[held == part].sum(axis=0), dtype=np.int64)
        self.rate = (4 * self.shares.max() + self.shares // 2) // self.shares  # 1 / share, near enough
        self.weights = self._bounded(features.weights)
        self.square = (types * types) @ self.weights  # (types,)

    def _bounded(self, weights: Integers) -> Integers:
        """Weights so small that no product below leaves 64 bits."""
        furthest = int(np.abs(self.residual).max(initial=0)) + 2 * self.scale * int(self.types.data.max(initial=0))
        while weights.max() > 1:
            heaviest = int((self.types @ weights).max(initial=0))
            if 4 * heaviest * furthest * int(self.rate.max()) * len(self.shares) < _LARGEST:
                break
            weights = np.maximum(weights // 2, 1)
        return weights

    def objective(self) -> int:
        """Exact, whatever its size."""
        return sum(
            int(rate) * int(weight) * int(value) ** 2
            for rate, column in zip(self.rate, self.residual.T, strict=True)
            for weight, value in zip(self.weights, column, strict=True)
        )

    def fill(self, members: Integers) -> Integers:
        """Place unit by unit, large ones first (by powers of two), where it costs least; returns the part of each."""
        size = np.asarray([int(value).bit_length() for value in self.square], dtype=np.int64)
        parts = np.empty(len(members), dtype=np.int64)
        for unit in np.argsort(-size[members], kind="stable"):
            kind = int(members[unit])
            span = slice(self.types.indptr[kind], self.types.indptr[kind + 1])
            columns, amounts = self.types.indices[span], self.types.data[span]
            residual = self.residual[columns]
            pull = 2 * (self.weights[columns] * amounts) @ residual + self.scale * self.square[kind]
            part = int(np.argmin(self.rate * pull))
            self.residual[columns, part] += self.scale * amounts
            self.given[kind, part] += 1
            parts[unit] = part
        return parts

    def improve(self) -> None:
        """Sweeps of windows of types until a sweep gains next to nothing; a cohort of few types ends where nothing gains."""
        before = self.objective()
        for sweep in range(_SWEEPS):
            moved = sum(self._window(window) for window in self._windows(sweep))
            after = self.objective()
            if not moved or (len(self.given) > _WINDOW and (before - after) * _LEAST_GAIN < before):
                return
            before = after

    def _windows(self, sweep: int) -> list[Integers]:
        """All types, or windows of types that lie apart, others in every sweep."""
        count = len(self.given)
        if count <= _WINDOW:
            return [np.arange(count)]
        windows = min(-(-count // _WINDOW), _WINDOWS)
        stride = count // _WINDOW
        starts = [(sweep * windows + number) % stride for number in range(windows)]
        return [np.unique((start + np.arange(_WINDOW) * stride + number) % count) for number, start in enumerate(starts)]

    def _window(self, window: Integers) -> int:
        """Best move or exchange among these types, again and again until none gains; returns how many were made."""
        rows = self.types[window]
        product = ((rows * self.weights) @ rows.T).toarray()
        square = self.square[window]
        apart = square[:, None] + square[None, :] - 2 * product
        made = 0
        pairs = list(combinations(range(len(self.shares)), 2))
        before = -1
        while before < made < 20 * len(window) + 100:
            before = made
            for pair in pairs:
                for _ in range(_STEPS):
                    if not self._step(window, rows, (square, apart), pair):
                        break
                    made += 1
        return made

    def _step(self, window: Integers, rows: csr_array, squares: tuple[Integers, Integers], parts: tuple[int, int]) -> bool:
        """The best move either way, or exchange, between two parts."""
        square, apart = squares
        source, target = parts
        difference = self.rate[target] * self.residual[:, target] - self.rate[source] * self.residual[:, source]
        pull = 2 * (rows @ (self.weights * difference))
        cost = self.scale * (self.rate[source] + self.rate[target])
        here, there = self.given[window, source] > 0, self.given[window, target] > 0
        forth = np.where(here, pull + cost * square, 0)
        back = np.where(there, cost * square - pull, 0)
        going, coming = np.flatnonzero(here), np.flatnonzero(there)
        best, action = 0, (-1, -1)
        for gain, move in ((forth, lambda k: (k, -1)), (back, lambda k: (-1, k))):
            kind = int(np.argmin(gain))
            if gain[kind] < best:
                best, action = int(gain[kind]), move(kind)
        if len(going) and len(coming):
            swap = cost * apart[np.ix_(going, coming)]
            swap += pull[going][:, None] - pull[coming][None, :]
            first, second = divmod(int(np.argmin(swap)), len(coming))
            if swap[first, second] < best:
                best, action = int(swap[first, second]), (int(going[first]), int(coming[second]))
        if best == 0:
            return False
        for place, leaves, enters in ((action[0], source, target), (action[1], target, source)):
            if place >= 0:
                self._carry(int(window[place]), leaves, enters)
        return True

    def _carry(self, kind: int, leaves: int, enters: int) -> None:
        span = slice(self.types.indptr[kind], self.types.indptr[kind + 1])
        columns, amounts = self.types.indices[span], self.types.data[span]
        self.given[kind, leaves] -= 1
        self.given[kind, enters] += 1
        self.residual[columns, leaves] -= self.scale * amounts
        self.residual[columns, enters] += self.scale * amounts
