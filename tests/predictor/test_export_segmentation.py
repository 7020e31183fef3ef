"""Every segmentation network of the table is exported as it was trained."""

import copy

import numpy as np
import pytest
import torch

from cauce.domain.errors import ConfigurationError, InputError, IntegrityError
from cauce.domain.experiment import Network
from cauce.domain.preprocess import VolumeRecipe
from cauce.predictor.export_segmentation import OUTPUT, export_segmentation, segmentation_parity
from cauce.predictor.networks import SEGMENTATION_NETWORKS, build_network, build_segmentation_network, check_patch
from cauce.predictor.networks.weights import segmentation_network_from, weights_of
from cauce.predictor.runtime import EngineKind, open_engine

SMALL = VolumeRecipe(patch=(16, 16, 24))


def network(kind: Network = Network.DYNUNET_TINY, seed: int = 0, channels: int = 1) -> torch.nn.Module:
    torch.manual_seed(seed)
    return build_segmentation_network(kind, channels=channels, classes=2, dropout=0.0)


def patches(n: int, channels: int = 1) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(n, channels, *SMALL.patch)).astype(np.float32)


@pytest.mark.parametrize("kind", [Network.DYNUNET_TINY, Network.UNET_SMALL, Network.SEGRESNET_SMALL])
def test_the_exported_model_is_the_network(kind: Network) -> None:
    members = [network(kind)]
    model = export_segmentation(members, SMALL, channels=1)
    assert segmentation_parity(members, model, patches(3)) <= 1e-5


def test_two_members_are_averaged_and_classes_sum_to_one_in_both_engines() -> None:
    members = [network(seed=seed, channels=2) for seed in (0, 1)]
    model = export_segmentation(members, SMALL, channels=2)
    single = [export_segmentation([member], SMALL, channels=2) for member in members]
    volume = patches(2, channels=2)
    kinds = (EngineKind.OPENVINO, EngineKind.ONNXRUNTIME)
    answers = {kind: open_engine(model, kind).infer_output(volume, OUTPUT) for kind in kinds}
    mean = np.mean([open_engine(one).infer_output(volume, OUTPUT) for one in single], axis=0)
    for answer in answers.values():
        assert answer.shape == (2, 3, *SMALL.patch)
        np.testing.assert_allclose(answer.sum(1), 1, atol=1e-5)
        np.testing.assert_allclose(answer, mean, atol=1e-5)


def test_the_same_weights_give_the_same_bytes_and_leave_the_network_alone() -> None:
    member = network().train()
    first = export_segmentation([member], SMALL, channels=1)
    assert member.training
    assert export_segmentation([member], SMALL, channels=1) == first


def test_weights_return_to_the_network_that_they_are_of() -> None:
    saved = weights_of(network())
    again = segmentation_network_from(Network.DYNUNET_TINY, saved, channels=1, classes=2)
    assert weights_of(again) == saved
    with pytest.raises(IntegrityError, match="dynunet_tiny"):
        segmentation_network_from(Network.DYNUNET_TINY, saved, channels=1, classes=3)


@pytest.mark.parametrize("kind", [Network.DYNUNET_TINY, Network.UNET_SMALL, Network.SEGRESNET_SMALL])
def test_no_weight_is_registered_twice_and_a_copy_shares_none(kind: Network) -> None:
    original = network(kind)
    copied = copy.deepcopy(original)
    places = [tensor.data_ptr() for module in (original, copied) for tensor in module.state_dict().values() if tensor.numel()]
    assert len(set(places)) == len(places)
    with torch.no_grad():
        for parameter in copied.parameters():
            parameter.zero_()
        assert copied(torch.randn(1, 1, *SMALL.patch)).abs().max() == 0


def test_no_network_is_refused() -> None:
    with pytest.raises(InputError):
        export_segmentation([], SMALL, channels=1)


def test_an_impossible_patch_is_refused_with_the_next_possible_one() -> None:
    check_patch(Network.DYNUNET_SMALL, (40, 56, 40))
    with pytest.raises(ConfigurationError, match=r"patch: \[40, 56, 16\]"):
        check_patch(Network.DYNUNET_SMALL, (40, 50, 8))


def test_a_network_is_not_built_for_a_task_that_is_not_its_own() -> None:
    with pytest.raises(ConfigurationError, match="does not segment"):
        network(Network.RESNET_TINY)
    with pytest.raises(ConfigurationError, match="does not classify"):
        build_network(Network.DYNUNET, dropout=0)


@pytest.mark.parametrize("kind", list(SEGMENTATION_NETWORKS))
def test_the_smallest_patch_of_the_table_can_be_trained_on(kind: Network) -> None:
    if kind in (Network.SWINUNETR_SMALL, Network.DYNUNET):
        pytest.skip("too large for a unit test")
    module = network(kind).train()
    edge = SEGMENTATION_NETWORKS[kind].smallest
    module(torch.randn(1, 1, edge, edge, edge)).mean().backward()
    assert all(torch.isfinite(each.grad).all() for each in module.parameters() if each.grad is not None)
