"""Journal of an index: each file that was read is kept at once, so that an interrupted index continues where it stopped."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cauce.domain.errors import InputError
from cauce.domain.study import InstanceRow

if TYPE_CHECKING:
    from cauce.dataset.reading import FileRead

READER_VERSION = 4
"""Raised whenever reading a file gives other rows than before; older journals are then forgotten."""

_TABLE = """CREATE TABLE IF NOT EXISTS file (
    name TEXT PRIMARY KEY, size INTEGER, mtime_ns INTEGER, outcome TEXT, thumbnail BLOB)"""


class Journal:
    """A SQLite file. A file counts as known while its size and its time of change are what they were."""

    def __init__(
        self, path: Path, *, root: Path, key: bytes | None, together: Mapping[str, tuple[str, ...]] | None = None
    ) -> None:
        """Open the journal at `path`; one that was written for another root, key or reader version is emptied.

        Args:
            path, root, key: of the journal, of the files, and whatever else the outcome of a file depends on.
            together: files that are read as one, by the name of the first; it is known while none of them changes.

        Raises:
            InputError: it cannot be written, or is no journal; so from the other methods.
        """
        self._path, self._together = path, together or {}
        path.parent.mkdir(parents=True, exist_ok=True)
        origin = hashlib.sha256(f"{READER_VERSION}\n{root.absolute()}\n".encode() + (key or b"")).digest()[:4]
        version = int.from_bytes(origin, "big", signed=True)
        with self._open() as database:
            if database.execute("PRAGMA user_version").fetchone()[0] != version:
                database.execute("DROP TABLE IF EXISTS file")
                database.execute(f"PRAGMA user_version = {version}")
            database.execute(_TABLE)

    def known(self, root: Path, names: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Arguments of `FileRead` by file name, for the files that are known and unchanged."""
        wanted = set(names)
        with self._open() as database:
            rows = database.execute("SELECT name, size, mtime_ns, outcome, thumbnail FROM file").fetchall()
        return {
            name: _parsed(name, outcome, thumbnail)
            for name, size, mtime_ns, outcome, thumbnail in rows
            if name in wanted and self._stamp(root, name) == (size, mtime_ns)
        }

    def add(self, root: Path, results: Sequence["FileRead"]) -> None:
        """Keep results; they are on disk when this returns."""
        rows = [(result.name, *self._stamp(root, result.name), _outcome(result), result.thumbnail) for result in results]
        with self._open() as database:
            database.executemany("INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?)", rows)

    def _stamp(self, root: Path, name: str) -> tuple[int, int]:
        stamps = [_stamp(root / each) for each in self._together.get(name, (name,))]
        if len(stamps) == 1:
            return stamps[0]
        digest = hashlib.sha256(repr(stamps).encode()).digest()
        return sum(size for size, _ in stamps), int.from_bytes(digest[:8], "big", signed=True)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path)) as database, database:
                yield database
        except sqlite3.DatabaseError as error:
            raise InputError(
                f"the journal cannot be used: {error}", where=f"journal/{self._path.name}",
                remedy="See that it can be written; a damaged journal may be deleted, the files are then read again.",
            ) from None


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return -1, -1
    return status.st_size, status.st_mtime_ns


def _outcome(result: "FileRead") -> str:
    row = None if result.row is None else result.row.model_dump(mode="json")
    return json.dumps([row, result.patient_known, result.slices, result.code, result.reason])


def _parsed(name: str, outcome: str, thumbnail: bytes) -> dict[str, Any]:
    row, patient_known, slices, code, reason = json.loads(outcome)
    return {
        "name": name, "row": None if row is None else InstanceRow.model_validate(row), "patient_known": patient_known,
        "slices": slices, "thumbnail": thumbnail, "code": code, "reason": reason,
    }
