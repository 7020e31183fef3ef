"""Old UID → new UID: keyed, the same in every file, run and order, so that references still meet what they refer to."""

import hashlib
import hmac
import uuid

from cauce.dataset.deidentify.key import subkey

_STANDARD_ROOT = "1.2.840.10008."


class UidMap:
    """A function of the key alone; nothing is stored, so nothing can be lost or leak."""

    def __init__(self, key: bytes) -> None:
        """Derive the key for UIDs."""
        self._key = subkey(key, "uid")

    def __call__(self, uid: str) -> str:
        """New UID under 2.25 (PS3.5 B.2), at most 44 characters; UIDs of the standard itself and empty ones stay."""
        uid = uid.strip(" \0")
        if not uid or is_standard(uid):
            return uid
        digest = hmac.new(self._key, uid.encode("utf-8", "surrogateescape"), hashlib.sha256).digest()
        return f"2.25.{uuid.UUID(bytes=digest[:16], version=5).int}"


def is_standard(uid: str) -> bool:
    """True for UIDs that the DICOM standard registers: SOP classes, transfer syntaxes, context groups, well-known frames."""
    return uid.startswith(_STANDARD_ROOT) and all(part.isdigit() for part in uid.split("."))
