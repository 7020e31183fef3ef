import io

import numpy as np
import PIL.Image
import pytest

from cauce.domain.errors import TooLargeError, UnreadableImageError
from cauce.predictor.pillow_adapter import read_plain


def saved(image: PIL.Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def test_sixteen_bits_are_kept() -> None:
    pixels = (np.arange(64 * 64) * 16).astype(np.uint16).reshape(64, 64)
    for kind in ("PNG", "TIFF"):
        found, bits = read_plain(saved(PIL.Image.fromarray(pixels), kind))
        assert bits == 16
        assert np.allclose(found * 65535, pixels, atol=0.01)


def test_colour_and_transparency_become_luminance() -> None:
    red = np.zeros((16, 16, 4), dtype=np.uint8)
    red[..., 0], red[..., 3] = 255, 7
    found, bits = read_plain(saved(PIL.Image.fromarray(red), "PNG"))
    assert bits == 8
    assert np.allclose(found, 76 / 255)


def test_several_pages_are_refused() -> None:
    page = PIL.Image.fromarray(np.zeros((8, 8), dtype=np.uint8))
    with pytest.raises(UnreadableImageError, match="several pages"):
        read_plain(saved(page, "TIFF", save_all=True, append_images=[page]))


def test_floating_point_without_a_range_is_refused() -> None:
    with pytest.raises(UnreadableImageError, match="floating-point"):
        read_plain(saved(PIL.Image.fromarray(np.zeros((8, 8), dtype=np.float32)), "TIFF"))


def test_an_oversized_image_is_refused_before_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cauce.predictor.pillow_adapter.MAXIMUM_PIXELS", 100)
    with pytest.raises(TooLargeError):
        read_plain(saved(PIL.Image.fromarray(np.zeros((20, 20), dtype=np.uint8)), "PNG"))
