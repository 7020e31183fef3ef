"""Pillow: resize pictures and encode them as PNG."""

import io

import numpy as np
from numpy.typing import NDArray


def resize(pixels: NDArray[np.float32], shape: tuple[int, int]) -> NDArray[np.float32]:
    """Resize (rows, columns) to `shape`: windowed sinc over the source's area when shrinking, cubic when enlarging."""
    from PIL import Image

    if pixels.shape == shape:
        return pixels
    kernel = Image.Resampling.LANCZOS if shape[0] < pixels.shape[0] else Image.Resampling.BICUBIC
    source = Image.fromarray(np.ascontiguousarray(pixels, dtype=np.float32))
    return np.asarray(source.resize((shape[1], shape[0]), kernel))


def encode_png(array: NDArray[np.uint8]) -> bytes:
    """PNG of uint8 (rows, columns) grey or (rows, columns, 3) colour; the same bytes for the same array."""
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(array)).save(stream, "PNG", compress_level=4)
    return stream.getvalue()
