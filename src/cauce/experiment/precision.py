"""Which arithmetic trains faster on this machine: float32, or bfloat16 with channels last."""

import copy
import time
from functools import lru_cache
from typing import TypeVar

import torch
from torch import nn

from cauce.domain.experiment import Network, Precision
from cauce.predictor.networks import build_network

N = TypeVar("N", bound=nn.Module)

_MARGIN = 1.15  # bfloat16 has to be clearly faster; a choice on the edge would differ from one call to the next
_STEPS = 3


def choose_precision(precision: Precision, network: Network, shape: tuple[int, int, int], device: torch.device) -> Precision:
    """FLOAT32 or BFLOAT16: what the settings ask for, or what AUTO becomes here.

    Args:
        precision: of the settings.
        network: to be trained.
        shape: (images in a batch, rows, columns).
        device: accelerators take bfloat16 where they have it; a CPU is timed.
    """
    if precision is not Precision.AUTO:
        return precision
    if device.type == "cuda":
        return Precision.BFLOAT16 if torch.cuda.is_bf16_supported() else Precision.FLOAT32
    return _faster_on_cpu(network, shape)


@lru_cache(maxsize=32)
def _faster_on_cpu(network: Network, shape: tuple[int, int, int]) -> Precision:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = build_network(network, dropout=0.0).train()
        images = torch.randn(shape[0], 1, *shape[1:])
    seconds = {choice: _seconds_per_step(module, images, choice) for choice in (Precision.FLOAT32, Precision.BFLOAT16)}
    is_faster = seconds[Precision.BFLOAT16] * _MARGIN < seconds[Precision.FLOAT32]
    return Precision.BFLOAT16 if is_faster else Precision.FLOAT32


def _seconds_per_step(module: nn.Module, images: torch.Tensor, precision: Precision) -> float:
    """Fastest of a few training steps, after one that warms up."""
    network = in_memory_format(copy.deepcopy(module), precision)
    batch = as_input(images, precision)
    best = float("inf")
    for _ in range(1 + _STEPS):
        begin = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled=precision is Precision.BFLOAT16):
            logit, _ = network(batch)
        logit.float().mean().backward()
        best = min(best, time.perf_counter() - begin)
    return best


def in_memory_format(network: N, precision: Precision) -> N:
    """Channels last for bfloat16, where it pays; float32 stays contiguous: channels last was 4 times slower there.

    Through Module.to: Tensor.contiguous leaves the strides of a one-channel filter as they are, and the first layer's output
    would then be contiguous, which makes a step 1.6 times slower.
    """
    chosen = torch.channels_last if precision is Precision.BFLOAT16 else torch.contiguous_format
    return network.to(memory_format=chosen)  # type: ignore[call-overload,no-any-return]


def as_input(images: torch.Tensor, precision: Precision) -> torch.Tensor:
    """(n, 1, rows, columns) in the memory format that goes with `precision`."""
    chosen = torch.channels_last if precision is Precision.BFLOAT16 else torch.contiguous_format
    return images.contiguous(memory_format=chosen)
