"""Grad-CAM and Grad-CAM++: the last features, weighted by how the logit grows with them.

Sources: Selvaraju et al. 2017, 10.1109/ICCV.2017.74; Chattopadhay et al. 2018, 10.1109/WACV.2018.00097, equations 10 and 19.
For a network whose head is global average pooling and one linear layer, as all of ours, Grad-CAM is the positive part of the
exact class activation map of Zhou et al. 2016, divided by its number of cells.
"""

import torch

from cauce.predictor.networks.class_activation import ClassActivationNetwork


def grad_cam(network: ClassActivationNetwork, image: torch.Tensor, output: int) -> torch.Tensor:
    """Map (rows, columns) ≥ 0 of image (1, 1, rows, columns): channels weighted by the mean gradient of the logit."""
    features, gradient = _features(network, image, output)
    return _map(features, gradient.mean((1, 2)), image)


def grad_cam_pp(network: ClassActivationNetwork, image: torch.Tensor, output: int) -> torch.Tensor:
    """The same with weights that count every place where a channel speaks for the logit, and so keep several small lesions."""
    features, gradient = _features(network, image, output)
    growing = gradient.clamp(min=0)
    square, cube = growing**2, growing**3
    below = 2 * square + features.sum((1, 2), keepdim=True) * cube
    share = torch.where(below > 0, square / below, torch.zeros_like(below))
    return _map(features, (share * growing).sum((1, 2)), image)


def _features(network: ClassActivationNetwork, image: torch.Tensor, output: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Last features (channels, h', w') and the gradient of the logit there."""
    with torch.enable_grad():
        features = network.features(image).detach().requires_grad_()
        logit = network.head(features.mean((2, 3)))[0, output]
        (gradient,) = torch.autograd.grad(logit, features)
    return features[0].detach(), gradient[0]


def _map(features: torch.Tensor, weights: torch.Tensor, image: torch.Tensor) -> torch.Tensor:
    coarse = (weights[:, None, None] * features).sum(0).clamp(min=0)
    size = (image.shape[2], image.shape[3])
    return torch.nn.functional.interpolate(coarse[None, None], size=size, mode="bilinear", align_corners=False)[0, 0]
