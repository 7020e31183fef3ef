"""Weights of one network as safetensors bytes, and back. No pickle."""

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import nn

from cauce.domain.errors import IntegrityError
from cauce.domain.experiment import Network
from cauce.predictor.networks.class_activation import ClassActivationNetwork
from cauce.predictor.networks.segmentation import build_segmentation_network
from cauce.predictor.networks.table import build_network


def weights_of(network: nn.Module) -> bytes:
    """Parameters and buffers in float32 on the CPU; the same weights give the same bytes."""
    return safetensors.torch.save({name: _plain(tensor) for name, tensor in network.state_dict().items()})


def network_from(network: Network, weights: bytes) -> ClassActivationNetwork:
    """The network with these weights, in evaluation mode; it has as many outputs as the weights.

    Raises:
        IntegrityError: no safetensors, or of another network.
    """
    module = build_network(network, dropout=0.0, outputs=_outputs(network, weights))
    _fill(module, network, weights)
    return module.eval()


def segmentation_network_from(network: Network, weights: bytes, *, channels: int, classes: int) -> nn.Module:
    """As `network_from`, for a network that segments; `classes` counts the foreground.

    Raises:
        IntegrityError: no safetensors, or of another network, of other channels or classes.
    """
    module = build_segmentation_network(network, channels=channels, classes=classes, dropout=0.0)
    _fill(module, network, weights)
    return module.eval()


def _outputs(network: Network, weights: bytes) -> int:
    try:
        return len(safetensors.torch.load(weights)["head.bias"])
    except (SafetensorError, KeyError, TypeError):
        raise _foreign(network) from None


def _fill(module: nn.Module, network: Network, weights: bytes) -> None:
    try:
        module.load_state_dict(safetensors.torch.load(weights))
    except (SafetensorError, RuntimeError):
        raise _foreign(network) from None


def _foreign(network: Network) -> IntegrityError:
    return IntegrityError(f"the weights do not belong to a {network.value}", where="weights", remedy="Run the search again.")


def _plain(tensor: torch.Tensor) -> torch.Tensor:
    tensor = tensor.detach().cpu()
    return (tensor.float() if tensor.is_floating_point() else tensor).contiguous()
