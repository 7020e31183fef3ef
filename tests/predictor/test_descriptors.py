import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, zoom

from cauce.domain.errors import InputError
from cauce.predictor.descriptors import describe


def anatomy(size: int = 256, seed: int = 0) -> np.ndarray:
    """A smooth structure between 0.2 and 0.8."""
    field = gaussian_filter(np.random.default_rng(seed).standard_normal((256, 256)), 12)
    field = (field - field.min()) / (field.max() - field.min()) * 0.6 + 0.2
    return zoom(field, size / 256, order=1).astype(np.float32)


def test_noise_is_measured_in_units_of_the_image() -> None:
    rng = np.random.default_rng(1)
    for sigma in (0.005, 0.02, 0.05):
        noisy = (anatomy() + rng.normal(0, sigma, (256, 256))).astype(np.float32)
        assert describe(noisy).noise == pytest.approx(sigma, rel=0.1)


def test_blurring_lowers_sharpness_and_little_else() -> None:
    rng = np.random.default_rng(1)
    sharp = np.clip(anatomy() + gaussian_filter(rng.normal(0, 0.4, (256, 256)), 1), 0, 1).astype(np.float32)
    before, after = describe(sharp), describe(gaussian_filter(sharp, 2))
    assert after.sharpness < 0.6 * before.sharpness
    assert after.mean == pytest.approx(before.mean, abs=0.01)


def test_descriptors_hardly_depend_on_the_matrix() -> None:
    small, large = describe(anatomy(256)), describe(anatomy(1024))
    for name in ("mean", "standard_deviation", "p01", "p25", "p50", "p75", "p99", "contrast", "sharpness"):
        assert getattr(large, name) == pytest.approx(getattr(small, name), rel=0.12), name


def test_a_brighter_image_has_higher_percentiles_and_a_black_frame_is_border() -> None:
    assert describe(anatomy() + np.float32(0.1)).p50 == pytest.approx(describe(anatomy()).p50 + 0.1, abs=1e-3)
    framed = anatomy()
    framed[:64] = 0
    assert describe(framed).border_fraction == pytest.approx(0.25, abs=0.01)
    assert describe(anatomy()).border_fraction == 0


@pytest.mark.parametrize("pixels", [np.zeros((4, 4)), np.zeros((3, 20, 20)), np.full((20, 20), np.nan)])
def test_what_is_no_image_is_refused(pixels: np.ndarray) -> None:
    with pytest.raises(InputError):
        describe(pixels.astype(np.float32))
