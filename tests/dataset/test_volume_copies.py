"""A copy of a volume is found when it lacks slices, was cropped or noised; other volumes are not taken for copies."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from cauce.dataset.near_duplicates import near_duplicates
from cauce.dataset.nifti_picture import volume_thumbnail
from cauce.domain.reference import VolumeGeometry

COUNT = 12


def volume(seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=(30, 72, 72))
    return sum(gaussian_filter(noise, width) * width for width in (1.0, 2.0, 4.0)).astype(np.float32)


def thumbnail(voxels: np.ndarray, direction: tuple[float, ...] = (1, 0, 0, 0, 1, 0, 0, 0, 1)) -> np.ndarray:
    geometry = VolumeGeometry.model_validate({
        "shape": voxels.shape, "spacing_mm": (1, 1, 1), "origin_mm": (0, 0, 0), "direction": direction,
    })
    return volume_thumbnail(voxels, geometry)


@pytest.mark.parametrize(
    "change",
    [lambda v: v[1:], lambda v: v[:-2], lambda v: v[:, 2:-2, 1:-2], lambda v: 3 * v + 7,
     lambda v: v + np.random.default_rng(99).normal(0, 0.03 * v.std(), v.shape)],
    ids=["first slice missing", "last two slices missing", "cropped", "other contrast", "noised"],
)
def test_copies_are_found_and_nothing_else(change) -> None:
    volumes = [volume(seed) for seed in range(COUNT)]
    copies = [change(each) for each in volumes[:4]]
    found = near_duplicates(np.stack([thumbnail(np.ascontiguousarray(each, dtype=np.float32)) for each in (*volumes, *copies)]))
    assert [(pair.first, pair.second) for pair in found] == [(number, COUNT + number) for number in range(4)]


def test_a_copy_stored_in_another_orientation_looks_the_same() -> None:
    voxels = volume(0)
    turned = np.ascontiguousarray(voxels[::-1, :, ::-1])
    assert np.abs(thumbnail(voxels).astype(int) - thumbnail(turned, (-1, 0, 0, 0, 1, 0, 0, 0, -1))).max() <= 1
