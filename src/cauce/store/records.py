"""Records by digest, and names that point to the newest of them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from cauce.domain.errors import IntegrityError, NotFoundError
from cauce.domain.record import Record
from cauce.store.atomic import write_bytes

R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class RecordStore:
    """JSON files `KIND/DIGEST.json`, and `KIND/by-name/NAME.json` with the history of digests of a name.

    KIND is the record's class in lower case. A record is immutable; putting it twice changes nothing.
    """

    root: Path

    def put(self, record: Record, name: str | None = None) -> str:
        """Store `record`, point `name` to it, and return its digest."""
        digest = record.digest()
        path = self._path(type(record), digest)
        if not path.exists():
            text = json.dumps(record.model_dump(mode="json"), indent=1, ensure_ascii=False, allow_nan=False)
            write_bytes(path, text.encode("utf-8"))
        if name is not None:
            history = self.history(type(record), name)
            if not history or history[-1] != digest:
                write_bytes(self._by_name(type(record), name), json.dumps([*history, digest]).encode())
        return digest

    def get(self, kind: type[R], digest: str) -> R:
        """The record with this digest.

        Raises:
            NotFoundError: there is none.
            IntegrityError: the file was changed since it was written.
        """
        path = self._path(kind, digest)
        if not path.exists():
            raise NotFoundError(
                f"no {kind.__name__} with digest {digest[:12]}", where=self.root.parent.name,
                remedy="Check --workspace, or run the stage that makes it.",
            )
        try:
            record = kind.model_validate_json(path.read_bytes())
            found = record.digest()
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            found = f"a record that is not valid: {place} {first['msg']}".replace(": ", " ")
        if found != digest:
            raise IntegrityError(
                f"the {kind.__name__} file was changed after it was sealed", where=f"records/{path.relative_to(self.root)}",
                expected=digest[:12], got=found[:120] if " " in found else found[:12],
                remedy="Restore the file from a backup, or make the record again.",
            )
        return record

    def latest(self, kind: type[R], name: str) -> R:
        """The record that `name` points to.

        Raises:
            NotFoundError: no record of this kind has the name; the message lists the names there are.
        """
        history = self.history(kind, name)
        if not history:
            known = ", ".join(self.names(kind)) or "none yet"
            raise NotFoundError(
                f"no {kind.__name__} named '{name}'", where=self.root.parent.name, remedy=f"Known names: {known}."
            )
        return self.get(kind, history[-1])

    def history(self, kind: type[Record], name: str) -> list[str]:
        """Digests that `name` has pointed to, oldest first; empty for an unknown name.

        Raises:
            IntegrityError: the list is damaged.
        """
        path = self._by_name(kind, name)
        if not path.exists():
            return []
        try:
            found = json.loads(path.read_bytes())
        except ValueError:
            found = None
        if not isinstance(found, list) or not all(isinstance(digest, str) for digest in found):
            raise IntegrityError(
                "the list of a name's records is damaged", where=f"records/{path.relative_to(self.root)}",
                expected="a JSON list of digests",
                remedy="Restore the file from a backup, or delete it and run its stage again.",
            )
        return found

    def names(self, kind: type[Record]) -> list[str]:
        """All names of records of this kind, sorted."""
        folder = self.root / kind.__name__.lower() / "by-name"
        return sorted(path.stem for path in folder.glob("*.json"))

    def path(self, kind: type[Record], digest: str) -> Path:
        """Where a record stands on disk."""
        return self._path(kind, digest)

    def _path(self, kind: type[Record], digest: str) -> Path:
        return self.root / kind.__name__.lower() / f"{digest}.json"

    def _by_name(self, kind: type[Record], name: str) -> Path:
        return self.root / kind.__name__.lower() / "by-name" / f"{name}.json"
