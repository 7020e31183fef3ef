"""The table of networks. Everything in this folder needs torch; a hospital installation never imports it."""

from cauce.predictor.networks.table import NETWORKS, build_network, count_parameters

__all__ = ["NETWORKS", "build_network", "count_parameters"]
