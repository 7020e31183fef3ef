"""Global average pooling and one linear unit: a head whose activation map is exact, not a gradient's approximation.

Source: Zhou et al. 2016, 10.1109/CVPR.2016.319.
"""

import torch
from torch import nn


class ClassActivationNetwork(nn.Module):
    """Features, then a head whose logit is the mean of the activation map plus a bias.

    forward((n, 1, rows, columns)) → logit (n,), activation (n, rows / stride, columns / stride). In evaluation
    `activation.mean((1, 2)) + bias == logit`: each cell of the map is its share of the logit.
    Of several outputs each has its logit and map: (n, outputs) and (n, outputs, rows / stride, columns / stride).
    """

    def __init__(self, features: nn.Module, channels: int, dropout: float, outputs: int = 1) -> None:
        super().__init__()
        self.features = features
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(channels, outputs)

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logit and activation map of each image."""
        features = self.features(image)
        logit = self.head(self.dropout(features.mean((2, 3))))
        activation = nn.functional.conv2d(features, self.head.weight[:, :, None, None])
        return (logit.squeeze(1), activation.squeeze(1)) if self.head.out_features == 1 else (logit, activation)
