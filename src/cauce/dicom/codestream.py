"""What a compressed frame says of its own size, before a decoder believes it.

Decoders allocate what the codestream states, and some end the process when it disagrees with the DICOM header.
"""

import struct
from dataclasses import dataclass

_JPEG_START = b"\xff\xd8"
_JPEG_2000_START = b"\xff\x4f\xff\x51"
_JP2_BOX = b"\0\0\0\x0cjP"
# Frame headers of JPEG (ITU-T T.81 table B.1) and JPEG-LS (T.87); C4, C8 and CC are tables.
_FRAME_MARKERS = frozenset({*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC})
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_SCAN, _END = 0xDA, 0xD9
_SIZ = struct.Struct(">8IH")


@dataclass(frozen=True)
class FrameSize:
    """Size of one frame as its codestream states it.

    Attributes:
        precision: bits per sample.
        tiles: number of JPEG 2000 tiles; a decoder allocates a record for each.
    """

    rows: int
    columns: int
    samples: int
    precision: int
    tiles: int = 1


def frame_size(frame: bytes) -> FrameSize | None:
    """Size stated by a JPEG, JPEG-LS or JPEG 2000 codestream; None when no frame header is found."""
    if frame[:2] == _JPEG_START:
        return _jpeg(frame)
    start = 0 if frame[:4] == _JPEG_2000_START else -1
    if frame[:6] == _JP2_BOX:  # a JP2 file instead of a bare codestream: not allowed, and seen
        start = frame.find(_JPEG_2000_START)
    return _jpeg_2000(frame, start) if start >= 0 else None


def _jpeg(frame: bytes) -> FrameSize | None:
    position = 2
    while position + 4 <= len(frame):
        if frame[position] != 0xFF:
            return None
        marker = frame[position + 1]
        if marker == 0xFF:  # fill byte
            position += 1
            continue
        if marker in _ALONE:
            position += 2
            continue
        if marker in (_SCAN, _END):
            return None
        if marker in _FRAME_MARKERS:
            if position + 10 > len(frame):
                return None
            precision, rows, columns, samples = struct.unpack_from(">BHHB", frame, position + 4)
            return FrameSize(rows, columns, samples, precision)
        position += 2 + struct.unpack_from(">H", frame, position + 2)[0]
    return None


def _jpeg_2000(frame: bytes, start: int) -> FrameSize | None:
    """SIZ marker segment (ITU-T T.800 A.5.1): the image area is the grid's size less its offset."""
    if start + 43 > len(frame):
        return None
    right, bottom, left, top, tile_width, tile_height, tile_left, tile_top, samples = _SIZ.unpack_from(frame, start + 8)
    if not (tile_width and tile_height and tile_left <= left < right and tile_top <= top < bottom):
        return None
    tiles = -(-(right - tile_left) // tile_width) * -(-(bottom - tile_top) // tile_height)
    return FrameSize(bottom - top, right - left, samples, (frame[start + 42] & 0x7F) + 1, int(tiles))
