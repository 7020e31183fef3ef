"""MONAI's networks, without their heads."""

from torch import nn

from cauce.domain.errors import MissingExtraError

_DENSENET121_CHANNELS = 1024  # Huang et al. 2017, 10.1109/CVPR.2017.243, table 1


def densenet121_features() -> tuple[nn.Module, int]:
    """DenseNet121 for one-channel images up to its last features, and their number of channels.

    Raises:
        MissingExtraError: MONAI is not installed.
    """
    try:
        from monai.networks.nets.densenet import DenseNet121
    except ImportError:
        raise MissingExtraError("MONAI is not installed", remedy="pip install 'cauce[train]'") from None
    network = DenseNet121(spatial_dims=2, in_channels=1, out_channels=1)
    features = nn.Sequential(network.features, nn.ReLU())
    return features, _DENSENET121_CHANNELS
