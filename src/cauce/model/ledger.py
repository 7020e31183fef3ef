"""The ledger of test openings: how often a test partition has been looked at, by whom, why, and for which model.

One chained file for each opening, `ledger/<digest of the split>/0001.json`.
"""

from cauce.domain.errors import IntegrityError
from cauce.domain.model import TestOpening
from cauce.domain.record import Digest
from cauce.store.chain import Chain
from cauce.store.who import now, user
from cauce.store.workspace import Workspace

_REMEDY = "Restore the ledger folder from a backup; without it nobody knows how often this test set was used."


def openings(workspace: Workspace, split: Digest) -> list[TestOpening]:
    """All openings of the test partition of `split`, oldest first, the chain checked.

    Raises:
        IntegrityError: an entry was changed, taken out or added.
    """
    entries = _chain(workspace, split).entries()
    foreign = next((entry for entry in entries if entry.split != split), None)
    if foreign is not None:
        raise IntegrityError("the ledger of test openings is broken", where=f"opening {foreign.number}", expected=split[:12],
                             got=foreign.split[:12], remedy=_REMEDY)
    return entries


def open_test(workspace: Workspace, split: Digest, *, model: Digest, why: str, who: str | None = None) -> TestOpening:
    """Write one opening, before any image of the test partition is read; a failed evaluation counts too.

    Args:
        split, model: digests of the split and of the bundle.
        why: reason, printed in every later report.
        who: person; default: the user of this machine.
    """
    def make(number: int, previous: Digest) -> TestOpening:
        return TestOpening(
            number=number, at=now(), who=who or user(), why=why, split=split, model=model, previous=previous,
        )

    return _chain(workspace, split).append(make)


def _chain(workspace: Workspace, split: Digest) -> Chain[TestOpening]:
    folder = workspace.root / "ledger" / split
    return Chain(workspace, TestOpening, folder, key=split, what="the ledger of test openings", remedy=_REMEDY)
