import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cauce.domain.experiment import Augmentation
from cauce.experiment.augmentation_volume import PRESETS, draw_patch
from cauce.experiment.patch_source import PatchSource

SPACING = (1.0, 1.0, 1.0)


def source(shape: tuple[int, int, int], spacing: tuple[float, float, float] = SPACING, channels: int = 2) -> PatchSource:
    rng = np.random.default_rng(0)
    mask = np.zeros(shape, dtype=np.uint8)
    mask[tuple(slice(n // 3, 2 * n // 3) for n in shape)] = 1
    return PatchSource(rng.normal(size=(channels, *shape)).astype(np.float16), mask, spacing)


def draw(
    where: PatchSource, seed: int, *, patch: tuple[int, int, int] = (8, 8, 8), around: tuple[int, int, int] | None = None,
    preset: Augmentation = Augmentation.STRONG,
) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return draw_patch(where, patch=patch, around=around, preset=preset, generator=generator)


def test_every_preset_is_in_the_table() -> None:
    assert set(PRESETS) == set(Augmentation)


def test_a_seed_decides_the_patch() -> None:
    where = source((12, 14, 16))
    assert torch.equal(draw(where, 3)[0], draw(where, 3)[0])
    assert not torch.equal(draw(where, 3)[0], draw(where, 4)[0])


def test_without_augmentation_image_and_classes_move_together() -> None:
    mask = (np.random.default_rng(1).random((20, 20, 20)) > 0.5).astype(np.uint8)
    where = PatchSource(np.repeat(mask[None], 9, axis=1).repeat(9, axis=2).repeat(9, axis=3).astype(np.float32), mask, SPACING)
    smooth = PatchSource(mask[None].astype(np.float32), mask, SPACING)
    image, classes = draw(smooth, 0, preset=Augmentation.NONE)
    near = (image[0] - classes).abs() < 0.5
    assert where.voxels.shape[1] == 180
    assert near.float().mean() > 0.9


@settings(max_examples=40, deadline=None)
@given(
    shape=st.tuples(*[st.integers(4, 30)] * 3), seed=st.integers(0, 10**6),
    spacing=st.tuples(*[st.sampled_from([0.5, 1.0, 6.0])] * 3),
)
def test_reading_only_what_the_patch_reaches_changes_nothing(
    shape: tuple[int, int, int], seed: int, spacing: tuple[float, float, float]
) -> None:
    where = source(shape, spacing)
    from cauce.experiment import augmentation_volume

    found = draw(where, seed)
    whole = pytest.MonkeyPatch()
    whole.setattr(augmentation_volume, "_reach", lambda *_: (np.zeros(3, dtype=np.intp), np.array(shape, dtype=np.intp)))
    expected = draw(where, seed)
    whole.undo()
    assert torch.allclose(found[0], expected[0], atol=1e-3)
    assert (found[1] != expected[1]).float().mean() < 0.02  # a class on the edge of two voxels may fall to either


def test_the_voxel_asked_for_is_in_the_patch() -> None:
    mask = np.zeros((40, 40, 40), dtype=np.uint8)
    mask[3, 35, 20] = 1
    where = PatchSource(np.zeros((1, 40, 40, 40), dtype=np.float16), mask, SPACING)
    held = [bool(draw(where, seed, around=(3, 35, 20), preset=Augmentation.NONE)[1].any()) for seed in range(30)]
    assert np.mean(held) > 0.9


def test_beyond_the_volume_lies_background() -> None:
    where = PatchSource(np.ones((1, 4, 4, 4), dtype=np.float16), np.ones((4, 4, 4), dtype=np.uint8), SPACING)
    image, classes = draw(where, 0, patch=(16, 16, 16), preset=Augmentation.NONE)
    assert classes.sum() <= 4**3 * 1.5
    assert image[0, 0, 0, 0] == 0


def test_a_turn_is_a_turn_in_millimetres() -> None:
    """A ball in millimetres stays one, however far apart its slices lie."""
    z, y, x = np.indices((8, 48, 48))
    ball = (((z - 3.5) * 6) ** 2 + (y - 23.5) ** 2 + (x - 23.5) ** 2 < 18**2).astype(np.uint8)
    where = PatchSource(ball[None].astype(np.float16), ball, (6.0, 1.0, 1.0))
    for seed in range(8):
        generator = torch.Generator().manual_seed(seed)
        classes = draw_patch(where, patch=(8, 48, 48), around=None, preset=Augmentation.LIGHT, generator=generator)[1].numpy()
        extent = [np.ptp(np.nonzero(classes)[axis]) + 1 for axis in range(3)]
        assert extent[0] * 6 == pytest.approx(36, abs=13)
        assert extent[1:] == pytest.approx([36, 36], abs=9)
