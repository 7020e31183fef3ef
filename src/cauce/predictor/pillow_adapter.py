"""PNG, JPEG and TIFF bytes → grey pixels."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import TooLargeError, UnreadableImageError

MAXIMUM_PIXELS = 1 << 26
"""Larger images are refused before they are decoded."""

_MAGIC = ((b"\x89PNG\r\n\x1a\n", "PNG"), (b"\xff\xd8\xff", "JPEG"), (b"II*\x00", "TIFF"), (b"MM\x00*", "TIFF"))
_SIXTEEN_BIT = ("I;16", "I;16L", "I;16B", "I")


def plain_format(data: bytes) -> str | None:
    """"PNG", "JPEG" or "TIFF" by the first bytes, else None; also None for DICOM whose preamble holds a TIFF header."""
    if data[128:132] == b"DICM":
        return None
    return next((name for magic, name in _MAGIC if data.startswith(magic)), None)


def read_plain(data: bytes) -> tuple[NDArray[np.float32], int]:
    """Pixels as float32 (rows, columns), 0 to 1 of the format's range, and the bits of each sample.

    Sixteen bits are kept, colour becomes luminance (ITU-R BT.601), transparency is ignored.

    Raises:
        UnreadableImageError: damaged, of more than one page, or of an unsupported kind.
        TooLargeError: more than `MAXIMUM_PIXELS`.
    """
    with _opened(data) as image:
        return _grey(image)


def read_values(data: bytes, name: str) -> NDArray[np.int32]:
    """Whole numbers as they are stored (rows, columns): of one channel, of a palette its indices, of one bit 0 and 1.

    Raises:
        UnreadableImageError: damaged, of more than one page, in colour, or not of whole numbers.
        TooLargeError: more than `MAXIMUM_PIXELS`.
    """
    with _opened(data) as image:
        if image.mode not in ("1", "L", "P", *_SIXTEEN_BIT):
            raise UnreadableImageError("a mask needs one channel of whole numbers", where=name, got=image.mode,
                                       expected="8 or 16 bits, one bit, or a palette", remedy="Save it without colour.")
        return np.asarray(image).astype(np.int32)


@contextmanager
def _opened(data: bytes) -> Iterator[Any]:
    """Pillow's image of one page, its errors as ours."""
    import PIL.Image

    kind = plain_format(data)
    try:
        with PIL.Image.open(io.BytesIO(data), formats=[kind] if kind else None) as image:
            if image.width * image.height > MAXIMUM_PIXELS:
                raise _too_large(image.width, image.height)
            pages = getattr(image, "n_frames", 1)
            if pages != 1:
                raise UnreadableImageError("an image of several pages", expected="one page", got=str(pages),
                                           remedy="Save the page that is meant as a file of its own.")
            yield image
    except PIL.Image.DecompressionBombError:
        raise TooLargeError("the image is too large", expected=f"at most {MAXIMUM_PIXELS} pixels", got="more",
                            remedy="Reduce its matrix.") from None
    except (OSError, ValueError, SyntaxError, EOFError) as error:  # Pillow's ways to say that a file is damaged
        raise UnreadableImageError(f"the {kind or 'image'} cannot be decoded ({type(error).__name__})",
                                   remedy="Copy the file again from its source.") from None


def _grey(image) -> tuple[NDArray[np.float32], int]:  # type: ignore[no-untyped-def]  # Pillow is imported late
    if image.mode in _SIXTEEN_BIT:
        values = np.asarray(image).astype(np.float32)
        if values.size and (values.min() < 0 or values.max() > 65535):
            raise UnreadableImageError("pixel values outside 16 bits", remedy="Save the image with 8 or 16 bits.")
        return values / np.float32(65535), 16
    if image.mode == "F":
        raise UnreadableImageError("floating-point pixels without a known range", remedy="Save the image with 8 or 16 bits.")
    if image.mode == "1":
        return np.asarray(image.convert("L"), dtype=np.float32) / np.float32(255), 1
    grey = image if image.mode == "L" else image.convert("RGB").convert("L")
    return np.asarray(grey, dtype=np.float32) / np.float32(255), 8


def _too_large(width: int, height: int) -> TooLargeError:
    return TooLargeError("the image is too large", expected=f"at most {MAXIMUM_PIXELS} pixels", got=f"{width} × {height}",
                         remedy="Reduce its matrix.")
