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


def test_efficientnet_answers_as_monai_s_does_up_to_its_pooling() -> None:
    from monai.networks.nets.efficientnet import EfficientNetBN

    torch.manual_seed(0)
    ours = build_network(Network.EFFICIENTNET_B0, dropout=0.0).eval()
    torch.manual_seed(0)
    theirs = EfficientNetBN("efficientnet-b0", pretrained=False, spatial_dims=2, in_channels=1, num_classes=1).eval()
    image, kept = torch.randn(2, 1, 64, 96), []
    theirs.get_submodule("_avg_pooling").register_forward_hook(lambda _, given, __: kept.append(given[0]))
    with torch.no_grad():
        theirs(image)
        assert torch.allclose(ours.features(image), kept[0], atol=1e-6)


def test_resnet18_has_the_published_layers() -> None:
    module = build_network(Network.RESNET18, dropout=0.0)
    names = set(module.features.state_dict())
    assert {"conv1.weight", "bn1.running_var", "layer1.0.conv2.weight", "layer2.0.downsample.0.weight"} <= names
    published = 11_689_512  # of torchvision's, with three input channels and a thousand classes
    assert count_parameters(module) == published - 2 * 64 * 7 * 7 - 513 * 1000 + 513


@pytest.mark.parametrize("network", [Network.RESNET18, Network.EFFICIENTNET_B0])
def test_known_architectures_can_be_frozen_stage_by_stage(network: Network) -> None:
    from cauce.experiment.freeze import stages_of

    names = [stage.name for stage in stages_of(build_network(network, dropout=0.0))]
    assert len(names) >= 6
    assert names[-1] == "head"
