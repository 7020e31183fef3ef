"""What a folder of de-identified files already holds, so that a run that was cut off continues and a finished one rests.

Source files stand here under a keyed digest of their path: the journal lies beside the files that are given away.
"""

import hashlib
import hmac
import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cauce.dataset.deidentify.cleaner import Change
from cauce.dataset.deidentify.key import subkey
from cauce.domain.errors import ConfigurationError, IntegrityError

_TABLE = """CREATE TABLE IF NOT EXISTS item (
    item TEXT PRIMARY KEY, stamp TEXT, status TEXT, output TEXT, sha256 TEXT, code TEXT, reason TEXT, changes TEXT)"""
_REMEDY = "Give an empty folder; one folder holds what one key, one set of options and one version of the procedure made."


@dataclass(frozen=True)
class Outcome:
    """What became of one source file.

    Attributes:
        item: keyed digest of the source path.
        stamp: keyed digest of the source's content.
        status: `passed`, `duplicate` or `quarantined`.
        output, sha256: file below the destination and its digest; empty unless passed or duplicate.
        code, reason: why it was quarantined.
    """

    item: str
    stamp: str
    status: str
    output: str
    sha256: str
    code: str
    reason: str
    changes: Counter[Change]


class Journal:
    """A SQLite file in the destination."""

    def __init__(self, path: Path, *, policy_digest: str) -> None:
        """Open, or make, the journal of a destination.

        Raises:
            ConfigurationError: the folder was made with another key, options or procedure.
        """
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._open() as database:
            database.execute("CREATE TABLE IF NOT EXISTS policy (digest TEXT)")
            database.execute(_TABLE)
            stated = database.execute("SELECT digest FROM policy").fetchone()
            if stated is None:
                database.execute("INSERT INTO policy VALUES (?)", (policy_digest,))
            elif stated[0] != policy_digest:
                raise ConfigurationError(
                    "the destination was made with another key, other options or another version", where=path.parent.name,
                    remedy=_REMEDY,
                )

    def outcomes(self) -> dict[str, Outcome]:
        """Every outcome by item."""
        with self._open() as database:
            rows = database.execute("SELECT * FROM item").fetchall()
        return {row[0]: Outcome(*row) for row in ((*row[:-1], _parsed(row[-1])) for row in rows)}

    def add(self, outcomes: Sequence[Outcome]) -> None:
        """Keep outcomes; they are on disk when this returns."""
        rows = [
            (o.item, o.stamp, o.status, o.output, o.sha256, o.code, o.reason, _text(o.changes)) for o in outcomes
        ]
        with self._open() as database:
            database.executemany("INSERT OR REPLACE INTO item VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path)) as database, database:
                yield database
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            raise IntegrityError(
                "the destination's journal is damaged", where=self._path.name, expected="a SQLite file",
                remedy="De-identify into an empty folder; the source is as it was.",
            ) from None


def _text(changes: Counter[Change]) -> str:
    return json.dumps([[*change, count] for change, count in sorted(changes.items())])


def _parsed(text: str) -> Counter[Change]:
    return Counter({(tag, keyword, action, why): count for tag, keyword, action, why, count in json.loads(text)})


def item_of(path: str, key: bytes) -> str:
    """Short keyed digest of a source path: names it to whoever holds the key, says nothing to others."""
    return hmac.new(subkey(key, "item"), path.encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()[:20]


def stamp_of(data: bytes, key: bytes) -> str:
    """Keyed digest of a source file's content."""
    return hmac.new(subkey(key, "stamp"), hashlib.sha256(data).digest(), hashlib.sha256).hexdigest()[:20]
