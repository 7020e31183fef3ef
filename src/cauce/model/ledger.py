"""The ledger of test openings: how often a test partition has been looked at, by whom, why, and for which model.

One file for each opening, `ledger/<digest of the split>/0001.json`, made exclusively, so that two writers cannot take one
number. Each entry carries the digest of the one before: an entry that is changed or taken out breaks the chain, and one
taken off the end is missed by the copies among the records.
"""

import getpass
import json
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from cauce.domain.errors import IntegrityError
from cauce.domain.model import TestOpening
from cauce.domain.record import Digest
from cauce.store.workspace import Workspace

FIRST = "0" * 64
_REMEDY = "Restore the ledger folder from a backup; without it nobody knows how often this test set was used."


def openings(workspace: Workspace, split: Digest) -> list[TestOpening]:
    """All openings of the test partition of `split`, oldest first, the chain checked.

    Raises:
        IntegrityError: an entry was changed, taken out or added.
    """
    entries: list[TestOpening] = []
    for number, path in enumerate(sorted(_folder(workspace, split).glob("*.json")), start=1):
        entry = _read(path)
        previous = entries[-1].digest() if entries else FIRST
        if (entry.number, entry.split, entry.previous) != (number, split, previous):
            raise IntegrityError(
                "the ledger of test openings is broken", where=f"opening {number}", expected=f"entry after {previous[:12]}",
                got=f"entry {entry.number} after {entry.previous[:12]}", remedy=_REMEDY,
            )
        entries.append(entry)
    known = workspace.records.history(TestOpening, split)
    if [entry.digest() for entry in entries][: len(known)] != known:
        raise IntegrityError(
            "the ledger of test openings was changed or cut", where="ledger", expected=f"{len(known)} known entries",
            got=f"{len(entries)} entries", remedy=_REMEDY,
        )
    return entries


def open_test(workspace: Workspace, split: Digest, *, model: Digest, why: str, who: str | None = None) -> TestOpening:
    """Write one opening, before any image of the test partition is read; a failed evaluation counts too.

    Args:
        split, model: digests of the split and of the bundle.
        why: reason, printed in every later report.
        who: person; default: the user of this machine.
    """
    while True:
        past = openings(workspace, split)
        entry = TestOpening(
            number=len(past) + 1, at=datetime.now(UTC).isoformat(timespec="seconds"), who=who or _user(), why=why, split=split,
            model=model, previous=past[-1].digest() if past else FIRST,
        )
        text = json.dumps(entry.model_dump(mode="json"), indent=1, ensure_ascii=False)
        folder = _folder(workspace, split)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with (folder / f"{entry.number:04d}.json").open("x", encoding="utf-8") as stream:
                stream.write(text)
        except FileExistsError:  # another evaluation opened it at this moment
            continue
        workspace.records.put(entry, name=split)
        return entry


def _folder(workspace: Workspace, split: Digest) -> Path:
    return workspace.root / "ledger" / split


def _read(path: Path) -> TestOpening:
    try:
        return TestOpening.model_validate_json(path.read_bytes())
    except ValidationError:
        raise IntegrityError("an entry of the ledger is not valid", where=path.name, remedy=_REMEDY) from None


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without a user name
        return "unknown"
