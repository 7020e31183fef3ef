"""Random weights, from the head downwards: a map that survives them shows the image, not what the network learned.

Source: Adebayo et al. 2018, arXiv 1810.03292, section 3.1 (cascading randomisation).
"""

import copy
from collections.abc import Iterator

import torch
from torch import nn

from cauce.predictor.networks.class_activation import ClassActivationNetwork

HEAD = "head"


def layers_from_the_head(network: ClassActivationNetwork) -> tuple[str, ...]:
    """Names of the parts that become random one after the other: the head, then the blocks of the features, last first."""
    prefix, inner = "features", network.features
    while len(parts := _with_weights(inner)) == 1:
        prefix, inner = f"{prefix}.{parts[0]}", inner.get_submodule(parts[0])
    return (HEAD, *(f"{prefix}.{name}" for name in reversed(parts))) if parts else (HEAD, prefix)


def randomised(network: ClassActivationNetwork, *, seed: int) -> Iterator[tuple[str, ClassActivationNetwork]]:
    """Copies of a network whose parts have new weights, cumulatively, each with the name of the last part that lost its own.

    Weights are drawn as those of a new network; torch's global generator stays as it was.
    """
    changed = copy.deepcopy(network).eval()
    for number, name in enumerate(layers_from_the_head(network)):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed * 1000 + number)
            for module in changed.get_submodule(name).modules():
                reset = getattr(module, "reset_parameters", None)
                if reset is not None:
                    reset()
        yield name, changed


def _with_weights(module: nn.Module) -> list[str]:
    return [name for name, child in module.named_children() if any(True for _ in child.parameters())]
