"""Occlusion: how much the logit falls when a square of the image is covered.

Source: Zeiler and Fergus 2014, 10.1007/978-3-319-10590-1_53. The cover has the mean of the image, so that it adds no contrast
of its own.
"""

import torch

from cauce.predictor.networks.class_activation import ClassActivationNetwork

_BATCH = 64


def occlusion(network: ClassActivationNetwork, image: torch.Tensor, output: int, *, side: int) -> torch.Tensor:
    """Signed fall of the logit (rows, columns): at each pixel the mean over the squares that cover it.

    Args:
        image: (1, 1, rows, columns).
        side: of the square in pixels; squares overlap by half.
    """
    rows, columns = image.shape[2], image.shape[3]
    cover = float(image.mean())
    corners = [(top, left) for top in _starts(rows, side) for left in _starts(columns, side)]
    fall, covered = torch.zeros(rows, columns), torch.zeros(rows, columns)
    with torch.no_grad():
        whole = network(image)[0].reshape(-1)[output]
        for first in range(0, len(corners), _BATCH):
            some = corners[first : first + _BATCH]
            batch = image.repeat(len(some), 1, 1, 1)
            for each, (top, left) in zip(batch, some, strict=True):
                each[:, top : top + side, left : left + side] = cover
            falls = whole - network(batch)[0].reshape(len(some), -1)[:, output]
            for (top, left), value in zip(some, falls, strict=True):
                fall[top : top + side, left : left + side] += value
                covered[top : top + side, left : left + side] += 1
    return fall / covered


def _starts(length: int, side: int) -> list[int]:
    """First pixels of the squares along one axis; the last square ends with the image."""
    last = max(length - side, 0)
    return sorted({*range(0, last + 1, max(side // 2, 1)), last})
