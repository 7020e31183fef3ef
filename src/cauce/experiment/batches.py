"""Order of batches. Each epoch's order comes from its own seed, so that a resumed training sees the same."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset, Sampler

Read = Callable[[NDArray[np.intp]], Any]


class _Batches(Dataset[Any]):
    """What `read` gives for an array of indices."""

    def __init__(self, read: Read) -> None:
        self._read = read

    def __getitem__(self, indices: NDArray[np.intp]) -> Any:
        return self._read(indices)


class ShuffledOrder(Sampler[NDArray[np.intp]]):
    """All indices in a new order each epoch, in whole batches: a last batch that is short would disturb normalisation.

    Attributes:
        parts: that each batch comes in, all of the same size, so that gradients can be added up over them.
        steps: whole batches of an epoch.
    """

    def __init__(self, indices: NDArray[np.intp], batch_size: int, seed: int, *, micro_batch: int | None = None) -> None:
        self._indices, self._seed = indices, seed
        self._size = min(batch_size, len(indices))
        self.parts = self._size // largest_part(self._size, micro_batch or self._size)
        self.steps = len(indices) // self._size
        self.epoch = 0

    def __len__(self) -> int:
        return self.steps * self.parts

    def __iter__(self) -> Iterator[NDArray[np.intp]]:
        order = np.random.default_rng([self._seed, self.epoch]).permutation(self._indices)
        yield from order[: self.steps * self._size].reshape(len(self), self._size // self.parts)


def largest_part(batch: int, most: int) -> int:
    """Size of the largest equal parts of a batch that hold at most `most` cases."""
    return next(part for part in range(min(batch, most), 0, -1) if batch % part == 0)


class FixedOrder(Sampler[NDArray[np.intp]]):
    """All indices in their order."""

    def __init__(self, indices: NDArray[np.intp], batch_size: int) -> None:
        self._batches = [indices[start : start + batch_size] for start in range(0, len(indices), batch_size)]

    def __len__(self) -> int:
        return len(self._batches)

    def __iter__(self) -> Iterator[NDArray[np.intp]]:
        return iter(self._batches)


def loader(read: Read, order: Sampler[NDArray[np.intp]]) -> DataLoader[Any]:
    """Batches in `order`, read in this process: an augmented batch costs less than handing it between processes.

    The loader has a generator of its own, since it draws a number at the start of each epoch, and would take it from dropout.
    """
    return DataLoader(_Batches(read), sampler=order, batch_size=None, num_workers=0, generator=torch.Generator())
