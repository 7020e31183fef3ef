"""MONAI's networks: classifiers without their heads, segmentation networks as they are."""

from collections import OrderedDict
from collections.abc import Callable
from importlib import import_module

from torch import nn

from cauce.domain.errors import MissingExtraError

Build = Callable[[int, int, float], nn.Module]
"""(channels, outputs, dropout) → network from (n, channels, z, y, x) to logits (n, outputs, z, y, x)."""

_RESNET18_CHANNELS, _EFFICIENTNET_B0_CHANNELS = 512, 1280
_DENSENET121_CHANNELS = 1024  # Huang et al. 2017, 10.1109/CVPR.2017.243, table 1


def densenet121_features() -> tuple[nn.Module, int]:
    """DenseNet121 for one-channel images up to its last features, and their number of channels.

    Raises:
        MissingExtraError: MONAI is not installed.
    """
    network = _net("densenet", "DenseNet121")(spatial_dims=2, in_channels=1, out_channels=1)
    features = nn.Sequential(network.get_submodule("features"), nn.ReLU())
    return features, _DENSENET121_CHANNELS


def resnet18_features() -> tuple[nn.Module, int]:
    """ResNet-18 for one-channel images up to its last features, and their channels. He et al. 2016, 10.1109/CVPR.2016.90.

    Its layers have torchvision's names, so that published weights fit by name.

    Raises:
        MissingExtraError: MONAI is not installed.
    """
    network = _net("resnet", "resnet18")(
        spatial_dims=2, n_input_channels=1, conv1_t_stride=2, feed_forward=False, shortcut_type="B", bias_downsample=False
    )
    layers = ("conv1", "bn1", "act", "maxpool", "layer1", "layer2", "layer3", "layer4")
    return _in_order(network, *layers), _RESNET18_CHANNELS


def efficientnet_b0_features() -> tuple[nn.Module, int]:
    """EfficientNet-B0 for one-channel images up to its last features, and their channels. Tan and Le 2019, arXiv 1905.11946.

    Raises:
        MissingExtraError: MONAI is not installed.
    """
    network = _net("efficientnet", "EfficientNetBN")(
        "efficientnet-b0", pretrained=False, spatial_dims=2, in_channels=1, num_classes=1
    )
    parts: OrderedDict[str, nn.Module] = OrderedDict()
    parts["stem"] = _in_order(network, "_conv_stem_padding", "_conv_stem", "_bn0", "_swish")
    parts |= {f"blocks{number}": blocks for number, blocks in enumerate(network.get_submodule("_blocks").children(), 1)}
    parts["last"] = _in_order(network, "_conv_head_padding", "_conv_head", "_bn1", "_swish")
    return nn.Sequential(parts), _EFFICIENTNET_B0_CHANNELS


def _in_order(network: nn.Module, *names: str) -> nn.Sequential:
    return nn.Sequential(OrderedDict((name.strip("_"), network.get_submodule(name)) for name in names))


def dynunet(filters: tuple[int, ...], *, coarse: bool = False) -> Build:
    """DynUNet, nnU-Net's network. Isensee et al. 2021, 10.1038/s41592-020-01008-z.

    With `coarse` it gives (n, 2, outputs, z, y, x) in training: its output, and that of the next coarser level, interpolated.
    """

    def build(channels: int, outputs: int, dropout: float) -> nn.Module:
        levels = len(filters)
        network = _net("dynunet", "DynUNet")(
            3, channels, outputs, [3] * levels, [1] + [2] * (levels - 1), [2] * (levels - 1), filters=list(filters),
            dropout=dropout or None, deep_supervision=coarse,
        )
        return _each_layer_once(network)

    return build


def _each_layer_once(network: nn.Module) -> nn.Module:
    """MONAI registers the layers of a DynUNet twice, under their own names and in `skip_layers`: the second are no longer
    registered. Else every weight would be saved twice, and averaged twice at each step."""
    skips = network.get_submodule("skip_layers")
    del network.skip_layers
    object.__setattr__(network, "skip_layers", skips)
    return network


def unet(filters: tuple[int, ...]) -> Build:
    """U-Net with residual units. Kerfoot et al. 2019, 10.1007/978-3-030-12029-0_40."""

    def build(channels: int, outputs: int, dropout: float) -> nn.Module:
        return _net("unet", "UNet")(3, channels, outputs, list(filters), [2] * (len(filters) - 1), num_res_units=2,
                                    dropout=dropout)

    return build


def segresnet(filters: int) -> Build:
    """SegResNet without its autoencoder. Myronenko 2019, 10.1007/978-3-030-11726-9_28."""

    def build(channels: int, outputs: int, dropout: float) -> nn.Module:
        return _net("segresnet", "SegResNet")(init_filters=filters, in_channels=channels, out_channels=outputs,
                                              dropout_prob=dropout or None)

    return build


def swinunetr(features: int) -> Build:
    """Swin UNETR. Hatamizadeh et al. 2022, 10.1007/978-3-031-08999-2_22."""

    def build(channels: int, outputs: int, dropout: float) -> nn.Module:
        return _net("swin_unetr", "SwinUNETR")(in_channels=channels, out_channels=outputs, feature_size=features,
                                               drop_rate=dropout)

    return build


def _net(module: str, name: str) -> Callable[..., nn.Module]:
    try:
        found: Callable[..., nn.Module] = getattr(import_module(f"monai.networks.nets.{module}"), name)
    except ImportError:
        raise MissingExtraError("MONAI is not installed", remedy="pip install 'cauce[train]'") from None
    return found
