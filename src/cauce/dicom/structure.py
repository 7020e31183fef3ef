"""Does a DICOM file hold what its own lengths promise? Checked before parsing, without recursion.

pydicom reads a truncated file without an error and only warns; here it is found first, and so is nesting that would
exhaust the stack. Where the bytes are odd but not short, this check stays silent and leaves the judgement to the parser.
"""

import struct
import zlib
from dataclasses import dataclass

from cauce.domain.errors import TooLargeError, UnreadableImageError

MAXIMUM_DEPTH = 64
MAXIMUM_INFLATED_BYTES = 1 << 29

_PREAMBLE = 128
_UNDEFINED = 0xFFFFFFFF
_LONG_VRS = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"))
_ITEM, _ITEM_END, _SEQUENCE_END = (0xFFFE, 0xE000), (0xFFFE, 0xE00D), (0xFFFE, 0xE0DD)
_IMPLICIT, _BIG_ENDIAN = "1.2.840.10008.1.2", "1.2.840.10008.1.2.2"
_DEFLATED = "1.2.840.10008.1.2.1.99"


@dataclass
class _Open:
    """A sequence or item whose end has not been seen."""

    is_item: bool
    implicit: bool
    fragments: bool = False


def has_dicom_start(data: bytes) -> bool:
    """True for `DICM` after a preamble, and for a data set without one that begins with group 0002 or 0008."""
    if data[_PREAMBLE:_PREAMBLE + 4] == b"DICM":
        return True
    if len(data) < 8:
        return False
    group, element = struct.unpack("<HH", data[:4])
    if group in (0x0002, 0x0008) and element < 0x2000:
        return (data[4:6].isalpha() and data[4:6].isupper()) or int.from_bytes(data[4:8], "little") < len(data)
    group, element = struct.unpack(">HH", data[:4])
    return group == 0x0008 and element < 0x2000 and data[4:6].isalpha() and data[4:6].isupper()


def check_structure(data: bytes) -> None:
    """Walk over the elements by their lengths.

    Raises:
        UnreadableImageError: the file ends before the last element does, or sequences nest too deeply.
        TooLargeError: a deflated data set grows past `MAXIMUM_INFLATED_BYTES`.
    """
    start = _PREAMBLE + 4 if data[_PREAMBLE:_PREAMBLE + 4] == b"DICM" else 0
    start, syntax = _walk_file_meta(data, start)
    if syntax == _DEFLATED:
        data, start = _inflate(data[start:]), 0
    if len(data) - start < 8:
        if len(data) > start or syntax:
            return
        raise _truncated(start)
    order = ">" if syntax == _BIG_ENDIAN or (not syntax and struct.unpack("<H", data[start:start + 2])[0] >= 0x0400) else "<"
    looks_explicit = data[start + 4:start + 6].isalpha() and data[start + 4:start + 6].isupper()
    _walk(data, start, order, implicit=not looks_explicit)


def _walk_file_meta(data: bytes, position: int) -> tuple[int, str]:
    """Where the data set starts, and TransferSyntaxUID (0002,0010); file meta is always explicit little endian."""
    syntax = ""
    while position + 8 <= len(data) and data[position:position + 2] == b"\x02\x00":
        element = struct.unpack("<H", data[position + 2:position + 4])[0]
        length, value = _length(data, position, "<", implicit=False)
        if value + length > len(data):
            raise _truncated(len(data))
        if element == 0x0010:
            syntax = data[value:value + length].rstrip(b"\0 ").decode("ascii", "replace")
        position = value + length
    return position, syntax


def _inflate(data: bytes) -> bytes:
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        inflated = stream.decompress(data, MAXIMUM_INFLATED_BYTES)
    except zlib.error:
        raise UnreadableImageError(
            "the deflated data set cannot be inflated", where="data set", remedy="Send the file again from its source.",
        ) from None
    if stream.unconsumed_tail:
        raise TooLargeError(
            "the deflated data set is too large", where="data set", expected=f"at most {MAXIMUM_INFLATED_BYTES} bytes",
            got="more", remedy="Send it uncompressed if it is genuine.",
        )
    if not stream.eof:
        raise _truncated(len(data))
    return inflated


def _length(data: bytes, position: int, order: str, *, implicit: bool) -> tuple[int, int]:
    """(value length, position of the value) of the element at `position`; past the end when its header is cut."""
    if implicit or data[position + 4:position + 6] not in _LONG_VRS:
        code, offset, size = ("I", 4, 4) if implicit else ("H", 6, 2)
    else:
        code, offset, size = "I", 8, 4
    end = position + offset + size
    if end > len(data):
        return 0, end
    return struct.unpack(order + code, data[position + offset:end])[0], end


def _walk(data: bytes, position: int, order: str, *, implicit: bool) -> None:
    opened: list[_Open] = []
    while position + 8 <= len(data):
        tag = struct.unpack(order + "HH", data[position:position + 4])
        if tag[0] == 0xFFFE:
            length = struct.unpack(order + "I", data[position + 4:position + 8])[0]
            position += 8
            if tag == _ITEM:
                position = _enter_item(opened, position, length, implicit)
            elif tag in (_ITEM_END, _SEQUENCE_END) and opened:
                opened.pop()
        else:
            inside = opened[-1].implicit if opened else implicit
            vr = data[position + 4:position + 6]
            if not inside and not (vr.isalpha() and vr.isupper()):
                return  # not ours to judge
            length, position = _length(data, position, order, implicit=inside)
            if length == _UNDEFINED:
                opened.append(_Open(is_item=False, implicit=inside or vr == b"UN", fragments=tag == (0x7FE0, 0x0010)))
            else:
                position += length
        if len(opened) > MAXIMUM_DEPTH:
            raise UnreadableImageError(
                "sequences are nested too deeply", where="data set", expected=f"at most {MAXIMUM_DEPTH} levels", got="more",
                remedy="No genuine file is built like this; it is refused.",
            )
    if opened or position > len(data):
        raise _truncated(len(data))


def _enter_item(opened: list[_Open], position: int, length: int, implicit: bool) -> int:
    """Skip an item of known length; go into one of unknown length."""
    if length != _UNDEFINED:
        return position + length
    inside = opened[-1].implicit if opened else implicit
    opened.append(_Open(is_item=True, implicit=inside))
    return position


def _truncated(size: int) -> UnreadableImageError:
    return UnreadableImageError(
        "the DICOM file is truncated", where=f"after {size} bytes", expected="the length that its last element states",
        got="end of file", remedy="Send the file again from its source.",
    )
