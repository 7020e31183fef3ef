"""Integrated gradients: each pixel's share in what the logit gains between a black image and this one.

Source: Sundararajan, Taly and Yan 2017, arXiv 1703.01365. The shares add up to that gain (completeness).
"""

import torch

from cauce.predictor.networks.class_activation import ClassActivationNetwork

STEPS = 64
_BATCH = 16


def integrated_gradients(
    network: ClassActivationNetwork, image: torch.Tensor, output: int, *, black: float, steps: int = STEPS
) -> torch.Tensor:
    """Signed shares (rows, columns) of image (1, 1, rows, columns), by the midpoint rule.

    Args:
        black: value of a black pixel after preprocessing; an image of it is where the path starts.
        steps: points on the path.
    """
    start = torch.full_like(image, black)
    shares = (torch.arange(steps, dtype=image.dtype) + 0.5) / steps
    total = torch.zeros_like(image)
    for first in range(0, steps, _BATCH):
        part = shares[first : first + _BATCH]
        with torch.enable_grad():
            path = (start + part[:, None, None, None] * (image - start)).requires_grad_()
            logits = network(path)[0].reshape(len(part), -1)[:, output]
            (gradient,) = torch.autograd.grad(logits.sum(), path)
        total += gradient.sum(0, keepdim=True)
    return ((image - start) * total / steps)[0, 0]
