import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from cauce.phantom.frame import Grid
from cauce.phantom.texture import block_mean, enlarge, smooth_field, wide_blur


def test_enlarging_a_plane_gives_the_plane_back_inside():
    coarse = np.add.outer(np.arange(8), 2 * np.arange(10)).astype(np.float32)
    large = enlarge(coarse, 80, 100)
    assert large.shape == (80, 100)
    assert np.diff(large[40, 10:90]) == pytest.approx(0.2, abs=1e-4)


def test_block_means_keep_the_mean_of_an_image_whose_side_is_no_multiple():
    image = np.random.default_rng(0).random((60, 60)).astype(np.float32)
    assert block_mean(image, 4).mean() == pytest.approx(image.mean(), abs=1e-6)
    assert block_mean(image[:59, :50], 7).shape == (8, 7)


def test_the_fast_wide_blur_is_close_to_a_gaussian():
    image = np.zeros((128, 128), dtype=np.float32)
    image[40:90, 30:100] = 1
    assert np.abs(wide_blur(image, 12.0) - gaussian_filter(image, 12.0, mode="nearest")).max() < 0.04


@pytest.mark.parametrize("length_mm", [4.0, 30.0])
def test_a_smooth_field_has_unit_spread_and_is_smooth_at_its_length(length_mm):
    field = smooth_field(np.random.default_rng(1), Grid(256, 256, 1.0), length_mm)
    assert 0.6 < field.std() < 1.1
    step = max(1, int(length_mm / 8))
    assert np.abs(field[step:] - field[:-step]).mean() < 0.5
