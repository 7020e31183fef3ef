"""Small residual networks for radiographs at 96 to 224 px on a CPU.

Source: He et al. 2016, 10.1109/CVPR.2016.90, with the average-pooled shortcut of He et al. 2019, 10.1109/CVPR.2019.00065.
"""

from collections.abc import Sequence

import torch
from torch import nn


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions beside a shortcut."""

    def __init__(self, channels_in: int, channels_out: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels_in, channels_out, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(channels_out),
            nn.ReLU(),
            nn.Conv2d(channels_out, channels_out, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels_out),
        )
        self.shortcut = _shortcut(channels_in, channels_out, stride)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, channels_in, h, w) → (n, channels_out, h / stride, w / stride)."""
        return nn.functional.relu(self.body(x) + self.shortcut(x))


def _shortcut(channels_in: int, channels_out: int, stride: int) -> nn.Module:
    if stride == 1 and channels_in == channels_out:
        return nn.Identity()
    pool: nn.Module = nn.AvgPool2d(stride, ceil_mode=True) if stride > 1 else nn.Identity()
    return nn.Sequential(pool, nn.Conv2d(channels_in, channels_out, 1, bias=False), nn.BatchNorm2d(channels_out))


def residual_features(widths: Sequence[int], strides: Sequence[int]) -> nn.Sequential:
    """A stem that divides rows and columns by 4, then one block for each width with its stride."""
    stem = nn.Sequential(
        nn.Conv2d(1, widths[0], 5, stride=2, padding=2, bias=False), nn.BatchNorm2d(widths[0]), nn.ReLU(),
        nn.MaxPool2d(3, stride=2, padding=1),
    )
    blocks, channels = [], widths[0]
    for width, stride in zip(widths, strides, strict=True):
        blocks.append(ResidualBlock(channels, width, stride))
        channels = width
    return nn.Sequential(stem, *blocks)
