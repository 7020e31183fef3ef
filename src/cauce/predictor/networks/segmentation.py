"""The visible table of networks for segmentation. A new one is one function, one member of `Network` and one row here."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from cauce.domain.errors import ConfigurationError
from cauce.domain.experiment import Network
from cauce.predictor.networks import monai_adapter

_SLICES_IN_BFLOAT16 = 3


@dataclass(frozen=True)
class SegmentationNetwork:
    """How one is built.

    Attributes:
        build: (channels, outputs, dropout) → module from (n, channels, z, y, x) to logits (n, outputs, z, y, x).
        multiple: each axis of a patch must be a multiple of this.
        smallest: shortest axis of a patch, so that the deepest features still have two voxels to normalise over.
        build_coarse: the same with a coarser output beside its own in training, (n, 2, outputs, z, y, x); None without one.
    """

    build: Callable[[int, int, float], nn.Module]
    multiple: int
    smallest: int
    build_coarse: Callable[[int, int, float], nn.Module] | None = None


def _dynunet(filters: tuple[int, ...], multiple: int, smallest: int) -> SegmentationNetwork:
    return SegmentationNetwork(
        monai_adapter.dynunet(filters), multiple, smallest, monai_adapter.dynunet(filters, coarse=True)
    )


SEGMENTATION_NETWORKS: dict[Network, SegmentationNetwork] = {
    Network.DYNUNET_TINY: _dynunet((8, 16, 32, 64), 8, 16),  # 0.4 M parameters
    Network.DYNUNET_SMALL: _dynunet((16, 32, 64, 96), 8, 16),  # 1.1 M
    Network.DYNUNET: _dynunet((32, 64, 128, 256, 320), 16, 32),  # 17 M, nnU-Net's plan
    Network.UNET_SMALL: SegmentationNetwork(monai_adapter.unet((16, 32, 64, 128)), 8, 16),  # 1.2 M
    Network.SEGRESNET_SMALL: SegmentationNetwork(monai_adapter.segresnet(8), 8, 16),  # 1.2 M
    Network.SWINUNETR_SMALL: SegmentationNetwork(monai_adapter.swinunetr(24), 32, 64),  # 16 M
}


def build_segmentation_network(
    network: Network, *, channels: int, classes: int, dropout: float, coarse: bool = False
) -> nn.Module:
    """A new network with weights drawn from torch's global generator; seed it first.

    Args:
        network: a row of the table.
        channels: of the input.
        classes: foreground classes; the network also gives the background, first.
        dropout: share of features left out in training, where the network has a place for it.
        coarse: for deep supervision; the weights of the coarser output are the only ones that the network has more.

    Returns:
        Module whose forward takes (n, channels, z, y, x) and gives logits (n, classes + 1, z, y, x); with `coarse`, in
        training, (n, 2, classes + 1, z, y, x).

    Raises:
        ConfigurationError: the network does not segment, or has no coarser output.
    """
    row = _row(network)
    if not coarse:
        return row.build(channels, classes + 1, dropout)
    if row.build_coarse is None:
        known = ", ".join(each.value for each, row in SEGMENTATION_NETWORKS.items() if row.build_coarse)
        raise ConfigurationError("this network has no coarser output for deep supervision", where="training.network",
                                 expected=known, got=network.value, remedy="Choose one of these, or deep_supervision: 0.")
    return row.build_coarse(channels, classes + 1, dropout)


def check_patch(network: Network, patch: tuple[int, int, int]) -> None:
    """Refuse a patch that the network cannot take.

    Raises:
        ConfigurationError: it names the next patch that is possible.
    """
    row, possible = _row(network), possible_patch(network, patch)
    if possible != tuple(patch):
        raise ConfigurationError(
            f"the patch does not fit {network.value}", where="volume.patch",
            expected=f"multiples of {row.multiple}, at least {row.smallest}", got=str(list(patch)),
            remedy=f"Write patch: {list(possible)}",
        )


def possible_patch(network: Network, patch: tuple[int, int, int]) -> tuple[int, int, int]:
    """The smallest patch that the network can take and that is at least as long along each axis."""
    row = _row(network)
    z, y, x = (max(row.smallest, -(-length // row.multiple) * row.multiple) for length in patch)
    return z, y, x


def is_sound_in_bfloat16(network: Network, patch: tuple[int, int, int]) -> bool:
    """Whether a CPU may train it in bfloat16: the deepest features need three slices.

    With two, oneDNN (as in torch 2.13) reads memory that was never written when it computes the weights' gradients: most
    trainings still look well, some end in NaN, and no two are alike.
    """
    return patch[0] // _row(network).multiple >= _SLICES_IN_BFLOAT16


def _row(network: Network) -> SegmentationNetwork:
    if network not in SEGMENTATION_NETWORKS:
        known = ", ".join(each.value for each in SEGMENTATION_NETWORKS)
        raise ConfigurationError("this network does not segment", where="training.network", expected=known, got=network.value,
                                 remedy="Choose one of these for task segmentation.")
    return SEGMENTATION_NETWORKS[network]
