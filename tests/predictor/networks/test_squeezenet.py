from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_sample_image
from torch import nn

from cauce.domain.preprocess import PreprocessRecipe
from cauce.predictor.export import export_ensemble
from cauce.predictor.networks import build_network
from cauce.predictor.networks.squeezenet import for_grey_images, squeezenet_features

MEAN, DEVIATION = 0.5, 0.25
_BELL_COTE, _TEMPLES = 442, {442, 437, 497, 663, 832}  # ImageNet's bell cote, beacon, church, monastery, stupa


@pytest.fixture(scope="module")
def published(real_data: Path) -> dict[str, torch.Tensor]:
    with np.load(real_data / "squeezenet_imagenet" / "squeezenet_v1.0_imagenet.npz") as arrays:
        return {name.replace("/", "."): torch.from_numpy(np.array(arrays[name])) for name in arrays.files}


def _features(weights: dict[str, torch.Tensor], channels: int) -> nn.Module:
    features, _ = squeezenet_features()
    features.conv1 = nn.Conv2d(channels, 96, 7, stride=2)
    features.load_state_dict({name: tensor for name, tensor in weights.items() if not name.startswith("conv10")})
    return features


def _temple() -> np.ndarray:
    """(rows, columns) in 0..1."""
    picture = Image.fromarray(load_sample_image("china.jpg")).resize((227, 227))
    return np.asarray(picture.convert("L"), dtype=np.float32) / 255


def test_grey_weights_answer_as_the_published_ones_on_grey_repeated_and_32_times_smaller(
    published: dict[str, torch.Tensor]
) -> None:
    grey = _temple()
    levels = torch.from_numpy(np.stack([255 * grey - mean for mean in (104, 117, 123)]))[None]
    with torch.no_grad():
        expected = _features(published, 3)(levels)
        changed, said = for_grey_images(published, mean=MEAN, standard_deviation=DEVIATION)
        found = _features(changed, 1)(torch.from_numpy((grey - MEAN) / DEVIATION)[None, None])
    assert torch.allclose(found * 32, expected, atol=1e-3 * float(expected.max()))
    assert "summed" in said


def test_the_published_weights_see_the_temple_in_a_picture_of_one(published: dict[str, torch.Tensor]) -> None:
    changed, _ = for_grey_images(published, mean=MEAN, standard_deviation=DEVIATION)
    with torch.no_grad():
        features = _features(changed, 1)(torch.from_numpy((_temple() - MEAN) / DEVIATION)[None, None])
        logits = nn.functional.conv2d(features * 32, published["conv10.weight"], published["conv10.bias"]).relu().mean((2, 3))
    best = logits.softmax(1)[0].topk(5).indices.tolist()
    assert best[0] == _BELL_COTE
    assert len(_TEMPLES & set(best)) >= 3


def test_it_is_exported_within_the_limit_of_parity() -> None:
    torch.manual_seed(0)
    model = export_ensemble([build_network("squeezenet", dropout=0.1)], PreprocessRecipe(size=(96, 80)))  # type: ignore[arg-type]
    assert len(model) > 1_000_000
