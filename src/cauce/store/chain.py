"""A log of records that nobody can change in silence: one file for each entry, each with the digest of the one before.

Files `0001.json`, `0002.json`, … are made exclusively, so that two writers cannot take one number. An entry that is changed or
taken out breaks the chain; one taken off the end is missed by the list of digests that the record store keeps.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import ValidationError

from cauce.domain.errors import IntegrityError
from cauce.domain.record import ChainedRecord, Digest
from cauce.store.workspace import Workspace

FIRST = "0" * 64

E = TypeVar("E", bound=ChainedRecord)


@dataclass(frozen=True)
class Chain(Generic[E]):
    """One log of a workspace.

    Attributes:
        kind: of its entries.
        folder: of its files.
        key: name of its list of digests in the record store.
        what: how messages call it, e.g. "the alias log".
        remedy: what to do when it is broken.
    """

    workspace: Workspace
    kind: type[E]
    folder: Path
    key: str
    what: str
    remedy: str

    def entries(self) -> list[E]:
        """All entries, oldest first, the chain checked.

        Raises:
            IntegrityError: an entry was changed, taken out or added.
        """
        found: list[E] = []
        for number, path in enumerate(sorted(self.folder.glob("*.json")), start=1):
            entry, previous = self._read(path), found[-1].digest() if found else FIRST
            if (entry.number, entry.previous) != (number, previous):
                raise IntegrityError(
                    f"{self.what} is broken", where=f"entry {number}", expected=f"entry after {previous[:12]}",
                    got=f"entry {entry.number} after {entry.previous[:12]}", remedy=self.remedy,
                )
            found.append(entry)
        known = self.workspace.records.history(self.kind, self.key)
        if [entry.digest() for entry in found][: len(known)] != known:
            raise IntegrityError(
                f"{self.what} was changed or cut", where=self.folder.name[:12], expected=f"{len(known)} known entries",
                got=f"{len(found)} entries", remedy=self.remedy,
            )
        return found

    def append(self, make: Callable[[int, Digest], E]) -> E:
        """Add the entry that `make(number, digest of the one before)` gives.

        Raises:
            IntegrityError: the chain is broken; nothing is added to it.
        """
        while True:
            past = self.entries()
            entry = make(len(past) + 1, past[-1].digest() if past else FIRST)
            text = json.dumps(entry.model_dump(mode="json"), indent=1, ensure_ascii=False)
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                with (self.folder / f"{entry.number:04d}.json").open("x", encoding="utf-8") as stream:
                    stream.write(text)
            except FileExistsError:  # another process added one at this moment
                continue
            self.workspace.records.put(entry, name=self.key)
            return entry

    def _read(self, path: Path) -> E:
        try:
            return self.kind.model_validate_json(path.read_bytes())
        except ValidationError:
            raise IntegrityError(f"an entry of {self.what} is not valid", where=path.name, remedy=self.remedy) from None
