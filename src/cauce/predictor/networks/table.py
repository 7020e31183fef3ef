"""The visible table of classifiers. A new one is one function, one member of `Network` and one row here."""

from collections.abc import Callable

from torch import nn

from cauce.domain.errors import ConfigurationError
from cauce.domain.experiment import Network
from cauce.predictor.networks.class_activation import ClassActivationNetwork
from cauce.predictor.networks.monai_adapter import densenet121_features, efficientnet_b0_features, resnet18_features
from cauce.predictor.networks.resnet import residual_features
from cauce.predictor.networks.squeezenet import squeezenet_features


def _resnet_tiny() -> tuple[nn.Module, int]:
    return residual_features((16, 24, 32, 48), (1, 2, 2, 1)), 48


def _resnet_small() -> tuple[nn.Module, int]:
    return residual_features((24, 48, 96, 128), (1, 2, 2, 1)), 128


NETWORKS: dict[Network, Callable[[], tuple[nn.Module, int]]] = {
    Network.RESNET_TINY: _resnet_tiny,  # 0.07 M parameters; map of 1/16 of rows and columns
    Network.RESNET_SMALL: _resnet_small,  # 0.44 M parameters; map of 1/16
    Network.DENSENET121: densenet121_features,  # 7.0 M parameters; map of 1/32
    Network.RESNET18: resnet18_features,  # 11.2 M parameters; map of 1/32
    Network.EFFICIENTNET_B0: efficientnet_b0_features,  # 4.0 M parameters; map of 1/32
    Network.SQUEEZENET: squeezenet_features,  # 0.73 M parameters; map of 1/16; takes the published ImageNet weights
}


def build_network(network: Network, *, dropout: float, outputs: int = 1) -> ClassActivationNetwork:
    """A new network with weights drawn from torch's global generator; seed it first.

    Returns:
        Module whose forward takes (n, 1, rows, columns) and gives logit (n,) and activation map (n, h', w'); of
        several `outputs` logits (n, outputs) and maps (n, outputs, h', w').

    Raises:
        ConfigurationError: the network does not classify.
    """
    if network not in NETWORKS:
        known = ", ".join(each.value for each in NETWORKS)
        raise ConfigurationError("this network does not classify", where="training.network", expected=known, got=network.value,
                                 remedy="Choose one of these for this task.")
    features, channels = NETWORKS[network]()
    return ClassActivationNetwork(features, channels, dropout, outputs)


def count_parameters(network: nn.Module) -> int:
    """Number of trainable weights."""
    return sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)
