"""Comments and application data inside compressed frames (JPEG, JPEG-LS, JPEG 2000): a place where names travel unseen."""

_JPEG_START, _JPEG_END = b"\xff\xd8", b"\xff\xd9"
_J2K_START, _J2K_TILE = b"\xff\x4f", 0x90
_J2K_COMMENT = 0x64
_APPLICATION, _COMMENT, _SCAN = range(0xE0, 0xF0), 0xFE, 0xDA
_KEPT_APPLICATION = {0xE0: b"JFIF\0", 0xEE: b"Adobe", 0xE8: b"mrfx"}  # they tell how colours are coded
_LARGEST_KEPT = 32
_WITHOUT_LENGTH = frozenset((0x01, *range(0xD0, 0xD8)))


class CodestreamError(ValueError):
    """The markers of a frame cannot be followed."""


def strip_frame(frame: bytes) -> bytes:
    """The frame without comments, application data and bytes after its end; what decoders need is untouched.

    Raises:
        CodestreamError: neither JPEG nor JPEG 2000, or damaged before its first scan or tile.
    """
    if frame.startswith(_JPEG_START):
        return _strip_jpeg(frame)
    if frame.startswith(_J2K_START):
        return _strip_jpeg2000(frame)
    raise CodestreamError("not a JPEG codestream")


def _strip_jpeg(frame: bytes) -> bytes:
    kept, at = [frame[:2]], 2
    while True:
        marker, end = _segment(frame, at)
        segment = frame[at:end]
        if marker == _SCAN:
            break
        if not _is_talk(marker, segment):
            kept.append(segment)
        at = end
    finish = frame.rfind(_JPEG_END)
    if finish < at:
        raise CodestreamError("no end of image")
    return b"".join(kept) + _strip_between_scans(frame[at:finish + 2])


def _strip_between_scans(data: bytes) -> bytes:
    """Entropy-coded data hold FF only before 00 (JPEG-LS: below 80) and restart markers; segments between scans are checked."""
    kept, start, at = [], 0, 0
    while (at := data.find(b"\xff", at)) >= 0 and at + 3 < len(data):
        marker = data[at + 1]
        if marker == _COMMENT or marker in _APPLICATION:
            _, end = _segment(data, at)
            kept.append(data[start:at])
            start = at = end
        else:
            at += 1 if marker == 0xFF else 2
    return b"".join(kept) + data[start:]


def _is_talk(marker: int, segment: bytes) -> bool:
    if marker == _COMMENT:
        return True
    if marker not in _APPLICATION:
        return False
    expected = _KEPT_APPLICATION.get(marker)
    return expected is None or not segment[4:].startswith(expected) or len(segment) > _LARGEST_KEPT


def _strip_jpeg2000(frame: bytes) -> bytes:
    kept, at = [frame[:2]], 2
    while True:
        marker, end = _segment(frame, at)
        if marker == _J2K_TILE:
            break
        if marker != _J2K_COMMENT:
            kept.append(frame[at:end])
        at = end
    finish = frame.rfind(_JPEG_END)  # the same two bytes end a JPEG 2000 codestream
    return b"".join(kept) + (frame[at:finish + 2] if finish >= at else frame[at:])


def _segment(frame: bytes, at: int) -> tuple[int, int]:
    """(marker, end of its segment) at position `at`."""
    while frame[at:at + 2] == b"\xff\xff":  # fill bytes
        at += 1
    if at + 4 > len(frame) or frame[at] != 0xFF:
        raise CodestreamError("no marker where one belongs")
    marker = frame[at + 1]
    if marker in _WITHOUT_LENGTH:
        return marker, at + 2
    end = at + 2 + int.from_bytes(frame[at + 2:at + 4], "big")
    if end > len(frame):
        raise CodestreamError("a segment is longer than the frame")
    return marker, end
