"""SqueezeNet 1.0 for grey images, and how its ImageNet weights are brought to them.

Source: Iandola et al. 2016, arXiv 1602.07360, table 1.
"""

from collections import OrderedDict
from collections.abc import Mapping

import torch
from torch import nn

CHANNELS = 512
"""Of the last features."""

_FIRST = "conv1"
_LEVELS = 255.0
_MEAN = (104.0, 117.0, 123.0)
"""Subtracted from levels of 0..255, blue, green, red: what the published weights were trained on."""

_SHRINK = 1 / 32  # the published features are tens high; a new head learns from values around 1

_FIRES = {  # name: (channels in, squeezed, of each of the two expansions)
    "fire2": (96, 16, 64), "fire3": (128, 16, 64), "fire4": (128, 32, 128), "fire5": (256, 32, 128), "fire6": (256, 48, 192),
    "fire7": (384, 48, 192), "fire8": (384, 64, 256), "fire9": (512, 64, 256),
}
_POOLED_AFTER = ("fire4", "fire8")


class Fire(nn.Module):
    """A 1×1 convolution to few channels, then 1×1 and 3×3 ones side by side."""

    def __init__(self, channels_in: int, squeezed: int, expanded: int) -> None:
        super().__init__()
        self.squeeze1x1 = nn.Conv2d(channels_in, squeezed, 1)
        self.expand1x1 = nn.Conv2d(squeezed, expanded, 1)
        self.expand3x3 = nn.Conv2d(squeezed, expanded, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, channels_in, h, w) → (n, 2 · expanded, h, w)."""
        squeezed = nn.functional.relu(self.squeeze1x1(x))
        return nn.functional.relu(torch.cat([self.expand1x1(squeezed), self.expand3x3(squeezed)], 1))


def squeezenet_features() -> tuple[nn.Module, int]:
    """Features of (n, 1, rows, columns), 1/16 of rows and columns, and their number of channels."""
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    layers[_FIRST] = nn.Conv2d(1, 96, 7, stride=2)
    layers["relu1"] = nn.ReLU()
    layers["pool1"] = nn.MaxPool2d(3, 2, ceil_mode=True)
    for name, sizes in _FIRES.items():
        layers[name] = Fire(*sizes)
        if name in _POOLED_AFTER:
            layers[name.replace("fire", "pool")] = nn.MaxPool2d(3, 2, ceil_mode=True)
    return nn.Sequential(layers), CHANNELS


def for_grey_images(
    weights: Mapping[str, torch.Tensor], *, mean: float, standard_deviation: float
) -> tuple[dict[str, torch.Tensor], str]:
    """Published weights (BGR levels of 0..255 less their means) for one grey channel that a recipe standardised.

    The first layer has no padding, so that this is exact: it answers as the published one does when the grey image is repeated
    over the three channels. All features are made 32 times smaller, by way of the biases: nothing but ReLU, maxima and
    convolutions stands between them.

    Args:
        weights: by name; `conv1.weight` (96, 3, 7, 7). Others, and files without it, stay as they are.
        mean, standard_deviation: of the recipe, which gives (grey in 0..1 − mean) / standard_deviation.

    Returns:
        The weights, and what was done in a clause; empty when nothing was.
    """
    kernel, bias = weights.get(f"{_FIRST}.weight"), weights.get(f"{_FIRST}.bias")
    if kernel is None or bias is None or kernel.ndim != 4 or kernel.shape[1] != len(_MEAN):
        return dict(weights), ""
    shift = _LEVELS * mean - torch.tensor(_MEAN, dtype=torch.float64)
    exact = kernel.double()
    changed = {name: tensor * _SHRINK for name, tensor in weights.items() if name.endswith(".bias")}
    changed[f"{_FIRST}.weight"] = (exact.sum(1, keepdim=True) * _LEVELS * standard_deviation * _SHRINK).float()
    changed[f"{_FIRST}.bias"] = ((bias.double() + exact.sum((2, 3)) @ shift) * _SHRINK).float()
    return {**weights, **changed}, f"{_FIRST}: 3 input channels summed to 1, ImageNet's means and levels worked in"
