"""A fast walk over the header of an uncompressed, explicit-VR little-endian DICOM file; it stops where the pixels begin.

It reads what a slice of a series needs and nothing else, and it is strict: whatever is not plainly well formed gives None,
and pydicom then reads the file. It never decodes: values are the bytes of the file.
"""

import struct
from dataclasses import dataclass
from typing import NamedTuple

PIXEL_DATA = 0x7FE00010
EXPLICIT_LITTLE = b"1.2.840.10008.1.2.1"

TRANSFER_SYNTAX = 0x00020010
PREAMBLE = 128
UNDEFINED = 0xFFFFFFFF
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_MAXIMUM_DEPTH = 16

_ELEMENT = struct.Struct("<HH2sH")  # group, element, VR, length of a short VR
_LONG_LENGTH = struct.Struct("<I")
_ITEM_HEADER = struct.Struct("<HHI")

_SHORT_VRS = frozenset((
    b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FL", b"FD", b"IS", b"LO", b"LT", b"PN", b"SH", b"SL", b"SS", b"ST",
    b"TM", b"UI", b"UL", b"US",
))
LONG_VRS = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"))


@dataclass(frozen=True)
class WalkedHeader:
    """Where the pixels are, and the bytes of the wanted elements.

    Attributes:
        values: tag (group << 16 | element) → value as it stands in the file, with its padding; empty for a sequence of
            undefined length.
        pixel_offset: first byte of the value of PixelData (7FE0,0010) in the file.
        pixel_bytes: its length.
        steps: every element header, item and delimiter on the way, PixelData last.
    """

    values: dict[int, bytes]
    pixel_offset: int
    pixel_bytes: int
    steps: tuple["Step", ...]


class Step(NamedTuple):
    """One header on the way: where it starts, where its value does, and whether it stands outside all sequences."""

    start: int
    value: int
    is_top: bool


class ShortHeader(Exception):
    """The bytes end before the header does: give more of the file."""


def walk_header(head: bytes, wanted: frozenset[int]) -> WalkedHeader | None:
    """Walk over the elements from the preamble to PixelData.

    Args:
        head: the first bytes of a file.
        wanted: tags of top-level elements whose values are kept.

    Returns:
        None when the file is not uncompressed explicit-VR little endian, or is not plainly well formed.

    Raises:
        ShortHeader: PixelData does not begin within `head`.
    """
    if len(head) < PREAMBLE + 4:
        raise ShortHeader
    if head[PREAMBLE:PREAMBLE + 4] != b"DICM":
        return None
    values: dict[int, bytes] = {}
    steps: list[Step] = []
    position, last, size, syntax = PREAMBLE + 4, 0, len(head), b""
    while True:
        if position + 12 > size:
            raise ShortHeader
        group, element, vr, length = _ELEMENT.unpack_from(head, position)
        tag = group << 16 | element
        if tag <= last:
            return None  # elements stand in ascending order, each once (PS3.5 7.1)
        if group != 2 and syntax != EXPLICIT_LITTLE:
            return None
        last = tag
        start = position
        if vr in _SHORT_VRS:
            position += 8
        elif vr in LONG_VRS:
            length = _LONG_LENGTH.unpack_from(head, position + 8)[0]
            position += 12
        else:
            return None
        steps.append(Step(start, position, True))
        if tag >= PIXEL_DATA:
            is_native = tag == PIXEL_DATA and vr in (b"OW", b"OB") and length != UNDEFINED
            return WalkedHeader(values, position, length, tuple(steps)) if is_native else None
        if length == UNDEFINED:
            skipped = _skip_sequence(head, position, steps) if vr == b"SQ" else None
            if skipped is None:
                return None
            if tag in wanted:
                values[tag] = b""
            position = skipped
            continue
        if tag in wanted or tag == TRANSFER_SYNTAX:
            if position + length > size:
                raise ShortHeader
            if tag == TRANSFER_SYNTAX:
                syntax = head[position:position + length].rstrip(b"\0 ")
            else:
                values[tag] = head[position:position + length]
        position += length


def _skip_sequence(head: bytes, position: int, steps: list[Step]) -> int | None:
    """Position after a sequence of undefined length; None when it is not well formed.

    An item of known length is stepped over; one of unknown length is walked through, element by element.
    """
    opened = ["sequence"]
    size = len(head)
    while opened:
        if position + 12 > size:
            raise ShortHeader
        group, element, length = _ITEM_HEADER.unpack_from(head, position)
        tag, start, opens = group << 16 | element, position, ""
        position += 8
        if opened[-1] == "sequence":
            opens = "item" if tag == _ITEM else ""
            if tag not in (_ITEM, _SEQUENCE_END):
                return None
        elif tag != _ITEM_END:
            _, _, vr, length = _ELEMENT.unpack_from(head, start)
            opens = "sequence" if vr == b"SQ" else ""
            if vr in LONG_VRS:
                length = _LONG_LENGTH.unpack_from(head, position)[0]
                position += 4
            elif vr not in _SHORT_VRS:
                return None
        steps.append(Step(start, position, False))
        if tag in (_ITEM_END, _SEQUENCE_END):
            opened.pop()
        elif length != UNDEFINED:
            position += length
        elif opens:
            opened.append(opens)
        else:
            return None
        if len(opened) > _MAXIMUM_DEPTH:
            return None
    return position
