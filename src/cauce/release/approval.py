"""Approvals: who stands for a release. Those that come after the build lie beside it, each signed; nothing else changes."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cauce.domain.errors import InputError, IntegrityError, NotApprovedError
from cauce.domain.record import canonical_json
from cauce.domain.release import Approval, LaterApproval, Release
from cauce.release.contents import APPROVALS_NAME
from cauce.release.cryptography_adapter import SigningKey, check_signature
from cauce.store.atomic import write_bytes

_AGAIN = "Fetch the file again from the release's maker, or write [] into it and have the roles approve again."


def approve(folder: Path, release: Release, approval: Approval, key: SigningKey) -> None:
    """Add an approval to a verified release. A role approves once: what was said is not said anew.

    Raises:
        InputError: the release does not ask for this role, or the role has approved.
        IntegrityError: the key is not the one that signed the release, or an approval was changed.
    """
    if approval.role not in release.required_roles:
        raise InputError("the release does not ask for this role", where=release.name, got=approval.role,
                         expected=" or ".join(release.required_roles) or "no further approval",
                         remedy="Give one of its roles; `cauce release build --require-role` sets them.")
    if approval.role in {each.role for each in approvals_of(folder, release)}:
        raise InputError("this role has approved", where=approval.role, remedy="An approval is not changed; nothing is to do.")
    if key.public_hex() != release.public_key:
        raise IntegrityError("this workspace did not sign the release", where=release.name, expected=release.public_key[:16],
                             got=key.public_hex()[:16], remedy="Give the workspace that built it with --workspace.")
    later = LaterApproval(release=release.digest(), approval=approval)
    signed = {"approval": later.model_dump(mode="json"), "signature": key.sign(_bytes_of(later)).hex()}
    write_approvals(folder, [*_documents(folder), signed])


def write_approvals(folder: Path, documents: list[dict[str, Any]]) -> None:
    """Write the file of later approvals; a new release has an empty one, so that its package may count on it."""
    text = json.dumps(documents, indent=1, ensure_ascii=False)
    write_bytes(folder / APPROVALS_NAME, f"{text}\n".encode())


def approvals_of(folder: Path, release: Release) -> tuple[Approval, ...]:
    """The approval of the build and all later ones, their signatures checked.

    Raises:
        IntegrityError: one of them was changed, or belongs to another release.
    """
    return (release.approval, *(_checked(each, release) for each in _documents(folder)))


def check_approved(folder: Path, release: Release) -> None:
    """Return when every role that the release requires has approved it.

    Raises:
        NotApprovedError: one has not; the message names it.
        IntegrityError: an approval was changed.
    """
    missing = missing_roles(release, approvals_of(folder, release))
    if missing:
        raise NotApprovedError(
            "the release may not serve yet", where=f"{release.name} {release.version}",
            expected="approval by " + ", ".join(release.required_roles), got="none by " + ", ".join(missing),
            remedy=f"cauce release approve FOLDER --by NAME --role '{missing[0]}'",
        )


def missing_roles(release: Release, approvals: Iterable[Approval]) -> list[str]:
    """Roles that the release requires and that none of the approvals is given in."""
    given = {each.role for each in approvals}
    return [role for role in release.required_roles if role not in given]


def _documents(folder: Path) -> list[dict[str, Any]]:
    path = folder / APPROVALS_NAME
    if not path.is_file():  # releases made before approvals could follow
        return []
    try:
        documents = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        documents = None
    if not isinstance(documents, list) or not all(isinstance(each, dict) for each in documents):
        raise IntegrityError("the approvals cannot be read", where=APPROVALS_NAME, remedy=_AGAIN)
    return documents


def _checked(document: dict[str, Any], release: Release) -> Approval:
    try:
        later = LaterApproval.model_validate(document["approval"])
        signature = bytes.fromhex(document["signature"])
    except (ValidationError, ValueError, KeyError, TypeError):
        raise IntegrityError("an approval cannot be read", where=APPROVALS_NAME, remedy=_AGAIN) from None
    if later.release != release.digest():
        raise IntegrityError("an approval of another release", where=APPROVALS_NAME, expected=release.digest()[:12],
                             got=later.release[:12], remedy=_AGAIN)
    check_signature(release.public_key, signature, _bytes_of(later))
    return later.approval


def _bytes_of(later: LaterApproval) -> bytes:
    return canonical_json(later.model_dump(mode="json"))
