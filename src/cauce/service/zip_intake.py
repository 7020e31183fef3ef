"""Zip archives as untrusted input: everything is checked before a byte is unpacked, and nothing is written to disk."""

import io
import stat
import zipfile
import zlib
from dataclasses import dataclass

from cauce.domain.errors import ArchiveError, TooLargeError

_CENTRAL_HEADER = b"PK\x01\x02"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_ARCHIVE_SUFFIXES = (".zip", ".gz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".tgz", ".zst")
# RuntimeError: zipfile's word for an entry that needs a password; the others come from headers that lie.
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError, RuntimeError, ValueError)
_RATIO_FROM_BYTES = 1 << 20  # a small file of one repeated value packs well and harms nobody


@dataclass(frozen=True)
class ZipLimits:
    """How much one archive may hold.

    Attributes:
        files: entries, folders included.
        total_bytes: all entries unpacked.
        ratio: unpacked to packed size of an entry over 1 MB; deflate cannot pass 1032.
    """

    files: int = 2000
    total_bytes: int = 1 << 30
    ratio: int = 200


def is_zip(data: bytes) -> bool:
    """Whether `data` begins like a zip archive, an empty one included."""
    return data[:4] in (b"PK\x03\x04", b"PK\x05\x06")


def unpack(data: bytes, limits: ZipLimits) -> list[tuple[str, bytes]]:
    """(name, content) of the files of an archive, by name; folders, DICOMDIR and system files are left out.

    Raises:
        TooLargeError: too many entries, or too much when unpacked.
        ArchiveError: damaged, encrypted, links, paths that lead out of the archive, archives in the archive, nothing in it.
    """
    # Every entry that the parser could see begins with this signature: counting it costs no memory, parsing does.
    if data.count(_CENTRAL_HEADER) > limits.files:
        raise TooLargeError(
            "too many files in the archive", expected=f"at most {limits.files}", remedy="Send one study per archive."
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check(entries, limits)
            files = [(entry.filename, _read(archive, entry)) for entry in sorted(entries, key=_name) if _is_wanted(entry)]
    except _DAMAGE as error:
        raise ArchiveError(
            f"the archive is damaged ({type(error).__name__})", remedy="Make the archive again and send it whole."
        ) from None
    if not files:
        raise ArchiveError("no file in the archive", remedy="Put the study's DICOM files into it.")
    return files


def _name(entry: zipfile.ZipInfo) -> str:
    return entry.filename


def _check(entries: list[zipfile.ZipInfo], limits: ZipLimits) -> None:
    total = sum(entry.file_size for entry in entries)
    if total > limits.total_bytes:
        raise TooLargeError(
            "the archive holds too much", expected=f"at most {limits.total_bytes >> 20} MB unpacked",
            got=f"{total >> 20} MB", remedy="Send one study per archive.",
        )
    if len({entry.filename.casefold() for entry in entries}) != len(entries):
        raise ArchiveError("two files of the archive have the same name", remedy="Give each file its own name.")
    for number, entry in enumerate(entries, start=1):
        reason = _refusal(entry, limits)
        if reason:
            # The entry's name stays out of the message: file names often hold patients' names.
            raise ArchiveError(reason, where=f"entry {number} of the archive", remedy="Send an archive of plain DICOM files.")


def _refusal(entry: zipfile.ZipInfo, limits: ZipLimits) -> str:
    """Why an entry is not accepted; empty for a good one."""
    parts = entry.orig_filename.replace("\\", "/").split("/")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if "\0" in entry.orig_filename or ".." in parts or parts[0] == "" or ":" in parts[0]:
        return "the path leads out of the archive"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "a link or device instead of a file"
    if entry.flag_bits & _ENCRYPTED:
        return "the file is encrypted"
    if entry.compress_type not in _METHODS:
        return "an unusual compression method"
    if parts[-1].lower().endswith(_ARCHIVE_SUFFIXES):
        return "an archive inside the archive"
    if entry.file_size > _RATIO_FROM_BYTES and entry.file_size > limits.ratio * max(entry.compress_size, 1):
        return f"unpacks to more than {limits.ratio} times its size"
    return ""


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with archive.open(entry) as stream:
        data = stream.read(entry.file_size + 1)
    if len(data) != entry.file_size:
        raise zipfile.BadZipFile("size differs from the directory of the archive")
    if is_zip(data):
        raise ArchiveError("an archive inside the archive", remedy="Send an archive of plain DICOM files.")
    return data


def _is_wanted(entry: zipfile.ZipInfo) -> bool:
    """A file that could be an image: not a folder, not DICOMDIR, not what a file manager left behind."""
    parts = entry.filename.split("/")
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in parts)
    return not (entry.is_dir() or hidden or parts[-1].upper() in ("DICOMDIR", "THUMBS.DB"))
