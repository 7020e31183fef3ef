import numpy as np
import pytest
import torch

from cauce.domain.experiment import Augmentation
from cauce.experiment.augmentation import PRESETS, augment


def batch(n: int = 16) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(0).normal(size=(n, 1, 32, 32)).astype(np.float32))


def drawn(preset: Augmentation, seed: int = 0, images: torch.Tensor | None = None) -> torch.Tensor:
    return augment(batch() if images is None else images, preset, torch.Generator().manual_seed(seed))


def test_every_preset_of_the_enum_is_in_the_table() -> None:
    assert set(PRESETS) == set(Augmentation)


def test_none_changes_nothing() -> None:
    assert torch.equal(drawn(Augmentation.NONE), batch())


@pytest.mark.parametrize("preset", [Augmentation.LIGHT, Augmentation.STRONG])
def test_the_seed_decides_the_change(preset: Augmentation) -> None:
    assert torch.equal(drawn(preset), drawn(preset))
    assert not torch.allclose(drawn(preset), drawn(preset, seed=1), atol=0.05)


@pytest.mark.parametrize("preset", [Augmentation.LIGHT, Augmentation.STRONG])
def test_left_stays_left(preset: Augmentation) -> None:
    images = torch.zeros(200, 1, 64, 64)
    images[:, :, 28:36, 8:16] = 1
    changed = drawn(preset, images=images)
    left = (changed[:, :, :, :32] - changed[:, :, :1, :1]).sum((1, 2, 3))
    right = (changed[:, :, :, 32:] - changed[:, :, :1, :1]).sum((1, 2, 3))
    assert (left > 5 * right.abs()).all()


def test_each_image_of_a_batch_is_changed_differently() -> None:
    changed = drawn(Augmentation.LIGHT, images=batch(1).expand(8, 1, 32, 32).contiguous())
    assert all(not torch.allclose(changed[0], other, atol=0.05) for other in changed[1:])
