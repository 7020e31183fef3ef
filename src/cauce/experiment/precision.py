"""Which arithmetic trains faster on this machine: float32, or bfloat16 with channels last."""

import copy
import time
from collections.abc import Callable
from typing import TypeVar

import torch
from torch import nn

from cauce.domain.experiment import Precision

N = TypeVar("N", bound=nn.Module)

_MARGIN = 1.15  # bfloat16 has to be clearly faster; a choice on the edge would differ from one call to the next
_STEPS = 3
_VOLUMETRIC = 5  # axes of a batch of volumes, and of a filter of a 3D convolution


def choose_precision(
    precision: Precision, build: Callable[[], nn.Module], shape: tuple[int, ...], device: torch.device
) -> Precision:
    """FLOAT32 or BFLOAT16: what the settings ask for, or what AUTO becomes here.

    Args:
        precision: of the settings.
        build: makes a network as it is to be trained.
        shape: of a batch: (n, channels, rows, columns) or (n, channels, z, y, x).
        device: accelerators take bfloat16 where they have it; a CPU is timed.
    """
    if precision is not Precision.AUTO:
        return precision
    if device.type == "cuda":
        return Precision.BFLOAT16 if torch.cuda.is_bf16_supported() else Precision.FLOAT32
    return _faster_on_cpu(build, shape)


def _faster_on_cpu(build: Callable[[], nn.Module], shape: tuple[int, ...]) -> Precision:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = build().train()
        images = torch.randn(shape)
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
            answer = network(batch)
        logits = answer[0] if isinstance(answer, tuple) else answer
        logits.float().mean().backward()
        best = min(best, time.perf_counter() - begin)
    return best


def in_memory_format(network: N, precision: Precision) -> N:
    """Channels last for bfloat16, where it pays; float32 stays contiguous: channels last was 4 times slower there.

    Through Module.to: Tensor.contiguous leaves the strides of a one-channel filter as they are, and the first layer's output
    would then be contiguous, which makes a step 1.6 times slower.
    """
    is_volumetric = any(parameter.ndim == _VOLUMETRIC for parameter in network.parameters())
    return network.to(memory_format=_format(precision, volumetric=is_volumetric))  # type: ignore[call-overload,no-any-return]


def as_input(images: torch.Tensor, precision: Precision) -> torch.Tensor:
    """(n, channels, rows, columns) or (n, channels, z, y, x) in the memory format that goes with `precision`."""
    return images.contiguous(memory_format=_format(precision, volumetric=images.ndim == _VOLUMETRIC))


def _format(precision: Precision, *, volumetric: bool) -> torch.memory_format:
    if precision is not Precision.BFLOAT16:
        return torch.contiguous_format
    return torch.channels_last_3d if volumetric else torch.channels_last
