"""What compressed frames say of their own size."""

import io

import numpy as np
import pytest
from PIL import Image

from cauce.dicom.codestream import frame_size

PIXELS = (np.arange(30 * 41) % 251).astype(np.uint8).reshape(30, 41)


def _encoded(kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(PIXELS).save(stream, kind, **options)
    return stream.getvalue()


def _jpeg_ls() -> bytes:
    import jpeg_ls

    return bytes(jpeg_ls.encode_array(PIXELS.astype(np.uint16) * 16))


@pytest.mark.parametrize(("frame", "precision", "tiles"), [
    (_encoded("JPEG"), 8, 1), (_encoded("JPEG", progressive=True), 8, 1), (_jpeg_ls(), 12, 1),
    (_encoded("JPEG2000", no_jp2=True), 8, 1), (_encoded("JPEG2000"), 8, 1),
    (_encoded("JPEG2000", no_jp2=True, tile_size=(16, 16)), 8, 6),
], ids=["JPEG", "progressive JPEG", "JPEG-LS", "JPEG 2000", "JP2", "tiled JPEG 2000"])
def test_size_precision_and_tiles_are_the_encoders(frame, precision, tiles):
    size = frame_size(frame)
    assert (size.rows, size.columns, size.samples, size.precision, size.tiles) == (30, 41, 1, precision, tiles)


@pytest.mark.parametrize("frame", [_encoded("JPEG"), _encoded("JPEG2000", no_jp2=True), _jpeg_ls()])
def test_a_cut_or_foreign_frame_has_no_size(frame):
    assert frame_size(b"") is None
    assert frame_size(b"RIFF" + frame) is None
    assert {frame_size(frame[:size]) for size in range(12)} == {None}
