"""Tar archives as untrusted input: plain files inside the folder only, and no more of them than the archive can hold."""

import tarfile
from pathlib import Path, PurePosixPath

from cauce.domain.errors import ArchiveError
from cauce.domain.progress import Progress

_MOST_FILES = 500_000
_LARGEST_RATIO = 200  # unpacked to packed; gzip of images stays below 10


def unpack_tar(archive: Path, folder: Path, *, progress: Progress) -> int:
    """Unpack `archive`, plain or gzip, into `folder` and return the number of files.

    Raises:
        ArchiveError: damaged; a link, device or path that leads out; more files or bytes than a data set has.
    """
    limit, total, files = _LARGEST_RATIO * archive.stat().st_size, 0, 0
    try:
        with tarfile.open(archive, "r:*") as tar:
            for member in tar:
                reason = _refusal(member)
                total, files = total + member.size, files + 1
                if not reason and (total > limit or files > _MOST_FILES):
                    reason = "the archive holds far more than its size explains"
                if reason:
                    raise ArchiveError(reason, where=f"{archive.name}, entry {files}", remedy="Nothing of it is kept.")
                if member.isfile() and not PurePosixPath(member.name).name.startswith("._"):  # left behind by macOS
                    tar.extract(member, folder, set_attrs=False, filter="data")
                if files % 500 == 0:
                    progress(f"unpack {archive.name}", total // (1 << 20), max(total // (1 << 20), 1) + 1)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise ArchiveError(f"the archive is damaged ({type(error).__name__})", where=archive.name,
                           remedy="Delete it and run the command again.") from None
    return files


def _refusal(member: tarfile.TarInfo) -> str:
    path = PurePosixPath(member.name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        return "the path leads out of the folder"
    if not (member.isfile() or member.isdir()):
        return "a link or device instead of a file"
    return ""
