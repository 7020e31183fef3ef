"""Which files a release consists of."""

from pathlib import Path

from cauce.domain.errors import IntegrityError
from cauce.domain.record import Digest
from cauce.store.blobs import file_sha256

RECORD_NAME = "release.json"
SIGNATURE_NAME = "release.sig"
APPROVALS_NAME = "approvals.json"
"""Approvals that came after the build, each with a signature of its own."""

# What git, Python and poetry put into the root of a repository that is worked in; no code that serves is read from there.
_BESIDE = frozenset({".git", ".venv", ".pytest_cache", "dist", "build", "wheels", "poetry.lock", "uv.lock"})
_NOT_SIGNED_HERE = (RECORD_NAME, SIGNATURE_NAME, APPROVALS_NAME)


def files_of(folder: Path) -> list[str]:
    """Paths of all files of a release with forward slashes, sorted, without the record, its signature and later approvals.

    Raises:
        IntegrityError: a symbolic link; it could lead anywhere.
    """
    found = []
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if relative.parts[0] in _BESIDE or "__pycache__" in relative.parts:
            continue
        if path.is_symlink():
            raise IntegrityError("a link in the release", where=relative.as_posix(), remedy="Fetch the release again.")
        if path.is_file() and relative.as_posix() not in _NOT_SIGNED_HERE:
            found.append(relative.as_posix())
    return found


def digests_of(folder: Path) -> dict[str, Digest]:
    """SHA-256 of every file of a release, by path."""
    return {name: file_sha256(folder / name) for name in files_of(folder)}
