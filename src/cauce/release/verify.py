"""Verify a release: signature first, then digests, then the golden cases. Nothing is parsed before it is known to be whole."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from cauce.domain.errors import IntegrityError, NotFoundError
from cauce.domain.release import Approval, Release
from cauce.release.approval import approvals_of, check_approved
from cauce.release.build import signed_bytes
from cauce.release.contents import RECORD_NAME, SIGNATURE_NAME, files_of
from cauce.release.cryptography_adapter import check_signature
from cauce.store.blobs import file_sha256

_AGAIN = "The release was changed; fetch it again from its maker."


@dataclass(frozen=True)
class Verification:
    """What was found.

    Attributes:
        signer_is_known: the signature is by a key that the caller gave.
        golden_difference: largest absolute difference in probability to the golden cases.
        approvals: all that were given; whether they suffice to serve is not asked here.
    """

    release: Release
    approvals: tuple[Approval, ...]
    signer_is_known: bool
    files: int
    golden_difference: float
    engine: str


def open_release(folder: Path, *, trusted: frozenset[str] = frozenset()) -> Release:
    """What is checked each time a release is served: signature, bundle, and that every role it requires has approved.

    Args:
        folder: repository of the release, or the package it installs.
        trusted: public keys (hexadecimal); when given, the signature must be by one of them.

    Raises:
        NotFoundError: no release there.
        IntegrityError: signature, bundle or an approval do not match.
        NotApprovedError: a role has not approved yet.
    """
    from cauce.predictor.bundle import open_bundle

    release = _signed_record(folder, trusted)
    open_bundle(folder / "bundle", expected=release.model.bundle)
    check_approved(folder, release)
    return release


def verify_release(folder: Path, *, trusted: frozenset[str] = frozenset(), served_only: bool = False) -> Verification:
    """Check signature, the digest of every file, and that this machine gives the golden cases' probabilities.

    Args:
        folder, trusted: as `open_release`.
        served_only: leave out README, tests and the like, which an installed package does not have.

    Raises:
        NotFoundError, IntegrityError: as `open_release`; also a file that is missing, added or changed, and golden cases
            that come out differently.
    """
    from cauce.predictor.bundle import FILES, open_bundle
    from cauce.predictor.predictor import verify_golden
    from cauce.predictor.runtime import open_engine

    release = _signed_record(folder, trusted)
    if not served_only:
        _check_files(folder, release)
    bundle = open_bundle(folder / "bundle", expected=release.model.bundle)
    engine = open_engine(bundle.model)
    return Verification(
        release=release, approvals=approvals_of(folder, release), signer_is_known=release.public_key in trusted,
        files=len(FILES) + 1 if served_only else len(release.files),
        golden_difference=verify_golden(bundle, engine), engine=engine.description,
    )


def _signed_record(folder: Path, trusted: frozenset[str]) -> Release:
    record, signature = folder / RECORD_NAME, folder / SIGNATURE_NAME
    if not record.is_file() or not signature.is_file():
        raise NotFoundError("no release here", where=folder.name, expected=f"{RECORD_NAME} and {SIGNATURE_NAME}",
                            remedy="Give the folder that `cauce release build` wrote.")
    try:
        release = Release.model_validate_json(record.read_bytes())
        signed = bytes.fromhex(signature.read_text(encoding="ascii").strip())
    except (ValidationError, ValueError):
        raise IntegrityError("the record or its signature cannot be read", where=f"{RECORD_NAME}, {SIGNATURE_NAME}",
                             remedy=_AGAIN) from None
    check_signature(release.public_key, signed, signed_bytes(release))
    if trusted and release.public_key not in trusted:
        raise IntegrityError("signed by a key that is not trusted here", where=SIGNATURE_NAME,
                             expected=" or ".join(sorted(key[:16] for key in trusted)), got=release.public_key[:16],
                             remedy="Ask the maker for the public key over another channel.")
    return release


def _check_files(folder: Path, release: Release) -> None:
    there = set(files_of(folder))
    for name in sorted(set(release.files) - there):
        raise IntegrityError("a file of the release is missing", where=name, remedy=_AGAIN)
    for name in sorted(there - set(release.files)):
        raise IntegrityError("a file that is not in the release", where=name, remedy="Remove it; releases are not changed.")
    for name, digest in sorted(release.files.items()):
        found = file_sha256(folder / name)
        if found != digest:
            raise IntegrityError(
                "a file of the release was changed", where=name, expected=digest[:12], got=found[:12], remedy=_AGAIN
            )
