"""The spool: files of accepted studies, on disk before the sender is told so, until their result is stored."""

from dataclasses import dataclass
from pathlib import Path

from cauce.domain.errors import IntegrityError, NotFoundError
from cauce.domain.record import Digest, sha256_hex
from cauce.service.durable import remove_folder, write_folder_once
from cauce.service.intake import Part

_DRAFT = ".result.json"


@dataclass(frozen=True)
class Spool:
    """One folder per job key; its files are named by the SHA-256 of their content."""

    root: Path

    def put(self, key: Digest, parts: tuple[Part, ...]) -> None:
        """Keep the files of a submission; durable on return, and no second copy of the same submission."""
        write_folder_once(self.root / key, {part.sha256: part.data for part in parts})

    def parts(self, key: Digest) -> tuple[Part, ...]:
        """The files of a submission, checked.

        Raises:
            NotFoundError: nothing is spooled under `key`.
            IntegrityError: a file was changed on disk.
        """
        folder = self.root / key
        if not folder.is_dir():
            raise NotFoundError("no spooled study", where=key[:12], remedy="Send the study again.")
        parts = []
        for path in sorted(folder.iterdir()):
            if path.name.startswith("."):
                continue  # a draft result, or a file that a killed process was writing
            data = path.read_bytes()
            if sha256_hex(data) != path.name:
                raise IntegrityError("a spooled file was changed", where=key[:12], remedy="Send the study again.")
            parts.append(Part(data))
        return tuple(parts)

    def draft(self, key: Digest) -> Path:
        """Where a job keeps its result until it is published."""
        return self.root / key / _DRAFT

    def accepted_at(self, key: Digest) -> float:
        """When the submission was accepted, seconds since 1970."""
        return min(path.stat().st_mtime for path in (self.root / key).iterdir())

    def remove(self, key: Digest) -> None:
        """Forget a submission whose result is stored."""
        remove_folder(self.root / key)

    def keys(self) -> list[Digest]:
        """Submissions that wait, sorted."""
        if not self.root.is_dir():
            return []
        return sorted(path.name for path in self.root.iterdir() if not path.name.startswith("."))
