"""Files by the SHA-256 of their content."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from cauce.domain.errors import IntegrityError, NotFoundError
from cauce.domain.record import sha256_hex
from cauce.store.atomic import write_bytes


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@dataclass(frozen=True)
class BlobStore:
    """Write once, read checked."""

    root: Path

    def put_bytes(self, data: bytes) -> str:
        """Store `data` and return its digest; the same content is stored once."""
        digest = sha256_hex(data)
        if not self._path(digest).exists():
            write_bytes(self._path(digest), data)
        return digest

    def put_file(self, path: Path) -> str:
        """Move a file of the same file system into the store and return its digest."""
        digest = file_sha256(path)
        target = self._path(digest)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
        return digest

    def has(self, digest: str) -> bool:
        """Whether something is stored under `digest`; its content is not checked."""
        return self._path(digest).exists()

    def path(self, digest: str) -> Path:
        """Path of a stored file, its content checked against `digest`.

        Raises:
            NotFoundError: nothing is stored under `digest`.
            IntegrityError: the file was changed.
        """
        path = self._path(digest)
        if not path.exists():
            raise NotFoundError("no file with this digest", where=digest[:12], remedy="Run the stage that makes it.")
        found = file_sha256(path)
        if found != digest:
            raise IntegrityError(
                "a stored file was changed", where=path.name[:12], expected=digest[:12], got=found[:12],
                remedy="Restore it from a backup, or run the stage that makes it again.",
            )
        return path

    def read(self, digest: str) -> bytes:
        """Content of a stored file, checked."""
        return self.path(digest).read_bytes()

    def _path(self, digest: str) -> Path:
        return self.root / digest[:2] / digest
