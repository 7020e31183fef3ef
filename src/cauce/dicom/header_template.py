"""The slices of a series are written by one program: once one header is walked, the others are compared with it.

A header is a chain: the length in each element's header says where the next one stands. Where all headers of the chain are the
same bytes, the walk would take the same steps, so one comparison replaces a hundred of them. Elements whose lengths have been
seen to differ between slices (positions, numbers, UIDs) are read one by one, between the runs of those that have not.
"""

import struct
from dataclasses import dataclass

from cauce.dicom.header_walk import LONG_VRS, PIXEL_DATA, PREAMBLE, TRANSFER_SYNTAX, UNDEFINED, WalkedHeader, walk_header

_ITEM_GROUP = b"\xfe\xff"
_NEVER_VARYING = (TRANSFER_SYNTAX, PIXEL_DATA)
_SHORT, _LONG = struct.Struct("<H"), struct.Struct("<I")


@dataclass(frozen=True)
class _Run:
    """Elements of fixed lengths, then one of varying length (none after the last run).

    Attributes:
        headers: picks the element headers out of the run, which starts at the end of the one before.
        expected: what they must be.
        wanted: tag, start and end of the wanted values, counted from the start of the run.
        varying: tag (0 when its value is not wanted), and the header of the varying element without its length.
        length: how that length is written; it ends the header.
    """

    headers: struct.Struct
    expected: tuple[bytes, ...]
    wanted: tuple[tuple[int, int, int], ...]
    varying: tuple[int, bytes] | None
    length: struct.Struct


class HeaderTemplate:
    """Reads headers as `walk_header` does, faster after the first; one for each series."""

    def __init__(self, wanted: frozenset[int]) -> None:
        self._wanted = wanted
        self._varying: set[int] = set()
        self._runs: list[_Run] = []
        self._chain: list[bytes] = []
        self._last: WalkedHeader | None = None

    def read(self, head: bytes) -> WalkedHeader | None:
        """The same as `walk_header(head, wanted)`, except that `steps` may be another slice's.

        Raises:
            ShortHeader: as `walk_header`.
        """
        found = self._match(head) if self._runs else None
        if found is None:
            found = walk_header(head, self._wanted)
            if found is not None:
                self._learn(head, found)
        return found

    def _match(self, head: bytes) -> WalkedHeader | None:
        """None when the header is laid out in another way, or is cut."""
        values: dict[int, bytes] = {}
        position = 0
        try:
            for run in self._runs:
                if run.headers.unpack_from(head, position) != run.expected:
                    return None
                for tag, start, end in run.wanted:
                    values[tag] = head[position + start:position + end]
                position += run.headers.size
                if run.varying is None:
                    continue
                tag, opening = run.varying
                if not head.startswith(opening, position):
                    return None
                position += len(opening)
                length = run.length.unpack_from(head, position)[0]
                position += run.length.size
                if length == UNDEFINED or position + length > len(head):
                    return None
                if tag:
                    values[tag] = head[position:position + length]
                position += length
        except struct.error:
            return None
        last = self._last
        return None if last is None else WalkedHeader(values, position, last.pixel_bytes, last.steps)

    def _learn(self, head: bytes, walked: WalkedHeader) -> None:
        """Take this header as the template; note whose length differs from the one before."""
        chain = [head[step.start:step.value] for step in walked.steps]
        same_elements = len(chain) == len(self._chain) and all(
            _without_length(new) == _without_length(old) for new, old in zip(chain, self._chain, strict=True)
        )
        differing = {index for index, (new, old) in enumerate(zip(chain, self._chain, strict=False)) if new != old}
        self._varying = self._varying | differing if same_elements else set()
        self._chain, self._last = chain, walked
        self._runs = _compile(head, walked, self._varying, self._wanted)


def _without_length(header: bytes) -> bytes:
    return header[:-_length_of(header).size]


def _tag(header: bytes) -> int:
    return int.from_bytes(header[:2], "little") << 16 | int.from_bytes(header[2:4], "little")


def _length_of(header: bytes) -> struct.Struct:
    """Length fields: 4 bytes in items and long VRs, 2 in the others (PS3.5 7.1.2, 7.5)."""
    return _LONG if header[:2] == _ITEM_GROUP or header[4:6] in LONG_VRS else _SHORT


def _compile(head: bytes, walked: WalkedHeader, varying: set[int], wanted: frozenset[int]) -> list[_Run]:
    runs: list[_Run] = []
    begin = 0
    codes, expected = [f"{PREAMBLE}x4s"], [head[PREAMBLE:PREAMBLE + 4]]
    kept: list[tuple[int, int, int]] = []
    ends = [step.start for step in walked.steps[1:]] + [walked.pixel_offset]
    for index, ((start, value, is_top), end) in enumerate(zip(walked.steps, ends, strict=True)):
        header = head[start:value]
        tag = _tag(header)
        keep = is_top and tag in wanted
        if index in varying and tag not in _NEVER_VARYING:
            opening = (tag if keep else 0, _without_length(header))
            runs.append(_Run(struct.Struct("<" + "".join(codes)), tuple(expected), tuple(kept), opening, _length_of(header)))
            begin, codes, expected, kept = end, [], [], []
            continue
        checked = end if tag == TRANSFER_SYNTAX else value  # its value decides whether this walk applies at all
        codes.append(f"{checked - start}s{end - checked}x")
        expected.append(head[start:checked])
        if keep:
            kept.append((tag, value - begin, end - begin))
    runs.append(_Run(struct.Struct("<" + "".join(codes)), tuple(expected), tuple(kept), None, _SHORT))
    return runs
