"""UIDs that are the same whenever they are made from the same parts."""

import hashlib
import uuid


def uid_from(*parts: str) -> str:
    """A UID under the UUID root 2.25 (PS3.5 B.2), the same for the same `parts` on any machine.

    Parts are length-prefixed, so that ("ab", "c") and ("a", "bc") differ. At most 44 characters.
    """
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode("utf-8")
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return f"2.25.{uuid.UUID(bytes=digest.digest()[:16], version=5).int}"
