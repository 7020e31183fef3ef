"""Seeded damage to DICOM files: what networks, disks, careless software and attackers do to them."""

import random
import struct
from collections.abc import Callable
from pathlib import Path

_START = 132  # preamble and magic: damage before it would only make most files "not DICOM"
_EDITS = (1, 1, 1, 2, 3, 4)
_MAXIMUM_BYTES = 8 << 20

# Elements whose values decide sizes, decoders and look-up tables: US (0028,xxxx) with two bytes of value.
_US_ELEMENTS = (0x0002, 0x0006, 0x0010, 0x0011, 0x0100, 0x0101, 0x0102, 0x0103, 0x0106, 0x0107, 0x0120, 0x1101)
_US_VALUES = (0, 1, 2, 3, 7, 8, 9, 12, 15, 16, 17, 24, 32, 33, 64, 128, 255, 256, 512, 1024, 4096, 32767, 32768, 65535)
_NUMBER_TEXTS = (
    b"0", b"-1", b"1e9", b"1e308", b"-1e308", b"nan", b"inf", b"1e-320", b"99999999", b"2147483648", b"", b"\\\\\\", b"x",
)
_LENGTHS = (0, 1, 2, 3, 7, 0xFF, 0xFFFE, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
_TEXT_ELEMENTS = (
    (0x0028, 0x0008), (0x0028, 0x1050), (0x0028, 0x1051), (0x0028, 0x1052), (0x0028, 0x1053), (0x0028, 0x0030),
    (0x0018, 0x1164), (0x0020, 0x0032), (0x0020, 0x0037), (0x0010, 0x1010), (0x0008, 0x0020), (0x0028, 0x0004),
    (0x0002, 0x0010), (0x0008, 0x0005),
)
_SYNTAXES = (
    b"1.2.840.10008.1.2", b"1.2.840.10008.1.2.1", b"1.2.840.10008.1.2.2", b"1.2.840.10008.1.2.1.99", b"1.2.840.10008.1.2.5",
    b"1.2.840.10008.1.2.4.50", b"1.2.840.10008.1.2.4.51", b"1.2.840.10008.1.2.4.57", b"1.2.840.10008.1.2.4.70",
    b"1.2.840.10008.1.2.4.80", b"1.2.840.10008.1.2.4.90", b"1.2.840.10008.1.2.4.91", b"1.2.840.10008.1.2.4.201", b"1.2.3",
)
_VRS = (b"US", b"SS", b"OB", b"OW", b"SQ", b"UN", b"DS", b"IS", b"PN", b"LO", b"AT", b"FD", b"OF", b"UT", b"ZZ")

Edit = Callable[[bytearray, random.Random, list[bytes]], None]


def mutate(originals: list[bytes], *, seed: int, case: int) -> bytes:
    """One damaged file: `case` chooses the original in turn, `seed` and `case` the one to four edits.

    Case numbers 0 to len(originals) - 1 give each original its first damage; the same numbers give the same bytes anywhere.
    """
    rng = random.Random(f"{seed}:{case}")
    data = bytearray(originals[case % len(originals)])
    for _ in range(rng.choice(_EDITS)):
        rng.choice(EDITS)(data, rng, originals)
    return bytes(data[:_MAXIMUM_BYTES])


def read_originals(folder: Path) -> tuple[list[str], list[bytes]]:
    """Names and contents of the files in a folder, sorted by name."""
    paths = sorted(path for path in folder.iterdir() if path.is_file())
    return [path.name for path in paths], [path.read_bytes() for path in paths]


def _at(data: bytearray, rng: random.Random) -> int:
    """A place in the file; two times out of three in the first 4 KB, where the header is."""
    end = min(len(data), _START + 4096) if rng.random() < 0.67 else len(data)
    return rng.randint(min(_START, end), end)


def _flip_bits(data: bytearray, rng: random.Random, _: list[bytes]) -> None:
    for _bit in range(rng.choice((1, 2, 8, 64))):
        place = _at(data, rng)
        if place < len(data):
            data[place] ^= 1 << rng.randrange(8)


def _overwrite(data: bytearray, rng: random.Random, _: list[bytes]) -> None:
    place, size = _at(data, rng), rng.choice((1, 2, 4, 8, 64, 1024))
    filler = rng.choice((b"\0" * size, b"\xff" * size, rng.randbytes(size)))
    data[place:place + size] = filler


def _truncate(data: bytearray, rng: random.Random, _: list[bytes]) -> None:
    del data[_at(data, rng):]


def _insert(data: bytearray, rng: random.Random, _: list[bytes]) -> None:
    place = _at(data, rng)
    data[place:place] = rng.randbytes(rng.choice((1, 2, 8, 100)))


def _remove(data: bytearray, rng: random.Random, _: list[bytes]) -> None:
    place = _at(data, rng)
    del data[place:place + rng.choice((1, 2, 4, 8, 100, 4096))]


def _repeat(data: bytearray, rng: random.Random, _: list[bytes]) -> None:
    place, size = _at(data, rng), rng.choice((8, 64, 512))
    data[place:place] = bytes(data[place:place + size]) * rng.choice((1, 4, 64))


def _splice(data: bytearray, rng: random.Random, originals: list[bytes]) -> None:
    """The head of this file before the tail of another."""
    other = rng.choice(originals)
    data[_at(data, rng):] = other[rng.randint(0, len(other)):]


def _change_short(data: bytearray, rng: random.Random, _: list[bytes]) -> None:
    """Rows, Columns, bits, samples, look-up tables: two-byte numbers that decide how much is allocated."""
    for _element in range(rng.randint(1, 3)):
        place = _find(data, 0x0028, rng.choice(_US_ELEMENTS))
        if place >= 0 and place + 10 <= len(data):
            order = rng.choice("<<<>")
            data[place + 8:place + 10] = struct.pack(order + "H", rng.choice(_US_VALUES))


def _change_text(data: bytearray, rng: random.Random, _: list[bytes]) -> None:
    """Windows, spacings, dates, character sets: the value is replaced and its length with it."""
    group, element = rng.choice(_TEXT_ELEMENTS)
    place = _find(data, group, element)
    if place < 0 or place + 8 > len(data):
        return
    explicit = data[place + 4:place + 6].isalpha()
    field = struct.Struct("<H" if explicit else "<I")
    start = place + 8 - field.size
    length = field.unpack_from(data, start)[0]
    likely = rng.choice(_SYNTAXES if group == 0x0002 else _NUMBER_TEXTS)
    value = likely if rng.random() < 0.7 else rng.randbytes(rng.choice((2, 16, 80)))
    value += b" " * (len(value) % 2)
    data[start:place + 8 + length] = field.pack(len(value)) + value


def _change_length(data: bytearray, rng: random.Random, _: list[bytes]) -> None:
    """The length field of an element whose header is found by its VR."""
    place = data.find(rng.choice(_VRS), _at(data, rng))
    if place < 0 or place + 8 > len(data):
        return
    length = rng.choice(_LENGTHS)
    data[place + 2:place + 4] = struct.pack("<H", length & 0xFFFF)
    if rng.random() < 0.5:
        data[place + 4:place + 8] = struct.pack("<I", length)


def _change_vr(data: bytearray, rng: random.Random, _: list[bytes]) -> None:
    place = data.find(rng.choice(_VRS), _at(data, rng))
    if place >= 0:
        data[place:place + 2] = rng.choice(_VRS)


def _nest(data: bytearray, rng: random.Random, _: list[bytes]) -> None:
    """A private sequence of undefined length, nested up to 3,000 levels."""
    level = b"\x09\x00\x10\x10SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    place = _find(data, 0x0010, 0x0010)
    data[max(place, 0):max(place, 0)] = level * rng.choice((1, 40, 70, 3000))


def _find(data: bytearray, group: int, element: int) -> int:
    little = data.find(struct.pack("<HH", group, element))
    return little if little >= 0 else data.find(struct.pack(">HH", group, element))


EDITS: tuple[Edit, ...] = (
    _flip_bits, _overwrite, _truncate, _insert, _remove, _repeat, _splice, _change_short, _change_short, _change_text,
    _change_length, _change_vr, _nest,
)
