import pytest
import torch

from cauce.domain.experiment import Network
from cauce.predictor.networks import NETWORKS, SEGMENTATION_NETWORKS, build_network, count_parameters


def test_every_network_of_the_enum_is_in_one_of_the_tables() -> None:
    assert sorted([*NETWORKS, *SEGMENTATION_NETWORKS]) == sorted(Network)


@pytest.mark.parametrize("network", list(NETWORKS))
def test_the_map_is_exact_its_mean_plus_the_bias_is_the_logit(network: Network) -> None:
    torch.manual_seed(0)
    module = build_network(network, dropout=0.5).eval()
    with torch.no_grad():
        logit, activation = module(torch.randn(2, 1, 96, 64))
    assert logit.shape == (2,)
    assert activation.shape[0] == 2
    assert torch.allclose(activation.mean((1, 2)) + module.head.bias, logit, atol=1e-5)


@pytest.mark.parametrize(("network", "most"), [(Network.RESNET_TINY, 0.1e6), (Network.RESNET_SMALL, 0.5e6)])
def test_small_networks_are_small(network: Network, most: float) -> None:
    assert 0.03e6 < count_parameters(build_network(network, dropout=0.0)) < most


def test_the_seed_decides_the_weights() -> None:
    def weights(seed: int) -> torch.Tensor:
        torch.manual_seed(seed)
        return torch.cat([p.detach().flatten() for p in build_network(Network.RESNET_TINY, dropout=0.0).parameters()])

    assert torch.equal(weights(1), weights(1))
    assert not torch.equal(weights(1), weights(2))
