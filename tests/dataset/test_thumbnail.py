import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cauce.dataset.thumbnail import pixel_sha256, shrink, shrink_padded


@settings(max_examples=40, deadline=None)
@given(st.integers(4, 200), st.integers(4, 200), st.integers(1, 64))
def test_shrinking_keeps_the_mean_and_equals_the_plain_area_average(rows: int, columns: int, size: int) -> None:
    pixels = np.random.default_rng(rows * 1000 + columns).random((rows, columns)).astype(np.float32)

    def weights(source: int) -> np.ndarray:
        edges = np.linspace(0, source, size + 1)
        pixel = np.arange(source)
        covered = np.minimum(edges[1:, None], pixel + 1) - np.maximum(edges[:-1, None], pixel)
        return np.clip(covered, 0, None) * size / source

    plain = weights(rows) @ pixels @ weights(columns).T * 255
    assert np.abs(shrink(pixels, size) - plain).max() <= 0.51


def test_padding_keeps_the_aspect_ratio() -> None:
    sheet = shrink_padded(np.ones((50, 100), dtype=np.float32), 40)
    assert (sheet[:10] == 0).all()
    assert (sheet[10:30] == 255).all()


def test_equal_pixels_have_one_digest_whatever_their_file_and_shape_counts() -> None:
    pixels = np.arange(64, dtype=np.float32).reshape(8, 8) / 255
    assert pixel_sha256(pixels) == pixel_sha256(pixels.copy(order="F"))
    assert pixel_sha256(pixels) != pixel_sha256(pixels.reshape(4, 16))
    assert pixel_sha256(pixels) != pixel_sha256(pixels + np.float32(1 / 255))
