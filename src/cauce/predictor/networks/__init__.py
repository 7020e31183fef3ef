"""The tables of networks. Everything in this folder needs torch; a hospital installation never imports it."""

from cauce.predictor.networks.segmentation import (
    SEGMENTATION_NETWORKS,
    build_segmentation_network,
    check_patch,
    is_sound_in_bfloat16,
    possible_patch,
)
from cauce.predictor.networks.table import NETWORKS, build_network, count_parameters

__all__ = [
    "NETWORKS", "SEGMENTATION_NETWORKS", "build_network", "build_segmentation_network", "check_patch", "count_parameters",
    "is_sound_in_bfloat16", "possible_patch",
]
