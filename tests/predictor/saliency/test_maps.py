"""A small network learns to find bright spots; its maps must point at them, and those of random networks must not."""

import numpy as np
import pytest
import torch

from cauce.domain.experiment import Network
from cauce.domain.explanation import ExplanationMethod
from cauce.domain.preprocess import PreprocessRecipe
from cauce.metrics.saliency import rank_correlation
from cauce.predictor.networks import build_network
from cauce.predictor.networks.class_activation import ClassActivationNetwork
from cauce.predictor.networks.resnet import residual_features
from cauce.predictor.saliency import METHODS, explain, layers_from_the_head, randomised
from cauce.predictor.saliency.grad_cam import grad_cam
from cauce.predictor.saliency.integrated_gradients import integrated_gradients
from cauce.predictor.saliency.occlusion import occlusion

_SIDE, _REACH = 96, 20
_RECIPE = PreprocessRecipe(size=(_SIDE, _SIDE))


def _images(seed: int, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Noise; every second image has a bright spot of 8 px radius somewhere. Images, labels, (x, y) of the spots."""
    generator = np.random.default_rng(seed)
    images = generator.normal(0, 0.5, (n, _SIDE, _SIDE)).astype(np.float32)
    places = generator.uniform(16, _SIDE - 16, (n, 2))
    rows, columns = np.mgrid[:_SIDE, :_SIDE] + 0.5
    spots = np.exp(-((columns - places[:, 0, None, None]) ** 2 + (rows - places[:, 1, None, None]) ** 2) / 128)
    labels = np.arange(n) % 2
    return (images + 2.5 * labels[:, None, None] * spots).astype(np.float32), labels, places


@pytest.fixture(scope="module")
def trained() -> ClassActivationNetwork:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = ClassActivationNetwork(residual_features((16, 24), (1, 2)), 24, 0.0)  # its features see some 60 px
        images, labels, _ = _images(1, 256)
        data, wanted = torch.from_numpy(images)[:, None], torch.from_numpy(labels).float()
        optimiser = torch.optim.Adam(network.parameters(), lr=0.004)
        for step in range(96):
            some = torch.arange(32) + step % 8 * 32
            loss = torch.nn.functional.binary_cross_entropy_with_logits(network(data[some])[0], wanted[some])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return network.eval()


def _hits(network: ClassActivationNetwork, method: ExplanationMethod) -> float:
    images, labels, places = _images(2, 32)
    hits = []
    for image, place in zip(images[labels == 1], places[labels == 1], strict=True):
        found = explain([network], _RECIPE, image, method=method)
        row, column = np.unravel_index(int(found.argmax()), found.shape)
        hits.append(found.max() > 0 and abs(column - place[0]) <= _REACH and abs(row - place[1]) <= _REACH)
    return float(np.mean(hits))


@pytest.mark.parametrize("method", METHODS)
def test_maps_point_at_the_lesion(trained: ClassActivationNetwork, method: ExplanationMethod) -> None:
    assert _hits(trained, method) >= 0.7  # 0.17 by chance


@pytest.mark.parametrize("method", [ExplanationMethod.GRAD_CAM, ExplanationMethod.OCCLUSION])
def test_random_weights_lose_the_lesion(trained: ClassActivationNetwork, method: ExplanationMethod) -> None:
    """Not so the other two here: integrated gradients multiply by the pixel, and Grad-CAM++ leaves out what speaks against, so
    that a bright spot stands out whatever the weights."""
    random = [list(randomised(trained, seed=seed))[-1][1] for seed in range(3)]
    assert np.mean([_hits(network, method) for network in random]) <= 0.6


@pytest.mark.parametrize("method", [ExplanationMethod.GRAD_CAM, ExplanationMethod.OCCLUSION])
def test_random_weights_destroy_the_map(trained: ClassActivationNetwork, method: ExplanationMethod) -> None:
    images, labels, _ = _images(4, 12)
    alike = []
    for image in images[labels == 1]:
        whole = explain([trained], _RECIPE, image, method=method)
        *_, (_, random) = randomised(trained, seed=3)
        alike.append(rank_correlation(whole, explain([random], _RECIPE, image, method=method)))
    assert abs(np.mean(alike)) < 0.5


def test_the_cascade_goes_from_the_head_down_and_leaves_the_network_and_the_global_generator_alone(
    trained: ClassActivationNetwork,
) -> None:
    before = {name: tensor.clone() for name, tensor in trained.state_dict().items()}
    state, names, kept = torch.get_rng_state(), [], []
    for name, changed in randomised(trained, seed=1):
        names.append(name)
        kept.append(sum(torch.equal(tensor, before[key]) for key, tensor in changed.named_parameters()))
    assert names == list(layers_from_the_head(trained)) == ["head", *(f"features.{n}" for n in (2, 1, 0))]
    assert kept == sorted(kept, reverse=True)
    assert kept[-1] == 0
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(tensor, before[name]) for name, tensor in trained.state_dict().items())


@pytest.mark.parametrize("network", [Network.DENSENET121, Network.SQUEEZENET])
def test_every_network_has_layers_to_randomise(network: Network) -> None:
    names = layers_from_the_head(build_network(network, dropout=0.0))
    assert names[0] == "head"
    assert len(names) > 5


def test_grad_cam_is_the_positive_part_of_the_exact_activation_map(trained: ClassActivationNetwork) -> None:
    image = torch.from_numpy(_images(5, 2)[0][1])[None, None]
    with torch.no_grad():
        exact = trained(image)[1][0].clamp(min=0)
    wanted = torch.nn.functional.interpolate(exact[None, None] / exact.numel(), size=(_SIDE, _SIDE), mode="bilinear")[0, 0]
    assert torch.allclose(grad_cam(trained, image, 0), wanted, atol=1e-5)


def test_integrated_gradients_add_up_to_what_the_logit_gains(trained: ClassActivationNetwork) -> None:
    image = torch.from_numpy(_images(6, 2)[0][1])[None, None]
    with torch.no_grad():
        gain = float(trained(image)[0] - trained(torch.full_like(image, -2.0))[0])
    found = integrated_gradients(trained, image, 0, black=-2.0, steps=256)
    assert float(found.sum()) == pytest.approx(gain, rel=0.03)


def test_covering_what_is_already_even_changes_nothing(trained: ClassActivationNetwork) -> None:
    assert float(occlusion(trained, torch.full((1, 1, 50, 70), 0.3), 0, side=16).abs().max()) < 1e-5
